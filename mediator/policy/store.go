package policy

import (
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"sync"

	"secgpt/mediator/internal/disk"
)

// ErrNoRule is returned by Remove for a number that no rule has.
var ErrNoRule = errors.New("`secgpt policy list` shows the rules")

// A Store is policy.toml, shared by every secgpt of the person. It is safe for
// use by many goroutines and processes at once.
type Store struct {
	path string

	mu   sync.Mutex
	seen stamp // what the file was when have was read
	text string
	have content
	near *Index // of have
}

// Open returns the rules kept at path. The file need not exist; one that is
// damaged, or that others can write, is an error of type *FileError. Nothing is
// made before the first Add.
func Open(path string) (*Store, error) {
	s := &Store{path: path}
	_, err := s.Rules()
	return s, err
}

// Path is where the rules are.
func (s *Store) Path() string { return s.path }

// Rules returns the rules as they stand in the file now: an edit by the person,
// or by another secgpt, counts from the next call on. With an error there are no
// rules, so nothing is allowed; the caller must not go on as if no `deny` held.
func (s *Store) Rules() (Set, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	c, err := s.now()
	return slices.Clone(c.rules), err
}

// Index returns the same rules, ready to be asked.
func (s *Store) Index() (*Index, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if _, err := s.now(); err != nil {
		return nil, err
	}
	if s.near == nil {
		s.near = NewIndex(s.have.rules)
	}
	return s.near, nil
}

// now is what the file says; it is read where it may have changed.
func (s *Store) now() (content, error) {
	if now, ok := stampOf(s.path); ok && now == s.seen && now.old() {
		return s.have, nil
	}
	_, c, err := s.read()
	return c, err
}

// Add keeps a rule and returns its number, once the rule is on disk. A rule that
// is already there is not kept twice: its number is returned.
func (s *Store) Add(r Rule) (int, error) {
	if again, err := Parse(r.String()); err != nil || again.String() != r.String() {
		return 0, fmt.Errorf("keep a rule: %w", errors.Join(errors.New("it has no spelling"), err))
	}
	number := 0
	err := s.change(func(text string, c content, used int) (string, content, error) {
		for _, have := range c.rules {
			if have.String() == r.String() {
				number = have.Number
				return text, c, nil
			}
		}
		if len(c.rules) >= maxRules {
			return "", c, fmt.Errorf("%d rules are kept already: remove one first", maxRules)
		}
		r.Number = max(c.next, used+1)
		number = r.Number
		if !r.Made.IsZero() {
			r.Made = day(r.Made)
		}
		text, c = added(text, c, r)
		return text, c, nil
	})
	return number, err
}

// Remove forgets the rule with this number. Its number stays used.
func (s *Store) Remove(number int) error {
	return s.change(func(text string, c content, _ int) (string, content, error) {
		i := slices.IndexFunc(c.rules, func(r Rule) bool { return r.Number == number })
		if i < 0 {
			return "", c, fmt.Errorf("there is no rule %d: %w", number, ErrNoRule)
		}
		text, c = removed(text, c, i)
		return text, c, nil
	})
}

// change does one change while no other process can. The highest number ever used
// is kept in the lock file too, for the person who removes a rule by hand.
func (s *Store) change(edit func(text string, c content, used int) (string, content, error)) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	if err := disk.Folder(filepath.Dir(s.path)); err != nil {
		return err
	}
	lock, err := disk.Lock(s.path + ".lock")
	if err != nil {
		return err
	}
	defer lock.Close()
	text, c, err := s.read()
	if err != nil {
		return err
	}
	changed, c, err := edit(text, c, highest(lock))
	if err != nil || changed == text {
		return err
	}
	if _, err := parseFile(changed); err != nil || len(changed) > maxFile {
		return errors.Join(fmt.Errorf("%s can't hold that", s.path), err)
	}
	if _, err := lock.WriteAt(fmt.Appendf(nil, "%010d\n", c.next-1), 0); err != nil {
		return err
	}
	return disk.Replace(s.path, []byte(changed))
}

func highest(lock *os.File) int {
	b := make([]byte, 16)
	n, _ := lock.ReadAt(b, 0)
	used, err := strconv.Atoi(strings.TrimSpace(string(b[:n])))
	if err != nil || used < 0 || used >= maxNumber {
		return 0 // new, or damaged: the file's own next still holds
	}
	return used
}

// read reads the file and remembers it. A missing file has no rules.
func (s *Store) read() (string, content, error) {
	text, have, near := s.text, s.have, s.near
	s.seen, s.text, s.have, s.near = stamp{}, "", content{next: 1}, nil
	f, err := disk.Open(s.path, os.O_RDONLY)
	if errors.Is(err, fs.ErrNotExist) {
		return "", s.have, nil
	}
	if err != nil {
		return "", content{}, &FileError{Path: s.path, Err: err}
	}
	defer f.Close()
	before, ok := stampFrom(f.Stat())
	data, err := io.ReadAll(io.LimitReader(f, maxFile+1))
	if err == nil && len(data) > maxFile {
		err = fmt.Errorf("larger than %d bytes", maxFile)
	}
	if err != nil {
		return "", content{}, &FileError{Path: s.path, Err: err}
	}
	c, err := have, error(nil)
	if text == "" || text != string(data) { // a file that is young is read again, not parsed again
		near = nil
		c, err = parseFile(string(data))
	}
	if err != nil {
		var fe *FileError
		if errors.As(err, &fe) {
			fe.Path = s.path
		}
		return "", content{}, err
	}
	if after, okToo := stampFrom(f.Stat()); ok && okToo && after == before {
		s.seen = before
	}
	s.text, s.have, s.near = string(data), c, near
	return s.text, c, nil
}

func stampOf(path string) (stamp, bool) { return stampFrom(os.Stat(path)) }
