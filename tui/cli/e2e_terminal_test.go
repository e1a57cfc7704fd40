//go:build linux

package cli_test

import (
	"os/exec"
	"regexp"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/charmbracelet/x/term"
	"github.com/stretchr/testify/require"

	"secgpt/isolate/roomtest"
	"secgpt/tui/termtest"
)

// A terminal is one with the program as the leader of its session, as a terminal's window
// starts it.
type terminal struct {
	*termtest.Terminal
	t      *testing.T
	cmd    *exec.Cmd
	before term.State
	done   chan struct{} // closed when the program has ended
}

// chat starts the program's chat on a terminal of this size and waits until it has
// tried a room.
func chat(t *testing.T, width, height int, args ...string) *terminal {
	t.Helper()
	x := open(t, width, height, args...)
	x.Sees("rooms: all layers")
	return x
}

// open starts the program on a terminal of this size.
func open(t *testing.T, width, height int, args ...string) *terminal {
	t.Helper()
	roomtest.Need(t)
	cmd := command(t, []string{"TERM=xterm-256color", "TERM_PROGRAM=Apple_Terminal", "LANG=C.UTF-8"}, args...)
	cmd.SysProcAttr = &syscall.SysProcAttr{Setsid: true}
	return onTerminal(t, width, height, cmd)
}

// onTerminal starts a command whose session is to be this terminal's.
func onTerminal(t *testing.T, width, height int, cmd *exec.Cmd) *terminal {
	t.Helper()
	x := &terminal{Terminal: termtest.New(t, width, height), t: t, cmd: cmd, done: make(chan struct{})}
	x.before = x.Modes()
	cmd.Stdin, cmd.Stdout, cmd.Stderr = x.TTY, x.TTY, x.TTY
	cmd.SysProcAttr.Setctty = true
	require.NoError(t, cmd.Start())
	go func() {
		defer close(x.done)
		_ = cmd.Wait()
	}()
	t.Cleanup(func() {
		_ = cmd.Process.Kill()
		<-x.done
	})
	return x
}

// ended waits for the program's end, and returns its exit code.
func (x *terminal) ended() int {
	x.t.Helper()
	select {
	case <-x.done:
	case <-time.After(patience):
		x.t.Fatalf("the program did not end, and showed:\n%s", x.Text())
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
	all := of.FindAllStringSubmatch(x.Written(), -1)
	require.NotEmpty(x.t, all, of)
	return all[len(all)-1][1]
}

// requireRestored checks that the terminal is as the program found it: line by line,
// with an echo and a cursor, the main screen shown, and no report of anything on.
func (x *terminal) requireRestored() {
	x.t.Helper()
	require.Equal(x.t, x.before, x.Modes(), "the terminal's settings")
	x.MainScreen()
	raw, on := x.Written(), map[string]bool{}
	for _, m := range privateMode.FindAllStringSubmatch(raw, -1) {
		for _, mode := range strings.Split(m[1], ";") {
			on[mode] = m[2] == "h"
		}
	}
	require.Contains(x.t, on, "1049")
	for mode, is := range on {
		require.Equal(x.t, mode == "25", is, "private mode %s", mode) // 25 is the cursor
	}
	require.Contains(x.t, []string{"", "0"}, x.last(cursorStyle), "the cursor's shape")
	require.Empty(x.t, x.last(otherKeys), "keys are reported as escape codes")
	require.Len(x.t, kittyPop.FindAllString(raw, -1), len(kittyPush.FindAllString(raw, -1)), "keys are reported as escape codes")
}
