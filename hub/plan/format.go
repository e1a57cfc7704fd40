package plan

import (
	"math"
	"strconv"
	"strings"
	"unicode/utf8"

	"go.starlark.net/syntax"

	"secgpt/mediator/label"
)

// A spec is how one value is formatted: Python's [[fill]align][sign][0][width][,][.prec][verb].
type spec struct {
	fill  string
	align byte // '<', '>', '^', '=', 0
	sign  byte
	comma bool
	width int
	prec  int // -1: none
	verb  byte
}

func parseSpec(s string) (spec, bool) {
	f := spec{fill: " ", prec: -1}
	if _, n := utf8.DecodeRuneInString(s); n < len(s) && n > 0 && strings.IndexByte("<>^=", s[n]) >= 0 {
		f.fill, f.align, s = s[:n], s[n], s[n+1:]
	} else if s != "" && strings.IndexByte("<>^=", s[0]) >= 0 {
		f.align, s = s[0], s[1:]
	}
	if s != "" && strings.IndexByte("+- ", s[0]) >= 0 {
		f.sign, s = s[0], s[1:]
	}
	if strings.HasPrefix(s, "0") {
		s = s[1:]
		if f.align == 0 {
			f.fill, f.align = "0", '='
		}
	}
	var ok bool
	if f.width, s, ok = number(s, 0); !ok {
		return f, false
	}
	if strings.HasPrefix(s, ",") || strings.HasPrefix(s, "_") {
		f.comma, s = s[0] == ',', s[1:]
	}
	if strings.HasPrefix(s, ".") {
		if f.prec, s, ok = number(s[1:], -1); !ok || f.prec < 0 {
			return f, false
		}
	}
	if s != "" {
		f.verb, s = s[0], s[1:]
	}
	return f, s == "" && (f.verb == 0 || strings.IndexByte("sdfFeEgGx%nr", f.verb) >= 0)
}

// number reads digits; none stands for no digits.
func number(s string, none int) (int, string, bool) {
	n := 0
	for n < len(s) && s[n] >= '0' && s[n] <= '9' {
		n++
	}
	if n == 0 {
		return none, s, true
	}
	i, err := strconv.Atoi(s[:n])
	return i, s[n:], err == nil && i <= maxWidth
}

// format adds v as f says. Padding tells how long v is, so it carries v's label.
func (b *textBuilder) format(v label.Value, conv byte, how string) {
	if conv == 'r' || conv == 'a' {
		q := b.in.newText(b.at, person)
		q.repr(v)
		v = q.done()
	}
	if how == "" {
		b.str(v)
		return
	}
	f, ok := parseSpec(how)
	if !ok {
		b.in.fail(b.at, Type, "the format %.20q is not known: write a width, .digits, or one of d f s %%", how)
	}
	b.apply(v, f)
}

func (b *textBuilder) apply(v label.Value, f spec) {
	in := b.in
	in.touch(v.Own())
	body := in.newText(b.at, v.Own())
	if in.p.loose && v.Kind() == label.Text && strings.IndexByte("dfgn", f.verb) >= 0 { // "%d minutes", and it is "1 h 37 min"
		f.verb, f.prec = 's', -1
	}
	numeric := isNumber(v) && f.verb != 's' && f.verb != 'r'
	switch {
	case numeric:
		body.add(b.number(v, f), v.Own())
	case f.verb != 0 && f.verb != 's' && f.verb != 'r':
		in.fail(b.at, Type, "%%%c formats a number, not a %s", f.verb, v.Kind())
	case f.verb == 'r':
		body.repr(v)
	default:
		body.str(v)
	}
	t := body.done()
	if !numeric && f.prec >= 0 {
		if at := in.runes(b.at, t); f.prec < len(at)-1 {
			t = cut(t, 0, at[f.prec], person)
		}
	}
	pad := max(f.width-utf8.RuneCountInString(t.Str()), 0)
	l := t.All()
	align := f.align
	switch {
	case align == 0 && numeric:
		align = '>'
	case align == 0:
		align = '<'
	case align == '=' && numeric && strings.IndexByte("+- ", t.Str()[0]) >= 0:
		b.add(t.Str()[:1], l)
		t = cut(t, 1, len(t.Str()), person)
	}
	left := 0
	switch align {
	case '>', '=':
		left = pad
	case '^':
		left = pad / 2
	}
	b.add(strings.Repeat(f.fill, left), l)
	b.value(t)
	b.add(strings.Repeat(f.fill, pad-left), l)
}

