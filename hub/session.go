package hub

import (
	"errors"
	"fmt"
	"slices"
	"strings"

	"secgpt/hub/memory"
	"secgpt/hub/model"
	"secgpt/hub/plan"
	"secgpt/hub/profile"
	"secgpt/mediator"
	"secgpt/mediator/label"
)

// The session that is kept
//
// A turn is written down twice: what was asked, before anything happens, and what came of
// it, with the variables, once all has. A session that is gone on with has its variables,
// earlier words and plans, and what the planner was let see; the labels are those that it
// had. Answers that were given for the session ended with the process: they are asked
// again. A private session is not written, and reads nothing.

// Earlier is what a conversation that goes on shows of what was before.
type Earlier struct {
	Session string
	Turns   []Kept   // the last ones, oldest first
	Before  int      // how many turns there were before those
	News    []string // what was mended; it holds names that a plan chose: escape it
}

// Kept is a turn that was kept. One that a crash cut short has no Result.
type Kept struct {
	memory.Turn
	Request Request
	Result  Result
}

// KeptTurn is a turn of a session, as the screen and scripts know turns.
func KeptTurn(session string, t memory.Turn) Kept {
	k := Kept{Turn: t, Request: Request{Words: t.Words}, Result: Result{
		Text: t.Text, Plan: t.Plan, By: t.By, Questions: t.Questions, Decisions: t.Decisions,
		Model:   ModelUse{Name: t.Model.Name, Calls: t.Model.Calls, PromptTokens: t.Model.PromptTokens, OutputTokens: t.Model.OutputTokens},
		Session: session, Exit: t.Exit, Took: t.Took,
	}}
	if len(t.Words) == 0 {
		k.Request.Plan = t.Plan
	}
	for _, b := range t.Blocks {
		k.Result.Blocks = append(k.Result.Blocks, Block{b})
	}
	for _, c := range t.Calls {
		args := make([]mediator.Arg, len(c.Args))
		for i, a := range c.Args {
			args[i] = mediator.Arg{Name: a.Name, Value: a.Value}
		}
		k.Result.Calls = append(k.Result.Calls, CallResult{
			Call:     mediator.Call{N: c.N, Tool: mediator.Tool{App: label.Source(c.App), Name: c.Tool}, Args: args},
			Decision: mediator.Decision{Allow: c.Allow, By: c.By, Why: c.Why, Withheld: c.Withheld},
			Took:     c.Took,
		})
	}
	for _, f := range t.Errors {
		k.Result.Errors = append(k.Result.Errors, Failed{f.App, f.Kind, f.Message, f.Said})
	}
	return k
}

// openSession begins the session that this conversation is kept in, or goes on with one.
func (h *Hub) openSession() error {
	store := memory.In(h.opt.Profile.State)
	var err error
	switch {
	case h.opt.Private && h.opt.Resume != "":
		return &profile.Error{Err: errors.New("a private conversation reads no memory; resume without --private")}
	case h.opt.Private:
		return nil
	case h.opt.Resume == "":
		if h.memory, err = store.New(h.session); err != nil {
			return &profile.Error{Err: err}
		}
		return nil
	}
	id, err := store.Find(h.opt.Resume)
	if err != nil {
		return &profile.Error{Err: fmt.Errorf("%w; `secgpt sessions list` names them", err)}
	}
	var r memory.Resumed
	if h.memory, r, err = store.Resume(id, h.opt.Now()); err != nil {
		return &profile.Error{Err: err}
	}
	h.session, h.turn, h.calls, h.revealed = id, r.Turn, r.State.Calls, r.State.Revealed
	h.shaped = r.State.Shaped
	vars := make([]plan.Var, len(r.State.Vars))
	for i, v := range r.State.Vars {
		vars[i] = plan.Var(v)
	}
	h.vars.Restore(vars, r.State.None)
	h.earlier = Earlier{Session: id, News: r.News, Before: max(0, r.Turn-len(r.Earlier))}
	for _, t := range r.Earlier {
		h.earlier.Turns = append(h.earlier.Turns, KeptTurn(id, t))
		h.asks = append(h.asks, t.Asks...)
		for _, c := range t.Calls {
			if c.Allow { // what else its result carried was not kept
				h.bring(arrival{n: c.N, step: c.App + "." + c.Tool, least: label.Of(label.Source(c.App))})
			}
		}
		for _, p := range t.Past {
			h.past = append(h.past, model.Turn{Words: p.Words, Plan: p.Plan})
		}
	}
	h.asks = h.asks[max(0, len(h.asks)-maxAsks):]
	return nil
}

