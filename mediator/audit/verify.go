package audit

import (
	"bufio"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"time"

	"secgpt/mediator/internal/disk"
)

// The bounds of a Report: what a person reads, and what a check keeps in mind of
// a record that somebody shuffled.
const (
	maxFindings = 100
	maxGaps     = 1000
)

// A Report is what Verify found.
type Report struct {
	Lines    int64     // whole lines in the file
	Last     int64     // the highest number seen
	From, To time.Time // of the first and the last line
	Torn     int64     // bytes of a line that a crash left unfinished; the next start mends it
	Ahead    int64     // lines that a crash left without a head; the next start mends it
	Findings []Finding // damage, at most 100
	More     int       // findings beyond these
}

// OK reports whether the record is as secgpt left it.
func (r Report) OK() bool { return len(r.Findings) == 0 }

// A Finding is one damage.
type Finding struct {
	Line int64  // in audit.jsonl, from 1; 0 if it is about the head or the key
	N    int64  // the entry's number, 0 if it can't be told
	What string // a sentence
}

func (r *Report) find(lineNo, n int64, format string, args ...any) {
	if len(r.Findings) >= maxFindings {
		r.More++
		return
	}
	r.Findings = append(r.Findings, Finding{lineNo, n, fmt.Sprintf(format, args...)})
}

// Verify checks the whole record in dir against its hashes, macs and head. It
// needs little memory, however long the record is, and holds others up only for a
// moment. The error is about reading; damage is in the Report. No record at all
// is an empty Report.
func Verify(dir string) (Report, error) {
	s, err := look(dir)
	if err != nil || s.file == nil && s.fresh {
		return Report{}, err
	}
	c := checker{head: s.head, headOK: s.headErr == nil, key: s.key, next: 1, prev: noHash}
	if s.keyErr != nil {
		c.find(0, 0, "The key is missing or changed (%v), so lines can't be told from forged ones.", s.keyErr)
	} else if s.headErr != nil {
		c.find(0, 0, "The head is missing or changed: %v.", s.headErr)
	}
	if s.file == nil {
		c.find(0, 0, "The file %s is missing.", logName)
	} else {
		defer s.file.Close()
		if err := scan(io.LimitReader(s.file, s.size), c.line); err != nil {
			return Report{}, err
		}
	}
	c.end()
	return c.Report, nil
}

// A state is what stood in the folder at one moment.
type state struct {
	file    *os.File // nil if there is no log
	size    int64
	key     []byte
	head    head
	keyErr  error
	headErr error
	fresh   bool // nothing of a record is there
}

func look(dir string) (s state, err error) {
	if _, err := os.Stat(dir); errors.Is(err, fs.ErrNotExist) {
		return state{fresh: true}, nil
	}
	lock, err := disk.Lock(filepath.Join(dir, lockName))
	if err != nil {
		return s, err
	}
	defer lock.Close()
	s.key, s.keyErr = readKey(dir)
	s.head, s.headErr = readHead(dir, s.key)
	s.file, err = disk.Open(filepath.Join(dir, logName), os.O_RDONLY)
	if errors.Is(err, fs.ErrNotExist) {
		s.fresh = errors.Is(s.keyErr, fs.ErrNotExist) && errors.Is(s.headErr, fs.ErrNotExist)
		return s, nil
	}
	if err != nil {
		return s, err
	}
	info, err := s.file.Stat()
	if err != nil {
		s.file.Close()
		return s, err
	}
	s.size = info.Size()
	return s, nil
}

// scan calls f with each line, without its newline, and its number in the file.
// Of a line that is too long or has no newline it passes what fits and false.
func scan(r io.Reader, f func(no int64, data []byte, whole bool)) error {
	b := bufio.NewReaderSize(r, maxLine)
	for no := int64(1); ; no++ {
		data, err := b.ReadSlice('\n')
		if err == nil {
			f(no, data[:len(data)-1], true)
			continue
		}
		if len(data) > 0 {
			f(no, data, false)
		}
		for err == bufio.ErrBufferFull {
			_, err = b.ReadSlice('\n')
		}
		if err == io.EOF {
			return nil
		}
		if err != nil {
			return err
		}
	}
}
