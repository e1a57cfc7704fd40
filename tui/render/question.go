package render

import (
	"fmt"
	"slices"
	"strings"
	"unicode"

	"secgpt/mediator"
	"secgpt/mediator/label"
	"secgpt/tui/safe"
)

// Question lays out what the person is asked, for the inside of the card. The
// first line says who gives to whom, the second what would happen; then every
// argument, whole, those that decide first; then what a yes means.
//
// Nothing is shortened here: what is shown is what runs.
func Question(q mediator.Question, o Options) []Line {
	return append(lines([]row{{body: []Run{{Strong, Title(q)}}}}, o.width()), Asked(q, o)...)
}

// Asked is a question without the line that says who gives to whom.
func Asked(q mediator.Question, o Options) []Line {
	rows := []row{{body: []Run{{Text, About(q)}}}}
	for _, s := range Ahead(q) {
		rows = append(rows, row{body: []Run{{Warn, s}}})
	}
	out := append(lines(rows, o.width()), Line{})
	out = append(out, Args(q, o)...)
	out = append(out, Line{})
	rows = nil
	for _, s := range Means(q) {
		rows = append(rows, row{body: []Run{{meansRole(s), s}}})
	}
	return append(out, lines(rows, o.width())...)
}

// Args lays out the arguments of a question: name, value, and at the right where
// the value came from. A value of several sources marks each piece of itself.
func Args(q mediator.Question, o Options) []Line {
	v := view{Options: o, exact: true, every: true} // and not mixed: addresses are whole
	width := 0
	for _, a := range q.Args {
		if n := safe.Width(v.line(a.Name)); n <= maxName {
			width = max(width, n)
		}
	}
	var rows []row
	for _, a := range q.Args {
		r := row{
			lead: []Run{{Name, "  " + pad(v.line(a.Name), width) + "  "}},
			body: v.marked(a.Value),
		}
		notes := Notes(a)
		src, from := Whose(a), ""
		if safe.Width(src) <= o.width()/4 {
			r.right = Run{Source, src}
		} else {
			from = src
		}
		rows = append(rows, r)
		if len(notes) > 0 {
			rows = append(rows, row{
				lead: []Run{{Text, strings.Repeat(" ", width+4)}},
				body: []Run{{Warn, strings.Join(notes, " · ")}},
			})
		}
		if from != "" {
			rows = append(rows, row{
				lead: []Run{{Text, strings.Repeat(" ", width+4)}},
				body: []Run{{Source, "from " + from}},
			})
		}
	}
	if len(rows) == 0 {
		rows = []row{{body: []Run{{Dim, "  nothing is handed over"}}}}
	}
	return lines(rows, o.width())
}

// Whose names the sources of an argument. What no app had a hand in came with the
// request, or stands in the plan alone.
func Whose(a mediator.Shown) string {
	switch l := a.Value.All(); {
	case !l.Empty():
		return sources(l)
	case a.Value.Origin().How == label.Answer:
		return "you"
	case a.NotInWords, a.Unsaid:
		return "the plan"
	}
	return "this request"
}

// Notes are the remarks beside an argument, the gravest first.
func Notes(a mediator.Shown) []string {
	var out []string
	if a.Deciding && a.NotInWords {
		out = append(out, "not in your request")
	}
	add := func(s string) {
		if !slices.Contains(out, s) {
			out = append(out, s)
		}
	}
	for _, n := range a.Notes {
		add(safe.Line(n))
	}
	a.Value.Map(func(_ string, x label.Value) label.Value {
		if x.Kind() != label.Text {
			return x
		}
		s := x.Str()
		if f := safe.Inspect(s); f.Hidden+f.Controls > 0 {
			add("holds hidden characters")
		} else if f.Mixed != "" && a.Deciding {
			add("mixes alphabets: " + f.Mixed)
		}
		if s != strings.TrimSpace(s) && strings.TrimRight(s, "\r\n") != strings.TrimSpace(s) {
			add("begins or ends with spaces")
		}
		return x
	})
	return out
}

// marked writes a value, each piece of a text with several sources followed by
// its own in brackets that no app text can hold. A text is written as it is; only
// one that is a date and nothing else is written as one.
func (v view) marked(x label.Value) []Run {
	if x.Kind() != label.Text {
		s := v.inline(x, 0)
		if s == "" {
			return []Run{{Dim, "(empty)"}}
		}
		return []Run{{Text, s}}
	}
	if x.Str() == "" {
		return []Run{{Dim, "(empty)"}}
	}
	spans := grouped(x.TextSpans())
	if len(spans) == 1 {
		return []Run{{Text, strings.TrimRight(v.date(spans[0].Text), "\n")}}
	}
	var out []Run
	for _, s := range spans {
		out = append(out, Run{Text, v.text(s.Text)})
		if !s.Label.Empty() {
			out = append(out, Run{Source, "⟨" + sources(s.Label) + "⟩"})
		}
	}
	return out
}

// grouped joins what only holds pieces together, spaces and punctuation of the
// plan, with the piece before it, so that marks stand where they tell something.
func grouped(spans []label.Span) []label.Span {
	var out []label.Span
	for _, s := range spans {
		n := len(out) - 1
		says := strings.ContainsFunc(s.Text, func(r rune) bool { return unicode.IsLetter(r) || unicode.IsDigit(r) })
		if n >= 0 && (s.Label.Equal(out[n].Label) || s.Label.Empty() && !says) {
			out[n].Text += s.Text
			continue
		}
		out = append(out, s)
	}
	return out
}

// Ahead is what stands before the arguments, since none of them shows it: that a change
// before did not happen, and that nobody asked for this one.
func Ahead(q mediator.Question) []string {
	var out []string
	for _, r := range q.Reasons {
		switch r.Kind {
		case mediator.Stopped:
			out = append(out, "Go on? "+safe.Line(r.Arg)+".")
		case mediator.Unbidden:
			out = append(out, because(r, nil))
		}
	}
	return out
}

