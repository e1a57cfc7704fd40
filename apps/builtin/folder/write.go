package folder

import (
	"context"
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"syscall"
	"time"

	"secgpt/apps/builtin"
	"secgpt/apps/osfile"
)

// Replace gives an existing file new bytes. Readers see the old ones or the new
// ones, also after a power cut. Mode and owner stay; a file of another user is
// refused, since it would become ours.
func (f Folder) Replace(name string, data []byte) error {
	path := f.path(name)
	info, err := os.Lstat(path)
	if err != nil {
		return failed(name, err)
	}
	uid, gid, ok := osfile.Owner(info)
	if !info.Mode().IsRegular() || !ok {
		return builtin.Errorf("%s is no regular file: it was left alone", printable(name))
	}
	if uid != os.Geteuid() {
		return builtin.Errorf("%s belongs to another user: it was left alone", printable(name))
	}
	if !osfile.Writable(path) {
		return builtin.Errorf("%s can't be written: it was left alone", printable(name))
	}
	return failed(name, builtin.ReplaceFile(path, data, info.Mode().Perm(), gid))
}

// Private is the mode of files that did not come from anywhere.
const Private fs.FileMode = 0o600

// Create makes a new file. It never replaces one: if there is one, the error is
// fs.ErrExist. The folder around it must be there.
func (f Folder) Create(name string, data []byte, mode fs.FileMode) error {
	path := f.path(name)
	// The empty file takes the name; then it is replaced as a whole.
	file, err := osfile.Open(path, os.O_WRONLY|os.O_CREATE|os.O_EXCL)
	if err != nil {
		return failed(name, err)
	}
	file.Close()
	if err := builtin.ReplaceFile(path, data, mode.Perm(), -1); err != nil {
		os.Remove(path)
		return failed(name, err)
	}
	return nil
}

// Remove deletes a file.
func (f Folder) Remove(name string) error {
	if err := os.Remove(f.path(name)); err != nil {
		return failed(name, err)
	}
	builtin.SyncDir(filepath.Dir(f.path(name)))
	return nil
}

// Writable reports whether Replace would likely work.
func (f Folder) Writable(file File) bool {
	uid, _, ok := osfile.Owner(file.Info)
	return ok && uid == os.Geteuid() && osfile.Writable(f.path(file.Name))
}

func failed(name string, err error) error {
	switch {
	case err == nil:
		return nil
	case errors.Is(err, fs.ErrExist), errors.Is(err, fs.ErrNotExist):
		return err
	case errors.Is(err, syscall.EROFS), errors.Is(err, fs.ErrPermission):
		return builtin.Errorf("%s can't be changed: the folder is open for reading only", printable(name))
	case errors.Is(err, syscall.ENOSPC):
		return builtin.Errorf("%s was left alone: the disk is full", printable(name))
	}
	return builtin.Errorf("%s was left alone: %v", printable(name), builtin.Pathless(err))
}

// lockWait is how long Lock waits for another of ours, whose changes take
// milliseconds.
const lockWait = 5 * time.Second

// Lock keeps every other of ours, in this process or another, from writing to the
// folder until unlock is called. The lock is on the folder itself, so that it leaves
// no file behind.
func (f Folder) Lock(ctx context.Context) (unlock func(), err error) {
	dir, err := os.Open(string(f))
	if err != nil {
		return nil, builtin.Errorf("the folder could not be opened: %v", builtin.Pathless(err))
	}
	ctx, cancel := context.WithTimeout(ctx, lockWait)
	defer cancel()
	again := time.NewTicker(5 * time.Millisecond)
	defer again.Stop()
	for {
		held, err := osfile.TryLock(dir)
		if held {
			return func() { dir.Close() }, nil
		}
		if err != nil {
			dir.Close()
			return nil, builtin.Errorf("the folder could not be locked: %v", err)
		}
		select {
		case <-again.C:
		case <-ctx.Done():
			dir.Close()
			return nil, builtin.Errorf("another program is changing the folder, and nothing was changed: try again")
		}
	}
}
