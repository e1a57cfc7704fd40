package tour

import (
	"context"
	"strings"
	"sync"

	"secgpt/hub"
	"secgpt/hub/memory"
)

// A Guide is the tour as the chat sees it: an engine whose next request is there for
// Enter, and that tells the story between the requests. Whatever else the person types
// is a turn of its own in the case that is on.
type Guide struct {
	cases []Case

	turn  sync.Mutex // held for a turn, and for what a turn could be in the way of
	stand stand

	mu    sync.Mutex // guards what follows, which the screen reads during a turn
	hub   *hub.Hub
	stops []stop
	at    int  // the stop that is next
	page  bool // its case is still to be told, which is what is next
	aside []string
	last  hub.Status
}

// NewGuide opens the first case. Close ends the one that is on.
func NewGuide(cases []Case, stage Stage) (*Guide, error) {
	g := &Guide{cases: cases, stand: stand{stage: stage}, stops: stops(cases, false)}
	var err error
	if g.hub, err = g.stand.at(cases[0], false); err != nil {
		return nil, err
	}
	g.last = g.hub.Status()
	return g, nil
}

// Close ends the rooms of the case that is on.
func (g *Guide) Close() error {
	g.turn.Lock()
	defer g.turn.Unlock()
	return g.stand.close()
}

// Status is the hub's, with the story before the first request, and the next request.
func (g *Guide) Status() hub.Status {
	g.mu.Lock()
	defer g.mu.Unlock()
	s := g.last
	s.Made, s.Suggestions, s.ModelHint, s.Aside = "", nil, "", g.aside
	if s.Next = g.next(); s.Next != "" {
		s.Suggestions = []string{s.Next}
	}
	if g.at == 0 {
		s.Made = g.stops[0].head() + "\n" + strings.Join(g.stops[0].story(), "\n")
	}
	return s
}

// nextCase is what Enter asks for between two cases: a page of its own, so that the
// answer before stays on the screen.
const nextCase = "next case"

// next is the request that comes next; "" at the end.
func (g *Guide) next() string {
	switch {
	case g.at == len(g.stops):
		return ""
	case g.page:
		return nextCase
	}
	return g.stops[g.at].Ask
}

// Try tries a room and looks for a model: with one there are more steps.
func (g *Guide) Try(ctx context.Context) hub.Status {
	s := g.now().Try(ctx)
	g.mu.Lock()
	g.last = s
	if s.HasModel() {
		done := g.at // steps without a model, all of them
		g.stops = stops(g.cases, true)
		for g.at = 0; done > 0; g.at++ {
			if !g.stops[g.at].thinks() {
				done--
			}
		}
	}
	g.mu.Unlock()
	return g.Status()
}

// now is the hub of the case that is on.
func (g *Guide) now() *hub.Hub {
	g.mu.Lock()
	defer g.mu.Unlock()
	return g.hub
}

// asked returns the step whose request this is, if it is what comes next: the step, or
// the page before it.
func (g *Guide) asked(r hub.Request) (s stop, page, ok bool) {
	g.mu.Lock()
	defer g.mu.Unlock()
	g.aside = nil
	next := g.next()
	if r.Plan != "" || next == "" || strings.TrimSpace(r.Text()) != next {
		return stop{}, false, false
	}
	s, page = g.stops[g.at], g.page
	g.page = false
	if page {
		g.aside = append([]string{s.head()}, s.story()...)
	}
	return s, page, true
}

// Turn makes the next step if its request was asked, or else any turn.
func (g *Guide) Turn(ctx context.Context, r hub.Request, p hub.Person) hub.Result {
	g.turn.Lock()
	defer g.turn.Unlock()
	s, page, ok := g.asked(r)
	switch {
	case !ok:
		return g.now().Turn(ctx, r, p)
	case page:
		return hub.Result{}
	}
	h, err := g.stand.at(s.Case, s.Model)
	if err != nil {
		f := hub.Failed{Kind: "internal", Message: err.Error()}
		p.Tell(f)
		return hub.Result{Errors: []hub.Failed{f}, Exit: hub.ExitInternal}
	}
	g.mu.Lock()
	g.hub, g.last.Apps = h, h.Status().Apps
	g.mu.Unlock()
	res := h.Turn(ctx, r, p)
	if ctx.Err() == nil { // a step that was cancelled can be asked again
		g.mu.Lock()
		defer g.mu.Unlock()
		g.at++
		g.page = g.at < len(g.stops) && g.stops[g.at].first
		g.aside = g.tell(s, res)
	}
	return res
}

// tell is what is said after a step: what happened, and the record.
func (g *Guide) tell(s stop, r hub.Result) []string {
	short, _, err := recorded(g.stand.profile.State, r)
	if err != nil {
		short = append(short, err.Error())
	}
	out := []string{s.After}
	if len(short) > 0 {
		out = append(out, "The record: "+strings.Join(short, " · "))
	}
	if g.at == len(g.stops) {
		end := "That was the demo. What you type now is asked in its last case; /quit leaves."
		if !g.last.HasModel() {
			end += " With a model (`ollama pull qwen2.5-coder:7b`) it has a few steps more."
		}
		out = append(out, end)
	}
	return out
}

// Undo takes back a change of the case that is on.
func (g *Guide) Undo(ctx context.Context, n int, p hub.Person) hub.Result {
	g.turn.Lock()
	defer g.turn.Unlock()
	g.asked(hub.Request{})
	return g.now().Undo(ctx, n, p)
}

// Why tells of the case that is on.
func (g *Guide) Why(n int) string { return g.now().Why(n) }

// Transcript tells of the case that is on.
func (g *Guide) Transcript(n int) (memory.Ask, string) { return g.now().Transcript(n) }

// Memory tells of the case that is on.
func (g *Guide) Memory(app string) ([]memory.Fact, error) { return g.now().Memory(app) }
