package render

import (
	"fmt"
	"time"

	"secgpt/hub"
	"secgpt/tui/safe"
)

// Cost says what a turn took: model calls, tokens in and out, and the times to the plan,
// in the model and in all. Tokens are as the servers counted them; one that counts none
// adds none.
func Cost(r hub.Result) string {
	if r.Model.Calls == 0 {
		return "no model was asked · " + Took(r.Took) + " in all"
	}
	s := fmt.Sprintf("%s: %s · %s in the model", safe.Line(r.Model.Name), spent(r.Model.Calls, r.Model.PromptTokens, r.Model.OutputTokens), Took(r.Model.Took))
	if r.Model.Loading >= time.Second {
		s += ", of which " + Took(r.Model.Loading) + " loading it"
	}
	if r.Model.Tools > 0 {
		s += fmt.Sprintf(" · told of %d of %d tools", r.Model.Told, r.Model.Tools)
	}
	if r.Model.Plan > 0 {
		s += " · " + Took(r.Model.Plan) + " to the plan"
	}
	return s + " · " + Took(r.Took) + " in all"
}

// A Tally is what the turns of a conversation took.
type Tally struct {
	last           hub.Result
	turns, calls   int
	in, out        int
	thinking, took time.Duration
}

// Add counts a turn.
func (t *Tally) Add(r hub.Result) {
	t.last = r
	t.turns++
	t.calls += r.Model.Calls
	t.in += r.Model.PromptTokens
	t.out += r.Model.OutputTokens
	t.thinking += r.Model.Took
	t.took += r.Took
}

// String says what the last turn took, and all of them.
func (t *Tally) String() string {
	switch t.turns {
	case 0:
		return "Nothing was asked yet."
	case 1:
		return Cost(t.last) + "."
	}
	return fmt.Sprintf("%s.\nThis conversation: %d requests · %s · %s in the model · %s in all.", Cost(t.last), t.turns, spent(t.calls, t.in, t.out), Took(t.thinking), Took(t.took))
}

func spent(calls, in, out int) string {
	s := "s"
	if calls == 1 {
		s = ""
	}
	return fmt.Sprintf("%d model call%s, %d tokens in, %d out", calls, s, in, out)
}
