//go:build linux && (amd64 || arm64)

package isolate

import (
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"golang.org/x/sys/unix"

	"secgpt/isolate/stage"
)

// explained is a room with something of everything, and what Explain says of it.
func explained(t *testing.T, argv ...string) (Spec, Explanation) {
	t.Helper()
	needRooms(t)
	s := testSpec(argv...)
	s.Data = folder(t)
	s.Files = []Grant{{Path: folder(t)}, {Path: folder(t), At: "/work", Write: true}}
	s.Hosts = []Host{{Name: "api.example.com", Ports: []int{443, 8443}}}
	s.Limits = Limits{Memory: 900 << 20, Procs: 40, Files: 50, Tmp: 8 << 20, Size: 9 << 20, CPU: time.Minute}
	e, err := Explain(t.Context(), s)
	require.NoError(t, err)
	return s, e
}

// What Explain says is what a program finds in the room, mount by mount.
func TestExplainedMountsAreThoseOfTheRoom(t *testing.T) {
	s, e := explained(t, "/usr/bin/cat", "/proc/self/mountinfo")
	table, exit := output(t, s)
	require.Equal(t, Exit{}, exit)
	want := map[string]string{}
	for _, m := range e.Mounts {
		mode := map[bool]string{true: "rw", false: "ro"}[m.Write]
		want[m.At] = strings.Join(append([]string{mode}, m.Flags...), ",")
	}
	found := map[string]string{}
	for line := range strings.Lines(table) {
		before, after, _ := strings.Cut(line, " - ")
		at, flags := strings.Fields(before)[4], strings.Split(strings.Fields(before)[5], ",")
		if below(at, e.Mounts) {
			continue // the host has something mounted inside of what the room was given
		}
		flags = slices.DeleteFunc(flags, func(f string) bool { return strings.Contains(f, "atime") || f == "idmapped" })
		found[at] = strings.Join(flags, ",")
		for _, m := range e.Mounts {
			if m.At == at && m.Size != "" {
				kib := fmt.Sprintf("size=%dk", s.Limits.Tmp>>10)
				require.Contains(t, after, kib, at)
				require.Contains(t, m.Size, fmt.Sprintf("size=%d", s.Limits.Tmp))
			}
		}
	}
	require.Equal(t, want, found)
	for _, m := range e.Mounts {
		if m.At == "/work" {
			require.Equal(t, s.Files[1].Path, m.From)
		}
	}
}

// below tells whether at is inside of a mount of the host, and none of ours itself.
func below(at string, mounts []Mount) bool {
	for _, m := range mounts {
		if m.At == at {
			return false
		}
	}
	return slices.ContainsFunc(mounts, func(m Mount) bool { return m.At != "/" && within(at, m.At) })
}

func TestExplainedLimitsAreThoseOfTheRoom(t *testing.T) {
	s, e := explained(t, "/usr/bin/cat", "/proc/self/limits")
	table, exit := output(t, s)
	require.Equal(t, Exit{}, exit)
	kernel := map[string]string{
		"data": "Max data size", "processes": "Max processes", "open files": "Max open files", "file size": "Max file size",
		"processor time": "Max cpu time", "core": "Max core file size", "locked memory": "Max locked memory",
		"message queues": "Max msgqueue size", "niceness": "Max nice priority", "real-time priority": "Max realtime priority",
		"waiting signals": "Max pending signals", "stack": "Max stack size",
	}
	seen := 0
	for _, l := range e.Limits {
		name, known := kernel[l.Name]
		if !known {
			require.Equal(t, "room", l.Of, "only what is held from outside has no name in the kernel: %+v", l)
			continue
		}
		seen++
		_, rest, found := strings.Cut(table, name)
		require.True(t, found, name)
		fields := strings.Fields(rest)
		require.Equal(t, []string{strconv.FormatUint(l.Most, 10), strconv.FormatUint(l.Most, 10)}, fields[:2], name)
	}
	require.Equal(t, len(kernel), seen)
	require.Contains(t, e.Limits, HeldLimit{"memory", 900 << 20, "bytes", "room"})
	require.Contains(t, e.Limits, HeldLimit{"own folder", 1 << 30, "bytes", "room"})
}

