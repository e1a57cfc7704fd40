package hub

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"slices"

	"secgpt/apps"
	"secgpt/apps/link"
	"secgpt/hub/memory"
	"secgpt/mediator"
	"secgpt/mediator/label"
)

// What an app remembers
//
// An app's facts enter its own asks, as values with their labels, judged like any others,
// and nothing else: no plan can read them, no other app, and not the planner. A fact comes
// from the person's hand, or from the app's model in an ask whose plan says
// `remember = True`. Each is then a question like one about a change: the text with its
// sources, and no rule answers it that does not name it. In any other ask the tool for it
// is not there. A private conversation reads none and keeps none.

// rememberTool is the tool by which an app's model keeps a fact. No app can be called
// memory, and no tool of its own has a dot in its name.
const rememberTool = "memory.remember"

// maxKept is how many facts one ask may want to keep: more is not what a person reads.
const maxKept = 3

// facts are those of an app.
func (h *Hub) facts(app string) memory.Facts {
	return memory.FactsOf(h.opt.Profile.App(app), h.opt.Profile.State)
}

// Memory is what an app remembers, oldest first.
func (h *Hub) Memory(app string) ([]memory.Fact, error) {
	if _, ok := h.apps.Get(app); !ok {
		return nil, fmt.Errorf("there is no app %q", app)
	}
	if h.opt.Private {
		return nil, errors.New("a private conversation reads no memory")
	}
	all, _, err := h.facts(app).All()
	return all, err
}

// remembered are the facts of an app as values of an ask, and the label of what is not
// among them.
func (h *Hub) remembered(app apps.App) ([]mediator.Arg, label.Label, error) {
	if h.opt.Private {
		return nil, label.Person(), nil
	}
	all, could, err := h.facts(app.Name).All()
	if err != nil {
		return nil, could, fmt.Errorf("what %s remembers can't be used: %w", app.Name, err)
	}
	var args []mediator.Arg
	for _, f := range all {
		args = append(args, mediator.Arg{Name: fmt.Sprintf("memory_%d", f.N), Value: f.Text})
	}
	return args, could, nil
}

// canRemember offers the tool in an ask whose plan allows it.
func canRemember() link.Tool {
	return link.Tool{
		Name: rememberTool, About: "Keep one short fact for later tasks, if the task says so; the person is asked",
		Input: json.RawMessage(`{"type":"object","properties":{"fact":{"type":"string"}},"required":["fact"]}`),
	}
}

// couldKeep keeps that what the model has seen decides over what its app remembers, and over
// what it does not.
func (k *asking) couldKeep(ctx context.Context) error {
	if !k.remember || k.t.h.opt.Private || k.t.h.opt.DryRun {
		return nil
	}
	if err := k.t.h.facts(k.app.Name).Could(k.seen); err != nil {
		return k.t.broken(ctx, k.app.Name, err)
	}
	return nil
}

