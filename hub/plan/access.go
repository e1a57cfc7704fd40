package plan

import (
	"slices"
	"strconv"
	"strings"
	"unicode"

	"go.starlark.net/syntax"

	"secgpt/mediator/label"
)

// Whatever is taken out of a list or an object also carries its own label: which
// item is the first depends on the order, and whether a field is there on the set.

// iterate gives the items of a list, or the names of an object's fields.
func (in *interp) iterate(n syntax.Node, v label.Value) []label.Value {
	in.touch(v.Own())
	switch v.Kind() {
	case label.List:
		items := make([]label.Value, len(v.Items()))
		for i, x := range v.Items() {
			items[i] = x.With(v.Own())
		}
		in.alloc(n, len(items)*valueBytes)
		return items
	case label.Object:
		var names []label.Value
		for _, f := range v.Fields() {
			names = append(names, label.TextOf(f.Name, v.Own()))
		}
		in.alloc(n, len(names)*valueBytes)
		return names
	case label.Text:
		in.fail(n, Type, "a text is no list: take its lines with .splitlines() or its words with .split()")
	}
	in.fail(n, Type, "a %s is no list: it can't be looped over", v.Kind())
	return nil
}

// field is x.name.
func (in *interp) field(n syntax.Node, v label.Value, name string) label.Value {
	if failed(v) {
		return v
	}
	in.touch(v.Own())
	what := "this"
	if d, ok := n.(*syntax.DotExpr); ok {
		if r := root(d.X); r != nil {
			what = r.Name
		}
	}
	switch v.Kind() {
	case label.Object:
		if x, ok := v.Get(name); ok {
			return x.With(v.Own())
		}
		if in.settled && slices.Contains(contents, name) && !slices.ContainsFunc(v.Fields(), func(f label.Field) bool { return slices.Contains(contents, f.Name) }) {
			return v
		}
		if x, ok := in.heading(v, name); ok {
			return x
		}
		if list := in.unwrapped(n, v); list.Kind() == label.List {
			if x, ok := in.ofList(n, list, name); ok {
				return x
			}
		}
		in.fail(n, Missing, "there is no field %s%s", name, fieldNames(name, v))
	case label.List:
		if x, ok := in.ofList(n, v, name); ok {
			return x
		}
		in.fail(n, Type, "%s is a list of %d: take one with %s[0].%s, or loop, for x in %s", what, len(v.Items()), what, name, what)
	case label.Text:
		if in.p.loose && slices.Contains(contents, name) {
			return v
		}
	case label.Null:
		in.fail(n, Missing, "%s is nothing (None), so it has no field %s: test it with if before", what, name)
	}
	in.fail(n, Type, "%s is a %s, so it has no field %s: use it as it is", what, v.Kind(), name)
	return v
}

// heading is what a thing is called, for a model's plan that takes its title where it has a
// name: the one of those fields that it has.
func (in *interp) heading(v label.Value, name string) (label.Value, bool) {
	if !in.settled || !slices.Contains(headings[:maxCalled], name) {
		return label.Value{}, false
	}
	found, own, n := label.Value{}, v.Own(), 0
	for _, h := range headings[:maxCalled] {
		if x, ok := v.Get(h); ok {
			if own = own.Join(x.Own()); x.Kind() == label.Text {
				found, n = x, n+1
			}
		}
	}
	in.touch(own)
	return found.With(own), n == 1
}

// listFields are what some take for fields of a list: its length, and itself.
var listFields = map[string]bool{
	"items": true, "results": true, "data": true, "list": true, "entries": true, "values": true, "length": true, "count": true, "size": true,
}

