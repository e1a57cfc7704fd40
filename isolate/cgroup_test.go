//go:build linux && (amd64 || arm64)

package isolate

import (
	"bufio"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"syscall"
	"testing"

	"github.com/stretchr/testify/require"
	"golang.org/x/sys/unix"
)

func TestHierarchyIsFound(t *testing.T) {
	const v1 = "32 31 0:29 / /sys/fs/cgroup/cpu rw,relatime - cgroup cgroup rw,cpu\n"
	const v2 = "29 23 0:26 / /sys/fs/cgroup rw,nosuid - cgroup2 cgroup2 rw,nsdelegate\n"
	for name, c := range map[string]struct{ own, mounts, root, at, err string }{
		"plain":      {"0::/user.slice/a.scope\n", v1 + v2, "/sys/fs/cgroup", "/sys/fs/cgroup/user.slice/a.scope", ""},
		"root":       {"4:memory:/x\n0::/\n", v1 + v2, "/sys/fs/cgroup", "/sys/fs/cgroup", ""},
		"container":  {"0::/docker/ab\n", "9 8 0:26 /docker/ab /sys/fs/cgroup ro - cgroup2 cgroup rw\n", "/sys/fs/cgroup", "/sys/fs/cgroup", ""},
		"optional":   {"0::/a\n", "29 23 0:26 / /cg rw shared:4 master:2 - cgroup2 c rw\n", "/cg", "/cg/a", ""},
		"space":      {"0::/a\n", `29 23 0:26 / /my\040cg rw - cgroup2 c rw` + "\n", "/my cg", "/my cg/a", ""},
		"second":     {"0::/b\n", "1 1 0:26 /a /one rw - cgroup2 c rw\n1 1 0:26 /b /two rw - cgroup2 c rw\n", "/two", "/two", ""},
		"only v1":    {"4:memory:/x\n", v1, "", "", "the kernel has no cgroup v2"},
		"no mount":   {"0::/x\n", v1, "", "", "not mounted"},
		"beside":     {"0::/../x\n", v2, "", "", "not mounted"},
		"above":      {"0::/x\n", "29 23 0:26 /../.. /cg rw - cgroup2 c rw\n", "", "", "not mounted"},
		"other root": {"0::/ab\n", "9 8 0:26 /a /sys/fs/cgroup ro - cgroup2 cgroup rw\n", "", "", "not mounted"},
	} {
		t.Run(name, func(t *testing.T) {
			h, err := parseHierarchy(c.own, c.mounts)
			if c.err != "" {
				require.ErrorContains(t, err, c.err)
				return
			}
			require.NoError(t, err)
			require.Equal(t, []string{c.root, c.at}, []string{h.root, h.own})
		})
	}
}

// fakeTree has the files of groups as a kernel with controllers makes them.
type fakeTree struct {
	t    *testing.T
	root string
}

func (f fakeTree) group(dir, controllers, given string) string {
	f.t.Helper()
	dir = filepath.Join(f.root, dir)
	require.NoError(f.t, os.MkdirAll(dir, 0o755))
	for name, text := range map[string]string{"cgroup.controllers": controllers, "cgroup.subtree_control": given,
		"cgroup.procs": "", "cgroup.type": "domain"} {
		require.NoError(f.t, os.WriteFile(filepath.Join(dir, name), []byte(text), 0o644))
	}
	return dir
}

// make is what the kernel does for a new group.
func (f fakeTree) make(dir string) error {
	if err := unix.Mkdir(dir, 0o755); err != nil {
		return err
	}
	given, err := os.ReadFile(filepath.Join(filepath.Dir(dir), "cgroup.subtree_control"))
	require.NoError(f.t, err)
	files := map[string][]string{"memory": {"memory.max", "memory.swap.max", "memory.oom.group", "memory.events"},
		"pids": {"pids.max", "pids.events"}, "cpu": {"cpu.weight"}}
	for _, controller := range strings.Fields(strings.ReplaceAll(string(given), "+", " ")) {
		for _, name := range files[controller] {
			require.NoError(f.t, os.WriteFile(filepath.Join(dir, name), nil, 0o644))
		}
	}
	for _, name := range []string{"cgroup.procs", "cgroup.kill"} {
		require.NoError(f.t, os.WriteFile(filepath.Join(dir, name), nil, 0o644))
	}
	return nil
}

