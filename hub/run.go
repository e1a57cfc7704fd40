package hub

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"

	"secgpt/apps"
	"secgpt/hub/history"
	"secgpt/hub/plan"
	"secgpt/hub/rooms"
	"secgpt/hub/when"
	"secgpt/isolate"
	"secgpt/mediator"
	"secgpt/mediator/label"
)

// runner is a plan's only way out.
type runner struct {
	turn  *turn
	held  []*held // calls that wait for an answer, and what comes after them
	reads []*held // reads that were held and have left
}

// Begin takes a call in, in plan order. One that needs an answer is held, and so is a
// change after it; any other is judged and sent at once. A read waits for the held
// changes of its app.
func (r *runner) Begin(ctx context.Context, c plan.Call) (wait func(context.Context) (label.Value, error), held bool) {
	t := r.turn
	app, _ := t.h.apps.Get(c.App)
	tool, known := app.Tool(c.Tool)
	changes := tool.Effect != mediator.Read
	if !changes && r.changing(app) {
		r.release(ctx)
	}
	call := mediator.Call{
		N: t.h.nextCall(), Tool: tool, Args: c.Args, Control: c.Control,
		Planned: known, Unbidden: t.unbidden[tool.String()], Required: required(app, c.Tool), Chain: t.h.chain(c),
	}
	if changes && len(r.held) > 0 {
		return r.hold(app, call), true
	}
	if changes {
		r.finish(ctx, app)
	}
	t.tell(stepOf(call, Working))
	d, ok := t.h.monitor.Settle(call, t.judge, t.h.opt.DryRun)
	if !ok {
		return r.hold(app, call), true
	}
	return t.carryOut(ctx, app, call, d), false
}

// one judges one call, asks the person if it must, and sends it to its app's room if
// it may go. What it returns waits for the result. It and Begin are the only ways to an
// app, whoever wants the call.
func (t *turn) one(ctx context.Context, app apps.App, call mediator.Call) func(context.Context) (label.Value, error) {
	t.tell(stepOf(call, Working))
	return t.carryOut(ctx, app, call, t.h.monitor.Decide(ctx, call, t.judge, asker{t}, t.h.opt.DryRun))
}

// carryOut tells what was decided over a call, and sends it if it may go.
func (t *turn) carryOut(ctx context.Context, app apps.App, call mediator.Call, d mediator.Decision) func(context.Context) (label.Value, error) {
	t.decided(call, d)
	if !d.Allow {
		step := stepOf(call, Denied)
		if d.Dry {
			step.State = Skipped
		}
		step.Error = d.Why
		t.tell(step)
		return failed(&plan.DeniedError{App: string(call.Tool.App), Tool: call.Tool.Name, Reason: d.Why})
	}
	return t.start(ctx, app, call, d)
}

// stepOf is a call as its line on the screen shows it.
func stepOf(c mediator.Call, s StepState) Step {
	return Step{N: c.N, Tool: c.Tool, About: about(c), State: s}
}

// start sends a call that may go. The result is labelled before it is returned.
func (t *turn) start(ctx context.Context, app apps.App, call mediator.Call, d mediator.Decision) func(context.Context) (label.Value, error) {
	type outcome struct {
		v   label.Value
		err error
	}
	done := make(chan outcome, 1)
	step := stepOf(call, Working)
	t.tell(step)
	t.calls.Go(func() {
		began := time.Now()
		v, err := t.call(ctx, app, call, d)
		step.Took = time.Since(began)
		step.State = Done
		if err != nil {
			step.State, step.Error = Broken, err.Error()
		}
		if ctx.Err() == nil {
			t.took(call.N, step.Took)
			t.tell(step)
		}
		done <- outcome{v, err}
	})
	return func(ctx context.Context) (label.Value, error) {
		select {
		case o := <-done:
			done <- o
			return o.v, o.err
		case <-ctx.Done():
			t.mu.Lock()
			t.late = append(t.late, call.Tool.String())
			t.mu.Unlock()
			return label.Value{}, context.Cause(ctx)
		}
	}
}

// call makes the call, keeps what is needed to take it back, and labels what came
// back with the app, all that went in, and what the app received before.
func (t *turn) call(ctx context.Context, app apps.App, call mediator.Call, d mediator.Decision) (_ label.Value, err error) {
	defer func() {
		if err != nil && call.Tool.Effect != mediator.Read {
			t.judge.Stop(fmt.Sprintf("%s did not succeed", call.Tool))
		}
	}()
	sent := call.Control
	for _, a := range d.Args {
		sent = sent.Join(a.Value.All())
	}
	var begun *history.Change
	if call.Tool.Effect != mediator.Read || !app.BuiltIn {
		// Recorded before it enters, so that no crash loses a source.
		if begun, err = t.h.remember(app, call, d.Args, sent); err != nil {
			return label.Value{}, t.broken(ctx, app.Name, err)
		}
	}
	if err := d.Leaves(call.Tool, d.Bytes); err != nil {
		return label.Value{}, t.broken(ctx, app.Name, err)
	}
	reply, err := t.h.pool.Call(ctx, app, call.Tool.Name, d.Bytes)
	if err != nil {
		return label.Value{}, t.broken(ctx, app.Name, errors.Join(err, settle(begun, label.Value{}, err)))
	}
	for _, n := range slices.Concat(reply.Problems, reply.Notes) {
		t.tell(Noted{Text: n, From: app.Name})
	}
	v, err := t.h.labelled(app, call, reply.Value, sent)
	if err != nil {
		return label.Value{}, t.broken(ctx, app.Name, &rooms.Error{App: app.Name, Kind: "garbage", Message: err.Error()})
	}
	if call.Tool.Effect != mediator.Read {
		if err := settle(begun, v, nil); err != nil {
			return label.Value{}, t.broken(ctx, app.Name, err)
		}
		if reply.Undo != "" {
			t.undoable(change{N: call.N, Session: t.h.session, App: app.Name, Tool: call.Tool.Name, Token: reply.Undo, At: t.h.opt.Now()})
		}
	}
	return v, nil
}

