package disk

import (
	"errors"
	"os"
	"path/filepath"
	"sync/atomic"
	"syscall"
	"testing"

	"github.com/stretchr/testify/require"
)

func private(t *testing.T) string {
	dir := filepath.Join(t.TempDir(), "p")
	require.NoError(t, Folder(dir))
	return dir
}

func TestFolderIsMadePrivate(t *testing.T) {
	dir := private(t)
	info, err := os.Stat(dir)
	require.NoError(t, err)
	require.Equal(t, os.FileMode(0o700), info.Mode().Perm())
	require.NoError(t, os.Chmod(dir, 0o770))
	require.ErrorContains(t, Folder(dir), "chmod 700 "+dir)
}

func TestOpenRefusesWhatOthersCouldHaveWritten(t *testing.T) {
	dir := private(t)
	path := filepath.Join(dir, "f")
	cases := map[string]struct {
		make func(t *testing.T)
		says string
	}{
		"others can write": {func(t *testing.T) {
			require.NoError(t, os.WriteFile(path, nil, 0o600))
			require.NoError(t, os.Chmod(path, 0o602))
		}, "can be written by others: chmod 600 "},
		"the group can write": {func(t *testing.T) {
			require.NoError(t, os.WriteFile(path, nil, 0o600))
			require.NoError(t, os.Chmod(path, 0o620))
		}, "can be written by others"},
		"a folder": {func(t *testing.T) { require.NoError(t, os.Mkdir(path, 0o700)) }, "is not a file"},
		"a pipe":   {func(t *testing.T) { require.NoError(t, syscall.Mkfifo(path, 0o600)) }, "is not a file"},
		"a link to a file of another user": {func(t *testing.T) {
			if os.Geteuid() != 0 {
				skip(t, "only root can give a file away")
			}
			far := filepath.Join(t.TempDir(), "far")
			require.NoError(t, os.WriteFile(far, nil, 0o600))
			require.NoError(t, os.Chown(far, 12345, 12345))
			require.NoError(t, os.Symlink(far, path))
		}, "belongs to another user"},
	}
	for name, c := range cases {
		t.Run(name, func(t *testing.T) {
			require.NoError(t, os.RemoveAll(path))
			c.make(t)
			_, err := Open(path, os.O_RDONLY)
			require.ErrorContains(t, err, c.says)
		})
	}
}

func TestOpenRefusesAFolderThatOthersCanWrite(t *testing.T) {
	dir := private(t)
	path := filepath.Join(dir, "f")
	require.NoError(t, os.WriteFile(path, nil, 0o600))
	require.NoError(t, os.Chmod(dir, 0o777))
	_, err := Open(path, os.O_RDONLY)
	require.ErrorContains(t, err, "chmod 700")
}

func TestReplaceKeepsALinkAndLeavesNothingBehind(t *testing.T) {
	dir := private(t)
	far, near := filepath.Join(dir, "far"), filepath.Join(dir, "near")
	require.NoError(t, os.WriteFile(far, []byte("old"), 0o600))
	require.NoError(t, os.Symlink(far, near))
	require.NoError(t, Replace(near, []byte("new")))

	data, err := os.ReadFile(far)
	require.NoError(t, err)
	require.Equal(t, "new", string(data))
	info, err := os.Lstat(near)
	require.NoError(t, err)
	require.NotZero(t, info.Mode()&os.ModeSymlink)
	info, err = os.Stat(near)
	require.NoError(t, err)
	require.Equal(t, os.FileMode(0o600), info.Mode().Perm())

	require.NoError(t, os.Mkdir(filepath.Join(dir, "taken"), 0o700))
	require.Error(t, Replace(filepath.Join(dir, "taken"), nil))
	left, err := filepath.Glob(filepath.Join(dir, ".*-*"))
	require.NoError(t, err)
	require.Empty(t, left)
}

func TestLockTakesTurns(t *testing.T) {
	path := filepath.Join(private(t), "l")
	first, err := Lock(path)
	require.NoError(t, err)

	var held atomic.Bool
	held.Store(true)
	second := make(chan error)
	go func() {
		f, err := Lock(path)
		if err == nil {
			err = f.Close()
		}
		if held.Load() {
			err = errors.New("two held the lock at once")
		}
		second <- err
	}()
	held.Store(false)
	require.NoError(t, first.Close())
	require.NoError(t, <-second)

	other, err := Lock(path)
	require.NoError(t, err)
	again, err := Open(path, os.O_RDWR)
	require.NoError(t, err)
	require.ErrorIs(t, syscall.Flock(int(again.Fd()), syscall.LOCK_EX|syscall.LOCK_NB), syscall.EWOULDBLOCK)
	require.NoError(t, again.Close())
	require.NoError(t, other.Close())
}

func skip(t *testing.T, why string) {
	if os.Getenv("SECGPT_TEST_ALL") == "1" {
		t.Fatal(why)
	}
	t.Skip(why)
}
