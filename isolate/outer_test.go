//go:build linux && (amd64 || arm64)

package isolate

import (
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"syscall"
	"testing"

	"github.com/stretchr/testify/require"
	"golang.org/x/sys/unix"
)

// Nothing hostile runs on the machine itself. A test that attacks runs itself again
// in namespaces made for it, as an id that nobody owns, and covers what it sees of
// the machine with shams (battery_sham_test.go): a room that leaks hits these.

// The environment tells the test binary where it is: which situation, how far on
// the way to it, and where the files for it are.
const (
	situationEnv = "ISOLATE_SITUATION"
	outerMark    = "ISOLATE_OUTER"
	kitEnv       = "ISOLATE_KIT"
)

// Who makes the rooms of a test.
const (
	asRoot = "root"   // with a range of ids, as root or a rootful container has
	asUser = "user"   // with one id, its own
	plain  = "plain"  // as whoever runs the tests, whose rights the throwaway has: nothing hostile
	boxed  = "boxed"  // as the root of a container that has only one id
	nested = "nested" // with one id that has another name, in another user namespace
)

// unowned is the host id that stands in for the person, as root or as a user.
const unowned = HostIDBase + 500

// outerCaps are all there are: without a room, rows get as far as they can.
func outerCaps() (all []uintptr) {
	for c := uintptr(0); c <= unix.CAP_LAST_CAP; c++ {
		all = append(all, c)
	}
	return all
}

const outerFlags = unix.CLONE_NEWUSER | unix.CLONE_NEWNS | unix.CLONE_NEWPID | unix.CLONE_NEWNET | unix.CLONE_NEWIPC |
	unix.CLONE_NEWUTS | unix.CLONE_NEWCGROUP

// situations lists those that this test can get into.
func situations() []string {
	if os.Geteuid() == 0 {
		return []string{asRoot, asUser, nested}
	}
	return []string{asUser, nested}
}

// makeKit is a folder that every id can read, with this binary in it.
func makeKit(t *testing.T) string {
	t.Helper()
	dir := folder(t)
	binary, err := os.ReadFile("/proc/self/exe")
	require.NoError(t, err)
	require.NoError(t, os.WriteFile(filepath.Join(dir, "isolate.test"), binary, 0o755))
	if os.Geteuid() == 0 { // as root's rooms see it: no owner to be mapped
		require.NoError(t, os.Chown(dir, HostIDBase+1, HostIDBase+1))
	}
	return dir
}

// inThrowaway is true once the test runs in the throwaway; until then it has run
// itself again, one step further inside, and returns what that said.
func inThrowaway(t *testing.T, situation, kit string) (said string, inside bool) {
	t.Helper()
	id := os.Geteuid()
	var next string
	sys := &syscall.SysProcAttr{}
	one := func(name int) []syscall.SysProcIDMap {
		return []syscall.SysProcIDMap{{ContainerID: name, HostID: id, Size: 1}}
	}
	clone := func(ids []syscall.SysProcIDMap) {
		sys.Cloneflags, sys.UidMappings, sys.GidMappings, sys.AmbientCaps = outerFlags, ids, ids, outerCaps()
	}
	switch at := os.Getenv(outerMark); {
	case at == "inside":
		prepareOuter(t)
		requireUnowned(t)
		return "", true
	case situation == plain:
		next = "inside"
		ids := one(id)
		if id == 0 {
			ids = append(ids, syscall.SysProcIDMap{ContainerID: HostIDBase, HostID: HostIDBase, Size: 10})
		}
		clone(ids)
		sys.GidMappingsEnableSetgroups = id == 0
	case at == "" && id == 0 && situation == asRoot:
		next = "inside"
		clone([]syscall.SysProcIDMap{{ContainerID: 0, HostID: unowned, Size: 1},
			{ContainerID: HostIDBase, HostID: HostIDBase, Size: 10}})
		sys.GidMappingsEnableSetgroups = true
		sys.Credential = &syscall.Credential{}
	case at == "" && id == 0: // become the user first, with a group besides its own
		next = "user"
		sys.Credential = &syscall.Credential{Uid: unowned, Gid: unowned, Groups: []uint32{unowned + 1}}
	case situation == boxed:
		next = "inside"
		clone(one(0))
	case situation == nested && at != "outer":
		next = "outer"
		clone(one(id))
	case situation == nested:
		prepareOuter(t)
		next = "inside"
		clone(one(1001))
	default:
		next = "inside"
		clone(one(id))
	}
	cmd := exec.CommandContext(t.Context(), filepath.Join(kit, "isolate.test"),
		"-test.run=^"+strings.Split(t.Name(), "/")[0]+"$", "-test.v", "-test.count=1")
	cmd.Dir = "/"
	cmd.Env = append(os.Environ(), outerMark+"="+next, situationEnv+"="+situation, kitEnv+"="+kit)
	cmd.SysProcAttr = sys
	out, err := cmd.CombinedOutput()
	if err != nil || !strings.Contains(string(out), "--- PASS: "+strings.Split(t.Name(), "/")[0]) {
		fmt.Printf("%s", out) // plainly: it is the report of a test like this one
		t.Fatalf("in the throwaway, as %s: %v\n%s", situation, err, complaints(string(out)))
	}
	return string(out), false
}

