package builtin

import (
	"crypto/rand"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"

	"secgpt/apps/osfile"
)

// Open opens a regular file of at most max bytes for reading. It follows no link at
// the end of the path and never blocks on a pipe or a device.
func Open(path string, max int64) (*os.File, error) {
	f, err := osfile.Open(path, os.O_RDONLY)
	if err != nil {
		return nil, Pathless(err)
	}
	info, err := f.Stat()
	switch {
	case err != nil:
		err = Pathless(err)
	case !info.Mode().IsRegular():
		err = fmt.Errorf("not a regular file")
	case info.Size() > max:
		err = fmt.Errorf("%d bytes, %d at most", info.Size(), max)
	}
	if err != nil {
		f.Close()
		return nil, err
	}
	return f, nil
}

// ReadFile reads a file that Open would open.
func ReadFile(path string, max int64) ([]byte, error) {
	f, err := Open(path, max)
	if err != nil {
		return nil, err
	}
	defer f.Close()
	b, err := io.ReadAll(io.LimitReader(f, max+1)) // it may have grown since
	if err != nil {
		return nil, Pathless(err)
	}
	if int64(len(b)) > max {
		return nil, fmt.Errorf("more than %d bytes", max)
	}
	return b, nil
}

// WriteFile replaces path by data, mode 0600, or leaves it as it was. The folder is
// made if missing.
func WriteFile(path string, data []byte) error {
	if err := os.MkdirAll(filepath.Dir(path), 0o700); err != nil {
		return Pathless(err)
	}
	return ReplaceFile(path, data, 0o600, -1)
}

// ReplaceFile puts a file with these bytes in the place of path, or leaves what is
// there: readers see the old bytes or the new ones, also after a power cut. Group is
// the file's, -1 our own; one that we may not give stays our own.
func ReplaceFile(path string, data []byte, mode fs.FileMode, group int) (err error) {
	dir := filepath.Dir(path)
	f, err := os.CreateTemp(dir, ".secgpt-*")
	if err != nil {
		return Pathless(err)
	}
	defer func() {
		if err != nil {
			f.Close()
			os.Remove(f.Name())
			err = Pathless(err)
		}
	}()
	if _, err = f.Write(data); err != nil {
		return err
	}
	_ = f.Chown(-1, group)
	if err = f.Chmod(mode); err != nil { // after Chown, which may clear bits
		return err
	}
	if err = f.Sync(); err != nil {
		return err
	}
	if err = f.Close(); err != nil {
		return err
	}
	if err = os.Rename(f.Name(), path); err != nil {
		return err
	}
	SyncDir(dir)
	return nil
}

// SyncDir makes a change of names in dir last. A filesystem that can't do it does
// without.
func SyncDir(dir string) {
	if d, err := os.Open(dir); err == nil {
		_ = d.Sync()
		d.Close()
	}
}

// ID mints an id from what names an object to us. It is the same for the same name,
// and says nothing of the name itself, which somebody else may have chosen.
func ID(kind, name string) string {
	sum := sha256.Sum256([]byte(kind + "\x00" + name))
	return kind[:1] + hex.EncodeToString(sum[:8])
}

// NewID mints an id that never was.
func NewID(kind string) string {
	var b [8]byte
	_, _ = rand.Read(b[:])
	return kind[:1] + hex.EncodeToString(b[:])
}

// Pathless is the cause of a failure of the file system, without the path: inside a
// room it is not the path that the person knows.
func Pathless(err error) error {
	var path *fs.PathError
	var link *os.LinkError
	var call *os.SyscallError
	switch {
	case errors.As(err, &path):
		return path.Err
	case errors.As(err, &link):
		return link.Err
	case errors.As(err, &call):
		return call.Err
	}
	return err
}
