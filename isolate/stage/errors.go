//go:build linux && (amd64 || arm64)

package stage

import (
	"errors"
)

// An opError says which operation of a step failed.
type opError struct {
	op  string
	err error
}

func (e *opError) Error() string { return e.op + ": " + e.err.Error() }
func (e *opError) Unwrap() error { return e.err }

// op names an error after what was tried; nil stays nil.
func op(err error, what string) error {
	if err == nil {
		return nil
	}
	return &opError{what, err}
}

func newFailure(layer string, err error) *Failure {
	f := &Failure{Layer: layer, Op: layer, Text: err.Error()}
	var oe *opError
	if errors.As(err, &oe) {
		f.Op, f.Text = oe.op, oe.err.Error()
	}
	errors.As(err, &f.Errno)
	return f
}
