package mediator

import (
	"slices"
	"strings"

	"golang.org/x/text/unicode/norm"

	"secgpt/mediator/label"
)

// Words are what the person themself said in one turn, and which parts of it have
// already served a call. Only they, lists and when() endorse an argument.
//
// The rules, all of them:
//
//  1. Both sides are read in Unicode normal form C. What matches stands in one piece
//     of what was typed; a paste, a file and standard input stand nowhere.
//  2. A value is read as its own kind (kinds.go): an address, a URL, a number, an
//     account, a text; a date that the hub read, by the words that it was read from.
//     A match starts and ends where a word of its kind does: bob@x.org is not in
//     rob.bob@x.org, nor 50 in 500, nor old in old/2024.
//  3. Case is forgiven in hosts, in names of a list, and in what is looked for. In a
//     text that is only carried the first letter may be large, and a full stop may
//     end it: a sentence that was typed inside another.
//  4. The words of what is looked for may come in any order, but each must be there.
//  5. A list is said if each of its items is, in a span of its own.
//  6. A span that is told off ("don't write to …", "… must not get it") serves
//     nothing (refusals.go).
//  7. A span serves one call that changes something, and one argument of it. Reads
//     use nothing up: who looks up a name and then writes to it said it once.
//  8. What carries nothing (no text, null where an argument may be left out) needs no
//     words, unless it decides.
//  9. Anything else is not said. There is no guess.
type Words struct {
	text    string       // the typed pieces, joined by a rune that matches nothing
	numbers []number     // in it
	off     []stretch    // clauses that are told off
	taken   []stretch    // spans that served a call
	answers map[int]bool // what was typed as an answer in this turn; see Turn.Answered
	names   *namesIn     // what NameList.In found
	looked  *int         // bytes gone through for one argument; nil where nobody counts
}

// A stretch is a range of bytes in Words.text. An answer, which stands beside them,
// has a place before the first.
type stretch struct{ from, to int }

func placeOf(answer int) stretch { return stretch{-answer - 1, -answer} }

func (s stretch) meets(o stretch) bool { return s.from < o.to && o.from < s.to }

// gap stands for a piece that endorses nothing (a paste, a file), so that words
// from both sides of it never read as one. It is a noncharacter.
const gap = "\uffff"

// NewWords takes a request apart: pieces with a label endorse nothing, and
// neither does anything if endorses is false (a request from standard input).
func NewWords(request []label.Span, endorses bool) *Words {
	w := &Words{answers: map[int]bool{}, names: &namesIn{}}
	if !endorses {
		return w
	}
	for _, s := range request {
		if s.Label.Empty() {
			w.text += strings.ReplaceAll(norm.NFC.String(s.Text), gap, "")
		} else {
			w.text += gap
		}
	}
	w.numbers = numbersIn(w.text)
	w.off = toldOff(w.text)
	return w
}

// holds returns the spans of the words that say an argument, if they do: each leaf
// in spans of its own.
func (w *Words) holds(a Arg, r Role) ([]stretch, bool) {
	var spans []stretch
	probe := w.less(nil)
	probe.looked = new(int)
	said := each(a.Value, func(leaf label.Value) bool {
		at, ok := probe.leaf(leaf, a.Name, r)
		probe.take(at)
		spans = append(spans, at...)
		return ok
	})
	return spans, said
}

// leaf returns the spans that say one scalar.
func (w *Words) leaf(v label.Value, arg string, r Role) ([]stretch, bool) {
	o := v.Origin()
	switch {
	case o.How == label.Answer:
		at := placeOf(o.Call)
		return []stretch{at}, w.answers[o.Call] && !w.isTaken(at)
	case o.How == label.When:
		return w.findOne(o.Read, formText) // the words of a date, not how the hub writes it
	}
	text, ok := scalar(v)
	if !ok {
		return nil, false
	}
	switch f := formOf(v, arg, r); f {
	case formQuery:
		return w.findAll(text)
	case formContent:
		for _, s := range sentences(text) {
			if at, ok := w.find(s, formContent); ok {
				return []stretch{at}, true
			}
		}
		return nil, false
	default:
		return w.findOne(text, f)
	}
}