func (b *textBuilder) number(v label.Value, f spec) string {
	if b.in.p.loose && f.verb == 'd' && v.Float64() != math.Trunc(v.Float64()) { // "you paid %d": all of it
		f.verb = 0
	}
	if v.Kind() == label.Float && (f.verb == 'd' || f.verb == 'x') {
		if f.verb == 'x' || math.Abs(v.Float64()) >= 1<<63 {
			b.in.fail(b.at, Type, "%%%c formats a whole number: write int(x)", f.verb)
		}
		v = label.IntOf(int64(v.Float64()), v.Own())
	}
	x, verb, prec := v.Float64(), f.verb, f.prec
	var s string
	switch {
	case verb == 'x':
		s = strconv.FormatInt(v.Int64(), 16)
	case v.Kind() == label.Int && (verb == 0 || verb == 'd' || verb == 'n'):
		s = strconv.FormatInt(v.Int64(), 10)
	case verb == 0 && prec < 0:
		s = floatText(x)
	default:
		tail := ""
		if verb == '%' {
			x, verb, tail = x*100, 'f', "%"
		}
		if verb == 0 || verb == 'n' {
			verb = 'g'
		}
		if prec < 0 {
			prec = 6
		}
		s = strconv.FormatFloat(x, strings.ToLower(string(verb))[0], prec, 64) + tail
	}
	if f.comma {
		s = thousands(s)
	}
	if s[0] != '-' && (f.sign == '+' || f.sign == ' ') {
		s = string(f.sign) + s
	}
	return s
}

func thousands(s string) string {
	start := 0
	if s[0] == '-' {
		start = 1
	}
	end := start
	for end < len(s) && s[end] >= '0' && s[end] <= '9' {
		end++
	}
	for i := end - 3; i > start; i -= 3 {
		s = s[:i] + "," + s[i:]
	}
	return s
}

// formatted is an f-string: see lexer.fstring.
func (in *interp) formatted(x *syntax.CallExpr) label.Value {
	var parts []syntax.Expr
	for i := 1; i < len(x.Args); i += 3 {
		parts = append(parts, x.Args[i])
	}
	vs := in.values(parts)
	if f, ok := in.anyFailed(x, vs...); ok {
		return f
	}
	b := in.newText(x, person)
	for i, a := range x.Args {
		switch i % 3 {
		case 0:
			b.add(a.(*syntax.Literal).Value.(string), person)
		case 1:
			how := x.Args[i+1].(*syntax.Literal).Value.(string)
			conv, how, _ := strings.Cut(how, ":")
			b.format(vs[i/3], (conv + " ")[0], how)
		}
	}
	return b.done()
}

// anyFailed finds a failure anywhere in vs.
func (in *interp) anyFailed(n syntax.Node, vs ...label.Value) (label.Value, bool) {
	all, any := person, false
	for _, v := range vs {
		e := in.deep(n, v)
		all, any = all.Join(e.all), any || e.failed
	}
	if !any {
		return label.Value{}, false
	}
	return in.failedIn(all, vs...), true
}

