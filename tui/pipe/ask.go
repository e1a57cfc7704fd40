package pipe

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strconv"
	"strings"

	"secgpt/hub"
	"secgpt/mediator"
	"secgpt/mediator/label"
	"secgpt/tui/render"
	"secgpt/tui/safe"
)

// Rules of a question in plain lines: it is printed whole before it can be
// answered. What was typed before that is thrown away, and said. Enter alone is
// no, and so are the end of input, and a second answer that is none of the
// numbers. Several lines at once are no answer: a person types one. Only the
// answers that the question offers have a number.

// asking puts questions to a terminal.
type asking struct {
	t *terminal
	o Options
}

// asked is a question that stands, and the arguments that will be left out.
type asked struct {
	asking
	q        mediator.Question
	head     string // which question it is: "Question 1 of 1."
	withhold []string
}

// A choice is one of the numbered answers: a scope, or something to do before.
type choice struct {
	name  string
	scope mediator.Scope
	do    action
}

type action uint8

const (
	answers action = iota
	edits
	withholds
	explains
	oneByOne
)

// scopes are the answers that allow, and never, in the order in which they stand.
var scopes = []choice{
	{name: "once", scope: mediator.Once}, {name: "this task", scope: mediator.Task},
	{name: "this session", scope: mediator.Session}, {name: "always", scope: mediator.Always},
	{name: "never", scope: mediator.Never},
}

// offers reports whether an answer can be given. A yes that leaves something out
// makes no rule, so it is for once.
func (a *asked) offers(s mediator.Scope) bool {
	return a.q.Offers(s) && (len(a.withhold) == 0 || s == mediator.Once || s == mediator.Never)
}

// choices are the answers that the question offers, no first.
func (a *asked) choices() []choice {
	out := []choice{{name: "no"}}
	for _, c := range scopes {
		if a.offers(c.scope) && c.scope != mediator.Never {
			out = append(out, c)
		}
	}
	if len(a.editable()) > 0 {
		out = append(out, choice{name: "edit", do: edits})
	}
	if len(a.withholdable()) > 0 {
		out = append(out, choice{name: "withhold", do: withholds})
	}
	out = append(out, choice{name: "why", do: explains})
	if a.q.Offers(mediator.Never) {
		out = append(out, scopes[len(scopes)-1])
	}
	return out
}

// question asks one question. head says which it is.
func (k asking) question(ctx context.Context, q mediator.Question, head string) mediator.Answer {
	a := &asked{asking: k, q: q, head: head}
	a.show()
	for misses := 0; misses < 2; {
		all := a.choices()
		line, err := a.ask(ctx, numbered(all)+" Number, then Enter [1]: ")
		if line == "" && err == nil {
			line = "1"
		}
		i, ok := number(line, len(all))
		switch {
		case errors.Is(err, errNobody):
			return mediator.Answer{By: "nobody"}
		case !ok:
			misses++
			a.t.printf("That is none of the numbers.\n")
			continue
		}
		switch c := all[i]; c.do {
		case answers:
			return mediator.Answer{Scope: c.scope, Withhold: a.withhold, Digest: q.Digest, By: "person"}
		case explains:
			a.why(a.q)
		case withholds:
			a.leaveOut(ctx)
		case edits:
			if name, text, ok := a.edit(ctx); ok {
				return mediator.Answer{Scope: mediator.Once, Withhold: a.withhold, Edit: map[string]string{name: text}, Digest: q.Digest, By: "person"}
			}
		}
	}
	a.t.printf("That counts as no.\n")
	return mediator.Answer{Digest: q.Digest, By: "person"}
}

// why prints how a question came up.
func (k asking) why(q mediator.Question) {
	for _, l := range render.Why(q, k.o.layout(k.t.width()-1)) {
		k.t.printf("%s\n", render.PlainLine(l))
	}
}

// show prints the question as it would run now.
func (a *asked) show() {
	q := a.q
	q.Scopes = slices.DeleteFunc(slices.Clone(q.Scopes), func(s mediator.Scope) bool { return !a.offers(s) })
	q.Args = slices.DeleteFunc(slices.Clone(q.Args), func(s mediator.Shown) bool { return slices.Contains(a.withhold, s.Name) })
	for _, l := range render.PlainQuestion(q, a.head, a.o.layout(a.t.width()-1)) {
		a.t.printf("%s\n", render.PlainLine(l))
	}
	if len(a.withhold) > 0 {
		a.t.printf("Left out: %s.\n", safe.Line(strings.Join(a.withhold, ", ")))
	}
}

var (
	errNobody  = errors.New("nobody answered")
	errSeveral = errors.New("several lines came at once")
)

// ask prints a prompt and reads one line. The error is errNobody at the end of
// input and of ctx, and errSeveral if more than one line came.
func (k asking) ask(ctx context.Context, prompt string) (string, error) {
	if k.t.discard() {
		k.t.printf("What was typed before this question was thrown away.\n")
	}
	k.t.printf("%s", prompt)
	line, err := k.t.readLine(ctx)
	if err != nil {
		k.t.printf("\n")
		return "", errNobody
	}
	if k.t.waiting() {
		k.t.discard()
		return "", errSeveral
	}
	return strings.TrimSpace(line), nil
}

