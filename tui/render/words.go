package render

import (
	"fmt"
	"slices"
	"strings"

	"secgpt/hub"
	"secgpt/mediator"
	"secgpt/mediator/label"
	"secgpt/tui/safe"
)

// Title says who would give to whom: `mail → calendar`.
func Title(q mediator.Question) string {
	return names(q.From) + " → " + safe.Line(string(q.Call.Tool.App))
}

// CardTitle says it of all questions of a card: `mail → calendar, notes · 3 decisions`.
func CardTitle(card []mediator.Question) string {
	if len(card) == 1 {
		return Title(card[0])
	}
	var from, to []label.Source
	for _, q := range card {
		from, to = append(from, q.From...), append(to, q.Call.Tool.App)
	}
	return names(label.Of(from...).Sources()) + " → " + names(label.Of(to...).Sources()) + fmt.Sprintf(" · %d decisions", len(card))
}

// Card lays out all questions of a card, each with its number.
func Card(card []mediator.Question, o Options) []Line {
	var out []Line
	for i, q := range card {
		if i > 0 {
			out = append(out, Line{})
		}
		head := fmt.Sprintf("%d of %d  %s", i+1, len(card), Title(q))
		out = append(out, lines([]row{{body: []Run{{Strong, head}}}}, o.width())...)
		out = append(out, Asked(sameLonger(card, i), o)...)
	}
	return out
}

// sameLonger is question i of a card. What a yes for longer means is said once, at the
// last of those in a row of which it is the same.
func sameLonger(card []mediator.Question, i int) mediator.Question {
	q := card[i]
	if i+1 < len(card) && Longer(q) == Longer(card[i+1]) && q.Call.Tool.String() == card[i+1].Call.Tool.String() {
		q.Scopes = nil // which show nowhere else in the text
	}
	return q
}

// names lists sources; nobody's data is the person's own.
func names(from []label.Source) string {
	if len(from) == 0 {
		return "you"
	}
	out := make([]string, len(from))
	for i, s := range from {
		out[i] = safe.Line(string(s))
	}
	return strings.Join(out, ", ")
}

// known are the sources that a person thinks of as things and not as apps.
var known = map[label.Source]string{
	"mail": "a mail", "calendar": "your calendar", "contacts": "your contacts", "notes": "a note",
	label.Stdin: "standard input", label.Paste: "what you pasted", label.File: "a file",
	label.Unknown: "an unknown source",
}

// from says it in words: `from a mail and your calendar`.
func from(sources []label.Source) string {
	var parts []string
	for _, s := range sources {
		switch name, ok := known[s]; {
		case ok:
			parts = append(parts, name)
		case strings.HasPrefix(string(s), string(label.Web)+"/"):
			parts = append(parts, "the site "+safe.Line(string(s[len(label.Web)+1:])))
		default:
			parts = append(parts, "the app "+safe.Line(string(s)))
		}
	}
	return and(parts)
}

// and enumerates: `a, b and c`.
func and(parts []string) string {
	if n := len(parts); n > 1 {
		return strings.Join(parts[:n-1], ", ") + " and " + parts[n-1]
	}
	return strings.Join(parts, "")
}

// Count says how many there are: `1 tool`, `3 tools`.
func Count(n int, what string) string {
	if n == 1 {
		return "1 " + what
	}
	return fmt.Sprintf("%d %ss", n, what)
}

// maxAbout bounds what a manifest may say of a tool where the person decides, in
// cells. The tool's full name stands where it is needed.
const maxAbout = 120

// About says what a call would do: `Add an event to your calendar, from a mail?`
func About(q mediator.Question) string {
	what := fit(strings.TrimRight(safe.Line(strings.TrimSpace(q.Call.Tool.About)), ".?! "), maxAbout)
	if what == "" {
		what = "Call " + safe.Line(q.Call.Tool.String())
	}
	if len(q.From) == 0 {
		return what + "?"
	}
	return what + ", from " + from(q.From) + "?"
}

// Undone says what did not happen when a call of t was refused: "nothing was added".
func Undone(t mediator.Tool) string {
	has := func(words ...string) bool {
		return slices.ContainsFunc(words, func(w string) bool {
			return strings.Contains(t.Name, w) || strings.HasPrefix(strings.ToLower(t.About), w+" ")
		})
	}
	switch {
	case t.Deletes:
		return "nothing was deleted"
	case t.Effect == mediator.Read && t.Open:
		return "nothing left this computer"
	case t.Effect == mediator.Read:
		return "nothing was read"
	case t.Grants:
		return "nobody was given access"
	case has("add", "create"):
		return "nothing was added"
	case t.Effect == mediator.Send && has("send", "mail", "post", "reply", "forward"):
		return "nothing was sent"
	}
	return "nothing was changed"
}

// SaidNo is what stands on the screen after the person refused a call.
func SaidNo(t mediator.Tool) string { return "You said no: " + Undone(t) + "." }

// Denied is what a script is told of a flow that nobody could be asked about: what
// needs a yes, what did not happen, and the whole command that would allow it.
// allow gives that command for a rule; nil if no profile could keep one.
func Denied(d hub.Denial, allow func(rule string) string) string {
	undone := Undone(d.Tool)
	undone = strings.ToUpper(undone[:1]) + undone[1:] + "."
	flow := "secgpt: " + names(d.From) + " → " + safe.Line(d.Tool.String())
	if d.Remedy == "" {
		why := strings.TrimRight(safe.Line(d.Why), ".")
		if why == "" {
			why = "it needs a yes that no rule can give"
		}
		return flow + ": " + why + ". " + undone
	}
	s := flow + " needs a yes, and nobody can be asked here. " + undone
	if allow == nil {
		return s + "\n        This profile ends here, and a rule with it. Add --profile DIR to keep both, then:" +
			"\n        secgpt policy add " + Shell(d.Remedy) + " --profile DIR"
	}
	s += "\n        To allow it:  " + allow(d.Remedy)
	if d.Unbidden {
		s += "\n        Or ask for it in words, as in: add a note: …"
	}
	return s
}

// Shell quotes one word for a shell. What no shell or terminal should be handed
// raw is written in the $'…' form, so that the command can be copied and is exact.
func Shell(s string) string {
	if s != "" && strings.Trim(s, "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789-_./:=@%+,") == "" {
		return s
	}
	if safe.Line(s) == s {
		return "'" + strings.ReplaceAll(s, "'", `'\''`) + "'"
	}
	var b strings.Builder
	b.WriteString("$'")
	for _, r := range s {
		switch c := string(r); {
		case r == '\'' || r == '\\':
			b.WriteString(`\` + c)
		case safe.Line(c) == c:
			b.WriteString(c)
		default:
			for i := range len(c) {
				fmt.Fprintf(&b, `\x%02x`, c[i])
			}
		}
	}
	return b.String() + "'"
}

// Failure is a failure in one line: which app, what happened, and what the app
// itself said of it, marked as the app's words.
func Failure(f hub.Failed) string {
	s := safe.Line(f.Message)
	if f.App != "" && !strings.HasPrefix(f.Message, f.App) {
		s = safe.Line(f.App) + ": " + s
	}
	if f.Said != "" {
		s += " (it said: " + fit(safe.Line(strings.TrimSpace(f.Said)), maxSaid) + ")"
	}
	return s
}

// maxSaid bounds what an app says in a line of ours, in cells.
const maxSaid = 200

// Note is a note in one line; an app's words name the app.
func Note(n hub.Noted) string {
	if n.From == "" {
		return safe.Line(n.Text)
	}
	return safe.Line(n.From) + " says: " + fit(safe.Line(n.Text), maxSaid)
}
