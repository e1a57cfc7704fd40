//go:build linux && (amd64 || arm64)

package isolate

import (
	"cmp"
	"fmt"
	"os"
	"sync"
	"time"

	"golang.org/x/sys/unix"

	"secgpt/isolate/stage"
)

// cloneFlags are the namespaces that every room has of its own.
var cloneFlags uintptr = unix.CLONE_NEWUSER | unix.CLONE_NEWNS | unix.CLONE_NEWPID | unix.CLONE_NEWNET |
	unix.CLONE_NEWIPC | unix.CLONE_NEWUTS | unix.CLONE_NEWCGROUP

// A begun room is a stage that waits for its config. It has run nothing, knows
// nothing, and belongs to nobody yet; it becomes one room, once.
type begun struct {
	process     *os.Process
	control     control // to the stage
	space       int     // its mount namespace, see Room.reap; -1 if there is none
	root        int     // as root: what will be its root; -1 elsewhere
	in, out, er *os.File
}

// A control is our end of the stream to a stage. Descriptors travel on it, so it is read
// and written by number; it is a file so that Go can wait for it.
type control struct {
	*os.File
	fd int
}

func newControl(fd int) control {
	_ = unix.SetNonblock(fd, true) // what Go asks for; that it can wait is all we want of it
	f := os.NewFile(uintptr(fd), "control")
	_ = unix.SetNonblock(fd, false)
	return control{f, fd}
}

func begin() (*begun, error) { return twice(beginOnce) }

func beginOnce() (b *begun, err error) {
	shared, err := common()
	if err != nil {
		return nil, err
	}
	pair, err := socketPair()
	if err != nil {
		return nil, err
	}
	b = &begun{control: newControl(pair[0]), space: -1, root: -1}
	var theirs []*os.File
	defer func() {
		for _, f := range append(theirs, os.NewFile(uintptr(pair[1]), "stage")) {
			_ = f.Close()
		}
		if err != nil {
			b.close()
		}
	}()
	for _, end := range []struct {
		ours   **os.File
		writes bool
	}{{&b.in, true}, {&b.out, false}, {&b.er, false}} {
		read, write, err := os.Pipe()
		if err != nil {
			return b, err
		}
		if end.writes {
			read, write = write, read
		}
		*end.ours, theirs = read, append(theirs, write)
	}
	b.process, err = launch(stage.Request{Role: stage.RoleStage, Flags: cloneFlags},
		[]int{int(theirs[0].Fd()), int(theirs[1].Fd()), int(theirs[2].Fd()), pair[1]})
	if err != nil {
		return b, err
	}
	b.space = mountSpace(b.process.Pid)
	var fds []int
	if shared.Leave {
		if b.root, err = newRoot(); err != nil {
			return b, err
		}
		fds = append(fds, b.root)
	}
	return b, stage.Send(b.control.fd, shared.Encode(), fds)
}

// mountSpace opens the mount namespace of a stage that was just made; -1 where it can't be
// had. Without it a room's end is told a little later, and that is all.
func mountSpace(pid int) int {
	fd, err := unix.Open(fmt.Sprintf("/proc/%d/ns/mnt", pid), unix.O_RDONLY|unix.O_CLOEXEC, 0)
	if err != nil {
		return -1
	}
	return fd
}

// own makes a room of root's that of one id. It gives it the pipes: a program may open
// what it was given once more, by /dev/stderr. Both ends of a pipe are one file to the
// kernel. And it furnishes the root.
func (b *begun) own(p *plan) error {
	if !p.Root {
		return nil
	}
	id := p.hostID
	for _, end := range []*os.File{b.in, b.out, b.er} {
		raw, err := end.SyscallConn()
		if err != nil {
			return err
		}
		var chown error
		if err := raw.Control(func(fd uintptr) { chown = unix.Fchown(int(fd), id, id) }); err != nil || chown != nil {
			return &LayerError{Layer: "start", Op: "give the room its pipes", Err: cmp.Or(err, chown)}
		}
	}
	return p.furnish(b.root)
}

// close ends a room that was not needed.
func (b *begun) close() {
	_ = b.control.Close()
	for _, f := range []*os.File{b.in, b.out, b.er} {
		if f != nil {
			_ = f.Close()
		}
	}
	if b.process != nil {
		_ = b.process.Kill()
		_, _ = wait(b.process)
	}
	if b.space >= 0 {
		_ = unix.Close(b.space)
	}
	b.letGo()
}

