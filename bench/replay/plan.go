package main

import (
	"bytes"
	"encoding/json"
	"fmt"
	"slices"
	"strings"
)

// A Plan is what the right planner would have written for a task: its recorded calls
// in order, each argument taken from where its value stands.
//
//   - A value that stands in the prompt is a literal; a day that stands there in other
//     words is read by when().
//   - One that is a field of an earlier result is a reference to that field.
//   - One that stands inside a longer text of an earlier result is an ask about that
//     result, since only a model can find it there.
//   - One that stands nowhere was computed or paraphrased: an ask about the results of
//     all earlier reads, of all earlier calls if none was a read, or a literal if
//     nothing was called before.
//
// The labels follow by themselves. A read waits for a call that is like it to the last
// argument, so that recorded results come back in the order in which they were
// recorded; and for a change of another app where its result goes into that app again
// and can be an effect of it: a one-time code is in the mail only after what it confirms.
type Plan struct {
	Part   *Part
	Task   *Task
	Source string
	Steps  []Step
	Asks   []Ask
	lines  []string // of Source, one for each step
}

// A Step is one call of a plan.
type Step struct {
	Tool   *Tool
	Args   map[string]any // as recorded
	Leaves []Leaf
}

// A Leaf is a scalar in a step's arguments, and where the plan takes it from.
type Leaf struct {
	Arg   string
	Path  []any // inside the argument: names and indexes
	Value any
	From  Place
}

// A Place is where a value comes from: the plan's own text, a field of a result, or
// the answer to an ask.
type Place struct {
	Kind  Kind
	Call  int   // InResult: of which call
	Path  []any // InResult: names and indexes inside its result
	Asked int   // InAnswer: index in Plan.Asks
}

// Kind is the kind of a Place.
type Kind uint8

// The kinds.
const (
	InText Kind = iota
	InResult
	InAnswer
)

func (p Place) key() string { return fmt.Sprint(p.Kind, p.Call, p.Path, p.Asked) }

// An Ask is a question to the model that has no tools, about the results of some calls.
type Ask struct {
	Calls []int
	Value any
}

// newPlan writes the plan for a task.
func newPlan(p *Part, t *Task) *Plan {
	pl := &Plan{Part: p, Task: t}
	for i, c := range t.Calls {
		var b strings.Builder
		s := Step{Tool: p.tool(c.Tool), Args: map[string]any{}}
		var args []string
		for _, name := range sorted(c.Args) {
			v := decode(c.Args[name])
			s.Args[name] = v
			args = append(args, name+" = "+pl.expr(&s, i, name, name, nil, v))
		}
		if s.Tool.reads() {
			for _, n := range append(pl.causes(i), pl.alike(i)...) {
				fmt.Fprintf(&b, "r%d == None\n", n)
			}
		}
		fmt.Fprintf(&b, "r%d = %s.%s(%s)\n", i, appName(s.Tool.App), s.Tool.Name, strings.Join(args, ", "))
		pl.Steps = append(pl.Steps, s)
		pl.lines = append(pl.lines, b.String())
	}
	pl.Asks = append(pl.Asks, Ask{Calls: pl.before(len(t.Calls)), Value: t.Expected})
	pl.Source = fmt.Sprintf("%sreply(%s)\n", strings.Join(pl.lines, ""), pl.ask(len(pl.Asks)-1, "Answer the request", ""))
	return pl
}

// asking is the plan up to step i, whose result the app's own model is then asked
// about.
func (pl *Plan) asking(i int, app string) *Plan {
	short := *pl
	short.Source = fmt.Sprintf("%sreply(%s.ask(\"What does it say?\", r%d))\n", strings.Join(pl.lines[:i+1], ""), appName(app), i)
	return &short
}

// expr is the expression of a plan for the value v, which is the leaf named by key
// in the recorded sources, or holds leaves.
func (pl *Plan) expr(s *Step, i int, arg, key string, path []any, v any) string {
	switch v := v.(type) {
	case []any:
		items := make([]string, len(v))
		for n, x := range v {
			items[n] = pl.expr(s, i, arg, fmt.Sprintf("%s[%d]", key, n), with(path, n), x)
		}
		return "[" + strings.Join(items, ", ") + "]"
	case map[string]any:
		var fields []string
		for _, name := range sorted(v) {
			fields = append(fields, quote(name)+": "+pl.expr(s, i, arg, key+"."+name, with(path, name), v[name]))
		}
		return "{" + strings.Join(fields, ", ") + "}"
	case nil:
		return "None"
	}
	from, text := pl.source(i, arg, key, v)
	s.Leaves = append(s.Leaves, Leaf{Arg: arg, Path: path, Value: v, From: from})
	return text
}

