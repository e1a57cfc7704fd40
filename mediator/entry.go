package mediator

import (
	"slices"
	"strings"

	"secgpt/mediator/audit"
	"secgpt/mediator/label"
)

// entry is a decision as the record keeps it: names, labels and digests, no value.
func (m *Monitor) entry(c Call, t *Turn, d Decision) audit.Entry {
	e := audit.Entry{
		Kind: audit.Decision, Session: m.Session, Turn: t.N, Asked: t.By, Private: m.Private,
		App: c.Tool.App, Tool: c.Tool.Name, Effect: c.Tool.Effect.String(),
		Leaves: c.Tool.Open || c.Tool.Effect == Send, Chain: c.Chain,
		Decision: "deny", By: d.By, Why: d.Why,
	}
	if d.Allow {
		e.Decision = "allow"
	}
	if strings.HasPrefix(e.Why, ruleSaysNo) {
		e.Why = ruleSaysNo
	}
	if len(d.Withheld) > 0 {
		e.Decision = "withhold"
	}
	for _, r := range d.Reasons {
		text := r.Kind.String()
		if r.Kind != Stopped && r.Arg != "" {
			text += " " + r.Arg
		}
		if len(r.From) > 0 {
			text += ": " + label.Of(r.From...).String()
		}
		e.Reasons = append(e.Reasons, text)
	}
	args := d.Args
	if args == nil {
		args = c.Args
	}
	for _, a := range args {
		arg := audit.Arg{Name: a.Name, From: a.Value.All().Sources()}
		if body, err := a.Value.JSON(); err == nil {
			arg.Digest = m.Record.Digest(body)
		}
		e.Args = append(e.Args, arg)
	}
	for _, a := range c.Args {
		if slices.Contains(d.Withheld, a.Name) {
			e.Args = append(e.Args, audit.Arg{Name: a.Name, From: a.Value.All().Sources(), Withheld: true})
		}
	}
	return e
}
