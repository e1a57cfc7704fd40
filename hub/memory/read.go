package memory

import (
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"slices"
	"strings"
	"time"

	"secgpt/mediator/label"
)

// asked takes in a request.
func (t *Turn) asked(l line) {
	t.Began = l.At
	t.Words = nil
	for _, w := range l.Words {
		t.Words = append(t.Words, label.Span{Text: w.T, Label: w.From.label})
	}
	if t.Plan == "" {
		t.Plan = l.Plan
	}
}

// answered takes in what came of it.
func (t *Turn) answered(l line, gone removed) {
	now := func(l label.Label) label.Label { return l }
	if l.State != nil {
		now = gone.since(l.State.Removed)
	}
	read := func(raw json.RawMessage) label.Value {
		v, err := decode(raw, now)
		if err != nil {
			return label.TextOf("(can't be read)", label.Label{})
		}
		return v
	}
	t.Ended, t.Began, t.Took, t.By, t.Plan, t.Text = true, l.At.Add(-l.Took), l.Took, l.By, l.Plan, l.Text
	t.Errors, t.Questions, t.Decisions, t.Exit, t.Past, t.Left = l.Errors, l.Questions, l.Decisions, l.Exit, l.Past, l.Left
	if l.Model != nil {
		t.Model = *l.Model
	}
	for _, b := range l.Blocks {
		t.Blocks = append(t.Blocks, read(b))
	}
	for _, c := range l.Calls {
		call := Call{N: c.N, App: c.App, Tool: c.Tool, Allow: c.Allow, Withheld: c.Withheld, By: c.By, Why: c.Why, Took: c.Took}
		for _, a := range c.Args {
			call.Args = append(call.Args, Arg{a.Name, read(a.V)})
		}
		t.Calls = append(t.Calls, call)
	}
	for _, a := range l.Asks {
		ask := Ask{N: a.N, App: a.App}
		for _, s := range a.Steps {
			ask.Steps = append(ask.Steps, Step{s.Who, read(s.V)})
		}
		t.Asks = append(t.Asks, ask)
	}
}

// Each reads a session from its beginning, whoever has it open, and gives one turn after
// the other to f, until f is false. What can't be read is left out, and told in problems.
func (s Store) Each(id string, f func(Turn) bool) (problems []string, err error) {
	gone, err := s.removed()
	if err != nil {
		return nil, err
	}
	file, err := s.open(id+ending, os.O_RDONLY)
	if errors.Is(err, fs.ErrNotExist) {
		return nil, fmt.Errorf("%w: %s", ErrNone, id)
	}
	if err != nil {
		return nil, err
	}
	defer file.Close()
	info, err := file.Stat()
	if err != nil {
		return nil, err
	}
	end, err := wholeEnd(file, info.Size())
	if err != nil {
		return nil, err
	}
	var open *Turn
	give := func() bool {
		if open == nil {
			return true
		}
		t := *open
		open = nil
		return f(t)
	}
	for at := int64(0); at < end; {
		l, next, err := readLine(file, at, end)
		if err != nil && !errors.Is(err, ErrDamaged) {
			return problems, err
		}
		if err != nil {
			problems = append(problems, fmt.Sprintf("session %s: %d bytes from byte %d on can't be read", id, next-at, at))
			if at = next; next == end {
				break
			}
			continue
		}
		at = next
		switch {
		case l.Kind == kindMended && l.Bytes > 0:
			problems = append(problems, fmt.Sprintf("session %s was mended before request %d: %d bytes of an unfinished line were removed", id, l.N+1, l.Bytes))
		case l.Kind == kindRequest:
			if !give() {
				return problems, nil
			}
			open = &Turn{N: l.N}
			open.asked(l)
		case l.Kind == kindTurn:
			if open != nil && open.N != l.N && !give() {
				return problems, nil
			}
			if open == nil {
				open = &Turn{N: l.N}
			}
			open.answered(l, gone)
			if !give() {
				return problems, nil
			}
		}
	}
	give()
	return problems, nil
}

// Info is a session in a list.
type Info struct {
	ID    string
	Began time.Time
	Last  time.Time // when it was added to last
	Turns int
	Title string // the person's own words of the first request; "" if there were none
	Bytes int64
	In    []int // the turns in which a text that was looked for stands, some of them
	Error string
}

// maxTitle bounds a title, in bytes: a line of a list.
const maxTitle = 200

// maxFound bounds how many turns of one session are named.
const maxFound = 10

// List lists the sessions, the one added to last first. With a text, only those in whose
// requests, plans or answers it stands, in small or large letters.
func (s Store) List(text string) ([]Info, error) {
	ids, err := s.ids()
	if err != nil {
		return nil, err
	}
	all := []Info{}
	for _, id := range ids {
		in, err := s.info(id)
		if errors.Is(err, fs.ErrNotExist) {
			continue // it was deleted meanwhile
		}
		if err != nil {
			in.Error = err.Error()
		}
		if text != "" {
			if in.In = s.search(id, text); len(in.In) == 0 {
				continue
			}
		}
		all = append(all, in)
	}
	slices.SortFunc(all, func(a, b Info) int {
		if c := b.Last.Compare(a.Last); c != 0 {
			return c
		}
		return strings.Compare(a.ID, b.ID)
	})
	return all, nil
}

// info reads the beginning and the end of a session.
func (s Store) info(id string) (Info, error) {
	in := Info{ID: id}
	f, err := s.open(id+ending, os.O_RDONLY)
	if err != nil {
		return in, err
	}
	defer f.Close()
	stat, err := f.Stat()
	if err != nil {
		return in, err
	}
	in.Bytes, in.Last = stat.Size(), stat.ModTime().UTC()
	end, err := wholeEnd(f, stat.Size())
	if err != nil {
		return in, err
	}
	head, next, err := readLine(f, 0, end)
	if err != nil {
		return in, err
	}
	in.Began = head.At
	if first, _, err := readLine(f, next, end); err == nil && first.Kind == kindRequest {
		in.Title = title(first)
	}
	at, err := startOf(f, end)
	if err != nil {
		return in, err
	}
	last, _, err := readLine(f, at, end)
	if err == nil {
		in.Turns, in.Last = last.N, last.At
	}
	return in, err
}

// title is what the person typed first. What was pasted or piped in is not theirs, and
// gives a session no name.
func title(l line) string {
	var b strings.Builder
	for _, w := range l.Words {
		if w.From.label.Empty() {
			b.WriteString(w.T)
		} else {
			fmt.Fprintf(&b, "(%s)", w.From.label)
		}
	}
	if len(l.Words) == 0 {
		b.WriteString(l.Plan)
	}
	text := strings.Join(strings.Fields(b.String()), " ")
	if len(text) > maxTitle {
		text = strings.ToValidUTF8(text[:maxTitle], "") + "…"
	}
	return text
}

// search finds the turns in which a text stands.
func (s Store) search(id, text string) (in []int) {
	text = strings.ToLower(text)
	_, _ = s.Each(id, func(t Turn) bool { // what can't be read can't be found
		if t.holds(text) {
			in = append(in, t.N)
		}
		return len(in) < maxFound
	})
	return in
}

func (t Turn) holds(text string) bool {
	has := func(s string) bool { return strings.Contains(strings.ToLower(s), text) }
	whole := ""
	for _, w := range t.Words {
		whole += w.Text
	}
	found := has(whole) || has(t.Plan) || has(t.Text)
	for _, b := range t.Blocks {
		b.Map(func(_ string, v label.Value) label.Value {
			found = found || v.Kind() == label.Text && has(v.Str())
			return v
		})
	}
	return found
}
