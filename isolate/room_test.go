//go:build linux && (amd64 || arm64)

package isolate

import (
	"bufio"
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"os/signal"
	"path/filepath"
	"runtime"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"golang.org/x/sys/unix"

	"secgpt/isolate/stage"
)

func TestTryProvesEveryLayer(t *testing.T) {
	needRooms(t)
	proof, err := Try(t.Context())
	require.NoError(t, err)
	names := map[string]string{}
	for _, l := range proof.Layers {
		names[l.Name] = l.How
	}
	require.Equal(t, "open(canary) = EACCES", names["landlock"])
	require.Equal(t, "socket(AF_PACKET) = EAFNOSUPPORT", names["seccomp"])
	for _, name := range []string{"namespaces", "proc", "user", "pid namespace", "host name", "network", "mounts",
		"locks", "limits", "descriptors"} {
		require.Contains(t, names, name)
	}
	require.Positive(t, proof.Took)
}

// listFDs prints the shell's descriptors, without opening one to look.
const listFDs = "for i in $(seq 0 800); do [ -e /proc/self/fd/$i ] && printf '%s ' $i; done; true"

func TestInsideOfARoom(t *testing.T) {
	needRooms(t)
	for name, c := range map[string]struct{ line, want string }{
		"identity":    {"id -u; id -g", "1000\n1000\n"},
		"environment": {"env -u PWD", "HOME=/data\nPATH=/usr/bin:/bin\n"},
		"folder":      {"pwd", "/data\n"},
		"host name":   {"hostname; cat /etc/hostname", "app\napp\n"},
		"descriptors": {listFDs, "0 1 2 "},
		"devices":     {"head -c 3 /dev/zero | wc -c; echo x > /dev/null; (echo x > /dev/full) 2>&1 | grep -c .", "3\n1\n"},
		"opened anew": {"echo a > /dev/stdout; echo b > /dev/stderr; echo c | cat /dev/stdin", "a\nc\n"},
		"scratch":     {"for d in /tmp /data /dev/shm; do echo $d > $d/f && cat $d/f; done", "/tmp\n/data\n/dev/shm\n"},
		"umask":       {"umask; touch f; stat -c %a f", "0077\n600\n"},
		"interfaces":  {"cat /proc/net/dev | grep -c lo:", "1\n"},
	} {
		t.Run(name, func(t *testing.T) {
			out, exit := output(t, shell(c.line))
			require.Equal(t, c.want, out)
			require.Equal(t, Exit{}, exit)
		})
	}
}

func TestPipes(t *testing.T) {
	needRooms(t)
	r := open(t, shell("read x; echo got $x; echo oops >&2; exit 7"))
	_, err := io.WriteString(r.In, "word\n")
	require.NoError(t, err)
	line, err := bufio.NewReader(r.Out).ReadString('\n')
	require.NoError(t, err)
	require.Equal(t, "got word\n", line)
	require.Equal(t, Exit{Code: 7}, r.Wait())
	require.Equal(t, "oops\n", string(r.Stderr()))
}

func TestClosedInputIsSeen(t *testing.T) {
	needRooms(t)
	out, exit := output(t, shell("cat; echo end"))
	require.Equal(t, "end\n", out)
	require.Equal(t, Exit{}, exit)
}

func TestStderrFloodKeepsTheEnd(t *testing.T) {
	needRooms(t)
	r := open(t, shell("yes | head -c 1000000 >&2; echo last >&2"))
	r.Wait()
	kept := r.Stderr()
	require.Len(t, kept, stderrKept)
	require.True(t, bytes.HasSuffix(kept, []byte("y\nlast\n")))
}

func TestCloseTwiceAndWaitByMany(t *testing.T) {
	needRooms(t)
	r := open(t, shell("trap '' TERM INT HUP; (setsid sleep 1000 &) ; echo up; sleep 1000"))
	_, err := bufio.NewReader(r.Out).ReadString('\n')
	require.NoError(t, err)
	exits := make(chan Exit, 2)
	for range cap(exits) {
		go func() { exits <- r.Wait() }()
	}
	require.NoError(t, r.Close())
	require.NoError(t, r.Close())
	for range cap(exits) {
		require.Equal(t, Exit{Code: -1, Signal: "killed"}, <-exits)
	}
	requireNobody(t)
}

func TestContextClosesTheRoom(t *testing.T) {
	needRooms(t)
	ctx, cancel := context.WithCancel(t.Context())
	r, err := Start(ctx, shell("sleep 1000"))
	require.NoError(t, err)
	cancel()
	require.Equal(t, "killed", r.Wait().Signal)
	require.NoError(t, r.Close())

	_, err = Start(ctx, shell("true"))
	require.ErrorIs(t, err, context.Canceled)
}

