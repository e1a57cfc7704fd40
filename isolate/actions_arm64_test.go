//go:build linux

package isolate

// nativeRows are those that only this machine has the means for.
func nativeRows() []row { return nil }
