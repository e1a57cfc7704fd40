//go:build linux && race

package cli_test

// With the race detector process 1 of a room maps 400 MB and more before it does
// anything, and no process may map more than the room has. So a room that counts as
// small is larger, and it takes two programs together to have more than it.
const (
	smallMemory = "512M"
	largeLine   = "{ dd if=/dev/zero bs=300M count=1 & dd if=/dev/zero bs=300M count=1 & wait; } | sleep 1000"
)

// floodMemory is how much more memory the program may take while an app floods it; the
// detector keeps some of its own for each piece.
const floodMemory = 128 << 20
