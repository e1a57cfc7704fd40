//go:build linux

package cli_test

import (
	"io"
	"os"
	"os/exec"
	"regexp"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"

	"github.com/charmbracelet/x/vt"
	"github.com/creack/pty"
	"github.com/stretchr/testify/require"
	"golang.org/x/sys/unix"

	"secgpt/isolate/roomtest"
)

// A terminal is a real pty with an emulator at its other end and the program as the
// leader of its session, as a terminal's window starts it. One mutex guards the
// emulator and what is written to the pty.
type terminal struct {
	t           *testing.T
	master, tty *os.File
	cmd         *exec.Cmd
	before      unix.Termios

	mu      sync.Mutex
	changed *sync.Cond
	screen  *vt.Emulator
	raw     []byte // all that was written

	done chan struct{} // closed when the program has ended
}

// chat starts the program's chat on a terminal of this size and waits until it has
// tried a room.
func chat(t *testing.T, width, height int, args ...string) *terminal {
	t.Helper()
	x := open(t, width, height, args...)
	x.sees("rooms: all layers")
	return x
}

// open starts the program on a terminal of this size.
func open(t *testing.T, width, height int, args ...string) *terminal {
	t.Helper()
	roomtest.Need(t)
	master, tty, err := pty.Open()
	if err != nil {
		roomtest.Missing(t, "this machine gives no pty: %v", err)
	}
	x := &terminal{t: t, master: master, tty: tty, screen: vt.NewEmulator(width, height), done: make(chan struct{})}
	x.changed = sync.NewCond(&x.mu)
	require.NoError(t, pty.Setsize(master, &pty.Winsize{Cols: uint16(width), Rows: uint16(height)}))
	x.before = x.modes()
	x.follow()
	x.cmd = command(t, []string{"TERM=xterm-256color", "TERM_PROGRAM=Apple_Terminal", "LANG=C.UTF-8"}, args...)
	x.cmd.Stdin, x.cmd.Stdout, x.cmd.Stderr = tty, tty, tty
	x.cmd.SysProcAttr = &syscall.SysProcAttr{Setsid: true, Setctty: true}
	require.NoError(t, x.cmd.Start())
	go func() {
		defer close(x.done)
		_ = x.cmd.Wait()
	}()
	t.Cleanup(func() {
		_ = x.cmd.Process.Kill()
		<-x.done
	})
	return x
}

// follow moves bytes between the pty and the emulator until the test ends.
func (x *terminal) follow() {
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
			_, _ = x.master.Write(a)
			x.mu.Unlock()
		}
	})
	x.t.Cleanup(func() {
		_ = x.tty.Close()
		_ = x.master.Close()
		_ = x.screen.InputPipe().(io.Closer).Close() // Close itself races with Read
		wg.Wait()
	})
}

// text is the screen as a person reads it, without spaces at the ends of lines.
func (x *terminal) text() string {
	lines := strings.Split(x.screen.String(), "\n")
	for i := range lines {
		lines[i] = strings.TrimRight(lines[i], " \r")
	}
	return strings.TrimRight(strings.Join(lines, "\n"), "\n")
}

// shown is text for whoever does not hold the lock.
func (x *terminal) shown() string {
	x.mu.Lock()
	defer x.mu.Unlock()
	return x.text()
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

// gone waits until the screen shows none of these, and returns it.
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
	x.t.Helper()
	for _, k := range keys {
		x.mu.Lock()
		_, err := x.master.WriteString(k)
		x.mu.Unlock()
		require.NoError(x.t, err)
	}
}

// resize changes the window; the kernel tells the program.
func (x *terminal) resize(width, height int) {
	x.t.Helper()
	x.mu.Lock()
	defer x.mu.Unlock()
	x.screen.Resize(width, height)
	require.NoError(x.t, pty.Setsize(x.master, &pty.Winsize{Cols: uint16(width), Rows: uint16(height)}))
}

// modes are the terminal's settings.
func (x *terminal) modes() unix.Termios {
	m, err := unix.IoctlGetTermios(int(x.tty.Fd()), unix.TCGETS)
	require.NoError(x.t, err)
	return *m
}

// ended waits for the program's end, and returns its exit code.
func (x *terminal) ended() int {
	x.t.Helper()
	select {
	case <-x.done:
	case <-time.After(patience):
		x.mu.Lock()
		defer x.mu.Unlock()
		x.t.Fatalf("the program did not end, and showed:\n%s", x.text())
	}
	return x.cmd.ProcessState.ExitCode()
}

var (
	privateMode = regexp.MustCompile("\x1b\\[\\?([0-9;]+)([hl])")
	cursorStyle = regexp.MustCompile("\x1b\\[([0-9]*) q")
	otherKeys   = regexp.MustCompile("\x1b\\[>4(;[0-9])?m")
	kittyPush   = regexp.MustCompile("\x1b\\[>[0-9]+u")
	kittyPop    = regexp.MustCompile("\x1b\\[<1?u")
)

// last is the first group of the last match of what was written.
func (x *terminal) last(of *regexp.Regexp) string {
	all := of.FindAllSubmatch(x.raw, -1)
	require.NotEmpty(x.t, all, of)
	return string(all[len(all)-1][1])
}

// requireRestored checks that the terminal is as the program found it: line by line,
// with an echo and a cursor, the main screen shown, and no report of anything on.
func (x *terminal) requireRestored() {
	x.t.Helper()
	require.Equal(x.t, x.before, x.modes(), "the terminal's settings")
	x.until(func(string) bool { return !x.screen.IsAltScreen() }, "the main screen")
	x.mu.Lock()
	defer x.mu.Unlock()
	on := map[string]bool{}
	for _, m := range privateMode.FindAllSubmatch(x.raw, -1) {
		for _, mode := range strings.Split(string(m[1]), ";") {
			on[mode] = m[2][0] == 'h'
		}
	}
	require.Contains(x.t, on, "1049")
	for mode, is := range on {
		require.Equal(x.t, mode == "25", is, "private mode %s", mode) // 25 is the cursor
	}
	require.Contains(x.t, []string{"", "0"}, x.last(cursorStyle), "the cursor's shape")
	require.Empty(x.t, x.last(otherKeys), "keys are reported as escape codes")
	require.Len(x.t, kittyPop.FindAll(x.raw, -1), len(kittyPush.FindAll(x.raw, -1)), "keys are reported as escape codes")
}

// The keys that the tests press.
const (
	keyTab, keyEnter, keyEsc = "\t", "\r", "\x1b"
	keyUp                    = "\x1b[A"
	keyCtrlC, keyCtrlD       = "\x03", "\x04"
)