// ofList is what is plainly meant by a field of a list: of its one item, or the list
// itself, which some take for an object that holds it.
func (in *interp) ofList(n syntax.Node, v label.Value, name string) (label.Value, bool) {
	own := v.Own()
	if len(v.Items()) == 1 {
		item := v.Items()[0].With(own)
		own = item.Own() // whether it has such a field decides too
		in.touch(own)
		if item.Kind() == label.Object {
			if x, ok := item.Get(name); ok {
				return x.With(item.Own()), true
			}
		}
	}
	switch {
	case !listFields[name]:
	case name == "length" || name == "count" || name == "size":
		return label.IntOf(int64(len(v.Items())), own), true
	default:
		return v.With(own), true
	}
	if o := v.Origin(); len(v.Items()) == 0 && o.How == label.Result {
		return in.foundNothing(n, o, own), true
	}
	return v, false
}

// foundNothing stands in the place of an item of an empty result: that step failed, and the
// rest of the plan goes on where it can.
func (in *interp) foundNothing(n syntax.Node, o label.Origin, l label.Label) label.Value {
	line, _ := in.p.where(place(n))
	in.touch(l)
	l = l.Join(in.ctl)
	err := &CallError{App: string(o.App), Tool: o.Tool, Line: line, Err: ErrNothing, Label: l}
	if o.Whole {
		err.Call = o.Call
	}
	for _, e := range in.failures {
		if before, ok := e.(*CallError); ok && before.Error() == err.Error() { // which need not be said twice
			before.Label = before.Label.Join(l)
			return failure(string(o.App), o.Tool, l)
		}
	}
	in.failures = append(in.failures, err)
	return failure(string(o.App), o.Tool, l)
}

// fieldNames quotes an app's words, so it says no more of them than it must.
func fieldNames(name string, v label.Value) string {
	var names []string
	for _, f := range v.Fields() {
		names = append(names, fieldName(f.Name))
	}
	if len(names) == 0 {
		return ": the object is empty"
	}
	if len(names) > 12 {
		names = append(names[:12], "…")
	}
	if n := Nearest(name, names); n != "" {
		return ": did you mean " + n + "? There is " + strings.Join(names, ", ")
	}
	return ": there is " + strings.Join(names, ", ")
}

// fieldName is the name of a field as one word of a sentence of ours.
func fieldName(n string) string {
	if len(n) > 40 {
		n = strings.ToValidUTF8(n[:40], "") + "…"
	}
	if strings.ContainsFunc(n, func(r rune) bool { return r != '_' && !unicode.IsLetter(r) && !unicode.IsDigit(r) }) {
		n = strconv.Quote(n) // so that it can't go on in our words
	}
	return n
}

// index is x[i].
func (in *interp) index(n syntax.Node, v, i label.Value) label.Value {
	if f, ok := in.missing(v, i); ok {
		return f
	}
	if i.Kind() == label.Int {
		v = in.unwrapped(n, v)
	}
	l := v.Own().Join(i.All())
	switch v.Kind() {
	case label.Object:
		if i.Kind() == label.Int && (i.Int64() == 0 || i.Int64() == -1) {
			return v.With(l) // one thing, where a list of one was thought of
		}
		return in.field(n, v, in.key(n, i)).With(l)
	case label.List:
		if i.Kind() == label.Text && len(v.Items()) == 1 {
			in.touch(i.All())
			return in.field(n, v, i.Str()).With(l)
		}
		if o := v.Origin(); len(v.Items()) == 0 && o.How == label.Result {
			return in.foundNothing(n, o, l)
		}
		return v.Items()[in.position(n, i, len(v.Items()))].With(l)
	case label.Text:
		runes := in.runes(n, v)
		at := in.position(n, i, len(runes)-1)
		return cut(v, runes[at], runes[at+1], l)
	}
	in.fail(n, Type, "a %s has nothing to take with [ ]", v.Kind())
	return v
}

// missing finds the first of vs that failed; the result carries all their labels.
func (in *interp) missing(vs ...label.Value) (label.Value, bool) {
	at := slices.IndexFunc(vs, failed)
	if at < 0 {
		return label.Value{}, false
	}
	f := vs[at]
	for _, v := range vs {
		f = f.With(v.All())
	}
	return f, true
}

