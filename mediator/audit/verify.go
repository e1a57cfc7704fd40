package audit

import (
	"bufio"
	"errors"
	"io"
	"io/fs"
	"math"
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
	Files    int       // of the record
	Lines    int64     // whole lines in them
	Last     int64     // the highest number seen
	From, To time.Time // of the first and the last line
	Torn     int64     // bytes of a line that a crash left unfinished; the next start mends it
	Ahead    int64     // lines that a crash left without a head; the next start mends it
	Between  bool      // a crash left no line in the newest file; the next start mends it
	Findings []Finding // damage, at most 100
	More     int       // findings beyond these
}

// OK reports whether the record is as secgpt left it.
func (r Report) OK() bool { return len(r.Findings) == 0 }

// A Finding is one damage.
type Finding struct {
	File string // "audit.jsonl" or a closed file; "" if it is about the head or the key
	Line int64  // in File, from 1; 0 if it is about no line
	N    int64  // the entry's number, 0 if it can't be told
	What string // a sentence
}

// Verify checks the whole record in dir against its hashes, macs and head. It
// needs little memory, however long the record is, and holds others up only for a
// moment. The error is about reading; damage is in the Report. No record at all
// is an empty Report.
func Verify(dir string) (Report, error) {
	s, err := look(dir)
	if err != nil || s.fresh {
		return Report{}, err
	}
	defer s.close()
	c := checker{head: s.head, headOK: s.headErr == nil, key: s.key, next: 1, prev: noHash}
	if s.keyErr != nil {
		c.find(0, 0, "The key is missing or changed (%v), so lines can't be told from forged ones.", s.keyErr)
	} else if s.headErr != nil {
		c.find(0, 0, "The head is missing or changed: %v.", s.headErr)
	}
	for i := range s.parts {
		file, size, err := s.open(i)
		if err != nil {
			return Report{}, err
		}
		c.begin(s.parts[i])
		err = scan(io.LimitReader(file, size), c.line)
		file.Close()
		if err != nil {
			return Report{}, err
		}
		c.endFile()
	}
	c.end()
	return c.Report, nil
}

// A state is what stood in the folder at one moment.
type state struct {
	dir     string
	parts   []closed // all files, the newest last: audit.jsonl, if it is there, with no last
	file    *os.File // audit.jsonl, nil if it is missing
	size    int64    // and how long it was
	key     []byte
	head    head
	keyErr  error
	headErr error
	fresh   bool // nothing of a record is there
}

func look(dir string) (s *state, err error) {
	s = &state{dir: dir, fresh: true}
	if _, err := os.Stat(dir); errors.Is(err, fs.ErrNotExist) {
		return s, nil
	}
	lock, err := disk.Lock(filepath.Join(dir, lockName))
	if err != nil {
		return nil, err
	}
	defer lock.Close()
	s.key, s.keyErr = readKey(dir)
	s.head, s.headErr = readHead(dir, s.key)
	if s.parts, err = closedFiles(dir); err != nil {
		return nil, err
	}
	s.file, err = disk.Open(filepath.Join(dir, logName), os.O_RDONLY)
	switch {
	case errors.Is(err, fs.ErrNotExist):
		s.fresh = len(s.parts) == 0 && errors.Is(s.keyErr, fs.ErrNotExist) && errors.Is(s.headErr, fs.ErrNotExist)
		return s, nil
	case err != nil:
		return nil, err
	}
	info, err := s.file.Stat()
	if err != nil {
		s.file.Close()
		return nil, err
	}
	s.fresh, s.size = false, info.Size()
	s.parts = append(s.parts, closed{name: logName})
	return s, nil
}

// open opens file i as it was: audit.jsonl may have grown since, or been closed.
func (s *state) open(i int) (*os.File, int64, error) {
	if s.parts[i].name == logName {
		file := s.file
		s.file = nil
		return file, s.size, nil
	}
	file, err := disk.Open(filepath.Join(s.dir, s.parts[i].name), os.O_RDONLY)
	return file, math.MaxInt64, err
}

// in says which file a line is in, if it is not audit.jsonl.
func (s *state) in(i int) string {
	if s.parts[i].name == logName {
		return ""
	}
	return " of " + s.parts[i].name
}

func (s *state) close() {
	if s.file != nil {
		s.file.Close()
	}
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
