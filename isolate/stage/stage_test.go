//go:build linux && (amd64 || arm64)

package stage

import (
	"strings"
	"syscall"
	"testing"

	"github.com/stretchr/testify/require"
	"golang.org/x/sys/unix"
	"pgregory.net/rapid"
)

// The kernel's numbers are written down here, because golang.org/x/sys would be
// initialised too late.
func TestNumbersAreTheKernels(t *testing.T) {
	for ours, theirs := range map[uint64]uint64{
		sysOpenTree: unix.SYS_OPEN_TREE, sysMoveMount: unix.SYS_MOVE_MOUNT, sysCloseRange: unix.SYS_CLOSE_RANGE,
		sysFsopen: unix.SYS_FSOPEN, sysFsconfig: unix.SYS_FSCONFIG, sysFsmount: unix.SYS_FSMOUNT,
		sysOpenat2: unix.SYS_OPENAT2, sysMountSetattr: unix.SYS_MOUNT_SETATTR,
		sysLandlockCreateRuleset: unix.SYS_LANDLOCK_CREATE_RULESET, sysLandlockAddRule: unix.SYS_LANDLOCK_ADD_RULE,
		sysLandlockRestrictSelf: unix.SYS_LANDLOCK_RESTRICT_SELF,
	} {
		require.Equal(t, theirs, ours)
	}
	same := [][2]uint64{
		{AttrReadOnly, unix.MOUNT_ATTR_RDONLY}, {AttrNoSuid, unix.MOUNT_ATTR_NOSUID}, {AttrNoDev, unix.MOUNT_ATTR_NODEV},
		{AttrNoExec, unix.MOUNT_ATTR_NOEXEC}, {openTreeClone, unix.OPEN_TREE_CLONE}, {atRecursive, unix.AT_RECURSIVE},
		{atEmptyPath, unix.AT_EMPTY_PATH}, {moveMountEmpty, unix.MOVE_MOUNT_F_EMPTY_PATH},
		{fsCloexec, unix.FSOPEN_CLOEXEC}, {fsCloexec, unix.FSMOUNT_CLOEXEC}, {fsSetFlag, unix.FSCONFIG_SET_FLAG}, {fsSetString, unix.FSCONFIG_SET_STRING}, {fsCreate, unix.FSCONFIG_CMD_CREATE},
		{resolveNoMagic, unix.RESOLVE_NO_MAGICLINKS}, {resolveNoSymlinks, unix.RESOLVE_NO_SYMLINKS}, {oPath, unix.O_PATH},
		{closeRangeCloexec, unix.CLOSE_RANGE_CLOEXEC}, {cloneNewTime, unix.CLONE_NEWTIME}, {cloneNewCgroup, unix.CLONE_NEWCGROUP},
		{prSetPdeathsig, unix.PR_SET_PDEATHSIG}, {prSetName, unix.PR_SET_NAME}, {prGetDumpable, unix.PR_GET_DUMPABLE}, {prSetDumpable, unix.PR_SET_DUMPABLE},
		{prGetSeccomp, unix.PR_GET_SECCOMP}, {prSetSeccomp, unix.PR_SET_SECCOMP}, {prCapbsetRead, unix.PR_CAPBSET_READ},
		{prCapbsetDrop, unix.PR_CAPBSET_DROP}, {prSetSecurebits, unix.PR_SET_SECUREBITS},
		{prSetNoNewPrivs, unix.PR_SET_NO_NEW_PRIVS}, {prGetNoNewPrivs, unix.PR_GET_NO_NEW_PRIVS},
		{prCapAmbient, unix.PR_CAP_AMBIENT}, {ambientClearAll, unix.PR_CAP_AMBIENT_CLEAR_ALL},
		{seccompFilter, unix.SECCOMP_MODE_FILTER}, {joinSession, unix.KEYCTL_JOIN_SESSION_KEYRING},
		{capVersion, unix.LINUX_CAPABILITY_VERSION_3}, {siocgifflags, unix.SIOCGIFFLAGS}, {siocsifflags, unix.SIOCSIFFLAGS},
		{capabilityKnown, unix.CAP_AUDIT_READ},
		{accessExecute, unix.LANDLOCK_ACCESS_FS_EXECUTE}, {accessWriteFile, unix.LANDLOCK_ACCESS_FS_WRITE_FILE},
		{accessReadFile, unix.LANDLOCK_ACCESS_FS_READ_FILE}, {accessReadDir, unix.LANDLOCK_ACCESS_FS_READ_DIR},
		{accessMakeSym, unix.LANDLOCK_ACCESS_FS_MAKE_SYM}, {accessRefer, unix.LANDLOCK_ACCESS_FS_REFER},
		{accessTruncate, unix.LANDLOCK_ACCESS_FS_TRUNCATE}, {accessIoctlDev, unix.LANDLOCK_ACCESS_FS_IOCTL_DEV},
		{accessMakeSock, unix.LANDLOCK_ACCESS_FS_MAKE_SOCK}, {accessResolveUnix, unix.LANDLOCK_ACCESS_FS_RESOLVE_UNIX},
		{1 | 2, unix.LANDLOCK_SCOPE_ABSTRACT_UNIX_SOCKET | unix.LANDLOCK_SCOPE_SIGNAL},
	}
	for i, pair := range same {
		require.Equal(t, pair[1], pair[0], "pair %d", i)
	}
	require.Equal(t, []uintptr{unix.CAP_SETGID, unix.CAP_SETUID, unix.CAP_SETPCAP, unix.CAP_NET_BIND_SERVICE,
		unix.CAP_NET_ADMIN, unix.CAP_SYS_ADMIN, unix.CAP_SYS_RESOURCE, unix.CAP_SYS_TIME}, Caps)
}