func (w *Words) findOne(s string, f form) ([]stretch, bool) {
	at, ok := w.find(s, f)
	return []stretch{at}, ok
}

// findAll finds each word of what is looked for, in any order.
func (w *Words) findAll(s string) ([]stretch, bool) {
	if at, ok := w.find(s, formName); ok {
		return []stretch{at}, true
	}
	words := strings.Fields(s)
	if len(words) == 0 || len(words) > maxQueryWords {
		return nil, false
	}
	var spans []stretch
	probe := w.less(nil)
	for _, one := range words {
		at, ok := probe.find(strings.Trim(one, `"',`), formWord)
		if !ok {
			return nil, false
		}
		probe.taken = append(probe.taken, at)
		spans = append(spans, at)
	}
	return spans, true
}

// maxQueryWords bounds the search for words that stand apart. Nobody types a query
// of more.
const maxQueryWords = 64

// find returns the first span of the words that reads as s and may still serve.
func (w *Words) find(s string, f form) (stretch, bool) {
	if s == "" || len(s) > maxGrowth*len(w.text) || strings.Contains(s, gap) {
		return stretch{}, false
	}
	if w.looked != nil {
		if *w.looked += len(w.text); *w.looked > maxLooked {
			return stretch{}, false
		}
	}
	for at := range w.matches(norm.NFC.String(s), f) {
		if !w.isTaken(at) && !w.isOff(at, f) {
			return at, true
		}
	}
	return stretch{}, false
}

// maxLooked bounds what is gone through for one argument, in bytes: a thousand words of a
// request of usual length, and a hundred times one as long as a command line allows.
const maxLooked = 16 << 20

// maxGrowth is more than what a text can shrink by in normal form: a value that is
// longer is not in the words, and need not be read.
const maxGrowth = 8

func (w *Words) isTaken(at stretch) bool {
	return slices.ContainsFunc(w.taken, at.meets)
}

// opens reports whether what follows t is a text to be carried: after a colon, or a quote.
func opens(t string) bool {
	return strings.HasSuffix(strings.TrimRight(t, " \n"), ":") || endsIn(t, "\"'“‘„«")
}

// isOff reports whether a span is told off. What a text that is carried refuses is part of
// the text: "mail Bob: no problem, see you at 5".
func (w *Words) isOff(at stretch, f form) bool {
	carried := f == formContent && opens(w.text[:max(0, at.from)])
	off := func(o stretch) bool { return at.meets(o) && !(carried && o.from > at.from) }
	return slices.ContainsFunc(w.off, off) || refusedAfter(w.text[at.to:])
}

// less are the words without some more spans.
func (w *Words) less(spans []stretch) *Words {
	less := *w
	less.taken = append(slices.Clip(w.taken), spans...)
	return &less
}

// afresh are the words as if nothing had served yet: what a read may be looking for.
func (w *Words) afresh() *Words {
	again := *w
	again.taken = nil
	return &again
}

// take marks spans as served.
func (w *Words) take(spans []stretch) { w.taken = append(w.taken, spans...) }

// each reports whether f holds of each scalar in v, and stops at the first of which it
// does not. An object counts as one before its parts: the names of its fields are data
// that no scalar shows.
func each(v label.Value, f func(label.Value) bool) bool {
	switch v.Kind() {
	case label.List:
		return !slices.ContainsFunc(v.Items(), func(x label.Value) bool { return !each(x, f) })
	case label.Object:
		return f(v) && !slices.ContainsFunc(v.Fields(), func(x label.Field) bool { return !each(x.Value, f) })
	}
	return f(v)
}

// scalar is a leaf as the person would have typed it; nothing and truth values
// can't be said.
func scalar(v label.Value) (string, bool) {
	switch v.Kind() {
	case label.Text:
		return v.Str(), true
	case label.Int, label.Float:
		b, err := v.JSON()
		return string(b), err == nil
	}
	return "", false
}

// nothing reports whether a value carries nothing: no text, no items, null.
func nothing(v label.Value) bool {
	switch v.Kind() {
	case label.Null:
		return true
	case label.Text:
		return v.Str() == ""
	case label.List:
		return len(v.Items()) == 0
	}
	return false
}
