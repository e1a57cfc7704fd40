package plan

import (
	"math"
	"strconv"
	"strings"
	"unicode/utf8"

	"go.starlark.net/syntax"

	"secgpt/mediator/label"
)

// A textBuilder puts a text together from pieces, each with its own source, so that
// a question can mark them.
type textBuilder struct {
	in    *interp
	at    syntax.Node
	own   label.Label
	spans []label.Span
	last  strings.Builder // the text of the piece under way
	lastL label.Label
	size  int
}

func (in *interp) newText(at syntax.Node, own label.Label) *textBuilder {
	return &textBuilder{in: in, at: at, own: own, lastL: person}
}

func (b *textBuilder) add(s string, l label.Label) {
	b.in.spend(b.at, 0, 1, 0)
	b.own = b.own.Join(l)
	if b.size += len(s); b.size > MaxText {
		b.in.touch(b.own)
		b.in.fail(b.at, Limit, "a text has %d KB at most", MaxText>>10)
	}
	if s == "" {
		return
	}
	switch {
	case l.Equal(b.lastL):
	case len(b.spans) >= maxSpans-1:
		b.lastL = b.lastL.Join(l)
	default:
		b.flush()
		b.lastL = l
	}
	b.last.WriteString(s)
}

func (b *textBuilder) flush() {
	if b.last.Len() > 0 {
		b.spans = append(b.spans, label.Span{Text: b.last.String(), Label: b.lastL})
		b.last.Reset()
	}
}

// value adds a text with its pieces.
func (b *textBuilder) value(v label.Value) {
	b.own = b.own.Join(v.Own())
	for _, s := range v.TextSpans() {
		b.add(s.Text, s.Label)
	}
}

func (b *textBuilder) done() label.Value {
	b.flush()
	b.in.alloc(b.at, b.size+len(b.spans)*spanBytes)
	return label.Spans(b.own, b.spans...)
}

// str adds v as str() writes it.
func (b *textBuilder) str(v label.Value) {
	if d, ok := dateText(v); ok {
		v = d
	}
	if v.Kind() == label.Text {
		b.value(v)
		return
	}
	b.repr(v)
}

// repr adds v as a plan would write it.
func (b *textBuilder) repr(v label.Value) {
	own := v.Own()
	switch v.Kind() {
	case label.Text:
		b.add(`"`, own)
		for _, s := range v.TextSpans() {
			q := syntax.Quote(s.Text, false)
			b.add(q[1:len(q)-1], s.Label)
		}
		b.add(`"`, own)
	case label.List:
		b.add("[", own)
		for i, x := range v.Items() {
			if i > 0 {
				b.add(", ", own)
			}
			b.repr(x)
		}
		b.add("]", own)
	case label.Object:
		b.add("{", own)
		for i, f := range v.Fields() {
			if i > 0 {
				b.add(", ", own)
			}
			b.add(syntax.Quote(f.Name, false)+": ", own)
			b.repr(f.Value)
		}
		b.add("}", own)
	default:
		b.add(scalar(v), own)
	}
}

func scalar(v label.Value) string {
	switch v.Kind() {
	case label.Bool:
		if v.IsTrue() {
			return "True"
		}
		return "False"
	case label.Int:
		return strconv.FormatInt(v.Int64(), 10)
	case label.Float:
		return floatText(v.Float64())
	}
	return "None"
}

func floatText(f float64) string {
	s := strconv.FormatFloat(f, 'g', -1, 64)
	if a := math.Abs(f); a != 0 && (a < 1e-4 || a >= 1e16) {
		return s
	}
	s = strconv.FormatFloat(f, 'f', -1, 64)
	if !strings.Contains(s, ".") {
		s += ".0"
	}
	return s
}

// text is str(v).
func (in *interp) text(n syntax.Node, v label.Value) label.Value {
	in.deep(n, v)
	b := in.newText(n, person)
	b.str(v)
	return b.done()
}

// runes lists where each character of a text begins, and its end.
func (in *interp) runes(n syntax.Node, v label.Value) []int {
	s := v.Str()
	in.touch(v.All())
	in.alloc(n, 9*len(s))
	at := make([]int, 0, len(s)+1)
	for i := range s {
		at = append(at, i)
	}
	in.mem -= 8 * len(s) // gone when the operation is done
	return append(at, len(s))
}

// cut takes the bytes from lo to hi out of a text. The pieces keep their sources;
// where they were cut depends on the whole text, and on l.
func cut(v label.Value, lo, hi int, l label.Label) label.Value {
	var spans []label.Span
	at := 0
	for _, s := range v.TextSpans() {
		from, to := max(lo-at, 0), min(hi-at, len(s.Text))
		if from < to {
			spans = append(spans, label.Span{Text: s.Text[from:to], Label: s.Label})
		}
		at += len(s.Text)
	}
	return label.Spans(v.All().Join(l), spans...)
}

// mapText changes each piece of a text on its own.
func (in *interp) mapText(n syntax.Node, v label.Value, f func(string) string) label.Value {
	b := in.newText(n, v.Own())
	for _, s := range v.TextSpans() {
		b.add(f(s.Text), s.Label)
	}
	return b.done()
}

// runeIndex turns a byte offset into a character's position, -1 into itself.
func runeIndex(s string, i int) int64 {
	if i < 0 {
		return -1
	}
	return int64(utf8.RuneCountInString(s[:i]))
}

// dateText is what stands for a date that the hub read where a text is wanted.
func dateText(v label.Value) (label.Value, bool) {
	if v.Kind() != label.Object || v.Origin().How != label.When {
		return v, false
	}
	s, ok := v.Get("start")
	return s.With(v.Own()), ok
}
