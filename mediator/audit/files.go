package audit

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"

	"secgpt/mediator/internal/disk"
)

// maxFile is how long audit.jsonl grows before it is closed and a new one begun:
// about 20,000 entries, which an editor still opens and `audit show` reads in a
// moment. Closed files are kept for as long as the person keeps them.
const maxFile = 16 << 20

// The record in several files
//
// When the next lines would make audit.jsonl longer than maxFile, it is renamed to
// audit.N.jsonl, where N is the number of its last entry, ten digits wide, and a new
// audit.jsonl begins with the line after, whose prev is the hash of that last line.
// So the chain goes through all the files, in the order of their numbers, and one
// that is missing, moved or cut breaks it.
//
// It is done under the lock, after the head that names the last line is on disk. A
// process that dies in between leaves no audit.jsonl, or an empty one, beside a file
// that ends with the very line of the head: nothing is lost, and the next to append
// goes on there and says so. An audit.jsonl that is missing or empty beside anything
// else is damage.

// A closed file holds the entries up to last.
type closed struct {
	name string
	last int64
}

func closedName(last int64) string { return fmt.Sprintf("audit.%010d.jsonl", last) }

// closedFiles lists the closed files of a record, oldest first.
func closedFiles(dir string) ([]closed, error) {
	names, err := os.ReadDir(dir)
	if err != nil {
		return nil, err
	}
	var all []closed
	for _, e := range names {
		digits, ok := strings.CutPrefix(e.Name(), "audit.")
		digits, jsonl := strings.CutSuffix(digits, ".jsonl")
		last, err := strconv.ParseInt(digits, 10, 64)
		if ok && jsonl && err == nil && e.Name() == closedName(last) {
			all = append(all, closed{e.Name(), last})
		}
	}
	slices.SortFunc(all, func(a, b closed) int { return int(min(max(a.last-b.last, -1), 1)) })
	return all, nil
}

// rotate closes audit.jsonl and begins a new one.
func (t *tail) rotate() error {
	if err := disk.SyncFolder(t.dir); err != nil { // the head that names its last line
		return err
	}
	to := filepath.Join(t.dir, closedName(t.n))
	if _, err := os.Lstat(to); !errors.Is(err, fs.ErrNotExist) {
		return errors.Join(damaged(t.dir, "%s is there before its time", closedName(t.n)), err)
	}
	if err := os.Rename(filepath.Join(t.dir, logName), to); err != nil {
		return err
	}
	t.file.Close() // read only from here on
	t.file, t.size = nil, 0
	return t.create()
}

// create begins a new audit.jsonl.
func (t *tail) create() (err error) {
	t.file, err = disk.Open(filepath.Join(t.dir, logName), os.O_RDWR|os.O_CREATE|os.O_EXCL)
	return err
}

// between tells whether the record was left between two files, with the head h: the
// newest closed file ends with the line that h names.
func (t *tail) between(h head) (bool, error) {
	all, err := closedFiles(t.dir)
	if err != nil || len(all) == 0 || h.N == 0 {
		return false, err
	}
	newest := all[len(all)-1]
	f, err := disk.Open(filepath.Join(t.dir, newest.name), os.O_RDONLY)
	if err != nil {
		return false, err
	}
	defer f.Close()
	end, err := endOf(f)
	if err != nil {
		return false, err
	}
	l, err := open(end.last, t.key)
	return err == nil && end.torn == 0 && newest.last == h.N && l.N == h.N && l.Hash == h.Hash, nil
}
