//go:build linux && (amd64 || arm64)

package isolate

import (
	"errors"
	"fmt"
	"syscall"
	"unsafe"

	"golang.org/x/sys/unix"
)

// attest tries, with every lock in place, what must fail, and asks the kernel for
// what it knows. Whatever another step did or left out: a room that passes here has
// each layer in force on the thread that execs.
func (s *stage) attest() error {
	for _, try := range []struct {
		layer string
		do    func(*stage) (string, error)
	}{
		{"user", (*stage).tryUser},
		{"pid namespace", (*stage).tryPID},
		{"host name", (*stage).tryName},
		{"network", (*stage).tryNetwork},
		{"mounts", (*stage).tryMounts},
		{"landlock", (*stage).tryLandlock},
		{"seccomp", (*stage).trySeccomp},
		{"locks", (*stage).tryLocks},
		{"limits", (*stage).tryLimits},
		{"descriptors", (*stage).tryDescriptors},
	} {
		s.doing = try.layer
		how, err := try.do(s)
		if err != nil {
			return op(err, "try it from inside")
		}
		s.proved(try.layer, "%s", how)
	}
	return nil
}

// expect wants one errno and no other.
func expect(what string, got error, want unix.Errno) (string, error) {
	if got == nil {
		return "", fmt.Errorf("%s worked", what)
	}
	if !errors.Is(got, want) {
		return "", fmt.Errorf("%s = %w, not %s", what, got, unix.ErrnoName(want))
	}
	return what + " = " + unix.ErrnoName(want), nil
}

func (s *stage) tryUser() (string, error) {
	r, e, sv := unix.Getresuid()
	rg, eg, sg := unix.Getresgid()
	for _, id := range []int{r, e, sv, rg, eg, sg} {
		if id != insideID {
			return "", fmt.Errorf("an id is %d, not %d", id, insideID)
		}
	}
	groups, err := unix.Getgroups()
	if err != nil {
		return "", err
	}
	if s.Root && len(groups) > 0 {
		return "", fmt.Errorf("%d supplementary groups are left", len(groups))
	}
	return expect("setuid(0)", rawErr(unix.SYS_SETUID, 0), unix.EPERM)
}

func (s *stage) tryPID() (string, error) {
	if pid := unix.Getpid(); pid != 1 {
		return "", fmt.Errorf("process number is %d, not 1", pid)
	}
	return "process 1", nil
}

func (s *stage) tryName() (string, error) {
	var u unix.Utsname
	if err := unix.Uname(&u); err != nil {
		return "", err
	}
	if got := unix.ByteSliceToString(u.Nodename[:]); got != roomName {
		return "", fmt.Errorf("the host is called %q", got)
	}
	return expect("sethostname", rawErr(unix.SYS_SETHOSTNAME, 0), unix.EPERM)
}

// tryNetwork looks for a way out: the address is for documentation, no packet is
// sent, but with a route connect would work.
func (s *stage) tryNetwork() (string, error) {
	fd, err := unix.Socket(unix.AF_INET, unix.SOCK_DGRAM|unix.SOCK_CLOEXEC, 0)
	if err != nil {
		return "", err
	}
	defer func() { _ = unix.Close(fd) }()
	lo, err := unix.NewIfreq("lo")
	if err == nil {
		err = unix.IoctlIfreq(fd, unix.SIOCGIFFLAGS, lo)
	}
	if err != nil || lo.Uint16()&unix.IFF_UP == 0 {
		return "", fmt.Errorf("lo is down (%v)", err)
	}
	err = unix.Connect(fd, &unix.SockaddrInet4{Port: 53, Addr: [4]byte{192, 0, 2, 1}})
	return expect("connect(192.0.2.1)", err, unix.ENETUNREACH)
}

func (s *stage) tryMounts() (string, error) {
	for _, gone := range []string{"/proc/sys", "/" + pidProc + "/sys", "/sys", "/home", "/root", "/run", "/var", "/boot"} {
		var st unix.Stat_t
		if err := unix.Stat(gone, &st); !errors.Is(err, unix.ENOENT) && !s.leadsTo(gone) {
			return "", fmt.Errorf("%s is there (%v)", gone, err)
		}
	}
	if _, err := expect("mkdir(/new)", unix.Mkdir("/new", 0o700), unix.EROFS); err != nil {
		return "", err
	}
	return expect("open(/proc/sys)", openErr("/proc/sys"), unix.ENOENT)
}

