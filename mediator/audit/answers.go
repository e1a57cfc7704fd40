package audit

import (
	"slices"
	"strings"

	"secgpt/mediator/label"
)

// A reason is one of an entry's Reasons taken apart: "deciding to: mail",
// "foreign title: mail, web/example.org", "foreign: mail", "send", "stopped", "unbidden".
type reason struct {
	kind, arg string
	from      []label.Source
}

func reasonsOf(e Entry) []reason {
	var all []reason
	for _, text := range e.Reasons {
		what, from, _ := strings.Cut(text, ": ")
		r := reason{}
		r.kind, r.arg, _ = strings.Cut(what, " ")
		for s := range strings.SplitSeq(from, ", ") {
			if s != "" {
				r.from = append(r.from, label.Source(s))
			}
		}
		all = append(all, r)
	}
	return all
}

// words say why it could not simply go.
func (r reason) words() string {
	from := whose(r.from)
	if len(r.from) == 0 {
		from = "an app"
	}
	switch r.kind {
	case "deciding":
		return r.arg + " decides what it does, and came from " + from
	case "planner":
		return r.arg + " decides what it does, and was written by a model that had read words of " + from
	case "foreign":
		if r.arg == "" {
			return "what came from " + from + " decided that it was called"
		}
		return r.arg + " held what came from " + from
	case "send":
		return "it can't be undone, and not all in it stood in the person's own words"
	case "leaves":
		return "the person's own words would have gone to a model that does not run on this computer"
	case "unbidden":
		return "no word of the person's asked for it"
	case "stopped":
		return "an earlier change of the same plan was not done as planned"
	}
	return r.kind
}

// answers say what would have let the call go, or "" if nothing had to.
func answers(e Entry) string {
	reasons := reasonsOf(e)
	switch {
	case strings.HasPrefix(e.By, "rule ") && e.Decision == "deny":
		return "Nothing else would have let it go: a rule that denies always wins; `secgpt policy list` shows it"
	case strings.HasSuffix(e.Why, "is not in the plan of this request"):
		return "Only a request in the person's own words that asks for it would have let it go"
	case len(reasons) == 0:
		return ""
	case has(reasons, "stopped"):
		return "Only a yes would have let it go: after a change that was not done, no rule does"
	}
	rule := narrowest(e, reasons)
	if rule == "" {
		return "Only a yes would have let it go"
	}
	return "A yes would have let it go, or a rule: `" + rule + "`"
}

func has(reasons []reason, kind string) bool {
	return slices.ContainsFunc(reasons, func(r reason) bool { return r.kind == kind })
}

// narrowest is the rule with the fewest sources that answers the reasons; … stands in
// it for values, which the record does not hold.
func narrowest(e Entry, reasons []reason) string {
	var from []label.Source
	var pins []string
	sends := false
	for _, r := range reasons {
		from = append(from, r.from...)
		sends = sends || r.kind == "send" || r.kind == "unbidden"
		if r.kind == "deciding" || r.kind == "planner" {
			pins = append(pins, r.arg+"=…")
		}
	}
	for _, a := range e.Args {
		for _, s := range a.From {
			if sends || s != e.App {
				from = append(from, s)
			}
		}
	}
	slices.Sort(from)
	from = slices.Compact(from)
	if slices.Contains(from, label.Unknown) {
		return ""
	}
	rule := "allow person"
	switch {
	case len(from) > 0 && has(reasons, "leaves"):
		rule = "allow " + whose(from) + ", person"
	case len(from) > 0:
		rule = "allow " + whose(from)
	}
	rule += " -> " + object(e)
	if len(pins) > 0 {
		rule += "(" + strings.Join(pins, ", ") + ")"
	}
	return rule
}