// numbered lists choices in one line: `1 no, 2 once.`
func numbered(all []choice) string {
	parts := make([]string, len(all))
	for i, c := range all {
		parts[i] = fmt.Sprintf("%d %s", i+1, c.name)
	}
	return strings.Join(parts, ", ") + "."
}

// number reads the number of one of n choices, and returns its index.
func number(s string, n int) (int, bool) {
	i, err := strconv.Atoi(s)
	if err != nil || i < 1 || i > n || strconv.Itoa(i) != s {
		return 0, false
	}
	return i - 1, true
}

func (a *asked) withholdable() []mediator.Shown {
	return slices.DeleteFunc(slices.Clone(a.q.Args), func(s mediator.Shown) bool { return !s.Withholdable })
}

// editable are the arguments that one line of text can replace.
func (a *asked) editable() []mediator.Shown {
	return slices.DeleteFunc(slices.Clone(a.q.Args), func(s mediator.Shown) bool {
		k := s.Value.Kind()
		return k == label.List || k == label.Object || slices.Contains(a.withhold, s.Name)
	})
}

func byName(all []mediator.Shown) []choice {
	out := make([]choice, len(all))
	for i, s := range all {
		out[i].name = safe.Line(s.Name)
	}
	return out
}

// leaveOut reads which arguments to leave out, and shows what is left. An empty
// line leaves out nothing.
func (a *asked) leaveOut(ctx context.Context) {
	all := a.withholdable()
	line, err := a.ask(ctx, "Leave out which? "+numbered(byName(all))+" Numbers with commas, then Enter: ")
	if err != nil {
		return
	}
	var names []string
	for _, part := range strings.FieldsFunc(line, func(r rune) bool { return r == ',' || r == ' ' }) {
		i, ok := number(part, len(all))
		if !ok {
			a.t.printf("That is none of the numbers; nothing is left out.\n")
			return
		}
		names = append(names, all[i].Name)
	}
	a.withhold = names
	a.show()
}

// edit reads a new text for an argument. The hub judges it and asks anew.
func (a *asked) edit(ctx context.Context) (name, text string, ok bool) {
	all := a.editable()
	line, err := a.ask(ctx, "Edit which? "+numbered(byName(all))+" Number, then Enter: ")
	i, valid := number(line, len(all))
	if err != nil || !valid {
		a.t.printf("Nothing was edited.\n")
		return "", "", false
	}
	name = all[i].Name
	a.t.printf("New text for %s, then Enter. Enter alone keeps the old one: ", safe.Line(name))
	text, err = a.t.readLine(ctx)
	if err != nil || strings.TrimSpace(text) == "" || a.t.waiting() {
		a.t.discard()
		a.t.printf("Nothing was edited.\n")
		return "", "", false
	}
	return name, text, true
}

// choices lists what a Need offers, each with its number and where it came from.
func choices(n hub.Need) []string {
	var out []string
	for i, c := range n.Choices {
		s := fmt.Sprintf("%d %s", i+1, said(c))
		if l := c.All(); !l.Empty() {
			s += " (from " + safe.Line(l.String()) + ")"
		}
		out = append(out, s)
	}
	return out
}

func said(c label.Value) string {
	return strings.ReplaceAll(render.Plain([]hub.Block{{Value: c}}, render.Options{}), "\n", " ⏎ ")
}

// need asks for words. A number picks a choice.
func (k asking) need(ctx context.Context, n hub.Need) (hub.Given, bool) {
	k.t.printf("Question: %s\n", safe.Line(n.Question))
	for _, c := range choices(n) {
		for i, l := range render.Prose(c, k.o.layout(k.t.width()-4)) {
			k.t.printf("%s%s\n", strings.Repeat(" ", 2+2*min(i, 1)), l.Plain(0))
		}
	}
	prompt := "Your answer, then Enter. Enter alone gives none: "
	if len(n.Choices) > 0 {
		prompt = "Number or your own words, then Enter. Enter alone gives none: "
	}
	line, err := k.ask(ctx, prompt)
	if errors.Is(err, errSeveral) {
		k.t.printf("Several lines at once are no answer.\n")
	}
	if err != nil || line == "" {
		return hub.Given{}, false
	}
	if i, ok := number(line, len(n.Choices)); ok {
		if c := n.Choices[i]; c.Kind() == label.Text {
			return hub.Given{Text: c.Str()}, true
		}
		return hub.Given{Text: said(n.Choices[i])}, true
	}
	pasted := len([]rune(line)) > maxTyped
	if pasted {
		k.t.printf("An answer of more than %d characters counts as pasted: what it sends needs your yes.\n", maxTyped)
	}
	return hub.Given{Text: line, Pasted: pasted}, true
}
