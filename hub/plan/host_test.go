package plan

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"maps"
	"slices"
	"strings"

	"secgpt/mediator"
	"secgpt/mediator/label"
)

// appTools are the tools that test plans can name.
type appTools map[string]Sig

func (t appTools) Tool(app, name string) (Sig, bool) { s, ok := t[app+"."+name]; return s, ok }

func (t appTools) Apps() []string {
	var apps []string
	for _, full := range slices.Sorted(maps.Keys(t)) {
		if app, _, _ := strings.Cut(full, "."); !slices.Contains(apps, app) {
			apps = append(apps, app)
		}
	}
	return apps
}

// firstTools are those that messages list first, in this order.
var firstTools = []string{"search", "read", "count", "send", "add", "list_events", "create_event", "flaky"}

func (t appTools) ToolsOf(app string) []string {
	var first, names []string
	for _, n := range firstTools {
		if _, ok := t[app+"."+n]; ok {
			first = append(first, n)
		}
	}
	for _, full := range slices.Sorted(maps.Keys(t)) {
		if a, tool, _ := strings.Cut(full, "."); a == app && !slices.Contains(first, tool) {
			names = append(names, tool)
		}
	}
	return append(first, names...)
}

var tools = appTools{
	"mail.search": {Effect: mediator.Read, Params: []Param{
		{"query", "string", false}, {"sender", "string", false}, {"unread", "boolean", false},
		{"since", "date", false}, {"limit", "integer", false}, {"from", "string", false}}},
	"mail.read":  {Effect: mediator.Read, Params: []Param{{"id", "string", true}}},
	"mail.count": {Effect: mediator.Read},
	"mail.flaky": {Effect: mediator.Read, Params: []Param{{"query", "string", false}}},
	"mail.send": {Effect: mediator.Send, Params: []Param{
		{"to", "string", true}, {"body", "string", true}, {"subject", "string", false}, {"attachments", "array", false}}},
	"notes.search":         {Effect: mediator.Read, Params: []Param{{"query", "string", false}}},
	"notes.add":            {Effect: mediator.Write, Params: []Param{{"text", "string", true}, {"title", "string", false}}},
	"calendar.list_events": {Effect: mediator.Read, Params: []Param{{"start", "datetime", false}, {"end", "datetime", false}}},
	"calendar.create_event": {Effect: mediator.Write, Params: []Param{
		{"title", "string", true}, {"start", "datetime", true}, {"end", "datetime", false}, {"attendees", "array", false}}},
}

// An event is one thing that reached the host.
type event struct {
	what    string // "mail.search", "reply", "ask: …"
	args    []mediator.Arg
	control label.Label
}

// show writes an event with the label of each argument: mail.send(to="bob", body="x"<mail>).
func (e event) show() string {
	var parts []string
	for _, a := range e.args {
		parts = append(parts, strings.TrimPrefix(a.Name+"=", "=")+show(a.Value))
	}
	return e.what + "(" + strings.Join(parts, ", ") + ")"
}

func show(v label.Value) string {
	b, err := v.JSON()
	if err != nil {
		b = []byte(err.Error())
	}
	if l := v.All(); !l.Empty() {
		return string(b) + "<" + l.String() + ">"
	}
	return string(b)
}

// A fake is a host whose apps are functions. Results are labelled as the hub does
// it: the app and all that was in the arguments.
type fake struct {
	events []event
	could  []string                  // what a label decides over: "notes.add<mail>"
	result func(c Call) (any, error) // JSON text, or a label.Value
	says   string                    // what a model answers, if not how much it saw
	picks  bool                      // the person picks the first choice; else they type
}

func (f *fake) Begin(_ context.Context, c Call) (func(context.Context) (label.Value, error), bool) {
	f.events = append(f.events, event{c.App + "." + c.Tool, c.Args, c.Control})
	l := label.Of(label.Source(c.App)).Join(c.Control)
	for _, a := range c.Args {
		l = l.Join(a.Value.All())
	}
	return func(context.Context) (label.Value, error) {
		if f.result == nil {
			return label.NullOf(l), nil
		}
		return asValue(f.result, c, l)
	}, false
}