func TestProgramThatIsNotThere(t *testing.T) {
	needRooms(t)
	for _, c := range []struct {
		s    Spec
		want string
	}{
		{testSpec("/usr/bin/no-such"), "room test: exec /usr/bin/no-such: no such file or directory"},
		{testSpec("/etc/passwd"), "room test: exec /etc/passwd: permission denied"},
		{Spec{Argv: []string{"/bin/true"}, Dir: "/no/such", HostID: HostIDBase}, "chdir /no/such: no such file or directory"},
		{testSpec("true"), `room test: "true" in "/data": a room needs absolute paths`},
		{testSpec(), "room test: nothing to run: Argv is empty"},
		{testSpec("/bin/true", "a\x00b"), `room test: "a\x00b" has a zero byte in it`},
		{Spec{Argv: []string{"/bin/true"}, Limits: Limits{Tmp: -1}}, "a limit is negative; leave it out for the default"},
		{testSpec("/bin/true", strings.Repeat("x", stage.ConfigMax)), "room test: arguments, environment and grants take"},
	} {
		_, err := Start(t.Context(), c.s)
		require.ErrorContains(t, err, c.want)
		var le *LayerError
		require.False(t, errors.As(err, &le), "%v", err)
	}
	requireNobody(t)
}

func TestRootIsNobodyOutside(t *testing.T) {
	needRooms(t)
	if os.Geteuid() != 0 {
		t.Skip("only root can choose another id")
	}
	r := open(t, shell("echo up; sleep 1000"))
	_, err := bufio.NewReader(r.Out).ReadString('\n')
	require.NoError(t, err)
	for _, name := range []string{"uid_map", "gid_map"} {
		table, err := os.ReadFile(fmt.Sprintf("/proc/%d/%s", r.process.Pid, name))
		require.NoError(t, err)
		require.Equal(t, []string{"1000", fmt.Sprint(HostIDBase + 1), "1"}, strings.Fields(string(table)))
	}
	for _, id := range []int{0, -1, 1<<32 - 1} {
		s := shell("true")
		s.HostID = id
		_, err := Start(t.Context(), s)
		require.ErrorContains(t, err, "as root a room needs an unowned one")
	}
}

// clockMode says how long ago the machine was started, as far as a room can tell.
func clockMode([]string) {
	var boot unix.Timespec
	_ = unix.ClockGettime(unix.CLOCK_BOOTTIME, &boot)
	say("%d", boot.Sec)
}

func TestUpTimeIsTheRooms(t *testing.T) {
	needRooms(t)
	proof, err := Try(t.Context())
	require.NoError(t, err)
	if _, err := os.Stat("/proc/self/ns/time"); errors.Is(err, os.ErrNotExist) {
		t.Skip("this kernel has no time namespaces")
	}
	require.Contains(t, proof.Layers, Layer{"clock", "up-time starts at the room's start"})
	out, _ := output(t, testSpec(Self, "clock"))
	var seconds int
	_, err = fmt.Sscan(out, &seconds)
	require.NoError(t, err)
	require.Less(t, seconds, 60)
}

// requireNobody looks for stages and for processes of a room's host id.
func requireNobody(t *testing.T) {
	t.Helper()
	children := func() string {
		out, _ := exec.Command("ps", "-o", "pid=,stat=,args=", "--ppid", fmt.Sprint(os.Getpid())).Output()
		var left []string
		for line := range strings.Lines(string(out)) {
			if !strings.Contains(line, " ps -o ") && !strings.Contains(line, "isolate:launcher") {
				left = append(left, line)
			}
		}
		return strings.Join(left, "")
	}
	eventually(t, func() bool { return children() == "" }, "children are left: %s", children())
}

// A room that runs is waited for without a thread of this process.
func TestRoomsHoldNoThread(t *testing.T) {
	needRooms(t)
	threads := func() int {
		all, err := os.ReadDir("/proc/self/task")
		require.NoError(t, err)
		return len(all)
	}
	require.NoError(t, open(t, shell("true")).Close()) // what the first start makes is there
	const rooms = 24
	before := threads()
	for range rooms {
		r := open(t, shell("read x"))
		defer func() { require.NoError(t, r.Close()) }()
	}
	require.Less(t, threads()-before, rooms/2)
}

func TestManyRoomsLeaveNothing(t *testing.T) {
	needRooms(t)
	data := folder(t)
	cycle := func() {
		s := shell("echo up; sleep 1000")
		s.Data = data
		r, err := Start(t.Context(), s)
		require.NoError(t, err)
		require.NoError(t, r.Close())
	}
	cycle() // what Go keeps for good
	count := func() (int, string) {
		fds, err := os.ReadDir("/proc/self/fd")
		require.NoError(t, err)
		mounts, err := os.ReadFile("/proc/self/mountinfo")
		require.NoError(t, err)
		return len(fds), string(mounts)
	}
	fds, mounts := count()
	for range 50 {
		cycle()
	}
	requireNobody(t)
	fdsNow, mountsNow := count()
	require.LessOrEqual(t, fdsNow, fds)
	require.Equal(t, mounts, mountsNow)
}

