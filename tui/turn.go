package tui

import (
	"context"
	"slices"
	"time"

	tea "charm.land/bubbletea/v2"

	"secgpt/hub"
	"secgpt/mediator"
	"secgpt/tui/render"
)

// turn is the request that runs, as far as the screen knows it.
type turn struct {
	m        *model
	cancel   context.CancelFunc
	began    time.Time
	stopping bool // the person cancelled it

	steps   []hub.Step
	shown   *item // the steps, one line each, while it runs
	said    *said
	decided []hub.Decided
	answers map[int]mediator.Answer // what the person said, by the call's number
	spoke   bool
	replied bool
	failed  bool
	beats   int
}

func newTurn(m *model, cancel context.CancelFunc) *turn {
	return &turn{m: m, cancel: cancel, began: m.now(), answers: map[int]mediator.Answer{}}
}

// told takes in what a turn told, in order.
func (m *model) told(batch feedMsg) tea.Cmd {
	first := m.first()
	for _, x := range batch {
		switch x := x.(type) {
		case hub.Event:
			if m.turn != nil {
				m.turn.event(x)
			}
		case askedMsg:
			if x.ctx.Err() == nil {
				m.cards = append(m.cards, newCard(m, x))
			}
		case neededMsg:
			if x.ctx.Err() == nil {
				m.cards = append(m.cards, newNeed(m, x))
			}
		case goneMsg:
			m.cards = slices.DeleteFunc(m.cards, func(c *card) bool { return c.waits(x.answer) })
		case doneMsg:
			m.done(x)
		}
	}
	return m.changed(first)
}

// first is the question on the screen, nil if there is none.
func (m *model) first() *card {
	if len(m.cards) == 0 {
		return nil
	}
	return m.cards[0]
}

// changed starts the gate over if another question is on the screen than before.
// Each one has to be gone to anew: no key for the last can answer the next.
func (m *model) changed(before *card) tea.Cmd {
	if m.first() == before {
		return nil
	}
	m.focus = false
	return m.show(true)
}

// event shows one thing that happened.
func (t *turn) event(e hub.Event) {
	switch e := e.(type) {
	case hub.Said:
		if t.said == nil {
			t.said = &said{m: t.m}
			t.m.list.Add(t.said)
		}
		t.said.add(e.Text)
		t.spoke = true
	case hub.Planned:
		t.said = nil // what is said after a plan is another paragraph
	case hub.Step:
		t.step(e)
	case hub.Decided:
		t.decided = append(t.decided, e)
	case hub.Replied:
		t.replied = true
		t.m.list.Add(t.m.blocks(e.Blocks))
	case hub.Noted:
		t.m.list.Add(newNote(t.m, render.Note(e), false))
	case hub.Failed:
		t.failed = true
		t.m.list.Add(newNote(t.m, render.Failure(e), true))
	}
}

// step puts a call's line in place of the one it had.
func (t *turn) step(s hub.Step) {
	i := slices.IndexFunc(t.steps, func(o hub.Step) bool { return o.N == s.N })
	if i < 0 {
		t.steps = append(t.steps, s)
	} else {
		if s.About == "" {
			s.About = t.steps[i].About
		}
		t.steps[i] = s
	}
	if t.shown == nil {
		t.shown = &item{draw: t.lines}
		t.m.list.Add(t.shown)
	}
	t.shown.ver++
}

// beat moves the marks of what runs, and comes again while something does.
func (m *model) beat(t *turn) tea.Cmd {
	if t == nil || m.turn != t {
		return nil
	}
	t.beats++
	if t.shown != nil {
		t.shown.ver++
	}
	return m.after(beat, beatMsg{t})
}

// done folds the steps to one line and lets the next request in.
func (m *model) done(d doneMsg) {
	t := m.turn
	m.turn = nil
	m.status = d.status
	if d.crash != nil {
		m.crash = d.crash
		return
	}
	if t == nil {
		return
	}
	t.cancel()
	m.cards = slices.DeleteFunc(m.cards, func(c *card) bool { return c.ended() })
	if t.shown != nil {
		m.list.Remove(t.shown)
	}
	if !t.spoke && d.result.Text != "" {
		s := &said{m: m}
		s.add(d.result.Text)
		m.list.Add(s)
	}
	if !t.replied && len(d.result.Blocks) > 0 {
		m.list.Add(m.blocks(d.result.Blocks))
	}
	if !t.failed {
		for _, f := range d.result.Errors {
			m.list.Add(newNote(m, render.Failure(f), true))
		}
	}
	for _, line := range t.refused() {
		m.list.Add(newNote(m, line, false))
	}
	m.tally.Add(d.result)
	if line := t.fold(d.result); line != "" {
		m.list.Add(newFold(m, line))
	}
	for _, text := range d.status.Aside {
		m.say(text)
	}
}
