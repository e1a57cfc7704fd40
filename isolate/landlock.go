//go:build linux && (amd64 || arm64)

package isolate

import (
	"errors"
	"unsafe"

	"golang.org/x/sys/unix"
)

// Landlock says a second time, by path, what the mounts say: a mistake in either
// alone gives nothing away. A task under it can't mount either.

// What a rule may allow.
const (
	readFile = unix.LANDLOCK_ACCESS_FS_READ_FILE
	readTree = readFile | unix.LANDLOCK_ACCESS_FS_READ_DIR
	runTree  = readTree | unix.LANDLOCK_ACCESS_FS_EXECUTE
	editFile = readFile | unix.LANDLOCK_ACCESS_FS_WRITE_FILE | unix.LANDLOCK_ACCESS_FS_TRUNCATE
	// editTree is everything but device nodes and ioctls on devices.
	editTree = runTree | editFile | unix.LANDLOCK_ACCESS_FS_REMOVE_DIR | unix.LANDLOCK_ACCESS_FS_REMOVE_FILE |
		unix.LANDLOCK_ACCESS_FS_MAKE_DIR | unix.LANDLOCK_ACCESS_FS_MAKE_REG | unix.LANDLOCK_ACCESS_FS_MAKE_SOCK |
		unix.LANDLOCK_ACCESS_FS_MAKE_FIFO | unix.LANDLOCK_ACCESS_FS_MAKE_SYM | unix.LANDLOCK_ACCESS_FS_REFER |
		unix.LANDLOCK_ACCESS_FS_RESOLVE_UNIX
	// grantTree is for what the person has too: no sockets there, ours or theirs.
	grantTree = editTree &^ (unix.LANDLOCK_ACCESS_FS_MAKE_SOCK | unix.LANDLOCK_ACCESS_FS_RESOLVE_UNIX)
	// fileRights are the only ones a rule on a file may have.
	fileRights = editFile | unix.LANDLOCK_ACCESS_FS_EXECUTE
)

// A rule allows access at path and below.
type rule struct {
	path   string
	access uint64
}

// handled are the rights that each version of Landlock learned; what it knows, it
// refuses by default. TCP is left alone: the room has a network of its own, and
// programs use its loopback.
var handled = []struct {
	abi    int
	rights uint64
	scopes uint64
}{
	{1, unix.LANDLOCK_ACCESS_FS_MAKE_SYM<<1 - 1, 0}, // all of the first version
	{2, unix.LANDLOCK_ACCESS_FS_REFER, 0},
	{3, unix.LANDLOCK_ACCESS_FS_TRUNCATE, 0},
	{5, unix.LANDLOCK_ACCESS_FS_IOCTL_DEV, 0},
	{6, 0, unix.LANDLOCK_SCOPE_ABSTRACT_UNIX_SOCKET | unix.LANDLOCK_SCOPE_SIGNAL},
	{9, unix.LANDLOCK_ACCESS_FS_RESOLVE_UNIX, 0},
}

func (s *stage) landlock() error {
	abi, _, no := unix.Syscall(unix.SYS_LANDLOCK_CREATE_RULESET, 0, 0, unix.LANDLOCK_CREATE_RULESET_VERSION)
	if no != 0 {
		return op(no, "landlock_create_ruleset")
	}
	var attr unix.LandlockRulesetAttr
	for _, h := range handled {
		if int(abi) >= h.abi {
			attr.Handled_access_fs |= h.rights
			attr.Scoped |= h.scopes
		}
	}
	// Older kernels take the longer struct if what they don't know in it is zero.
	set, _, no := unix.Syscall(unix.SYS_LANDLOCK_CREATE_RULESET, uintptr(unsafe.Pointer(&attr)), unsafe.Sizeof(attr), 0)
	if no != 0 {
		return op(no, "landlock_create_ruleset")
	}
	defer func() { _ = unix.Close(int(set)) }()
	for _, r := range s.rules {
		if err := r.add(set, attr.Handled_access_fs); err != nil {
			return op(err, "landlock_add_rule %s", r.path)
		}
	}
	if _, _, no := unix.Syscall(unix.SYS_LANDLOCK_RESTRICT_SELF, set, 0, 0); no != 0 {
		return op(no, "landlock_restrict_self")
	}
	s.proved("landlock", "version %d is in force", abi)
	return nil
}

func (r rule) add(set uintptr, known uint64) error {
	fd, err := unix.Open(r.path, unix.O_PATH|unix.O_CLOEXEC, 0)
	if err != nil {
		return err
	}
	defer func() { _ = unix.Close(fd) }()
	var st unix.Stat_t
	if err := unix.Fstat(fd, &st); err != nil {
		return err
	}
	access := r.access & known
	if st.Mode&unix.S_IFMT != unix.S_IFDIR {
		access &= fileRights
	}
	if access == 0 {
		return errors.New("a rule that allows nothing")
	}
	attr := unix.LandlockPathBeneathAttr{Allowed_access: access, Parent_fd: int32(fd)}
	_, _, no := unix.Syscall6(unix.SYS_LANDLOCK_ADD_RULE, set, unix.LANDLOCK_RULE_PATH_BENEATH,
		uintptr(unsafe.Pointer(&attr)), 0, 0, 0)
	if no != 0 {
		return no
	}
	return nil
}
