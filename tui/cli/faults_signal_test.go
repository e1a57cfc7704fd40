//go:build linux

package cli_test

import (
	"io"
	"os"
	"strings"
	"syscall"
	"testing"

	"github.com/stretchr/testify/require"
	"golang.org/x/sys/unix"
)

// stuck starts a plan that hangs in an app, with another room beside it, and waits
// until it does.
func stuck(t *testing.T, dir string, more ...string) *program {
	t.Helper()
	p := begin(t, strings.NewReader(beside("hanging")), nil, on(dir, more...)...)
	p.out.sees(t, "Mum's rice")
	eventually(t, "the app runs", func() bool { return p.runs(misbehave + " hanging") })
	require.True(t, p.runs("spoke"))
	return p
}

// Whoever asks the program to end gets an end: with its rooms, and with nothing half
// written.
func TestSignalsEndAHangingScript(t *testing.T) {
	for _, s := range []syscall.Signal{syscall.SIGINT, syscall.SIGTERM, syscall.SIGHUP} {
		t.Run(unix.SignalName(s), func(t *testing.T) {
			dir := profileWith(t, "hanging")
			p := stuck(t, dir)
			p.signal(s)
			r := p.ended()
			require.Equal(t, 130, r.code, r.err)
			require.Contains(t, r.err, "stopped")
			r.requireCalm(t)
			nothingLeft(t)
			intact(t, dir)
			require.Zero(t, tryWith(t, strings.NewReader("reply(notes.search(query = \"rice\"))"), nil, on(dir)...).code)
		})
	}
}

// Not even a kill leaves a room behind, nor a record that is damaged. The rooms are
// stopped first: one that is stuck, or that was taken over, sees no end of a pipe.
func TestAKilledProgramTakesItsRoomsAlong(t *testing.T) {
	dir := profileWith(t, "hanging")
	p := stuck(t, dir)
	rooms := below(p.cmd.Process.Pid)
	require.GreaterOrEqual(t, len(rooms), 6) // three spokes, and their apps
	for _, x := range rooms {
		require.NoError(t, syscall.Kill(x.pid, syscall.SIGSTOP))
	}
	p.signal(syscall.SIGKILL)
	p.ended()
	nothingLeft(t)
	intact(t, dir)
	require.Zero(t, tryWith(t, strings.NewReader("reply(notes.search(query = \"rice\"))"), nil, on(dir)...).code)
}

// The first process of a room is no way to hold up the others.
func TestAKilledRoomIsNamed(t *testing.T) {
	dir := profileWith(t, "hanging")
	p := stuck(t, dir)
	for _, x := range below(p.cmd.Process.Pid) {
		if strings.HasSuffix(x.args, misbehave+" hanging") {
			require.NoError(t, syscall.Kill(x.parent, syscall.SIGKILL))
		}
	}
	p.ended().requireLine(t, 5, "hanging")
	nothingLeft(t)
	intact(t, dir)
}

// Standard input that nobody closes is no reason to stay.
func TestCtrlCWhileARequestIsRead(t *testing.T) {
	for _, args := range [][]string{{}, {"-p", "unread mail"}, {"run", "-"}} {
		in, out, err := os.Pipe()
		require.NoError(t, err)
		p := begin(t, in, nil, append([]string{"--demo", "--model", "none"}, args...)...)
		_, err = io.WriteString(out, " ")
		require.NoError(t, err)
		eventually(t, "it reads", func() bool {
			waiting, err := unix.IoctlGetInt(int(in.Fd()), unix.TIOCINQ)
			return err == nil && waiting == 0
		})
		p.signal(syscall.SIGINT)
		require.Equal(t, 130, p.ended().code, args)
		require.NoError(t, in.Close())
		require.NoError(t, out.Close())
		nothingLeft(t)
	}
}

// A reader that goes away, as head does, is no crash.
func TestAReaderThatGoesAway(t *testing.T) {
	in, out, err := os.Pipe()
	require.NoError(t, err)
	require.NoError(t, in.Close())
	cmd := command(t, nil, "--demo", "--model", "none", "-p", "unread mail")
	cmd.Stdout = out
	var errs strings.Builder
	cmd.Stderr = &errs
	_ = cmd.Run()
	require.NoError(t, out.Close())
	nothingLeft(t)
	r := ran{err: errs.String()}
	r.requireCalm(t)
	require.NotZero(t, cmd.ProcessState.ExitCode())
}

// A demo without a folder of its own leaves none, however it ends.
func TestTheDemoCleansUp(t *testing.T) {
	tmp := t.TempDir()
	env := []string{"TMPDIR=" + tmp}
	require.Zero(t, tryWith(t, nil, env, "--demo", "--model", "none", "-p", "who is Alice").code)
	require.Empty(t, list(t, tmp))
	model, asked := slow(t)
	p := begin(t, nil, append(env, model...), "--demo", "--model", "ollama:test:1b", "-p", free)
	<-asked
	require.NotEmpty(t, list(t, tmp))
	p.signal(syscall.SIGINT)
	require.Equal(t, 130, p.ended().code)
	require.Empty(t, list(t, tmp))
}

func list(t *testing.T, dir string) []string {
	t.Helper()
	entries, err := os.ReadDir(dir)
	require.NoError(t, err)
	var names []string
	for _, e := range entries {
		names = append(names, e.Name())
	}
	return names
}
