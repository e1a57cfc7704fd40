package audit

import (
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"syscall"
	"testing"

	"github.com/stretchr/testify/require"
)

// smallDisk is how large the disk of the test is: the record of some calls.
const smallDisk = 64 << 10

// onASmallDisk is what a child of the test does, in namespaces of its own: it fills a
// small disk with the record, tries on, makes room and goes on.
func onASmallDisk(dir string) error {
	if err := syscall.Mount("none", dir, "tmpfs", 0, fmt.Sprintf("size=%d,mode=0700", smallDisk)); err != nil {
		return err
	}
	spare := filepath.Join(dir, "spare")
	if err := os.WriteFile(spare, make([]byte, smallDisk/2), 0o600); err != nil {
		return err
	}
	l, err := Open(dir)
	if err != nil {
		return err
	}
	done := int64(0)
	for err == nil {
		var n int64
		if n, err = l.Append(sample("s")); err == nil {
			done = n
		}
	}
	if !full(err) || done == 0 {
		return fmt.Errorf("after %d entries: %w", done, err)
	}
	before := readAll(dir)
	for range 20 {
		if n, err := l.Append(sample("s")); !full(err) || n != 0 {
			return fmt.Errorf("entry %d on a full disk: %v", n, err)
		}
	}
	if readAll(dir) != before {
		return fmt.Errorf("what failed left something behind")
	}
	if again, err := Open(dir); err != nil || again == nil {
		return fmt.Errorf("a full disk kept the program from starting: %w", err)
	}
	// A torn line on a full disk stays until what says that it was removed can be written.
	f, err := os.OpenFile(filepath.Join(dir, logName), os.O_WRONLY|os.O_APPEND, 0)
	if err != nil {
		return err
	}
	torn, _ := f.WriteString("{\"n\":")
	f.Close()
	for range 3 {
		if _, err := l.Append(sample("s")); !full(err) {
			return fmt.Errorf("an entry over a torn line on a full disk: %v", err)
		}
	}
	left, err := Verify(dir)
	if err != nil || !left.OK() || left.Last < done || torn > 0 && left.Torn == 0 && left.Ahead == 0 {
		return fmt.Errorf("%d torn bytes, %d entries: %+v %v", torn, done, left, err)
	}
	if err := os.Remove(spare); err != nil {
		return err
	}
	n, err := l.Append(sample("s"))
	if err != nil {
		return fmt.Errorf("with room again: %w", err)
	}
	want := left.Last + 1
	if torn > 0 {
		want++ // the mending
	}
	r, err := Verify(dir)
	if err != nil || !r.OK() || r.Last != want || n != want || r.Torn > 0 || torn > 0 != (len(l.News()) == 1) {
		return fmt.Errorf("with room again: entry %d of %d, %+v, %v", n, want, r, err)
	}
	fmt.Printf("%d entries, %d torn bytes\n", done, torn)
	return nil
}

func TestAFullDiskIsLeftAloneUntilThereIsRoom(t *testing.T) {
	c := exec.Command(os.Args[0])
	c.Env = append(os.Environ(), "AUDIT_TEST_DISK="+t.TempDir())
	c.SysProcAttr = &syscall.SysProcAttr{
		Cloneflags:  syscall.CLONE_NEWUSER | syscall.CLONE_NEWNS,
		UidMappings: []syscall.SysProcIDMap{{ContainerID: 0, HostID: os.Getuid(), Size: 1}},
		GidMappings: []syscall.SysProcIDMap{{ContainerID: 0, HostID: os.Getgid(), Size: 1}},
	}
	out, err := c.CombinedOutput()
	if err != nil && strings.Contains(err.Error(), "not permitted") && os.Getenv("SECGPT_TEST_ALL") != "1" {
		t.Skip("this machine gives no user namespaces")
	}
	require.NoError(t, err, string(out))
	t.Log(string(out))
}
