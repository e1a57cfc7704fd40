package hub

import (
	"context"
	"errors"

	"secgpt/mediator"
	"secgpt/mediator/label"
	"secgpt/mediator/policy"
)

// Could keeps that what an app was not given may tell of l, as what it was given does:
// of a built-in app what its lists lack, of any other the app as a whole. Where each such
// call would have carried l, what a rule denies to the tool decided nothing: had there been
// a call, it would have been refused.
func (r *runner) Could(ctx context.Context, name, tool string, l label.Label, carried bool) {
	h := r.turn.h
	r.turn.decides = r.turn.decides.Join(l)
	app, ok := h.apps.Get(name)
	t, known := app.Tool(tool) // "ask" is none, and as a read of all that the app has
	if !ok || h.opt.DryRun || app.BuiltIn && (!known || t.Effect != mediator.Write) {
		return
	}
	item := ""
	if app.BuiltIn {
		item = goneItem
	}
	if carried {
		left := h.undenied(name, tool, l)
		if !left.Covers(l) {
			r.turn.denied = append(r.turn.denied, could{name, tool, l})
		}
		l = left
	}
	if l = without(l, label.Source(name)); l.Empty() {
		return
	}
	if err := errors.Join(h.received(name).Add(item, l), h.put(app)); err != nil {
		_ = r.turn.broken(ctx, name, err) // told there
	}
}

// could is what calls of a tool that rules deny would have carried.
type could struct {
	app, tool string
	l         label.Label
}

// stillDenied looks again, at the end of a plan, at what rules denied when it told of that.
// If one was taken away since, nobody knows which calls that were not made came after.
func (r *runner) stillDenied(ctx context.Context) {
	for _, c := range r.turn.denied {
		r.Could(ctx, c.app, c.tool, c.l, true)
	}
	r.turn.denied = nil
}

// undenied is l without the sources that a rule keeps from a tool, whatever its arguments
// are, for as long as nobody takes the rule away.
func (h *Hub) undenied(app, tool string, l label.Label) label.Label {
	rules, err := h.monitor.Rules.Index()
	if err != nil {
		return l
	}
	left := label.Person()
	for _, s := range l.Sources() {
		rule, denied := rules.Denied(policy.Query{App: label.Source(app), Tool: tool, From: label.Of(s), Now: h.opt.Now()})
		if !denied || len(rule.Args) > 0 || !rule.Until.IsZero() {
			left = left.Join(label.Of(s))
		}
	}
	return left
}
