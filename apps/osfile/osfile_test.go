//go:build unix

package osfile

import (
	"os"
	"path/filepath"
	"syscall"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
)

func TestThisSystemIsSupported(t *testing.T) {
	require.NoError(t, Supported())
}

func TestOpenFollowsNoLinkAndDoesNotBlock(t *testing.T) {
	dir := t.TempDir()
	file, link, pipe := filepath.Join(dir, "file"), filepath.Join(dir, "link"), filepath.Join(dir, "pipe")
	f, err := Open(file, os.O_RDWR|os.O_CREATE)
	require.NoError(t, err)
	defer f.Close()
	info, err := f.Stat()
	require.NoError(t, err)
	require.Equal(t, os.FileMode(0o600), info.Mode())

	require.NoError(t, os.Symlink(file, link))
	_, err = Open(link, os.O_RDONLY)
	require.ErrorIs(t, err, syscall.ELOOP)

	require.NoError(t, syscall.Mkfifo(pipe, 0o600))
	opened := make(chan error, 1)
	go func() {
		p, err := Open(pipe, os.O_RDONLY)
		if err == nil {
			p.Close()
		}
		opened <- err
	}()
	select {
	case err := <-opened:
		require.NoError(t, err)
	case <-time.After(10 * time.Second):
		t.Fatal("it waits for somebody who writes to the pipe")
	}
}

func TestOwnerIsWhoMadeIt(t *testing.T) {
	path := filepath.Join(t.TempDir(), "file")
	require.NoError(t, os.WriteFile(path, nil, 0o600))
	info, err := os.Lstat(path)
	require.NoError(t, err)
	uid, _, ok := Owner(info)
	require.True(t, ok)
	require.Equal(t, os.Geteuid(), uid)
	require.True(t, Writable(path))
	require.False(t, Writable(path+"-missing"))
}

// Two openings of one file are two holders, as two processes are.
func TestOneHoldsALockAtATime(t *testing.T) {
	path := filepath.Join(t.TempDir(), "file")
	first, err := Open(path, os.O_RDWR|os.O_CREATE)
	require.NoError(t, err)
	second, err := Open(path, os.O_RDWR)
	require.NoError(t, err)
	defer second.Close()

	require.NoError(t, Lock(first))
	held, err := TryLock(second)
	require.NoError(t, err)
	require.False(t, held)

	waited := make(chan error, 1)
	go func() { waited <- Lock(second) }()
	first.Close()
	select {
	case err := <-waited:
		require.NoError(t, err)
	case <-time.After(10 * time.Second):
		t.Fatal("the lock outlived its holder")
	}

	third, err := Open(path, os.O_RDWR)
	require.NoError(t, err)
	held, err = TryLock(third)
	require.NoError(t, err)
	require.False(t, held, "the second holds it now")
	third.Close()
	held, err = TryLock(third)
	require.Error(t, err)
	require.False(t, held)
}
