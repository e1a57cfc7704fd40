//go:build linux && (amd64 || arm64)

package isolate

import (
	"errors"
	"fmt"
	"os"
	"path"
	"strconv"
	"syscall"
	"time"

	"golang.org/x/sys/unix"
)

// cloneFlags are the namespaces every room has of its own.
var cloneFlags uintptr = unix.CLONE_NEWUSER | unix.CLONE_NEWNS | unix.CLONE_NEWPID | unix.CLONE_NEWNET |
	unix.CLONE_NEWIPC | unix.CLONE_NEWUTS | unix.CLONE_NEWCGROUP

// namespaceNames are theirs under /proc/self/ns.
var namespaceNames = []string{"user", "mnt", "pid", "net", "ipc", "uts", "cgroup"}

// stageCaps are what the stage needs inside its user namespace: to mount and to
// name the host, to bring lo up, to drop capabilities, to set its clock back and
// to forbid further user namespaces. An exec by a user other than 0 keeps only
// ambient ones.
var stageCaps = []uintptr{unix.CAP_SYS_ADMIN, unix.CAP_NET_ADMIN, unix.CAP_SETPCAP, unix.CAP_SYS_TIME,
	unix.CAP_SYS_RESOURCE}

// ownNamespaces reads which namespaces this process is in.
func ownNamespaces() (map[string]string, error) {
	found := map[string]string{}
	for _, name := range namespaceNames {
		link, err := os.Readlink("/proc/self/ns/" + name)
		if err != nil {
			return nil, op(err, "read the %s namespace", name)
		}
		found[name] = link
	}
	return found, nil
}

// namespaces checks, while the host's /proc is still there, that each is new.
func (s *stage) namespaces() error {
	own, err := ownNamespaces()
	if err != nil {
		return err
	}
	for _, name := range namespaceNames {
		if own[name] == s.Namespaces[name] {
			return fmt.Errorf("the %s namespace is the parent's", name)
		}
	}
	s.proved("namespaces", "user, mount, pid, net, ipc, uts and cgroup differ from the parent's")
	// A second lock besides the filter, where /proc/sys can be written.
	if os.WriteFile("/proc/sys/user/max_user_namespaces", []byte("0"), 0) == nil {
		s.proved("user namespaces", "max_user_namespaces = 0")
	}
	s.yield()
	return nil
}

// What a room may take of things that the kernel counts for the whole person: a
// desktop has 128 instances, and a program that watches folders needs one.
const (
	watchers = 32
	watches  = 8192
)

// yield makes the room the first to go when the machine runs short. These are no
// promised layers: where /proc can't be written, the person's own limits hold.
func (s *stage) yield() {
	for path, value := range map[string]int{
		"/proc/sys/user/max_inotify_instances": watchers,
		"/proc/sys/user/max_inotify_watches":   watches,
		"/proc/self/oom_score_adj":             1000, // the kernel's most: before the hub, before the desktop
	} {
		_ = os.WriteFile(path, strconv.AppendInt(nil, int64(value), 10), 0)
	}
}

// clock makes the room's clocks of up-time begin now, from the exec on, so that
// they don't say when the host was started. This is no promised layer: a kernel
// without time namespaces goes without, and the proof does not name it.
func (s *stage) clock() error {
	if unix.Unshare(unix.CLONE_NEWTIME) != nil {
		return nil
	}
	self, err := os.Readlink("/proc/thread-self") // "812/task/815", numbered as this /proc does
	if err != nil {
		return nil
	}
	var mono, boot unix.Timespec
	if err := errors.Join(unix.ClockGettime(unix.CLOCK_MONOTONIC, &mono), unix.ClockGettime(unix.CLOCK_BOOTTIME, &boot)); err != nil {
		return op(err, "clock_gettime")
	}
	offsets := fmt.Sprintf("monotonic -%d 0\nboottime -%d 0\n", max(0, mono.Sec-1), max(0, boot.Sec-1))
	if os.WriteFile("/proc/"+path.Base(self)+"/timens_offsets", []byte(offsets), 0) == nil {
		s.proved("clock", "up-time starts at the room's start")
	}
	return nil
}

// network brings the loopback up: programs talk to themselves over it.
func (s *stage) network() error {
	fd, err := unix.Socket(unix.AF_INET, unix.SOCK_DGRAM|unix.SOCK_CLOEXEC, 0)
	if err != nil {
		return op(err, "socket")
	}
	defer func() { _ = unix.Close(fd) }()
	lo, err := unix.NewIfreq("lo")
	if err != nil {
		return err
	}
	lo.SetUint16(unix.IFF_UP)
	return op(unix.IoctlIfreq(fd, unix.SIOCSIFFLAGS, lo), "bring lo up")
}

