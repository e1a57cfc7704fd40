package hub

import (
	"fmt"
	"slices"
	"strings"

	"secgpt/mediator"
	"secgpt/mediator/label"
)

// receivedBefore says, of a call that a rule of the person's refused, that what the rule is
// about was not asked for now: an app received it in an earlier request, and so all that it
// returns counts as that too. Without it nobody would know what to do about the refusal.
func (t *turn) receivedBefore(c mediator.Call, d mediator.Decision) {
	if d.Allow || !strings.HasPrefix(d.By, "rule ") {
		return
	}
	var by []string // the apps whose results are in the call
	for _, step := range c.Chain {
		if app, _, _ := strings.Cut(step, "."); !slices.Contains(by, app) {
			by = append(by, app)
		}
	}
	for _, s := range sentOf(c.Control, c.Args).Sources() {
		if slices.Contains(by, string(s)) || !t.h.undenied(string(c.Tool.App), c.Tool.Name, label.Of(s)).Empty() {
			continue
		}
		for _, app := range by {
			if past, err := t.h.received(app).All(); err == nil && past.Has(s) {
				t.tell(Noted{Text: fmt.Sprintf("%s received data of %s in an earlier request, or was not called because of it, so what %s returns counts as %s too; `secgpt apps forget %s` ends that, and deletes what %s keeps for itself", app, s, app, s, app, app)})
			}
		}
	}
}
