//go:build !linux || !(amd64 || arm64)

package isolate

import (
	"context"
	"errors"
)

var errElsewhere = errors.New("rooms need Linux on amd64 or arm64")

func noRoom() error {
	return &LayerError{Layer: "kernel", Op: "start", Err: errElsewhere,
		Remedy: "run this program on Linux, in a virtual machine if need be"}
}

type held struct{}

// Wait returns at once: there are no rooms here.
func (*Room) Wait() Exit { return Exit{Code: -1} }

// Close does nothing: there are no rooms here.
func (*Room) Close() error { return nil }

// Stderr is empty: there are no rooms here.
func (*Room) Stderr() []byte { return nil }

// Main does nothing: there are no rooms here.
func Main() {}

// Inside is false: there are no rooms here.
func Inside() bool { return false }

// Start refuses: there are no rooms here.
func Start(context.Context, Spec) (*Room, error) { return nil, noRoom() }

// Try refuses: there are no rooms here.
func Try(context.Context) (Proof, error) { return Proof{}, noRoom() }

// Warm does nothing: there are no rooms here.
func Warm(int) {}
