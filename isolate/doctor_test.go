//go:build linux && (amd64 || arm64)

package isolate

import (
	"errors"
	"os"
	"path/filepath"
	"syscall"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"golang.org/x/sys/unix"
)

// checkIDs are what scripts look for: this list only grows.
var checkIDs = []string{"room.userns", "room.namespaces", "room.landlock", "room.seccomp", "room.procfs", "room.cgroup",
	"room.ids", "room.apparmor", "room.idmap", "room.start", "room.egress"}

func byID(t *testing.T, all []Check) map[string]Check {
	t.Helper()
	found := map[string]Check{}
	for _, c := range all {
		found[c.ID] = c
		require.NotEmpty(t, c.Tried, c.ID)
		require.NotEmpty(t, c.Means, c.ID)
		require.NotContains(t, c.Means+c.Do, "\n", c.ID)
		if c.Status == CheckFail || c.Status == CheckWarn {
			require.NotEmpty(t, c.Do, "%s says nothing of what to do: %s", c.ID, c.Means)
		}
	}
	for _, id := range checkIDs {
		require.Contains(t, found, id)
	}
	return found
}

// well is a machine on which nothing is wrong.
func well() *findings {
	return &findings{
		facts: facts{exe: "/usr/bin/secgpt", sysctl: map[string]string{countSwitch: "96365"}},
		time:  true, landlock: 7, proof: Proof{Took: 7 * time.Millisecond, Layers: []Layer{{"proc", "the room's own processes only"}}},
	}
}

func TestChecks(t *testing.T) {
	noRoom := &LayerError{Layer: "user namespace", Op: "clone", Err: syscall.EPERM}
	for name, c := range map[string]struct {
		change func(*findings)
		id     string
		want   CheckStatus
		means  string
		do     string
	}{
		"no userns": {func(m *findings) { m.clones = map[string]error{"user": syscall.ENOSPC}; m.sysctl[countSwitch] = "0" },
			"room.userns", CheckFail, "max_user_namespaces is 0", "sudo sysctl -w user.max"},
		"no userns, so no others": {func(m *findings) { m.clones = map[string]error{"user": syscall.ENOSPC} }, "room.namespaces", CheckSkip, "user namespace", ""},
		"no net namespace":        {func(m *findings) { m.clones = map[string]error{"net": syscall.EINVAL} }, "room.namespaces", CheckFail, "no net namespace", "5.13"},
		"no time namespace":       {func(m *findings) { m.time = false }, "room.namespaces", CheckWarn, "all but time", "CONFIG_TIME_NS"},
		"no landlock":             {func(m *findings) { m.landlockErr = syscall.ENOSYS }, "room.landlock", CheckFail, "built without Landlock", "lsm="},
		"old landlock":            {func(m *findings) { m.landlock = 3 }, "room.landlock", CheckWarn, "version 3", "6.12"},
		"no seccomp":              {func(m *findings) { m.seccompErr = syscall.ENOSYS }, "room.seccomp", CheckFail, "not implemented", "CONFIG_SECCOMP_FILTER"},
		"masked proc":             {func(m *findings) { m.proof.Layers[0].How = "plain files" }, "room.procfs", CheckWarn, "masked", "systempaths=unconfined"},
		"no room, no proc":        {func(m *findings) { m.startErr = noRoom }, "room.procfs", CheckSkip, "no room", ""},
		"no group":                {func(m *findings) { m.groupErr = errors.New("no control group here") }, "room.cgroup", CheckWarn, "no control group", "systemd-run --user --scope -p Delegate=yes /usr/bin/secgpt"},
		"no group, root":          {func(m *findings) { m.root, m.groupErr = true, errors.New("none") }, "room.cgroup", CheckWarn, "none", "systemd-run --scope"},
		"old groups":              {func(m *findings) { m.oldGroups, m.groupErr = true, errors.New("none") }, "room.cgroup", CheckWarn, "none", "unified_cgroup_hierarchy=1"},
		"ids of a user":           {func(*findings) {}, "room.ids", CheckSkip, "not root", ""},
		"ids of root, none":       {func(m *findings) { m.root, m.clones = true, map[string]error{"user": syscall.ENOSPC} }, "room.ids", CheckSkip, "user namespace", ""},
		"ids of root":             {func(m *findings) { m.root = true }, "room.ids", CheckOK, "nobody owns", ""},
		"root of one id":          {func(m *findings) { m.root, m.idsErr = true, syscall.EPERM }, "room.ids", CheckFail, "no spare ids", "ordinary user"},
		"no AppArmor":             {func(*findings) {}, "room.apparmor", CheckSkip, "no such switch", ""},
		"AppArmor lets":           {func(m *findings) { m.sysctl[appArmorSwitch] = "0" }, "room.apparmor", CheckOK, "does not keep", ""},
		"AppArmor, no profile": {func(m *findings) { m.sysctl[appArmorSwitch], m.label, m.startErr = "1", "unconfined", noRoom },
			"room.apparmor", CheckFail, "this one has none", "apparmor_parser -r /etc/apparmor.d/secgpt"},
		"AppArmor, profile": {func(m *findings) { m.sysctl[appArmorSwitch], m.label = "1", "secgpt (unconfined)" }, "room.apparmor", CheckOK, "profile secgpt", ""},
		"AppArmor, root": {func(m *findings) { m.sysctl[appArmorSwitch], m.label, m.root = "1", "unconfined", true },
			"room.apparmor", CheckWarn, "other users", "apparmor_parser"},
		"owners": {func(m *findings) { m.root = true }, "room.idmap", CheckOK, "keep their owners", ""},
		"no owners": {func(m *findings) {
			m.root, m.mapErr = true, &LayerError{Layer: "mounts", Err: syscall.EINVAL, Remedy: "move it"}
		}, "room.idmap", CheckFail, "mounts", "move it"},
		"a room":           {func(*findings) {}, "room.start", CheckOK, "7.0 ms", ""},
		"no room":          {func(m *findings) { m.startErr, m.container = noRoom, true }, "room.start", CheckFail, "clone", "--security-opt"},
		"no room, odd":     {func(m *findings) { m.startErr = errors.New("odd") }, "room.start", CheckFail, "odd", "report"},
		"names":            {func(*findings) {}, "room.egress", CheckOK, "through us", ""},
		"no names":         {func(m *findings) { m.namesErr = errors.New("0 sockets") }, "room.egress", CheckFail, "0 sockets", "report"},
		"owners of a user": {func(*findings) {}, "room.idmap", CheckSkip, "root", ""},
	} {
		m := well()
		c.change(m)
		got := byID(t, m.checks())[c.id]
		require.Equal(t, c.want, got.Status, "%s: %+v", name, got)
		require.Contains(t, got.Means, c.means, name)
		require.Contains(t, got.Do, c.do, name)
		if c.do == "" {
			require.Empty(t, got.Do, name)
		}
	}
	for _, c := range byID(t, well().checks()) {
		require.Contains(t, []CheckStatus{CheckOK, CheckSkip}, c.Status, "%+v", c)
	}
}

