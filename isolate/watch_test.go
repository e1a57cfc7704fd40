//go:build linux && (amd64 || arm64)

package isolate

import (
	"bufio"
	"fmt"
	"io"
	"os"
	"os/exec"
	"runtime"
	"strconv"
	"strings"
	"testing"
	"time"
	"unsafe"

	"github.com/stretchr/testify/require"
	"golang.org/x/sys/unix"
)

// A bomb takes memory in one way, up to a size that it is told and no more, says
// so, and stays until its standard input ends.
func init() { modes["bomb"] = bombMode }

var bombs = map[string]func(size int) error{
	// What RLIMIT_DATA does not count.
	"shared": func(size int) error { _, err := takeShared(size); return err },
	// Pages that are in no table any more, but there.
	"hidden": func(size int) error {
		taken, err := takeShared(size)
		if err != nil {
			return err
		}
		return unix.Madvise(taken, unix.MADV_DONTNEED)
	},
	// The same by a hole: what is left of the mapping is its last page.
	"unmapped": func(size int) error {
		taken, err := takeShared(size)
		if err != nil {
			return err
		}
		_, _, no := unix.Syscall(unix.SYS_MUNMAP, uintptr(unsafe.Pointer(&taken[0])), uintptr(size-os.Getpagesize()), 0)
		runtime.KeepAlive(taken)
		if no != 0 {
			return no
		}
		return nil
	},
	"private": func(size int) error {
		_, err := take(size, unix.PROT_READ|unix.PROT_WRITE, unix.MAP_PRIVATE, 4096)
		return err
	},
	// Tables of pages, by reading one page of zeros in each 2 MiB. size counts the tables.
	"tables": func(size int) error {
		_, err := take(size/os.Getpagesize()<<21, unix.PROT_READ, unix.MAP_PRIVATE, 2<<20)
		return err
	},
	// The first thread ends, another takes.
	"headless": func(size int) error {
		gone := make(chan struct{})
		go endFirstThread(gone)
		<-gone
		_, err := takeShared(size)
		return err
	},
	// A child does so.
	"headless child": func(size int) error { return bombChildren(1, "headless", size) },
	// Eight processes, each below any limit for one.
	"many": func(size int) error { return bombChildren(8, "private", size/8) },
}

func bombChildren(n int, kind string, size int) error {
	for range n {
		cmd := exec.Command("/proc/self/exe", "bomb", kind, strconv.Itoa(size))
		cmd.Stdin, cmd.Env = os.Stdin, []string{quick}
		out, err := cmd.StdoutPipe()
		if err == nil {
			err = cmd.Start()
		}
		if err != nil {
			return err
		}
		if line, _ := bufio.NewReader(out).ReadString('\n'); line != "up\n" {
			return fmt.Errorf("a child says %q", line)
		}
	}
	return nil
}

func bombMode(args []string) {
	size, err := strconv.Atoi(args[1])
	if err == nil {
		err = bombs[args[0]](size)
	}
	if err != nil {
		say("%v", err)
		return
	}
	say("up")
	_, _ = io.Copy(io.Discard, os.Stdin)
}

func take(size, prot, flags, step int) ([]byte, error) {
	taken, err := unix.Mmap(-1, 0, size, prot, flags|unix.MAP_ANON|unix.MAP_NORESERVE)
	if err != nil {
		return nil, err
	}
	sum := byte(0)
	for i := 0; i < size; i += step {
		if prot&unix.PROT_WRITE != 0 {
			taken[i] = 1
		}
		sum += taken[i]
	}
	runtime.KeepAlive(sum)
	return taken, nil
}

func takeShared(size int) ([]byte, error) {
	return take(size, unix.PROT_READ|unix.PROT_WRITE, unix.MAP_SHARED, 4096)
}

// endFirstThread ends the thread that the process began with.
func endFirstThread(gone chan<- struct{}) {
	runtime.LockOSThread()
	if unix.Gettid() != os.Getpid() {
		go endFirstThread(gone) // while this one is held, another is used
		<-make(chan struct{})
	}
	go func() {
		for {
			status, err := os.ReadFile("/proc/thread-self/../../status")
			if err != nil || strings.Contains(string(status), "State:\tZ") {
				close(gone)
				return
			}
			runtime.Gosched()
		}
	}()
	_, _, _ = unix.Syscall(unix.SYS_EXIT, 0, 0, 0)
}

