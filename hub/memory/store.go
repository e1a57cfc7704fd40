package memory

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"secgpt/apps/osfile"
)

// A Store is the folder of the sessions.
type Store struct{ dir string }

// In is the store in a state folder. It makes nothing.
func In(state string) Store { return Store{filepath.Join(state, "sessions")} }

const ending = ".jsonl"

// folder makes the folder if it is missing, and refuses one that others can write.
func (s Store) folder() error {
	if err := os.MkdirAll(s.dir, 0o700); err != nil {
		return fmt.Errorf("the sessions' folder can't be made: %w", err)
	}
	return s.private()
}

// private refuses a folder that others can write. A missing one is fine.
func (s Store) private() error {
	info, err := os.Lstat(s.dir)
	if errors.Is(err, fs.ErrNotExist) {
		return nil
	}
	if err == nil && !info.IsDir() {
		err = fmt.Errorf("%s is no folder", s.dir)
	}
	if err == nil {
		err = ours(s.dir, info, "700")
	}
	return err
}

// ours refuses what somebody else could have written.
func ours(path string, info fs.FileInfo, mode string) error {
	uid, _, ok := osfile.Owner(info)
	if !ok || uid != os.Geteuid() && uid != 0 {
		return fmt.Errorf("%s belongs to another user: make it yours, or remove it", path)
	}
	if info.Mode().Perm()&0o022 != 0 {
		return fmt.Errorf("%s can be written by others: look at what is in it, then chmod %s %s", path, mode, path)
	}
	return nil
}

// open opens a file of the folder; a new one gets 0600.
func (s Store) open(name string, flags int) (*os.File, error) {
	if err := s.private(); err != nil {
		return nil, err
	}
	path := s.path(name)
	f, err := osfile.Open(path, flags)
	if err != nil {
		return nil, err
	}
	info, err := f.Stat()
	if err == nil && !info.Mode().IsRegular() {
		err = fmt.Errorf("%s is no file", path)
	}
	if err == nil {
		err = ours(path, info, "600")
	}
	if err != nil {
		f.Close()
		return nil, err
	}
	return f, nil
}

// ids lists the sessions, in no order that means anything.
func (s Store) ids() ([]string, error) {
	if err := s.private(); err != nil {
		return nil, err
	}
	entries, err := os.ReadDir(s.dir)
	if errors.Is(err, fs.ErrNotExist) {
		return nil, nil
	}
	if err != nil {
		return nil, err
	}
	var all []string
	for _, e := range entries {
		if id, ok := strings.CutSuffix(e.Name(), ending); ok && isID(id) {
			all = append(all, id)
		}
	}
	return all, nil
}

// isID reports whether a text is a session's id: some hexadecimal digits.
func isID(s string) bool {
	return len(s) >= minPrefix && len(s) <= 64 && strings.Trim(s, "0123456789abcdef") == ""
}

// minPrefix is how much of an id has to be given, in digits.
const minPrefix = 4

// Find is the id that begins with prefix, of four digits or more. "last" is the session
// that was added to last.
func (s Store) Find(prefix string) (string, error) {
	all, err := s.ids()
	if err != nil {
		return "", err
	}
	if prefix == "last" {
		return s.latest(all)
	}
	if !isID(prefix) {
		return "", fmt.Errorf("%w: %.70q is no session's number", ErrNone, prefix)
	}
	all = slices.DeleteFunc(all, func(id string) bool { return !strings.HasPrefix(id, prefix) })
	switch {
	case len(all) == 0:
		return "", fmt.Errorf("%w: %s", ErrNone, prefix)
	case len(all) == 1 || slices.Contains(all, prefix):
		if slices.Contains(all, prefix) {
			return prefix, nil
		}
		return all[0], nil
	}
	slices.Sort(all)
	return "", fmt.Errorf("%w: %s", ErrMany, strings.Join(all[:min(len(all), 5)], ", "))
}

func (s Store) latest(all []string) (string, error) {
	id, at := "", int64(0)
	for _, one := range all {
		if info, err := os.Lstat(s.path(one + ending)); err == nil && (id == "" || info.ModTime().UnixNano() > at) {
			id, at = one, info.ModTime().UnixNano()
		}
	}
	if id == "" {
		return "", fmt.Errorf("%w: none was kept yet", ErrNone)
	}
	return id, nil
}

// hold takes the lock of an open file of a session, and makes sure that the file is still
// the one of that name: somebody may have deleted it while we waited.
func (s Store) hold(f *os.File, id string) error {
	held, err := osfile.TryLock(f)
	if err != nil {
		return err
	}
	if !held {
		return fmt.Errorf("%w: %s; end that one first", ErrOpen, id)
	}
	mine, err := f.Stat()
	if err != nil {
		return err
	}
	there, err := os.Lstat(s.path(id + ending))
	if err != nil || !os.SameFile(mine, there) {
		return fmt.Errorf("%w: %s", ErrNone, id)
	}
	return nil
}

// Delete deletes a session with all values in it. The record keeps what was decided in it.
func (s Store) Delete(id string) error {
	f, err := s.open(id+ending, os.O_RDWR)
	if errors.Is(err, fs.ErrNotExist) {
		return fmt.Errorf("%w: %s", ErrNone, id)
	}
	if err != nil {
		return err
	}
	defer f.Close()
	if err := s.hold(f, id); err != nil {
		return err
	}
	return os.Remove(s.path(id + ending))
}
