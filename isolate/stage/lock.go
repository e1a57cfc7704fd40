//go:build linux && (amd64 || arm64)

package stage

import (
	"strconv"
	"syscall"
	"unsafe"
)

// InsideID is the one user and the one group of a room. It is never root: files of
// the kernel that trust uid 0 (core_pattern) trust it whatever its capabilities.
const InsideID = 1000

// Caps are what a stage needs inside its user namespace: to take on its id, to mount,
// to change its root and to name the host, to bring lo up and to listen on low ports, to drop
// capabilities, to set its clock back and to forbid further user namespaces. An exec
// by a user other than 0 keeps only ambient ones.
var Caps = []uintptr{6 /* SETGID */, 7 /* SETUID */, 8 /* SETPCAP */, 10, /* NET_BIND_SERVICE */
	12 /* NET_ADMIN */, 21 /* SYS_ADMIN */, 24 /* SYS_RESOURCE */, 25 /* SYS_TIME */}

// ids takes on the room's user and group. A stage begins as whoever made it, for the
// map of ids is written only when it is known whose room it will be.
func (s *Stage) ids() error {
	if s.Root {
		if _, err := call(syscall.SYS_SETGROUPS, 0, 0); err != nil {
			return op(err, "setgroups")
		}
	}
	if _, err := call(syscall.SYS_SETRESGID, InsideID, InsideID, InsideID); err != nil {
		return op(err, "setresgid")
	}
	if _, err := call(syscall.SYS_SETRESUID, InsideID, InsideID, InsideID); err != nil {
		return op(err, "setresuid")
	}
	// A change of ids hides /proc/self from its owner, and the stage writes there; and
	// it lets the process outlive its parent.
	if _, err := prctl(prSetDumpable, 1, 0); err != nil {
		return op(err, "prctl(PR_SET_DUMPABLE)")
	}
	return dieWithParent()
}

// dieWithParent has the kernel end this process when the thread that had it made
// ends, even if it is stopped at that moment.
func dieWithParent() error {
	_, err := prctl(prSetPdeathsig, uintptr(syscall.SIGKILL), 0)
	return op(err, "prctl(PR_SET_PDEATHSIG)")
}

// NamespaceNames are those of every room, under /proc/self/ns.
var NamespaceNames = []string{"user", "mnt", "pid", "net", "ipc", "uts", "cgroup"}

// lateNames are of namespaces that are left for others later: at once, and at the exec.
var lateNames = []string{"cgroup", "time_for_children"}

// namespaces checks, while the host's /proc is still there, that each is new.
func (s *Stage) namespaces() error {
	for _, parents := range s.Namespaces {
		own, err := readlink("/proc/self/ns/" + parents.Name)
		if err != nil {
			return op(err, "read the "+parents.Name+" namespace")
		}
		if own == parents.Text {
			return wrong("the ", parents.Name, " namespace is the parent's")
		}
	}
	for _, name := range lateNames {
		if own, err := readlink("/proc/self/ns/" + name); err == nil { // some kernels have no time
			s.born = append(s.born, Pair{name, own})
		}
	}
	s.proved("namespaces", "user, mount, pid, net, ipc, uts and cgroup differ from the parent's")
	// A second lock besides the filter, where /proc/sys can be written.
	if write("/proc/sys/user/max_user_namespaces", 0, "0") == nil {
		s.proved("user namespaces", "max_user_namespaces = 0")
	}
	s.yield()
	return nil
}

// What a room may take of things that the kernel counts for the whole person: a
// desktop has 128 instances, and a program that watches folders needs one.
const (
	Watchers = 32
	watches  = 8192
)