const (
	testLimit = 64 << 20
	testBomb  = 200 << 20 // what a bomb takes if nobody stops it
)

func TestMemoryBombsAreFound(t *testing.T) {
	needRooms(t)
	for kind := range bombs {
		t.Run(kind, func(t *testing.T) {
			if hidden(kind) && os.Geteuid() != 0 {
				t.Skip("the kernel tells only root of shared memory that is in no table; the filter must refuse it")
			}
			s := testSpec(Self, "bomb", kind, strconv.Itoa(testBomb))
			s.Limits.Memory, s.Limits.Total = 4<<30, testLimit
			r := open(t, s)
			line, err := bufio.NewReader(r.Out).ReadString('\n')
			full := time.Now() // it is beyond the limit since earlier; or it is gone already
			if err == nil {
				require.Equal(t, "up\n", line)
			}
			late := time.AfterFunc(10*time.Second, func() { _ = r.process.Kill() })
			defer late.Stop()
			exit := r.Wait()
			t.Logf("ended %v after it was full", time.Since(full)) // how soon it must, bench/room -only ends tells
			require.Equal(t, "killed", exit.Signal)
			require.Regexp(t, `^memory: `, exit.Limit)
		})
	}
}

// What a room may take is counted rightly, however it is spread.
func TestMemoryIsCountedOnce(t *testing.T) {
	needRooms(t)
	for kind := range bombs {
		t.Run(kind, func(t *testing.T) {
			if hidden(kind) && os.Geteuid() != 0 {
				t.Skip("the kernel tells only root of shared memory that is in no table; the filter must refuse it")
			}
			const size = 80 << 20
			s := testSpec(Self, "bomb", kind, strconv.Itoa(size))
			s.Limits.Memory = 4 << 30 // the limit of one process is not what is tested
			r := open(t, s)
			ns, err := shared.enter(r.process.Pid)
			defer shared.leave(r.process.Pid)
			require.NoError(t, err)
			line, err := bufio.NewReader(r.Out).ReadString('\n')
			require.NoError(t, err, "%s", r.Stderr())
			require.Equal(t, "up\n", line)
			w := memoryWatch{ns: ns, most: 1 << 40}
			readAnew()
			require.Empty(t, w.look())
			require.GreaterOrEqual(t, w.held, int64(size))
			w.most = size - size/8
			require.NotEmpty(t, w.look())
			w.most = size + nineTake
			require.Empty(t, w.look())
		})
	}
}

// readAnew makes the next look read who is in a room: a reading that another watch made
// some milliseconds ago would serve it, and knows nothing of processes since.
func readAnew() {
	shared.mu.Lock()
	defer shared.mu.Unlock()
	shared.spaceAt = time.Time{}
}

// hidden tells which bombs take what is in no table of pages.
func hidden(kind string) bool { return kind == "hidden" || kind == "unmapped" }

// Children that share their parent's pages hold little, though each seems to hold all.
func TestSharedPagesAreNoExcess(t *testing.T) {
	needRooms(t)
	if _, err := os.Stat("/usr/bin/python3"); err != nil {
		if os.Getenv("SECGPT_TEST_ALL") == "" {
			t.Skip("no /usr/bin/python3 to fork")
		}
		require.NoError(t, err)
	}
	r := open(t, testSpec("/usr/bin/python3", "-c", `
import os, sys
b = bytearray(40 << 20)
p = [os.fork() for _ in range(3)]
os.write(1, b"up\n")
sys.stdin.read()`))
	out := bufio.NewReader(r.Out)
	for range 8 {
		_, err := out.ReadString('\n')
		require.NoError(t, err, "%s", r.Stderr())
	}
	ns, err := os.Readlink(fmt.Sprintf("/proc/%d/ns/pid", r.process.Pid))
	require.NoError(t, err)
	w := memoryWatch{ns: ns, most: 100 << 20}
	readAnew()
	require.Empty(t, w.look())
	require.Greater(t, w.held, int64(8*40<<20))
	w.most = 30 << 20
	require.Regexp(t, `^memory: (4|5|6|7)[0-9.]+ MiB in all`, w.look())
}

