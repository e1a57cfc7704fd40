package plan

import (
	"strings"
	"unicode"
	"unicode/utf8"

	"go.starlark.net/syntax"

	"secgpt/mediator/label"
)

// textMethod is a method of texts alone. Its work is that of reading the text.
func textMethod(f func(*interp, syntax.Node, args) label.Value) func(*interp, syntax.Node, args) label.Value {
	return func(in *interp, n syntax.Node, a args) label.Value {
		in.mustBe(n, a.recv, label.Text)
		in.touch(a.recv.All())
		in.spend(n, 0, 0, len(a.recv.Str()))
		return f(in, n, a)
	}
}

// arg reads a text argument and joins its label to what all the arguments carry.
func (in *interp) arg(n syntax.Node, a args, i int) (string, label.Label) {
	in.mustBe(n, a.pos[i], label.Text)
	return a.pos[i].Str(), a.recv.All().Join(a.pos[i].All())
}

func (in *interp) join(n syntax.Node, a args) label.Value {
	list := a.pos[0]
	b := in.newText(n, list.Own().Join(a.recv.Own()))
	for i, v := range in.iterate(n, list) {
		if i > 0 {
			b.value(a.recv)
		}
		b.str(v)
	}
	return b.done()
}

func mapped(how string) func(*interp, syntax.Node, args) label.Value {
	return textMethod(func(in *interp, n syntax.Node, a args) label.Value {
		f := strings.ToLower
		if how == "upper" {
			f = strings.ToUpper
		}
		return in.mapText(n, a.recv, f)
	})
}

// title writes each word with a capital. What a letter becomes depends on the one
// before it, so the text is one piece.
func (in *interp) title(n syntax.Node, a args) label.Value {
	inside := false
	s := strings.Map(func(r rune) rune {
		was := inside
		if inside = unicode.IsLetter(r); inside && was {
			return unicode.ToLower(r)
		}
		return unicode.ToTitle(r)
	}, a.recv.Str())
	return in.newTextOf(n, s, a.recv.All())
}

func (in *interp) capitalize(n syntax.Node, a args) label.Value {
	s := a.recv.Str()
	_, size := utf8.DecodeRuneInString(s)
	return in.newTextOf(n, strings.ToTitle(s[:size])+strings.ToLower(s[size:]), a.recv.All())
}

func (in *interp) newTextOf(n syntax.Node, s string, l label.Label) label.Value {
	b := in.newText(n, l)
	b.add(s, l)
	return b.done()
}

func strip(left, right bool) func(*interp, syntax.Node, args) label.Value {
	return textMethod(func(in *interp, n syntax.Node, a args) label.Value {
		set, l := "", a.recv.All()
		if len(a.pos) > 0 {
			l = l.Join(a.pos[0].Own()) // nothing, too, is an answer
		}
		if len(a.pos) > 0 && a.pos[0].Kind() != label.Null {
			set, l = in.arg(n, a, 0)
			in.spend(n, 0, 0, len(set))
			set = set[:min(len(set), maxWidth)]
		}
		out := func(r rune) bool { return set == "" && unicode.IsSpace(r) || set != "" && strings.ContainsRune(set, r) }
		s := a.recv.Str()
		lo, hi := 0, len(s)
		if left {
			lo = len(s) - len(strings.TrimLeftFunc(s, out))
		}
		if right {
			hi = lo + len(strings.TrimRightFunc(s[lo:], out))
		}
		return cut(a.recv, lo, hi, l)
	})
}

func (in *interp) removeprefix(n syntax.Node, a args) label.Value {
	p, l := in.arg(n, a, 0)
	s := a.recv.Str()
	return cut(a.recv, len(s)-len(strings.TrimPrefix(s, p)), len(s), l)
}

func (in *interp) removesuffix(n syntax.Node, a args) label.Value {
	p, l := in.arg(n, a, 0)
	return cut(a.recv, 0, len(strings.TrimSuffix(a.recv.Str(), p)), l)
}

func (in *interp) split(n syntax.Node, a args) label.Value {
	l, most := a.recv.All(), int64(-1)
	sep, given := a.opt(0, "sep")
	if given {
		l = l.Join(sep.All())
	}
	if given = given && sep.Kind() != label.Null; given {
		in.mustBe(n, sep, label.Text)
	}
	if m, ok := a.opt(1, "maxsplit"); ok {
		in.mustBe(n, m, label.Int)
		l, most = l.Join(m.Own()), m.Int64()
	}
	if given && sep.Str() == "" {
		in.fail(n, Type, "a text can't be split at nothing")
	}
	s := a.recv.Str()
	var parts []label.Value
	piece := func(lo, hi int) {
		if len(parts) == MaxList {
			in.fail(n, Limit, "a list has %d items at most", MaxList)
		}
		in.spend(n, 0, 1+len(a.recv.TextSpans()), 0)
		parts = append(parts, cut(a.recv, lo, hi, l))
	}
	lo := 0
	for given && (most < 0 || int64(len(parts)) < most) {
		i := strings.Index(s[lo:], sep.Str())
		if i < 0 {
			break
		}
		piece(lo, lo+i)
		lo += i + len(sep.Str())
	}
	if given {
		piece(lo, len(s))
		return in.list(n, parts, l)
	}
	for {
		lo = len(s) - len(strings.TrimLeftFunc(s[lo:], unicode.IsSpace))
		if lo == len(s) {
			break
		}
		hi := strings.IndexFunc(s[lo:], unicode.IsSpace)
		if hi < 0 || most >= 0 && int64(len(parts)) >= most {
			hi = len(strings.TrimRightFunc(s[lo:], unicode.IsSpace))
		}
		piece(lo, lo+hi)
		lo += hi
	}
	return in.list(n, parts, l)
}