// undoable keeps that a change can be taken back.
func (t *turn) undoable(c change) {
	if err := t.h.undo.add(c); err != nil {
		t.tell(Noted{Text: fmt.Sprintf("%s.%s can't be taken back: %v", c.App, c.Tool, err)})
		return
	}
	t.mu.Lock()
	defer t.mu.Unlock()
	t.result.Undo = true
}

// broken tells that an app failed and returns the error for the plan.
func (t *turn) broken(ctx context.Context, app string, err error) error {
	if ctx.Err() != nil {
		return err
	}
	f, code := Failed{App: app, Kind: "error", Message: err.Error()}, ExitApp
	var e *rooms.Error
	if errors.As(err, &e) {
		f.Kind, f.Message, f.Said = string(e.Kind), e.Message, e.Said
		if e.Kind == rooms.Locked { // the person's to look at, and this request needs it
			code = ExitUsage
		}
	}
	if layer := (*isolate.LayerError)(nil); errors.As(err, &layer) {
		f.Message = app + " was not started: " + noRoom(layer)
	}
	t.fail(code, f)
	return err
}

func failed(err error) func(context.Context) (label.Value, error) {
	return func(context.Context) (label.Value, error) { return label.Value{}, err }
}

// decided notes a decision in the turn's result.
func (t *turn) decided(c mediator.Call, d mediator.Decision) {
	t.h.look.Lock()
	t.h.decided = append(t.h.decided, told{c.N, t.n, d.Entry, d.Allow && len(d.Reasons) == 0 && c.Tool.Effect == mediator.Read})
	t.h.look.Unlock()
	t.tell(Decided{Call: c, Decision: d})
	t.recorded(d)
	t.receivedBefore(c, d)
	if d.Dry {
		text := c.Tool.String() + " was not called: " + d.Why
		if d.Remedy != "" {
			text += "; a rule that would answer: " + d.Remedy
		}
		t.tell(Noted{Text: text})
	}
	t.mu.Lock()
	defer t.mu.Unlock()
	t.result.Calls = append(t.result.Calls, CallResult{Call: c, Decision: d})
	if d.Allow || d.Dry || c.Unasked { // what a model wanted beyond the plan, nobody missed
		return
	}
	t.codes = append(t.codes, ExitDenied)
	if !d.Unrecorded && (d.By == "nobody" || d.By == "default") {
		t.result.Denied = append(t.result.Denied, Denial{From: d.From, Tool: c.Tool, Remedy: d.Remedy, Why: d.Why, Unbidden: c.Unbidden})
	}
}

func (t *turn) took(n int, d time.Duration) {
	t.mu.Lock()
	defer t.mu.Unlock()
	for i := range t.result.Calls {
		if t.result.Calls[i].Call.N == n {
			t.result.Calls[i].Took = d
		}
	}
}

// asker puts the mediator's cards to the person, counts them, and shows that their
// steps wait.
type asker struct{ t *turn }

func (a asker) Ask(ctx context.Context, card []mediator.Question) []mediator.Answer {
	a.t.mu.Lock()
	a.t.result.Questions++
	a.t.result.Decisions += len(card)
	a.t.mu.Unlock()
	for _, q := range card {
		a.t.tell(stepOf(q.Call, Waiting))
	}
	return a.t.person.Ask(ctx, card)
}

// Reply shows values, after the held calls that come before it.
func (r *runner) Reply(_ context.Context, values []label.Value) {
	if len(r.held) > 0 {
		r.held = append(r.held, &held{reply: values})
		return
	}
	r.show(values)
}

// show shows values. What the plan itself says after a change that did not happen
// was written for another course of things ("Sent."), so it is left out.
func (r *runner) show(values []label.Value) {
	own := !slices.ContainsFunc(values, func(v label.Value) bool { return !v.All().Empty() })
	if own && r.turn.judge.Stopped() {
		return
	}
	if own && slices.ContainsFunc(values, r.turn.claimsTooMuch) {
		r.turn.claims = append(r.turn.claims, values) // it is shown once that is true
		return
	}
	blocks := make([]Block, len(values))
	for i, v := range values {
		blocks[i] = Block{Value: v}
	}
	r.turn.mu.Lock()
	r.turn.result.Blocks = append(r.turn.result.Blocks, blocks...)
	r.turn.mu.Unlock()
	r.turn.tell(Replied{Blocks: blocks})
}

// When reads a date.
func (r *runner) When(_ context.Context, text string) (label.Value, error) {
	span, err := when.Read(text, r.turn.began)
	if err != nil {
		return label.Value{}, err
	}
	return span.Value(), nil
}

// about is a call in a few words for the step's line: what it looks for.
func about(c mediator.Call) string {
	var parts []string
	for _, a := range c.Args {
		if r := c.Tool.Roles[a.Name]; r == mediator.Content || r == mediator.Ref || !a.Value.All().Empty() {
			continue
		}
		if b, err := a.Value.JSON(); err == nil && len(b) <= maxAbout {
			parts = append(parts, a.Name+" "+strings.Trim(string(b), `"`))
		}
	}
	return strings.Join(parts, ", ")
}

// maxAbout bounds one argument in a step's line.
const maxAbout = 60

// required names the parameters that a tool can't do without.
func required(app apps.App, tool string) map[string]bool {
	need := map[string]bool{}
	for _, p := range app.Params(tool) {
		if p.Required {
			need[p.Name] = true
		}
	}
	return need
}
