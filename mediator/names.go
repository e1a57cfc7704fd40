package mediator

import (
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"maps"
	"os"
	"slices"
	"strings"
	"sync"

	"golang.org/x/text/unicode/norm"

	"secgpt/mediator/internal/disk"
	"secgpt/mediator/label"
)

// NameList is the list of names: what the person approved for a name they typed,
// bound by that approval and by nothing else. It is one JSON object in a file:
//
//	{"bob":"bob@example.org"}
//
// Safe for use by several goroutines; several processes take turns to bind.
type NameList struct {
	mu   sync.Mutex
	path string
	list map[string]string

	changes int // how often the list became another one
}

// maxNames bounds the list. Nobody types more names than that.
const maxNames = 10_000

// maxNamesFile bounds the file, in bytes: more than that many names take.
const maxNamesFile = 8 << 20

// OpenNames reads the list at path, which need not exist. With "" nothing is kept.
// A file that others can write is refused.
func OpenNames(path string) (*NameList, error) {
	l := &NameList{path: path, list: map[string]string{}}
	if path == "" {
		return l, nil
	}
	if err := l.load(); err != nil {
		return nil, fmt.Errorf("the list of names %s can't be read: %w; mend it, or delete it to start a new one", path, err)
	}
	return l, nil
}

// load reads what is in the file now.
func (l *NameList) load() error {
	f, err := disk.Open(l.path, os.O_RDONLY)
	if errors.Is(err, fs.ErrNotExist) {
		return nil
	}
	if err != nil {
		return err
	}
	defer f.Close()
	data, err := io.ReadAll(io.LimitReader(f, maxNamesFile))
	if err != nil {
		return err
	}
	list := map[string]string{}
	if err := json.Unmarshal(data, &list); err != nil {
		return err
	}
	if list == nil { // the file says null
		list = map[string]string{}
	}
	l.list = list
	l.changes++
	return nil
}

// Snapshot returns a copy of the list.
func (l *NameList) Snapshot() map[string]string {
	l.mu.Lock()
	defer l.mu.Unlock()
	return maps.Clone(l.list)
}

// In returns the part of the list whose names stand in the words: all that can
// endorse anything in their turn.
func (l *NameList) In(w *Words) map[string]string {
	l.mu.Lock()
	defer l.mu.Unlock()
	if w.names.of != l || w.names.at != l.changes {
		*w.names = namesIn{l, l.changes, map[string]string{}}
		for _, name := range phrases(w.text) {
			if value, ok := l.list[name]; ok {
				w.names.said[name] = value
			}
		}
	}
	return w.names.said
}

// namesIn is what In last found in some words.
type namesIn struct {
	of   *NameList
	at   int // changes of the list when it was found
	said map[string]string
}

// phrases are the runs of words in a text that could be a name, as the list spells
// names.
func phrases(text string) []string {
	var starts, ends []int
	inside := false
	for i, r := range text {
		if isWord(r) != inside {
			inside = !inside
			if inside {
				starts = append(starts, i)
			} else {
				ends = append(ends, i)
			}
		}
	}
	if inside {
		ends = append(ends, len(text))
	}
	var all []string
	for i, from := range starts {
		for _, to := range ends[i:min(i+maxNameWords, len(ends))] {
			if to-from > maxNameBytes {
				break
			}
			all = append(all, fold(text[from:to]))
		}
	}
	return all
}

// The bounds of a name that somebody types for somebody.
const (
	maxNameWords = 6
	maxNameBytes = 100
)

// Lookup returns the value bound to a name, whatever its case.
func (l *NameList) Lookup(name string) (string, bool) {
	l.mu.Lock()
	defer l.mu.Unlock()
	v, ok := l.list[fold(name)]
	return v, ok
}

// bind records that the person approved value for name.
func (l *NameList) bind(name, value string) error {
	l.mu.Lock()
	defer l.mu.Unlock()
	name = fold(name)
	if l.path != "" {
		lock, err := disk.Lock(l.path + ".lock")
		if err != nil {
			return err
		}
		defer lock.Close()
		if err := l.load(); err != nil { // another process may have bound others
			return err
		}
	}
	if _, known := l.list[name]; name == "" || l.list[name] == value || !known && len(l.list) >= maxNames {
		return nil
	}
	l.list[name] = value
	l.changes++
	if l.path == "" {
		return nil
	}
	data, err := json.Marshal(l.list)
	if err != nil {
		return err
	}
	return disk.Replace(l.path, data)
}

// remember keeps which name of the person's words a lookup of people was made for, so
// that an approval of what it found can bind the two. What a search of anything else
// found says nothing of who a name is.
func (t *Turn) remember(c Call) {
	for _, a := range c.Args {
		if !c.Tool.People || a.Value.Kind() != label.Text || !a.Value.All().Empty() {
			continue
		}
		if _, ok := t.words.afresh().find(a.Value.Str(), formName); ok {
			t.named[c.N] = a.Value.Str()
		}
	}
}

// binds is what a yes to this call would put on the list: the destinations that a
// lookup of names in the person's words found, alone or in a list. The question says so.
// An app's own data is not taken: whoever sends a mail chooses the address that an
// answer to it would go to. Nor is a name for which the call has two.
func (t *Turn) binds(c Call) []Bound {
	var all []Bound
	for _, a := range c.Args {
		if c.Tool.Roles[a.Name] != Destination {
			continue
		}
		each(a.Value, func(v label.Value) bool {
			o := v.Origin()
			if v.Kind() != label.Text || o.How != label.Result || o.App == c.Tool.App {
				return true
			}
			if b := (Bound{t.named[o.Call], v.Str()}); b.Name != "" && !slices.Contains(all, b) {
				all = append(all, b)
			}
			return len(all) <= maxBinds
		})
	}
	if len(all) > maxBinds {
		return nil
	}
	several := func(b Bound) bool {
		return slices.ContainsFunc(all, func(o Bound) bool { return fold(o.Name) == fold(b.Name) && o.Value != b.Value })
	}
	return slices.DeleteFunc(slices.Clone(all), several)
}

// maxBinds bounds the names that one yes binds: of more the person looks at none.
const maxBinds = 20

// bind puts on the list what the person just approved.
func (t *Turn) bind(all []Bound) {
	for _, b := range all {
		// A list that can't be written only means that the person is asked again.
		_ = t.monitor.Names.bind(b.Name, b.Value)
	}
}

func fold(name string) string { return strings.ToLower(norm.NFC.String(strings.TrimSpace(name))) }