// leadsTo tells whether a grant is at path or below, so that path must be there.
func (s *stage) leadsTo(path string) bool {
	for _, m := range s.Mounts {
		if within(m.At, path) {
			return true
		}
	}
	return false
}

func (s *stage) tryLandlock() (string, error) {
	var st unix.Stat_t
	if err := unix.Stat(canary, &st); err != nil || st.Mode&0o444 != 0o444 {
		return "", fmt.Errorf("the canary is not readable to begin with (%v)", err)
	}
	return expect("open(canary)", openErr(canary), unix.EACCES)
}

func (s *stage) trySeccomp() (string, error) {
	if mode, err := unix.PrctlRetInt(unix.PR_GET_SECCOMP, 0, 0, 0, 0); err != nil || mode != unix.SECCOMP_MODE_FILTER {
		return "", fmt.Errorf("mode is %d, not filter (%v)", mode, err)
	}
	// In a process of several threads, as this one, the kernel alone says EINVAL.
	if _, err := expect("unshare(CLONE_NEWUSER)", unix.Unshare(unix.CLONE_NEWUSER), unix.EPERM); err != nil {
		return "", err
	}
	if s.granted() {
		_, err := unix.Socket(unix.AF_UNIX, unix.SOCK_STREAM|unix.SOCK_CLOEXEC, 0)
		if _, err := expect("socket(AF_UNIX) beside a grant", err, unix.EAFNOSUPPORT); err != nil {
			return "", err
		}
	}
	_, err := unix.Socket(unix.AF_PACKET, unix.SOCK_RAW|unix.SOCK_CLOEXEC, 0)
	return expect("socket(AF_PACKET)", err, unix.EAFNOSUPPORT)
}

func (s *stage) tryLocks() (string, error) {
	if err := verifyThread(); err != nil {
		return "", err
	}
	if dumpable, err := unix.PrctlRetInt(unix.PR_GET_DUMPABLE, 0, 0, 0, 0); err != nil || dumpable != 0 {
		return "", fmt.Errorf("dumpable is %d (%v)", dumpable, err)
	}
	return "no_new_privs = 1, no capability in any set", nil
}

func (s *stage) tryLimits() (string, error) {
	for which, most := range s.Limits.rlimits() {
		var now syscall.Rlimit
		// Not syscall.Getrlimit: it may be made of a call that the filter refuses.
		_, _, no := unix.RawSyscall(unix.SYS_GETRLIMIT, uintptr(which), uintptr(unsafe.Pointer(&now)), 0)
		if no != 0 || now.Max > most {
			return "", fmt.Errorf("limit %d is %d, not %d (%v)", which, now.Max, most, no)
		}
	}
	if old := unix.Umask(0o077); old != 0o077 {
		return "", fmt.Errorf("umask is %03o", old)
	}
	return fmt.Sprintf("%d processes, %d files, %d MiB", s.Limits.Procs, s.Limits.Files, s.Limits.Memory>>20), nil
}

// descriptorsSeen bounds the look for descriptors that would survive the exec: more
// than a stage opens, and cheap. Those beyond were closed in one go by close_range.
const descriptorsSeen = 512

func (s *stage) tryDescriptors() (string, error) {
	for fd := uintptr(configFD); fd < descriptorsSeen; fd++ {
		flags, err := unix.FcntlInt(fd, unix.F_GETFD, 0)
		if err == nil && flags&unix.FD_CLOEXEC == 0 {
			return "", fmt.Errorf("descriptor %d would stay open", fd)
		}
	}
	return "0, 1 and 2", nil
}

func openErr(path string) error {
	fd, err := unix.Open(path, unix.O_RDONLY|unix.O_CLOEXEC, 0)
	if err == nil {
		_ = unix.Close(fd)
	}
	return err
}

func rawErr(call uintptr, arg uintptr) error {
	if _, _, no := unix.RawSyscall(call, arg, 0, 0); no != 0 {
		return no
	}
	return nil
}
