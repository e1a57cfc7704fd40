//go:build linux && (amd64 || arm64)

package isolate

import (
	"bytes"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"sync"
	"sync/atomic"
	"time"

	"golang.org/x/sys/unix"
)

// A group is a control group (v2) around one room: the kernel itself bounds the
// memory and the processes of the room as a whole, and kills it in one go.
//
// It is made beside this process, in the nearest group at or above its own that it
// may write and that can hand down the memory controller: below a systemd user
// session mostly the slice that the terminal is in. This process itself is never
// moved. Version 1 is not used: no user can have a part of it without root, and it
// can't kill a group. Nor is a group made that could bound nothing: that all of a
// room ends with its process 1 is the pid namespace's promise already.
type group struct {
	dir    string
	limits Limits
	pids   bool // whether it bounds the processes
	cpu    bool // whether it has a weight
}

// roomWeight is the part of a processor that a room gets beside everything else
// of the person, which has 100, when there is not enough for all.
const roomWeight = 20

// groupPrefix begins the name of each group: secgpt-PID-N. The number is that of
// the process that made it, so that another can remove what a killed one left.
const groupPrefix = "secgpt-"

var groupCount atomic.Int64

// newGroup makes a group that holds l.Total and l.Procs. Without one, the error is
// a plain sentence that says why, for the proof. l has no zero fields.
func newGroup(l Limits) (*group, error) {
	h, err := findHierarchy()
	if err != nil {
		return nil, noGroup(err)
	}
	g, err := h.newGroup(l)
	if err != nil {
		return nil, noGroup(err)
	}
	return g, nil
}

func noGroup(err error) error {
	return fmt.Errorf("no control group here: memory of the room is watched instead (%w)", err)
}

// A hierarchy is the tree of control groups as this process sees it.
type hierarchy struct {
	root string // where it is mounted
	own  string // the folder of this process's own group, at root or below
	make func(dir string) error
}

// findHierarchy looks once: this process stays where it is.
var findHierarchy = sync.OnceValues(func() (hierarchy, error) {
	own, err := os.ReadFile("/proc/self/cgroup")
	if err != nil {
		return hierarchy{}, err
	}
	mounts, err := os.ReadFile("/proc/self/mountinfo")
	if err != nil {
		return hierarchy{}, err
	}
	return parseHierarchy(string(own), string(mounts))
})

// parseHierarchy reads /proc/self/cgroup, of which version 2 is the line "0::PATH",
// and finds that path in a mount. Both paths are told from the root of this
// process's cgroup namespace; one above it begins with "/..".
func parseHierarchy(own, mounts string) (hierarchy, error) {
	var path string
	for line := range strings.Lines(own) {
		if at, ok := strings.CutPrefix(strings.TrimSuffix(line, "\n"), "0::"); ok {
			path = at
		}
	}
	if path == "" {
		return hierarchy{}, errors.New("the kernel has no cgroup v2")
	}
	if outside(path) {
		return hierarchy{}, errNotMounted
	}
	for line := range strings.Lines(mounts) {
		before, after, _ := strings.Cut(line, " - ")
		fields := strings.Fields(before)
		if len(fields) < 5 || !strings.HasPrefix(after, "cgroup2 ") {
			continue
		}
		root, at := fields[3], unescape(fields[4])
		if !outside(root) && within(path, root) {
			return hierarchy{at, filepath.Join(at, strings.TrimPrefix(path, root)), makeGroup}, nil
		}
	}
	return hierarchy{}, errNotMounted
}

var errNotMounted = errors.New("cgroup v2 is not mounted where this process could see its own group")

func outside(path string) bool { return path == "/.." || strings.HasPrefix(path, "/../") }

