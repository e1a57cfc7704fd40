package pipe

import (
	"strings"
	"time"

	"secgpt/hub"
	"secgpt/mediator"
	"secgpt/mediator/label"
	"secgpt/tui/render"
)

// fields is one line of --output jsonl without its type, time and turn.
type fields map[string]any

// event prints an event as a line. The types, in the order of a turn:
//
//	turn      text, by
//	text      text, sources          a piece of the answer
//	plan      plan, by
//	question  n, app, tool, about, from, args, reasons, rule, scopes; decisions: each of
//	          the card with these fields, the first of which stands outside as well
//	decision  n, app, tool, args, foreign, decision, decided_by, reason
//	call      n, app, tool, about    it left
//	result    n, app, tool, ok, ms, error
//	note      text, app
//	error     app, kind, message
//	done      the whole of --output json
func (s *script) event(e hub.Event) {
	switch e := e.(type) {
	case hub.Began:
		s.turn = e.Turn
		s.line("turn", fields{"text": e.Text, "by": e.By})
	case hub.Said:
		s.line("text", fields{"text": e.Text, "sources": []string{}})
	case hub.Replied:
		for _, b := range e.Blocks {
			x := blockOf(b, s.o.layout(0))
			s.line("text", fields{"text": x.Text, "sources": x.Sources})
		}
	case hub.Planned:
		s.line("plan", fields{"plan": e.Source, "by": e.By})
	case hub.Decided:
		s.seen[e.Call.N] = true
		c := callOf(hub.CallResult{Call: e.Call, Decision: e.Decision})
		s.line("decision", fields{
			"n": c.N, "app": c.App, "tool": c.Tool, "args": c.Args, "foreign": c.Foreign,
			"decision": c.Decision, "decided_by": c.DecidedBy, "reason": c.Reason,
		})
	case hub.Step:
		s.step(e)
	case hub.Noted:
		s.line("note", fields{"text": e.Text, "app": e.From})
	case hub.Failed:
		f := failureOf(e)
		s.line("error", fields{"app": f.App, "kind": f.Kind, "message": f.Message})
	}
}

// step tells that a call left, and how it ended. A call that waits or was refused
// has its question and its decision.
func (s *script) step(e hub.Step) {
	x := fields{"n": e.N, "app": e.Tool.App, "tool": e.Tool.Name}
	switch {
	case e.State == hub.Working && s.seen[e.N]:
		x["about"] = e.About
		s.line("call", x)
	case e.State == hub.Done || e.State == hub.Broken:
		x["ok"], x["ms"], x["error"] = e.State == hub.Done, ms(e.Took), e.Error
		s.line("result", x)
	}
}

// question is a card for a program to look at. Nothing can answer it there.
func question(card []mediator.Question) fields {
	all := make([]fields, len(card))
	for i, q := range card {
		all[i] = decision(q)
	}
	first := decision(card[0])
	first["decisions"] = all
	return first
}

// decision is one question of a card.
func decision(q mediator.Question) fields {
	reasons := make([]fields, len(q.Reasons))
	for i, r := range q.Reasons {
		reasons[i] = fields{"kind": r.Kind.String(), "arg": r.Arg, "from": names(label.Of(r.From...))}
	}
	scopes := make([]string, len(q.Scopes))
	for i, sc := range q.Scopes {
		scopes[i] = sc.String()
	}
	return fields{
		"n": q.Call.N, "app": q.Call.Tool.App, "tool": q.Call.Tool.Name, "about": render.About(q),
		"from": names(label.Of(q.From...)), "args": arguments(q.Call.Args), "reasons": reasons, "rule": q.Rule, "scopes": scopes,
	}
}

// done prints the last line: the document, with what every line has.
func (s *script) done(r hub.Result) {
	s.line("done", result(r, s.o.layout(0)))
}

// line prints one object: what every line has, then the fields of x.
func (s *script) line(kind string, x any) {
	head := encode(struct {
		Type string `json:"type"`
		Time string `json:"time"`
		Turn int    `json:"turn"`
	}{kind, s.o.layout(0).Now.Format(time.RFC3339Nano), s.turn})
	s.print(strings.TrimSuffix(head, "}\n") + "," + strings.TrimPrefix(encode(x), "{"))
}
