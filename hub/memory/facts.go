package memory

import (
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"slices"
	"strings"
	"time"

	"secgpt/apps/osfile"
	"secgpt/mediator/label"
)

// Facts are what one app remembers: what the person typed for it, or agreed to when its
// model wanted to keep it. They enter that app's asks and nothing else. They lie in the
// app's folder, where its room does not see them, in memory.json, which is written anew at
// each change, so that what was forgotten is gone:
//
//	{"next":3,"could":{"from":[[],["mail"]],"v":{"l":2}},"could_removed":0,
//	 "facts":[{"n":2,"v":VALUE,"removed":0,"at":"2026-11-23T14:02:03Z","session":"5f0c…","by":"model"}]}
//
// `could` is a value whose label is what the models had seen that could have kept something:
// that a fact is not there tells of it. `removed` is as in a session's lines.
type Facts struct {
	dir  Store // the app's folder
	apps Store // where the apps that were removed are known
}

// FactsOf are those of the app whose folder this is, in the profile with this state folder.
func FactsOf(dir, state string) Facts { return Facts{Store{dir}, In(state)} }

// The bounds of what an app remembers: all of it enters each of its asks, and small models
// lose the thread in long ones.
const (
	MaxFacts = 24  // of one app
	MaxFact  = 300 // bytes of one
)

// A Fact is one thing that an app remembers.
type Fact struct {
	N       int
	Text    label.Value
	At      time.Time
	Session string // in which it was kept
	By      string // "person", or "model" with the person's yes
}

const (
	factsName = "memory.json"
	factsLock = "memory.lock"
	maxFacts  = 1 << 20 // bytes of the file
)

type factsFile struct {
	Next         int             `json:"next"`
	Could        json.RawMessage `json:"could,omitempty"`
	CouldRemoved int             `json:"could_removed"`
	Facts        []factLine      `json:"facts"`
}

type factLine struct {
	N       int             `json:"n"`
	V       json.RawMessage `json:"v"`
	Removed int             `json:"removed"`
	At      time.Time       `json:"at"`
	Session string          `json:"session,omitempty"`
	By      string          `json:"by"`
}

// All reads the facts, oldest first, and the label of what decided over what is not there.
func (f Facts) All() ([]Fact, label.Label, error) {
	none := label.Person()
	file, err := f.read()
	if err != nil {
		return nil, none, err
	}
	gone, err := f.apps.removed()
	if err != nil {
		return nil, none, err
	}
	could := none
	if file.Could != nil {
		v, err := decode(file.Could, gone.since(file.CouldRemoved))
		if err != nil {
			return nil, none, f.bad()
		}
		could = v.All()
	}
	var all []Fact
	for _, l := range file.Facts {
		v, err := decode(l.V, gone.since(l.Removed))
		if err != nil || v.Kind() != label.Text || len(v.Str()) > MaxFact {
			return nil, none, f.bad()
		}
		all = append(all, Fact{l.N, v, l.At, l.Session, l.By})
	}
	return all, could, nil
}

func (f Facts) bad() error {
	return fmt.Errorf("%s can't be read; look at it, or delete it", f.dir.path(factsName))
}

func (f Facts) read() (factsFile, error) {
	file := factsFile{Next: 1}
	r, err := f.dir.open(factsName, os.O_RDONLY)
	if errors.Is(err, fs.ErrNotExist) {
		return file, nil
	}
	if err != nil {
		return file, err
	}
	defer r.Close()
	data, err := io.ReadAll(io.LimitReader(r, maxFacts))
	if err != nil {
		return file, err
	}
	if json.Unmarshal(data, &file) != nil || file.Next < 1 || len(file.Facts) > MaxFacts {
		return file, f.bad()
	}
	return file, nil
}

