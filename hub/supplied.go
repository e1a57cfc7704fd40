package hub

import (
	"fmt"
	"slices"
	"strings"

	"secgpt/hub/plan"
	"secgpt/mediator/label"
)

// What a plan misses and the request does not say, the person is asked for; with the answer the
// plan is whole, and needs no model.

// maxSaid is how long an answer is, in bytes, that stands in a plan as it is: longer ones are
// read by a model.
const maxSaid = 200

// completed is a plan that missed what the person has said by now; nil if that is not all it lacks.
func (t *turn) completed(source string, check plan.Check) *plan.Program {
	check.Lenient = true
	prog, err := plan.ParseChecked("plan", source, tools{t.h.apps}, check, t.h.vars.Names()...)
	if check.Said == nil || err != nil || t.idle(prog, source, true) != nil {
		return nil
	}
	t.named(appsOf(prog))
	t.mended(prog)
	return prog
}

// supplied asks the person for what a plan misses, and adds it to the request. It reports
// whether somebody answered; if not, that was told.
func (t *turn) supplied(e *plan.Error) (Given, bool) {
	question := fmt.Sprintf("Which %s, for %s?", e.Missing, e.For)
	if e.Missing == "time" {
		question = fmt.Sprintf("When, for %s?", e.For)
	}
	said, ok := t.person.Need(t.ctx, Need{Question: question})
	if !ok || strings.TrimSpace(said.Text) == "" {
		t.fail(ExitDenied, Failed{Kind: "unclear", Message: fmt.Sprintf("%s needs something that the request does not say, the %s: say it too", e.For, e.Missing)})
		return said, false
	}
	t.req.Words = append(slices.Clone(t.req.Words), label.Span{Text: fmt.Sprintf("\n(%s: %s)", e.Missing, said.Text), Label: said.label()})
	return said, true
}
