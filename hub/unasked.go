package hub

import (
	"fmt"
	"slices"
	"strings"

	"secgpt/hub/asked"
	"secgpt/hub/plan"
	"secgpt/mediator"
	"secgpt/mediator/label"
)

// A small model sends a mail for "Who wrote Faust?". What the request has no word for is
// left out of a model's plan, and said; where that can't be told, because the language
// is not known or there is no verb, the person is asked, once for the whole plan. What
// is sent is asked about by the mediator then, if it is not all in the person's words.
// Of an installed app nothing is left out unasked: its verbs may be any, and what a
// person asked for must not get lost.

// unasked returns the plan without the changes that nobody asked for. The planner has read
// what is labelled read: what such a plan would put into another app is on a card anyway,
// with all its arguments. ok is false if somebody had to say so and nobody did, which was
// told.
func (t *turn) unasked(prog *plan.Program, read label.Label) (_ *plan.Program, ok bool) {
	earlier := ""
	for _, p := range slices.Backward(t.h.past) {
		if p.Words != "" && !strings.HasPrefix(p.Words, revealedWords) {
			earlier = p.Words
			break
		}
	}
	var out, unsure []string
	about := map[string]asked.Tool{}
	for _, full := range prog.Changes() {
		tool, effect := t.askable(full)
		about[full] = tool
		fits := asked.Fits(spoken(t.req), earlier, tool)
		if fits == asked.No && !t.builtIn(tool.App) {
			fits = asked.Unsure
		}
		switch fits {
		case asked.No:
			out = append(out, full)
		case asked.Unsure:
			if effect == mediator.Write && label.Of(label.Source(tool.App)).Covers(read) {
				unsure = append(unsure, full)
			}
		}
	}
	if len(unsure) > 0 {
		said, answered := t.person.Need(t.ctx, Need{
			Question: fmt.Sprintf("You did not say so in words that I know: shall %s be called?", strings.Join(unsure, " and ")),
			Choices:  []label.Value{label.TextOf("no", label.Person()), label.TextOf("yes", label.Person())},
		})
		if !answered {
			t.fail(ExitDenied, Failed{Kind: "unclear", Message: fmt.Sprintf("nothing in the request says that %s shall be called: say it with a verb, as in \"add a note: …\"", strings.Join(unsure, " or "))})
			return nil, false
		}
		if said != "yes" {
			out = append(out, unsure...)
		}
	}
	if len(out) == 0 {
		return prog, true
	}
	t.tell(Noted{Text: fmt.Sprintf("left out of the plan, as nothing in your words asks for it: %s", strings.Join(out, ", "))})
	return prog.Without(out, func(text string) bool {
		return slices.ContainsFunc(out, func(full string) bool { return asked.Claims(text, about[full]) })
	}), true
}

func (t *turn) builtIn(name string) bool {
	a, _ := t.h.apps.Get(name)
	return a.BuiltIn
}

// askable is a tool as its app describes it, and its effect.
func (t *turn) askable(full string) (asked.Tool, mediator.Effect) {
	name, tool, _ := strings.Cut(full, ".")
	a, _ := t.h.apps.Get(name)
	known, _ := a.Tool(tool)
	d := asked.Tool{App: name, Name: tool, About: known.About, BuiltIn: a.BuiltIn}
	for _, in := range a.Intents {
		if in.Tool == tool {
			d.Phrases = append(d.Phrases, in.Say)
		}
	}
	return d, known.Effect
}
