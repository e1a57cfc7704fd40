package hub

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"

	"secgpt/apps"
	"secgpt/apps/link"
	"secgpt/hub/model"
	"secgpt/hub/plan"
	"secgpt/hub/profile"
	"secgpt/hub/rooms"
	"secgpt/mediator"
	"secgpt/mediator/label"
)

// An app's ask
//
// The loop of an app's model runs in the app's room. It reaches out by two questions,
// and asking answers both: Think for a word of the model, May for a call of a tool. A
// call goes the way of every other call, t.one, with the label of all that the model has
// seen on each argument; the reads of its own app and what the plan wrote into `may` are
// planned, and nothing else is. What comes back from another app enters the room by the
// same judgement as the values did. The answer carries all that was let in.

// Spokes are rooms in which an app's model can be asked; rooms.Pool has it.
type Spokes interface {
	Ask(ctx context.Context, app apps.App, a rooms.Asking, d rooms.Desk) (json.RawMessage, []string, error)
}

// asking is one ask while it lasts. It answers a spoke, and so believes nothing. Its
// methods are called from one goroutine.
type asking struct {
	t     *turn
	app   apps.App
	model model.Model
	may   []string
	seen  label.Label            // of all that the app's model may have seen
	known map[string]label.Value // untouched texts of the app's own results that it saw
	chain []string               // the calls that what it saw came through
	heard transcript
	// remember is true if the plan lets the model keep facts; kept counts what it wanted to.
	remember bool
	kept     int
	// refused is true after a change that it wanted was refused. It is asked about no other:
	// a model that obeys a text may want the same for ever.
	refused bool
}

// AskApp asks an app's own model. It runs in the app's room.
func (r *runner) AskApp(ctx context.Context, a plan.AppAsk) (label.Value, error) {
	t, none := r.turn, label.NullOf(label.Person()) // its model saw nothing
	app, _ := t.h.apps.Get(a.App)
	spokes, ok := t.h.pool.(Spokes)
	if !ok {
		return none, fmt.Errorf("the rooms of this conversation have no models")
	}
	m, err := t.thinkerFor(ctx, profile.Spokes)
	if err != nil {
		t.modelFailed(fmt.Errorf("%s.ask needs a model: %w", a.App, err))
		return none, err
	}
	asked := rooms.Asking{Tools: t.h.offered(app, a.May)}
	if a.Schema.Kind() != label.Null {
		if asked.Schema, err = jsonSchema(a.Schema); err != nil {
			return none, err
		}
	}
	if a.Remember {
		asked.Tools = append(asked.Tools, canRemember())
	}
	if len(a.May) > 0 || a.Remember || r.changing(app) { // what its model calls comes after what was held before
		r.release(ctx)
	}
	args := []mediator.Arg{{Name: "instruction", Value: label.TextOf(a.Instruction, a.Control)}}
	for i, v := range a.Values {
		args = append(args, mediator.Arg{Name: fmt.Sprintf("value_%d", i+1), Value: v})
	}
	known, could, err := t.h.remembered(app)
	if err != nil {
		return label.NullOf(label.Label{}), t.broken(ctx, app.Name, err)
	}
	args = append(args, known...)
	who := &asking{t: t, app: app, model: m, may: a.May, remember: a.Remember, known: map[string]label.Value{}}
	for _, v := range a.Values {
		who.learn(v)
	}
	call, d, err := who.enters(ctx, args, a.Control.Join(could))
	if err != nil {
		return none, err
	}
	if who.seen, err = t.h.own(app, sentOf(call.Control, d.Args)); err != nil {
		return label.Value{}, t.broken(ctx, app.Name, err)
	}
	who.chain = call.Chain
	asked.Args = d.Bytes
	r.couldAll(ctx, a.May, who.seen)
	if err := who.couldKeep(ctx); err != nil {
		return label.Value{}, err
	}
	v, err := who.run(ctx, spokes, asked, call)
	r.couldAll(ctx, a.May, who.seen) // it may have seen more on its way
	if err := who.couldKeep(ctx); err != nil {
		return label.Value{}, err
	}
	return v, err
}

