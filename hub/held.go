package hub

import (
	"context"

	"secgpt/apps"
	"secgpt/mediator"
	"secgpt/mediator/label"
)

// Held calls
//
// A call that needs an answer does not stop the plan. It is held, and so are all
// changes after it, since changes keep the plan's order; reads go on. Once the plan
// can't go on without one of them, the person is asked about all that need an answer,
// on one card, and then the held calls are made one after the other, each judged anew
// when its turn comes. Replies wait in the same row, so that "Saved" stands on the
// screen only after it was.

// held is a call in that row, or a reply.
type held struct {
	app   apps.App
	call  mediator.Call
	reply []label.Value // what to show; such a one has no call
	wait  func(context.Context) (label.Value, error)
}

func (h *held) changes() bool { return h.reply == nil && h.call.Tool.Effect != mediator.Read }

// hold puts a call into the row. Waiting for its result makes all that are in it.
func (r *runner) hold(app apps.App, call mediator.Call) func(context.Context) (label.Value, error) {
	h := &held{app: app, call: call}
	r.turn.h.monitor.Hold(call, r.turn.judge)
	r.held = append(r.held, h)
	r.turn.tell(stepOf(call, Waiting))
	return func(ctx context.Context) (label.Value, error) {
		if h.wait == nil {
			r.release(ctx)
		}
		return h.wait(ctx)
	}
}

// release asks for the held calls and makes them, in the order of the plan. When it
// returns none is held. What ctx cuts off is not made.
func (r *runner) release(ctx context.Context) {
	for len(r.held) > 0 {
		h := r.held[0]
		switch {
		case ctx.Err() != nil:
			h.wait = failed(context.Cause(ctx))
		case h.reply != nil:
			r.show(h.reply)
		default:
			r.make(ctx, h)
		}
		r.held = r.held[1:]
	}
}

// make makes the first of the held calls.
func (r *runner) make(ctx context.Context, h *held) {
	var calls []mediator.Call
	for _, o := range r.held {
		if o.reply == nil {
			calls = append(calls, o.call)
		}
	}
	t := r.turn
	t.h.monitor.Inquire(ctx, calls, t.judge, asker{t})
	if !h.changes() {
		h.wait = t.one(ctx, h.app, h.call)
		r.reads = append(r.reads, h)
		return
	}
	r.finish(ctx, h.app)
	v, err := t.one(ctx, h.app, h.call)(ctx)
	h.wait = func(context.Context) (label.Value, error) { return v, err }
}

// finish waits for the reads of an app that were held once and are under way: a change
// comes after them.
func (r *runner) finish(ctx context.Context, app apps.App) {
	for _, h := range r.reads {
		if h.app.Name == app.Name {
			_, _ = h.wait(ctx) // whoever needs the result is told of its error
		}
	}
}

// changing reports whether a held change would change what an app reads.
func (r *runner) changing(app apps.App) bool {
	for _, h := range r.held {
		if h.changes() && (h.app.Name == app.Name || writesTo(h.app, app)) {
			return true
		}
	}
	return false
}
