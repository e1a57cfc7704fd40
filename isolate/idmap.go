//go:build linux && (amd64 || arm64)

package isolate

import (
	"fmt"
	"os"
	"sync"

	"golang.org/x/sys/unix"

	"secgpt/isolate/stage"
)

// A mapping says for whom a mount lets a room's host id pass.
type mapping struct{ uid, gid, hostID int }

// idmapsMost bounds the user namespaces that are kept: apps are few, and most of what
// they are given is the person's.
const idmapsMost = 32

var idmaps struct {
	sync.Mutex
	made map[mapping]int
}

// idmap gives a user namespace in which m's uid and gid are the host's hostID. It is a
// table and nothing else: nobody is in it, and what is mapped by it can't be changed any
// more. So it is kept for the next room, for to make one takes as long as half a room.
// The caller closes its descriptor.
func idmap(m mapping) (int, error) {
	idmaps.Lock()
	defer idmaps.Unlock()
	kept, ok := idmaps.made[m]
	if !ok {
		var err error
		if kept, err = twice(func() (int, error) { return makeIdmap(m) }); err != nil {
			return 0, err
		}
		if idmaps.made == nil {
			idmaps.made = map[mapping]int{}
		}
		for other, fd := range idmaps.made {
			if len(idmaps.made) < idmapsMost {
				break
			}
			_ = unix.Close(fd)
			delete(idmaps.made, other)
		}
		idmaps.made[m] = kept
	}
	return unix.FcntlInt(uintptr(kept), unix.F_DUPFD_CLOEXEC, 0)
}

// makeIdmap has a process made that only sits in the namespace until it is open here.
func makeIdmap(m mapping) (int, error) {
	theirs, ours, err := os.Pipe()
	if err != nil {
		return 0, err
	}
	defer func() { _ = ours.Close() }()
	p, err := launch(stage.Request{Role: stage.RoleHolder, Flags: unix.CLONE_NEWUSER}, []int{int(theirs.Fd())})
	_ = theirs.Close()
	if err != nil {
		return 0, err
	}
	ns := 0
	err = writeMaps(p.Pid, idPair{m.uid, m.hostID}, idPair{m.gid, m.hostID}, true)
	if err == nil {
		ns, err = unix.Open(fmt.Sprintf("/proc/%d/ns/user", p.Pid), unix.O_RDONLY|unix.O_CLOEXEC, 0)
	}
	_ = p.Kill()
	_, _ = wait(p)
	return ns, err
}
