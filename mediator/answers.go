package mediator

import "secgpt/mediator/label"

// Picked is a choice that came from a value, once the person picked it: still the
// app's words, by its label, and endorsed for one call of this turn.
func (t *Turn) Picked(v label.Value) label.Value {
	t.mu.Lock()
	defer t.mu.Unlock()
	theirs := t.answer()
	return v.Map(func(_ string, part label.Value) label.Value { return part.Made(theirs) })
}
