//go:build linux && (amd64 || arm64)

package isolate

import (
	"errors"
	"io"
	"os"
	"slices"
	"syscall"
	"testing"

	"github.com/stretchr/testify/require"
	"golang.org/x/sys/unix"

	"secgpt/isolate/stage"
	"secgpt/isolate/stage/fault"
)

func faulty(t *testing.T, kind, layer string) Spec {
	s := testSpec(Self, "clock")
	s.Env = append(s.Env, kind+"="+layer)
	commonEnv = s.Env // some steps are early
	t.Cleanup(func() { commonEnv = nil })
	return s
}

// No room, no run: whichever step fails, nothing is started and the layer is named.
func TestFailedStepStartsNothing(t *testing.T) {
	needRooms(t)
	for _, step := range slices.Concat(stage.Early, stage.Steps) {
		t.Run(step.Layer, func(t *testing.T) {
			r, err := Start(t.Context(), faulty(t, fault.Fail, step.Layer))
			require.Nil(t, r)
			require.ErrorIs(t, err, syscall.EPERM)
			var le *LayerError
			if step.Layer != stage.ExecStep {
				require.True(t, errors.As(err, &le), "%v", err)
				require.Equal(t, step.Layer, le.Layer)
			}
		})
	}
	requireNobody(t)
}

// A step that is silently left out is found by the proof, under the name of the
// layer that does not hold.
func TestSkippedStepIsFound(t *testing.T) {
	needRooms(t)
	steps := map[string]string{
		"mounts":       "mounts",
		"loopback":     "network",
		"host name":    "host name",
		"limits":       "limits",
		"dumpable":     "locks",
		"capabilities": "locks",
		"no_new_privs": "landlock", // the kernel wants it first
		"landlock":     "landlock",
		"seccomp":      "user", // the kernel's own answer to setuid(0) is another
		"namespaces":   "late namespaces",
		"keyring":      "keyring",
		"cgroup":       "late namespaces",
		"clock":        "late namespaces",
		"network":      "network",
		"proof":        "proof",
	}
	// What is left out of these is done by a later step, or was so before.
	unseen := []string{"system", "rules"}
	if os.Geteuid() == 0 {
		steps["root"], steps["ids"] = "mounts", "user"
	} else {
		unseen = append(unseen, "root", "ids") // has no root so soon; the map alone makes it 1000
	}
	for _, step := range slices.Concat(stage.Early, stage.Steps) {
		if step.Layer != stage.ExecStep && !slices.Contains(unseen, step.Layer) {
			require.Contains(t, steps, step.Layer)
		}
	}
	for step, found := range steps {
		t.Run(step, func(t *testing.T) {
			s := faulty(t, fault.Skip, step)
			s.Hosts = []Host{{Name: "api.example.com", Ports: []int{443}}}
			r, err := Start(t.Context(), s)
			require.Nil(t, r)
			var le *LayerError
			require.True(t, errors.As(err, &le), "%v", err)
			require.Equal(t, found, le.Layer)
		})
	}
	requireNobody(t)
}

// Each namespace in turn is left out of the clone.
func TestMissingNamespaceIsFound(t *testing.T) {
	needRooms(t)
	whole := cloneFlags
	defer func() { cloneFlags = whole }()
	for name, flag := range map[string]uintptr{"mnt": unix.CLONE_NEWNS, "pid": unix.CLONE_NEWPID, "net": unix.CLONE_NEWNET,
		"ipc": unix.CLONE_NEWIPC, "uts": unix.CLONE_NEWUTS, "cgroup": unix.CLONE_NEWCGROUP} {
		t.Run(name, func(t *testing.T) {
			cloneFlags = whole &^ flag
			_, err := Start(t.Context(), shell("true"))
			var le *LayerError
			require.True(t, errors.As(err, &le), "%v", err)
			if name == "pid" {
				return // it ends even sooner: see stage.Request
			}
			require.Equal(t, "namespaces", le.Layer)
			require.ErrorContains(t, err, "the "+name+" namespace is the parent's")
		})
	}
	cloneFlags = whole
	requireNobody(t)
}

// An exec from another thread loses every lock without an error. The second look,
// after the exec, ends the process.
func TestExecFromTheWrongThreadIsFound(t *testing.T) {
	needRooms(t)
	s := faulty(t, fault.Thread, stage.ExecStep)
	s.Dir = "/" // under root, the other thread is somebody else, whom /data is closed to
	r, err := Start(t.Context(), s)
	require.NoError(t, err)
	out, err := io.ReadAll(r.Out)
	require.NoError(t, err)
	require.Empty(t, out)
	require.Equal(t, ExitUnlocked, r.Wait().Code)
	require.Contains(t, string(r.Stderr()), "not locked: no_new_privs is 0")
	require.NoError(t, r.Close())
}

func TestLockedReadsStatus(t *testing.T) {
	const good = "Name:\tx\nCapInh:\t0000000000000000\nCapPrm:\t0000000000000000\nCapEff:\t0000000000000000\n" +
		"CapBnd:\t0000000000000000\nCapAmb:\t0000000000000000\nNoNewPrivs:\t1\nSeccomp:\t2\n"
	require.NoError(t, locked([]byte(good)))
	for _, change := range []struct{ from, to, want string }{
		{"NoNewPrivs:\t1", "NoNewPrivs:\t0", "NoNewPrivs is 0"},
		{"Seccomp:\t2", "Seccomp:\t0", "Seccomp is 0"},
		{"CapBnd:\t0000000000000000", "CapBnd:\t000001ffffffffff", "CapBnd is 000001ffffffffff"},
		{"CapAmb:\t0000000000000000\n", "", "CapAmb is not said"},
	} {
		bad := []byte(replaceOnce(good, change.from, change.to))
		require.EqualError(t, locked(bad), change.want)
	}
	own, err := os.ReadFile("/proc/self/status")
	require.NoError(t, err)
	require.Error(t, locked(own), "a test does not run in a room")
}
