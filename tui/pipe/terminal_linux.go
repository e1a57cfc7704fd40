package pipe

import (
	"context"
	"errors"
	"io"
	"os"
	"strings"

	"golang.org/x/sys/unix"
)

// maxLine is how much the terminal holds of one line (N_TTY_BUF_SIZE).
const maxLine = 4096

func newTerminal(in *os.File, out io.Writer) (*terminal, error) {
	t := &terminal{in: in, out: out, fd: int(in.Fd())}
	if _, err := unix.IoctlGetTermios(t.fd, unix.TCGETS); err != nil {
		return nil, errNoTerminal
	}
	return t, nil
}

// width is how wide the terminal is; 80 if it doesn't say.
func (t *terminal) width() int {
	if w, err := unix.IoctlGetWinsize(t.fd, unix.TIOCGWINSZ); err == nil && w.Col > 0 {
		return int(w.Col)
	}
	return 80
}

// readLine waits for a line. It returns io.EOF at the end of input and the
// context's error when ctx ends first.
func (t *terminal) readLine(ctx context.Context) (string, error) {
	wake, stop, err := waker(ctx)
	if err != nil {
		return "", err
	}
	defer stop()
	var line strings.Builder
	buf := make([]byte, maxLine)
	for {
		if err := ctx.Err(); err != nil {
			return "", err
		}
		fds := []unix.PollFd{{Fd: int32(t.fd), Events: unix.POLLIN}, {Fd: int32(wake), Events: unix.POLLIN}}
		if _, err := unix.Poll(fds, -1); err != nil && !errors.Is(err, unix.EINTR) {
			return "", err
		}
		if fds[0].Revents == 0 {
			continue
		}
		n, err := unix.Read(t.fd, buf)
		switch {
		case errors.Is(err, unix.EINTR) || errors.Is(err, unix.EAGAIN):
			continue
		case errors.Is(err, unix.EIO): // the terminal is gone
			return "", io.EOF
		case err != nil:
			return "", err
		case n == 0:
			return "", io.EOF
		}
		line.Write(buf[:n])
		if buf[n-1] == '\n' {
			return strings.ToValidUTF8(strings.TrimRight(line.String(), "\r\n"), "\uFFFD"), nil
		}
	}
}

// waker returns a descriptor that can be read once ctx ends.
func waker(ctx context.Context) (fd int, stop func(), err error) {
	r, w, err := os.Pipe()
	if err != nil {
		return 0, nil, err
	}
	undo := context.AfterFunc(ctx, func() { _, _ = w.Write([]byte{0}) })
	return int(r.Fd()), func() {
		undo()
		_ = w.Close()
		_ = r.Close()
	}, nil
}

// together is how close two lines follow each other, in milliseconds, if nobody
// typed the second: the lines of a paste come at once, but not in one piece.
const together = 20

// waiting reports whether another whole line comes right behind the last.
func (t *terminal) waiting() bool {
	fds := []unix.PollFd{{Fd: int32(t.fd), Events: unix.POLLIN}}
	n, err := unix.Poll(fds, together)
	return err == nil && n > 0 && fds[0].Revents&unix.POLLIN != 0
}

// discard waits until all output was drawn, then throws away what was typed up to
// now, the beginning of a line too. It reports whether there was anything.
func (t *terminal) discard() bool {
	_ = unix.IoctlSetInt(t.fd, unix.TCSBRK, 1) // tcdrain
	state, err := unix.IoctlGetTermios(t.fd, unix.TCGETS)
	if err != nil {
		return false
	}
	// A line that has no end yet is only counted outside of canonical mode.
	loose := *state
	loose.Lflag &^= unix.ICANON
	if err := unix.IoctlSetTermios(t.fd, unix.TCSETS, &loose); err != nil {
		return false
	}
	n, err := unix.IoctlGetInt(t.fd, unix.TIOCINQ)
	_ = unix.IoctlSetInt(t.fd, unix.TCFLSH, unix.TCIFLUSH)
	_ = unix.IoctlSetTermios(t.fd, unix.TCSETS, state)
	return err == nil && n > 0
}
