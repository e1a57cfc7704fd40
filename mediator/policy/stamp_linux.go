package policy

import (
	"io/fs"
	"syscall"
	"time"
)

// A stamp tells one state of a file from another.
type stamp struct {
	dev, ino       uint64
	size           int64
	changed, wrote syscall.Timespec
	mode, uid      uint32
}

func stampFrom(info fs.FileInfo, err error) (stamp, bool) {
	if err != nil {
		return stamp{}, false
	}
	st, ok := info.Sys().(*syscall.Stat_t)
	if !ok {
		return stamp{}, false
	}
	return stamp{st.Dev, st.Ino, st.Size, st.Ctim, st.Mtim, st.Mode, st.Uid}, true
}

// old is false right after a change: two changes within one tick of the clock
// have the same times, so a young stamp proves nothing.
func (s stamp) old() bool { return time.Since(time.Unix(s.changed.Unix())) > time.Second }
