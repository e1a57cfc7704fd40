package mediator

import "secgpt/mediator/label"

// A Verdict is what would become of a call.
type Verdict struct {
	Outcome Outcome
	By      string         // "default", "rule 3": who would decide; "" if the person would
	Why     string         // one sentence for people
	Reasons []Reason       // what speaks against it
	From    []label.Source // whose data would go in
	Rule    string         // the rule that would answer, where one could and none does
}

// Outcome is what would happen. The zero Outcome is no.
type Outcome uint8

// The outcomes, strictest first.
const (
	WouldDeny Outcome = iota
	WouldAsk
	WouldGo
)

// Check tells what Decide would do with a call in this turn, and does nothing: no
// question, no line in the record, no word used up.
func (m *Monitor) Check(c Call, t *Turn) Verdict {
	w := m.weigh(c, t)
	v := Verdict{Outcome: WouldAsk, By: w.done.By, Why: w.done.Why, Reasons: w.done.Reasons, From: w.done.From}
	switch {
	case w.ask != nil:
		v.Why, v.Rule = "it needs a yes", w.ask.Rule
	case !w.done.Allow:
		v.Outcome = WouldDeny
	case v.By == "default":
		v.Outcome, v.Why = WouldGo, "nothing speaks against it"
	default:
		v.Outcome, v.Why = WouldGo, "a rule of yours allows it"
	}
	return v
}
