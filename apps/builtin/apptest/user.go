//go:build unix

package apptest

import (
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"syscall"
	"testing"

	"github.com/stretchr/testify/require"
)

// nobody is a user who owns nothing, by convention of every Linux.
const nobody = 65534

// OrdinaryUser is for tests of what the file system refuses, since it refuses root
// nothing. It reports whether the test should go on here. If it runs as root, it was
// run again as another user, in a process of its own, and its outcome is in t:
//
//	if !apptest.OrdinaryUser(t) {
//		return
//	}
func OrdinaryUser(t *testing.T) bool {
	t.Helper()
	if os.Geteuid() != 0 {
		return true
	}
	dir := foreignDir(t)
	program := filepath.Join(dir, "test")
	copySelf(t, program)
	parts := strings.Split(t.Name(), "/")
	cmd := exec.Command(program, "-test.v", "-test.run", "^"+strings.Join(parts, "$/^")+"$")
	cmd.Dir = dir // ours may be in a folder that only root can enter
	cmd.Env = append(os.Environ(), "TMPDIR="+dir, "HOME="+dir)
	cmd.SysProcAttr = &syscall.SysProcAttr{Credential: &syscall.Credential{Uid: nobody, Gid: nobody}}
	var out strings.Builder
	cmd.Stdout, cmd.Stderr = &out, &out
	if err := cmd.Start(); err != nil {
		unable(t, "this root can't start a process of another user: ", err)
	}
	err := cmd.Wait()
	require.NoError(t, err, out.String())
	require.Contains(t, out.String(), "--- PASS: "+t.Name(), "it did not run")
	return false
}

// foreignDir is a folder that nobody owns. T's own folders are closed to others.
func foreignDir(t *testing.T) string {
	t.Helper()
	dir, err := os.MkdirTemp("", "ordinary-")
	require.NoError(t, err)
	t.Cleanup(func() { require.NoError(t, os.RemoveAll(dir)) })
	if err := os.Chown(dir, nobody, nobody); err != nil {
		unable(t, "this root can't give a folder to another user: ", err)
	}
	return dir
}

// copySelf copies the running program, which may lie where only root can go.
func copySelf(t *testing.T, to string) {
	t.Helper()
	in, err := os.Open("/proc/self/exe")
	require.NoError(t, err)
	defer in.Close()
	out, err := os.OpenFile(to, os.O_WRONLY|os.O_CREATE|os.O_EXCL, 0o755)
	require.NoError(t, err)
	_, err = io.Copy(out, in)
	require.NoError(t, err)
	require.NoError(t, out.Close()) // a program can't be started while it is open
}

// unable ends a test that this machine can't run: it is skipped, or fails if
// SECGPT_TEST_ALL says that every test must run.
func unable(t *testing.T, why string, err error) {
	t.Helper()
	if os.Getenv("SECGPT_TEST_ALL") == "1" {
		t.Fatal(why, err)
	}
	t.Skip(why, err)
}
