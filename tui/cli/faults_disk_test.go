//go:build linux

package cli_test

import (
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"syscall"
	"testing"

	"github.com/stretchr/testify/require"
	"golang.org/x/sys/unix"
)

// diskSize holds the record of some calls, and not that of all that a plan can make.
const diskSize = 48 << 10

// smallDisk puts a small empty disk over a folder, in the mount namespace that this
// process was started in, and keeps none of the rights that this took.
func smallDisk(dir string) error {
	if err := unix.Mount("none", dir, "tmpfs", 0, fmt.Sprintf("size=%d,mode=0700", diskSize)); err != nil {
		return fmt.Errorf("mount a small disk over %s: %w", dir, err)
	}
	return unix.Prctl(unix.PR_CAP_AMBIENT, unix.PR_CAP_AMBIENT_CLEAR_ALL, 0, 0, 0)
}

// onASmallDisk runs the program with a small disk over a folder of a profile, in
// namespaces that end with it.
func onASmallDisk(t *testing.T, folder, stdin string, args ...string) ran {
	t.Helper()
	cmd := command(t, []string{"SECGPT_TEST_RUN=programfulldisk", "SECGPT_TEST_DISK=" + folder}, args...)
	cmd.SysProcAttr = &syscall.SysProcAttr{
		Cloneflags:  syscall.CLONE_NEWUSER | syscall.CLONE_NEWNS,
		UidMappings: []syscall.SysProcIDMap{{ContainerID: 1000, HostID: os.Getuid(), Size: 1}},
		GidMappings: []syscall.SysProcIDMap{{ContainerID: 1000, HostID: os.Getgid(), Size: 1}},
		AmbientCaps: []uintptr{unix.CAP_SYS_ADMIN},
	}
	r := started(t, cmd, strings.NewReader(stdin)).ended()
	r.requireCalm(t)
	nothingLeft(t)
	return r
}

// What can't be recorded is not done, and that is said.
func TestAFullDiskStopsWhatCannotBeRecorded(t *testing.T) {
	dir := profileWith(t)
	plan := "for i in range(150):\n  x = contacts.find(name = \"Alice\")\nnotes.add(text = \"on a full disk\", title = \"full\")\n"
	r := onASmallDisk(t, filepath.Join(dir, "state"), plan, on(dir, "-o", "json")...)
	require.NotZero(t, r.code)
	require.Contains(t, r.err, "the record can't be written")
	require.Contains(t, r.err, "no space left on device")
	require.Contains(t, r.err, "nothing is called; make room")
	require.Equal(t, 1, strings.Count(r.err, "the record"), "one line for all the calls:\n%s", r.err)
	var said struct {
		Exit  int
		Calls []struct{ Tool, Decision string }
	}
	require.NoError(t, json.Unmarshal([]byte(r.out), &said))
	require.Equal(t, r.code, said.Exit)
	require.Len(t, said.Calls, 151)
	require.Equal(t, "allow", said.Calls[0].Decision, "the disk was full from the start")
	require.Equal(t, "add", said.Calls[150].Tool)
	require.Equal(t, "deny", said.Calls[150].Decision)
	require.Zero(t, changed(t, dir))
}

// changed counts the notes that the plans of these tests write.
func changed(t *testing.T, dir string) int {
	t.Helper()
	found, err := filepath.Glob(filepath.Join(dir, "sample", "notes", "*full*"))
	require.NoError(t, err)
	return len(found)
}

// A change that does not fit is no change: not half a file, and the app is named.
func TestAFullDiskLeavesNothingHalfWritten(t *testing.T) {
	dir := profileWith(t)
	plan := "reply(notes.search(query = \"\"))\nnotes.add(text = \"x\" * 100000, title = \"full\")\nreply(notes.search(query = \"\"))\nreply(contacts.find(name = \"Alice\"))"
	r := onASmallDisk(t, filepath.Join(dir, "sample", "notes"), plan, on(dir)...)
	r.requireLine(t, 5, "notes", "full.md was left alone: the disk is full")
	require.NotContains(t, r.out, "xxx")
	require.Contains(t, r.out, "Alice")
	intact(t, dir)
}
