package hub

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"regexp"
	"slices"
	"strings"
	"sync"

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
// from the person's hand, or their request ("let mail remember that …"), or from the app's
// model in an ask whose plan says
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
	kept, err := t.memorize(ctx, k.app.Name, mediator.Call{Args: []mediator.Arg{{Name: "fact", Value: fact}}, Control: k.seen, Chain: k.chain}, "model")
	switch {
	case ctx.Err() != nil:
		return refused, ctx.Err()
	case err != nil:
		return link.Result{Error: "it could not be kept"}, nil
	case !kept:
		return refused, nil
	}
	return link.Result{Value: json.RawMessage(`"kept"`)}, nil
}

// memorize judges a fact and, if it may be kept, keeps it. call has its one argument, who
// wants it kept is by. What goes wrong was told.
func (t *turn) memorize(ctx context.Context, app string, call mediator.Call, by string) (kept bool, err error) {
	call.N, call.Planned, call.Required = t.h.nextCall(), true, map[string]bool{"fact": true}
	call.Tool = mediator.Tool{App: label.Source(app), Name: "remember", About: "Let " + app + " remember this",
		Effect: mediator.Write, Undo: true, Roles: map[string]mediator.Role{"fact": mediator.Target}}
	t.tell(stepOf(call, Working))
	d := t.h.monitor.Decide(ctx, call, t.judge, asker{t}, t.h.opt.DryRun)
	t.decided(call, d)
	step := stepOf(call, Done)
	if !d.Allow || len(d.Args) != 1 || d.Args[0].Value.Kind() != label.Text {
		step.State, step.Error = Denied, d.Why
		t.tell(step)
		return false, nil
	}
	c := change{N: call.N, Session: t.h.session, App: app, Tool: call.Tool.Name, At: t.h.opt.Now()}
	if err = d.Leaves(call.Tool, d.Bytes); err == nil {
		c.Fact, err = t.h.facts(app).Add(d.Args[0].Value, t.h.session, by, c.At)
	}
	if err != nil {
		step.State, step.Error = Broken, err.Error()
		t.tell(step)
		t.fail(ExitLimit, Failed{App: app, Kind: "limit", Message: fmt.Sprintf("%s remembers nothing more: %v", app, err)})
		return false, err
	}
	t.tell(step)
	t.undoable(c)
	return true, nil
}

// wishes is how to say that an app is to remember something. Any other request is for the
// planner: what is remembered for no app in particular is a note, and "notes, remember
// that …" most likely as well.
var wishes = sync.OnceValue(func() *regexp.Regexp {
	return regexp.MustCompile(`(?is)^(?:please )?(?:let|have|tell) ([a-z][a-z0-9_]*)(?: to)? remember(?: that |: ?)(.+)$`)
})

// toRemember reads a request that names an app and what it is to remember.
func (t *turn) toRemember(text string) (app apps.App, fact string, ok bool) {
	m := wishes().FindStringSubmatch(strings.TrimSpace(text))
	if m == nil {
		return app, "", false
	}
	app, ok = t.h.apps.Get(strings.ToLower(m[1]))
	return app, strings.TrimSpace(m[2]), ok
}

// remembers lets an app remember what the person typed: by their own hand, as `secgpt apps
// memory NAME add` does, and no model is asked.
func (t *turn) remembers(app apps.App, fact string) {
	err := memory.Fits(fact)
	if t.h.opt.Private {
		err = errors.New("nothing of a private conversation is remembered")
	}
	if err != nil {
		t.fail(ExitUsage, Failed{App: app.Name, Kind: "limit", Message: err.Error()})
		return
	}
	kept, _ := t.memorize(t.ctx, app.Name, mediator.Call{Control: label.Person(), Args: []mediator.Arg{{Name: "fact", Value: label.TextOf(fact, label.Person())}}}, "person")
	if kept {
		t.Reply(label.TextOf(fmt.Sprintf("%s remembers that from now on: its own model reads it, in %s.ask.", app.Name, app.Name), label.Person()))
	}
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
	if f := all[i]; !f.At.Equal(c.At) && !t.allTheSame(c, f.Text) {
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