func (f fakeTree) hierarchy(own string) hierarchy {
	return hierarchy{f.root, filepath.Join(f.root, own), f.make}
}

var groupLimits = Limits{Total: 1 << 30, Procs: 128}

func holds(t *testing.T, dir, name, want string) {
	t.Helper()
	got, err := os.ReadFile(filepath.Join(dir, name))
	require.NoError(t, err)
	require.Equal(t, want, string(got), name)
}

// The tree of a systemd user session: the terminal's scope holds processes, the
// slice above it hands down what it has.
func TestGroupBesideTheTerminal(t *testing.T) {
	f := fakeTree{t, t.TempDir()}
	f.group("", "cpu memory pids", "cpu memory pids")
	slice := f.group("app.slice", "memory pids", "memory pids")
	f.group("app.slice/terminal.scope", "", "")
	g, err := f.hierarchy("app.slice/terminal.scope").newGroup(groupLimits)
	require.NoError(t, err)
	require.Equal(t, slice, filepath.Dir(g.dir))
	require.Regexp(t, fmt.Sprintf("^secgpt-%d-[0-9]+$", os.Getpid()), filepath.Base(g.dir))
	holds(t, g.dir, "memory.max", "1073741824")
	holds(t, g.dir, "memory.swap.max", "0")
	holds(t, g.dir, "memory.oom.group", "1")
	holds(t, g.dir, "pids.max", "128")
	require.Equal(t, Layer{"control group", "memory 1 GiB, 128 processes"}, g.layer())
	require.NoError(t, g.add(4711))
	holds(t, g.dir, "cgroup.procs", "4711")
	require.NoError(t, g.kill())
	holds(t, g.dir, "cgroup.kill", "1")
}

// A group that has controllers but does not hand them down is told to; weights are
// left alone where that would change how others share the processor.
func TestControllersAreHandedDown(t *testing.T) {
	for name, c := range map[string]struct {
		others   bool
		told     string // a file keeps what was written over it, where the kernel would add
		had, how string
	}{
		"alone":  {false, "+cpuory", "memory cpu", "memory 1 GiB, cpu weight 20"},
		"shared": {true, "+memory", "memory", "memory 1 GiB"},
	} {
		t.Run(name, func(t *testing.T) {
			f := fakeTree{t, t.TempDir()}
			own := f.group("own", "cpu memory", "")
			if c.others {
				f.group("own/other", "", "")
			}
			h := f.hierarchy("own")
			h.make = func(dir string) error {
				holds(t, own, "cgroup.subtree_control", c.told)
				setFake(f, "own/cgroup.subtree_control", c.had)
				return f.make(dir)
			}
			g, err := h.newGroup(groupLimits)
			require.NoError(t, err)
			require.Equal(t, Layer{"control group", c.how}, g.layer())
		})
	}
}

func TestNoGroupSaysWhy(t *testing.T) {
	for name, c := range map[string]struct {
		spoil func(f fakeTree)
		want  string
	}{
		"no controller": {func(f fakeTree) { f.group("", "hugetlb", ""); f.group("a", "", "") }, "/: the memory controller is not there"},
		"threaded":      {func(f fakeTree) { setFake(f, "a/cgroup.type", "threaded") }, "/a: it is a threaded group"},
		"no way in":     {func(f fakeTree) { require.NoError(f.t, os.Remove(filepath.Join(f.root, "a/cgroup.procs"))) }, "/a: write cgroup.procs: no such file"},
		"not bounded": {func(f fakeTree) {
			setFake(f, "a/cgroup.subtree_control", "memory_")
			link(f, "a/cgroup.subtree_control")
		}, "/a: "},
		"nothing at all": {func(f fakeTree) { setFake(f, "a/cgroup.controllers", "") }, "/: the memory controller is not there"},
	} {
		t.Run(name, func(t *testing.T) {
			f := fakeTree{t, t.TempDir()}
			f.group("", "", "")
			f.group("a", "memory pids", "memory pids")
			c.spoil(f)
			g, err := f.hierarchy("a").newGroup(groupLimits)
			require.Nil(t, g)
			require.ErrorContains(t, err, c.want)
			require.ErrorContains(t, noGroup(err), "no control group here: memory of the room is watched instead (/")
			left, err := filepath.Glob(filepath.Join(f.root, "a", groupPrefix+"*"))
			require.NoError(t, err)
			require.Empty(t, left)
		})
	}
}