// couldAll tells that what a model has seen decides over the tools that it may call.
func (r *runner) couldAll(ctx context.Context, may []string, seen label.Label) {
	for _, name := range may {
		app, tool, _ := strings.Cut(name, ".")
		r.Could(ctx, app, tool, seen, true)
	}
}

// run lets the model work, and labels what it answers, or that it gave no answer.
func (k *asking) run(ctx context.Context, spokes Spokes, a rooms.Asking, call mediator.Call) (label.Value, error) {
	t := k.t
	step := stepOf(call, Working)
	began := time.Now()
	raw, notes, err := spokes.Ask(ctx, k.app, a, k)
	t.heardOut(k.heard.end(call.N, k.app.Name))
	step.Took, step.State = time.Since(began), Done
	for _, n := range notes {
		t.tell(Noted{Text: n, From: k.app.Name})
	}
	if err != nil {
		step.State, step.Error = Broken, err.Error()
		t.tell(step)
		return label.NullOf(k.seen), k.failed(ctx, err)
	}
	t.took(call.N, step.Took)
	t.tell(step)
	v, err := label.FromJSON(raw, k.seen)
	if err == nil {
		call.Chain = k.chain
		t.h.arrived(came(k.app, call, v, k.seen))
	}
	return v, err
}

// failed tells why there is no answer. What the model or the desk failed with was told.
func (k *asking) failed(ctx context.Context, err error) error {
	var needed *rooms.Needed
	var app *rooms.Error
	switch {
	case errors.As(err, &needed):
		k.t.fail(ExitDenied, Failed{App: k.app.Name, Kind: "needs", Message: fmt.Sprintf(
			"%s; if it may have that, ask again and say so", needed)})
	case errors.As(err, &app):
		return k.t.broken(ctx, k.app.Name, err)
	}
	return err
}

// Think asks the model on behalf of the app's room.
func (k *asking) Think(ctx context.Context, think link.Think) (string, error) {
	req := model.Request{Schema: think.Schema, From: k.seen}
	for _, m := range think.Messages {
		req.Messages = append(req.Messages, model.Message{Role: model.Role(m.Role), Text: m.Text})
	}
	k.heard.told(think.Messages, k.seen)
	a, err := k.model.Chat(ctx, req, nil)
	k.t.used(k.model, a)
	if a.Text != "" {
		k.heard.said(a.Text, k.seen)
	}
	if err == nil && a.Cut {
		err = &model.Error{Kind: model.Cut, What: k.model.Name() + " did not come to an end", Do: "ask for less at once"}
	}
	if err != nil {
		k.t.modelFailed(err)
	}
	return a.Text, err
}

// notThere is what a model hears of a tool that it may not call, and of one that there
// is not: it must not learn which of the two it is.
const notThere = "there is no such tool"

// May judges a call that the app's model wants, and makes it. What nobody planned is
// refused and said, and never becomes a question.
func (k *asking) May(ctx context.Context, c link.Call) (link.Result, error) {
	refused := link.Result{Error: notThere}
	if c.Tool == rememberTool && k.remember {
		return k.keeps(ctx, c.Args)
	}
	app, tool, own, there := k.find(c.Tool)
	if !there {
		k.t.tell(Noted{Text: fmt.Sprintf("its model wanted a tool that is not there, %.80q", c.Tool), From: k.app.Name})
		return refused, nil
	}
	named := slices.Contains(k.may, app.Name+"."+tool.Name)
	planned := named || own && tool.Effect == mediator.Read
	args, err := k.arguments(app, tool, c.Args, planned)
	if err != nil && planned { // else it is refused as if it were not there
		return link.Result{Error: err.Error()}, nil
	}
	again := k.refused && tool.Effect != mediator.Read
	call := mediator.Call{
		N: k.t.h.nextCall(), Tool: tool, Args: args, Control: k.seen,
		Planned: planned, Unasked: !named || again, Unbidden: k.t.unbidden[tool.String()], Required: required(app, tool.Name), Chain: k.chain,
	}
	v, err := k.t.one(ctx, app, call)(ctx)
	switch denied := (*plan.DeniedError)(nil); {
	case ctx.Err() != nil:
		return refused, ctx.Err()
	case errors.As(err, &denied):
		switch {
		case !named:
			k.t.tell(Noted{Text: fmt.Sprintf("its model wanted %s, which the request did not plan: it was refused", tool), From: k.app.Name})
		case again:
			k.t.tell(Noted{Text: fmt.Sprintf("its model wanted %s after a change was refused to it: so was this", tool), From: k.app.Name})
		case tool.Effect != mediator.Read && !k.t.h.opt.DryRun:
			k.refused = true
		}
		return refused, nil
	case err != nil: // that it failed, and how, is its app's to tell
		seen, unread := k.t.h.own(app, k.seen)
		if k.seen = seen; unread != nil {
			return refused, unread
		}
		return k.backFailed(ctx, label.TextOf(heard(err), seen), own)
	}
	k.seen = k.seen.Join(v.All())
	k.learn(v)
	k.chain = append(slices.Clone(k.chain), tool.String())
	return k.back(ctx, v, own)
}

