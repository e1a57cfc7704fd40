// Package termtest is a terminal for tests: a real pty, and an emulator where the person
// would sit.
package termtest

import (
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

	"secgpt/isolate/roomtest"
)

// Patience is how long a test waits for the screen; a loaded machine needs some.
const Patience = 20 * time.Second

// The keys that tests press.
const (
	Tab, Enter, Esc = "\t", "\r", "\x1b"
	Up, Down        = "\x1b[A", "\x1b[B"
	PgDn, End       = "\x1b[6~", "\x1b[F"
	CtrlC, CtrlD    = "\x03", "\x04"
)

// A Terminal is a terminal's window. One mutex guards the emulator and what is written to
// the pty. Its answers to queries can be held back, as a slow link does.
type Terminal struct {
	TTY *os.File // the program's end

	t       *testing.T
	master  *os.File
	mu      sync.Mutex
	changed *sync.Cond
	screen  *vt.Emulator
	raw     []byte // all that was written
	held    []byte
	holding bool
	silent  bool // never answers a query
}

// New opens a terminal of this size; it goes with the test.
func New(t *testing.T, width, height int) *Terminal {
	t.Helper()
	master, tty, err := pty.Open()
	if err != nil {
		roomtest.Missing(t, "this machine gives no pty: %v", err)
	}
	x := &Terminal{TTY: tty, t: t, master: master, screen: vt.NewEmulator(width, height)}
	x.changed = sync.NewCond(&x.mu)
	require.NoError(t, pty.Setsize(master, &pty.Winsize{Cols: uint16(width), Rows: uint16(height)}))
	x.follow()
	return x
}

// follow moves bytes between the pty and the emulator until the test ends.
func (x *Terminal) follow() {
	var wg sync.WaitGroup
	wg.Go(func() { // what the program writes
		buf := make([]byte, 64<<10)
		for {
			n, err := x.master.Read(buf)
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
		defer close(answers)
		buf := make([]byte, 1024)
		for {
			n, err := x.screen.Read(buf)
			if err != nil {
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
				_, _ = x.master.Write(a)
			}
			x.mu.Unlock()
		}
	})
	x.t.Cleanup(func() {
		_ = x.TTY.Close()
		_ = x.master.Close()
		_ = x.screen.InputPipe().(io.Closer).Close() // Close itself races with Read
		wg.Wait()
	})
}

// text is the screen as a person reads it, for whoever holds the lock.
func (x *Terminal) text() string {
	lines := strings.Split(x.screen.String(), "\n")
	for i := range lines {
		lines[i] = strings.TrimRight(lines[i], " \r")
	}
	return strings.TrimRight(strings.Join(lines, "\n"), "\n")
}

// Text is the screen as a person reads it, without spaces at the ends of lines.
func (x *Terminal) Text() string {
	x.mu.Lock()
	defer x.mu.Unlock()
	return x.text()
}

// Written is all that the program wrote.
func (x *Terminal) Written() string {
	x.mu.Lock()
	defer x.mu.Unlock()
	return string(x.raw)
}

// Sees waits until the screen shows all of these, and returns it.
func (x *Terminal) Sees(want ...string) string {
	x.t.Helper()
	return x.Until(func(s string) bool {
		for _, w := range want {
			if !strings.Contains(s, w) {
				return false
			}
		}
		return true
	}, strings.Join(want, " and "))
}

// Gone waits until the screen shows none of these, and returns it.
func (x *Terminal) Gone(not ...string) string {
	x.t.Helper()
	return x.Until(func(s string) bool {
		for _, w := range not {
			if strings.Contains(s, w) {
				return false
			}
		}
		return true
	}, "no "+strings.Join(not, ", no "))
}

// Wrote waits until the program wrote last after first, if it wrote first at all.
func (x *Terminal) Wrote(last, first string) {
	x.t.Helper()
	x.Until(func(string) bool {
		raw := string(x.raw)
		return strings.LastIndex(raw, last) > strings.LastIndex(raw, first)
	}, last+" after "+first)
}

// MainScreen waits until the program has left the alternate screen.
func (x *Terminal) MainScreen() {
	x.t.Helper()
	x.Until(func(string) bool { return !x.screen.IsAltScreen() }, "the main screen")
}

// Until waits for a screen that is ok, and returns it; ok may call no method of x.
func (x *Terminal) Until(ok func(string) bool, what string) string {
	x.t.Helper()
	late := time.AfterFunc(Patience, func() { x.mu.Lock(); x.changed.Broadcast(); x.mu.Unlock() })
	defer late.Stop()
	deadline := time.Now().Add(Patience)
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

// Types sends keys as a terminal does.
func (x *Terminal) Types(keys ...string) {
	x.t.Helper()
	for _, k := range keys {
		x.mu.Lock()
		_, err := x.master.WriteString(k)
		x.mu.Unlock()
		require.NoError(x.t, err)
	}
}

// Echoed types text and waits for it in the draft, so that it is known to have been
// taken in.
func (x *Terminal) Echoed(text string) {
	x.t.Helper()
	x.Types(text)
	x.Sees(text)
}

// Pastes sends text as a terminal sends what was pasted.
func (x *Terminal) Pastes(s string) { x.Types("\x1b[200~" + s + "\x1b[201~") }

// Hold keeps answers to queries back; Release lets them through.
func (x *Terminal) Hold() {
	x.mu.Lock()
	defer x.mu.Unlock()
	x.holding = true
}

// Release ends Hold.
func (x *Terminal) Release() {
	x.mu.Lock()
	defer x.mu.Unlock()
	x.holding = false
	_, _ = x.master.Write(x.held)
	x.held = nil
}

// Mute makes it a terminal that never answers a query.
func (x *Terminal) Mute() {
	x.mu.Lock()
	defer x.mu.Unlock()
	x.silent = true
}

// Resize changes the window. The kernel tells the program if this is its controlling
// terminal.
func (x *Terminal) Resize(width, height int) {
	x.t.Helper()
	x.mu.Lock()
	defer x.mu.Unlock()
	x.screen.Resize(width, height)
	require.NoError(x.t, pty.Setsize(x.master, &pty.Winsize{Cols: uint16(width), Rows: uint16(height)}))
}

// Modes are the terminal's settings, to compare before and after.
func (x *Terminal) Modes() term.State {
	m, err := term.GetState(x.TTY.Fd())
	require.NoError(x.t, err)
	return *m
}
