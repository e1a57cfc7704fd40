package mediator

import (
	"context"
	"slices"
	"time"

	"secgpt/mediator/label"
)

// One card for a plan
//
// A plan goes on past a call that needs an answer, as far as it can without the
// call's result. What needs an answer on that way is asked at once, on one card:
//
//   - Settle decides what needs no answer;
//   - Hold keeps the words that a waiting call will use, so that what is judged
//     meanwhile can't take them;
//   - Inquire puts the questions of all waiting calls to the person;
//   - Decide, when a call's turn has come, weighs it anew. An answer ahead counts only
//     for what was shown: the same bytes, no reason and no name to bind that was not on
//     the card, nothing more that went wrong since. Fewer reasons than shown are no
//     new question. A no needs no such care: it stays a no.
//
// An answer serves its one call, and ends with the turn; a yes that waited too long for
// its call is asked for anew.

// MaxDecisions is how many decisions one card holds: more than a person weighs with
// care at once. The rest come on another card.
const MaxDecisions = 20

// given is an answer that waits for its call, and the question it was given to.
type given struct {
	q  Question
	a  Answer
	at time.Time
}

// yesLife is how long a yes waits for its call. Calls before it may take a minute each, a
// slow model some more; after that the person may have gone, and come back to other things.
const yesLife = 15 * time.Minute

// Hold keeps, until the call is decided, the person's words that it would use: words
// serve calls in the order of the plan, whichever is judged first.
func (m *Monitor) Hold(c Call, t *Turn) {
	v := m.weigh(c, t)
	t.mu.Lock()
	defer t.mu.Unlock()
	t.kept = append(t.kept, kept{c.N, v.spans})
}

// Inquire asks the person about the first of calls, if it needs an answer and has
// none that holds, and on the same card about the others that do. calls are in the
// order of the plan. Deciding stays with Decide.
func (m *Monitor) Inquire(ctx context.Context, calls []Call, t *Turn, ask Asker) {
	t.one.Lock()
	defer t.one.Unlock()
	for range maxEdits {
		if len(calls) == 0 || !m.lacks(calls[0], t) {
			return
		}
		m.inquire(ctx, calls, t, ask)
	}
}

// lacks reports whether a call needs an answer and has none.
func (m *Monitor) lacks(c Call, t *Turn) bool {
	v := m.weigh(c, t)
	if v.ask == nil {
		return false
	}
	_, ok := t.answerTo(*v.ask)
	return !ok
}

// inquire shows one card and keeps the answers. An edit is no answer: its call is
// weighed and shown anew. So is what the person left unanswered. If nobody answers at
// all, or too late, that is no to everything on the card.
func (m *Monitor) inquire(ctx context.Context, calls []Call, t *Turn, ask Asker) {
	var card []Question
	for _, c := range calls {
		v := m.weigh(c, t)
		if v.ask == nil {
			continue
		}
		if _, ok := t.answerTo(*v.ask); !ok {
			card = append(card, *v.ask)
		}
	}
	all := len(card)
	card = card[:min(all, MaxDecisions)]
	for i, q := range card {
		card[i] = q.noted(t)
		t.noteMisread(card[i])
		card[i].Of = all
	}
	answers := ask.Ask(ctx, slices.Clone(card))
	if ctx.Err() != nil {
		answers = nil
	}
	if len(answers) == 0 {
		answers = make([]Answer, len(card))
	}
	for i, a := range answers[:min(len(answers), len(card))] {
		t.keep(card[i], a)
	}
}

// withholds reports whether an argument is among those that are to be left out, and can be.
func (q Question) withholds(arg string, names []string) bool {
	return slices.Contains(names, arg) && slices.ContainsFunc(q.Args, func(s Shown) bool { return s.Name == arg && s.Withholdable })
}

// noteMisread tells of an edit that could not be taken.
func (t *Turn) noteMisread(q Question) {
	t.mu.Lock()
	defer t.mu.Unlock()
	for i, a := range q.Args {
		if why, ok := t.misread[q.Call.N][a.Name]; ok {
			q.Args[i].Notes = append(a.Notes, why)
		}
	}
}

// keep takes in one answer.
func (t *Turn) keep(q Question, a Answer) {
	g := given{q: q, a: a, at: t.monitor.Now()}
	switch {
	case a.Scope == No || a.Scope == Never && a.Digest == q.Digest:
	case a.Digest != q.Digest:
		g.a = Answer{By: a.By}
	case len(a.Edit) > 0:
		args, misread := t.edit(q.Call.Args, a.Edit)
		t.mu.Lock()
		defer t.mu.Unlock()
		t.misread[q.Call.N] = misread
		t.edited[q.Call.N] = slices.DeleteFunc(args, func(x Arg) bool {
			if q.withholds(x.Name, a.Withhold) {
				t.left[q.Call.N] = append(t.left[q.Call.N], x.Name)
				return true
			}
			return false
		})
		return // asked anew, less what was withheld, and with what could not be read
	case !slices.Contains(q.Scopes, a.Scope):
		g.a = Answer{By: "default"}
	}
	t.mu.Lock()
	defer t.mu.Unlock()
	t.given[q.Call.N] = g
}

// answerTo returns what the person answered to a question ahead, if it still holds.
func (t *Turn) answerTo(q Question) (given, bool) {
	t.mu.Lock()
	defer t.mu.Unlock()
	g, ok := t.given[q.Call.N]
	no := g.a.Scope == No || g.a.Scope == Never
	return g, ok && (no || g.q.covers(q) && t.monitor.Now().Sub(g.at) < yesLife)
}

// saidNo reports whether the person said no to a call ahead.
func (t *Turn) saidNo(n int) (given, bool) {
	t.mu.Lock()
	defer t.mu.Unlock()
	g, ok := t.given[n]
	return g, ok && (g.a.Scope == No || g.a.Scope == Never)
}

// covers reports whether a yes to the question as it was shown is a yes to it as it
// stands now.
func (q Question) covers(now Question) bool {
	known := func(r Reason) bool {
		return slices.ContainsFunc(q.Reasons, func(s Reason) bool {
			return s.Kind == r.Kind && s.Arg == r.Arg && !slices.ContainsFunc(r.From, func(f label.Source) bool { return !slices.Contains(s.From, f) })
		})
	}
	for _, r := range now.Reasons {
		if !known(r) {
			return false
		}
	}
	for _, b := range now.Binds {
		if !slices.Contains(q.Binds, b) {
			return false
		}
	}
	return q.Digest == now.Digest && q.Call.Tool.String() == now.Call.Tool.String()
}
