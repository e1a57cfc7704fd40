package mediator

import (
	"slices"
	"strings"
	"unicode"
	"unicode/utf8"

	"golang.org/x/text/unicode/norm"

	"secgpt/mediator/label"
)

// Words are what the person themself said in one turn, and which parts of it
// have already served a call. Only they, lists and when() endorse a deciding
// argument.
//
// Matching is exact, in Unicode normal form C. Case is forgiven only in names and
// in the host of an address. A match starts and ends where a word of its kind
// does. A span that is told off ("don't write to …") serves nothing. Each span
// serves one call.
type Words struct {
	text    string       // the typed pieces, joined by a rune that matches nothing
	taken   []stretch    // spans that served a call
	answers map[int]bool // what was typed as an answer in this turn; see Turn.Answered
}

// A stretch is a range of bytes in Words.text. An answer, which stands beside them,
// has a place before the first.
type stretch struct{ from, to int }

func placeOf(answer int) stretch { return stretch{-answer - 1, -answer} }

// gap stands for a piece that endorses nothing (a paste, a file), so that words
// from both sides of it never read as one. It is a noncharacter.
const gap = "\uffff"

// NewWords takes a request apart: pieces with a label endorse nothing, and
// neither does anything if endorses is false (a request from standard input).
func NewWords(request []label.Span, endorses bool) *Words {
	w := &Words{answers: map[int]bool{}}
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
	return w
}

// form is how a value is read in the words.
type form uint8

const (
	formText    form = iota // any text: at word borders, exact
	formAddress             // name@host: the host's case is forgiven
	formName                // a name of a list: case is forgiven
	formNumber
	formWord // a plain word: only letters and digits go on with it
)

// formOf tells how a value of a deciding argument is read.
func formOf(v label.Value) form {
	switch v.Kind() {
	case label.Int, label.Float:
		return formNumber
	case label.Text:
		s := v.Str()
		if at := strings.IndexByte(s, '@'); at > 0 && !strings.ContainsAny(s, " \t\n<>") {
			return formAddress
		}
	}
	return formText
}

// find returns the first span of the words that reads as s and has served no
// call yet.
func (w *Words) find(s string, f form) (stretch, bool) {
	s = norm.NFC.String(s)
	if s == "" || strings.Contains(s, gap) {
		return stretch{}, false
	}
	for from := 0; from < len(w.text); {
		i := w.index(w.text[from:], s, f)
		if i < 0 {
			return stretch{}, false
		}
		at := stretch{from + i, from + i + len(s)}
		if w.bordered(at, f) && !w.isTaken(at) && !w.toldOff(at) {
			return at, true
		}
		_, n := utf8.DecodeRuneInString(w.text[at.from:])
		from = at.from + n
	}
	return stretch{}, false
}

// index finds s in t by the rules of its form.
func (w *Words) index(t, s string, f form) int {
	switch f {
	case formName:
		return indexFold(t, s)
	case formAddress:
		local, host, _ := strings.Cut(s, "@")
		for from := 0; from < len(t); {
			i := strings.Index(t[from:], local+"@")
			if i < 0 {
				return -1
			}
			rest := t[from+i+len(local)+1:]
			if len(rest) >= len(host) && strings.EqualFold(rest[:len(host)], host) {
				return from + i
			}
			from += i + 1
		}
		return -1
	}
	return strings.Index(t, s)
}

// indexFold is strings.Index that forgives case where folding keeps the length;
// a match is therefore never longer or shorter than what the person typed.
func indexFold(t, s string) int {
	for i := range t {
		if len(t)-i >= len(s) && strings.EqualFold(t[i:i+len(s)], s) {
			return i
		}
	}
	return -1
}

// bordered reports whether a match ends where a word of its form ends: bob@x.org
// is not in rob.bob@x.org, nor in bob@x.org.evil.example, nor 5 in 50 or 0.5, nor the
// name bob in bob@x.org, nor the folder old in old/2024.
func (w *Words) bordered(at stretch, f form) bool {
	before, _ := utf8.DecodeLastRuneInString(w.text[:at.from])
	rest := w.text[at.to:]
	after, n := utf8.DecodeRuneInString(rest)
	next, _ := utf8.DecodeRuneInString(rest[n:])
	word := func(r rune) bool { return unicode.IsLetter(r) || unicode.IsDigit(r) || unicode.IsMark(r) || r == '_' }
	extra := map[form]string{formText: "./-@", formName: "./-@", formAddress: "._%+-@'/:", formNumber: ".,-'%"}[f]
	if at.from > 0 && (word(before) || strings.ContainsRune(extra, before)) && !(f == formAddress && before == ':') {
		return false
	}
	if n == 0 {
		return true
	}
	if word(after) {
		return false
	}
	// "…bob@example.org." ends a sentence; "bob@example.org.evil" does not.
	return !strings.ContainsRune(extra, after) || after == '\'' || !word(next) && next != '@'
}

func (w *Words) isTaken(at stretch) bool {
	for _, t := range w.taken {
		if at.from < t.to && t.from < at.to {
			return true
		}
	}
	return false
}

// refusals turn what follows them in the same clause into words that serve no call.
var refusals = []string{"don't", "dont", "don’t", "do not", "not", "never", "except", "without", "but not", "nicht", "kein"}

// toldOff reports whether the clause up to the span holds a refusal.
func (w *Words) toldOff(at stretch) bool {
	clause := w.text[:at.from]
	if i := strings.LastIndexAny(clause, ".;:!?\n"); i >= 0 {
		// The dot of an address or a number ends no clause.
		for i >= 0 && i+1 < len(clause) && clause[i] == '.' && clause[i+1] != ' ' {
			i = strings.LastIndexAny(clause[:i], ".;:!?\n")
		}
		clause = clause[i+1:]
	}
	for _, r := range refusals {
		if i := indexFold(clause, r); i >= 0 && (&Words{text: clause}).bordered(stretch{i, i + len(r)}, formWord) {
			return true
		}
	}
	return false
}

// holds returns the span of the words that says v, if there is one: each leaf of
// v must be said, in spans of its own.
func (w *Words) holds(v label.Value) ([]stretch, bool) {
	var spans []stretch
	probe := w.less(nil)
	ok := true
	leaves(v, func(leaf label.Value) {
		if o := leaf.Origin(); o.How == label.Answer {
			ok = ok && w.answers[o.Call] && !w.isTaken(placeOf(o.Call))
			spans = append(spans, placeOf(o.Call))
			return
		}
		text, said := scalar(leaf)
		if o := leaf.Origin(); o.How == label.When {
			text = o.Read // the words of a date, not how the hub writes it
		}
		at, found := stretch{}, said
		if said {
			at, found = probe.find(text, formOf(leaf))
		}
		if !found {
			ok = false
			return
		}
		probe.taken = append(probe.taken, at)
		spans = append(spans, at)
	})
	return spans, ok
}

// less are the words without some more spans.
func (w *Words) less(spans []stretch) *Words {
	return &Words{text: w.text, taken: append(slices.Clip(w.taken), spans...), answers: w.answers}
}

// take marks spans as served.
func (w *Words) take(spans []stretch) { w.taken = append(w.taken, spans...) }

// leaves calls f for each scalar in v. An object counts as one before its parts: the
// names of its fields are data that no scalar shows.
func leaves(v label.Value, f func(label.Value)) {
	switch v.Kind() {
	case label.List:
		for _, x := range v.Items() {
			leaves(x, f)
		}
	case label.Object:
		f(v)
		for _, x := range v.Fields() {
			leaves(x.Value, f)
		}
	default:
		f(v)
	}
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
