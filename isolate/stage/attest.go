//go:build linux && (amd64 || arm64)

package stage

import (
	"strconv"
	"syscall"
	"unsafe"
)

// Canary is a file that the mounts allow to be read and Landlock does not: if it
// can be opened, Landlock is not in force.
const Canary = "/.room/canary"

// tries are what the proof consists of.
var tries = []struct {
	layer string
	do    func(*Stage) (string, error)
}{
	{"user", (*Stage).tryUser},
	{"pid namespace", (*Stage).tryPID},
	{"host name", (*Stage).tryName},
	{"network", (*Stage).tryNetwork},
	{"mounts", (*Stage).tryMounts},
	{"late namespaces", (*Stage).tryLate}, // by /proc
	{"landlock", (*Stage).tryLandlock},
	{"seccomp", (*Stage).trySeccomp},
	{"locks", (*Stage).tryLocks},
	{"limits", (*Stage).tryLimits},
	{"descriptors", (*Stage).tryDescriptors},
}

// Proved are the layers that every proof names.
func Proved() (names []string) {
	for _, t := range tries {
		names = append(names, t.layer)
	}
	return names
}

// attest tries, with every lock in place, what must fail, and asks the kernel for
// what it knows. Whatever another step did or left out: a room that passes here has
// each layer in force on the thread that execs.
func (s *Stage) attest() error {
	for _, t := range tries {
		s.doing = t.layer
		how, err := t.do(s)
		if err != nil {
			return op(err, "try it from inside")
		}
		s.proved(t.layer, how)
	}
	return nil
}

// expect wants one errno and no other.
func expect(what string, got error, want syscall.Errno, name string) (string, error) {
	if got == nil {
		return "", wrong(what, " worked")
	}
	if got != want {
		return "", op(got, what+" is not "+name)
	}
	return what + " = " + name, nil
}

func (s *Stage) tryUser() (string, error) {
	var ids [6]uint32
	u, g := unsafe.Pointer(&ids[0]), unsafe.Pointer(&ids[3])
	const size = 4
	_, err := call(syscall.SYS_GETRESUID, uintptr(u), uintptr(unsafe.Add(u, size)), uintptr(unsafe.Add(u, 2*size)))
	if err == nil {
		_, err = call(syscall.SYS_GETRESGID, uintptr(g), uintptr(unsafe.Add(g, size)), uintptr(unsafe.Add(g, 2*size)))
	}
	if err != nil {
		return "", err
	}
	for _, id := range ids {
		if id != InsideID {
			return "", wrong("an id is ", itoa(id), ", not ", itoa(InsideID))
		}
	}
	groups, err := call(syscall.SYS_GETGROUPS, 0, 0)
	if err != nil {
		return "", err
	}
	if s.Root && groups > 0 {
		return "", wrong(itoa(groups), " supplementary groups are left")
	}
	_, err = call(syscall.SYS_SETUID, 0)
	return expect("setuid(0)", err, syscall.EPERM, "EPERM")
}

func (s *Stage) tryPID() (string, error) {
	if pid := syscall.Getpid(); pid != 1 {
		return "", wrong("process number is ", itoa(pid), ", not 1")
	}
	return "process 1", nil
}

// tryLate looks whether the stage has left the control group and the clocks that it was
// made with; and whether anybody has looked at all others, which are the host's to see.
// Where the room has no /proc of the kernel's the stage's own word is all there is.
func (s *Stage) tryLate() (string, error) {
	if !s.said("namespaces") {
		return "", wrong("nobody has looked whether the first ones are new")
	}
	if s.Offsets != "" && !s.said("clock") {
		return "", wrong("the clocks are the host's")
	}
	if s.noProc != nil {
		return "not to be seen without /proc", nil
	}
	for _, b := range s.born {
		now, err := readlink(ProcPlace + "/self/ns/" + b.Name)
		if err != nil {
			return "", op(err, "read the "+b.Name+" namespace")
		}
		if now == b.Text {
			return "", wrong("the ", b.Name, " namespace is the one that the stage was made in")
		}
	}
	return itoa(len(s.born)) + " were left for new ones", nil
}