// Means says what a yes brings about, each sentence on its own: can it be taken
// back, does it leave the computer, who else sees it.
func Means(q mediator.Question) []string {
	var out []string
	undo := "Can't be undone."
	switch {
	case q.Undo:
		undo = "Can be undone."
	case q.Call.Tool.Effect == mediator.Read:
		undo = "Changes nothing."
	}
	leaves := " Nothing leaves this computer."
	if q.Leaves {
		leaves = " It leaves this computer."
		if to := receivers(q); to != "" {
			leaves = " It leaves this computer: " + to + " can read it."
		}
	}
	out = append(out, undo+leaves)
	if q.Offers(mediator.Task) {
		out = append(out, Longer(q))
	}
	for _, b := range q.Binds {
		out = append(out, fmt.Sprintf("From then on %s in your words means %s.", safe.Line(b.Name), safe.Line(b.Value)))
	}
	if q.Call.Tool.Deletes {
		out = append(out, "Something is deleted.")
	}
	if q.Call.Tool.Grants {
		out = append(out, "Somebody is given access.")
	}
	return out
}

// Longer says what an answer for longer than once would allow: the rule, in words.
func Longer(q mediator.Question) string {
	const longer = "For longer than once: "
	if len(q.Pins) > 0 && len(q.Pins) == len(q.Args) {
		return longer + "exactly this goes in unasked."
	}
	what := "what you say yourself"
	if len(q.From) > 0 {
		what = "whatever comes from " + from(q.From)
	}
	if len(q.Pins) == 0 {
		return longer + what + " goes in unasked."
	}
	pins := make([]string, len(q.Pins))
	for i, p := range q.Pins {
		pins[i] = safe.Line(p)
	}
	return longer + what + " goes in unasked, while " + and(pins) + " stay" + map[bool]string{true: "s"}[len(pins) == 1] + " as here."
}

// maxReceivers bounds who is named in the sentence; all of them stand above it.
const maxReceivers = 3

// receivers are who would get what leaves: the destinations, or the app.
func receivers(q mediator.Question) string {
	v := view{}
	var to []string
	for _, a := range q.Args {
		if a.Value.Kind() == label.Text || a.Value.Kind() == label.List {
			if role, ok := q.Call.Tool.Roles[a.Name]; ok && role == mediator.Destination {
				to = append(to, strings.ReplaceAll(v.inline(a.Value, 0), "\n", ", "))
			}
		}
	}
	if name, ok := strings.CutPrefix(string(q.Call.Tool.App), "model:"); ok && len(to) == 0 {
		return "whoever runs the model " + safe.Line(name)
	}
	if len(to) > maxReceivers {
		return strings.Join(to[:maxReceivers], ", ") + " and others"
	}
	return strings.Join(to, ", ")
}

func meansRole(s string) Role {
	if strings.HasPrefix(s, "Can be undone. Nothing") || strings.HasPrefix(s, "Changes nothing. Nothing") || strings.HasPrefix(s, "For longer than once: ") {
		return Dim
	}
	return Warn
}

// Why tells how a question came up: the calls that the data took, what it is that
// needs an answer, and the rule that would give it.
func Why(q mediator.Question, o Options) []Line {
	var rows []row
	chain := make([]string, 0, len(q.Call.Chain)+1)
	for _, c := range q.Call.Chain {
		chain = append(chain, safe.Line(c))
	}
	rows = append(rows, row{body: []Run{{Text, strings.Join(append(chain, "this"), " → ")}}})
	for _, why := range Because(q.Reasons) {
		rows = append(rows, row{lead: []Run{{Dim, "- "}}, body: []Run{{Text, why}}})
	}
	if q.Rule != "" {
		rows = append(rows, row{body: []Run{{Text, "A rule that would answer it: " + safe.Line(q.Rule)}}})
	} else {
		rows = append(rows, row{body: []Run{{Text, "No rule can answer it."}}})
	}
	return lines(rows, o.width())
}

// Because says the reasons of a question in a person's words, those that differ
// only by the argument in one sentence.
func Because(reasons []mediator.Reason) []string {
	var out []string
	for i, r := range reasons {
		same := func(o mediator.Reason) bool { return o.Kind == r.Kind && slices.Equal(o.From, r.From) }
		if slices.ContainsFunc(reasons[:i], same) {
			continue
		}
		var args []string
		for _, o := range reasons[i:] {
			if same(o) {
				args = append(args, safe.Line(o.Arg))
			}
		}
		out = append(out, because(r, args))
	}
	return out
}

func because(r mediator.Reason, args []string) string {
	what, s := and(args), "s"
	if len(args) > 1 {
		s = ""
	}
	switch r.Kind {
	case mediator.Deciding:
		return what + " decide" + s + " what happens, with data from " + from(r.From) + "."
	case mediator.Planner:
		return what + " decide" + s + " what happens, but not in words of your request: the model that wrote the plan had read words of " + names(r.From) + "."
	case mediator.Foreign:
		if what == "" { // no argument tells of it: a branch did
			return "Whether it happens at all was decided by data from " + from(r.From) + "."
		}
		if s == "" {
			return what + " carry data from " + from(r.From) + "."
		}
		return what + " carries data from " + from(r.From) + "."
	case mediator.Sends:
		return "It sends something, and not all of it is in your request."
	case mediator.Leaves:
		return "What you ask would go to a model that does not run on this computer."
	case mediator.Unbidden:
		return "No word of yours that is known here asks for it."
	case mediator.Stopped:
		return "An earlier change did not happen: " + what + "."
	}
	return "It needs an answer."
}
