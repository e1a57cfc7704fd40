//go:build linux

package cli_test

import (
	"bytes"
	"crypto/rand"
	"crypto/sha256"
	"fmt"
	"io"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"syscall"
	"testing"

	"github.com/stretchr/testify/require"
	"golang.org/x/sys/unix"

	"secgpt/isolate/roomtest"
	"secgpt/mediator/audit"
	"secgpt/tui/termtest"
)

// noise is a megabyte that no rule about texts fits.
func noise(t *testing.T) []byte {
	t.Helper()
	b := make([]byte, 1<<20)
	_, err := rand.Read(b)
	require.NoError(t, err)
	return b
}

// watchProcesses notes what the tests themselves keep running, a launcher for rooms;
// what it returns checks that nothing else is left.
func watchProcesses(t *testing.T) (gone func()) {
	t.Helper()
	adopt(t)
	roomtest.Need(t)
	before := map[int]bool{}
	for _, p := range below(os.Getpid()) {
		before[p.pid] = true
	}
	return func() {
		t.Helper()
		eventually(t, "all processes of the rooms are gone", func() bool {
			return !slices.ContainsFunc(below(os.Getpid()), func(p process) bool { return !before[p.pid] })
		})
	}
}

// roomRun runs a command in a room to its end, and sees that nothing of it is left.
func roomRun(t *testing.T, in io.Reader, args ...string) ran {
	t.Helper()
	gone := watchProcesses(t)
	r := begin(t, in, nil, append([]string{"room"}, args...)...).ended()
	gone()
	return r
}

// To a pipe or a file every byte goes as it is, both ways, on both streams.
func TestRoomPassesBytesOn(t *testing.T) {
	in := noise(t)
	gone := watchProcesses(t)
	r := begin(t, bytes.NewReader(in), nil, "room", "--", "cat").ended()
	require.Zero(t, r.code, r.err)
	require.Empty(t, r.err)
	require.Equal(t, sha256.Sum256(in), sha256.Sum256([]byte(r.out)), "%d bytes", len(r.out))
	r = begin(t, bytes.NewReader(in), nil, "room", "--", "sh", "-c", "cat >&2").ended()
	require.Zero(t, r.code, r.out)
	require.Empty(t, r.out)
	require.Equal(t, sha256.Sum256(in), sha256.Sum256([]byte(r.err)), "%d bytes", len(r.err))
	gone()
}

// A command that does not read all of its input, or closes its output, is none to
// wait for.
func TestRoomWithOneSideClosed(t *testing.T) {
	r := roomRun(t, bytes.NewReader(noise(t)), "--", "head", "-c", "5")
	require.Zero(t, r.code, r.err)
	require.Len(t, r.out, 5)
	in, out, err := os.Pipe() // that nobody writes to, and nobody closes
	require.NoError(t, err)
	defer func() { _ = in.Close(); _ = out.Close() }()
	r = roomRun(t, in, "--", "sh", "-c", "exec >&- 2>&-; exit 4")
	require.Equal(t, 4, r.code)
}

// All that runs in a room ends with its command, whatever it left behind.
func TestRoomLeavesNothing(t *testing.T) {
	r := roomRun(t, nil, "--", "sh", "-c", "setsid sleep 1000 >/dev/null 2>&1 & trap '' TERM HUP INT; echo started; exit 9")
	require.Equal(t, 9, r.code, r.err)
	require.Equal(t, "started\n", r.out)
}

// A signal ends the room at once, and is told as shells tell it.
func TestRoomSignals(t *testing.T) {
	gone := watchProcesses(t)
	for s, code := range map[syscall.Signal]int{syscall.SIGINT: 130, syscall.SIGTERM: 143, syscall.SIGHUP: 129, syscall.SIGQUIT: 131} {
		p := begin(t, nil, nil, "room", "--", "sh", "-c", "trap '' TERM HUP INT QUIT; (setsid sleep 1000 &) ; echo ready; sleep 1000")
		p.out.sees(t, "ready")
		p.signal(s)
		r := p.ended()
		require.Equal(t, code, r.code, "%s: %s", unix.SignalName(s), r.err)
		r.requireCalm(t)
		gone()
	}
}

// Not even a kill of ours leaves a room, nor does a reader that has stopped reading
// keep one.
func TestRoomEndsWithUs(t *testing.T) {
	gone := watchProcesses(t)
	p := begin(t, nil, nil, "room", "--", "sh", "-c", "(setsid sleep 1000 &); echo ready; sleep 1000")
	p.out.sees(t, "ready")
	p.signal(syscall.SIGKILL)
	p.ended()
	gone()

	in, out, err := os.Pipe()
	require.NoError(t, err)
	defer func() { _ = in.Close() }()
	cmd := command(t, nil, "room", "--", "yes")
	cmd.Stdout, cmd.Stderr = out, out
	require.NoError(t, cmd.Start())
	require.NoError(t, out.Close())
	eventually(t, "the pipe is full", func() bool {
		waiting, err := unix.IoctlGetInt(int(in.Fd()), unix.TIOCINQ)
		return err == nil && waiting >= 60<<10
	})
	require.NoError(t, cmd.Process.Signal(syscall.SIGTERM))
	_ = cmd.Wait()
	require.Equal(t, 143, cmd.ProcessState.ExitCode())
	gone()
}

