//go:build linux && (amd64 || arm64)

package isolate

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"io"
	"math/rand/v2"
	"os"
	"path/filepath"
	"sync"
	"sync/atomic"
	"syscall"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"golang.org/x/sys/unix"
)

// often is how many times something is tried that goes wrong at one moment in many.
func often(times int) int {
	if os.Getenv("SECGPT_TEST_ALL") == "" || os.Geteuid() != 0 {
		return times / 5
	}
	return times
}

// startTakes is about as long as a start takes on a busy machine, in microseconds.
const startTakes = 8000

// prompt is how long an end may take on a busy machine. It mostly takes 20 ms.
const prompt = 3 * time.Second

func requirePrompt(t *testing.T, began time.Time, what string) {
	t.Helper()
	require.Less(t, time.Since(began), prompt, what)
}

// Whenever a hub is killed, also one that is stopped with all that it has made,
// nothing of its rooms lives on.
func TestHubIsKilledAtAnyMoment(t *testing.T) {
	leavesNothing(t)
	k := newKiller(t)
	var longest time.Duration
	for i := range often(300) {
		how := fmt.Sprint(rand.IntN(2 * startTakes))
		if i%2 == 1 {
			how += " stop"
		}
		longest = max(longest, k.kills(t, how))
	}
	require.Less(t, longest, prompt)
	t.Logf("%d hubs, each gone after %v at most", often(300), longest)
}

// requireCalm sees that an error is one line for a person.
func requireCalm(t *testing.T, err error) {
	t.Helper()
	for _, word := range []string{"\n", "goroutine", "panic", "%!", "&{", "0xc0", "<nil>", ".go:", "*os.", "\x1b"} {
		require.NotContains(t, err.Error(), word)
	}
	var le *LayerError
	if errors.As(err, &le) {
		require.NotContains(t, le.Remedy, "\n")
		require.NotContains(t, le.Means(), "\n")
	}
}

// oddSpec is a room of some kind.
func oddSpec(data string) Spec {
	s := shell("trap '' TERM INT HUP; (setsid sleep 1000 &) ; exec sleep 1000")
	s.Init = rand.IntN(2) == 0
	if rand.IntN(2) == 0 {
		s.Hosts = []Host{{Name: "a.example", Ports: []int{80, 443}}}
	}
	if rand.IntN(2) == 0 {
		s.Data = data
	}
	if rand.IntN(2) == 0 {
		s.Limits.Wall, s.Limits.Output = time.Hour, 1<<20
	}
	return s
}

// Whenever the end of ctx comes, Start gives an error or a room that closes.
func TestContextEndsAtAnyMoment(t *testing.T) {
	leavesNothing(t)
	data := folder(t)
	started := 0
	for i := range often(300) {
		Warm(i % 2)
		ctx, cancel := context.WithCancel(context.Background())
		time.AfterFunc(time.Duration(rand.IntN(startTakes))*time.Microsecond, cancel)
		began := time.Now()
		r, err := Start(ctx, oddSpec(data))
		if err != nil {
			require.ErrorIs(t, err, context.Canceled)
			requireCalm(t, err)
			continue
		}
		started++
		require.Equal(t, Exit{Code: -1, Signal: "killed"}, r.Wait())
		require.NoError(t, r.Close())
		requirePrompt(t, began, "the end of ctx")
		for _, l := range r.Listeners {
			_, err := l.Accept()
			require.ErrorContains(t, err, "closed")
		}
	}
	t.Logf("%d of %d came up before", started, often(300))
}

// Whatever dies while rooms start, a stage or the launcher, stopped before or not,
// each start gives an error of one line or a room that works.
func TestPartsAreKilledAtAnyMoment(t *testing.T) {
	leavesNothing(t)
	data := folder(t)
	var killed, refused int
	said := map[string]int{}
	for i := range often(300) {
		Warm(i % 2)
		stop, over := make(chan struct{}), make(chan struct{})
		go func() {
			defer close(over)
			pause := unix.NsecToTimespec(int64(rand.IntN(startTakes)) * 1000)
			_ = unix.Nanosleep(&pause, nil)
			all := children()
			if len(all) == 0 {
				return
			}
			pid := all[rand.IntN(len(all))]
			if i%3 == 0 {
				_ = unix.Kill(pid, unix.SIGSTOP)
			}
			if unix.Kill(pid, unix.SIGKILL) == nil {
				killed++
			}
			<-stop
		}()
		began := time.Now()
		r, err := Start(context.Background(), oddSpec(data))
		requirePrompt(t, began, "the start")
		close(stop)
		<-over
		if err != nil {
			refused++
			said[err.Error()]++
			requireCalm(t, err)
			continue
		}
		require.NoError(t, r.Close())
	}
	Warm(0) // the last one killed may be among them
	require.NoError(t, open(t, shell("true")).Close())
	t.Logf("%d killed, %d starts refused: %v", killed, refused, said)
}