// back lets a result into the room. From another app it is judged as the values were.
func (k *asking) back(ctx context.Context, v label.Value, own bool) (link.Result, error) {
	if own {
		body, err := v.JSON()
		return link.Result{Value: body}, err
	}
	_, d, err := k.enters(ctx, []mediator.Arg{{Name: "result", Value: v}}, label.Person())
	if denied := (*plan.DeniedError)(nil); errors.As(err, &denied) {
		return link.Result{Error: notThere}, nil
	}
	if err != nil {
		return link.Result{}, err
	}
	var sent struct{ Result json.RawMessage }
	if err := json.Unmarshal(d.Bytes, &sent); err != nil || sent.Result == nil {
		return link.Result{Error: notThere}, err
	}
	return link.Result{Value: sent.Result}, nil
}

// backFailed lets what a failure says into the room, as it would a result.
func (k *asking) backFailed(ctx context.Context, said label.Value, own bool) (link.Result, error) {
	got, err := k.back(ctx, said, own)
	if err != nil || got.Error != "" {
		return got, err
	}
	var text string
	err = json.Unmarshal(got.Value, &text)
	return link.Result{Error: text}, err
}

// enters judges what is to be seen by the app's model: a call of a tool that reads, into
// an app that may be open. It is written to the record like any other, and to the app's
// history, before it enters.
func (k *asking) enters(ctx context.Context, args []mediator.Arg, control label.Label) (mediator.Call, mediator.Decision, error) {
	t := k.t
	tool := askTool(k.app, args)
	call := mediator.Call{N: t.h.nextCall(), Tool: tool, Args: args, Control: control, Planned: true,
		Required: map[string]bool{}, Chain: t.h.chain(plan.Call{Args: args, Control: control})}
	t.tell(stepOf(call, Working))
	d := t.h.monitor.Decide(ctx, call, t.judge, asker{t}, t.h.opt.DryRun)
	t.decided(call, d)
	if !d.Allow {
		step := stepOf(call, Denied)
		step.Error = d.Why
		t.tell(step)
		return call, d, &plan.DeniedError{App: k.app.Name, Tool: tool.Name, Reason: d.Why}
	}
	if !k.app.BuiltIn {
		if _, err := t.h.remember(k.app, call, d.Args, sentOf(control, d.Args)); err != nil {
			return call, d, t.broken(ctx, k.app.Name, err)
		}
	}
	if err := d.Leaves(tool, d.Bytes); err != nil {
		return call, d, t.broken(ctx, k.app.Name, err)
	}
	return call, d, nil
}

// askTool is what the mediator judges when something is put before an app's model.
func askTool(app apps.App, args []mediator.Arg) mediator.Tool {
	tool := mediator.Tool{App: label.Source(app.Name), Name: "ask", About: "Let " + app.Name + "'s model read this",
		Effect: mediator.Read, Open: len(app.Grants.Hosts) > 0, Roles: map[string]mediator.Role{}}
	for _, m := range app.Manifest.Tools {
		tool.Open = tool.Open || m.Open
	}
	for _, a := range args {
		tool.Roles[a.Name] = mediator.Content
	}
	return tool
}

