package builtin

import (
	"bytes"
	"context"
	"crypto/rand"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"time"
)

// The bounds of a journal.
const (
	maxKept     = 1000     // changes that can be undone; older ones are forgotten
	maxKeptSize = 64 << 20 // bytes of all of them, so that big files can't fill the disk
	maxObject   = 8 << 20  // bytes of one object, before and after together
	maxShown    = 20 << 10 // bytes of an object in Undone: it is shown to a person
)

// A Journal keeps what was before each change, so that the change can be taken back.
// Each is one file, DATA/undo/TOKEN.json, mode 0600:
//
//	{"object":"work.ics","before":null,"after":"QkVHSU4…","at":"2026-05-04T10:00:00Z","undone":false}
//
// Before and after are the object's bytes in base64; null says that there was none.
// The zero Journal is not usable; call NewJournal. Its methods may be called from
// several goroutines.
type Journal struct {
	dir string
	mu  sync.Mutex
}

// Content is an object's bytes, or the fact that there is none (the zero Content).
type Content struct {
	Exists bool
	Bytes  []byte
}

// Present is the Content of an object that is there.
func Present(b []byte) Content { return Content{Exists: true, Bytes: b} }

// Equal reports whether c and d are the same bytes, or both absent.
func (c Content) Equal(d Content) bool {
	return c.Exists == d.Exists && bytes.Equal(c.Bytes, d.Bytes)
}

func (c Content) text() string {
	if !c.Exists {
		return ""
	}
	return Cut(strings.ToValidUTF8(string(c.Bytes), "\uFFFD"), maxShown)
}

// entry is one file of the journal.
type entry struct {
	Object string    `json:"object"`
	Before *[]byte   `json:"before"`
	After  *[]byte   `json:"after"`
	At     time.Time `json:"at"`
	Undone bool      `json:"undone"`
}

// Undone is what became of an undo. Exactly one of Done, Changed and Already is true.
type Undone struct {
	Object  string `json:"object" jsonschema:"what was changed"`
	Done    bool   `json:"done" jsonschema:"it is as it was before the change"`
	Changed bool   `json:"changed" jsonschema:"it changed since, so nothing was done: ask, then force"`
	Already bool   `json:"already" jsonschema:"this change was taken back before"`
	Now     string `json:"now,omitempty" jsonschema:"if changed: its text now, empty if it is gone"`
	Before  string `json:"before,omitempty" jsonschema:"if changed: the text that force would bring back"`
}

// NewJournal returns the journal of the app whose data folder is data.
func NewJournal(data string) *Journal { return &Journal{dir: filepath.Join(data, "undo")} }

// Keep notes a change before it is made, and returns the token that takes it back.
// After must be the very bytes that will be there, or the zero Content for a delete.
// If the change then fails, call Drop.
func (j *Journal) Keep(object string, before, after Content) (token string, err error) {
	if n := len(before.Bytes) + len(after.Bytes); n > maxObject {
		return "", Errorf("%s is too large to be changed in a way that can be undone: %d bytes, %d at most", object, n, maxObject)
	}
	now := time.Now()
	var r [8]byte
	_, _ = rand.Read(r[:])
	// The time comes first, so that names sort by age.
	token = fmt.Sprintf("%016x%s", now.UnixNano(), hex.EncodeToString(r[:]))
	j.mu.Lock()
	defer j.mu.Unlock()
	e := entry{Object: object, Before: pointer(before), After: pointer(after), At: now.UTC().Truncate(time.Second)}
	if err := j.write(token, e); err != nil {
		return "", err
	}
	j.forget()
	return token, nil
}

// Drop forgets a change that was kept and then not made.
func (j *Journal) Drop(token string) {
	j.mu.Lock()
	defer j.mu.Unlock()
	if validToken(token) {
		_ = os.Remove(j.path(token))
	}
}

// Undo takes a change back. Current reads the object as it is now, restore writes it
// (or deletes it, given the zero Content). If the object is not what the change left,
// nothing is done and Changed is set, unless force. Undoing twice says Already.
func (j *Journal) Undo(token string, force bool, current func(object string) (Content, error), restore func(object string, c Content) error) (Undone, error) {
	j.mu.Lock()
	defer j.mu.Unlock()
	e, err := j.read(token)
	if err != nil {
		return Undone{}, err
	}
	u := Undone{Object: e.Object}
	if e.Undone {
		u.Already = true
		return u, nil
	}
	now, err := current(e.Object)
	if err != nil {
		return Undone{}, err
	}
	before, after := content(e.Before), content(e.After)
	// An undo that was cut off after restore and before its mark left "before" there.
	if !now.Equal(before) {
		if !now.Equal(after) && !force {
			u.Changed, u.Now, u.Before = true, now.text(), before.text()
			return u, nil
		}
		if err := restore(e.Object, before); err != nil {
			return Undone{}, err
		}
	}
	e.Undone = true
	if err := j.write(token, e); err != nil {
		return Undone{}, err
	}
	u.Done = true
	return u, nil
}

// UndoIn is what the undo tool takes.
type UndoIn struct {
	Token string `json:"token" jsonschema:"what the change returned as undo"`
	Force bool   `json:"force,omitempty" jsonschema:"also if the object changed since"`
}

// AddUndo gives s the tool undo, which every app that writes has. Manifests hide it.
func AddUndo(s *Server, j *Journal, current func(object string) (Content, error), restore func(object string, c Content) error) {
	Add(s, "undo", "Take back a change", func(_ context.Context, in UndoIn) (Out[Undone], error) {
		u, err := j.Undo(in.Token, in.Force, current, restore)
		return Out[Undone]{Result: u}, err
	})
}

func (j *Journal) path(token string) string { return filepath.Join(j.dir, token+".json") }

func (j *Journal) read(token string) (entry, error) {
	var e entry
	if !validToken(token) {
		return e, Errorf("no change has the token %q", Cut(token, 40))
	}
	b, err := ReadFile(j.path(token), 2*maxObject)
	if errors.Is(err, fs.ErrNotExist) {
		return e, Errorf("this change can no longer be undone: only the last %d are kept", maxKept)
	}
	if err != nil {
		return e, fmt.Errorf("undo %s: %w", token, err)
	}
	if err := json.Unmarshal(b, &e); err != nil {
		return e, fmt.Errorf("undo %s is damaged: %w", token, err)
	}
	return e, nil
}

func (j *Journal) write(token string, e entry) error {
	b, err := json.Marshal(e)
	if err != nil {
		return err
	}
	return WriteFile(j.path(token), b)
}

// forget removes the oldest changes until the journal is within its bounds. The
// newest always stays.
func (j *Journal) forget() {
	files, err := os.ReadDir(j.dir) // sorted by name, which is by age
	if err != nil {
		return
	}
	count, size := 0, int64(0)
	for i := len(files) - 1; i >= 0; i-- {
		token, ok := strings.CutSuffix(files[i].Name(), ".json")
		if !ok || !validToken(token) {
			continue
		}
		if info, err := files[i].Info(); err == nil {
			size += info.Size()
		}
		count++
		if count > 1 && (count > maxKept || size > maxKeptSize) {
			_ = os.Remove(j.path(token))
		}
	}
}

func validToken(t string) bool {
	b, err := hex.DecodeString(t)
	return err == nil && len(b) == 16 && t == strings.ToLower(t)
}

func pointer(c Content) *[]byte {
	if !c.Exists {
		return nil
	}
	b := c.Bytes
	if b == nil {
		b = []byte{} // null would read as absent
	}
	return &b
}

func content(b *[]byte) Content {
	if b == nil {
		return Content{}
	}
	return Present(*b)
}