// yield makes the room the first to go when the machine runs short. These are no
// promised layers: where /proc can't be written, the person's own limits hold.
func (s *Stage) yield() {
	_ = write("/proc/sys/user/max_inotify_instances", 0, strconv.Itoa(Watchers))
	_ = write("/proc/sys/user/max_inotify_watches", 0, strconv.Itoa(watches))
	_ = write("/proc/self/oom_score_adj", 0, "1000") // the kernel's most: before the hub, before the desktop
	// Buffers of TCP come from a store of the whole machine: least, first and most.
	_ = write("/proc/sys/net/ipv4/tcp_rmem", 0, "4096 65536 131072")
	_ = write("/proc/sys/net/ipv4/tcp_wmem", 0, "4096 65536 131072")
}

const offsetsPath = "/proc/self/timens_offsets"

// clock makes the room's clocks of up-time begin now, from the exec on, so that
// they don't say when the host was started. Only a kernel that was built without time
// namespaces goes without: its parent has looked, and the proof does not name it.
func (s *Stage) clock() error {
	if s.Offsets == "" {
		return nil
	}
	if _, err := call(syscall.SYS_UNSHARE, cloneNewTime); err != nil {
		return op(err, "unshare(CLONE_NEWTIME)")
	}
	if !s.left {
		var err error
		if s.offsets, err = syscall.Open(offsetsPath, syscall.O_WRONLY|syscall.O_CLOEXEC, 0); err != nil {
			return op(err, "open "+offsetsPath)
		}
	}
	_, err := syscall.Write(s.offsets, []byte(s.Offsets))
	_ = syscall.Close(s.offsets)
	if err != nil {
		return op(err, "write "+offsetsPath)
	}
	s.proved("clock", "up-time starts at the room's start")
	return nil
}

// cgroup makes the control group that the parent has moved us to the root of what
// the room can see of them.
func (s *Stage) cgroup() error {
	_, err := call(syscall.SYS_UNSHARE, cloneNewCgroup)
	return op(err, "unshare(CLONE_NEWCGROUP)")
}

// keyring leaves the person's session keyring for an empty one. The filter refuses
// all calls on keys; this is the second lock. A kernel without keys has none to leave.
func (s *Stage) keyring() error {
	var err error
	s.session, err = call(syscall.SYS_KEYCTL, joinSession, 0)
	if err == syscall.ENOSYS {
		return nil
	}
	return op(err, "keyctl(JOIN_SESSION_KEYRING)")
}

// tryKeyring is a part of the proof that must come before the filter.
func (s *Stage) tryKeyring() error {
	const session = ^uintptr(2) // KEY_SPEC_SESSION_KEYRING, -3
	now, err := call(syscall.SYS_KEYCTL, getKeyringID, session, 0)
	switch {
	case err == syscall.ENOSYS:
		return nil
	case err != nil:
		return op(err, "keyctl(GET_KEYRING_ID)")
	case s.session == 0 || now != s.session:
		return wrong("the session keyring is not the one that the stage joined")
	}
	s.proved("keyring", "a session keyring of its own")
	return nil
}

// loopback brings lo up, for programs that talk to themselves over it.
func (s *Stage) loopback() error {
	fd, err := syscall.Socket(syscall.AF_INET, syscall.SOCK_DGRAM|syscall.SOCK_CLOEXEC, 0)
	if err != nil {
		return op(err, "socket")
	}
	defer func() { _ = syscall.Close(fd) }()
	lo := loRequest(syscall.IFF_UP)
	_, err = call(syscall.SYS_IOCTL, uintptr(fd), siocsifflags, uintptr(unsafe.Pointer(&lo)))
	return op(err, "bring lo up")
}

// network listens where the parent will answer for a host.
func (s *Stage) network() error {
	for _, l := range s.Listen {
		fd, err := syscall.Socket(syscall.AF_INET, syscall.SOCK_STREAM|syscall.SOCK_CLOEXEC, 0)
		if err == nil {
			err = syscall.Bind(fd, &syscall.SockaddrInet4{Port: l.Port, Addr: l.Addr})
		}
		if err == nil {
			err = syscall.Listen(fd, backlog)
		}
		if err != nil {
			return op(err, "listen on port "+strconv.Itoa(l.Port))
		}
		s.sends = append(s.sends, fd)
	}
	return nil
}