// Many goroutines start, use and close rooms at the same time, in any order.
func TestManyStartAndCloseAtOnce(t *testing.T) {
	leavesNothing(t)
	data := folder(t)
	Warm(2)
	var all sync.WaitGroup
	var rooms atomic.Int64
	until := time.Now().Add(time.Duration(often(5000)) * time.Millisecond)
	for range 16 {
		all.Go(func() {
			for time.Now().Before(until) {
				ctx, cancel := context.WithCancel(context.Background())
				s := oddSpec(data)
				s.Limits.Wall = time.Duration(rand.IntN(2)) * time.Duration(1+rand.IntN(200)) * time.Millisecond
				if rand.IntN(4) == 0 {
					time.AfterFunc(time.Duration(rand.IntN(10*startTakes))*time.Microsecond, cancel)
				}
				r, err := Start(ctx, s)
				if err == nil {
					rooms.Add(1)
					go func() { _, _ = io.Copy(io.Discard, r.Out) }()
					if rand.IntN(2) == 0 {
						go cancel()
					}
					if rand.IntN(2) == 0 {
						go func() { _ = r.Close() }()
					}
					_, _ = r.In.Write([]byte("x"))
					_ = r.Stderr()
					if err := r.Close(); err != nil {
						t.Error(err)
					}
					r.Wait()
				} else if !errors.Is(err, context.Canceled) && s.Limits.Wall == 0 {
					t.Error(err)
				}
				cancel()
				if rand.IntN(8) == 0 {
					Warm(rand.IntN(3))
				}
			}
		})
	}
	all.Wait()
	t.Logf("%d rooms", rooms.Load())
}

// atOnce is how many rooms the smallest machine takes at the same time.
const atOnce = 64

func TestManyComeUpAtOnce(t *testing.T) {
	leavesNothing(t)
	rooms := make([]*Room, atOnce)
	failed := make([]error, atOnce)
	var all sync.WaitGroup
	began := time.Now()
	for i := range atOnce {
		all.Go(func() { rooms[i], failed[i] = Start(context.Background(), shell("read x; echo $x")) })
	}
	all.Wait()
	up := time.Since(began)
	for i, r := range rooms {
		require.NoError(t, failed[i])
		_, err := fmt.Fprintln(r.In, i)
		require.NoError(t, err)
	}
	for i, r := range rooms {
		out, err := io.ReadAll(r.Out)
		require.NoError(t, err)
		require.Equal(t, fmt.Sprintln(i), string(out))
		require.Equal(t, Exit{}, r.Wait())
		require.NoError(t, r.Close())
	}
	t.Logf("%d rooms up after %v", atOnce, up.Round(time.Millisecond))
}

func init() { modes["vfork"] = vforkMode }

// vforkMode is a program whose child never ends and never starts another program, so
// that it can't go on itself.
func vforkMode([]string) {
	say("up")
	pid, _, _ := syscall.RawSyscall6(unix.SYS_CLONE, uintptr(unix.CLONE_VFORK|unix.CLONE_VM|unix.SIGCHLD), 0, 0, 0, 0, 0)
	for pid == 0 {
		_, _, _ = syscall.RawSyscall6(unix.SYS_PPOLL, 0, 0, 0, 0, 0, 0)
	}
}

// stubborn are programs that don't want to end. Each says "up".
func stubborn() map[string]Spec {
	sh := func(line string) Spec { return shell(line) }
	return map[string]Spec{
		"sessions of their own":      sh("(setsid sleep 1000 >/dev/null 2>&1 &) ; echo up; exec sleep 1000"),
		"forked twice":               sh("( (sleep 1000 </dev/null >/dev/null 2>&1 &) & ); echo up; exec sleep 1000"),
		"deaf":                       sh("for s in $(seq 1 64); do trap '' $s 2>/dev/null; done; (sleep 1000 &); echo up; while :; do sleep 1000; done"),
		"stopped":                    sh("sleep 1000 & kill -STOP $!; sh -c 'kill -STOP $$' & echo up; exec sleep 1000"),
		"waiting for a writer":       sh("mkfifo f; (cat f &) ; echo up; exec cat f"),
		"in vfork":                   testSpec(Self, "vfork"),
		"pipes held by grandchilren": sh("(setsid sh -c 'sleep 1000; true' &); echo up; exec sleep 1000"),
		"many":                       sh("i=0; while [ $i -lt 90 ]; do sleep 1000 & i=$((i+1)); done; echo up; wait"),
		"busy":                       sh("(while :; do :; done) & echo up; while :; do :; done"),
		"forking":                    sh("echo up; while :; do (true &) ; done"),
		"writing":                    sh("echo up; yes >&2 & exec yes"),
	}
}

