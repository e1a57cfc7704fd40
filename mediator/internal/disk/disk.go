// Package disk keeps small private files: the rules and the record.
//
// It promises three things. A file that somebody else could have written is not
// read. A file is replaced as a whole or not at all, also when the power goes.
// Several processes take turns, and none waits for ever.
package disk

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"time"
)

// lockWait bounds the wait for another process. A holder needs a few
// milliseconds; one that takes seconds is stopped or hangs.
const lockWait = 5 * time.Second

// lockPoll is the pause between two tries, short against a person's patience.
const lockPoll = 5 * time.Millisecond

// Folder makes dir with 0700 if it is missing and refuses one in which others
// can put files.
func Folder(dir string) error {
	if err := os.MkdirAll(dir, 0o700); err != nil {
		return err
	}
	return checkFolder(dir)
}

func checkFolder(dir string) error {
	if err := supported(); err != nil {
		return err
	}
	info, err := os.Stat(dir)
	if err != nil {
		return err
	}
	return check(dir, info, "700")
}

// Open opens a private file. Flags are those of os.OpenFile; a new file gets
// 0600. It refuses what is no regular file, what belongs to somebody else and
// what others can write; a symlink is followed, since what counts is the file at
// its end. The folder must be private in the same sense.
func Open(path string, flags int) (*os.File, error) {
	if err := checkFolder(filepath.Dir(path)); err != nil {
		return nil, err
	}
	f, err := os.OpenFile(path, flags|noBlock, 0o600)
	if err != nil {
		return nil, err
	}
	info, err := f.Stat()
	if err == nil && !info.Mode().IsRegular() {
		err = fmt.Errorf("%s is not a file", path)
	}
	if err == nil {
		err = check(path, info, "600")
	}
	if err != nil {
		f.Close()
		return nil, err
	}
	return f, nil
}

func check(path string, info fs.FileInfo, mode string) error {
	if foreign(info) {
		return fmt.Errorf("%s belongs to another user: make it yours, or remove it", path)
	}
	if info.Mode().Perm()&0o022 != 0 {
		return fmt.Errorf("%s can be written by others: chmod %s %s", path, mode, path)
	}
	return nil
}

// Replace puts data in the place of the file at path, 0600, as a whole or not at
// all. When it returns without an error the change is on disk.
func Replace(path string, data []byte) error {
	if real, err := filepath.EvalSymlinks(path); err == nil {
		path = real // keep a link that the person made
	}
	swap, err := Prepare(path, data)
	if err == nil {
		err = swap(true)
	}
	if err == nil {
		err = SyncFolder(filepath.Dir(path))
	}
	return err
}

// Prepare writes what is to stand at path beside it, onto the disk. The swap that
// it returns, called once, puts it there, or drops it if told false. A power cut
// after the swap may bring the old file back, whole; Replace waits until it can't.
func Prepare(path string, data []byte) (swap func(bool) error, err error) {
	f, err := os.CreateTemp(filepath.Dir(path), "."+filepath.Base(path)+"-*")
	if err != nil {
		return nil, err
	}
	_, err = f.Write(data)
	if err == nil {
		err = f.Sync()
	}
	if err = errors.Join(err, f.Close()); err != nil {
		os.Remove(f.Name())
		return nil, err
	}
	return func(yes bool) error {
		if !yes {
			return os.Remove(f.Name())
		}
		err := os.Rename(f.Name(), path)
		if err != nil {
			os.Remove(f.Name())
		}
		return err
	}, nil
}

// SyncFolder makes renames and new files in dir outlast a power cut.
func SyncFolder(dir string) error {
	d, err := os.Open(dir)
	if err != nil {
		return err
	}
	defer d.Close()
	return d.Sync()
}

// Lock takes turns with other processes, and with other goroutines of this one,
// over the file at path, which it makes if it is missing. The file is handed
// over for what the holder wants to keep there; closing it ends the turn.
func Lock(path string) (*os.File, error) {
	f, err := Open(path, os.O_RDWR|os.O_CREATE)
	if err != nil {
		return nil, err
	}
	for end := time.Now().Add(lockWait); ; time.Sleep(lockPoll) {
		held, err := tryLock(f)
		if held {
			return f, nil
		}
		if err == nil && time.Now().After(end) {
			err = errors.New("another secgpt holds it for too long: end that one")
		}
		if err != nil {
			f.Close()
			return nil, fmt.Errorf("lock %s: %w", path, err)
		}
	}
}