func TestOneMemoryIsSeenAsOne(t *testing.T) {
	thread := make(chan int)
	go func() {
		runtime.LockOSThread()
		defer runtime.UnlockOSThread()
		thread <- unix.Gettid()
		<-thread
	}()
	tid := <-thread
	defer func() { thread <- 0 }()
	child := exec.CommandContext(t.Context(), "/bin/sleep", "1000")
	require.NoError(t, child.Start())
	defer func() { _ = child.Process.Kill(); _ = child.Wait() }()

	self := holder{task: os.Getpid(), space: 1}
	require.True(t, sameMemory(holder{task: tid, space: 1}, []holder{self}))
	require.False(t, sameMemory(holder{task: child.Process.Pid, space: 1}, []holder{self}))
	require.False(t, sameMemory(holder{task: tid, space: 2}, []holder{self}))
}

// The machine is not looked through while nothing can have happened.
func TestRoomIsLookedAtWhenItMatters(t *testing.T) {
	now := time.Now()
	used, err := shared.machine(now)
	require.NoError(t, err)
	watch := func(held, since int64, looked time.Time) *memoryWatch {
		return &memoryWatch{most: 800, held: held, used: used - since, looked: looked}
	}
	require.True(t, watch(0, 0, time.Time{}).due(now), "nothing is known")
	require.False(t, watch(100, 500, now).due(now))
	require.True(t, watch(100, 600, now).due(now), "an eighth is kept back")
	require.True(t, watch(700, 0, now).due(now), "it is close")
	require.True(t, watch(0, 0, now.Add(-lookEvery)).due(now), "it is time")
	less := watch(0, -1000, now)
	require.False(t, less.due(now))
	require.Equal(t, used, less.used, "others freed some, the room may have taken it")
	begun := newMemoryWatch("", 1<<40)
	require.False(t, begun.due(time.Now()), "it has just begun")
	require.True(t, begun.due(time.Now().Add(firstLook)), "before the watch it may have taken some")
}

func TestWatchEndsWithItsRoom(t *testing.T) {
	needRooms(t)
	r := open(t, shell("read x"))
	stop, said := make(chan struct{}), make(chan string)
	go func() { said <- watchMemory(r.process.Pid, 1<<30, stop) }()
	close(stop)
	require.Empty(t, <-said)
	require.NoError(t, r.Close())
	require.Empty(t, watchMemory(r.process.Pid, 1<<30, make(chan struct{})), "nobody has that number")
	eventually(t, func() bool { // the room has a watch of its own, which ends beside it
		shared.mu.Lock()
		defer shared.mu.Unlock()
		return len(shared.rooms) == 0
	}, "rooms are still watched")
	require.Contains(t, watchMemory(os.Getpid(), 1<<30, make(chan struct{})), "own pid namespace")
}

func TestLinesOfProc(t *testing.T) {
	const text = "Name:\tVmPTE: 9 kB\nVmPTE:\t      24 kB\nRssAnon:\t 100 kB\nRssAnonymous: 7 kB\n"
	require.Equal(t, int64(124<<10), kibs([]byte(text), "VmPTE", "RssAnon", "Gone"))
	require.Equal(t, "1000-0", mapName([]byte("00001000-00000000")))
}

// BenchmarkWatchingTenRooms says what watching costs while nothing happens, in
// seconds of processor time for an hour.
func BenchmarkWatchingTenRooms(b *testing.B) {
	stop := make(chan struct{})
	var said []chan string
	for range 10 {
		r, err := Start(b.Context(), shell("sleep 1000 & sleep 1000 & read x"))
		require.NoError(b, err)
		b.Cleanup(func() { _ = r.Close() })
		dir := b.TempDir()
		for _, watch := range []func() string{
			func() string { return watchMemory(r.process.Pid, 1<<30, stop) },
			func() string { return watchData(dir, 1<<30, stop) },
			func() string { return watchUnnamed(r.process.Pid, dir, 1<<30, stop) },
		} {
			c := make(chan string)
			said = append(said, c)
			go func() { c <- watch() }()
		}
	}
	var before, after unix.Rusage
	for b.Loop() {
		require.NoError(b, unix.Getrusage(unix.RUSAGE_SELF, &before))
		began := time.Now()
		time.Sleep(20 * time.Second)
		require.NoError(b, unix.Getrusage(unix.RUSAGE_SELF, &after))
		took := time.Duration(after.Utime.Nano() + after.Stime.Nano() - before.Utime.Nano() - before.Stime.Nano())
		b.ReportMetric(took.Seconds()/time.Since(began).Hours(), "cpu-s/h")
	}
	close(stop)
	for _, c := range said {
		require.Empty(b, <-c)
	}
}