func TestExplainedIDsAreThoseOfTheRoom(t *testing.T) {
	s, e := explained(t, "/bin/sh", "-c", `cat /proc/self/uid_map /proc/self/gid_map; env | sort; pwd
		for n in user mnt pid net ipc uts cgroup time; do readlink /proc/self/ns/$n; done`)
	s.Init = true // else the shell, as process 1, adds to the environment
	text, exit := output(t, s)
	require.Equal(t, Exit{}, exit)
	lines := strings.Split(strings.TrimSpace(text), "\n")
	for i, id := range e.IDs {
		require.Equal(t, []string{strconv.Itoa(id.Inside), strconv.Itoa(id.Outside), "1"}, strings.Fields(lines[i]), id.Kind)
	}
	env := slices.DeleteFunc(slices.Clone(lines[2:len(lines)-9]), func(v string) bool {
		return strings.HasPrefix(v, "PWD=") || strings.HasPrefix(v, "OLDPWD=") || strings.HasPrefix(v, "SHLVL=") || strings.HasPrefix(v, "_=")
	})
	require.ElementsMatch(t, e.Env, env)
	require.Equal(t, e.Dir, lines[len(lines)-9])
	var own []string
	for _, link := range lines[len(lines)-8:] {
		name, _, _ := strings.Cut(link, ":")
		outside, err := os.Readlink("/proc/self/ns/" + name)
		require.NoError(t, err)
		if outside != link {
			own = append(own, name)
		}
	}
	require.ElementsMatch(t, e.Namespaces, own)
	require.Equal(t, []string{"api.example.com:443", "api.example.com:8443"}, e.Hosts)
}

// The names of rights are of the bits that the kernel has.
func TestRightNames(t *testing.T) {
	for i, bit := range []uint64{
		unix.LANDLOCK_ACCESS_FS_EXECUTE, unix.LANDLOCK_ACCESS_FS_WRITE_FILE, unix.LANDLOCK_ACCESS_FS_READ_FILE,
		unix.LANDLOCK_ACCESS_FS_READ_DIR, unix.LANDLOCK_ACCESS_FS_REMOVE_DIR, unix.LANDLOCK_ACCESS_FS_REMOVE_FILE,
		unix.LANDLOCK_ACCESS_FS_MAKE_CHAR, unix.LANDLOCK_ACCESS_FS_MAKE_DIR, unix.LANDLOCK_ACCESS_FS_MAKE_REG,
		unix.LANDLOCK_ACCESS_FS_MAKE_SOCK, unix.LANDLOCK_ACCESS_FS_MAKE_FIFO, unix.LANDLOCK_ACCESS_FS_MAKE_BLOCK,
		unix.LANDLOCK_ACCESS_FS_MAKE_SYM, unix.LANDLOCK_ACCESS_FS_REFER, unix.LANDLOCK_ACCESS_FS_TRUNCATE,
		unix.LANDLOCK_ACCESS_FS_IOCTL_DEV, unix.LANDLOCK_ACCESS_FS_RESOLVE_UNIX,
	} {
		require.Equal(t, bit, uint64(1)<<i, rightNames[i].name)
	}
	require.Len(t, rightNames, 17)
	_, e := explained(t, "/usr/bin/true")
	rights := map[string][]string{}
	for _, r := range e.Rights {
		require.NotContains(t, rights, r.At, "twice")
		rights[r.At] = r.Allows
	}
	require.Equal(t, []string{"execute", "read", "list"}, rights["/usr"])
	require.Equal(t, []string{"execute", "read"}, rights[SelfPath], "a file")
	require.Equal(t, []string{"list"}, rights["/dev"])
	require.Contains(t, rights["/work"], "write")
	require.NotContains(t, rights["/work"], "make-socket")
	require.NotContains(t, rights, "/")
	require.NotContains(t, rights, filepath.Dir(stage.Canary))
}

// A filter is counted as it is: by the policy, and call by call.
func TestCountedCalls(t *testing.T) {
	for _, granted := range []bool{false, true} {
		last := map[uint32]verdict{}
		for _, d := range policyFor(granted) {
			if nr, ok := native().number(d.call); ok {
				last[nr] = d.verdict
			}
		}
		var want Filter
		for _, v := range last {
			switch {
			case len(v.branches) > 0:
				want.Tested++
			case v.otherwise == allow:
				want.Allowed++
			case v.otherwise == kill:
				want.Killing++
			case v.otherwise != noCall:
				want.Refused++
			}
		}
		filter, err := filterBytes(granted)
		require.NoError(t, err)
		require.Equal(t, want, countCalls(filter))
		require.Greater(t, want.Allowed, 100)
	}
	for name, filter := range map[string][]byte{
		"none": nil, "half an instruction": {6, 0, 0}, "another instruction": {0x87, 0, 0, 0, 0, 0, 0, 0},
		"a jump to nowhere": {5, 0, 0, 0, 0xff, 0xff, 0, 0},
	} {
		require.Equal(t, Filter{Killing: callsMax}, countCalls(filter), name)
	}
}

// Explain refuses what Start refuses, in its words, and runs nothing.
func TestExplainRunsNothing(t *testing.T) {
	needRooms(t)
	dir := folder(t)
	s := testSpec("/usr/bin/touch", dir+"/made")
	s.Files = []Grant{{Path: dir, Write: true}}
	_, err := Explain(t.Context(), s)
	require.NoError(t, err)
	require.NoFileExists(t, dir+"/made")

	for _, path := range []string{"/", "relative", "/proc/self", dir + "/none", "/dev/null"} {
		s.Files = []Grant{{Path: path}}
		_, err := Explain(t.Context(), s)
		_, other := Start(t.Context(), s)
		require.Error(t, err, path)
		require.EqualError(t, other, err.Error())
	}
}