func texts(t *rapid.T, name string) []string {
	return rapid.SliceOfN(rapid.String(), 0, 3).Draw(t, name)
}

func pairs(t *rapid.T, name string) []Pair {
	return rapid.SliceOfN(rapid.Custom(func(t *rapid.T) Pair {
		return Pair{rapid.String().Draw(t, "name"), rapid.String().Draw(t, "text")}
	}), 0, 3).Draw(t, name)
}

// What a parent says arrives as it was said.
func TestConfigSurvivesTheWay(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		c := &Config{
			Path: rapid.String().Draw(t, "path"), Argv: texts(t, "argv"), Env: texts(t, "env"), Dir: "/data",
			Root: rapid.Bool().Draw(t, "root"), Namespaces: pairs(t, "ns"), Leave: rapid.Bool().Draw(t, "leave"), Offsets: "monotonic -1 0\n",
			Trees: []Tree{{Path: rapid.String().Draw(t, "tree"), FD: 1, Dev: rapid.Uint64().Draw(t, "dev"),
				Ino: rapid.Uint64().Draw(t, "ino"), At: "/x", Attrs: AttrNoDev, Access: rapid.Uint64().Draw(t, "access")}},
			Links: pairs(t, "links"), Files: pairs(t, "files"), Proc: pairs(t, "proc"), Scratch: pairs(t, "scratch"),
			Rules: []Rule{{"/etc", ReadTree}}, Covers: texts(t, "covers"), Absent: texts(t, "absent"),
			Listen: []Listen{{[4]byte{127, 0, 255, 1}, rapid.IntRange(1, 65535).Draw(t, "port")}},
			Limits: []Limit{{7, rapid.Uint64().Draw(t, "limit")}},
			Filter: rapid.SliceOfN(rapid.Byte(), 1, 64).Draw(t, "filter"), NoUnix: rapid.Bool().Draw(t, "unix"),
		}
		got, err := ParseConfig(c.Encode())
		require.NoError(t, err)
		require.Equal(t, c, got)
	})
}

func TestStatusSurvivesTheWay(t *testing.T) {
	for _, s := range []*Status{
		{Layers: []Layer{{"proc", "plain files"}, {"", "x y"}}},
		{Layers: []Layer{}, Fail: &Failure{"mounts", "mount /proc", syscall.EPERM, "no"}},
	} {
		got, err := ParseStatus(s.Encode())
		require.NoError(t, err)
		require.Equal(t, s, got)
	}
}

// Whatever the other side sends is read or refused, within its own size.
func FuzzParseStatus(f *testing.F) {
	f.Add((&Status{Layers: []Layer{{"a", "b"}}, Fail: &Failure{Text: "x"}}).Encode())
	f.Add([]byte("99999999999 "))
	f.Fuzz(func(t *testing.T, text []byte) {
		s, err := ParseStatus(text)
		if err != nil {
			return
		}
		again, err := ParseStatus(s.Encode())
		require.NoError(t, err)
		require.Equal(t, s, again)
	})
}

func TestGarbledIsRefused(t *testing.T) {
	whole := (&Config{Path: "/bin/true", Argv: []string{"x"}}).Encode()
	for name, text := range map[string]string{
		"nothing":       "",
		"cut":           string(whole[:len(whole)-1]),
		"more":          string(whole) + "0 ",
		"long text":     "4000000000 x",
		"negative":      "-1 ",
		"long list":     strings.Replace(string(whole), "1 1 x", "70000 1 x", 1),
		"no number":     "x ",
		"out of number": "99999999999999999999999 ",
	} {
		_, err := ParseConfig([]byte(text))
		require.ErrorIs(t, err, errGarbled, name)
	}
}

// Messages of any size arrive whole, with their descriptors.
func TestMessages(t *testing.T) {
	pair, err := unix.Socketpair(unix.AF_UNIX, unix.SOCK_STREAM|unix.SOCK_CLOEXEC, 0)
	require.NoError(t, err)
	defer func() { require.NoError(t, unix.Close(pair[1])) }()
	long := []byte(strings.Repeat("0123456789abcdef", 1<<15)) // more than a socket holds
	sent := make(chan error)
	go func() {
		err := Send(pair[0], []byte("first"), []int{0, 1})
		if err == nil {
			err = Send(pair[0], long, nil)
		}
		_ = unix.Close(pair[0])
		sent <- err
	}()
	text, fds, err := Receive(pair[1], 5)
	require.NoError(t, err)
	require.Equal(t, "first", string(text))
	require.Len(t, fds, 2)
	for _, fd := range fds {
		flags, err := unix.FcntlInt(uintptr(fd), unix.F_GETFD, 0)
		require.NoError(t, err)
		require.NotZero(t, flags&unix.FD_CLOEXEC)
		require.NoError(t, unix.Close(fd))
	}
	text, fds, err = Receive(pair[1], ConfigMax)
	require.NoError(t, err)
	require.Equal(t, long, text)
	require.Empty(t, fds)
	text, _, err = Receive(pair[1], ConfigMax)
	require.NoError(t, err)
	require.Empty(t, text)
	require.NoError(t, <-sent)
}

func TestMessageThatIsTooLong(t *testing.T) {
	pair, err := unix.Socketpair(unix.AF_UNIX, unix.SOCK_STREAM|unix.SOCK_CLOEXEC, 0)
	require.NoError(t, err)
	defer func() { _, _ = unix.Close(pair[0]), unix.Close(pair[1]) }()
	require.NoError(t, Send(pair[0], []byte("sixsix"), nil))
	_, _, err = Receive(pair[1], 5)
	require.ErrorIs(t, err, errGarbled)
}
