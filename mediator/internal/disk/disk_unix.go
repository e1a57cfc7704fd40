//go:build unix

package disk

import (
	"errors"
	"io/fs"
	"os"
	"syscall"
)

// Without O_NONBLOCK a named pipe in the file's place would block for ever.
const noBlock = syscall.O_NONBLOCK

// supported is nil where whose file it is and who can write it can be told.
func supported() error { return nil }

// foreign reports whether a file belongs to neither us nor root.
func foreign(info fs.FileInfo) bool {
	st, ok := info.Sys().(*syscall.Stat_t)
	return !ok || st.Uid != uint32(os.Geteuid()) && st.Uid != 0
}

// tryLock takes the file's lock if nobody holds it, and reports whether it did.
func tryLock(f *os.File) (bool, error) {
	err := syscall.Flock(int(f.Fd()), syscall.LOCK_EX|syscall.LOCK_NB)
	if errors.Is(err, syscall.EWOULDBLOCK) || errors.Is(err, syscall.EINTR) {
		return false, nil
	}
	return err == nil, err
}