// letGo closes the root, which is the stage's from then on.
func (b *begun) letGo() {
	if b.root >= 0 {
		_ = unix.Close(b.root)
	}
	b.root = -1
}

// warmMax bounds the rooms that are kept warm: each is a process of about 2 MiB.
const warmMax = 4

var warm struct {
	sync.Mutex
	want    int
	ready   []*begun
	filling bool          // somebody begins rooms, or will when the timer says so
	timer   *time.Timer   // of the last refill
	still   chan struct{} // closed when nobody is filling any more
}

// warmEnd bounds how long Warm(0) waits for a room that is being begun: a launcher that
// somebody stopped would never begin it.
const warmEnd = 2 * time.Second

// Warm keeps n rooms begun, so that a Start need not wait for the making of a
// process; n is cut to 4. It returns at once; the rooms are begun beside what else
// goes on, and again after each Start. Warm(0) ends those that wait, and returns
// when they are gone, and one that is being begun too (see warmEnd). They also end with
// this process.
func Warm(n int) {
	warm.Lock()
	warm.want = min(max(n, 0), warmMax)
	var left []*begun
	for len(warm.ready) > warm.want {
		left, warm.ready = append(left, warm.ready[0]), warm.ready[1:]
	}
	warm.Unlock()
	for _, b := range left {
		b.close()
	}
	refill(0)
	warm.Lock()
	if warm.filling && warm.want == 0 && warm.timer.Stop() {
		filled()
	}
	still := warm.still
	wait := warm.filling && warm.want == 0 // one that is being begun would end after us
	warm.Unlock()
	if wait {
		select {
		case <-still:
		case <-time.After(warmEnd):
		}
	}
}

// filled says that nobody is filling any more. The lock is held.
func filled() {
	warm.filling = false
	close(warm.still)
}

// takeBegun takes a warm room, or begins a cold one. What it returns waits for that: a
// cold one is begun beside the planning, which takes a tenth as long; a warm one wakes
// beside it.
func takeBegun() func() (*begun, error) {
	if b := takeWarm(); b != nil {
		return func() (*begun, error) { return b, nil }
	}
	return beside(begin)
}

func beside[T any](do func() (T, error)) func() (T, error) {
	type gave struct {
		what T
		err  error
	}
	made := make(chan gave, 1)
	go func() {
		what, err := do()
		made <- gave{what, err}
	}()
	return func() (T, error) {
		m := <-made
		return m.what, m.err
	}
}

// takeWarm gives a warm room, or nil.
func takeWarm() *begun {
	for {
		warm.Lock()
		var b *begun
		if n := len(warm.ready); n > 0 {
			b, warm.ready = warm.ready[n-1], warm.ready[:n-1]
		}
		warm.Unlock()
		if b == nil || b.waits() && stage.Wake(b.control.fd) == nil {
			return b
		}
		b.close() // somebody killed it
	}
}

// waits tells whether the stage is still there: its end of the control is open.
func (b *begun) waits() bool { return !polls(b.control.fd, unix.POLLIN) }

// refillPause is how long a room has the machine for itself before the next is begun. A
// server on Node or CPython has given its first reply by then, or nearly.
const refillPause = 500 * time.Millisecond

// refill begins what is missing, one by one, out of everybody's way. What can't be
// begun is tried again by the next Start, which says why.
func refill(after time.Duration) {
	warm.Lock()
	defer warm.Unlock()
	if !warm.filling && len(warm.ready) < warm.want {
		warm.filling = true
		warm.still = make(chan struct{})
		warm.timer = time.AfterFunc(after, fill)
	}
}

func fill() {
	for {
		b, err := begin()
		if err == nil && !keep(b) {
			b.close()
		}
		warm.Lock()
		again := err == nil && len(warm.ready) < warm.want
		if !again {
			filled()
		}
		warm.Unlock()
		if !again {
			return
		}
	}
}

// keep puts a begun room to those that wait, if one more is wanted.
func keep(b *begun) bool {
	warm.Lock()
	defer warm.Unlock()
	if len(warm.ready) >= warm.want {
		return false
	}
	warm.ready = append(warm.ready, b)
	return true
}
