package rooms

import (
	"context"
	"encoding/json"
	"fmt"
	"time"

	"secgpt/apps"
	"secgpt/apps/link"
)

// An Asking is what an app's model is to do. Args is a JSON object; exactly these bytes
// arrive.
type Asking struct {
	Args   json.RawMessage
	Schema json.RawMessage // of the answer; nil is a text
	Tools  []link.Tool     // those of other apps as "app.tool"
}

// A Desk answers what a spoke asks in the course of an ask, one question at a time. What
// comes from the spoke was decoded and bounded, and is not to be believed. An error of
// Think or May ends the ask; what the model is to hear is in the Result.
type Desk interface {
	// Think asks the model.
	Think(ctx context.Context, t link.Think) (string, error)
	// May judges a call that the model wants, and makes it.
	May(ctx context.Context, c link.Call) (link.Result, error)
}

// Needed is the error of an ask that ended because the app lacks something.
type Needed struct{ App, What string }

func (e *Needed) Error() string { return e.App + " can't do that without " + e.What }

// Ask lets the app's model do something, in the app's room, and returns its answer. An
// error is a *Needed, an *Error, the desk's, or ctx's.
func (p *Pool) Ask(ctx context.Context, app apps.App, a Asking, d Desk) (json.RawMessage, []string, error) {
	if app.Locked != nil {
		return nil, nil, lockedBy(app, app.Locked)
	}
	if len(a.Args) > link.MaxResult/2 { // the tools need room too
		return nil, nil, &Error{App: app.Name, Kind: Limit, Message: fmt.Sprintf("what %s is asked about is %d bytes, %d at most; pass on less", app.Name, len(a.Args), link.MaxResult/2)}
	}
	if a.Tools == nil {
		a.Tools = []link.Tool{}
	}
	r, err := p.room(ctx, app)
	if err != nil {
		return nil, nil, err
	}
	res, err := r.ask(ctx, a, d)
	notes := r.takeNotes()
	switch {
	case err != nil:
		return nil, notes, err
	case res.Needs != "":
		return nil, notes, &Needed{app.Name, res.Needs}
	case res.Error != "":
		return nil, notes, &Error{App: app.Name, Kind: Failed, Message: app.Name + " gave no answer", Said: res.Error}
	}
	if err := link.Fits(a.Schema, res.Value); err != nil {
		return nil, notes, r.fail(r.broke("answered in another form than it was asked for: " + err.Error()))
	}
	return res.Value, notes, nil
}

// ask sends one ask and answers the spoke's questions until its result comes.
func (r *room) ask(ctx context.Context, a Asking, d Desk) (link.Result, error) {
	w := &waiting{result: make(chan link.Result, 1), asks: make(chan link.Frame, 1)}
	id, err := r.enter(ctx, w)
	if err != nil {
		return link.Result{}, err
	}
	// What the desk does for a room ends with it.
	ctx, stop := context.WithCancel(ctx)
	defer stop()
	r.pool.wg.Go(func() {
		select {
		case <-r.done:
			stop()
		case <-ctx.Done():
		}
	})
	r.send(link.Frame{Kind: link.KindAsk, ID: id, Ask: &link.Ask{Args: a.Args, Schema: a.Schema, Tools: a.Tools}})
	var thinks, mays int
	limit := time.NewTimer(r.pool.o.CallLimit) // for what the spoke does between two questions
	defer limit.Stop()
	for {
		select {
		case res := <-w.result:
			return res, nil
		case f := <-w.asks:
			limit.Stop()
			reply := link.Frame{ID: id}
			if f.Kind == link.KindThink {
				if thinks++; thinks > link.MaxThinks {
					return link.Result{}, r.fail(r.tooOften("used its model", link.MaxThinks))
				}
				reply.Kind = link.KindThought
				reply.Thought, err = thought(d.Think(ctx, *f.Think))
			} else {
				if mays++; mays > link.MaxMays {
					return link.Result{}, r.fail(r.tooOften("wanted a tool", link.MaxMays))
				}
				reply.Kind = link.KindGot
				reply.Got = &link.Result{}
				*reply.Got, err = d.May(ctx, *f.May)
			}
			if e := r.ended(); e != nil {
				return link.Result{}, e
			}
			if err != nil {
				r.cancel(id, "ask")
				return link.Result{}, err
			}
			r.mu.Lock()
			w.open = false
			r.mu.Unlock()
			r.send(reply)
			limit.Reset(r.pool.o.CallLimit)
		case <-r.done:
			return link.Result{}, r.ended()
		case <-ctx.Done():
			r.cancel(id, "ask")
			return link.Result{}, ctx.Err()
		case <-limit.C:
			return link.Result{}, r.fail(&Error{App: r.app.Name, Kind: Hung, Message: fmt.Sprintf(
				"%s's room said nothing for %s while it was asked and was ended", r.app.Name, r.pool.o.CallLimit)})
		}
	}
}

// thought is a word of the model as it goes into the room.
func thought(text string, err error) (*link.Result, error) {
	if err != nil {
		return nil, err
	}
	b, err := json.Marshal(text)
	if err == nil && len(b) > link.MaxResult {
		return &link.Result{Error: "the model said too much"}, nil
	}
	return &link.Result{Value: b}, err
}

// question takes what a spoke asks in an ask. A second one before the first was answered
// breaks the rules, so that a spoke can't have the hub do two things at once.
func (r *room) question(f link.Frame) *Error {
	r.mu.Lock()
	defer r.mu.Unlock()
	w := r.pending[f.ID]
	switch {
	case w == nil || w.asks == nil:
		return r.broke(fmt.Sprintf("asked about call %d, which is no open ask", f.ID))
	case w.giveUp != nil: // it was cancelled: the spoke may not know yet
		return nil
	case w.open:
		return r.broke("asked twice at once")
	}
	w.open = true
	w.asks <- f
	return nil
}

func (r *room) tooOften(what string, most int) *Error {
	return &Error{App: r.app.Name, Kind: Flood, Message: fmt.Sprintf("%s %s more than %d times in one ask and was ended", r.app.Name, what, most)}
}
