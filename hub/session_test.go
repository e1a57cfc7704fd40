package hub

import (
	"context"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"secgpt/hub/memory"
	"secgpt/hub/model"
	"secgpt/hub/profile"
	"secgpt/mediator"
	"secgpt/mediator/label"
)

// A desk answers every question with yes or no, and keeps what it was asked and told.
type desk struct {
	agrees
	no    bool
	asked []mediator.Question
	notes []string
	said  string
}

func (d *desk) Ask(ctx context.Context, card []mediator.Question) []mediator.Answer {
	d.asked = append(d.asked, card...)
	if d.no {
		return nil
	}
	return d.agrees.Ask(ctx, card)
}

func (d *desk) Tell(e Event) {
	switch e := e.(type) {
	case Noted:
		d.notes = append(d.notes, e.Text)
	case Said:
		d.said += e.Text
	}
	d.agrees.Tell(e)
}

// session opens one on a shelf. Resume is the id of an earlier one, or "".
func (s *shelf) session(t *testing.T, dir, resume string, m model.Model) *Hub {
	t.Helper()
	p, err := profile.At(dir)
	require.NoError(t, err)
	h, err := Open(Options{Profile: p, Rooms: s, Model: "none", Thinker: m, Resume: resume})
	require.NoError(t, err)
	return h
}

// A variable that another process made carries its sources, and is asked about; what was
// allowed for a session ended with its process.
func TestAResumedVariableIsJudgedAsIfItHadNeverBeenAway(t *testing.T) {
	dir, s := t.TempDir(), &shelf{}
	h := s.session(t, dir, "", nil)
	first := &desk{}
	r := h.Turn(t.Context(), Request{Plan: "ms = mail.search()\ntrip = ms[0].subject\nmine = \"hello\""}, first)
	require.Zero(t, r.Exit, r.Errors)
	require.NoError(t, h.Close())

	h = s.session(t, dir, r.Session, nil)
	require.Len(t, h.Earlier().Turns, 1)
	d := &desk{no: true}
	again := h.Turn(t.Context(), Request{Plan: "notes.add(title = mine, text = trip)\nreply(trip)"}, d)
	require.Equal(t, r.Session, again.Session)
	require.Len(t, d.asked, 1)
	require.Equal(t, []label.Source{"mail"}, d.asked[0].From)
	require.Equal(t, ExitDenied, again.Exit)
	require.Len(t, d.shown, 1)
	require.Equal(t, "Kickoff", d.shown[0].Str())
	require.Equal(t, "mail", d.shown[0].All().String())
	require.Equal(t, 2, again.Calls[0].Call.N, "calls are numbered on")
	require.NoError(t, h.Close())

	h = s.session(t, dir, "last", nil)
	require.Len(t, h.Earlier().Turns, 2)
	yes := &desk{}
	last := h.Turn(t.Context(), Request{Plan: "notes.add(title = mine, text = trip)"}, yes)
	require.Zero(t, last.Exit, last.Errors)
	require.Len(t, yes.asked, 1, "nothing was ever allowed for longer than once")
	require.NoError(t, h.Close())
}

// A turn that a crash cut short makes every variable one of unknown source, and is told.
func TestATurnThatDidNotEndSpoilsTheVariables(t *testing.T) {
	dir, s := t.TempDir(), &shelf{}
	h := s.session(t, dir, "", nil)
	r := h.Turn(t.Context(), Request{Plan: "mine = \"hello\""}, &desk{})
	require.NoError(t, h.memory.Begin(memory.Turn{N: 2, Words: []label.Span{{Text: "x", Label: label.Person()}}}))
	require.NoError(t, h.Close())

	h = s.session(t, dir, r.Session, nil)
	d := &desk{}
	h.Turn(t.Context(), Request{Plan: "reply(mine)"}, d)
	require.NoError(t, h.Close())
	require.Contains(t, strings.Join(d.notes, "\n"), "request 2 of session "+r.Session+" did not come to its end")
	require.Equal(t, "unknown", d.shown[0].All().String())
}