// Earlier is what there was before this process, of a session that is gone on with. Its
// News are given once; where nobody asks, the first turn tells them.
func (h *Hub) Earlier() Earlier {
	h.look.Lock()
	defer h.look.Unlock()
	e := h.earlier
	h.earlier.News = nil
	return e
}

// keepRequest writes down what was asked.
func (t *turn) keepRequest() {
	t.past = len(t.h.past)
	if t.h.memory == nil {
		return
	}
	_ = t.h.memory.Begin(memory.Turn{N: t.n, Began: t.began, Words: t.words(), Plan: t.req.Plan}) // keep says it
}

// words are those of the request that are kept.
func (t *turn) words() []label.Span {
	if t.req.Plan != "" {
		return nil
	}
	return t.req.Words
}

// keep writes down what came of a turn, and returns what the person should know of that.
// No call may be under way that could still change a variable.
func (t *turn) keep() (notes []string) {
	if t.h.memory == nil {
		return nil
	}
	st := memory.State{Revealed: t.h.revealed, Shaped: t.h.shaped}
	vars, none := t.h.vars.All()
	st.None = none
	for _, v := range vars {
		st.Vars = append(st.Vars, memory.Var(v))
	}
	t.h.look.Lock()
	st.Calls = t.h.calls
	t.h.look.Unlock()
	t.mu.Lock()
	kept := t.kept()
	t.mu.Unlock()
	left, err := t.h.memory.Add(kept, st)
	before := t.h.unkept
	if t.h.unkept = ""; err != nil {
		t.h.unkept = err.Error()
	}
	switch {
	case err != nil && t.h.unkept != before:
		notes = append(notes, fmt.Sprintf("this request is not kept in the session: %v", err))
	case err == nil && before != "":
		notes = append(notes, "the session is kept again")
	}
	if len(left) > 0 {
		notes = append(notes, "too large to be kept in the session: "+strings.Join(left, ", "))
	}
	return notes
}

// kept is a turn as it is written down.
func (t *turn) kept() memory.Turn {
	r := t.result
	k := memory.Turn{N: t.n, Began: t.began, Ended: true, Took: r.Took, Words: t.words(), By: r.By, Plan: r.Plan, Text: r.Text,
		Asks: slices.Clone(t.asks), Questions: r.Questions, Decisions: r.Decisions, Exit: r.Exit,
		Model: memory.Model{Name: r.Model.Name, Calls: r.Model.Calls, PromptTokens: r.Model.PromptTokens, OutputTokens: r.Model.OutputTokens}}
	if k.Plan == "" {
		k.Plan = t.req.Plan // it did not get as far as to run
	}
	for _, b := range r.Blocks {
		k.Blocks = append(k.Blocks, b.Value)
	}
	for _, c := range r.Calls {
		call := memory.Call{N: c.Call.N, App: string(c.Call.Tool.App), Tool: c.Call.Tool.Name, Allow: c.Decision.Allow,
			Withheld: c.Decision.Withheld, By: c.Decision.By, Why: c.Decision.Why, Took: c.Took}
		args := c.Call.Args
		if c.Decision.Allow && c.Decision.Args != nil {
			args = c.Decision.Args
		}
		for _, a := range args {
			call.Args = append(call.Args, memory.Arg{Name: a.Name, Value: a.Value})
		}
		k.Calls = append(k.Calls, call)
	}
	for _, f := range r.Errors {
		k.Errors = append(k.Errors, memory.Failure{App: f.App, Kind: f.Kind, Message: f.Message, Said: f.Said})
	}
	for _, p := range t.h.past[min(t.past, len(t.h.past)):] {
		k.Past = append(k.Past, memory.Past{Words: cutPast(p.Words), Plan: p.Plan})
	}
	return k
}

// maxPast bounds what is kept of one piece that the planner knows, in bytes: far more than a
// prompt has room for.
const maxPast = 16 << 10

func cutPast(words string) string {
	if len(words) <= maxPast {
		return words
	}
	return strings.ToValidUTF8(words[:maxPast], "") + fmt.Sprintf("… (%d bytes more)", len(words)-maxPast)
}
