package mediator

import (
	"fmt"
	"slices"

	"secgpt/mediator/label"
)

// Answered is what the person typed as an answer: their words, for one call of this
// turn.
func (t *Turn) Answered(text string) label.Value {
	t.mu.Lock()
	defer t.mu.Unlock()
	return label.TextOf(text, label.Person()).Made(t.answer())
}

// Picked is a choice that came from a value, once the person picked it: still the
// app's words, by its label, and endorsed for one call of this turn.
func (t *Turn) Picked(v label.Value) label.Value {
	t.mu.Lock()
	defer t.mu.Unlock()
	theirs := t.answer()
	return v.Map(func(_ string, part label.Value) label.Value { return part.Made(theirs) })
}

// answer is the origin of one more answer. Numbers count in the session, so that an
// answer of an earlier turn is not known in this one.
func (t *Turn) answer() label.Origin {
	t.monitor.mu.Lock()
	defer t.monitor.mu.Unlock()
	t.monitor.answers++
	t.words.answers[t.monitor.answers] = true
	return label.Origin{How: label.Answer, Call: t.monitor.answers}
}

// edit replaces arguments by what the person typed: their words, endorsed for this
// very argument.
func (t *Turn) edit(args []Arg, typed map[string]string) ([]Arg, error) {
	t.mu.Lock()
	defer t.mu.Unlock()
	args = slices.Clone(args)
	for i, a := range args {
		s, ok := typed[a.Name]
		if !ok {
			continue
		}
		theirs := t.answer()
		if a.Value.Kind() == label.Text || a.Value.Kind() == label.Null {
			args[i].Value = label.TextOf(s, label.Person()).Made(theirs)
			continue
		}
		v, err := label.FromJSON([]byte(s), label.Person())
		if err != nil || v.Kind() != a.Value.Kind() {
			return nil, fmt.Errorf("%s was edited to what is no %s; nothing was done", a.Name, a.Value.Kind())
		}
		args[i].Value = v.Map(func(_ string, p label.Value) label.Value { return p.Made(theirs) })
	}
	return args, nil
}