func setFake(f fakeTree, name, text string) {
	f.t.Helper()
	require.NoError(f.t, os.WriteFile(filepath.Join(f.root, name), []byte(text), 0o644))
}

// link makes a file that can be read and never written.
func link(f fakeTree, name string) {
	f.t.Helper()
	require.NoError(f.t, os.Remove(filepath.Join(f.root, name)))
	require.NoError(f.t, os.Symlink("/proc/version", filepath.Join(f.root, name)))
}

// A limit that the kernel does not take ends the group.
func TestGroupWithoutItsLimitIsNone(t *testing.T) {
	f := fakeTree{t, t.TempDir()}
	f.group("", "memory", "memory")
	h := f.hierarchy("")
	h.make = func(dir string) error { return unix.Mkdir(dir, 0o755) } // has no memory.max
	_, err := h.newGroup(groupLimits)
	require.ErrorContains(t, err, "open memory.max: no such file or directory")
	left, err := filepath.Glob(filepath.Join(f.root, groupPrefix+"*"))
	require.NoError(t, err)
	require.Empty(t, left)
}

func TestWhyAGroupEnded(t *testing.T) {
	for name, c := range map[string]struct{ memory, pids, want string }{
		"well":    {"low 0\nhigh 0\nmax 3\noom 0\noom_kill 0\n", "max 0\n", ""},
		"memory":  {"max 9\noom 1\noom_kill 4\noom_group_kill 1\n", "max 2\n", "memory: all processes together needed more than 1 GiB"},
		"machine": {"max 0\noom 0\noom_kill 1\n", "max 0\n", "memory: the machine ran short of it"},
		"forks":   {"oom_kill 0\n", "max 2\n", "processes: more than 128 were wanted"},
		"nothing": {"", "", ""},
	} {
		t.Run(name, func(t *testing.T) {
			g := &group{dir: t.TempDir(), limits: groupLimits}
			require.NoError(t, os.WriteFile(filepath.Join(g.dir, "memory.events"), []byte(c.memory), 0o600))
			require.NoError(t, os.WriteFile(filepath.Join(g.dir, "pids.events"), []byte(c.pids), 0o600))
			require.Equal(t, c.want, g.why())
		})
	}
}

func TestSizeText(t *testing.T) {
	for n, want := range map[int64]string{0: "0 bytes", 1023: "1023 bytes", 1024: "1 KiB", 64 << 20: "64 MiB",
		1<<30 + 200<<20: "1.2 GiB", 3 << 40: "3 TiB"} {
		require.Equal(t, want, sizeText(n))
	}
}

// realGroup makes a group without limits in the machine's own tree, which is what
// can be had where version 1 has the controllers.
func realGroup(t *testing.T) *group {
	t.Helper()
	h, err := findHierarchy()
	if err != nil {
		t.Skipf("A PROPERTY OF THIS MACHINE, not a failure: %v", err)
	}
	g := &group{dir: filepath.Join(h.own, fmt.Sprintf("%s%d-%d", groupPrefix, os.Getpid(), groupCount.Add(1))), limits: groupLimits}
	if err := makeGroup(g.dir); err != nil {
		t.Skipf("A PROPERTY OF THIS MACHINE, not a failure: no group can be made in %s: %v", h.own, err)
	}
	t.Cleanup(func() { _ = g.kill(); require.NoError(t, g.remove()) })
	return g
}

