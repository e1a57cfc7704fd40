package audit

import (
	"errors"
	"fmt"
	"io"
)

// maxRead bounds what Read keeps in memory at once.
const maxRead = 100_000

// Read returns the last entries for which keep is true, oldest first, at most
// limit and never more than 100,000. A nil keep takes all. Lines that can't be
// trusted are left out, and the error names the first of them; the entries are
// right all the same.
func Read(dir string, keep func(Entry) bool, limit int) ([]Entry, error) {
	limit = min(max(limit, 0), maxRead)
	var out []Entry
	err := each(dir, func(e Entry) {
		if keep != nil && !keep(e) {
			return
		}
		if out = append(out, e); len(out) >= 2*limit+1 {
			out = append(out[:0], out[len(out)-limit:]...)
		}
	})
	return out[max(0, len(out)-limit):], err
}

// each calls f with every entry that can be trusted by itself.
func each(dir string, f func(Entry)) error {
	s, err := look(dir)
	if err != nil || s.file == nil {
		return err
	}
	defer s.file.Close()
	var bad error
	err = scan(io.LimitReader(s.file, s.size), func(no int64, data []byte, whole bool) {
		if !whole && len(data) < maxLine {
			return // unfinished: what it was about never happened
		}
		l, err := open(data, s.key)
		if err == nil {
			f(l.Entry)
		} else if bad == nil {
			bad = fmt.Errorf("%w: line %d %w: `secgpt audit verify` tells more", ErrDamaged, no, err)
		}
	})
	return errors.Join(err, bad)
}
