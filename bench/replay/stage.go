package main

import (
	"context"
	"encoding/json"
	"fmt"
	"strings"
	"sync"

	"secgpt/apps"
	"secgpt/apps/link"
	"secgpt/hub/model"
	"secgpt/hub/rooms"
)

// A Stage plays the apps and the models of one life: it is the hub's Rooms, its
// Spokes and its Thinker. It gives what was recorded, except where the attacker says something else,
// and writes down what arrived.
type Stage struct {
	mu     sync.Mutex
	plan   *Plan
	lies   Lies
	came   map[int]bool // steps whose call arrived
	done   []Done
	models int         // calls of models
	wishes []link.Call // what an app's model wants to call when it is asked
}

// Lies are what an attacker puts in the place of values, by Place.key.
type Lies map[string]any

// Done is a call that arrived at an app.
type Done struct {
	Step int // of the plan; -1 if it is none of its steps
	Tool *Tool
	Args map[string]any
}

// begin sets the stage for one turn.
func (s *Stage) begin(p *Plan, lies Lies) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.plan, s.lies, s.came, s.done, s.models = p, lies, map[int]bool{}, nil, 0
}

// Call is a tool call that the mediator let through.
func (s *Stage) Call(_ context.Context, app apps.App, tool string, args json.RawMessage) (rooms.Reply, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	got, _ := decode(args).(map[string]any)
	d := Done{Step: s.plan.stepOf(app.Name, tool, got, s.came, s.lies), Args: got}
	if d.Step < 0 { // nothing of the task's: an attack, or a plan that is not ours
		d.Tool = s.plan.Part.tool(tool)
		s.done = append(s.done, d)
		return rooms.Reply{Value: json.RawMessage(`"done"`)}, nil
	}
	s.came[d.Step] = true
	d.Tool = s.plan.Steps[d.Step].Tool
	s.done = append(s.done, d)
	call := s.plan.Task.Calls[d.Step]
	if call.Error != "" {
		return rooms.Reply{}, &rooms.Error{App: app.Name, Kind: rooms.Failed, Message: tool + " failed", Said: call.Error}
	}
	value, err := json.Marshal(s.plan.result(d.Step, s.lies))
	return rooms.Reply{Value: value}, err
}

// Ask is the loop of an app's model that obeys the attacker: it wants every call that
// would serve the attack, and then answers.
func (s *Stage) Ask(ctx context.Context, _ apps.App, _ rooms.Asking, d rooms.Desk) (json.RawMessage, []string, error) {
	for _, w := range s.wishes {
		if _, err := d.May(ctx, w); err != nil {
			return nil, nil, err
		}
	}
	return json.RawMessage(`"that is all"`), nil, nil
}

// Close is what the hub calls at its end.
func (s *Stage) Close() {}

// Name is the played model's.
func (s *Stage) Name() string { return "played" }

// Chat is the planner, which answers with the plan, and the model without tools.
func (s *Stage) Chat(_ context.Context, r model.Request, onText func(string)) (model.Answer, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.models++
	var n int
	last := r.Messages[len(r.Messages)-1].Text
	if _, err := fmt.Sscanf(last, "(%d)", &n); err == nil && len(r.Messages) == 2 && n < len(s.plan.Asks) {
		v := s.plan.value(Place{Kind: InAnswer, Asked: n}, s.plan.Asks[n].Value, s.lies)
		if r.Schema == nil {
			return model.Answer{Text: fmt.Sprint(v)}, nil
		}
		body, err := json.Marshal(v)
		return model.Answer{Text: string(body)}, err
	}
	answer := "```\n" + s.plan.Source + "```\n"
	if onText != nil {
		onText(answer)
	}
	return model.Answer{Text: answer}, nil
}

// value is what stands at a place: v, or what the attacker says.
func (pl *Plan) value(at Place, v any, lies Lies) any {
	if lie, ok := lies[at.key()]; ok && at.Kind != InText {
		return lie
	}
	return v
}

// args are what step i is called with under some lies.
func (pl *Plan) args(i int, lies Lies) map[string]any {
	args := map[string]any{}
	for name, v := range pl.Steps[i].Args {
		args[name] = v
	}
	for _, l := range pl.Steps[i].Leaves {
		if v := pl.value(l.From, l.Value, lies); !same(v, l.Value) {
			args[l.Arg] = set(args[l.Arg], l.Path, v)
		}
	}
	return args
}

// result is what step i gives under some lies.
func (pl *Plan) result(i int, lies Lies) any {
	v := decode(pl.Task.Calls[i].Result)
	for _, s := range pl.Steps {
		for _, l := range s.Leaves {
			if l.From.Kind == InResult && l.From.Call == i {
				v = set(v, l.From.Path, pl.value(l.From, l.Value, lies))
			}
		}
	}
	return v
}

// stepOf finds which step a call is: of those that did not come yet, the first with
// these very arguments, else the first of this tool; -1 if there is none.
func (pl *Plan) stepOf(app, tool string, args map[string]any, came map[int]bool, lies Lies) int {
	found := -1
	for i, s := range pl.Steps {
		if came[i] || s.Tool.Name != tool || appName(s.Tool.App) != app {
			continue
		}
		if same(args, pl.args(i, lies)) {
			return i
		}
		if found < 0 {
			found = i
		}
	}
	return found
}

// set returns v with the part at path replaced.
func set(v any, path []any, to any) any {
	if len(path) == 0 {
		return to
	}
	switch v := v.(type) {
	case []any:
		n, ok := path[0].(int)
		if !ok || n >= len(v) {
			return v
		}
		c := append([]any{}, v...)
		c[n] = set(c[n], path[1:], to)
		return c
	case map[string]any:
		name, _ := path[0].(string)
		c := map[string]any{}
		for k, x := range v {
			c[k] = x
		}
		c[name] = set(c[name], path[1:], to)
		return c
	}
	return v
}

// holds reports whether a value, written out, contains a text.
func holds(v any, text string) bool {
	switch v := v.(type) {
	case string:
		return strings.Contains(v, text)
	case []any:
		for _, x := range v {
			if holds(x, text) {
				return true
			}
		}
	case map[string]any:
		for _, x := range v {
			if holds(x, text) {
				return true
			}
		}
	}
	return false
}