// percent is "…" % args. A list that is written out, or has as many items as there
// are places, fills them one by one.
func (in *interp) percent(n syntax.Node, a, args label.Value) label.Value {
	format := a.Str()
	var vs []label.Value
	named := strings.Contains(format, "%(") && args.Kind() == label.Object
	tuple := false
	if x, ok := n.(*syntax.BinaryExpr); ok {
		_, tuple = unparen(x.Y).(*syntax.TupleExpr)
	}
	places := strings.Count(strings.ReplaceAll(format, "%%", ""), "%")
	if args.Kind() == label.List && (tuple || places > 1 && len(args.Items()) == places) {
		vs = in.iterate(n, args)
	} else {
		vs = []label.Value{args}
	}
	b := in.newText(n, a.Own())
	used := 0
	for at := 0; at < len(format); {
		i := strings.IndexByte(format[at:], '%')
		if i < 0 {
			b.value(cut(a, at, len(format), person))
			break
		}
		b.value(cut(a, at, at+i, person))
		at += i + 1
		name, rest := "", format[at:]
		if named && strings.HasPrefix(rest, "(") {
			name, rest, _ = strings.Cut(rest[1:], ")")
		}
		end := strings.IndexFunc(rest, func(r rune) bool { return !strings.ContainsRune("0123456789.+- #", r) })
		if end < 0 {
			in.fail(n, Type, "a single %% ends the format: write %%%%")
		}
		verb := rest[end]
		at = len(format) - len(rest) + end + 1
		if verb == '%' {
			b.add("%", a.Own())
			continue
		}
		f, ok := percentSpec(rest[:end], verb)
		if !ok {
			in.fail(n, Type, "%%%.20s%c is not a format: write %%s, %%d or %%.2f, and %%%% for a percent sign", rest[:end], verb)
		}
		switch {
		case name != "":
			b.apply(in.field(n, args, name), f)
		case used < len(vs):
			b.apply(vs[used], f)
			used++
		default:
			in.fail(n, Type, "the format has more places than the %d values after it", len(vs))
		}
	}
	if used < len(vs) && !named {
		in.fail(n, Type, "the format has %d places for %d values", used, len(vs))
	}
	b.own = b.own.Join(args.All()) // also of a field that has no place
	return b.done()
}

func percentSpec(flags string, verb byte) (spec, bool) {
	left := strings.Contains(flags, "-")
	if verb == 'i' {
		verb = 'd'
	}
	f, ok := parseSpec(strings.ReplaceAll(strings.ReplaceAll(flags, "-", ""), "#", "") + string(rune(verb)))
	if left {
		f.align, f.fill = '<', " "
	} else if f.align == 0 {
		f.align = '>'
	}
	return f, ok && verb != '%' && verb < utf8.RuneSelf
}

// formatMethod is "…".format(…).
func (in *interp) formatMethod(n syntax.Node, a args) label.Value {
	format := a.recv.Str()
	b := in.newText(n, a.recv.Own())
	next := 0
	for at := 0; at < len(format); {
		i := strings.IndexAny(format[at:], "{}")
		if i < 0 {
			b.value(cut(a.recv, at, len(format), person))
			break
		}
		b.value(cut(a.recv, at, at+i, person))
		at += i
		if strings.HasPrefix(format[at:], "{{") || strings.HasPrefix(format[at:], "}}") {
			b.value(cut(a.recv, at, at+1, person))
			at += 2
			continue
		}
		end := strings.IndexByte(format[at:], '}')
		if format[at] == '}' || end < 0 {
			in.fail(n, Type, "a single brace in a format: write {{ or }}")
		}
		place, how, _ := strings.Cut(format[at+1:at+end], ":")
		place, conv, _ := strings.Cut(place, "!")
		v := in.place(n, a, place, &next)
		if f, ok := in.anyFailed(n, v); ok {
			return f.With(b.own)
		}
		b.format(v, (conv + " ")[0], how)
		at += end + 1
	}
	return b.done()
}

// place finds the argument that {name.field[0]} means.
func (in *interp) place(n syntax.Node, a args, path string, next *int) label.Value {
	end := strings.IndexAny(path, ".[")
	if end < 0 {
		end = len(path)
	}
	name, rest := path[:end], path[end:]
	var v label.Value
	i, err := strconv.Atoi(name)
	if name == "" {
		i, err = *next, nil
		*next++
	}
	switch named, ok := a.named[name]; {
	case ok:
		v = named
	case err != nil || i < 0 || i >= len(a.pos):
		in.fail(n, Type, "the format has a place {%.20s} that no value fills", path)
	default:
		v = a.pos[i]
	}
	for rest != "" {
		var part string
		if rest[0] == '.' {
			end := strings.IndexAny(rest[1:], ".[")
			if end < 0 {
				end = len(rest) - 1
			}
			part, rest = rest[1:end+1], rest[end+1:]
			v = in.field(n, v, part)
			continue
		}
		part, rest, _ = strings.Cut(rest[1:], "]")
		if i, err := strconv.Atoi(part); err == nil && v.Kind() == label.List {
			v = in.index(n, v, label.IntOf(int64(i), person))
		} else {
			v = in.index(n, v, label.TextOf(part, person))
		}
	}
	return v
}
