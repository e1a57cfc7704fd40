package hub

import (
	"context"
	"encoding/json"
	"fmt"
	"testing"

	"github.com/stretchr/testify/require"

	"secgpt/apps"
	"secgpt/hub/profile"
	"secgpt/hub/rooms"
	"secgpt/mediator"
	"secgpt/mediator/label"
)

// A shelf stands in for the rooms: mail says one thing, and notes keeps what it is given.
type shelf struct {
	notes []map[string]string
	fails error // of notes.add
	keeps bool  // it keeps the note all the same
}

func (s *shelf) Close() {}

func (s *shelf) Call(_ context.Context, app apps.App, tool string, args json.RawMessage) (rooms.Reply, error) {
	out := func(v any) (rooms.Reply, error) {
		b, err := json.Marshal(v)
		return rooms.Reply{Value: b}, err
	}
	switch app.Name + "." + tool {
	case "mail.search":
		return out([]map[string]any{{"id": "m1", "subject": "Kickoff"}})
	case "mail.read":
		return rooms.Reply{}, &rooms.Error{App: "mail", Kind: rooms.Failed, Message: "there is no such mail"}
	case "notes.search":
		return out(append([]map[string]string{}, s.notes...))
	case "notes.add":
		note := map[string]string{"id": fmt.Sprintf("n%d", len(s.notes)+1), "said": string(args)}
		if s.fails == nil || s.keeps {
			s.notes = append(s.notes, note)
		}
		if s.fails != nil {
			return rooms.Reply{}, s.fails
		}
		return out(map[string]string{"id": note["id"]})
	}
	return out(nil)
}

// agrees says yes to everything and keeps what it is shown.
type agrees struct {
	shown []label.Value
	noted []string
}

func (p *agrees) Tell(e Event) {
	if n, ok := e.(Noted); ok {
		p.noted = append(p.noted, n.Text)
	}
	if r, ok := e.(Replied); ok {
		for _, b := range r.Blocks {
			p.shown = append(p.shown, b.Value)
		}
	}
}

func (p *agrees) Need(context.Context, Need) (Given, bool) { return Given{Text: "yes"}, true }

func (p *agrees) Ask(_ context.Context, card []mediator.Question) []mediator.Answer {
	answers := make([]mediator.Answer, len(card))
	for i, q := range card {
		answers[i] = mediator.Answer{Scope: mediator.Once, By: "person", Digest: q.Digest}
	}
	return answers
}

// turn runs one plan in a session of its own.
func (s *shelf) turn(t *testing.T, dir, plan string) []label.Value {
	t.Helper()
	p, err := profile.At(dir)
	require.NoError(t, err)
	h, err := Open(Options{Profile: p, Rooms: s, Model: "none"})
	require.NoError(t, err)
	person := &agrees{}
	r := h.Turn(t.Context(), Request{Plan: plan}, person)
	for _, e := range r.Errors {
		t.Log(e.Message)
	}
	require.NoError(t, h.Close())
	return person.shown
}

const fromMail = "ms = mail.search()\nnotes.add(title = \"t\", text = ms[0].subject)"

// What was written in one session carries its sources in another, however the first ended.
func TestWhatWasStoredKeepsItsSources(t *testing.T) {
	hung := &rooms.Error{App: "notes", Kind: rooms.Hung, Message: "no answer"}
	for name, c := range map[string]struct {
		plan  string
		fails error
		keeps bool
		item  string // the label of the note, or of the list if there is none
		list  string
	}{
		"written":                       {fromMail, nil, true, "mail, notes", "mail, notes"},
		"the person's own":              {`notes.add(title = "t", text = "x")`, nil, true, "notes", "notes"},
		"written, and then it hung":     {fromMail, hung, true, "mail, notes", "mail, notes"},
		"it says that it wrote nothing": {fromMail, &rooms.Error{App: "notes", Kind: rooms.Failed, Message: "no"}, false, "notes", "notes"},
		"not written because of a mail": {"ms = mail.search()\nif len(ms) > 5: notes.add(title = \"t\", text = \"x\")", nil, true, "mail, notes", "mail, notes"},
		"written because of a mail":     {"ms = mail.search()\nif len(ms) < 5: notes.add(title = \"t\", text = \"x\")", nil, true, "mail, notes", "mail, notes"},
		"not written, for no mail":      {`if 1 > 5: notes.add(title = "t", text = "x")`, nil, true, "notes", "notes"},
		"a mail ended the plan before":  {"ms = mail.search()\nx = [1][len(ms)]\nnotes.add(title = \"t\", text = \"x\")", nil, true, "mail, notes", "mail, notes"},
	} {
		t.Run(name, func(t *testing.T) {
			dir, s := t.TempDir(), &shelf{fails: c.fails, keeps: c.keeps}
			s.turn(t, dir, c.plan)
			s.fails = nil
			shown := s.turn(t, dir, `reply(notes.search(query = ""))`)
			require.Len(t, shown, 1)
			require.Equal(t, c.list, shown[0].Own().String())
			if shown[0].Kind() == label.List && len(shown[0].Items()) > 0 {
				note := shown[0].Items()[0]
				said, _ := note.Get("said")
				require.Equal(t, c.item, note.Own().String())
				require.Equal(t, c.item, label.Spans(label.Person(), said.TextSpans()...).All().String(), "a piece of the text lost a source")
			}
		})
	}
}