func (s *Stage) tryName() (string, error) {
	var u syscall.Utsname
	if err := syscall.Uname(&u); err != nil {
		return "", err
	}
	name := ""
	for _, c := range u.Nodename {
		if c == 0 {
			break
		}
		name += string(rune(byte(c)))
	}
	if name != RoomName {
		return "", wrong("the host is called ", strconv.Quote(name))
	}
	_, err := call(syscall.SYS_SETHOSTNAME, 0, 0)
	return expect("sethostname", err, syscall.EPERM, "EPERM")
}

// tryNetwork looks for a way out: the address is for documentation, no packet is
// sent, but with a route connect would work.
func (s *Stage) tryNetwork() (string, error) {
	fd, err := syscall.Socket(syscall.AF_INET, syscall.SOCK_DGRAM|syscall.SOCK_CLOEXEC, 0)
	if err != nil {
		return "", err
	}
	defer func() { _ = syscall.Close(fd) }()
	lo := loRequest(0)
	_, err = call(syscall.SYS_IOCTL, uintptr(fd), siocgifflags, uintptr(unsafe.Pointer(&lo)))
	if err != nil || *(*uint16)(unsafe.Pointer(&lo[16]))&syscall.IFF_UP == 0 {
		return "", wrong("lo is down: ", errorText(err))
	}
	err = syscall.Connect(fd, &syscall.SockaddrInet4{Port: 53, Addr: [4]byte{192, 0, 2, 1}})
	return expect("connect(192.0.2.1)", err, syscall.ENETUNREACH, "ENETUNREACH")
}

func (s *Stage) tryMounts() (string, error) {
	for _, gone := range s.Absent {
		var st syscall.Stat_t
		if err := syscall.Stat(gone, &st); err != syscall.ENOENT {
			return "", wrong(gone, " is there: ", errorText(err))
		}
	}
	if _, err := expect("mkdir(/new)", syscall.Mkdir("/new", 0o700), syscall.EROFS, "EROFS"); err != nil {
		return "", err
	}
	return expect("open(/proc/sys)", openErr("/proc/sys"), syscall.ENOENT, "ENOENT")
}

func (s *Stage) tryLandlock() (string, error) {
	var st syscall.Stat_t
	if err := syscall.Stat(Canary, &st); err != nil || st.Mode&0o444 != 0o444 {
		return "", wrong("the canary is not readable to begin with: ", errorText(err))
	}
	return expect("open(canary)", openErr(Canary), syscall.EACCES, "EACCES")
}

func (s *Stage) trySeccomp() (string, error) {
	if mode, err := prctl(prGetSeccomp, 0, 0); err != nil || mode != seccompFilter {
		return "", wrong("mode is ", itoa(mode), ", not filter: ", errorText(err))
	}
	// In a process of several threads, as this one, the kernel alone says EINVAL.
	_, err := call(syscall.SYS_UNSHARE, syscall.CLONE_NEWUSER)
	if _, err := expect("unshare(CLONE_NEWUSER)", err, syscall.EPERM, "EPERM"); err != nil {
		return "", err
	}
	if s.NoUnix {
		_, err := syscall.Socket(syscall.AF_UNIX, syscall.SOCK_STREAM|syscall.SOCK_CLOEXEC, 0)
		if _, err := expect("socket(AF_UNIX) beside a grant", err, syscall.EAFNOSUPPORT, "EAFNOSUPPORT"); err != nil {
			return "", err
		}
	}
	_, err = syscall.Socket(syscall.AF_PACKET, syscall.SOCK_RAW|syscall.SOCK_CLOEXEC, 0)
	return expect("socket(AF_PACKET)", err, syscall.EAFNOSUPPORT, "EAFNOSUPPORT")
}

