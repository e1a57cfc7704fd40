//go:build linux && (amd64 || arm64)

package stage

import (
	"syscall"
	"unsafe"
)

// Landlock says a second time, by path, what the mounts say: a mistake in either
// alone gives nothing away. A task under it can't mount either.

// Rights of Landlock, as linux/landlock.h numbers them.
const (
	accessExecute = 1 << iota
	accessWriteFile
	accessReadFile
	accessReadDir
	accessRemoveDir
	accessRemoveFile
	accessMakeChar
	accessMakeDir
	accessMakeReg
	accessMakeSock
	accessMakeFifo
	accessMakeBlock
	accessMakeSym
	accessRefer
	accessTruncate
	accessIoctlDev
	accessResolveUnix
)

// What a rule may allow.
const (
	ReadDir  = accessReadDir
	ReadTree = accessReadFile | accessReadDir
	RunTree  = ReadTree | accessExecute
	EditFile = accessReadFile | accessWriteFile | accessTruncate
	// EditTree is everything but device nodes and ioctls on devices.
	EditTree = RunTree | EditFile | accessRemoveDir | accessRemoveFile | accessMakeDir | accessMakeReg |
		accessMakeSock | accessMakeFifo | accessMakeSym | accessRefer | accessResolveUnix
	// DataTree is for the app's own folder: a pipe there could hang who reads it outside.
	DataTree = EditTree &^ accessMakeFifo
	// GrantTree is for what the person has too: no sockets there, ours or theirs.
	GrantTree = DataTree &^ (accessMakeSock | accessResolveUnix)
	// fileRights are the only ones a rule on a file may have.
	fileRights = EditFile | accessExecute
)

// Scoped is the first version that also holds signals and abstract sockets (Linux 6.12),
// which no other process is there for: a room has process and network namespaces of its own.
const Scoped = 6

// handled are the rights that each version of Landlock learned; what it knows, it
// refuses by default. TCP is left alone: the room has a network of its own, and
// programs use its loopback.
var handled = []struct {
	abi    uintptr
	rights uint64
	scopes uint64
}{
	{1, accessMakeSym<<1 - 1, 0}, // all of the first version
	{2, accessRefer, 0},
	{3, accessTruncate, 0},
	{5, accessIoctlDev, 0},
	{Scoped, 0, 1 | 2}, // LANDLOCK_SCOPE_ABSTRACT_UNIX_SOCKET, LANDLOCK_SCOPE_SIGNAL
	{9, accessResolveUnix, 0},
}

// firstRules makes the set of rules, while nobody waits, with those for what is there.
func (s *Stage) firstRules() error {
	if !s.left {
		return nil
	}
	return s.allow()
}

// landlock adds the rules that are missing, and puts itself under all of them.
func (s *Stage) landlock() error {
	if err := s.allow(); err != nil {
		return err
	}
	defer func() { _ = syscall.Close(s.set) }()
	if _, err := call(sysLandlockRestrictSelf, uintptr(s.set), 0); err != nil {
		return op(err, "landlock_restrict_self")
	}
	abi, err := landlockVersion()
	proof := "version " + itoa(abi) + " is in force"
	if abi < Scoped {
		proof += "; signals and abstract sockets are held by the namespaces alone"
	}
	s.proved("landlock", proof)
	return err
}

func landlockVersion() (uintptr, error) {
	const version = 1 // LANDLOCK_CREATE_RULESET_VERSION
	abi, err := call(sysLandlockCreateRuleset, 0, 0, version)
	return abi, op(err, "landlock_create_ruleset")
}

// allow puts the rules that are known of into the set.
func (s *Stage) allow() error {
	if s.set == 0 {
		if err := s.newSet(); err != nil {
			return err
		}
	}
	for _, r := range append(s.rules, s.Rules...) {
		if err := r.add(uintptr(s.set), s.handled); err != nil {
			return op(err, "landlock_add_rule "+r.At)
		}
	}
	s.rules, s.Rules = nil, nil
	return nil
}

// newSet makes a set that refuses all that the kernel knows of.
func (s *Stage) newSet() error {
	abi, err := landlockVersion()
	if err != nil {
		return err
	}
	var attr [3]uint64 // struct landlock_ruleset_attr: files, TCP, scopes
	for _, h := range handled {
		if abi >= h.abi {
			attr[0] |= h.rights
			attr[2] |= h.scopes
		}
	}
	// Older kernels take the longer struct if what they don't know in it is zero.
	set, err := call(sysLandlockCreateRuleset, uintptr(unsafe.Pointer(&attr)), unsafe.Sizeof(attr), 0)
	if err != nil {
		return op(err, "landlock_create_ruleset")
	}
	s.set, s.handled = int(set), attr[0]
	return nil
}

func (r Rule) add(set uintptr, known uint64) error {
	fd, err := syscall.Open(r.At, oPath|syscall.O_CLOEXEC, 0)
	if err != nil {
		return err
	}
	defer func() { _ = syscall.Close(fd) }()
	var st syscall.Stat_t
	if err := syscall.Fstat(fd, &st); err != nil {
		return err
	}
	access := r.Access & known
	if !isDir(&st) {
		access &= fileRights
	}
	if access == 0 {
		return wrong("a rule that allows nothing")
	}
	attr := struct { // struct landlock_path_beneath_attr, packed
		access uint64
		fd     int32
	}{access, int32(fd)}
	const pathBeneath = 1
	_, err = call(sysLandlockAddRule, set, pathBeneath, uintptr(unsafe.Pointer(&attr)), 0)
	return err
}
