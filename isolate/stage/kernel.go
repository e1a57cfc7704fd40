//go:build linux && (amd64 || arm64)

package stage

import (
	"errors"
	"strconv"
	"syscall"
	"unsafe"
)

// What package syscall does not name, the same on both our machines. A test
// compares them with golang.org/x/sys, which would be initialised too late here.
const (
	sysOpenTree              = 428
	sysMoveMount             = 429
	sysCloseRange            = 436
	sysFsopen                = 430
	sysFsconfig              = 431
	sysFsmount               = 432
	sysOpenat2               = 437
	sysMountSetattr          = 442
	sysLandlockCreateRuleset = 444
	sysLandlockAddRule       = 445
	sysLandlockRestrictSelf  = 446

	AttrReadOnly = 0x1 // MOUNT_ATTR_…
	AttrNoSuid   = 0x2
	AttrNoDev    = 0x4
	AttrNoExec   = 0x8

	openTreeClone     = 0x1
	atRecursive       = 0x8000
	atEmptyPath       = 0x1000
	moveMountEmpty    = 0x4 // MOVE_MOUNT_F_EMPTY_PATH
	fsCloexec         = 0x1 // FSOPEN_CLOEXEC, FSMOUNT_CLOEXEC
	fsSetFlag         = 0   // FSCONFIG_SET_FLAG
	fsSetString       = 1   // FSCONFIG_SET_STRING
	fsCreate          = 6   // FSCONFIG_CMD_CREATE
	resolveNoMagic    = 0x2
	resolveNoSymlinks = 0x4
	oPath             = 0x200000
	closeRangeCloexec = 0x4
	cloneNewTime      = 0x80
	cloneNewCgroup    = 0x02000000

	prSetPdeathsig  = 1
	prSetName       = 15
	prGetDumpable   = 3
	prSetDumpable   = 4
	prGetSeccomp    = 21
	prSetSeccomp    = 22
	prCapbsetRead   = 23
	prCapbsetDrop   = 24
	prSetSecurebits = 28
	prSetNoNewPrivs = 38
	prGetNoNewPrivs = 39
	prCapAmbient    = 47
	ambientClearAll = 4

	seccompFilter   = 2
	joinSession     = 1 // KEYCTL_JOIN_SESSION_KEYRING
	getKeyringID    = 0 // KEYCTL_GET_KEYRING_ID
	capVersion      = 0x20080522
	clockMonotonic  = 1
	clockBoottime   = 7
	siocgifflags    = 0x8913
	siocsifflags    = 0x8914
	capabilityKnown = 37 // CAP_AUDIT_READ: every kernel that we can use has those up to it
)

// call makes a system call that does not block. What its arguments point to stays
// where it is: a stage lives for milliseconds and has no collector (see Env).
func call(nr uintptr, args ...uintptr) (uintptr, error) {
	var a [6]uintptr
	copy(a[:], args)
	r, _, no := syscall.RawSyscall6(nr, a[0], a[1], a[2], a[3], a[4], a[5])
	if no != 0 {
		return 0, no
	}
	return r, nil
}

func prctl(option, a, b uintptr) (uintptr, error) { return call(syscall.SYS_PRCTL, option, a, b) }

// path is a text for the kernel; one with a zero byte in it is cut there, so the
// parent refuses such.
func path(s string) *byte {
	p, err := syscall.BytePtrFromString(s)
	if err != nil {
		return &[]byte{0}[0]
	}
	return p
}

// at makes a call whose second argument is a path, below the directory fd.
func at(nr uintptr, fd int, name string, args ...uintptr) (uintptr, error) {
	return call(nr, append([]uintptr{uintptr(fd), uintptr(unsafe.Pointer(path(name)))}, args...)...)
}

const cwd = -0x64 // AT_FDCWD

func exit(code int) { syscall.Exit(code) }

// closeInherited ends every descriptor beyond the control: this early, none is ours.
func closeInherited() error {
	_, err := call(sysCloseRange, controlFD+1, ^uintptr(0)>>32, 0)
	if err == nil {
		_, err = call(sysCloseRange, controlFD, controlFD, closeRangeCloexec)
	}
	return err
}