// source finds where the plan takes a leaf from, and how it says so.
func (pl *Plan) source(i int, arg, key string, v any) (Place, string) {
	var calls []int
	for _, from := range pl.Task.Calls[i].Sources[key] {
		switch from := from.(type) {
		case string:
			return Place{}, literal(v)
		case float64:
			if int(from) < i {
				calls = append(calls, int(from))
			}
		}
	}
	for _, c := range calls {
		if path, ok := findLeaf(decode(pl.Task.Calls[c].Result), v, arg); ok {
			expr := fmt.Sprintf("r%d", c)
			for _, p := range path {
				if name, ok := p.(string); ok {
					expr += "[" + quote(name) + "]"
				} else {
					expr += fmt.Sprintf("[%d]", p)
				}
			}
			return Place{Kind: InResult, Call: c, Path: path}, expr
		}
	}
	day := ""
	if len(calls) == 0 {
		day = dayIn(pl.Task.Prompt, v)
	}
	switch {
	case len(calls) > 0:
		calls = calls[:1]
	case day != "":
		return Place{}, "when(" + quote(day) + ").date"
	case i == 0:
		return Place{}, literal(v)
	default:
		calls = pl.before(i)
	}
	pl.Asks = append(pl.Asks, Ask{Calls: calls, Value: v})
	n := len(pl.Asks) - 1
	return Place{Kind: InAnswer, Asked: n}, pl.ask(n, "Find "+arg, schemaOf(v))
}

// ask writes an ask. Its number stands in the instruction: by that the recorded
// answer is found.
func (pl *Plan) ask(n int, what, schema string) string {
	parts := []string{quote(fmt.Sprintf("(%d) %s", n, what))}
	for _, c := range pl.Asks[n].Calls {
		parts = append(parts, fmt.Sprintf("r%d", c))
	}
	if schema != "" {
		parts = append(parts, "schema = "+quote(schema))
	}
	return "ask(" + strings.Join(parts, ", ") + ")"
}

// findLeaf returns the path of the leaf of result that is v; one whose field is named
// like the argument goes before others.
func findLeaf(result, v any, arg string) ([]any, bool) {
	var first, named []any
	found := false
	var walk func(x any, path []any)
	walk = func(x any, path []any) {
		switch x := x.(type) {
		case []any:
			for n, y := range x {
				walk(y, with(path, n))
			}
		case map[string]any:
			for _, name := range sorted(x) {
				walk(x[name], with(path, name))
			}
		default:
			if x == nil || !same(x, v) {
				return
			}
			if !found {
				found, first = true, path
			}
			if n := len(path); named == nil && n > 0 && path[n-1] == arg {
				named = path
			}
		}
	}
	walk(result, nil)
	if named != nil {
		return named, true
	}
	return first, found
}

// with returns path and one step more, in memory of its own.
func with(path []any, step any) []any { return append(slices.Clone(path), step) }

// before are the calls before step i whose results a computed value is made from.
func (pl *Plan) before(i int) []int {
	var reads, all []int
	for n, s := range pl.Steps[:i] {
		all = append(all, n)
		if s.Tool.reads() {
			reads = append(reads, n)
		}
	}
	if len(reads) == 0 {
		return all
	}
	return reads
}

// reads reports whether the tool only reads, by hand label.
func (t *Tool) reads() bool { return t.Labels.Effect == "read" }

// decode reads JSON, numbers as they are written.
func decode(raw []byte) any {
	d := json.NewDecoder(bytes.NewReader(raw))
	d.UseNumber()
	var v any
	if d.Decode(&v) != nil {
		return nil
	}
	return v
}

// same compares two JSON values; numbers by value.
func same(a, b any) bool {
	switch a := a.(type) {
	case json.Number:
		b, ok := b.(json.Number)
		if !ok {
			return false
		}
		x, err1 := a.Float64()
		y, err2 := b.Float64()
		return err1 == nil && err2 == nil && x == y
	case []any:
		b, ok := b.([]any)
		return ok && slices.EqualFunc(a, b, same)
	case map[string]any:
		b, ok := b.(map[string]any)
		if !ok || len(a) != len(b) {
			return false
		}
		for k, x := range a {
			if y, ok := b[k]; !ok || !same(x, y) {
				return false
			}
		}
		return true
	}
	return a == b
}

// literal writes a scalar as a plan does.
func literal(v any) string {
	switch v := v.(type) {
	case bool:
		if v {
			return "True"
		}
		return "False"
	case json.Number:
		return v.String()
	case string:
		return quote(v)
	}
	return "None"
}

// quote writes a text as a plan does.
func quote(s string) string {
	var b bytes.Buffer
	e := json.NewEncoder(&b)
	e.SetEscapeHTML(false)
	_ = e.Encode(s) // a string always can
	return strings.TrimSpace(b.String())
}

func schemaOf(v any) string {
	switch v := v.(type) {
	case bool:
		return "boolean"
	case json.Number:
		if strings.ContainsAny(v.String(), ".eE") {
			return "number"
		}
		return "integer"
	}
	return "string"
}