// roomName is the host name in every room, so that it says nothing of the host.
const roomName = "app"

func (s *stage) hostname() error {
	return op(errors.Join(unix.Sethostname([]byte(roomName)), unix.Setdomainname([]byte("(none)"))), "sethostname")
}

// rlimits lists what the limits mean to the kernel.
func (l Limits) rlimits() map[int]uint64 {
	return map[int]uint64{
		unix.RLIMIT_DATA:   uint64(l.Memory),
		unix.RLIMIT_NPROC:  uint64(l.Procs),
		unix.RLIMIT_NOFILE: uint64(l.Files),
		unix.RLIMIT_FSIZE:  uint64(l.Size),
		unix.RLIMIT_CPU:    uint64((l.CPU + time.Second - 1) / time.Second),
		// A core has everything in it that an app was given. 0 would not keep it from
		// a program that the host has for cores (core_pattern, |), 1 does both.
		unix.RLIMIT_CORE:       1,
		unix.RLIMIT_MEMLOCK:    64 << 10,
		unix.RLIMIT_MSGQUEUE:   0,
		unix.RLIMIT_NICE:       0,
		unix.RLIMIT_RTPRIO:     0,
		unix.RLIMIT_SIGPENDING: 256,
		unix.RLIMIT_STACK:      8 << 20,
	}
}

func (s *stage) limits() error {
	for which, value := range s.Limits.rlimits() {
		var now syscall.Rlimit
		if err := syscall.Getrlimit(which, &now); err != nil {
			return op(err, "getrlimit %d", which)
		}
		value = min(value, now.Max) // the person's own limit may be lower
		// Not unix.Prlimit: Go would put the old number of files back at the exec.
		if err := syscall.Setrlimit(which, &syscall.Rlimit{Cur: value, Max: value}); err != nil {
			return op(err, "setrlimit %d", which)
		}
	}
	unix.Umask(0o077)
	return nil
}

// undumpable closes /proc/1 of the room to the other processes in it.
func (s *stage) undumpable() error {
	return op(unix.Prctl(unix.PR_SET_DUMPABLE, 0, 0, 0, 0), "prctl(PR_SET_DUMPABLE)")
}

// secureBits are all six of capabilities(7) but KEEP_CAPS, each with its lock: uid
// 0 means nothing, and ambient capabilities can't be raised.
const secureBits = 0xEF

// capabilities gives up all of them, for good. Only this thread does: the exec is its.
func (s *stage) capabilities() error {
	for c := uintptr(0); ; c++ {
		err := unix.Prctl(unix.PR_CAPBSET_DROP, c, 0, 0, 0)
		if err == unix.EINVAL && c > unix.CAP_AUDIT_READ {
			break // one past the last that this kernel knows
		}
		if err != nil {
			return op(err, "prctl(PR_CAPBSET_DROP, %d)", c)
		}
	}
	if err := unix.Prctl(unix.PR_SET_SECUREBITS, secureBits, 0, 0, 0); err != nil {
		return op(err, "prctl(PR_SET_SECUREBITS)")
	}
	if err := unix.Prctl(unix.PR_CAP_AMBIENT, unix.PR_CAP_AMBIENT_CLEAR_ALL, 0, 0, 0); err != nil {
		return op(err, "prctl(PR_CAP_AMBIENT)")
	}
	header := unix.CapUserHeader{Version: unix.LINUX_CAPABILITY_VERSION_3}
	var none [2]unix.CapUserData
	return op(unix.Capset(&header, &none[0]), "capset")
}

// noCapabilities asks the kernel whether the calling thread has any.
func noCapabilities() error {
	header := unix.CapUserHeader{Version: unix.LINUX_CAPABILITY_VERSION_3}
	var has [2]unix.CapUserData
	if err := unix.Capget(&header, &has[0]); err != nil {
		return op(err, "capget")
	}
	if has != [2]unix.CapUserData{} {
		return fmt.Errorf("capabilities are left: %+v", has)
	}
	for c := uintptr(0); c <= unix.CAP_AUDIT_READ; c++ {
		if set, err := unix.PrctlRetInt(unix.PR_CAPBSET_READ, c, 0, 0, 0); err != nil || set != 0 {
			return fmt.Errorf("capability %d is left in the bounding set (%v)", c, err)
		}
	}
	return nil
}

func (s *stage) noNewPrivs() error {
	return op(unix.Prctl(unix.PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0), "prctl(PR_SET_NO_NEW_PRIVS)")
}
