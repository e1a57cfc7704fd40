//go:build linux

package egress

import (
	"errors"
	"fmt"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"sync"
	"syscall"
	"testing"

	"github.com/stretchr/testify/require"
	"golang.org/x/sys/unix"
)

// outerMark tells the test binary that it runs in namespaces of its own.
const outerMark = "EGRESS_OUTER"

// testAll makes what can't run here fail, and lets programs be installed for a test.
const testAll = "SECGPT_TEST_ALL"

// inNamespaces runs the calling test again in a network and mounts of its own.
func inNamespaces(t *testing.T, env ...string) {
	t.Helper()
	cmd := exec.CommandContext(t.Context(), "/proc/self/exe", "-test.run=^"+t.Name()+"$", "-test.v", "-test.count=1", "-test.timeout=3m")
	cmd.Env = append(os.Environ(), append(env, outerMark+"=1")...)
	cmd.SysProcAttr = &syscall.SysProcAttr{Cloneflags: unix.CLONE_NEWNET | unix.CLONE_NEWNS}
	if id := os.Geteuid(); id != 0 { // under their own name: what is no root has rooms like a person's
		cmd.SysProcAttr.Cloneflags |= unix.CLONE_NEWUSER
		cmd.SysProcAttr.UidMappings = []syscall.SysProcIDMap{{ContainerID: id, HostID: id, Size: 1}}
		cmd.SysProcAttr.GidMappings = []syscall.SysProcIDMap{{ContainerID: os.Getegid(), HostID: os.Getegid(), Size: 1}}
		cmd.SysProcAttr.AmbientCaps = []uintptr{unix.CAP_SYS_ADMIN, unix.CAP_NET_ADMIN, unix.CAP_NET_BIND_SERVICE}
	}
	out, err := cmd.CombinedOutput()
	if errno := syscall.Errno(0); errors.As(err, &errno) && os.Getenv(testAll) == "" {
		t.Skipf("no namespaces on this machine: %v", err)
	}
	require.NoError(t, err, "%s", out)
	require.Contains(t, string(out), "--- PASS: "+t.Name())
	for line := range strings.Lines(string(out)) {
		if strings.Contains(line, "--- SKIP") {
			t.Log(strings.TrimSpace(line))
		}
	}
}

// prepareOuter brings up the loopback, and puts the test's own files in the places
// where programs look for names and authorities.
func prepareOuter(t *testing.T, hosts string) {
	t.Helper()
	fd, err := unix.Socket(unix.AF_INET, unix.SOCK_DGRAM|unix.SOCK_CLOEXEC, 0)
	require.NoError(t, err)
	lo, err := unix.NewIfreq("lo")
	require.NoError(t, err)
	lo.SetUint16(unix.IFF_UP)
	require.NoError(t, unix.IoctlIfreq(fd, unix.SIOCSIFFLAGS, lo))
	require.NoError(t, unix.Close(fd))

	require.NoError(t, unix.Mount("", "/", "", unix.MS_REC|unix.MS_PRIVATE, ""))
	dir := t.TempDir()
	for path, text := range map[string]string{"/etc/hosts": hosts, "/etc/resolv.conf": "", caFile: string(newAuthority().pem)} {
		file := filepath.Join(dir, filepath.Base(path))
		require.NoError(t, os.WriteFile(file, []byte(text), 0o644))
		if real, err := filepath.EvalSymlinks(path); err == nil {
			require.NoError(t, unix.Mount(file, real, "", unix.MS_BIND, ""))
		}
	}
}

// caFile is where the programs of Debian and its kin find their authorities.
const caFile = "/etc/ssl/certs/ca-certificates.crt"

// A place is a gateway at an address of the namespace, as a room has one.
type place struct {
	*Gateway
	mu     sync.Mutex
	events []Event
}

// placed opens a gateway for grants at one address.
func placed(t *testing.T, at string, l Limits, grants ...string) *place {
	t.Helper()
	p := &place{}
	var all []Grant
	for _, text := range grants {
		g, err := ParseGrant(text)
		require.NoError(t, err)
		all = append(all, g)
	}
	var err error
	p.Gateway, err = New(all, Options{Limits: l, Observe: p.observe})
	require.NoError(t, err)
	t.Cleanup(p.Close)
	for _, g := range all {
		for _, port := range g.Ports {
			l, err := net.Listen("tcp", fmt.Sprintf("%s:%d", at, port))
			require.NoError(t, err)
			require.NoError(t, p.Serve(l, g.Host, port))
		}
	}
	p.Open()
	return p
}

func (p *place) observe(e Event) error {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.events = append(p.events, e)
	return nil
}

// since gives the events from the n-th on.
func (p *place) since(n int) []Event {
	p.mu.Lock()
	defer p.mu.Unlock()
	return append([]Event{}, p.events[n:]...)
}
