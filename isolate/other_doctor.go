//go:build !linux || !(amd64 || arm64)

package isolate

import "context"

// Means says in words what the refusal means.
func (e *LayerError) Means() string {
	return "a room is made of what the Linux kernel has, and this is another system"
}

// CannotExec is false: nothing is started here.
func CannotExec(error) bool { return false }

// Diagnose finds that there are no rooms here.
func Diagnose(context.Context, string) []Check {
	return []Check{{ID: "room.start", Status: CheckFail, Tried: "looked at the kernel",
		Means: errElsewhere.Error(), Do: "run this program on Linux, in a virtual machine if need be"}}
}

// Explain refuses: there are no rooms here.
func Explain(context.Context, Spec) (Explanation, error) { return Explanation{}, noRoom() }

// Fixes are none: no change to this system would help.
func Fixes([]Check) []Fix { return nil }
