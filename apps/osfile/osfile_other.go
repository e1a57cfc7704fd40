//go:build !unix

package osfile

import (
	"errors"
	"io/fs"
	"os"
	"runtime"
)

var errElsewhere = errors.New("rooms need Linux, and on " + runtime.GOOS +
	" no file can be kept from other users: run this program on Linux, in a virtual machine if need be")

func supported() error { return errElsewhere }

func open(path string, _ int) (*os.File, error) {
	return nil, &fs.PathError{Op: "open", Path: path, Err: errElsewhere}
}

func owner(fs.FileInfo) (uid, gid int, ok bool) { return 0, 0, false }

func writable(string) bool { return false }

func lock(*os.File) error { return errElsewhere }

func tryLock(*os.File) (bool, error) { return false, errElsewhere }
