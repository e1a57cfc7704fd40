package cli

import (
	"os"

	"golang.org/x/sys/unix"
)

// forget throws away what was typed before a question.
func forget(tty *os.File) {
	_ = unix.IoctlSetInt(int(tty.Fd()), unix.TCFLSH, unix.TCIFLUSH)
}