// parentMode is a program that starts a room and is then killed.
func parentMode(args []string) {
	r, err := Start(context.Background(), shell("trap '' TERM INT HUP; (setsid sleep "+args[0]+" &); echo up; exec sleep "+args[0]))
	if err != nil {
		say("%v", err)
		return
	}
	_, _ = bufio.NewReader(r.Out).ReadString('\n')
	say("up")
	time.Sleep(time.Minute)
}

func TestRoomDiesWithItsParent(t *testing.T) {
	needRooms(t)
	mark := fmt.Sprintf("%d", 100000+os.Getpid()) // seconds that nobody else sleeps
	parent := exec.CommandContext(t.Context(), "/proc/self/exe", "parent", mark)
	out, err := parent.StdoutPipe()
	require.NoError(t, err)
	require.NoError(t, parent.Start())
	line, err := bufio.NewReader(out).ReadString('\n')
	require.NoError(t, err)
	require.Equal(t, "up\n", line)
	sleepers := func() int { return processesWith("sleep\x00" + mark) }
	eventually(t, func() bool { return sleepers() == 2 }, "the room is not up")
	require.NoError(t, parent.Process.Signal(syscall.SIGKILL))
	_ = parent.Wait()
	eventually(t, func() bool { return sleepers() == 0 }, "the room outlived its parent")
}

func processesWith(argv string) int {
	n := 0
	paths, _ := filepath.Glob("/proc/[0-9]*/cmdline")
	for _, p := range paths {
		if text, err := os.ReadFile(p); err == nil && strings.HasPrefix(string(text), argv) {
			n++
		}
	}
	return n
}

// Descriptors without close-on-exec, an odd umask, ignored signals, settings for
// the Go runtime: the same room.
func TestOddParents(t *testing.T) {
	needRooms(t)
	leak, err := os.Open("/etc/hostname")
	require.NoError(t, err)
	defer func() { require.NoError(t, leak.Close()) }()
	high, err := unix.FcntlInt(leak.Fd(), unix.F_DUPFD, 700) // beyond what the proof looks at
	require.NoError(t, err)
	defer func() { require.NoError(t, unix.Close(high)) }()
	old := unix.Umask(0o777)
	defer unix.Umask(old)
	signal.Ignore(syscall.SIGHUP) // as nohup does
	defer signal.Reset(syscall.SIGHUP)
	t.Setenv("GODEBUG", "inittrace=1") // writes to standard error
	r := open(t, shell(listFDs+"; umask; echo $GODEBUG; sh -c 'kill -HUP $$; echo alive'; true"))
	out, err := io.ReadAll(r.Out)
	require.NoError(t, err)
	require.Equal(t, "0 1 2 0077\n\n", string(out))
	require.Equal(t, Exit{}, r.Wait())
	require.NotContains(t, string(r.Stderr()), "init ")
}

// onDyingThread runs do on a thread that then ends, and returns its number.
func onDyingThread(do func()) (thread int) {
	done := make(chan struct{})
	go func() {
		defer close(done)
		runtime.LockOSThread() // without an unlock, the thread ends with the goroutine
		if thread = unix.Gettid(); thread != os.Getpid() {
			do()
			return
		}
		thread = onDyingThread(do) // the first thread never ends; while it is held, another is used
		runtime.UnlockOSThread()
	}()
	<-done
	return thread
}

// A room does not end with the thread that asked for it.
func TestRoomOutlivesItsThread(t *testing.T) {
	needRooms(t)
	var r *Room
	var err error
	thread := onDyingThread(func() { r, err = Start(context.Background(), shell("read x; echo $x")) })
	require.NoError(t, err)
	defer func() { require.NoError(t, r.Close()) }()
	eventually(t, func() bool { return unix.Tgkill(os.Getpid(), thread, 0) != nil }, "the thread lives")
	_, err = io.WriteString(r.In, "still here\n")
	require.NoError(t, err)
	line, err := bufio.NewReader(r.Out).ReadString('\n')
	require.NoError(t, err)
	require.Equal(t, "still here\n", line)
}

// Daemons that were built on this machine have their sockets below /usr/local. A room
// that may have sockets does not meet them.
func TestSocketsOfDaemonsBelowUsrAreCovered(t *testing.T) {
	if os.Getenv(outerMark) == "" {
		inOuterNamespaces(t)
		return
	}
	prepareOuter(t)
	require.NoError(t, unix.Mount("tmpfs", "/usr/local", "tmpfs", 0, "mode=755"))
	for _, dir := range []string{"var/run", "run", "share"} {
		require.NoError(t, os.MkdirAll("/usr/local/"+dir, 0o755))
		require.NoError(t, os.WriteFile("/usr/local/"+dir+"/d.sock", nil, 0o666))
	}
	out, exit := output(t, shell("cd /usr/local; find . -name d.sock; touch run/x 2>&1 | grep -c Read-only"))
	require.Equal(t, "./share/d.sock\n1\n", out)
	require.Equal(t, Exit{}, exit)
}
