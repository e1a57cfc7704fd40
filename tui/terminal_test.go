package tui

import (
	"context"
	"io"
	"os"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/charmbracelet/x/term"
	"github.com/charmbracelet/x/vt"
	"github.com/creack/pty"
	"github.com/stretchr/testify/require"
	"golang.org/x/sys/unix"
)

// terminal is a real pty with an emulator at its other end, as a person's terminal
// is. One mutex guards the emulator. Its answers to queries can be held back, as a
// slow link does.
type terminal struct {
	t           *testing.T
	master, tty *os.File

	mu      sync.Mutex
	changed *sync.Cond
	screen  *vt.Emulator
	raw     []byte // all that was written
	held    []byte
	holding bool
	silent  bool // never answers a query

	done chan struct{} // closed when Chat has returned
	err  error
}

// patience is how long a test waits for the screen; a loaded machine needs some.
const patience = 20 * time.Second

func newTerminal(t *testing.T, width, height int) *terminal {
	master, tty, err := pty.Open()
	if err != nil {
		if os.Getenv("SECGPT_TEST_ALL") == "1" {
			t.Fatalf("no pty: %v", err)
		}
		t.Skipf("this machine gives no pty: %v", err)
	}
	x := &terminal{t: t, master: master, tty: tty, screen: vt.NewEmulator(width, height), done: make(chan struct{})}
	x.changed = sync.NewCond(&x.mu)
	require.NoError(t, pty.Setsize(master, &pty.Winsize{Cols: uint16(width), Rows: uint16(height)}))
	var wg sync.WaitGroup
	wg.Go(func() { // what the program writes
		buf := make([]byte, 64<<10)
		for {
			n, err := master.Read(buf)
			if err != nil {
				return
			}
			x.mu.Lock()
			x.raw = append(x.raw, buf[:n]...)
			_, _ = x.screen.Write(buf[:n])
			x.changed.Broadcast()
			x.mu.Unlock()
		}
	})
	answers := make(chan []byte, 64)
	wg.Go(func() { // what the emulator answers; it waits inside Write until this read
		buf := make([]byte, 1024)
		for {
			n, err := x.screen.Read(buf)
			if err != nil {
				close(answers)
				return
			}
			answers <- append([]byte{}, buf[:n]...)
		}
	})
	wg.Go(func() {
		for a := range answers {
			x.mu.Lock()
			if x.holding {
				x.held = append(x.held, a...)
			} else if !x.silent {
				_, _ = master.Write(a)
			}
			x.mu.Unlock()
		}
	})
	t.Cleanup(func() {
		_ = tty.Close()
		_ = master.Close()
		_ = x.screen.InputPipe().(io.Closer).Close() // Close itself races with Read
		wg.Wait()
	})
	return x
}

// chat starts the chat and waits for its first screen; it ends with the test.
func (x *terminal) chat(e Engine, env ...string) context.CancelFunc {
	ctx, cancel := context.WithCancel(context.Background())
	environ := append([]string{"TERM=xterm-256color", "TERM_PROGRAM=Apple_Terminal"}, env...)
	go func() {
		defer close(x.done)
		x.err = Chat(ctx, e, Options{In: x.tty, Out: x.tty, Environ: environ})
	}()
	x.t.Cleanup(func() {
		cancel()
		x.ended()
	})
	x.sees("secgpt demo", "/help")
	return cancel
}

// ended waits for the chat to return.
func (x *terminal) ended() error {
	select {
	case <-x.done:
		return x.err
	case <-time.After(patience):
		x.t.Fatal("the chat did not end")
		return nil
	}
}

// text is the screen as a person reads it, without spaces at the ends of lines.
func (x *terminal) text() string {
	lines := strings.Split(x.screen.String(), "\n")
	for i := range lines {
		lines[i] = strings.TrimRight(lines[i], " \r")
	}
	return strings.TrimRight(strings.Join(lines, "\n"), "\n")
}

// sees waits until the screen shows all of these, and returns it.
func (x *terminal) sees(want ...string) string {
	x.t.Helper()
	return x.until(func(s string) bool {
		for _, w := range want {
			if !strings.Contains(s, w) {
				return false
			}
		}
		return true
	}, strings.Join(want, " and "))
}

// gone waits until the screen shows none of these.
func (x *terminal) gone(not ...string) string {
	x.t.Helper()
	return x.until(func(s string) bool {
		for _, w := range not {
			if strings.Contains(s, w) {
				return false
			}
		}
		return true
	}, "no "+strings.Join(not, ", no "))
}

func (x *terminal) until(ok func(string) bool, what string) string {
	x.t.Helper()
	late := time.AfterFunc(patience, func() { x.mu.Lock(); x.changed.Broadcast(); x.mu.Unlock() })
	defer late.Stop()
	deadline := time.Now().Add(patience)
	x.mu.Lock()
	defer x.mu.Unlock()
	for {
		s := x.text()
		switch {
		case ok(s):
			return s
		case time.Now().After(deadline):
			x.t.Fatalf("waited for %s, saw:\n%s", what, s)
		}
		x.changed.Wait()
	}
}

// types sends keys as a terminal does.
func (x *terminal) types(keys ...string) {
	for _, k := range keys {
		_, err := x.master.WriteString(k)
		require.NoError(x.t, err)
	}
}

// echoed types text and waits for it in the draft, so that it is known to have
// been taken in.
func (x *terminal) echoed(text string) {
	x.t.Helper()
	x.types(text)
	x.sees(text)
}

func (x *terminal) pastes(s string) { x.types("\x1b[200~" + s + "\x1b[201~") }

// hold keeps answers back; release lets them through.
func (x *terminal) hold() {
	x.mu.Lock()
	defer x.mu.Unlock()
	x.holding = true
}

func (x *terminal) release() {
	x.mu.Lock()
	defer x.mu.Unlock()
	x.holding = false
	_, _ = x.master.Write(x.held)
	x.held = nil
}

func (x *terminal) resize(width, height int) {
	x.mu.Lock()
	x.screen.Resize(width, height)
	x.mu.Unlock()
	require.NoError(x.t, pty.Setsize(x.master, &pty.Winsize{Cols: uint16(width), Rows: uint16(height)}))
	// The pty is nobody's controlling terminal here, so the kernel signals no one.
	require.NoError(x.t, unix.Kill(unix.Getpid(), unix.SIGWINCH))
}

// wrote waits until the program wrote last after first, if it wrote first at all.
func (x *terminal) wrote(last, first string) {
	x.t.Helper()
	x.until(func(string) bool {
		raw := string(x.raw)
		return strings.LastIndex(raw, last) > strings.LastIndex(raw, first)
	}, last+" after "+first)
}

// written is all that the program wrote.
func (x *terminal) written() string {
	x.mu.Lock()
	defer x.mu.Unlock()
	return string(x.raw)
}

// modes are the terminal's settings, to compare before and after.
func (x *terminal) modes() term.State {
	m, err := term.GetState(x.tty.Fd())
	require.NoError(x.t, err)
	return *m
}

// The keys that the tests press.
const (
	keyTab, keyEnter, keyEsc = "\t", "\r", "\x1b"
	keyUp, keyDown           = "\x1b[A", "\x1b[B"
	keyPgDn, keyEnd          = "\x1b[6~", "\x1b[F"
	keyCtrlC, keyCtrlD       = "\x03", "\x04"
)

// What the card says.
const (
	unfocused = "Tab to answer"
	armed     = "Enter says no"
)
