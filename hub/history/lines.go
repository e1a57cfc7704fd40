package history

import (
	"bufio"
	"bytes"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"

	"secgpt/apps/osfile"
	"secgpt/mediator/label"
)

// lines reads a file that several processes add lines to.
type lines struct {
	path  string
	read  int64
	begun bool // it was read once
}

// each gives do the lines that were added since it was last called. A file that is not
// there has none.
func (f *lines) each(do func(text []byte)) error {
	if f.path == "" {
		return nil
	}
	file, err := os.Open(f.path)
	if errors.Is(err, fs.ErrNotExist) {
		f.begun = true
		return nil
	}
	if err != nil {
		return err
	}
	defer file.Close()
	if _, err := file.Seek(f.read, 0); err != nil {
		return err
	}
	r := bufio.NewReader(file)
	for {
		text, err := r.ReadBytes('\n')
		if errors.Is(err, io.EOF) {
			f.begun = true
			return nil // the end, or a line that is still being written
		}
		if err != nil {
			return err
		}
		f.read += int64(len(text))
		if text = bytes.TrimSpace(text); len(text) > 0 {
			do(text)
		}
	}
}

// names reports whether a file of lines speaks of a source; one that is not there does not.
func names(path string, source label.Source) (bool, error) {
	b, err := os.ReadFile(path)
	if errors.Is(err, fs.ErrNotExist) {
		return false, nil
	}
	return err == nil && bytes.Contains(b, fmt.Appendf(nil, "%q", source)), err
}

// AddLine adds a line, or several, to a file that several processes add to, and returns
// when it is on disk.
func AddLine(path string, line []byte) error {
	f, err := os.OpenFile(path, os.O_RDWR|os.O_APPEND|os.O_CREATE, 0o600)
	if err != nil {
		return err
	}
	defer f.Close()
	if err := osfile.Lock(f); err != nil {
		return err
	}
	if err := endLine(f); err != nil {
		return err
	}
	if _, err = f.Write(append(line, '\n')); err == nil {
		err = f.Sync()
	}
	return err
}

// endLine ends a line that a killed process left torn, so that it costs only
// itself.
func endLine(f *os.File) error {
	end, err := f.Seek(0, 2)
	if err != nil || end == 0 {
		return err
	}
	last := make([]byte, 1)
	if _, err := f.ReadAt(last, end-1); err != nil || last[0] == '\n' {
		return err
	}
	_, err = f.Write([]byte{'\n'})
	return err
}
