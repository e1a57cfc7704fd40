//go:build linux && (amd64 || arm64)

package isolate

import (
	"os"
	"os/exec"
	"syscall"
	"testing"

	"github.com/stretchr/testify/require"
	"golang.org/x/sys/unix"
)

// outerMark tells the test binary that it runs in the throwaway namespaces.
const outerMark = "ISOLATE_OUTER"

// inOuterNamespaces runs the calling test again, in namespaces made for it.
func inOuterNamespaces(t *testing.T) {
	t.Helper()
	needRooms(t)
	id := []syscall.SysProcIDMap{{ContainerID: os.Geteuid(), HostID: os.Geteuid(), Size: 1}}
	if os.Geteuid() == 0 {
		id = append(id, syscall.SysProcIDMap{ContainerID: HostIDBase, HostID: HostIDBase, Size: 10})
	}
	cmd := exec.CommandContext(t.Context(), "/proc/self/exe", "-test.run=^"+t.Name()+"$", "-test.v", "-test.count=1")
	cmd.Env = append(os.Environ(), outerMark+"=1")
	cmd.SysProcAttr = &syscall.SysProcAttr{
		Cloneflags:                 cloneFlags,
		UidMappings:                id,
		GidMappings:                id,
		GidMappingsEnableSetgroups: os.Geteuid() == 0,
		AmbientCaps:                stageCaps,
	}
	out, err := cmd.CombinedOutput()
	require.NoError(t, err, "%s", out)
	require.Contains(t, string(out), "--- PASS: "+t.Name())
}

// prepareOuter makes sure that it is a throwaway that is about to be attacked.
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