func TestRealGroupIsKilledWhole(t *testing.T) {
	g := realGroup(t)
	cmd := exec.CommandContext(t.Context(), "/bin/sh", "-c", "read x; setsid sleep 1000 & setsid setsid sleep 1000 & echo up; wait")
	in, err := cmd.StdinPipe()
	require.NoError(t, err)
	out, err := cmd.StdoutPipe()
	require.NoError(t, err)
	require.NoError(t, cmd.Start())
	defer func() { _ = cmd.Process.Kill() }()
	if err := g.add(cmd.Process.Pid); err != nil && os.Geteuid() != 0 {
		t.Skipf("A PROPERTY OF THIS MACHINE, not a failure: no process may be moved: %v", err)
	} else {
		require.NoError(t, err)
	}
	_, err = io.WriteString(in, "\n")
	require.NoError(t, err)
	_, err = bufio.NewReader(out).ReadString('\n')
	require.NoError(t, err)
	pids := words(g.dir, "cgroup.procs")
	require.Len(t, pids, 3)
	require.ErrorIs(t, unix.Rmdir(g.dir), unix.EBUSY)

	require.NoError(t, g.kill())
	require.Error(t, cmd.Wait())
	require.NoError(t, g.remove())
	require.NoDirExists(t, g.dir)
	require.NoError(t, g.remove(), "a second time")
	require.Empty(t, g.why())
	for _, pid := range pids {
		status, _ := os.ReadFile("/proc/" + pid + "/stat")
		require.NotContains(t, string(status), "(sleep) S")
	}
}

// A process that is started inside sees the group as the root, not its name.
func TestRealGroupIsTheRootInside(t *testing.T) {
	if os.Geteuid() != 0 {
		t.Skip("only root makes a cgroup namespace without a user namespace")
	}
	g := realGroup(t)
	f, err := g.folder()
	require.NoError(t, err)
	defer func() { require.NoError(t, f.Close()) }()
	cmd := exec.CommandContext(t.Context(), "/bin/cat", "/proc/self/cgroup")
	cmd.SysProcAttr = &syscall.SysProcAttr{UseCgroupFD: true, CgroupFD: int(f.Fd()), Cloneflags: unix.CLONE_NEWCGROUP}
	out, err := cmd.Output()
	require.NoError(t, err)
	require.Contains(t, "\n"+string(out), "\n0::/\n")
}

func TestStaleGroupsAreRemoved(t *testing.T) {
	g := realGroup(t)
	over := exec.CommandContext(t.Context(), "/bin/true")
	require.NoError(t, over.Run())
	dir := filepath.Dir(g.dir)
	stale := filepath.Join(dir, fmt.Sprintf("%s%d-1", groupPrefix, over.Process.Pid))
	busy := &group{dir: filepath.Join(dir, fmt.Sprintf("%s%d-2", groupPrefix, over.Process.Pid))}
	others := []string{filepath.Join(dir, fmt.Sprintf("secgpt_test_%d", over.Process.Pid)), filepath.Join(dir, fmt.Sprintf("%s%d", groupPrefix, over.Process.Pid))}
	for _, made := range append([]string{stale, busy.dir}, others...) {
		require.NoError(t, makeGroup(made))
		t.Cleanup(func() { _ = unix.Rmdir(made) })
	}
	sleeper := exec.CommandContext(t.Context(), "/bin/sleep", "1000")
	require.NoError(t, sleeper.Start())
	require.NoError(t, busy.add(sleeper.Process.Pid))

	removeStale(dir)
	require.NoDirExists(t, stale)
	require.DirExists(t, busy.dir, "it has a process")
	require.DirExists(t, g.dir, "its maker lives")
	for _, other := range others {
		require.DirExists(t, other, "it is not ours")
	}
	require.NoError(t, busy.kill())
	_ = sleeper.Wait()
	require.NoError(t, busy.remove())
}

// Where the machine has the controllers, the kernel holds them.
func TestRealLimits(t *testing.T) {
	g, err := newGroup(Limits{Total: 64 << 20, Procs: 64})
	if err != nil {
		t.Logf("A PROPERTY OF THIS MACHINE, not a failure: %v", err)
		t.Skip("the limits of a control group can't be tried on this machine, SECGPT_TEST_ALL or not")
	}
	defer func() { require.NoError(t, g.remove()) }()
	f, err := g.folder()
	require.NoError(t, err)
	defer func() { require.NoError(t, f.Close()) }()
	cmd := exec.CommandContext(t.Context(), "/proc/self/exe", "bomb", "shared", fmt.Sprint(200<<20))
	cmd.SysProcAttr = &syscall.SysProcAttr{UseCgroupFD: true, CgroupFD: int(f.Fd())}
	require.ErrorContains(t, cmd.Run(), "killed")
	require.Equal(t, "memory: all processes together needed more than 64 MiB", g.why())
}
