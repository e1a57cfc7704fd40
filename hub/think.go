package hub

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"sync"
	"time"

	"secgpt/hub/model"
	"secgpt/hub/plan"
	"secgpt/hub/profile"
	"secgpt/mediator"
	"secgpt/mediator/label"
)

// Who thinks
//
// Three things are asked of models: the plan, an app's own model, and the quarantined
// one. Each can have models of its own, of which the first that answers is asked. A
// model that does not run on this computer is a tool, model:NAME, that reads and is
// open: what it is asked is judged like any call, before anything of it is sent.

// models are those that were found, by what names them.
type models struct {
	mu    sync.Mutex
	found map[string]model.Model
}

// find returns the first of specs that is there, and the specs after it.
func (h *Hub) find(ctx context.Context, specs []string) (m model.Model, rest []string, err error) {
	h.models.mu.Lock()
	defer h.models.mu.Unlock()
	var all error
	for i, spec := range specs {
		m = h.models.found[spec]
		if m == nil {
			if m, err = model.Find(ctx, spec, h.opt.Profile.Settings().ModelServers()...); err != nil {
				if all != nil {
					err = fmt.Errorf("%w; and %w", all, err)
				}
				all = err
				continue
			}
			h.models.found[spec] = m
		}
		return m, specs[i+1:], nil
	}
	return nil, nil, all
}

// specs name the models of a role, the one to ask first.
func (h *Hub) specs(role profile.Role) []string {
	if h.opt.Model != "" {
		return []string{h.opt.Model}
	}
	return h.opt.Profile.Settings().ModelsFor(role)
}

// A thinker is the models of a role in one turn. It is a model.Model.
type thinker struct {
	t *turn

	mu   sync.Mutex
	m    model.Model // who is asked now
	rest []string    // to be asked if that one does not answer
}

var _ model.Model = (*thinker)(nil)

// thinkerFor finds the models of a role, once they are needed, and again as long as
// there are none.
func (t *turn) thinkerFor(ctx context.Context, role profile.Role) (*thinker, error) {
	if m := t.h.opt.Thinker; m != nil {
		return &thinker{t: t, m: m}, nil
	}
	m, rest, err := t.h.find(ctx, t.h.specs(role))
	if err != nil {
		return nil, err
	}
	return &thinker{t: t, m: m, rest: rest}, nil
}

func (k *thinker) Name() string {
	return k.now().Name()
}

// now is the model that is asked now.
func (k *thinker) now() model.Model {
	k.mu.Lock()
	defer k.mu.Unlock()
	return k.m
}

// Chat asks the model, and the next one if it is not there or takes nothing now. After
// a first word of an answer no other is asked.
func (k *thinker) Chat(ctx context.Context, r model.Request, onText func(string)) (model.Answer, error) {
	t := k.t
	if r.Note == nil {
		r.Note = func(text string) { t.tell(Noted{Text: text}) }
	}
	for {
		m := k.now()
		asked, err := t.mayThink(ctx, m, r)
		if err != nil {
			return model.Answer{}, err
		}
		began := time.Now()
		a, err := m.Chat(ctx, asked, onText)
		t.thought(time.Since(began), a.Loading)
		var e *model.Error
		if !errors.As(err, &e) || !e.Unspent || ctx.Err() != nil || !k.next(ctx, e) {
			return a, err
		}
	}
}

// next turns to the next model after e; false if there is none.
func (k *thinker) next(ctx context.Context, e *model.Error) bool {
	k.mu.Lock()
	defer k.mu.Unlock()
	m, rest, err := k.t.h.find(ctx, k.rest)
	if err != nil || m == nil {
		return false
	}
	k.m, k.rest = m, rest
	k.t.tell(Noted{Text: e.What + "; " + m.Name() + " is asked instead"})
	return true
}

// thought counts the time of one call of a model.
func (t *turn) thought(took, loading time.Duration) {
	t.mu.Lock()
	defer t.mu.Unlock()
	t.result.Model.Took += took
	t.result.Model.Loading += loading
}

// The two arguments of asking a model elsewhere: together they are all that is sent.
const (
	askedArg  = "asked" // the last message, with the data in it
	beforeArg = "with"  // what stands before it: our rules, the apps' tools, earlier turns
)

// modelPrefix begins the name of a model as a target.
const modelPrefix = "model:"

// ModelTool is a model on another computer as the mediator knows it.
func ModelTool(name, host string) mediator.Tool {
	return mediator.Tool{
		App: label.Source(modelPrefix + name), About: fmt.Sprintf("Ask the model %s, which runs on %s", name, host),
		Effect: mediator.Read, Open: true, OneHost: true, Model: true,
		Roles: map[string]mediator.Role{askedArg: mediator.Content, beforeArg: mediator.Content},
	}
}

// mayThink has the mediator judge what m would be asked, if it runs elsewhere, and
// returns the request as it may leave.
func (t *turn) mayThink(ctx context.Context, m model.Model, r model.Request) (model.Request, error) {
	host, far := model.Elsewhere(m)
	if !far || len(r.Messages) == 0 {
		return r, nil
	}
	last := len(r.Messages) - 1
	var before strings.Builder
	for _, msg := range r.Messages[:last] {
		fmt.Fprintf(&before, "%s: %s\n\n", msg.Role, msg.Text)
	}
	if r.Schema != nil {
		fmt.Fprintf(&before, "the answer fits: %s\n", r.Schema)
	}
	call := mediator.Call{
		N: t.h.nextCall(), Planned: true, Control: label.Person(),
		Tool: ModelTool(m.Name(), host),
		Args: []mediator.Arg{
			{Name: askedArg, Value: label.TextOf(r.Messages[last].Text, r.From)},
			{Name: beforeArg, Value: label.TextOf(before.String(), r.From)},
		},
		Required: map[string]bool{askedArg: true, beforeArg: true},
	}
	t.tell(stepOf(call, Working))
	d := t.h.monitor.Decide(ctx, call, t.judge, asker{t}, false)
	t.decided(call, d)
	step := stepOf(call, Done)
	if !d.Allow {
		step.State, step.Error = Denied, d.Why
		t.tell(step)
		return r, &plan.DeniedError{Tool: call.Tool.String(), Reason: d.Why}
	}
	t.tell(step)
	if err := d.Leaves(call.Tool, d.Bytes); err != nil {
		return r, err
	}
	for _, a := range d.Args { // what the person wrote anew is what is sent
		switch {
		case a.Name == askedArg:
			r.Messages = append(r.Messages[:last:last], model.Message{Role: r.Messages[last].Role, Text: a.Value.Str()})
		case a.Value.Str() != before.String():
			return r, &plan.DeniedError{Tool: call.Tool.String(), Reason: "only what is asked can be changed, not what stands before it"}
		}
	}
	return r, nil
}