// openPath opens a path for its identity, with no symlink anywhere in it.
func openPath(name string) (int, error) {
	how := [3]uint64{oPath | syscall.O_CLOEXEC, 0, resolveNoMagic | resolveNoSymlinks} // struct open_how
	fd, err := at(sysOpenat2, cwd, name, uintptr(unsafe.Pointer(&how)), unsafe.Sizeof(how))
	return int(fd), err
}

// cloneTree makes a detached mount of a path and of all that is mounted below it.
func cloneTree(name string) (int, error) {
	p, err := openPath(name)
	if err != nil {
		return 0, op(err, "openat2 "+name)
	}
	defer func() { _ = syscall.Close(p) }()
	fd, err := at(sysOpenTree, p, "", atEmptyPath|openTreeClone|syscall.O_CLOEXEC|atRecursive)
	return int(fd), op(err, "open_tree "+name)
}

// detached makes a mount of a file system of the kernel's, in no place yet.
func detached(kind string, attrs uint64, options ...Pair) (int, error) {
	fs, err := call(sysFsopen, uintptr(unsafe.Pointer(path(kind))), fsCloexec)
	if err != nil {
		return 0, err
	}
	defer func() { _ = syscall.Close(int(fs)) }()
	if attrs&AttrReadOnly != 0 { // the file system, not only this way to it
		if _, err := call(sysFsconfig, fs, fsSetFlag, uintptr(unsafe.Pointer(path("ro")))); err != nil {
			return 0, err
		}
	}
	for _, o := range options {
		if _, err := call(sysFsconfig, fs, fsSetString, uintptr(unsafe.Pointer(path(o.Name))), uintptr(unsafe.Pointer(path(o.Text)))); err != nil {
			return 0, err
		}
	}
	if _, err := call(sysFsconfig, fs, fsCreate); err != nil {
		return 0, err
	}
	fd, err := call(sysFsmount, fs, fsCloexec, uintptr(attrs))
	return int(fd), err
}

// setAttr gives a mount and all below it what only takes away.
func setAttr(fd int, name string, flags uintptr, attrs uint64) error {
	attr := [4]uint64{attrs} // struct mount_attr
	_, err := at(sysMountSetattr, fd, name, flags, uintptr(unsafe.Pointer(&attr)), unsafe.Sizeof(attr))
	return err
}

func isDir(st *syscall.Stat_t) bool { return st.Mode&syscall.S_IFMT == syscall.S_IFDIR }

// mkdirAll makes the folders on the way to a path below the working directory.
func mkdirAll(name string) error {
	for i := 1; i <= len(name); i++ {
		if i == len(name) || name[i] == '/' {
			if err := syscall.Mkdir(name[:i], 0o755); err != nil && err != syscall.EEXIST {
				return op(err, "mkdir "+name[:i])
			}
		}
	}
	return nil
}

// parent is the folder of a path; "" for a name alone.
func parent(name string) string {
	for i := len(name) - 1; i > 0; i-- {
		if name[i] == '/' {
			return name[:i]
		}
	}
	return ""
}

// put writes a small file of the room.
func put(name, text string) error {
	name = name[1:]
	if dir := parent(name); dir != "" {
		if err := mkdirAll(dir); err != nil {
			return err
		}
	}
	return write(name, syscall.O_CREAT|syscall.O_EXCL, text)
}

func write(name string, flags int, text string) error {
	fd, err := syscall.Open(name, syscall.O_WRONLY|syscall.O_CLOEXEC|flags, 0o444)
	if err != nil {
		return op(err, "open "+name)
	}
	if text != "" {
		_, err = syscall.Write(fd, []byte(text))
	}
	if cerr := syscall.Close(fd); err == nil {
		err = cerr
	}
	return op(err, "write "+name)
}

func itoa[N ~int | ~uint64 | ~uint32 | ~int64 | ~uintptr](n N) string {
	return strconv.FormatInt(int64(n), 10)
}

// wrong is an error that is not the kernel's.
func wrong(parts ...string) error {
	text := ""
	for _, p := range parts {
		text += p
	}
	return errors.New(text)
}

func errorText(err error) string {
	if err == nil {
		return "no error"
	}
	return err.Error()
}

func moveMount(fd int, to string) error {
	empty, place := path(""), path(to)
	dir := cwd
	_, err := call(sysMoveMount, uintptr(fd), uintptr(unsafe.Pointer(empty)), uintptr(dir),
		uintptr(unsafe.Pointer(place)), moveMountEmpty)
	return err
}
