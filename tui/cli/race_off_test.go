//go:build linux && !race

package cli_test

// What a room's memory is in the tests of it.
const (
	smallMemory = "32M" // with which a command still runs
	largeLine   = "dd if=/dev/zero bs=80M count=1 | sleep 1000"
)

// floodMemory is how much more memory the program may take while an app floods it.
const floodMemory = 16 << 20