// unescape undoes how mountinfo writes a space, a tab, a newline and a backslash.
func unescape(s string) string {
	return strings.NewReplacer(`\040`, " ", `\011`, "\t", `\012`, "\n", `\134`, `\`).Replace(s)
}

func makeGroup(dir string) error { return unix.Mkdir(dir, 0o755) }

// newGroup tries this process's own group first and then each above it.
func (h hierarchy) newGroup(l Limits) (*group, error) {
	var why error
	for dir := h.own; ; dir = filepath.Dir(dir) {
		g, err := h.newGroupIn(dir, l)
		if err == nil {
			return g, nil
		}
		if why == nil || errors.Is(why, errNoMemory) {
			why = fmt.Errorf("/%s: %w", strings.TrimPrefix(strings.TrimPrefix(dir, h.root), "/"), err)
		}
		if dir == h.root || dir == "/" {
			return nil, why
		}
	}
}

var errNoMemory = errors.New("the memory controller is not there: version 1 of cgroups holds it, or nobody handed it down")

func (h hierarchy) newGroupIn(dir string, l Limits) (*group, error) {
	if err := handDown(dir); err != nil {
		return nil, err
	}
	removeStale(dir)
	g := &group{dir: filepath.Join(dir, fmt.Sprintf("%s%d-%d", groupPrefix, os.Getpid(), groupCount.Add(1))), limits: l}
	if err := h.make(g.dir); err != nil {
		return nil, op(err, "make a group")
	}
	if err := g.limit(); err != nil {
		_ = unix.Rmdir(g.dir)
		return nil, err
	}
	return g, nil
}

// handDown makes sure that a group below dir has the memory controller, and that a
// process can be moved there from this process's own.
func handDown(dir string) error {
	has := words(dir, "cgroup.controllers")
	if !slices.Contains(has, "memory") {
		return errNoMemory
	}
	for _, path := range []string{dir, filepath.Join(dir, "cgroup.procs")} {
		if err := unix.Faccessat(unix.AT_FDCWD, path, unix.W_OK, unix.AT_EACCESS); err != nil {
			return op(err, "write %s", filepath.Base(path))
		}
	}
	// The root has no type. In a threaded group no process can be bounded.
	if kind := words(dir, "cgroup.type"); len(kind) > 0 && kind[0] != "domain" {
		return errors.New("it is a threaded group")
	}
	given := words(dir, "cgroup.subtree_control")
	for _, name := range []string{"memory", "pids", "cpu"} {
		if slices.Contains(given, name) || !slices.Contains(has, name) {
			continue
		}
		// Weights change how the groups beside ours share the processor, which is
		// not ours to change.
		if name == "cpu" && hasGroups(dir) {
			continue
		}
		err := setFile(dir, "cgroup.subtree_control", "+"+name)
		if name != "memory" || err == nil {
			continue
		}
		if errors.Is(err, unix.EBUSY) {
			return errors.New("it holds processes, so it can't hand down its controllers")
		}
		return err
	}
	return nil
}

func hasGroups(dir string) bool {
	entries, err := os.ReadDir(dir)
	return err != nil || slices.ContainsFunc(entries, os.DirEntry.IsDir)
}

// limit writes the bounds. Memory must be had, the others where their controller is;
// a kernel without swap accounting has no memory.swap.max, and counts swap nowhere.
func (g *group) limit() error {
	if err := setFile(g.dir, "memory.max", strconv.FormatInt(g.limits.Total, 10)); err != nil {
		return err
	}
	if err := setFile(g.dir, "memory.swap.max", "0"); err != nil && !errors.Is(err, unix.ENOENT) {
		return err
	}
	// One process killed for memory would leave a room that half works.
	if err := setFile(g.dir, "memory.oom.group", "1"); err != nil {
		return err
	}
	g.pids = setFile(g.dir, "pids.max", strconv.Itoa(g.limits.Procs)) == nil
	g.cpu = setFile(g.dir, "cpu.weight", strconv.Itoa(roomWeight)) == nil
	return nil
}

// add moves a process into the group; what it starts from then on is in there too.
func (g *group) add(pid int) error { return setFile(g.dir, "cgroup.procs", strconv.Itoa(pid)) }

// folder opens the group for SysProcAttr.CgroupFD, which starts a process inside.
// A cgroup namespace that is made at the same time then has the group as its root,
// so that the room does not see the group's name.
func (g *group) folder() (*os.File, error) { return os.Open(g.dir) }

// kill ends every process in the group. Before Linux 5.14 groups can't do that.
func (g *group) kill() error { return setFile(g.dir, "cgroup.kill", "1") }

// removeLimit bounds how long remove waits for killed processes to be gone.
const removeLimit = 2 * time.Second

// remove waits until no process is in the group, and removes it.
func (g *group) remove() error {
	events, err := unix.Open(filepath.Join(g.dir, "cgroup.events"), unix.O_RDONLY|unix.O_CLOEXEC, 0)
	if err != nil && !errors.Is(err, unix.ENOENT) {
		return op(err, "open cgroup.events")
	}
	defer func() { _ = unix.Close(events) }()
	for until := time.Now().Add(removeLimit); ; {
		err := unix.Rmdir(g.dir)
		if err == nil || errors.Is(err, unix.ENOENT) {
			return nil
		}
		left := time.Until(until)
		if !errors.Is(err, unix.EBUSY) || left <= 0 {
			return op(err, "remove the control group %s", g.dir)
		}
		// The kernel says when "populated" changes, to who has read it before.
		var text [256]byte
		_, _ = unix.Pread(events, text[:], 0)
		if bytes.Contains(text[:], []byte("populated 1")) {
			_, _ = unix.Poll([]unix.PollFd{{Fd: int32(events), Events: unix.POLLPRI}}, int(min(left, 100*time.Millisecond).Milliseconds())+1)
		}
	}
}

// why says which limit of the group a room met that did not end well; "" if none.
func (g *group) why() string {
	memory, pids := counts(g.dir, "memory.events"), counts(g.dir, "pids.events")
	switch {
	case memory["oom_kill"] > 0 && memory["oom"] > 0:
		return "memory: all processes together needed more than " + sizeText(g.limits.Total)
	case memory["oom_kill"] > 0:
		return "memory: the machine ran short of it"
	case pids["max"] > 0:
		return fmt.Sprintf("processes: more than %d were wanted", g.limits.Procs)
	}
	return ""
}

// layer is the line of the proof.
func (g *group) layer() Layer {
	how := "memory " + sizeText(g.limits.Total)
	if g.pids {
		how += fmt.Sprintf(", %d processes", g.limits.Procs)
	}
	if g.cpu {
		how += fmt.Sprintf(", cpu weight %d", roomWeight)
	}
	return Layer{"control group", how}
}

// removeStale removes groups whose maker is gone. The kernel refuses for one that
// still has a process in it.
func removeStale(dir string) {
	entries, _ := os.ReadDir(dir)
	for _, e := range entries {
		name, ok := strings.CutPrefix(e.Name(), groupPrefix)
		pid, _, whole := strings.Cut(name, "-")
		n, err := strconv.Atoi(pid)
		if ok && whole && err == nil && n > 0 && errors.Is(unix.Kill(n, 0), unix.ESRCH) {
			_ = unix.Rmdir(filepath.Join(dir, e.Name()))
		}
	}
}

// setFile gives a file of a group a value. It makes no file.
func setFile(dir, name, value string) error {
	f, err := os.OpenFile(filepath.Join(dir, name), os.O_WRONLY, 0)
	if err != nil {
		return op(errors.Unwrap(err), "open %s", name)
	}
	_, err = f.WriteString(value)
	if err = errors.Join(err, f.Close()); err != nil {
		var no unix.Errno
		if errors.As(err, &no) {
			err = no
		}
	}
	return op(err, "write %q to %s", value, name)
}

// words reads a file of a group that is a list; none if it can't be read.
func words(dir, name string) []string {
	text, _ := os.ReadFile(filepath.Join(dir, name))
	return strings.Fields(string(text))
}

// counts reads a file of a group that has a name and a number in each line.
func counts(dir, name string) map[string]int {
	found := map[string]int{}
	fields := words(dir, name)
	for i := 0; i+1 < len(fields); i += 2 {
		found[fields[i]], _ = strconv.Atoi(fields[i+1])
	}
	return found
}

// sizeText writes a number of bytes for people: "1 GiB", "1.2 GiB", "512 MiB".
func sizeText(n int64) string {
	for _, unit := range []struct {
		size int64
		name string
	}{{1 << 40, "TiB"}, {1 << 30, "GiB"}, {1 << 20, "MiB"}, {1 << 10, "KiB"}} {
		if n >= unit.size {
			return strings.TrimSuffix(fmt.Sprintf("%.1f", float64(n)/float64(unit.size)), ".0") + " " + unit.name
		}
	}
	return fmt.Sprintf("%d bytes", n)
}
