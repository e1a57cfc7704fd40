package history

import (
	"bytes"
	"encoding/json"
	"errors"
	"os"
	"path/filepath"
	"sync"

	"secgpt/mediator/label"
)

// Places remember what may lie where several apps can put something: in a folder of the
// person's, at a host. That outlives the apps: what one wrote there is still there when
// its manifest can't be read any more, when it may not write there now, or when it is
// gone. The record is one file for a profile, JSON lines that are only ever added to:
//
//	{"place":"/home/bob/shared","app":"guest","sources":["guest","mail"]}
//	{"place":"host imap.example.org","app":"guest","sources":["guest","mail"]}
//
// It says whose data an app had received by the time when it could put something there. Three
// more lines change what came before them, and one says that all is noted that was there
// before there was such a record:
//
//	{"gone":"guest"}      that app was removed: what it put there is nobody's now
//	{"forgotten":"guest"} its history ended: what it put there counts against it as well
//	{"place":"/home/bob/shared","ended":true}  the person ended what is known of it
//	{"adopted":true}
//
// Safe for several goroutines; several processes may add to the same file.
type Places struct {
	mu    sync.Mutex
	file  lines
	at    map[string]map[label.Source]label.Label // place → who put it there → what
	ended map[string]map[label.Source]label.Label // the same, of before it ended, while this process runs

	adopted bool
}

// nobody put there what an app did that was removed or forgotten.
const nobody label.Source = ""

// Anywhere is the place of a line that can't be read.
const Anywhere = ""

// OpenPlaces returns the places that a file remembers; it need not be there.
func OpenPlaces(path string) *Places {
	return &Places{file: lines{path: path}, at: map[string]map[label.Source]label.Label{}, ended: map[string]map[label.Source]label.Label{}}
}

// A Put is what an app may have put in a place.
type Put struct {
	Place string
	App   label.Source
	What  label.Label
}

type placeLine struct {
	Place   string         `json:"place,omitempty"`
	App     label.Source   `json:"app,omitempty"`
	Sources []label.Source `json:"sources,omitempty"`
	Ended   bool           `json:"ended,omitempty"`

	Gone      label.Source `json:"gone,omitempty"`
	Forgotten label.Source `json:"forgotten,omitempty"`
	Adopted   bool         `json:"adopted,omitempty"`
}

// Note records what apps may put in places. It returns when all of that is on disk, and
// writes nothing that is known.
func (p *Places) Note(puts ...Put) error { return p.add(puts) }

// Adopted reports whether what was there before anything was noted is noted.
func (p *Places) Adopted() (bool, error) {
	p.mu.Lock()
	defer p.mu.Unlock()
	err := p.catchUp()
	return p.adopted, err
}

// Adopt notes what was there before anything was noted.
func (p *Places) Adopt(puts ...Put) error {
	if err := os.MkdirAll(filepath.Dir(p.file.path), 0o700); err != nil {
		return err
	}
	return p.add(puts, placeLine{Adopted: true})
}

// add notes puts and then more lines, in one write.
func (p *Places) add(puts []Put, more ...placeLine) error {
	p.mu.Lock()
	defer p.mu.Unlock()
	if err := p.catchUp(); err != nil {
		return err
	}
	var fresh []placeLine
	for _, put := range puts {
		if what := beyond(put.What, of(p.at[put.Place], put.App)); len(what) > 0 {
			fresh = append(fresh, placeLine{Place: put.Place, App: put.App, Sources: what})
		}
	}
	return errors.Join(addPlaces(p.file.path, append(fresh, more...)...), p.catchUp())
}

// Of is what others than app may have put in the places for which in is true.
func (p *Places) Of(app label.Source, in func(place string) bool) (label.Label, error) {
	l := label.Person()
	err := p.Each(func(put Put) {
		if put.App != app && (put.Place == Anywhere || in(put.Place)) {
			l = l.Join(put.What)
		}
	})
	return l, err
}

// Each tells all that is known, in no order, and may tell of an app at a place twice.
func (p *Places) Each(do func(Put)) error {
	p.mu.Lock()
	defer p.mu.Unlock()
	if err := p.catchUp(); err != nil {
		return err
	}
	for _, all := range p.both() {
		for place, by := range all {
			for app, what := range by {
				do(Put{place, app, what})
			}
		}
	}
	return nil
}

// RetirePlaces records that source was removed, as Retire does for what apps received.
func RetirePlaces(path string, source label.Source) error {
	if named, err := names(path, source); !named {
		return err
	}
	return addPlaces(path, placeLine{Gone: source})
}

// ForgetPlaces records that the history of an app ended, and what was known of some places
// with it. Elsewhere what it put there stays, and counts against it too. A process that has
// read of the places before keeps what it knows, and records what is put there from then on,
// the same again too.
func ForgetPlaces(path string, app label.Source, ended []string) error {
	all := []placeLine{{Forgotten: app}}
	for _, place := range ended {
		all = append(all, placeLine{Place: place, Ended: true})
	}
	return addPlaces(path, all...)
}

func addPlaces(path string, all ...placeLine) error {
	if len(all) == 0 {
		return nil
	}
	texts := make([][]byte, len(all))
	for i, l := range all {
		var err error
		if texts[i], err = json.Marshal(l); err != nil {
			return err
		}
	}
	return AddLine(path, bytes.Join(texts, []byte{'\n'}))
}

func (p *Places) catchUp() error {
	return p.file.each(func(text []byte) {
		var l placeLine
		if json.Unmarshal(text, &l) != nil {
			l = placeLine{Place: Anywhere, Sources: []label.Source{label.Unknown}} // nobody knows what it said
		}
		p.note(l)
	})
}

func (p *Places) note(l placeLine) {
	switch {
	case l.Adopted:
		p.adopted = true
	case l.Gone != "":
		for _, all := range p.both() {
			for _, by := range all {
				for app, what := range by {
					if what.Has(l.Gone) {
						by[app] = renamed(what, l.Gone)
					}
				}
				disown(by, l.Gone)
			}
		}
	case l.Forgotten != "":
		for _, all := range p.both() {
			for _, by := range all {
				disown(by, l.Forgotten)
			}
		}
	case l.Ended:
		if p.file.begun {
			for app, what := range p.at[l.Place] {
				join(p.ended, l.Place, app, what)
			}
		}
		delete(p.at, l.Place)
	default:
		join(p.at, l.Place, l.App, label.Of(l.Sources...))
	}
}

func (p *Places) both() []map[string]map[label.Source]label.Label {
	return []map[string]map[label.Source]label.Label{p.at, p.ended}
}

func join(all map[string]map[label.Source]label.Label, place string, app label.Source, what label.Label) {
	if all[place] == nil {
		all[place] = map[label.Source]label.Label{}
	}
	all[place][app] = of(all[place], app).Join(what)
}

// disown makes what an app put in a place nobody's.
func disown(by map[label.Source]label.Label, app label.Source) {
	what, ok := by[app]
	if !ok {
		return
	}
	delete(by, app)
	by[nobody] = of(by, nobody).Join(what)
}
