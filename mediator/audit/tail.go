package audit

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"time"

	"secgpt/mediator/internal/disk"
)

// A tail is the end of the record, held under the lock.
type tail struct {
	dir  string
	file *os.File
	key  []byte
	size int64  // where the next line goes
	n    int64  // the last line's number, 0 if there is none
	hash string // and its hash
	base int64  // the line that the head names

	torn  int64 // bytes after the last newline
	ahead int64 // lines after the one that the head names
}

// openTail finds the end and checks that it is the one secgpt left: the head's
// line, or lines after it that one commit wrote before it died.
func openTail(dir string) (*tail, error) {
	key, err := readKey(dir)
	if err != nil {
		return nil, damaged(dir, "%v", err)
	}
	h, err := readHead(dir, key)
	if err != nil {
		return nil, damaged(dir, "%v", err)
	}
	f, err := disk.Open(filepath.Join(dir, logName), os.O_RDWR)
	if errors.Is(err, fs.ErrNotExist) {
		return nil, damaged(dir, "%s is missing", logName)
	}
	if err != nil {
		return nil, err
	}
	t := &tail{dir: dir, file: f, key: key, hash: noHash, base: h.N}
	if err := t.find(h); err != nil {
		f.Close()
		return nil, err
	}
	return t, nil
}

func (t *tail) find(h head) error {
	info, err := t.file.Stat()
	if err != nil {
		return err
	}
	t.size = info.Size()
	last, err := t.lineBefore(t.size, true)
	if err != nil {
		return err
	}
	if t.size == 0 {
		if h.N > 0 {
			return damaged(t.dir, "its %d lines are missing", h.N)
		}
		return nil
	}
	l, err := open(last, t.key)
	switch {
	case err != nil:
		return damaged(t.dir, "the last line %v", err)
	case l.N < h.N:
		return damaged(t.dir, "lines %d to %d are missing at the end", l.N+1, h.N)
	case l.N == h.N && l.Hash != h.Hash:
		return damaged(t.dir, "line %d is another than the head names", l.N)
	case l.N > h.N && l.Base != h.N:
		return damaged(t.dir, "the head is older than line %d", l.N)
	}
	t.n, t.hash, t.ahead = l.N, l.Hash, l.N-h.N
	return nil
}

// lineBefore returns the line that ends at offset end, without its newline. With
// cut, what follows the last newline is left out first: size and torn say so.
func (t *tail) lineBefore(end int64, cut bool) ([]byte, error) {
	const want = 2 * maxLine // a torn line and the whole one before it
	from := max(0, end-want)
	buf := make([]byte, end-from)
	if _, err := t.file.ReadAt(buf, from); err != nil && err != io.EOF {
		return nil, err
	}
	whole := bytes.LastIndexByte(buf, '\n') + 1
	if cut {
		if whole == 0 && from > 0 {
			return nil, damaged(t.dir, "the last line is longer than %d bytes", maxLine)
		}
		t.torn = int64(len(buf) - whole)
		t.size = from + int64(whole)
	}
	if whole == 0 {
		return nil, nil
	}
	buf = buf[:whole-1]
	return buf[bytes.LastIndexByte(buf, '\n')+1:], nil
}

// mend puts right what a process left that died while it wrote, and says so in
// the record. Nothing that was promised is lost: the head came after the lines.
func (t *tail) mend() error {
	if t.torn == 0 && t.ahead == 0 {
		return nil
	}
	note := fmt.Sprintf("a crash left %d whole lines without a head and %d bytes of an unfinished line, which were removed",
		t.ahead, t.torn)
	if err := t.file.Truncate(t.size); err != nil {
		return err
	}
	_, err := t.append([]Entry{{Kind: Mended, Note: note}})
	return err
}

// append writes entries, then the head, and returns the number of the first. If
// the disk is full, the part that went in is taken out again. If only the head
// could not be written, the lines stay and are mended later.
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
	_, err := t.file.WriteAt(data, t.size)
	if err == nil {
		err = t.file.Sync()
	}
	headErr := <-prepared
	if err == nil && headErr == nil {
		return swap(true)
	}
	if swap != nil {
		headErr = errors.Join(headErr, swap(false))
	}
	if err != nil {
		err = errors.Join(err, t.file.Truncate(t.size))
	}
	return errors.Join(err, headErr)
}

func (t *tail) close() { t.file.Close() }