// change puts another file in the place of the one that is there, whole or not at all, while
// no other process can.
func (f Facts) change(do func(*factsFile) error) error {
	if err := f.dir.folder(); err != nil {
		return err
	}
	lock, err := f.dir.open(factsLock, os.O_RDWR|os.O_CREATE)
	if err != nil {
		return err
	}
	defer lock.Close()
	if err := osfile.Lock(lock); err != nil {
		return err
	}
	file, err := f.read()
	if err == nil {
		err = do(&file)
	}
	if err != nil {
		return err
	}
	data, err := marshal(file)
	if err != nil {
		return err
	}
	tmp, err := os.CreateTemp(f.dir.dir, ".memory-*") // 0600
	if err != nil {
		return err
	}
	_, err = tmp.Write(append(data, '\n'))
	if err == nil {
		err = tmp.Sync()
	}
	if err = errors.Join(err, tmp.Close()); err == nil {
		err = os.Rename(tmp.Name(), f.dir.path(factsName))
	}
	if err != nil {
		return errors.Join(err, os.Remove(tmp.Name()))
	}
	return nil
}

// Add keeps a fact and returns its number, which is never used again.
func (f Facts) Add(text label.Value, session, by string, now time.Time) (n int, err error) {
	if err := Fits(text.Str()); err != nil {
		return 0, err
	}
	return n, f.change(func(file *factsFile) error {
		if len(file.Facts) >= MaxFacts {
			return fmt.Errorf("%w: it remembers %d things, the most there can be; let it forget one", ErrFull, MaxFacts)
		}
		l, err := f.line(text, session, by, now)
		l.N, n = file.Next, file.Next
		file.Next++
		file.Facts = append(file.Facts, l)
		return err
	})
}

// Fits reports why a text can be no fact.
func Fits(text string) error {
	switch {
	case strings.TrimSpace(text) == "":
		return errors.New("there is nothing to remember")
	case len(text) > MaxFact:
		return fmt.Errorf("that has %d bytes; what an app remembers has %d at most", len(text), MaxFact)
	}
	return nil
}

func (f Facts) line(text label.Value, session, by string, now time.Time) (factLine, error) {
	gone, err := f.apps.removed()
	if err != nil {
		return factLine{}, err
	}
	raw, err := encode(text)
	return factLine{V: raw, Removed: len(gone), At: now.UTC(), Session: session, By: by}, err
}

// Edit puts the person's own words in the place of fact n.
func (f Facts) Edit(n int, text string, now time.Time) error {
	if err := Fits(text); err != nil {
		return err
	}
	return f.change(func(file *factsFile) error {
		i, err := file.find(n)
		if err != nil {
			return err
		}
		l, err := f.line(label.TextOf(text, label.Person()), "", "person", now)
		l.N = n
		file.Facts[i] = l
		return err
	})
}

func (file factsFile) find(n int) (int, error) {
	i := slices.IndexFunc(file.Facts, func(l factLine) bool { return l.N == n })
	if i < 0 {
		return i, fmt.Errorf("it remembers nothing with the number %d", n)
	}
	return i, nil
}

// Forget deletes fact n.
func (f Facts) Forget(n int) error {
	return f.change(func(file *factsFile) error {
		i, err := file.find(n)
		if err == nil {
			file.Facts = slices.Delete(file.Facts, i, i+1)
		}
		return err
	})
}

// ForgetAll deletes all that the app remembers. A file that can't be read goes too.
func (f Facts) ForgetAll() error {
	err := os.Remove(f.dir.path(factsName))
	if errors.Is(err, fs.ErrNotExist) {
		return nil
	}
	return err
}

// Could keeps that what is in l could have decided over what the app remembers.
func (f Facts) Could(l label.Label) error {
	if _, was, err := f.All(); err != nil || was.Covers(l) {
		return err
	}
	gone, err := f.apps.removed()
	if err != nil {
		return err
	}
	return f.change(func(file *factsFile) error {
		if file.Could != nil { // another process may have added to it
			v, err := decode(file.Could, gone.since(file.CouldRemoved))
			if err != nil {
				return f.bad()
			}
			l = l.Join(v.All())
		}
		file.Could, err = encode(label.NullOf(l))
		file.CouldRemoved = len(gone)
		return err
	})
}
