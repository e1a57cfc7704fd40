package memory

import (
	"crypto/sha256"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"syscall"
	"time"

	"secgpt/mediator/label"
)

// A Session is one that is being added to. It is not safe for use by several goroutines.
type Session struct {
	store   Store
	id      string
	removed int // how many apps had been removed when we began

	file *os.File // nil until there is something to keep
	size int64
	sum  string // of the last line

	vars map[string]set
	told map[string]bool // variables that were said to be too large
	over error           // why nothing more is kept

	sync func(*os.File) error
}

// A set is where a variable was written last, and a digest of what was written. With v it
// is that variable, which need not be written to be known again.
type set struct {
	at     int64
	digest [sha256.Size]byte
	v      *Var
}

// is reports, without a look into values, that a variable is the one that was written. Values
// do not change, so a list or an object is the same if it is the same in memory.
func (s set) is(v Var) bool {
	if s.v == nil || !s.v.Set || !v.Set || !s.v.Taint.Equal(v.Taint) {
		return false
	}
	a, b := s.v.Value, v.Value
	if a.Kind() != b.Kind() || !a.Own().Equal(b.Own()) || a.Origin() != b.Origin() {
		return false
	}
	switch a.Kind() {
	case label.List:
		return len(a.Items()) > 0 && len(a.Items()) == len(b.Items()) && &a.Items()[0] == &b.Items()[0]
	case label.Object:
		return len(a.Fields()) > 0 && len(a.Fields()) == len(b.Fields()) && &a.Fields()[0] == &b.Fields()[0]
	case label.Text:
		x, y := a.TextSpans(), b.TextSpans()
		return len(x) > 0 && len(x) == len(y) && &x[0] == &y[0]
	}
	return false
}

// New begins a session. Its file is made when there is something to keep.
func (s Store) New(id string) (*Session, error) {
	if err := s.private(); err != nil {
		return nil, err
	}
	gone, err := s.removed()
	if err != nil {
		return nil, err
	}
	return &Session{store: s, id: id, removed: len(gone), sum: noSum, vars: map[string]set{}, told: map[string]bool{}, sync: (*os.File).Sync}, nil
}

// Close ends the session here; another process can go on with it.
func (s *Session) Close() error {
	if s.file == nil {
		return nil
	}
	return s.file.Close()
}

// create makes the file and its first line.
func (s *Session) create(now time.Time) error {
	if err := s.store.folder(); err != nil {
		return err
	}
	all, err := s.store.ids()
	if err != nil {
		return err
	}
	if len(all) >= MaxSessions {
		s.over = fmt.Errorf("%w: there are %d sessions, the most there can be; `secgpt sessions delete` makes room", ErrFull, len(all))
		return s.over
	}
	name := s.id + ending
	f, err := s.store.open(name, os.O_RDWR|os.O_CREATE|os.O_EXCL)
	if err != nil {
		return err
	}
	if err := s.store.hold(f, s.id); err != nil {
		f.Close()
		return err
	}
	s.file, s.size, s.sum = f, 0, noSum
	if err := s.append(line{Kind: kindSession, V: version, ID: s.id, At: now.UTC()}, s.size, false); err != nil {
		s.file = nil
		return errors.Join(err, f.Close(), os.Remove(s.store.path(name)))
	}
	return nil
}

// Begin keeps that a turn was asked for, before anything of it happens. What it says is
// that the rest of the turn will not be kept, and why.
func (s *Session) Begin(t Turn) error {
	if s.over != nil {
		return s.over
	}
	if s.file == nil {
		if err := s.create(t.Began); err != nil {
			return s.said(err)
		}
	}
	return s.said(s.append(line{Kind: kindRequest, N: t.N, At: t.Began.UTC(), Words: wordsOf(t.Words), Plan: t.Plan}, s.size, false))
}

// Add keeps a turn and what the conversation goes on with, and returns when both are on
// disk. What did not fit is named in left, in words for people; it is kept without that.
func (s *Session) Add(t Turn, st State) (left []string, err error) {
	if s.over != nil {
		return nil, s.over
	}
	if s.file == nil {
		if err := s.create(t.Began); err != nil {
			return nil, s.said(err)
		}
	}
	l := line{Kind: kindTurn, N: t.N, At: t.Began.Add(t.Took).UTC(), By: t.By, Plan: t.Plan, Text: t.Text, Took: t.Took,
		Errors: t.Errors, Questions: t.Questions, Decisions: t.Decisions, Exit: t.Exit, Past: t.Past}
	if t.Model != (Model{}) {
		l.Model = &t.Model
	}
	w := &writer{room: MaxLine / 2}
	w.turn(&l, t)
	l.Left = w.left
	now, tooLarge := s.state(&l, st)
	if err := s.append(l, s.size, true); err != nil {
		return nil, s.said(err)
	}
	s.vars = now
	return append(w.left, tooLarge...), nil
}

// said is an error in words for people.
func (s *Session) said(err error) error {
	for _, no := range []syscall.Errno{syscall.ENOSPC, syscall.EDQUOT} {
		if errors.Is(err, no) {
			return fmt.Errorf("there is no room in %s: %w", s.store.dir, no)
		}
	}
	return err
}