func asValue(result func(Call) (any, error), c Call, l label.Label) (label.Value, error) {
	r, err := result(c)
	if err != nil {
		return label.Value{}, err
	}
	if v, ok := r.(label.Value); ok {
		return v, nil
	}
	return label.FromJSON([]byte(r.(string)), l)
}

func (f *fake) Could(_ context.Context, app, tool string, l label.Label, _ bool) {
	f.could = append(f.could, app+"."+tool+"<"+l.String()+">")
}

func (f *fake) note(what string, control label.Label, vs ...label.Value) {
	e := event{what: what, control: control}
	for _, v := range vs {
		e.args = append(e.args, mediator.Arg{Value: v})
	}
	f.events = append(f.events, e)
}

func (f *fake) Reply(_ context.Context, vs []label.Value) { f.note("reply", label.Person(), vs...) }

func (f *fake) Ask(_ context.Context, instruction string, vs []label.Value, schema label.Value, control label.Label) (label.Value, error) {
	f.note("ask "+instruction, control, append(vs[:len(vs):len(vs)], schema)...)
	l := control
	texts := ""
	for _, v := range vs {
		l = l.Join(v.All())
		b, _ := v.JSON()
		texts += string(b)
	}
	answer := label.TextOf(cmp.Or(f.says, fmt.Sprintf("answer to %d bytes", len(texts))), l)
	if schema.Kind() != label.Object {
		return answer, nil
	}
	var fields []label.Field
	for _, s := range schema.Fields() {
		fields = append(fields, label.Field{Name: s.Name, Value: answer})
	}
	return label.ObjectOf(fields, l), nil
}

func (f *fake) AskApp(ctx context.Context, a AppAsk) (label.Value, error) {
	return f.Ask(ctx, strings.Join(append([]string{a.App, a.Instruction}, a.May...), " "), a.Values, a.Schema, a.Control)
}

func (f *fake) Need(_ context.Context, question string, choices []label.Value, control label.Label) (label.Value, error) {
	f.note("need "+question, control, choices...)
	if len(choices) > 0 && f.picks {
		return choices[0], nil
	}
	return label.TextOf("typed", label.Person()).Made(label.Origin{How: label.Answer}), nil
}

func (f *fake) Reveal(_ context.Context, v label.Value, why string) error {
	f.note("reveal "+why, label.Person(), v)
	return nil
}

func (f *fake) When(_ context.Context, text string) (label.Value, error) {
	if text == "never" {
		return label.Value{}, errors.New("no such day")
	}
	o := label.Origin{How: label.When, Read: text}
	t := func(s string) label.Value { return label.TextOf(s, label.Person()).Made(o) }
	return label.ObjectOf([]label.Field{
		{Name: "start", Value: t("2026-11-27")}, {Name: "end", Value: t("2026-11-28")}, {Name: "date", Value: t("2026-11-27")},
	}, label.Person()).Made(o), nil
}

// lines are the events, one a line.
func (f *fake) lines() string {
	var b strings.Builder
	for _, e := range f.events {
		b.WriteString(e.show() + "\n")
	}
	return b.String()
}

// mailbox answers as the apps of the tables do.
func mailbox(c Call) (any, error) {
	switch c.App + "." + c.Tool {
	case "mail.search":
		return `[{"id":"m1","subject":"Flight LH 400","sender":"Bob","n":2,"unread":true,"size":1.5,"from":"bob@example.org"},
			{"id":"m2","subject":"Lunch","sender":"Ann","n":1,"unread":false,"size":0.5,"from":"ann@example.org"}]`, nil
	case "mail.read":
		return `{"id":"m1","subject":"Flight LH 400","body":"Gate 12\nSeat 4A","parts":[{"name":"a.ics"}],"cc":null}`, nil
	case "mail.count":
		return `2`, nil
	case "mail.flaky":
		return nil, errors.New("the app died")
	case "mail.send":
		return nil, &DeniedError{App: "mail", Tool: "send", Reason: "you said no"}
	case "notes.search":
		return `["buy milk","call Ann"]`, nil
	case "calendar.list_events":
		return `[]`, nil
	}
	return `{"id":"new"}`, nil
}
