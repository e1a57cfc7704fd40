//go:build linux && (amd64 || arm64)

package isolate

import (
	"bytes"
	"debug/elf"
	"errors"
	"fmt"
	"io"
	"os"
	"runtime"
	"strconv"
	"sync"
	"syscall"
	"time"

	"golang.org/x/sys/unix"

	"secgpt/isolate/stage"
)

// startLimit bounds a start. It takes milliseconds; a machine under heavy load
// gets a thousand times that.
const startLimit = 30 * time.Second

// starter is the one thread that makes children, for the life of the process: the
// signal that ends a room with its parent follows the thread that made it, not the
// process, and Go ends threads when it likes.
var starter = sync.OnceValue(func() chan<- func() {
	work := make(chan func())
	go serveStarts(work)
	return work
})

func serveStarts(work <-chan func()) {
	runtime.LockOSThread()
	for do := range work {
		do()
	}
}

func onStarter(do func()) {
	done := make(chan struct{})
	starter() <- func() { defer close(done); do() }
	<-done
}

// launcher is the process that makes stages, once there is one; see stage.Launch.
var launcher struct {
	sync.Mutex
	process *os.Process
	socket  int
}

// launch asks the launcher for a process, which becomes a child of this one. If there
// is no answer, the launcher was ended by somebody: see twice.
func launch(r stage.Request, fds []int) (*os.Process, error) {
	launcher.Lock()
	defer launcher.Unlock()
	if launcher.process == nil {
		if err := startLauncher(); err != nil {
			return nil, &LayerError{Layer: "launcher", Op: "start it", Err: err}
		}
	}
	reply, err := stage.Ask(launcher.socket, r, fds)
	if err != nil {
		endLauncher()
		return nil, &LayerError{Layer: "launcher", Op: "ask it for a process", Err: fmt.Errorf("%w (%w)", errLauncherGone, err)}
	}
	if reply.Errno != 0 {
		return nil, &LayerError{Layer: "user namespace", Op: "clone", Err: reply.Errno}
	}
	p, err := os.FindProcess(reply.PID)
	if err == nil {
		launched.Store(p.Pid, p)
	}
	return p, err
}

var errLauncherGone = errors.New("it was ended by somebody")

// twice does what takes a launcher once more if that was ended by somebody. All of it:
// a process that the launcher still made may have read from the old descriptors.
func twice[T any](do func() (T, error)) (T, error) {
	got, err := do()
	if errors.Is(err, errLauncherGone) {
		got, err = do()
	}
	return got, err
}

// launched has the processes that launch gave and nobody has waited for yet, by number.
var launched sync.Map

// wait waits for the end of a process that launch gave.
func wait(p *os.Process) (*os.ProcessState, error) {
	awaitEnd(p.Pid)
	state, err := p.Wait()
	launched.CompareAndDelete(p.Pid, p)
	return state, err
}

// awaitEnd waits for the end of a child that nobody has waited for, as far as it can
// without holding a thread: a thread of Go's in a system call keeps another awake that
// looks after it, some thousand times a second, on a processor that the room could use.
func awaitEnd(pid int) {
	fd, err := unix.PidfdOpen(pid, unix.PIDFD_NONBLOCK)
	if err != nil {
		return
	}
	f := os.NewFile(uintptr(fd), "pidfd")
	defer func() { _ = f.Close() }()
	awaitPoll(f, unix.POLLIN)
}

// awaitPoll returns once poll would tell of one of the events at f, or of its end, or
// where Go can't wait for f.
func awaitPoll(f *os.File, events int16) {
	raw, err := f.SyscallConn()
	if err != nil {
		return
	}
	_ = raw.Read(func(fd uintptr) bool { return polls(int(fd), events) })
}

// polls tells whether poll tells of one of the events, or of an end, or of nothing at all.
func polls(fd int, events int16) bool {
	n, err := unix.Poll([]unix.PollFd{{Fd: int32(fd), Events: events}}, 0)
	return n != 0 || err != nil && !errors.Is(err, unix.EINTR)
}

// startLauncher is called with the launcher locked.
func startLauncher() error {
	binary, err := sealed()
	if err != nil {
		return err
	}
	pair, err := socketPair()
	if err != nil {
		return err
	}
	theirs := os.NewFile(uintptr(pair[1]), "launcher")
	defer func() { _ = theirs.Close() }()
	none, err := os.OpenFile(os.DevNull, os.O_RDWR, 0)
	if err == nil {
		defer func() { _ = none.Close() }()
		onStarter(func() {
			launcher.process, err = os.StartProcess(fmt.Sprintf("/proc/self/fd/%d", binary), []string{stage.Name(stage.RoleLauncher)},
				&os.ProcAttr{Env: stage.Env(stage.RoleLauncher), Dir: "/", Files: []*os.File{none, none, none, theirs},
					Sys: &syscall.SysProcAttr{Setsid: true, Pdeathsig: unix.SIGKILL}})
		})
	}
	if err != nil {
		launcher.process = nil
		_ = unix.Close(pair[0])
		return err
	}
	launcher.socket = pair[0]
	return nil
}

// endLauncher forgets a launcher that does not answer.
func endLauncher() {
	_ = unix.Close(launcher.socket)
	_ = launcher.process.Kill()
	_, _ = launcher.process.Wait()
	launcher.process = nil
	endOrphans()
}

