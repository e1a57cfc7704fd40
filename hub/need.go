package hub

import (
	"context"
	"strings"

	"secgpt/hub/plan"
	"secgpt/mediator/label"
)

// Need asks the person for what is missing. What they type is theirs, but for a
// paste; a choice that came from a value stays the app's words, endorsed for one call.
// Held calls come before it in the plan, so they are asked about before.
func (r *runner) Need(ctx context.Context, question string, choices []label.Value, control label.Label) (label.Value, error) {
	r.release(ctx)
	offered := make([]label.Value, len(choices))
	for i, c := range choices {
		offered[i] = asText(c)
	}
	said, ok := r.turn.person.Need(ctx, Need{Question: question, Choices: offered})
	if !ok {
		r.turn.fail(ExitDenied, Failed{Kind: "need", Message: "this needs an answer, and nobody gave one: " + question})
		return label.Value{}, &plan.DeniedError{Tool: "need", Reason: "nobody answered"}
	}
	for i, c := range choices {
		if strings.TrimSpace(offered[i].Str()) == strings.TrimSpace(said.Text) {
			return r.turn.judge.Picked(c).With(control), nil
		}
	}
	if said.Pasted {
		return label.TextOf(said.Text, said.label()).With(control), nil
	}
	return r.turn.judge.Answered(said.Text).With(control), nil
}

// label is whose words an answer is.
func (g Given) label() label.Label {
	if g.Pasted {
		return label.Of(label.Paste)
	}
	return label.Person()
}

// asText is a choice as it is offered: one text, by which it is known again when it
// was picked. What no text stands for is never taken for the person's own words.
func asText(c label.Value) label.Value {
	if c.Kind() == label.Text {
		return c
	}
	body, err := c.JSON()
	if err != nil {
		return label.TextOf("(a number that can't be written)", c.All())
	}
	return label.TextOf(string(body), c.All())
}
