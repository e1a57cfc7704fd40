package tui

import (
	"context"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"golang.org/x/sys/unix"

	"secgpt/tui/termtest"
)

// terminal is a terminal in which this process itself chats.
type terminal struct {
	*termtest.Terminal
	t    *testing.T
	done chan struct{} // closed when Chat has returned
	err  error
}

func newTerminal(t *testing.T, width, height int) *terminal {
	return &terminal{Terminal: termtest.New(t, width, height), t: t, done: make(chan struct{})}
}

// chat starts the chat and waits for its first screen; it ends with the test.
func (x *terminal) chat(e Engine, env ...string) context.CancelFunc {
	ctx, cancel := context.WithCancel(context.Background())
	environ := append([]string{"TERM=xterm-256color", "TERM_PROGRAM=Apple_Terminal"}, env...)
	go func() {
		defer close(x.done)
		x.err = Chat(ctx, e, Options{In: x.TTY, Out: x.TTY, Environ: environ})
	}()
	x.t.Cleanup(func() {
		cancel()
		x.ended()
	})
	x.Sees("secgpt demo", "/help")
	return cancel
}

// ended waits for the chat to return.
func (x *terminal) ended() error {
	select {
	case <-x.done:
		return x.err
	case <-time.After(termtest.Patience):
		x.t.Fatal("the chat did not end")
		return nil
	}
}

// resize changes the window. The pty is nobody's controlling terminal here, so the kernel
// signals no one.
func (x *terminal) resize(width, height int) {
	x.Resize(width, height)
	require.NoError(x.t, unix.Kill(unix.Getpid(), unix.SIGWINCH))
}

// What the card says.
const (
	unfocused = "Tab to answer"
	armed     = "Enter says no"
)
