package audit

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"slices"
)

// maxRead bounds what Read keeps in memory at once.
const maxRead = 100_000

// Read returns the last entries for which keep is true, oldest first, at most
// limit and never more than 100,000. A nil keep takes all. It reads the files of the
// record from the newest back, and no more of them than it needs. Lines that can't be
// trusted are left out, and the error names one of them; the entries are right all the
// same.
func Read(dir string, keep func(Entry) bool, limit int) ([]Entry, error) {
	limit = min(max(limit, 0), maxRead)
	s, err := look(dir)
	if err != nil {
		return nil, err
	}
	defer s.close()
	var out []Entry
	for i := range slices.Backward(s.parts) {
		var part []Entry
		room := limit - len(out)
		e := s.each(i, nil, func(e Entry) {
			if keep != nil && !keep(e) {
				return
			}
			if part = append(part, e); len(part) >= 2*room+1 {
				part = append(part[:0], part[len(part)-room:]...)
			}
		})
		if err == nil || e != nil {
			err = e // of several, the oldest
		}
		if out = append(part[max(0, len(part)-room):], out...); len(out) == limit {
			break
		}
	}
	return out, err
}

// each calls f with every entry of file i that can be trusted by itself. With
// needles, lines that hold none of them are passed over unread.
func (s *state) each(i int, needles [][]byte, f func(Entry)) error {
	file, size, err := s.open(i)
	if err != nil {
		return err
	}
	defer file.Close()
	var bad error
	err = scan(io.LimitReader(file, size), func(no int64, data []byte, whole bool) {
		if !whole && len(data) < maxLine {
			return // unfinished: what it was about never happened
		}
		if needles != nil && !slices.ContainsFunc(needles, func(n []byte) bool { return bytes.Contains(data, n) }) {
			return
		}
		l, err := open(data, s.key)
		if err == nil {
			f(l.Entry)
		} else if bad == nil {
			bad = fmt.Errorf("%w: line %d%s %w: `secgpt audit verify` tells more", ErrDamaged, no, s.in(i), err)
		}
	})
	return errors.Join(err, bad)
}