// The real machine: what the checks find is what rooms find.
func TestDiagnose(t *testing.T) {
	needRooms(t)
	dir := folder(t)
	found := byID(t, Diagnose(t.Context(), dir))
	for id, c := range found {
		require.NotEqual(t, CheckFail, c.Status, "%s: %+v", id, c)
	}
	for _, id := range []string{"room.userns", "room.landlock", "room.seccomp", "room.start", "room.egress"} {
		require.Equal(t, CheckOK, found[id].Status, found[id])
	}
	require.Contains(t, found["room.start"].Means, "ms")
	require.Equal(t, os.Geteuid() != 0, found["room.ids"].Status == CheckSkip)
	require.Equal(t, os.Geteuid() != 0, found["room.idmap"].Status == CheckSkip)
	left, err := os.ReadDir(dir)
	require.NoError(t, err)
	require.Empty(t, left)
}

// Each clone that a machine refuses is found, and the fix that root is offered mends
// it: in a throwaway that allows no further user namespace.
func TestNoUserNamespaces(t *testing.T) {
	if os.Getenv(outerMark) == "" {
		inOuterNamespaces(t)
		return
	}
	prepareOuter(t)
	require.NoError(t, os.WriteFile("/proc/sys/"+countSwitch, []byte("0"), 0))
	checks := Diagnose(t.Context(), "")
	found := byID(t, checks)
	for _, id := range []string{"room.userns", "room.start"} {
		require.Equal(t, CheckFail, found[id].Status, found[id])
		require.Contains(t, found[id].Means, "user.max_user_namespaces is 0")
		require.Contains(t, found[id].Do, "sysctl -w user.max_user_namespaces=15000")
	}
	require.Equal(t, CheckSkip, found["room.namespaces"].Status)
	require.Equal(t, CheckSkip, found["room.procfs"].Status)
	require.Equal(t, CheckOK, found["room.landlock"].Status)

	sysctlFolder = t.TempDir()
	fixes := Fixes(checks)
	if os.Geteuid() != 0 {
		require.Empty(t, fixes, "only root can change a machine")
		return
	}
	require.Len(t, fixes, 1)
	require.Equal(t, "room.userns", fixes[0].Check)
	require.Contains(t, fixes[0].What, "from 0 to 15000")
	require.NoError(t, fixes[0].Do())
	text, err := os.ReadFile(filepath.Join(sysctlFolder, "60-user-namespaces.conf"))
	require.NoError(t, err)
	require.Equal(t, "user.max_user_namespaces = 15000\n", string(text))
	require.NoError(t, tryClone(0, 0, os.Geteuid(), os.Getegid()))
	_, err = Try(t.Context())
	require.NoError(t, err)
	require.ErrorContains(t, fixes[0].Do(), "is there already", "what somebody else wrote stays")
	require.Contains(t, fixes[0].Undo, "rm "+sysctlFolder)
	require.Contains(t, fixes[0].Undo, "user.max_user_namespaces=0")
	require.Empty(t, Fixes(Diagnose(t.Context(), "")))
}

