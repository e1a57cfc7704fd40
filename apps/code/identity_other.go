//go:build !linux

package code

import (
	"io/fs"
	"time"
)

// identity knows nothing here: files are read each time.
func identity(fs.FileInfo) (string, time.Time, bool) { return "", time.Time{}, false }
