// Package history remembers what went into an app, so that what comes out of it
// later still carries those sources.
//
// Built-in apps keep their items apart: an event made from a mail carries mail,
// its neighbour does not. Of any other app everything that it returns carries all
// that it ever received. The record is one file for each app, JSON lines that are
// only ever added to:
//
//	{"item":"7f3a","sources":["mail"]}
//	{"item":"","sources":["web/example.org"]}
//
// The item "" stands for the app as a whole, and "-" for items that are gone, changed or
// were never made: their absence tells something too. Which item a change makes is known
// only when it is made. Until then, and for good if it never is known, because the app or
// the hub died over it, what went in counts for the whole app:
//
//	{"change":"5d1c","sources":["mail"]}
//	{"change":"5d1c","done":true}
//
// Two more lines end what came before them:
//
//	{"gone":"weather"}  that app was removed: its name is now another's, or nobody's
//	{"forgotten":true}  the person had the app's data deleted, and its history with it
package history

import (
	"crypto/rand"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"sync"

	"secgpt/mediator/label"
)

// Gone is the item that stands for what an app no longer shows.
const Gone = "-"

// A History is what one app received. Safe for several goroutines; several
// processes may add to the same file.
type History struct {
	mu    sync.Mutex
	file  lines // its path is "" if it is kept in memory
	items map[string]label.Label
	ended map[string]label.Label // items of before it was forgotten, while this process runs
	sum   label.Label            // of all items
	open  map[string]label.Label // of changes whose items are not known
}

// Open returns the history in the folder of an app; with "" nothing is kept.
func Open(dir string) *History {
	h := &History{sum: label.Person(), items: map[string]label.Label{}, ended: map[string]label.Label{}, open: map[string]label.Label{}}
	if dir != "" {
		h.file.path = filepath.Join(dir, "history.jsonl")
	}
	return h
}

type line struct {
	Item    string         `json:"item"`
	Sources []label.Source `json:"sources"`

	Change string `json:"change,omitempty"`
	Done   bool   `json:"done,omitempty"`

	Gone      label.Source `json:"gone,omitempty"`
	Forgotten bool         `json:"forgotten,omitempty"`
}

// Retire records in the history of the folder's app that source was removed. What came
// from it counts as unknown from now on: an app that is added under its name later did
// not give it, and no rule for that one may answer for it.
func Retire(dir string, source label.Source) error {
	path := filepath.Join(dir, "history.jsonl")
	if named, err := names(path, source); !named {
		return err
	}
	return addLine(path, line{Gone: source})
}

// Forget ends the history in the folder of an app, whose data was deleted. A process
// that has read it before keeps it, since its app may still hold what it was given, and
// records what the app receives from then on, the same again too.
func Forget(dir string) error {
	return addLine(filepath.Join(dir, "history.jsonl"), line{Forgotten: true})
}

func addLine(path string, l line) error {
	b, err := json.Marshal(l)
	if err != nil {
		return err
	}
	return AddLine(path, b)
}

// Of returns what went into an item, "" for the app as a whole; the empty label if
// nothing did. An item that is unknown was there before us.
func (h *History) Of(item string) (label.Label, error) {
	h.mu.Lock()
	defer h.mu.Unlock()
	if err := h.catchUp(); err != nil {
		return label.Label{}, err
	}
	l := of(h.items, item).Join(of(h.ended, item))
	if item == "" {
		for _, o := range h.open {
			l = l.Join(o)
		}
	}
	return l, nil
}

// All returns what went into the app by any item: what another app may find in a place
// that both can write to, where no item can be told.
func (h *History) All() (label.Label, error) {
	h.mu.Lock()
	defer h.mu.Unlock()
	if err := h.catchUp(); err != nil {
		return label.Label{}, err
	}
	l := h.sum
	for _, o := range h.open {
		l = l.Join(o)
	}
	return l, nil
}