// A planner that was let see something in one process is judged by it in the next, and
// knows the words of before.
func TestWhatThePlannerSawStaysKnown(t *testing.T) {
	dir, s := t.TempDir(), &shelf{}
	h := s.session(t, dir, "", nil)
	r := h.Turn(t.Context(), Request{Plan: "reveal(mail.search(), \"to look\")"}, &desk{})
	require.Zero(t, r.Exit, r.Errors)
	require.NoError(t, h.Close())

	m := &hears{}
	h = s.session(t, dir, r.Session, m)
	h.Turn(t.Context(), Request{Words: []label.Span{{Text: "say something clever", Label: label.Person()}}}, &desk{})
	require.NoError(t, h.Close())
	require.Contains(t, m.heard, "You may read this: [{\"id\":\"m1\"")
	h = s.session(t, dir, r.Session, nil)
	require.Equal(t, "mail", h.revealed.String())
	require.Len(t, h.past, 2)
	require.NoError(t, h.Close())
}

// hears is a planner that keeps what it is told.
type hears struct{ heard string }

func (m *hears) Name() string { return "hears" }
func (m *hears) Chat(_ context.Context, r model.Request, _ func(string)) (model.Answer, error) {
	for _, x := range r.Messages {
		m.heard += x.Text + "\n"
	}
	return model.Answer{Text: "well"}, nil
}

// What is kept of a private conversation is the record's lines without values, and what an
// app was given, by its sources.
func TestAPrivateConversationReadsAndWritesNoMemory(t *testing.T) {
	dir, s := t.TempDir(), &shelf{}
	p, err := profile.At(dir)
	require.NoError(t, err)
	_, err = Open(Options{Profile: p, Rooms: s, Model: "none", Private: true, Resume: "last"})
	require.ErrorContains(t, err, "reads no memory")
	h, err := Open(Options{Profile: p, Rooms: s, Model: "none", Private: true})
	require.NoError(t, err)
	h.Turn(t.Context(), Request{Plan: "ms = mail.search()\nnotes.add(title = \"SECRET\", text = ms[0].subject)"}, &desk{})
	require.NoError(t, h.Close())
	require.NoDirExists(t, filepath.Join(dir, "state", "sessions"))
}

// A session that can't be written says so once, and goes on without.
func TestASessionThatCannotBeWrittenIsSaid(t *testing.T) {
	dir, s := t.TempDir(), &shelf{}
	h := s.session(t, dir, "", nil)
	require.NoError(t, os.WriteFile(filepath.Join(dir, "state", "sessions"), nil, 0o600))
	for range 2 {
		d := &desk{}
		r := h.Turn(t.Context(), Request{Plan: "reply(1)"}, d)
		require.Zero(t, r.Exit)
		require.Len(t, d.shown, 1)
		if h.turn == 1 {
			require.Len(t, d.notes, 1)
			require.Contains(t, d.notes[0], "this request is not kept in the session: the sessions' folder can't be made")
		} else {
			require.Empty(t, d.notes)
		}
	}
	require.NoError(t, os.Remove(filepath.Join(dir, "state", "sessions")))
	d := &desk{}
	h.Turn(t.Context(), Request{Plan: "x = 1"}, d)
	require.Equal(t, []string{"the session is kept again"}, d.notes)
	require.NoError(t, h.Close())
}

// The real rooms are not needed to see that a call of an app that was removed since counts
// as unknown.
func TestARemovedAppsWordsAreUnknownToAResumedSession(t *testing.T) {
	dir, s := t.TempDir(), &shelf{}
	h := s.session(t, dir, "", nil)
	r := h.Turn(t.Context(), Request{Plan: "ms = mail.search()"}, &desk{})
	require.NoError(t, h.Close())
	require.NoError(t, memory.In(h.opt.Profile.State).Retire("mail", h.opt.Now()))
	h = s.session(t, dir, r.Session, nil)
	d := &desk{}
	h.Turn(t.Context(), Request{Plan: "reply(ms)"}, d)
	require.Equal(t, "unknown", d.shown[0].All().String())
	require.NoError(t, h.Close())
}
