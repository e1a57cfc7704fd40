package hub

import (
	"fmt"
	"slices"
	"strings"

	"secgpt/hub/asked"
	"secgpt/hub/plan"
)

// A small model sends a mail for "Who wrote Faust?". What the request has no word for is
// left out of a model's plan, and said. Where that can't be told, because the language is
// not known or there is no verb, the mediator is told that nobody asked for it, and asks
// with its arguments on the card. Of an installed app nothing is left out unasked: its
// verbs may be any, and what a person asked for must not get lost.

// unasked returns the plan without the changes that nobody asked for, and notes those of
// which it can't tell.
func (t *turn) unasked(prog *plan.Program) *plan.Program {
	var out []string
	about := map[string]asked.Tool{}
	t.unbidden = map[string]bool{}
	for _, full := range prog.Changes() {
		tool := t.askable(full)
		about[full] = tool
		switch fits := t.fits(tool); {
		case fits == asked.No && tool.BuiltIn:
			out = append(out, full)
		case fits != asked.Yes:
			t.unbidden[full] = true
		}
	}
	if len(out) == 0 {
		return prog
	}
	t.tell(Noted{Text: fmt.Sprintf("left out of the plan, as nothing in your words asks for it: %s", strings.Join(out, ", "))})
	return prog.Without(out, func(text string) bool {
		return slices.ContainsFunc(out, func(full string) bool { return asked.Claims(text, about[full]) })
	})
}

// fits tells whether the person's words ask for what a tool does.
func (t *turn) fits(tool asked.Tool) asked.Verdict {
	earlier := ""
	for _, p := range slices.Backward(t.h.past) {
		if p.Words != "" && !strings.HasPrefix(p.Words, revealedWords) {
			earlier = p.Words
			break
		}
	}
	return asked.Fits(spoken(t.req), earlier, tool)
}

// askable is a tool as its app describes it.
func (t *turn) askable(full string) asked.Tool {
	name, tool, _ := strings.Cut(full, ".")
	a, _ := t.h.apps.Get(name)
	known, _ := a.Tool(tool)
	d := asked.Tool{App: name, Name: tool, About: known.About, BuiltIn: a.BuiltIn}
	for _, in := range a.Intents {
		if in.Tool == tool {
			d.Phrases = append(d.Phrases, in.Say)
		}
	}
	return d
}
