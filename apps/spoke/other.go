//go:build !linux

// Package spoke is the first process in a room. Rooms need Linux, so here it only
// says that.
package spoke

import (
	"fmt"
	"os"
)

// Main says that rooms need Linux and returns 1.
func Main() int {
	fmt.Fprintln(os.Stderr, "secgpt spoke: rooms need Linux; run this program there, in a virtual machine if need be")
	return 1
}