// whole is the text itself, as of a file that was opened.
func (in *interp) whole(_ syntax.Node, a args) label.Value { return a.recv }

func (in *interp) splitlines(n syntax.Node, a args) label.Value {
	s, l := a.recv.Str(), a.recv.All()
	var parts []label.Value
	for lo := 0; lo < len(s); {
		hi := strings.IndexByte(s[lo:], '\n')
		next := lo + hi + 1
		if hi < 0 {
			hi, next = len(s)-lo, len(s)
		}
		in.spend(n, 0, 1+len(a.recv.TextSpans()), 0)
		parts = append(parts, cut(a.recv, lo, lo+len(strings.TrimSuffix(s[lo:lo+hi], "\r")), l))
		lo = next
	}
	return in.list(n, parts, l)
}

func (in *interp) partition(n syntax.Node, a args) label.Value {
	sep, l := in.arg(n, a, 0)
	s := a.recv.Str()
	i := strings.Index(s, sep)
	end := i + len(sep)
	if i < 0 {
		i, end = len(s), len(s)
	}
	return in.list(n, []label.Value{cut(a.recv, 0, i, l), cut(a.recv, i, end, l), cut(a.recv, end, len(s), l)}, l)
}

// replace keeps the source of each piece: what stays, and what was put in.
func (in *interp) replace(n syntax.Node, a args) label.Value {
	old, l := in.arg(n, a, 0)
	in.mustBe(n, a.pos[1], label.Text)
	most := int64(-1)
	if len(a.pos) == 3 {
		in.mustBe(n, a.pos[2], label.Int)
		l, most = l.Join(a.pos[2].Own()), a.pos[2].Int64()
	}
	l = l.Join(a.pos[1].All())
	s := a.recv.Str()
	b := in.newText(n, l)
	lo := 0
	for count := int64(0); most < 0 || count < most; count++ {
		i := strings.Index(s[lo:], old)
		if i < 0 || old == "" {
			break
		}
		in.spend(n, 0, 1+len(a.recv.TextSpans()), 0)
		b.value(cut(a.recv, lo, lo+i, l))
		b.value(a.pos[1])
		lo += i + len(old)
	}
	b.value(cut(a.recv, lo, len(s), l))
	return b.done()
}

// affix is startswith and endswith, of one text or any of a list.
func affix(start bool) func(*interp, syntax.Node, args) label.Value {
	return textMethod(func(in *interp, n syntax.Node, a args) label.Value {
		of := a.pos[0]
		l := a.recv.All().Join(of.All())
		tries := []label.Value{of}
		if of.Kind() == label.List {
			tries = in.iterate(n, of)
		}
		found := false
		for _, v := range tries {
			in.mustBe(n, v, label.Text)
			if start {
				found = found || strings.HasPrefix(a.recv.Str(), v.Str())
			} else {
				found = found || strings.HasSuffix(a.recv.Str(), v.Str())
			}
		}
		return label.BoolOf(found, l)
	})
}

func (in *interp) find(n syntax.Node, a args) label.Value {
	sub, l := in.arg(n, a, 0)
	s := a.recv.Str()
	return label.IntOf(runeIndex(s, strings.Index(s, sub)), l)
}

func (in *interp) isdigit(_ syntax.Node, a args) label.Value {
	s := a.recv.Str()
	return label.BoolOf(s != "" && strings.IndexFunc(s, func(r rune) bool { return !unicode.IsDigit(r) }) < 0, a.recv.All())
}

func (in *interp) isalpha(_ syntax.Node, a args) label.Value {
	s := a.recv.Str()
	return label.BoolOf(s != "" && strings.IndexFunc(s, func(r rune) bool { return !unicode.IsLetter(r) }) < 0, a.recv.All())
}

// indexOf is where a text stands in a text, or an item in a list.
func indexOf(in *interp, n syntax.Node, a args) label.Value {
	in.mustBe(n, a.recv, label.Text, label.List)
	l := in.deep(n, a.recv).all.Join(in.deep(n, a.pos[0]).all)
	if a.recv.Kind() == label.Text {
		v := in.find(n, a)
		if v.Int64() < 0 {
			in.fail(n, Missing, "this is not in the text: test it with in before")
		}
		return v
	}
	for i, v := range a.recv.Items() {
		if in.equal(n, v, a.pos[0]) {
			return label.IntOf(int64(i), l)
		}
	}
	in.fail(n, Missing, "this is not in the list: test it with in before")
	return a.recv
}

func countOf(in *interp, n syntax.Node, a args) label.Value {
	in.mustBe(n, a.recv, label.Text, label.List)
	if len(a.pos) == 0 {
		return length(in, n, args{pos: []label.Value{a.recv}})
	}
	l := in.deep(n, a.recv).all.Join(in.deep(n, a.pos[0]).all)
	if a.recv.Kind() == label.Text {
		sub, l := in.arg(n, a, 0)
		in.spend(n, 0, 0, len(a.recv.Str()))
		return label.IntOf(int64(strings.Count(a.recv.Str(), sub)), l)
	}
	count := int64(0)
	for _, v := range a.recv.Items() {
		if in.equal(n, v, a.pos[0]) {
			count++
		}
	}
	return label.IntOf(count, l)
}

// ofTexts are methods that only a text has.
var ofTexts = map[string]bool{
	"split": true, "splitlines": true, "lower": true, "upper": true, "strip": true, "startswith": true, "endswith": true, "replace": true,
}

// theText is what an object says, {"content": "…"}, or the value itself.
func theText(v label.Value) label.Value {
	if v.Kind() == label.Object {
		for _, name := range contents {
			if x, ok := v.Get(name); ok && x.Kind() == label.Text {
				return x.With(v.Own())
			}
		}
	}
	return v
}
