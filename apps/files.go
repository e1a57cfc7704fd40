package apps

import (
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"syscall"

	"secgpt/apps/osfile"
)

// readOwn reads a file that only the person can have written: a regular file, no
// link, theirs or root's, and closed to the writing of others. The checks are made
// on what was opened, so that it can't be swapped in between.
func readOwn(path string, limit int64) ([]byte, error) {
	f, err := osfile.Open(path, os.O_RDONLY)
	switch {
	case errors.Is(err, fs.ErrNotExist):
		return nil, fmt.Errorf("%s: there is no such file", path)
	case errors.Is(err, syscall.ELOOP):
		return nil, fmt.Errorf("%s: is a link; expected a file", path)
	case err != nil:
		return nil, err
	}
	defer f.Close()
	st, err := f.Stat()
	if err != nil {
		return nil, err
	}
	if !st.Mode().IsRegular() {
		return nil, fmt.Errorf("%s: expected a file", path)
	}
	if err := checkOwner(path, st); err != nil {
		return nil, err
	}
	b, err := io.ReadAll(io.LimitReader(f, limit+1))
	if err == nil && int64(len(b)) > limit {
		err = fmt.Errorf("%s: larger than %d bytes", path, limit)
	}
	return b, err
}

// checkDir holds a folder to the same as readOwn holds a file.
func checkDir(path string) error {
	st, err := os.Lstat(path)
	if err != nil {
		return err
	}
	if !st.IsDir() {
		return fmt.Errorf("%s: expected a folder", path)
	}
	return checkOwner(path, st)
}

func checkOwner(path string, st fs.FileInfo) error {
	if st.Mode().Perm()&0o022 != 0 {
		return fmt.Errorf("%s: others can write to it; run: chmod go-w %s", path, path)
	}
	if uid, _, ok := osfile.Owner(st); !ok || uid != 0 && uid != os.Geteuid() {
		return fmt.Errorf("%s: belongs to somebody else", path)
	}
	return nil
}
