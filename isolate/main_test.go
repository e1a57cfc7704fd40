//go:build linux && (amd64 || arm64)

package isolate

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
)

// The test binary is also what runs in its rooms: os.Args[1] is then a mode.
var modes = map[string]func(args []string){
	"battery": battery,
	"hostile": hostileMode,
	"parent":  parentMode,
	"warm":    warmMode,
	"say":     func([]string) { say("said") },
	"clock":   clockMode,
	"socket":  socketMode,
}

func TestMain(m *testing.M) {
	Main()
	if len(os.Args) > 1 {
		if mode := modes[os.Args[1]]; mode != nil {
			mode(os.Args[2:])
			return
		}
	}
	os.Exit(m.Run())
}

// tried asks the machine once.
var tried = sync.OnceValue(func() error {
	_, err := Try(context.Background())
	return err
})

// needRooms skips where the machine refuses the first steps, unless everything must
// be tested. A layer that was had and does not hold is a failure everywhere.
func needRooms(t *testing.T) {
	t.Helper()
	err := tried()
	if err == nil {
		return
	}
	var le *LayerError
	refused := errors.As(err, &le) && slices.Contains([]string{"clone", "landlock_create_ruleset", "mount / private"}, le.Op)
	if refused && os.Getenv("SECGPT_TEST_ALL") == "" {
		t.Skipf("no rooms on this machine: %v; %s", err, le.Remedy)
	}
	require.NoError(t, err)
}

// quick saves the second that a race build of a program sleeps at its end.
const quick = "GORACE=atexit_sleep_ms=0"

// testSpec is a room for a program.
func testSpec(argv ...string) Spec {
	s := Spec{Name: "test", Argv: argv, Env: []string{"PATH=/usr/bin:/bin", "HOME=/data"}, HostID: HostIDBase + 1}
	if len(argv) > 0 && argv[0] == Self {
		s.Env = append(s.Env, quick)
	}
	return s
}

func shell(line string) Spec { return testSpec("/bin/sh", "-c", line) }

// open starts a room that ends with the test, at the latest.
func open(t *testing.T, s Spec) *Room {
	t.Helper()
	r, err := Start(t.Context(), s)
	require.NoError(t, err)
	t.Cleanup(func() { require.NoError(t, r.Close()) })
	return r
}

// output runs a room to its end, with nothing on its standard input.
func output(t *testing.T, s Spec) (string, Exit) {
	t.Helper()
	r := open(t, s)
	require.NoError(t, r.In.Close())
	out, err := io.ReadAll(r.Out)
	require.NoError(t, err)
	exit := r.Wait()
	if exit.Code != 0 {
		t.Logf("stderr: %s", r.Stderr())
	}
	return string(out), exit
}

// folder makes a folder that any user can reach, which those of t.TempDir are not.
func folder(t *testing.T) string {
	t.Helper()
	dir, err := os.MkdirTemp("", "isolate")
	require.NoError(t, err)
	t.Cleanup(func() { require.NoError(t, os.RemoveAll(dir)) })
	require.NoError(t, os.Chmod(dir, 0o755))
	dir, err = filepath.EvalSymlinks(dir)
	require.NoError(t, err)
	return dir
}

// eventually waits for a condition of the kernel, which tells nobody when it holds.
func eventually(t *testing.T, holds func() bool, what string, args ...any) {
	t.Helper()
	require.Eventually(t, holds, 10*time.Second, 5*time.Millisecond, what, args)
}

const nobody = 65534

// TestAsOrdinaryUser runs every other test as a user without rights.
func TestAsOrdinaryUser(t *testing.T) {
	if os.Geteuid() != 0 {
		t.Skip("this is an ordinary user")
	}
	dir := folder(t)
	binary, err := os.ReadFile("/proc/self/exe")
	require.NoError(t, err)
	path := filepath.Join(dir, "isolate.test")
	require.NoError(t, os.WriteFile(path, binary, 0o755))
	tmp := filepath.Join(dir, "tmp")
	require.NoError(t, os.Mkdir(tmp, 0o700))
	require.NoError(t, os.Chown(tmp, nobody, nobody))

	args := []string{"-test.count=1", "-test.timeout=5m"}
	if testing.Short() {
		args = append(args, "-test.short")
	}
	cmd := exec.CommandContext(t.Context(), path, args...)
	cmd.Dir = dir
	cmd.Env = []string{"PATH=/usr/bin:/bin", "TMPDIR=" + tmp, "HOME=" + tmp, "SECGPT_TEST_ALL=" + os.Getenv("SECGPT_TEST_ALL")}
	cmd.SysProcAttr = &syscall.SysProcAttr{Credential: &syscall.Credential{Uid: nobody, Gid: nobody}}
	out, err := cmd.CombinedOutput()
	require.NoError(t, err, "%s", out)
	for line := range strings.Lines(string(out)) {
		if strings.HasPrefix(line, "--- SKIP") {
			t.Log(line)
		}
	}
}

// say prints one line for the test that reads it.
func say(format string, args ...any) { fmt.Printf(format+"\n", args...) }
