package code

import (
	"fmt"
	"io/fs"
	"syscall"
	"time"
)

// identity is what the kernel says of a file, and when it was last touched.
func identity(info fs.FileInfo) (id string, touched time.Time, ok bool) {
	st, ok := info.Sys().(*syscall.Stat_t)
	if !ok {
		return "", time.Time{}, false
	}
	return fmt.Sprintf(" %d %d %o %d %d.%d %d.%d;", st.Dev, st.Ino, st.Mode, st.Size,
		st.Mtim.Sec, st.Mtim.Nsec, st.Ctim.Sec, st.Ctim.Nsec), time.Unix(st.Ctim.Sec, st.Ctim.Nsec), true
}