// complaints are the lines in which a test said what was wrong, a few, for the end of a long report.
func complaints(report string) string {
	var lines []string
	for line := range strings.Lines(report) {
		if strings.Contains(line, "_test.go:") && !slices.Contains(lines, line) && len(lines) < 12 {
			lines = append(lines, line)
		}
	}
	return strings.Join(lines, "")
}

// inOuterNamespaces runs the calling test again in a throwaway that is good for
// changing the machine, not for attacking it: its ids are those of who runs the test.
// There outerMark is set, and the test first calls prepareOuter.
func inOuterNamespaces(t *testing.T) {
	t.Helper()
	needRooms(t)
	inThrowaway(t, plain, makeKit(t))
}

// requireUnowned makes sure that nobody's id is about to attack, or to be attacked.
func requireUnowned(t *testing.T) {
	t.Helper()
	for _, name := range []string{"uid_map", "gid_map"} {
		ids, err := os.ReadFile("/proc/self/" + name)
		require.NoError(t, err)
		for line := range strings.Lines(string(ids)) {
			require.NotEqual(t, "0", strings.Fields(line)[1], "the host's root is in the throwaway")
		}
	}
}

// prepareOuter makes sure that it is a throwaway that is about to be changed.
func prepareOuter(t *testing.T) {
	t.Helper()
	require.Equal(t, 1, os.Getpid(), "not in namespaces of its own")
	require.NoError(t, unix.Mount("", "/", "", unix.MS_REC|unix.MS_PRIVATE, ""))
	require.NoError(t, unix.Mount("proc", "/proc", "proc", 0, ""))
	require.NoError(t, unix.Sethostname([]byte("outer")))
}

// A container that masks a part of /proc lets nobody mount another: the room gets
// plain files then, and still every lock.
func TestMaskedProc(t *testing.T) {
	if os.Getenv(outerMark) == "" {
		inOuterNamespaces(t)
		return
	}
	prepareOuter(t)
	require.NoError(t, unix.Mount("tmpfs", "/proc/sys", "tmpfs", unix.MS_RDONLY, ""))
	proof, err := Try(t.Context())
	require.NoError(t, err)
	require.Contains(t, proof.Layers, Layer{"proc", "plain files"})
	out, exit := output(t, shell("cat /proc/self/statm /proc/version; id -u; [ -e /proc/self/mem ] || echo none"))
	require.Equal(t, "256 256 128 64 0 128 0\nLinux version 0 (app) #1\n1000\nnone\n", out)
	require.Equal(t, Exit{}, exit)
	out, exit = output(t, testSpec(Self, "clock"))
	require.NotEmpty(t, out)
	require.Equal(t, Exit{}, exit)
}
