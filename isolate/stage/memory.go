//go:build linux && (amd64 || arm64)

package stage

import (
	"strconv"
	"syscall"
)

// At its start Go's runtime reads through tables of the whole program, some megabytes of
// which a stage needs little. At the exec the kernel would take them back page by page,
// while somebody waits.

// shed lets those pages go. What is needed again is in the page cache.
func (s *Stage) shed() {
	for _, m := range s.tables {
		_, _ = call(syscall.SYS_MADVISE, uintptr(m.from), uintptr(m.to-m.from), syscall.MADV_DONTNEED)
	}
	s.tables = nil
}

// findTables finds the tables, while there is a /proc to read it from: what is mapped from
// a file and can only be read. A mapping that was once written to is not among them, so
// nothing can be lost. Where they are not found, a start takes longer, and that is all.
func (s *Stage) findTables() {
	fd, err := syscall.Open("/proc/self/smaps", syscall.O_RDONLY|syscall.O_CLOEXEC, 0)
	if err != nil {
		return
	}
	defer func() { _ = syscall.Close(fd) }()
	var buf [smapsLine]byte
	var at mapping
	for kept := 0; kept < len(buf); {
		n, err := syscall.Read(fd, buf[kept:])
		if err == syscall.EINTR {
			continue
		}
		if err != nil || n <= 0 {
			return
		}
		text := buf[:kept+n]
		for end := index(text, '\n'); end >= 0; end = index(text, '\n') {
			if at.read(string(text[:end])) {
				s.tables = append(s.tables, at)
			}
			text = text[end+1:]
		}
		kept = copy(buf[:], text)
	}
}

// smapsLine bounds a line of smaps, and so the path of the program: with a longer one
// nothing is found behind it.
const smapsLine = 4 << 10

// A mapping is one of this process's, as far as smaps has told of it.
type mapping struct {
	from, to uint64
	file     bool // it is of a file, for reading only
}

// read takes one line of smaps, and tells whether the mapping is such a table. The first
// line of each is its place; how much of it was written to comes after that.
func (m *mapping) read(line string) bool {
	word := fields(line)
	switch {
	case len(word) >= 5 && index(word[0], '-') > 0:
		dash := index(word[0], '-')
		from, err1 := strconv.ParseUint(word[0][:dash], 16, 64)
		to, err2 := strconv.ParseUint(word[0][dash+1:], 16, 64)
		const noFile = "0"
		*m = mapping{from, to, err1 == nil && err2 == nil && word[1] == "r--p" && word[4] != noFile}
	case len(word) == 3 && word[0] == "Anonymous:" && word[1] == "0":
		return m.file
	}
	return false
}

func index[T string | []byte](s T, c byte) int {
	for i := range len(s) {
		if s[i] == c {
			return i
		}
	}
	return -1
}

// fields are the words of a line, five at most.
func fields(line string) (words []string) {
	from := -1
	for i := 0; i <= len(line) && len(words) < 5; i++ {
		switch space := i == len(line) || line[i] == ' '; {
		case !space && from < 0:
			from = i
		case space && from >= 0:
			words, from = append(words, line[from:i]), -1
		}
	}
	return words
}