// backlog is how many connections of a room may wait to be accepted.
const backlog = 64

// loRequest is a struct ifreq for lo.
func loRequest(flags uint16) (r [40]byte) {
	copy(r[:], "lo")
	*(*uint16)(unsafe.Pointer(&r[16])) = flags
	return r
}

// RoomName is the host name in every room, so that it says nothing of the host.
const RoomName = "app"

func (s *Stage) hostname() error {
	if err := syscall.Sethostname([]byte(RoomName)); err != nil {
		return op(err, "sethostname")
	}
	return op(syscall.Setdomainname([]byte("(none)")), "setdomainname")
}

func (s *Stage) limits() error {
	for _, l := range s.Limits {
		// Not prlimit by number: Go would put the old number of files back at the exec.
		if err := syscall.Setrlimit(l.Which, &syscall.Rlimit{Cur: l.Value, Max: l.Value}); err != nil {
			return op(err, "setrlimit "+strconv.Itoa(l.Which))
		}
	}
	syscall.Umask(0o077)
	return nil
}

// undumpable closes /proc/1 of the room to the other processes in it.
func (s *Stage) undumpable() error {
	_, err := prctl(prSetDumpable, 0, 0)
	return op(err, "prctl(PR_SET_DUMPABLE)")
}

// secureBits are all six of capabilities(7) but KEEP_CAPS, each with its lock: uid
// 0 means nothing, and ambient capabilities can't be raised.
const secureBits = 0xEF

// Each way by which a capability could come back, closed on its own.
var capabilitySteps = []Step{
	{"bounding set", func(*Stage) error {
		for c := uintptr(0); ; c++ {
			_, err := prctl(prCapbsetDrop, c, 0)
			if err == syscall.EINVAL && c > capabilityKnown {
				return nil // one past the last that this kernel knows
			}
			if err != nil {
				return op(err, "prctl(PR_CAPBSET_DROP, "+itoa(c)+")")
			}
		}
	}},
	{"secure bits", func(*Stage) error {
		_, err := prctl(prSetSecurebits, secureBits, 0)
		return op(err, "prctl(PR_SET_SECUREBITS)")
	}},
	{"ambient set", func(*Stage) error {
		_, err := prctl(prCapAmbient, ambientClearAll, 0)
		return op(err, "prctl(PR_CAP_AMBIENT)")
	}},
	{"own sets", func(*Stage) error {
		header := [2]uint32{capVersion}
		var none [6]uint32
		_, err := call(syscall.SYS_CAPSET, uintptr(unsafe.Pointer(&header)), uintptr(unsafe.Pointer(&none)))
		return op(err, "capset")
	}},
}

// capabilities gives up all of them, for good. Only this thread does: the exec is its.
func (s *Stage) capabilities() error {
	for _, step := range capabilitySteps {
		if err := step.Do(s); err != nil {
			return err
		}
	}
	return nil
}

func (s *Stage) noNewPrivs() error {
	_, err := prctl(prSetNoNewPrivs, 1, 0)
	return op(err, "prctl(PR_SET_NO_NEW_PRIVS)")
}

// filter puts the parent's program on this thread and on what it execs. There is no
// TSYNC: the other threads end with the exec.
func (s *Stage) filter() error {
	s.doing = "keyring"
	if err := s.tryKeyring(); err != nil {
		return err
	}
	s.doing = "seccomp"
	const size = 8 // of an instruction
	if len(s.Filter) == 0 || len(s.Filter)%size != 0 {
		return wrong("no filter came with the config")
	}
	program := struct {
		n    uint16
		code *byte
	}{uint16(len(s.Filter) / size), &s.Filter[0]}
	_, err := prctl(prSetSeccomp, seccompFilter, uintptr(unsafe.Pointer(&program)))
	return op(err, "prctl(PR_SET_SECCOMP)")
}

func readlink(name string) (string, error) {
	var buf [256]byte
	n, err := syscall.Readlink(name, buf[:])
	return string(buf[:max(n, 0)]), err
}
