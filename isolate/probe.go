//go:build linux && (amd64 || arm64)

package isolate

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"syscall"
	"unsafe"

	"golang.org/x/sys/unix"
)

// Diagnose tries, one after the other, what a room needs, and says how each went.
// As root, folder is where it is tried whether owners of files can be mapped; give
// one on the file system of what rooms are to see. "" is the folder for temporary
// files. It leaves nothing behind and takes some milliseconds for each check.
func Diagnose(ctx context.Context, folder string) []Check {
	m := &findings{facts: gather(), clones: map[string]error{}}
	m.time, _ = hasTime() // an error is what the start fails with
	for _, k := range kinds {
		if k.name != "time" || m.time {
			m.clones[k.name] = tryClone(k.flag, k.later, os.Geteuid(), os.Getegid())
		}
	}
	m.landlock, m.landlockErr = landlockVersion()
	m.seccompErr = filterActions()
	m.group, m.groupErr = tryGroup()
	_, err := os.Stat("/sys/fs/cgroup/memory")
	m.oldGroups = err == nil
	if m.root {
		m.idsErr = tryClone(0, 0, HostIDBase, HostIDBase)
	}
	m.proof, m.startErr = Try(ctx)
	if m.root && m.startErr == nil {
		m.mapErr = tryOwners(ctx, folder)
	}
	if m.startErr == nil {
		m.namesErr = tryNames(ctx)
	}
	return m.checks()
}

// kinds are the namespaces of a room, as they are asked for one by one, each inside a
// user namespace of its own: of clone, or of unshare.
var kinds = []struct {
	name        string
	flag, later uintptr
}{
	{"user", 0, 0}, {"mount", unix.CLONE_NEWNS, 0}, {"pid", unix.CLONE_NEWPID, 0}, {"net", unix.CLONE_NEWNET, 0},
	{"ipc", unix.CLONE_NEWIPC, 0}, {"uts", unix.CLONE_NEWUTS, 0}, {"cgroup", unix.CLONE_NEWCGROUP, 0}, {"time", 0, unix.CLONE_NEWTIME},
}

// nowhere is below a file, so that nothing can ever be executed there.
const nowhere = "/proc/self/exe/nowhere"

// tryClone makes a child in a user namespace in which uid and gid are mapped, and in
// a further one of the kind of flag, or of later. The child ends as it finds nothing to execute:
// that error says that everything before it went well.
func tryClone(flag, later uintptr, uid, gid int) error {
	_, err := syscall.ForkExec(nowhere, []string{"nowhere"}, &syscall.ProcAttr{
		Dir: "/",
		Sys: &syscall.SysProcAttr{
			Cloneflags:   unix.CLONE_NEWUSER | flag,
			Unshareflags: later,
			UidMappings:  []syscall.SysProcIDMap{{ContainerID: insideID, HostID: uid, Size: 1}},
			GidMappings:  []syscall.SysProcIDMap{{ContainerID: insideID, HostID: gid, Size: 1}},
		},
	})
	if errors.Is(err, unix.ENOTDIR) || errors.Is(err, unix.ENOENT) {
		return nil
	}
	return err
}

func landlockVersion() (int, error) {
	abi, _, no := unix.Syscall(unix.SYS_LANDLOCK_CREATE_RULESET, 0, 0, unix.LANDLOCK_CREATE_RULESET_VERSION)
	if no != 0 {
		return 0, no
	}
	return int(abi), nil
}

// filterActions asks for each thing that a room's filter does with a call.
func filterActions() error {
	for _, action := range []uint32{unix.SECCOMP_RET_ALLOW, unix.SECCOMP_RET_ERRNO, unix.SECCOMP_RET_KILL_PROCESS} {
		_, _, no := unix.Syscall(unix.SYS_SECCOMP, unix.SECCOMP_GET_ACTION_AVAIL, 0, uintptr(unsafe.Pointer(&action)))
		if no != 0 {
			return no
		}
	}
	return nil
}

// tryGroup makes a control group for a room, and removes it.
func tryGroup() (Layer, error) {
	l, err := Limits{Total: 1 << 30}.full()
	if err != nil {
		return Layer{}, err
	}
	l.Total = 1 << 30
	g, err := newGroup(l)
	if err != nil {
		return Layer{}, err
	}
	return g.layer(), g.remove()
}

// tryOwners starts a room whose own folder belongs to somebody else.
func tryOwners(ctx context.Context, folder string) error {
	dir, err := os.MkdirTemp(folder, "doctor-")
	if err != nil {
		return err
	}
	defer func() { _ = os.Remove(dir) }()
	if dir, err = filepath.EvalSymlinks(dir); err != nil {
		return err
	}
	return tryRoom(ctx, Spec{Data: dir}, func(*Room) error { return nil })
}

// tryNames starts a room with a name, and looks for the socket that stands for it.
func tryNames(ctx context.Context) error {
	const name, port = "doctor.invalid", 443 // a name that nobody can have (RFC 2606)
	return tryRoom(ctx, Spec{Hosts: []Host{{Name: name, Ports: []int{port}}}}, func(r *Room) error {
		if len(r.Listeners) != 1 || r.Listeners[0].Host != name || r.Listeners[0].Port != port {
			return fmt.Errorf("%d sockets came out of the room, not one for %s:%d", len(r.Listeners), name, port)
		}
		return nil
	})
}

// tryRoom starts a room in which nothing happens, and looks at it.
func tryRoom(ctx context.Context, s Spec, look func(*Room) error) error {
	s.Name, s.Argv, s.HostID = "doctor", []string{Self}, HostIDBase
	s.Env = []string{tryVar + "=1"}
	r, err := Start(ctx, s)
	if err != nil {
		return err
	}
	err = look(r)
	return errors.Join(err, r.Close())
}
