package tour

import (
	"context"
	"errors"
	"fmt"

	"secgpt/hub"
	"secgpt/hub/profile"
	"secgpt/mediator/audit"
	"secgpt/mediator/label"
)

// A stop is one step on its way: the nth of all.
type stop struct {
	Case
	Step
	n, of       int  // of the case among the cases
	first, last bool // of its case
}

// stops are the steps of these cases, in order.
func stops(cases []Case, model bool) []stop {
	var all []stop
	for i, c := range cases {
		began := len(all)
		for _, s := range c.Steps {
			if s.thinks() && !model {
				continue
			}
			all = append(all, stop{Case: c, Step: s, n: i + 1, of: len(cases), first: len(all) == began})
		}
		all[len(all)-1].last = true
	}
	return all
}

// thinks reports whether a step needs a model.
func (s Step) thinks() bool { return s.Model || s.Reads }

// A stand is the hub of the case that is told now. A step whose plan a model makes has
// one of its own, without phrases.
type stand struct {
	stage   Stage
	hub     *hub.Hub
	profile profile.Profile
	of      string
}

// at returns the hub for a step, the one before if it is of the same case.
func (t *stand) at(c Case, model bool) (*hub.Hub, error) {
	of := fmt.Sprint(c.Name, model)
	if t.hub != nil && t.of == of {
		return t.hub, nil
	}
	if err := t.close(); err != nil {
		return nil, err
	}
	h, p, err := t.stage(c, !model)
	if err != nil {
		return nil, fmt.Errorf("the demo %s can't begin: %w", c.Name, err)
	}
	t.hub, t.profile, t.of = h, p, of
	return h, nil
}

func (t *stand) close() error {
	if t.hub == nil {
		return nil
	}
	h := t.hub
	t.hub = nil
	return h.Close()
}

// request is a step's request as if it had been typed.
func (s stop) request() hub.Request {
	return hub.Request{Words: []label.Span{{Text: s.Ask, Label: label.Person()}}, Endorses: true}
}

// head is the first line of a case.
func (s stop) head() string { return fmt.Sprintf("%d of %d · %s: %s", s.n, s.of, s.Name, s.Title) }

// story is what is told before a case's first step, a paragraph each.
func (s stop) story() []string {
	return []string{s.Trap, "The original (" + s.From + "): " + s.Original}
}

// recorded are the lines of the record about a turn: each call in short, and at length
// what needed an answer, or else the last call. They hold names that apps chose.
func recorded(state string, r hub.Result) (short, long []string, err error) {
	var last int64
	for _, c := range r.Calls {
		d := c.Decision
		word := "refused"
		switch {
		case len(d.Withheld) > 0:
			word = "allowed in part"
		case d.Allow:
			word = "allowed"
		}
		line := fmt.Sprintf("%d  %s, %s", d.Entry, c.Call.Tool, word)
		if len(d.Reasons) > 0 && d.By == "person" {
			line += " by the person"
		}
		short = append(short, line)
		if len(d.Reasons) > 0 || !d.Allow {
			text, e := audit.Explain(state, d.Entry)
			long, err = append(long, text), errors.Join(err, e)
		}
		last = d.Entry
	}
	if len(long) == 0 && last > 0 {
		text, e := audit.Explain(state, last)
		long, err = append(long, text), errors.Join(err, e)
	}
	return short, long, err
}

// noRooms is what is said where no room can be had: then there is no tour.
func noRooms(ctx context.Context, h *hub.Hub) (hub.Status, error) {
	s := h.Try(ctx)
	switch {
	case ctx.Err() != nil:
		return s, ctx.Err()
	case s.RoomHint != "":
		return s, fmt.Errorf("%w: %s", ErrRooms, s.RoomHint)
	}
	return s, nil
}