// Add records that l went into an item. It returns when that is on disk.
func (h *History) Add(item string, l label.Label) error {
	h.mu.Lock()
	defer h.mu.Unlock()
	if err := h.catchUp(); err != nil {
		return err
	}
	fresh := beyond(l, of(h.items, item))
	if len(fresh) == 0 {
		return nil
	}
	return h.add(line{Item: item, Sources: fresh})
}

// Begin records that l goes into an item that a change is about to make, and returns when
// that is on disk. The Change is told what came of it.
func (h *History) Begin(l label.Label) (*Change, error) {
	h.mu.Lock()
	defer h.mu.Unlock()
	id := make([]byte, 8)
	rand.Read(id) // never fails
	c := &Change{h, hex.EncodeToString(id), l}
	if l.Empty() {
		return c, nil
	}
	return c, errors.Join(h.catchUp(), h.add(line{Sources: l.Sources(), Change: c.id}))
}

// A Change is one that has begun. One that is told nothing counts for the whole app.
type Change struct {
	h  *History
	id string
	l  label.Label
}

// Made says which item the change made; "" if that can't be told.
func (c *Change) Made(item string) error {
	if err := c.h.Add(item, c.l); err != nil {
		return err
	}
	return c.Not()
}

// Not says that the change made nothing.
func (c *Change) Not() error {
	if c.l.Empty() {
		return nil
	}
	c.h.mu.Lock()
	defer c.h.mu.Unlock()
	return c.h.add(line{Change: c.id, Done: true})
}

// add adds a line, and reads it back with those of others.
func (h *History) add(l line) error {
	if h.file.path == "" {
		h.note(l)
		return nil
	}
	// An app that was never started has no folder yet.
	if err := os.MkdirAll(filepath.Dir(h.file.path), 0o700); err != nil {
		return err
	}
	return errors.Join(addLine(h.file.path, l), h.catchUp())
}

// catchUp reads what this or another process added since.
func (h *History) catchUp() error {
	return h.file.each(func(text []byte) {
		var l line
		if json.Unmarshal(text, &l) != nil {
			// What a torn line said is lost: the app as a whole is of unknown history.
			l = line{Sources: []label.Source{label.Unknown}}
		}
		h.note(l)
	})
}

func (h *History) note(l line) {
	switch {
	case l.Gone != "":
		for _, all := range []map[string]label.Label{h.items, h.ended, h.open} {
			for item, from := range all {
				if from.Has(l.Gone) {
					all[item] = renamed(from, l.Gone)
				}
			}
		}
		if h.sum.Has(l.Gone) {
			h.sum = renamed(h.sum, l.Gone)
		}
		return
	case l.Forgotten:
		if h.file.begun {
			for item, l := range h.items {
				h.ended[item] = of(h.ended, item).Join(l)
			}
		} else {
			h.sum = label.Person()
			clear(h.open)
		}
		clear(h.items)
		return
	case l.Change != "" && l.Done:
		delete(h.open, l.Change)
		return
	case l.Change != "":
		h.open[l.Change] = label.Of(l.Sources...)
		return
	}
	h.items[l.Item] = of(h.items, l.Item).Join(label.Of(l.Sources...))
	h.sum = h.sum.Join(h.items[l.Item])
}

// of is the label of a key, the empty one if it has none.
func of[K comparable](all map[K]label.Label, key K) label.Label {
	if l, ok := all[key]; ok {
		return l
	}
	return label.Person()
}

// beyond are the sources of a label that are not known yet.
func beyond(l, known label.Label) []label.Source {
	return slices.DeleteFunc(l.Sources(), known.Has)
}

// renamed is a label in which a source became unknown.
func renamed(l label.Label, gone label.Source) label.Label {
	sources := l.Sources()
	for i, s := range sources {
		if s == gone {
			sources[i] = label.Unknown
		}
	}
	return label.Of(sources...)
}

// Error wraps a history that can't be read: without it an app's results can't be
// labelled, so they are not used.
func Error(app string, err error) error {
	return fmt.Errorf("what %s received before can't be read: %w; its results are not used", app, err)
}