// However a program clings to life, its room ends at once, by any of the ways to end it.
func TestStubbornProgramsEnd(t *testing.T) {
	leavesNothing(t)
	ways := map[string]func(r *Room, cancel context.CancelFunc){
		"close":      func(r *Room, _ context.CancelFunc) { _ = r.Close() },
		"context":    func(_ *Room, cancel context.CancelFunc) { cancel() },
		"killed":     func(r *Room, _ context.CancelFunc) { _ = unix.Kill(r.process.Pid, unix.SIGKILL) },
		"stopped":    func(r *Room, _ context.CancelFunc) { _ = unix.Kill(r.process.Pid, unix.SIGSTOP); _ = r.Close() },
		"a limit":    func(r *Room, _ context.CancelFunc) { r.keeper.end("a limit") },
		"its writer": func(r *Room, _ context.CancelFunc) { _ = r.Out.Close(); _ = r.In.Close(); _ = r.Close() },
	}
	for name, s := range stubborn() {
		for way, end := range ways {
			ctx, cancel := context.WithCancel(context.Background())
			s.Init = len(way)%2 == 0 && s.Argv[0] != Self
			r, err := Start(ctx, s)
			require.NoError(t, err, name)
			line, err := bufio.NewReader(r.Out).ReadString('\n')
			require.NoError(t, err, name)
			require.Equal(t, "up\n", line)
			began := time.Now()
			end(r, cancel)
			exit := r.Wait()
			require.True(t, exit.Signal == "killed" || way == "its writer", "%s, %s: %+v", name, way, exit)
			requirePrompt(t, began, name+", "+way)
			if way == "killed" || way == "a limit" { // what was written before can still be read
				_, err := io.Copy(io.Discard, r.Out)
				require.NoError(t, err, "%s, %s", name, way)
			}
			require.NoError(t, r.Close())
			cancel()
		}
	}
}

// The end of process 1 is the end of what it left behind, which holds its pipes.
func TestTheEndOfAProgramEndsWhatItLeft(t *testing.T) {
	leavesNothing(t)
	for _, first := range []bool{false, true} {
		s := shell("(setsid sh -c \"trap '' HUP TERM; sleep 1000; true\" &) ; echo last; exit 5")
		s.Init = first
		began := time.Now()
		out, exit := output(t, s)
		require.Equal(t, "last\n", out)
		require.Equal(t, Exit{Code: 5}, exit)
		requirePrompt(t, began, "its end")
	}
}

// A launcher that is stopped can't be asked; who starts a room meanwhile waits.
func TestALauncherThatIsStopped(t *testing.T) {
	leavesNothing(t)
	pid := launcherPID()
	require.NoError(t, unix.Kill(pid, unix.SIGSTOP))
	came := make(chan error, 1)
	go func() {
		r, err := Start(context.Background(), shell("true"))
		if err == nil {
			err = r.Close()
		}
		came <- err
	}()
	select {
	case err := <-came:
		require.FailNow(t, "a start without a launcher", "%v", err)
	case <-time.After(50 * time.Millisecond):
	}
	require.NoError(t, unix.Kill(pid, unix.SIGCONT))
	require.NoError(t, <-came)
}

// What a folder's rooms leave in it is the app's own, and nothing of ours.
func TestTwoRoomsOfOneFolder(t *testing.T) {
	leavesNothing(t)
	s := shell("read x; echo $x > $x; read x; ls")
	s.Data = filepath.Join(folder(t), "data")
	require.NoError(t, os.Mkdir(s.Data, 0o700))
	one, two := open(t, s), open(t, s)
	for i, r := range []*Room{one, two} {
		_, err := fmt.Fprintln(r.In, i)
		require.NoError(t, err)
		eventually(t, func() bool { _, err := os.Stat(filepath.Join(s.Data, fmt.Sprint(i))); return err == nil }, "it is written")
	}
	for _, r := range []*Room{one, two} {
		_, err := fmt.Fprintln(r.In)
		require.NoError(t, err)
		out, err := io.ReadAll(r.Out)
		require.NoError(t, err)
		require.Equal(t, "0\n1\n", string(out))
		require.NoError(t, r.Close())
	}
}
