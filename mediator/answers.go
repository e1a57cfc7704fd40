package mediator

import (
	"fmt"
	"slices"
	"strings"

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
// very argument. What was edited to what it can't be stays as it was, and is in misread
// with why: the question is asked again with it, since a slip of the keys is no no.
func (t *Turn) edit(args []Arg, typed map[string]string) (edited []Arg, misread map[string]string) {
	t.mu.Lock()
	defer t.mu.Unlock()
	args, misread = slices.Clone(args), map[string]string{}
	for i, a := range args {
		s, ok := typed[a.Name]
		if !ok {
			continue
		}
		if a.Value.Kind() == label.Text || a.Value.Kind() == label.Null {
			args[i].Value = label.TextOf(s, label.Person()).Made(t.answer())
			continue
		}
		v, ok := typedAs(s, a.Value)
		if !ok {
			misread[a.Name] = fmt.Sprintf("%.40q is no %s, so it was not taken", s, a.Value.Kind())
			continue
		}
		args[i].Value = v.Map(func(_ string, p label.Value) label.Value { return p.Made(t.answer()) })
	}
	return args, misread
}

// typedAs reads what the person typed in the place of a value that is no text: as it would
// be written in JSON, a number also as people write one, and a list of texts as they
// stand between commas.
func typedAs(s string, before label.Value) (label.Value, bool) {
	s = strings.TrimSpace(s)
	v, err := label.FromJSON([]byte(s), label.Person())
	number := func(k label.Kind) bool { return k == label.Int || k == label.Float }
	switch k := before.Kind(); {
	case err == nil && (v.Kind() == k || number(v.Kind()) && number(k)):
		return v, true
	case number(k):
		if n := numbersIn(s); len(n) == 1 && n[0].at == (stretch{0, len(s)}) && n[0].currency == "" {
			v, err = label.FromJSON([]byte(n[0].decimal), label.Person())
			return v, err == nil
		}
	case k == label.Bool:
		yes, no := strings.EqualFold(s, "true") || strings.EqualFold(s, "yes"), strings.EqualFold(s, "false") || strings.EqualFold(s, "no")
		return label.BoolOf(yes, label.Person()), yes || no
	case k == label.List && !strings.ContainsAny(s, `[]{}"`) && each(before, func(x label.Value) bool { return x.Kind() == label.Text }):
		var items []label.Value
		for one := range strings.FieldsFuncSeq(s, func(r rune) bool { return strings.ContainsRune(",;\n", r) }) {
			if one = strings.TrimSpace(one); one != "" {
				items = append(items, label.TextOf(one, label.Person()))
			}
		}
		return label.ListOf(items, label.Person()), len(items) > 0
	}
	return label.Value{}, false
}