// append writes a line at a place, the end of the file or an unfinished line's beginning.
// If it can't be written, what went in is taken out again.
func (s *Session) append(l line, at int64, sync bool) error {
	text, sum, err := l.seal(s.sum)
	if err != nil {
		return err
	}
	if at+int64(len(text)) > MaxSession {
		s.over = fmt.Errorf("%w: this session has %d MB, the most there can be; begin another", ErrFull, MaxSession>>20)
		return s.over
	}
	_, err = s.file.WriteAt(text, at)
	if err == nil && s.size > at+int64(len(text)) {
		err = s.file.Truncate(at + int64(len(text)))
	}
	if err == nil && sync {
		err = s.sync(s.file)
	}
	if err != nil {
		return errors.Join(err, s.file.Truncate(s.size))
	}
	s.size, s.sum = at+int64(len(text)), sum
	return nil
}

// state puts the variables that changed, and the names of all, into a line.
func (s *Session) state(l *line, st State) (now map[string]set, tooLarge []string) {
	now = map[string]set{}
	at := s.size // where this line will begin
	l.State = &stateLine{None: from{st.None}, Revealed: from{st.Revealed}, Shaped: from{st.Shaped}, Calls: st.Calls, Removed: s.removed, Vars: []place{}}
	room := MaxLine/2 - len(st.Vars)*64
	for _, v := range st.Vars {
		if was := s.vars[v.Name]; was.is(v) {
			now[v.Name] = was
			l.State.Vars = append(l.State.Vars, place{v.Name, was.at})
			continue
		}
		set, text := written(v)
		if len(text.V) > MaxValue {
			if !s.told[v.Name] {
				tooLarge = append(tooLarge, fmt.Sprintf("the variable %s (%d bytes)", v.Name, len(text.V)))
				s.told[v.Name] = true
			}
			set, text = written(Var{Name: v.Name, Taint: allOf(st.Vars)})
		} else {
			set.v = &v
			delete(s.told, v.Name)
		}
		if was, ok := s.vars[v.Name]; ok && was.digest == set.digest {
			set.at = was.at
		} else if room -= len(text.V) + len(v.Name) + 64; room < 0 && text.V != nil {
			tooLarge = append(tooLarge, fmt.Sprintf("the variable %s (%d bytes, beside the others)", v.Name, len(text.V)))
			set, text = written(Var{Name: v.Name, Taint: allOf(st.Vars)})
			l.Set, set.at = append(l.Set, text), at
		} else {
			l.Set, set.at = append(l.Set, text), at
		}
		now[v.Name] = set
		l.State.Vars = append(l.State.Vars, place{v.Name, set.at})
	}
	return now, tooLarge
}

// allOf is the label of a variable for which there is no room: that depends on how large all
// of them are.
func allOf(vars []Var) label.Label {
	all := label.Person()
	for _, v := range vars {
		all = all.Join(v.Taint)
		if v.Set {
			all = all.Join(v.Value.All())
		}
	}
	return all
}

// written is a variable as it stands in a line, and a digest of that.
func written(v Var) (set, varLine) {
	l := varLine{Name: v.Name, Taint: from{v.Taint}}
	if v.Set {
		raw, err := encode(v.Value)
		if err == nil {
			l.V = raw
		} else {
			l.Taint = from{v.Taint.Join(v.Value.All())}
		}
	}
	text, _ := marshal(l) // all of it was written before, or always can be
	return set{digest: sha256.Sum256(text)}, l
}

// A writer puts the parts of a turn into a line, as long as there is room.
type writer struct {
	room int
	left []string
}

// value writes one value, or names what it is if it is too large.
func (w *writer) value(v label.Value, what string) (json.RawMessage, bool) {
	raw, err := encode(v)
	if err != nil || len(raw) > MaxValue || len(raw) > w.room {
		w.left = append(w.left, fmt.Sprintf("%s (%d bytes)", what, len(raw)))
		return nil, false
	}
	w.room -= len(raw)
	return raw, true
}

func (w *writer) turn(l *line, t Turn) {
	for i, b := range t.Blocks {
		if raw, ok := w.value(b, fmt.Sprintf("part %d of the answer", i+1)); ok {
			l.Blocks = append(l.Blocks, raw)
		}
	}
	for _, c := range t.Calls {
		cl := callLine{N: c.N, App: c.App, Tool: c.Tool, Allow: c.Allow, Withheld: c.Withheld, By: c.By, Why: c.Why, Took: c.Took}
		for _, a := range c.Args {
			if raw, ok := w.value(a.Value, fmt.Sprintf("%s of %s.%s, call %d", a.Name, c.App, c.Tool, c.N)); ok {
				cl.Args = append(cl.Args, argLine{a.Name, raw})
			}
		}
		l.Calls = append(l.Calls, cl)
	}
	for _, a := range t.Asks {
		al := askLine{N: a.N, App: a.App, Steps: []stepLine{}}
		for i, s := range a.Steps {
			if raw, ok := w.value(s.Text, fmt.Sprintf("step %d of %s.ask, call %d", i+1, a.App, a.N)); ok {
				al.Steps = append(al.Steps, stepLine{s.Who, raw})
			}
		}
		l.Asks = append(l.Asks, al)
	}
}
