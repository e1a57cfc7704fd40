//go:build !unix

package disk

import (
	"errors"
	"io/fs"
	"os"
	"runtime"
)

const noBlock = 0

var errElsewhere = errors.New("no file can be kept from other users on " + runtime.GOOS + ": run this program on Linux")

func supported() error { return errElsewhere }

func foreign(fs.FileInfo) bool { return true }

func tryLock(*os.File) (bool, error) { return false, errElsewhere }