// endOrphans ends the process that a launcher made and did not live to tell of. It
// waits for a config, so it is there.
func endOrphans() {
	all, _ := names("/proc")
	for _, name := range all {
		pid, err := strconv.Atoi(name)
		if err != nil {
			continue
		}
		if _, ok := launched.Load(pid); ok {
			continue
		}
		status, _ := os.ReadFile("/proc/" + name + "/status")
		if !bytes.Contains(status, fmt.Appendf(nil, "\nPPid:\t%d\n", os.Getpid())) || !isPart(pid) {
			continue
		}
		if p, err := os.FindProcess(pid); err == nil {
			_ = p.Kill()
			_, _ = p.Wait()
		}
	}
}

// isPart tells whether a child is a process of a launcher, by its arguments, or, if it
// has ended, by its name. For some microseconds of an exec there are no arguments.
func isPart(pid int) bool {
	for range 50 {
		args, err := os.ReadFile(fmt.Sprintf("/proc/%d/cmdline", pid))
		if err != nil || len(args) > 0 {
			return bytes.HasPrefix(args, []byte(stage.Name("")))
		}
		time.Sleep(100 * time.Microsecond)
	}
	name, _ := os.ReadFile(fmt.Sprintf("/proc/%d/comm", pid))
	return bytes.HasPrefix(name, []byte(stage.Name("")))
}

// socketPair makes the two ends of a stream. What is read from ours ends after
// startLimit.
func socketPair() ([2]int, error) {
	pair, err := unix.Socketpair(unix.AF_UNIX, unix.SOCK_STREAM|unix.SOCK_CLOEXEC, 0)
	if err != nil {
		return pair, err
	}
	limit := unix.NsecToTimeval(int64(startLimit))
	err = errors.Join(unix.SetsockoptTimeval(pair[0], unix.SOL_SOCKET, unix.SO_RCVTIMEO, &limit),
		unix.SetsockoptTimeval(pair[0], unix.SOL_SOCKET, unix.SO_SNDTIMEO, &limit))
	return pair, err
}

// sealed is a copy of this binary that nobody can change any more, also not by
// writing to the file that it came from. It is made once, and is a descriptor.
var sealed = sync.OnceValues(func() (int, error) {
	self, err := os.Open("/proc/self/exe")
	if err != nil {
		return 0, err
	}
	defer func() { _ = self.Close() }()
	const name, flags = "isolate", unix.MFD_CLOEXEC | unix.MFD_ALLOW_SEALING
	fd, err := unix.MemfdCreate(name, flags|unix.MFD_EXEC)
	if errors.Is(err, unix.EINVAL) { // a kernel before 6.3, where all can be run
		fd, err = unix.MemfdCreate(name, flags)
	}
	if err != nil {
		return 0, op(err, "memfd_create")
	}
	size, err := loaded(self)
	for left := size; err == nil && left > 0; {
		var n int
		if n, err = unix.Sendfile(fd, int(self.Fd()), nil, int(left)); n == 0 && err == nil {
			err = io.ErrUnexpectedEOF
		}
		left -= int64(n)
	}
	if err == nil {
		err = seal(fd)
	}
	return fd, err
})

// sealTries bounds how often a seal is asked for. Each time the kernel itself waits some
// 150 ms for whatever of it still holds a page of the copy, and then gives up: on a busy
// machine one such wait is not enough.
const sealTries = 20

// seal lets nobody change the copy any more.
func seal(fd int) (err error) {
	for range sealTries {
		_, err = unix.FcntlInt(uintptr(fd), unix.F_ADD_SEALS, unix.F_SEAL_SEAL|unix.F_SEAL_SHRINK|unix.F_SEAL_GROW|unix.F_SEAL_WRITE)
		if !errors.Is(err, unix.EBUSY) {
			return err
		}
	}
	return err
}

// loaded is how much of a program the kernel looks at: what comes after, such as its
// symbols, is a third of ours and need not be copied.
func loaded(program *os.File) (int64, error) {
	f, err := elf.NewFile(program)
	if err != nil {
		return 0, err
	}
	size := uint64(0)
	for _, p := range f.Progs {
		size = max(size, p.Off+p.Filesz)
	}
	_, err = program.Seek(0, io.SeekStart)
	return int64(size), err
}

// An idPair says what an id inside is on the host.
type idPair struct{ inside, host int }

// writeMaps gives a process's user namespace its ids. An ordinary user may map only
// the own ones, and must give up changing groups for it.
func writeMaps(pid int, user, group idPair, root bool) error {
	put := func(name, text string) error {
		return os.WriteFile(fmt.Sprintf("/proc/%d/%s", pid, name), []byte(text), 0)
	}
	var err error
	if !root {
		err = put("setgroups", "deny")
	}
	if err == nil {
		err = put("uid_map", fmt.Sprintf("%d %d 1\n", user.inside, user.host))
	}
	if err == nil {
		err = put("gid_map", fmt.Sprintf("%d %d 1\n", group.inside, group.host))
	}
	var no syscall.Errno
	if errors.As(err, &no) {
		return &LayerError{Layer: "user namespace", Op: "map the ids", Err: no}
	}
	return err
}

func closeAll(fds []int) {
	for _, fd := range fds {
		_ = unix.Close(fd)
	}
}