// Each kind of namespace is tried for itself.
func TestOneKindOfNamespaceIsMissing(t *testing.T) {
	if os.Getenv(outerMark) == "" {
		inOuterNamespaces(t)
		return
	}
	prepareOuter(t)
	for _, k := range kinds[1:] {
		file := map[string]string{"mount": "mnt"}[k.name]
		if file == "" {
			file = k.name
		}
		path := "/proc/sys/user/max_" + file + "_namespaces"
		was, err := os.ReadFile(path)
		require.NoError(t, err)
		require.NoError(t, os.WriteFile(path, []byte("0"), 0))
		found := byID(t, Diagnose(t.Context(), ""))
		require.Equal(t, CheckOK, found["room.userns"].Status)
		require.Equal(t, CheckFail, found["room.namespaces"].Status, k.name)
		require.Contains(t, found["room.namespaces"].Means, "no "+k.name+" namespace")
		require.Contains(t, found["room.namespaces"].Do, "sysctl -w user.max_"+file+"_namespaces=")
		require.Equal(t, CheckFail, found["room.start"].Status, k.name)
		require.Contains(t, found["room.start"].Do, "sysctl -w user.max_"+file+"_namespaces=")
		require.NoError(t, os.WriteFile(path, was, 0))
	}
}

// A fix that fails leaves nothing: here the kernel's switch can't be written.
func TestAFixThatFails(t *testing.T) {
	if os.Getenv(outerMark) == "" {
		inOuterNamespaces(t)
		return
	}
	prepareOuter(t)
	sysctlFolder = t.TempDir()
	fix := countFix("room.userns", 0)
	require.NoError(t, unix.Mount("", "/proc", "", unix.MS_REMOUNT|unix.MS_BIND|unix.MS_RDONLY, ""))
	require.ErrorIs(t, fix.Do(), syscall.EROFS)
	left, err := os.ReadDir(sysctlFolder)
	require.NoError(t, err)
	require.Empty(t, left)
}

// The parser of AppArmor is a program of the machine; a shell script stands in for it.
func TestProfileFix(t *testing.T) {
	dir := t.TempDir()
	appArmorFolder = dir
	t.Cleanup(func() { appArmorFolder = "/etc/apparmor.d" })
	bin := t.TempDir()
	t.Setenv("PATH", bin+":/usr/bin:/bin")
	fix := profileFix("room.apparmor", "/opt/secgpt")
	require.ErrorContains(t, fix.Do(), "apparmor_parser")

	parser := filepath.Join(bin, "apparmor_parser")
	require.NoError(t, os.WriteFile(parser, []byte("#!/bin/sh\ncat \"$2\" > \"$2.loaded\"\n"), 0o755))
	require.NoError(t, fix.Do())
	text, err := os.ReadFile(filepath.Join(dir, "secgpt.loaded"))
	require.NoError(t, err)
	require.Equal(t, appArmorProfile("secgpt", "/opt/secgpt"), string(text))
	require.Contains(t, fix.Undo, "apparmor_parser -R "+dir+"/secgpt && rm ")
	require.ErrorContains(t, fix.Do(), "is there already")

	require.NoError(t, os.Remove(filepath.Join(dir, "secgpt")))
	require.NoError(t, os.WriteFile(parser, []byte("#!/bin/sh\necho no such feature >&2; exit 1\n"), 0o755))
	require.ErrorContains(t, fix.Do(), "no such feature")
	require.NoFileExists(t, filepath.Join(dir, "secgpt"))
}

// A profile goes by path: it is only offered for one that nobody else can use.
func TestAProfileIsForUsAlone(t *testing.T) {
	if os.Getenv(outerMark) == "" { // inside, nobody is root for an ordinary user
		require.NoError(t, ours("/usr/bin/env"))
	}
	for _, path := range []string{"/tmp/secgpt", "/usr/bin/*", "/opt/{a,b}/secgpt", "/root/.cache/go-build1/b001/exe/secgpt", "/proc/self/exe", "/none/there"} {
		require.Error(t, ours(path), path)
	}
	if os.Getenv(outerMark) == "" {
		inOuterNamespaces(t)
		return
	}
	prepareOuter(t)
	require.NoError(t, unix.Mount("tmpfs", "/mnt", "tmpfs", 0, "mode=0755"))
	path := "/mnt/secgpt"
	require.NoError(t, os.WriteFile(path, nil, 0o755))
	if os.Geteuid() != 0 {
		require.ErrorContains(t, ours(path), "can be changed by others")
		return
	}
	require.NoError(t, ours(path))
	require.NoError(t, os.Chmod(path, 0o775))
	require.ErrorContains(t, ours(path), path+" can be changed by others")
	require.NoError(t, os.Chmod(path, 0o755))
	require.NoError(t, os.Chown(path, HostIDBase, 0))
	require.ErrorContains(t, ours(path), path+" can be changed by others")
	require.NoError(t, os.Chown(path, 0, 0))
	require.NoError(t, os.Chmod("/mnt", 0o777))
	require.ErrorContains(t, ours(path), "/mnt can be changed by others")
}