func (s *Stage) tryLocks() (string, error) {
	if err := VerifyThread(); err != nil {
		return "", err
	}
	if dumpable, err := prctl(prGetDumpable, 0, 0); err != nil || dumpable != 0 {
		return "", wrong("dumpable is ", itoa(dumpable), ": ", errorText(err))
	}
	return "no_new_privs = 1, no capability in any set", nil
}

// VerifyThread asks the kernel whether the calling thread has all the locks that
// can be asked for. It is the second look as well, after the exec: one from the
// wrong thread would have lost them all without a word.
func VerifyThread() error {
	if got, err := prctl(prGetNoNewPrivs, 0, 0); err != nil || got != 1 {
		return wrong("no_new_privs is ", itoa(got), ", not 1: ", errorText(err))
	}
	if got, err := prctl(prGetSeccomp, 0, 0); err != nil || got != seccompFilter {
		return wrong("seccomp is ", itoa(got), ", not 2: ", errorText(err))
	}
	header := [2]uint32{capVersion}
	var has [6]uint32
	if _, err := call(syscall.SYS_CAPGET, uintptr(unsafe.Pointer(&header)), uintptr(unsafe.Pointer(&has))); err != nil {
		return op(err, "capget")
	}
	if has != [6]uint32{} {
		return wrong("capabilities are left")
	}
	for c := uintptr(0); c <= capabilityKnown; c++ {
		if set, err := prctl(prCapbsetRead, c, 0); err != nil || set != 0 {
			return wrong("capability ", itoa(c), " is left in the bounding set: ", errorText(err))
		}
	}
	return nil
}

func (s *Stage) tryLimits() (string, error) {
	for _, l := range s.Limits {
		var now syscall.Rlimit
		// Not syscall.Getrlimit: it may be made of a call that the filter refuses.
		_, err := call(syscall.SYS_GETRLIMIT, uintptr(l.Which), uintptr(unsafe.Pointer(&now)))
		if err != nil || now.Max > l.Value {
			return "", wrong("limit ", itoa(l.Which), " is ", itoa(now.Max), ", not ", itoa(l.Value), ": ", errorText(err))
		}
	}
	if old := syscall.Umask(0o077); old != 0o077 {
		return "", wrong("umask is ", itoa(old))
	}
	return itoa(len(s.Limits)) + " limits, umask 077", nil
}

// descriptorsSeen bounds the look for descriptors that would survive the exec: more
// than a stage opens. Those that it was born with were closed in one go.
const descriptorsSeen = 160

func (s *Stage) tryDescriptors() (string, error) {
	type pollfd struct {
		fd      int32
		_       int16 // nothing is waited for
		revents int16
	}
	const closed = 0x20 // POLLNVAL
	var all [descriptorsSeen]pollfd
	for i := range all {
		all[i].fd = int32(i + controlFD)
	}
	// One look at all of them, instead of a call for each. Where a limit refuses it,
	// none is known to be closed, and each is asked about.
	var now syscall.Timespec
	_, _ = call(syscall.SYS_PPOLL, uintptr(unsafe.Pointer(&all)), descriptorsSeen, uintptr(unsafe.Pointer(&now)), 0, 8)
	for _, p := range all {
		if p.revents&closed != 0 {
			continue
		}
		flags, err := call(syscall.SYS_FCNTL, uintptr(p.fd), syscall.F_GETFD)
		if err == nil && flags&syscall.FD_CLOEXEC == 0 {
			return "", wrong("descriptor ", itoa(int(p.fd)), " would stay open")
		}
	}
	return "0, 1 and 2", nil
}

func openErr(name string) error {
	fd, err := syscall.Open(name, syscall.O_RDONLY|syscall.O_CLOEXEC, 0)
	if err == nil {
		_ = syscall.Close(fd)
	}
	return err
}