// On a terminal, a room reaches the person's eyes through us alone: nothing that it
// writes, on either stream, moves the cursor, colours or names a window.
func TestRoomOnATerminalIsEscaped(t *testing.T) {
	gone := watchProcesses(t)
	x := open(t, 120, 30, "room", "--", "sh", "-c",
		`printf 'plain\n\033[31mred\033[0m \033]0;title\007 back\b tab\tend\r\n'; printf '\033[2J\033[Hfaked\n' >&2; printf '\342\200\256rtl \302\233K \377\n'`)
	require.Zero(t, x.ended())
	s := x.Sees("faked", "rtl")
	require.Contains(t, s, "plain\n")
	require.Contains(t, s, "⟨U+001B⟩[31mred⟨U+001B⟩[0m ⟨U+001B⟩]0;title⟨U+0007⟩ back⟨U+0008⟩ tab    end")
	require.Contains(t, s, "⟨U+001B⟩[2J⟨U+001B⟩[Hfaked")
	require.Contains(t, s, "⟨U+202E⟩rtl ⟨U+009B⟩K ⟨byte FF⟩")
	raw := x.Written()
	for _, b := range []byte(raw) {
		require.False(t, b < ' ' && b != '\n' && b != '\r' || b == 0x7f, "%q", raw)
	}
	require.Equal(t, x.before, x.Modes())
	gone()
}

// A file beside a terminal is still a file.
func TestRoomWithOneTerminal(t *testing.T) {
	path := filepath.Join(t.TempDir(), "out")
	x := open(t, 80, 24, "room", "--", "sh", "-c", "true")
	require.Zero(t, x.ended())
	out, err := os.Create(path)
	require.NoError(t, err)
	cmd := command(t, nil, "room", "--", "sh", "-c", `printf '\033[31mred\n'; printf '\033[32mgreen\n' >&2`)
	cmd.Stdin, cmd.Stdout, cmd.Stderr = x.TTY, out, x.TTY
	require.NoError(t, cmd.Run())
	require.NoError(t, out.Close())
	written, err := os.ReadFile(path)
	require.NoError(t, err)
	require.Equal(t, "\x1b[31mred\n", string(written))
	x.Sees("⟨U+001B⟩[32mgreen")
}

// Ctrl+C ends the room and all in it, though the command does not want to end; the
// terminal is as it was.
func TestRoomCtrlC(t *testing.T) {
	gone := watchProcesses(t)
	x := open(t, 80, 24, "room", "--", "sh", "-c", "trap '' INT TERM HUP; (setsid sleep 1000 &); echo ready; sleep 1000")
	x.Sees("ready")
	require.Equal(t, x.before, x.Modes(), "the modes are untouched while it runs")
	x.Types(termtest.CtrlC)
	require.Equal(t, 130, x.ended())
	require.Equal(t, x.before, x.Modes())
	gone()
}

// Shells and interpreters are usable line by line, and end with Ctrl+D. The room has
// no terminal to take.
func TestRoomIsInteractive(t *testing.T) {
	gone := watchProcesses(t)
	x := open(t, 80, 24, "room", "--", "bash")
	x.Types("echo $((6*7))answer; tty\r")
	x.Sees("42answer", "not a tty")
	x.Types("printf 'half a line'\r")
	x.Sees("half a line")
	x.Types("exec < /dev/tty\r")
	x.Sees("/dev/tty: No such")
	x.Types(termtest.CtrlD)
	require.Equal(t, 1, x.ended(), "bash ends with the status of its last command")
	gone()
}

func TestRoomOfAnInterpreter(t *testing.T) {
	gone := watchProcesses(t)
	python, err := exec.LookPath("/usr/bin/python3")
	if err != nil {
		t.Skip("no python3 in /usr/bin")
	}
	x := open(t, 80, 24, "room", "--", python, "-i", "-q")
	x.Sees(">>>") // a prompt has no line end, and comes on standard error
	x.Types("6*7\r")
	x.Sees("42") // perhaps behind the next prompt, which is another stream
	x.Types("import sys; sys.exit(5)\r")
	require.Equal(t, 5, x.ended())
	gone()
}