// keeps judges a fact that an app's model wants to keep, and keeps it.
func (k *asking) keeps(ctx context.Context, raw json.RawMessage) (link.Result, error) {
	t, refused := k.t, link.Result{Error: notThere}
	v, err := label.FromJSON(raw, k.seen)
	if err != nil || v.Kind() != label.Object || len(v.Fields()) != 1 {
		return link.Result{Error: "write {\"fact\": \"…\"}"}, nil
	}
	fact, ok := v.Get("fact")
	if !ok || fact.Kind() != label.Text {
		return link.Result{Error: "the fact is no text"}, nil
	}
	if err := memory.Fits(fact.Str()); err != nil {
		return link.Result{Error: err.Error()}, nil
	}
	if t.h.opt.Private {
		t.tell(Noted{Text: k.app.Name + " remembers nothing of a private conversation"})
		return refused, nil
	}
	if k.kept++; k.kept > maxKept {
		t.tell(Noted{Text: fmt.Sprintf("its model wanted to keep more than %d facts: the rest was refused", maxKept), From: k.app.Name})
		return refused, nil
	}
	tool := mediator.Tool{App: label.Source(k.app.Name), Name: "remember", About: "Let " + k.app.Name + " remember this",
		Effect: mediator.Write, Undo: true, Roles: map[string]mediator.Role{"fact": mediator.Target}}
	call := mediator.Call{N: t.h.nextCall(), Tool: tool, Args: []mediator.Arg{{Name: "fact", Value: fact}}, Control: k.seen,
		Planned: true, Required: map[string]bool{"fact": true}, Chain: k.chain}
	t.tell(stepOf(call, Working))
	d := t.h.monitor.Decide(ctx, call, t.judge, asker{t}, t.h.opt.DryRun)
	t.decided(call, d)
	step := stepOf(call, Denied)
	step.Error = d.Why
	switch {
	case ctx.Err() != nil:
		return refused, ctx.Err()
	case !d.Allow || len(d.Args) != 1 || d.Args[0].Value.Kind() != label.Text:
		t.tell(step)
		return refused, nil
	}
	c := change{N: call.N, Session: t.h.session, App: k.app.Name, Tool: tool.Name, At: t.h.opt.Now()}
	err = d.Leaves(tool, d.Bytes)
	if err == nil {
		c.Fact, err = t.h.facts(k.app.Name).Add(d.Args[0].Value, t.h.session, "model", c.At)
	}
	if err != nil {
		step.State, step.Error = Broken, err.Error()
		t.tell(step)
		t.fail(ExitLimit, Failed{App: k.app.Name, Kind: "limit", Message: fmt.Sprintf("%s remembers nothing more: %v", k.app.Name, err)})
		return link.Result{Error: "it could not be kept"}, nil
	}
	step.State, step.Error = Done, ""
	t.tell(step)
	t.undoable(c)
	return link.Result{Value: json.RawMessage(`"kept"`)}, nil
}

// forget takes back a fact: by the person's own hand, judged and recorded like any call.
func (t *turn) forget(app apps.App, c change) {
	all, _, err := t.h.facts(app.Name).All()
	if err != nil {
		t.fail(ExitApp, Failed{App: app.Name, Kind: "undo", Message: fmt.Sprintf("what %s remembers can't be used: %v", app.Name, err)})
		return
	}
	i := slices.IndexFunc(all, func(f memory.Fact) bool { return f.N == c.Fact })
	if i < 0 {
		t.fail(ExitUsage, Failed{App: app.Name, Kind: "undo", Message: fmt.Sprintf("%s has forgotten that already", app.Name)})
		return
	}
	if f := all[i]; (f.By != "model" || !f.At.Equal(c.At)) && !t.allTheSame(c, f.Text) {
		return
	}
	call := mediator.Call{N: t.h.nextCall(), Planned: true, Control: label.Person(),
		Tool: mediator.Tool{App: label.Source(app.Name), Name: "forget", About: "Let " + app.Name + " forget this", Effect: mediator.Write,
			Roles: map[string]mediator.Role{"fact": mediator.Target}},
		Args: []mediator.Arg{{Name: "fact", Value: label.IntOf(int64(c.Fact), label.Person())}}, Required: map[string]bool{"fact": true}}
	t.tell(stepOf(call, Working))
	d := t.h.monitor.Decide(t.ctx, call, t.judge, asker{t}, t.h.opt.DryRun)
	t.decided(call, d)
	step := stepOf(call, Done)
	if !d.Allow {
		step.State, step.Error = Denied, d.Why
		t.tell(step)
		return
	}
	if err = d.Leaves(call.Tool, d.Bytes); err == nil {
		err = t.h.facts(app.Name).Forget(c.Fact)
	}
	if err != nil {
		step.State, step.Error = Broken, err.Error()
		t.tell(step)
		t.fail(ExitApp, Failed{App: app.Name, Kind: "undo", Message: err.Error()})
		return
	}
	t.tell(step)
	t.takenBack(c)
}
