package audit

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"time"

	"secgpt/mediator/internal/disk"
)

// A tail is the end of the record, held under the lock.
type tail struct {
	dir  string
	max  int64    // of audit.jsonl, in bytes
	file *os.File // audit.jsonl; nil if it is still to be made
	key  []byte
	size int64  // where the next line goes
	n    int64  // the last line's number, 0 if there is none
	hash string // and its hash
	base int64  // the line that the head names

	torn  int64 // bytes after the last newline
	ahead int64 // lines after the one that the head names
	left  bool  // between two files
}

// openTail finds the end and checks that it is the one secgpt left: the head's
// line, or lines after it that one commit wrote before it died.
func openTail(dir string, limit int64) (*tail, error) {
	key, err := readKey(dir)
	if err != nil {
		return nil, damaged(dir, "%v", err)
	}
	h, err := readHead(dir, key)
	if err != nil {
		return nil, damaged(dir, "%v", err)
	}
	t := &tail{dir: dir, max: limit, key: key, n: h.N, hash: h.Hash, base: h.N}
	t.file, err = disk.Open(filepath.Join(dir, logName), os.O_RDWR)
	switch {
	case errors.Is(err, fs.ErrNotExist):
		if t.left, err = t.between(h); err == nil && !t.left {
			err = damaged(dir, "%s is missing", logName)
		}
	case err == nil:
		err = t.find(h)
	}
	if err != nil {
		t.close()
		return nil, err
	}
	return t, nil
}

func (t *tail) find(h head) error {
	end, err := endOf(t.file)
	if err != nil {
		return err
	}
	t.size, t.torn = end.size, end.torn
	if end.tooLong {
		return damaged(t.dir, "the last line is longer than %d bytes", maxLine)
	}
	if t.size == 0 {
		if h.N == 0 {
			return nil
		}
		if t.left, err = t.between(h); err == nil && !t.left {
			err = damaged(t.dir, "its lines up to %d are missing", h.N)
		}
		return err
	}
	l, err := open(end.last, t.key)
	switch {
	case err != nil:
		return damaged(t.dir, "the last line %v", err)
	case l.N < h.N:
		if l.N+1 == h.N {
			return damaged(t.dir, "line %d is missing at the end", h.N)
		}
		return damaged(t.dir, "lines %d to %d are missing at the end", l.N+1, h.N)
	case l.N == h.N && l.Hash != h.Hash:
		return damaged(t.dir, "line %d is another than the head names", l.N)
	case l.N > h.N && l.Base != h.N:
		return damaged(t.dir, "the head is older than line %d", l.N)
	}
	t.n, t.hash, t.ahead = l.N, l.Hash, l.N-h.N
	return nil
}

// An ending is how a file of lines ends.
type ending struct {
	size    int64  // up to and with the last newline
	torn    int64  // bytes after it
	last    []byte // the line before it, without its newline
	tooLong bool   // there is no newline where one must be
}

// endOf reads the end of a file of lines.
func endOf(f *os.File) (ending, error) {
	info, err := f.Stat()
	if err != nil {
		return ending{}, err
	}
	const want = 2 * maxLine // a torn line and the whole one before it
	from := max(0, info.Size()-want)
	buf := make([]byte, info.Size()-from)
	if _, err := f.ReadAt(buf, from); err != nil && err != io.EOF {
		return ending{}, err
	}
	whole := bytes.LastIndexByte(buf, '\n') + 1
	e := ending{size: from + int64(whole), torn: int64(len(buf) - whole), tooLong: whole == 0 && from > 0}
	if whole > 0 {
		buf = buf[:whole-1]
		e.last = buf[bytes.LastIndexByte(buf, '\n')+1:]
	}
	return e, nil
}

// remains says what such a process left.
func (t *tail) remains() string {
	var left []string
	switch {
	case t.ahead == 1:
		left = append(left, "1 whole line without a head, which is kept")
	case t.ahead > 1:
		left = append(left, fmt.Sprintf("%d whole lines without a head, which are kept", t.ahead))
	}
	switch {
	case t.torn == 1:
		left = append(left, "1 byte of an unfinished line, which was removed")
	case t.torn > 1:
		left = append(left, fmt.Sprintf("%d bytes of an unfinished line, which were removed", t.torn))
	}
	return strings.Join(left, ", and ")
}

// mend puts right what a process left that died while it wrote, says so in the
// record and returns what it says; "" if there was nothing to mend. Nothing that was
// promised is lost: the head came after the lines.
func (t *tail) mend() (note string, err error) {
	switch {
	case t.left:
		note = "a process ended between two files of the record, after one was closed and before the next had a line; nothing is missing"
	case t.torn > 0 || t.ahead > 0:
		note = "a process ended while it wrote the record; it left " + t.remains()
	default:
		return "", nil
	}
	if t.file == nil {
		if err := t.create(); err != nil {
			return "", err
		}
	}
	_, err = t.append([]Entry{{Kind: Mended, Note: note}})
	return note, err
}

// append writes entries, then the head, and returns the number of the first. If
// either can't be written, what went in is taken out again.
func (t *tail) append(entries []Entry) (first int64, err error) {
	var data []byte
	n, hash := t.n, t.hash
	for _, e := range entries {
		n++
		e.N, e.Time = n, time.Now().UTC().Truncate(time.Millisecond)
		text, h, err := seal(e, t.base, hash, t.key)
		if err != nil {
			return 0, err
		}
		data, hash = append(data, text...), h
	}
	if len(data) == 0 {
		return t.n + 1, nil
	}
	if t.size > 0 && t.torn == 0 && t.size+int64(len(data)) > t.max {
		if err := t.rotate(); err != nil {
			return 0, err
		}
	}
	if err := t.write(data, n, hash); err != nil {
		return 0, err
	}
	first = t.n + 1
	t.size += int64(len(data))
	t.n, t.hash, t.base = n, hash, n
	return first, nil
}

// write puts the lines and the head that goes with them on disk side by side, since
// one wait for the disk costs more than all else here. The head takes its place
// only when the lines are safe; one that a power cut brings back is older, and the
// lines after it are mended.
func (t *tail) write(data []byte, n int64, hash string) error {
	var swap func(bool) error
	prepared := make(chan error, 1)
	go func() {
		var err error
		swap, err = prepareHead(t.dir, n, hash, t.key)
		if err == nil {
			err = disk.SyncFolder(t.dir) // the head before this one: no more than one batch is ever ahead
		}
		prepared <- err
	}()
	torn := t.torn
	err := t.put(data)
	headErr := <-prepared
	if err == nil && headErr == nil {
		return swap(true)
	}
	if swap != nil {
		headErr = errors.Join(headErr, swap(false))
	}
	// What is unfinished goes only with the line that says so: if that could not be
	// written, the file still ends in the middle of a line, or with one ahead of the head.
	if torn == 0 {
		err = errors.Join(err, t.file.Truncate(t.size))
	}
	return errors.Join(err, headErr)
}

// put writes lines at the end, over an unfinished one if there is one.
func (t *tail) put(data []byte) error {
	_, err := t.file.WriteAt(data, t.size)
	if err == nil && t.torn > int64(len(data)) {
		err = t.file.Truncate(t.size + int64(len(data)))
	}
	if err == nil {
		err = t.file.Sync()
	}
	if err == nil {
		t.torn = 0
	}
	return err
}

func (t *tail) close() {
	if t.file != nil {
		t.file.Close()
	}
}