// A granted host is reached by its name, through us; anything else is not.
func TestRoomReachesAGrantedHost(t *testing.T) {
	l, err := net.Listen("tcp", "127.0.0.1:0")
	require.NoError(t, err)
	defer func() { _ = l.Close() }()
	go func() {
		for {
			c, err := l.Accept()
			if err != nil {
				return
			}
			_, _ = io.WriteString(c, "from the host\n")
			_ = c.Close()
		}
	}()
	_, port, err := net.SplitHostPort(l.Addr().String())
	require.NoError(t, err)
	line := fmt.Sprintf("exec 3<>/dev/tcp/box.example/%s && cat <&3", port)
	dir := t.TempDir()
	granted := []string{"--profile", dir, "--host", fmt.Sprintf("raw://box.example:%s@127.0.0.1", port), "--", "bash", "-c", line}
	r := roomRun(t, nil, granted...)
	require.Zero(t, r.code, r.err)
	require.Equal(t, "from the host\n", r.out)
	r = roomRun(t, nil, "--", "bash", "-c", line)
	require.NotZero(t, r.code)
	require.Empty(t, r.out)
	r = roomRun(t, nil, "--profile", dir, "--host", fmt.Sprintf("raw://box.example:%s", port), "--", "bash", "-c", line)
	require.Empty(t, r.out)
	require.Contains(t, r.err, "room: box.example:"+port+" was refused")

	// All three are on the record: a beginning, its end, a refusal.
	var said []string
	entries, err := audit.Read(filepath.Join(dir, "state"), func(audit.Entry) bool { return true }, 100)
	require.NoError(t, err)
	for _, entry := range entries {
		require.Equal(t, audit.Net, entry.Kind)
		require.Equal(t, "room", string(entry.App))
		require.Equal(t, "raw box.example:"+port, entry.Host)
		said = append(said, fmt.Sprintf("%s of %d, %d in", entry.Decision, entry.Of, entry.BytesIn))
	}
	require.Equal(t, []string{"allow of 0, 0 in", " of 1, 14 in", "deny of 0, 0 in"}, said)

	// Without a record nothing is reached, and nothing is run.
	require.NoError(t, os.RemoveAll(filepath.Join(dir, "state")))
	require.NoError(t, os.WriteFile(filepath.Join(dir, "state"), nil, 0o600))
	r = roomRun(t, nil, granted...)
	require.NotZero(t, r.code)
	require.Empty(t, r.out)
	require.Contains(t, r.err, "can't be opened")
}

// What a host lets out is told with what is looked at, where it leads, and how much.
func TestRoomExplainsItsHosts(t *testing.T) {
	args := []string{"--explain", "--host", "raw://box.example:22@127.0.0.1", "--host", "api.example.com+ech", "--host", "http://plain.example", "--", "true"}
	r := roomRun(t, nil, args...)
	require.Zero(t, r.code, r.err)
	out := strings.Join(strings.Fields(r.out), " ")
	for _, want := range []string{"raw: any bytes, nothing is checked but the place at 127.0.0.1 alone", "TLS to that name, or to a hidden one any public address of it",
		"HTTP to that name any public", "at once 64, 600 new in a minute", "each 256 MiB up, 4 GiB down", "together 1 GiB up, 16 GiB down, 128 MiB in a second"} {
		require.Contains(t, out, want)
	}
	r = roomRun(t, nil, append([]string{"-o", "json"}, args...)...)
	require.Contains(t, r.out, `"checked":"raw: any bytes`)
	require.Contains(t, r.out, `"at":["127.0.0.1"]`)
	require.NotContains(t, roomRun(t, nil, "--explain", "--", "true").out, "connections")
}

// Time and memory end a room with code 6 and one line.
func TestRoomLimits(t *testing.T) {
	r := roomRun(t, nil, "--time", "200ms", "--", "sleep", "1000")
	require.Equal(t, 6, r.code, r.err)
	require.Contains(t, r.err, "secgpt: the room was ended: ")
	r = roomRun(t, nil, "--memory", smallMemory, "--", "sh", "-c", largeLine)
	require.Equal(t, 6, r.code, r.err)
	require.Contains(t, r.err, "memory")
}

// Where no room can be had, the line says why and what to do, and nothing ran.
func TestNoRoomForACommand(t *testing.T) {
	mark := filepath.Join(t.TempDir(), "made")
	r := run(t, "noroom", "room", "--", "touch", mark)
	require.Equal(t, 5, r.code, r.err)
	require.Contains(t, r.err, "secgpt: the user namespace layer can't be had")
	require.Contains(t, r.err, "\n  it means: user.max_user_namespaces is 0")
	require.Contains(t, r.err, "\n  to mend it: ")
	require.Equal(t, 3, strings.Count(r.err, "\n"), r.err)
	require.NoFileExists(t, mark)

	r = run(t, "noroom", "doctor")
	require.Equal(t, 5, r.code, r.err)
	require.Contains(t, r.out, "fail  room.start")
	require.Contains(t, r.out, "sysctl -w user.max_user_namespaces=15000")
}