// key is the name of a field, given as a value.
func (in *interp) key(n syntax.Node, k label.Value) string {
	in.touch(k.All())
	if k.Kind() != label.Text {
		in.fail(n, Type, "a field's name is a text, not a %s: write str(k)", k.Kind())
	}
	return k.Str()
}

// position reads an index into something that is size long.
func (in *interp) position(n syntax.Node, i label.Value, size int) int {
	in.touch(i.All())
	if i.Kind() == label.Text {
		in.fail(n, Type, "this is a list of %d: take one of it first, x[0][%q], or loop over it", size, i.Str()[:min(len(i.Str()), 40)])
	}
	if i.Kind() != label.Int {
		in.fail(n, Type, "an index is a whole number, not a %s", i.Kind())
	}
	at := i.Int64()
	if at < 0 {
		at += int64(size)
	}
	if at < 0 || at >= int64(size) {
		if size == 0 {
			in.fail(n, Missing, "there is nothing in it, so there is no item %d: test it with if before", i.Int64())
		}
		in.fail(n, Missing, "there is no item %d: there are %d", i.Int64(), size)
	}
	return int(at)
}

// slice is x[lo:hi:step].
func (in *interp) slice(x *syntax.SliceExpr) label.Value {
	v := in.unwrapped(x, in.value(x.X))
	parts := make([]label.Value, 3)
	for i, e := range []syntax.Expr{x.Lo, x.Hi, x.Step} {
		parts[i] = label.NullOf(person)
		if e != nil {
			parts[i] = in.value(e)
		}
	}
	if f, ok := in.missing(v, parts[0], parts[1], parts[2]); ok {
		return f
	}
	l := v.Own()
	for _, p := range parts {
		l = l.Join(p.All())
		if k := p.Kind(); k != label.Int && k != label.Null {
			in.fail(x, Type, "a slice goes from one whole number to another, not to a %s", k)
		}
	}
	switch v.Kind() {
	case label.List:
		var items []label.Value
		for _, i := range in.span(x, parts, len(v.Items())) {
			items = append(items, v.Items()[i])
		}
		return in.list(x, items, l)
	case label.Text:
		runes := in.runes(x, v)
		at := in.span(x, parts, len(runes)-1)
		if step := parts[2]; len(at) > 0 && (step.Kind() == label.Null || step.Int64() == 1) {
			return cut(v, runes[at[0]], runes[at[len(at)-1]+1], l)
		}
		b := in.newText(x, l)
		for _, i := range at {
			b.value(cut(v, runes[i], runes[i+1], l))
		}
		return b.done()
	}
	in.fail(x, Type, "a %s has nothing to take with [ : ]", v.Kind())
	return v
}

// span lists the positions that a slice takes, by Python's rules.
func (in *interp) span(n syntax.Node, parts []label.Value, size int) []int {
	step := int64(1)
	if parts[2].Kind() == label.Int {
		step = parts[2].Int64()
	}
	if step == 0 {
		in.fail(n, Type, "the step of a slice can't be 0")
	}
	low, high := int64(0), int64(size)
	if step < 0 {
		low, high = -1, int64(size)-1
	}
	bound := func(p label.Value, none int64) int64 {
		if p.Kind() == label.Null {
			return none
		}
		i := p.Int64()
		if i < 0 {
			i += int64(size)
		}
		return min(max(i, low), high)
	}
	from, to := low, high
	if step < 0 {
		from, to = high, low
	}
	from, to = bound(parts[0], from), bound(parts[1], to)
	in.spend(n, 0, size, 0)
	var at []int
	// A step past the end ends the slice; comparing distances can't overflow.
	for i := from; step > 0 && i < to || step < 0 && i > to; i += step {
		at = append(at, int(i))
		if step > 0 && step >= to-i || step < 0 && step <= to-i {
			break
		}
	}
	return at
}
