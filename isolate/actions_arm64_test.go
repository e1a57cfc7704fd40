//go:build linux

package isolate

var unfiltered []uintptr

// nativeActions are those that only this machine has the means for.
func nativeActions() []hostile { return nil }
