//go:build linux && (amd64 || arm64)

package stage

import (
	"syscall"
	"unsafe"
)

// A launcher is a small process of ours that makes stages for a parent that may be
// large: a clone into a new user namespace copies the page tables of whoever asks.
// It is started once, from a sealed copy of the binary, knows nothing, and parses
// nothing but the requests of its parent. What it makes are children of that parent
// (CLONE_PARENT), which alone waits for them, and with which they die. If the
// launcher dies, nothing is lost but the next start, which makes another.

// The roles of a process of ours, in its environment.
const (
	RoleVar      = "ISOLATE_ROLE"
	RoleLauncher = "launcher"
	RoleStage    = "stage"
	RoleHolder   = "holder" // sits in a user namespace until it is killed
	RoleInit     = "init"
	RoleTry      = "try" // proves that a room can be entered, and ends
)

// Env is the environment of a launcher and of what it makes: the person's GODEBUG,
// GOTRACEBACK or LD_PRELOAD must not steer it. What it makes does not live long: it has no
// collector, and only one processor, so that Go begins few threads for the exec to end.
func Env(role string) []string {
	if role == RoleLauncher {
		return []string{RoleVar + "=" + role}
	}
	return []string{RoleVar + "=" + role, "GOGC=off", "GOMAXPROCS=1"}
}

// A Request asks a launcher for a process. With it come the descriptors that it
// gets as 0, 1, 2 and 3. Each waits on one of them until it is told what to do, or its
// parent ends.
type Request struct {
	Role  string
	Flags uintptr // of clone
}

// A Reply says what became of it.
type Reply struct {
	PID   int
	Errno syscall.Errno
}

const requestMax = 1 << 10

// Ask sends one request over a launcher's socket and waits for the reply. An error
// means that the launcher is gone.
func Ask(fd int, r Request, files []int) (Reply, error) {
	x := &coder{writing: true}
	x.text(&r.Role)
	number(x, &r.Flags)
	if err := Send(fd, x.buf, files); err != nil {
		return Reply{}, err
	}
	text, _, err := Receive(fd, requestMax)
	if err == nil && len(text) == 0 {
		err = syscall.EPIPE
	}
	if err != nil {
		return Reply{}, err
	}
	var reply Reply
	x = &coder{buf: text}
	number(x, &reply.PID)
	number(x, &reply.Errno)
	return reply, x.end()
}

// Launch serves one parent until it is gone, and never returns.
func Launch() {
	if closeInherited() != nil {
		exit(ExitUnlocked)
	}
	for {
		text, fds, err := Receive(controlFD, requestMax)
		if err != nil || len(text) == 0 {
			exit(0)
		}
		var r Request
		in := &coder{buf: text}
		in.text(&r.Role)
		number(in, &r.Flags)
		var reply Reply
		if in.end() != nil {
			reply.Errno = syscall.EINVAL
		} else {
			reply = r.start(fds)
		}
		for _, fd := range fds {
			_ = syscall.Close(fd)
		}
		out := &coder{writing: true}
		number(out, &reply.PID)
		number(out, &reply.Errno)
		if Send(controlFD, out.buf, nil) != nil {
			exit(0)
		}
	}
}

func (r Request) start(fds []int) Reply {
	attr := &syscall.ProcAttr{Dir: "/", Env: Env(r.Role), Sys: &syscall.SysProcAttr{
		Cloneflags: r.Flags | syscall.CLONE_PARENT,
		Setsid:     true,
	}}
	if r.Role == RoleStage {
		attr.Sys.AmbientCaps = Caps
		// Go ends a child whose parent is not who it was made by; but process 1 of a
		// namespace does not see its parent, and can't end itself so.
		attr.Sys.Pdeathsig = syscall.SIGKILL
	}
	for _, fd := range fds {
		attr.Files = append(attr.Files, uintptr(fd))
	}
	pid, err := syscall.ForkExec("/proc/self/exe", []string{Name(r.Role)}, attr)
	if no, ok := err.(syscall.Errno); ok {
		return Reply{Errno: no}
	}
	if err != nil {
		return Reply{Errno: syscall.EINVAL}
	}
	return Reply{PID: pid}
}

// Hold waits until the other end of its standard input is closed, or it is killed.
func Hold() {
	nameMe(RoleHolder)
	_ = dieWithParent() // if it is stopped, it can't see the other end go
	_, _ = syscall.Read(0, make([]byte, 1))
	exit(0)
}

// nameMe is what tells an ended process of ours from others: its arguments are gone.
func nameMe(role string) {
	_, _ = prctl(prSetName, uintptr(unsafe.Pointer(path(Name(role)))), 0)
}