// find is the tool that a model means: of its own app by its name, of another by both.
func (k *asking) find(name string) (app apps.App, tool mediator.Tool, own, there bool) {
	of, short, dotted := strings.Cut(name, ".")
	if !dotted {
		of, short = k.app.Name, name
	}
	app, there = k.t.h.apps.Get(of)
	if !there || app.Locked != nil || app.Manifest.Tools[short].Hidden {
		return app, tool, false, false
	}
	tool, there = app.Tool(short)
	return app, tool, of == k.app.Name, there
}

// arguments labels what the model wrote with all that it has seen.
func (k *asking) arguments(app apps.App, tool mediator.Tool, raw json.RawMessage, planned bool) ([]mediator.Arg, error) {
	v, err := label.FromJSON(raw, k.seen)
	if err != nil || v.Kind() != label.Object {
		return nil, errors.New("its arguments are no object")
	}
	var args []mediator.Arg
	params := app.Params(tool.Name)
	for _, f := range v.Fields() {
		f.Value = f.Value.Map(func(_ string, part label.Value) label.Value {
			if tool.Effect == mediator.Read && part.Kind() == label.Text {
				if same, ok := k.known[part.Str()]; ok {
					return same.With(k.seen)
				}
			}
			return part
		})
		if planned && !slices.ContainsFunc(params, func(p apps.Param) bool { return p.Name == f.Name }) {
			return nil, fmt.Errorf("%s has no parameter %.80q", tool.Name, f.Name)
		}
		args = append(args, mediator.Arg{Name: f.Name, Value: f.Value})
	}
	return args, nil
}

// learn keeps the untouched texts of the app's own results. Where the model repeats one
// to the letter, as it must to read what it found, it is that value again: chosen by all
// that the model has seen, and still the app's own.
func (k *asking) learn(v label.Value) {
	v.Map(func(_ string, part label.Value) label.Value {
		if o := part.Origin(); part.Kind() == label.Text && o.How == label.Result && o.App == label.Source(k.app.Name) {
			if _, twice := k.known[part.Str()]; !twice || o.Minted {
				k.known[part.Str()] = part
			}
		}
		return part
	})
}

// heard is an app's failure as another's model hears it.
func heard(err error) string {
	var e *rooms.Error
	if errors.As(err, &e) && e.Said != "" {
		return e.Said
	}
	return "it failed"
}

// The bounds of what a model is told of tools.
const (
	maxToolAbout  = 300     // bytes of one description
	maxToolSchema = 4 << 10 // bytes of one schema; a larger one is left out
)

// offered are the tools that an app's model is told of.
func (h *Hub) offered(app apps.App, may []string) []link.Tool {
	offer := func(name string, t link.Tool) link.Tool {
		if len(t.Input) > maxToolSchema {
			t.Input = json.RawMessage(`{"type":"object"}`)
		}
		return link.Tool{Name: name, About: strings.ToValidUTF8(t.About[:min(len(t.About), maxToolAbout)], ""), Input: t.Input}
	}
	var all []link.Tool
	for _, t := range app.Tools {
		known, ok := app.Tool(t.Name)
		if ok && !app.Manifest.Tools[t.Name].Hidden && (known.Effect == mediator.Read || slices.Contains(may, app.Name+"."+t.Name)) {
			all = append(all, offer(t.Name, t))
		}
	}
	for _, full := range may {
		name, tool, _ := strings.Cut(full, ".")
		other, _ := h.apps.Get(name)
		for _, t := range other.Tools {
			if t.Name == tool && name != app.Name {
				all = append(all, offer(full, t))
			}
		}
	}
	return all
}

// own is the label of what an app gives that was given l: itself, l, what it received
// before, and what others can write where it reads.
func (h *Hub) own(app apps.App, l label.Label) (label.Label, error) {
	l = l.Join(label.Of(label.Source(app.Name)))
	past, err := h.received(app.Name).Of("")
	if err != nil {
		return label.Label{}, err
	}
	theirs, _, err := h.shared(app)
	return l.Join(past).Join(theirs), err
}

// sentOf is all that is in a call.
func sentOf(control label.Label, args []mediator.Arg) label.Label {
	for _, a := range args {
		control = control.Join(a.Value.All())
	}
	return control
}
