package plan

import (
	"math"
	"slices"
	"strconv"
	"strings"

	"go.starlark.net/syntax"

	"secgpt/mediator/label"
)

// A function is a built-in function or a method of a value.
type function struct {
	min, max int // positional arguments; max < 0: any number
	named    []string
	anyNames bool   // takes every named argument
	like     string // how a call of it looks
	// shallow functions look at parts of their arguments themselves, if at all: a failed
	// part is no obstacle to them.
	shallow bool
	// moves, if not 0: from the moves-th positional argument on they are only put
	// somewhere, or used if need be, and can themselves have failed.
	moves int
	run   func(in *interp, n syntax.Node, a args) label.Value
	// change is set instead of run where the method changes its variable.
	change func(in *interp, n syntax.Node, a args) (changed, result label.Value)
}

// args are the arguments of a call of a function, evaluated.
type args struct {
	recv  label.Value
	pos   []label.Value
	named map[string]label.Value
	// key is what key = … makes of an item, or nil.
	key func(label.Value) label.Value
}

// opt is the argument at place i, or by that name, or none.
func (a args) opt(i int, name string) (label.Value, bool) {
	if v, ok := a.named[name]; ok && name != "" {
		return v, true
	}
	if i < len(a.pos) {
		return a.pos[i], true
	}
	return label.Value{}, false
}

var builtins = map[string]function{
	"len":       {min: 1, max: 1, like: "len(x)", shallow: true, run: length},
	"str":       {min: 1, max: 1, like: "str(x)", run: func(in *interp, n syntax.Node, a args) label.Value { return in.text(n, a.pos[0]) }},
	"repr":      {min: 1, max: 1, like: "repr(x)", run: reprOf},
	"int":       {min: 1, max: 1, like: "int(x)", run: toInt},
	"float":     {min: 1, max: 1, like: "float(x)", run: toFloat},
	"bool":      {min: 1, max: 1, like: "bool(x)", shallow: true, run: toBool},
	"list":      {min: 0, max: 1, like: "list(x)", shallow: true, run: toList},
	"tuple":     {min: 0, max: 1, like: "tuple(x)", shallow: true, run: toList},
	"dict":      {min: 0, max: 1, named: nil, like: "dict(pairs)", shallow: true, run: toDict},
	"range":     {min: 1, max: 3, like: "range(n)", run: rangeOf},
	"enumerate": {min: 1, max: 2, named: []string{"start"}, like: "enumerate(xs)", shallow: true, run: enumerate},
	"zip":       {min: 1, max: -1, like: "zip(xs, ys)", shallow: true, run: zip},
	"set":       {min: 0, max: 1, like: "set(xs)", run: toSet},
	"next":      {min: 1, max: 2, like: "next(xs, None)", shallow: true, moves: 2, run: nextOf},
	"reversed":  {min: 1, max: 1, like: "reversed(xs)", shallow: true, run: reversed},
	"sorted":    {min: 1, max: 1, named: []string{"key", "reverse"}, like: "sorted(xs, key = \"name\")", shallow: true, run: sorted},
	calledName:  {min: 2, max: 2, like: "called(xs, \"name\")", shallow: true, run: called},
	closestName: {min: 3, max: 3, like: "closest(xs, \"title\", \"words\")", shallow: true, run: closest},
	titledName:  {min: 2, max: 2, like: "titled(xs, \"words\")", shallow: true, run: titled},
	mostlyName:  {min: 2, max: 3, like: "mostly(xs, \"words\")", shallow: true, run: mostly},
	bestName:    {min: 2, max: 2, like: "best(xs, \"words\")", shallow: true, run: best},
	"min":       {min: 1, max: -1, named: []string{"key", "default"}, like: "min(xs)", shallow: true, run: least(-1)},
	"max":       {min: 1, max: -1, named: []string{"key", "default"}, like: "max(xs)", shallow: true, run: least(1)},
	"sum":       {min: 1, max: 2, named: []string{"start"}, like: "sum(xs)", run: sum},
	"any":       {min: 1, max: 1, like: "any(xs)", shallow: true, run: anyAll(true)},
	"all":       {min: 1, max: 1, like: "all(xs)", shallow: true, run: anyAll(false)},
	"abs":       {min: 1, max: 1, like: "abs(x)", run: abs},
	"round":     {min: 1, max: 2, named: []string{"ndigits"}, like: "round(x, 2)", run: round},
}

// function runs a built-in function or a method.
func (in *interp) function(x *syntax.CallExpr, t *target) label.Value {
	if t.fn.change != nil {
		var result label.Value
		in.changeBy(x, t, &result)
		return result
	}
	a := args{named: map[string]label.Value{}}
	if t.kind == methodCall {
		if a.recv = in.value(t.recv); ofTexts[t.tool] {
			a.recv = theText(a.recv)
		}
	}
	in.arguments(t, &a)
	if t.kind == builtinCall && overLists[t.tool] {
		for i, v := range a.pos {
			if i == 0 || t.tool == "zip" {
				a.pos[i] = in.unwrapped(x, v)
			}
		}
	}
	all := t.fn.needed(a)
	if t.kind == methodCall {
		all = append(all, a.recv)
	}
	if f, ok := in.missing(all...); ok {
		return f
	}
	if !t.fn.shallow {
		if f, ok := in.anyFailed(x, all...); ok {
			return f
		}
	}
	return t.fn.run(in, x, a)
}

// needed are the arguments without which there is no result. What decides that there
// is none must be in the label of the result that there would have been: each
// function joins at least the own labels of these.
func (f function) needed(a args) []label.Value {
	vs := a.pos
	if f.moves > 0 {
		vs = vs[:min(f.moves-1, len(vs))]
	}
	vs = slices.Clone(vs)
	for _, name := range f.named {
		if v, ok := a.named[name]; ok && name != "default" && !f.anyNames {
			vs = append(vs, v)
		}
	}
	return vs
}

func (in *interp) arguments(t *target, a *args) {
	a.pos = in.values(t.values)
	if a.named == nil {
		a.named = map[string]label.Value{}
	}
	for _, name := range t.fn.named {
		x, ok := t.named[name]
		if !ok {
			continue
		}
		if name == "key" {
			a.key = in.keyFunc(x)
			continue
		}
		a.named[name] = in.value(x)
	}
}

// keyFunc makes key = lambda x: …, key = "field" or key = None a function. That there is
// no key decides over the order as a key does.
func (in *interp) keyFunc(x syntax.Expr) func(label.Value) label.Value {
	l, ok := unparen(x).(*syntax.LambdaExpr)
	if !ok {
		name := in.value(x)
		if name.Kind() == label.Null && !failed(name) {
			return func(v label.Value) label.Value { return v.With(name.Own()) }
		}
		return func(v label.Value) label.Value { return in.index(x, v, name) }
	}
	param := l.Params[0].(*syntax.Ident).Name
	return func(v label.Value) label.Value {
		up := in.locals
		in.locals = &locals{slots: map[string]*slot{param: {taint: person}}, up: up}
		in.store(param, operand{v: v})
		k := in.value(l.Body)
		in.locals = up
		return k
	}
}

func length(in *interp, n syntax.Node, a args) label.Value {
	v := a.pos[0]
	switch v.Kind() {
	case label.List:
		return label.IntOf(int64(len(v.Items())), v.Own())
	case label.Object:
		return label.IntOf(int64(len(v.Fields())), v.Own())
	case label.Text:
		in.spend(n, 0, 0, len(v.Str()))
		return label.IntOf(runeIndex(v.Str(), len(v.Str())), v.All())
	}
	in.fail(n, Type, "a %s has no length", v.Kind())
	return v
}

func reprOf(in *interp, n syntax.Node, a args) label.Value {
	b := in.newText(n, person)
	b.repr(a.pos[0])
	return b.done()
}

func toInt(in *interp, n syntax.Node, a args) label.Value {
	v := a.pos[0]
	switch v.Kind() {
	case label.Int:
		return label.IntOf(v.Int64(), v.Own())
	case label.Bool:
		return label.IntOf(int64(btoi(v.IsTrue())), v.Own())
	case label.Float:
		if f := math.Trunc(v.Float64()); math.Abs(f) < 1<<63 {
			return label.IntOf(int64(f), v.Own())
		}
		in.fail(n, Limit, "the number does not fit into 64 bits")
	case label.Text:
		in.touch(v.All())
		i, err := strconv.ParseInt(strings.TrimSpace(v.Str()), 10, 64)
		if err != nil {
			in.fail(n, Type, "the text %.40q is not a whole number", v.Str())
		}
		return label.IntOf(i, v.All())
	}
	in.fail(n, Type, "a %s is not a number", v.Kind())
	return v
}

func toFloat(in *interp, n syntax.Node, a args) label.Value {
	v := a.pos[0]
	switch v.Kind() {
	case label.Int, label.Float:
		return label.FloatOf(v.Float64(), v.Own())
	case label.Text:
		in.touch(v.All())
		f, err := strconv.ParseFloat(strings.TrimSpace(v.Str()), 64)
		if err != nil {
			in.fail(n, Type, "the text %.40q is not a number", v.Str())
		}
		return in.float(n, f, v.All())
	}
	in.fail(n, Type, "a %s is not a number", v.Kind())
	return v
}

func toBool(_ *interp, _ syntax.Node, a args) label.Value {
	return label.BoolOf(truth(a.pos[0]), truthLabel(a.pos[0]))
}

func toList(in *interp, n syntax.Node, a args) label.Value {
	if len(a.pos) == 0 {
		return label.ListOf(nil, person)
	}
	return in.list(n, in.iterate(n, a.pos[0]), a.pos[0].Own())
}

func toDict(in *interp, n syntax.Node, a args) label.Value {
	if len(a.pos) == 0 {
		return label.ObjectOf(nil, person)
	}
	v := a.pos[0]
	b := &objectBuilder{in: in, at: n, own: v.Own()}
	if v.Kind() == label.Object {
		b.fields = slices.Clone(v.Fields())
		return b.value()
	}
	for _, pair := range in.iterate(n, v) {
		if failed(pair) {
			return pair.With(v.Own())
		}
		kv := in.iterate(n, pair)
		if len(kv) != 2 {
			in.fail(n, Type, "dict takes pairs of a name and a value")
		}
		b.own = b.own.Join(pair.Own())
		b.put(kv[0], kv[1])
	}
	return b.value()
}

func rangeOf(in *interp, n syntax.Node, a args) label.Value {
	from, to, step, l := int64(0), int64(0), int64(1), person
	for i, v := range a.pos {
		if v.Kind() != label.Int {
			in.fail(n, Type, "range takes whole numbers, not a %s", v.Kind())
		}
		l = l.Join(v.Own())
		switch {
		case i == 0 && len(a.pos) == 1, i == 1:
			to = v.Int64()
		case i == 0:
			from = v.Int64()
		default:
			step = v.Int64()
		}
	}
	if step == 0 {
		in.fail(n, Type, "the step of a range can't be 0")
	}
	var items []label.Value
	for i := from; step > 0 && i < to || step < 0 && i > to; i += step {
		if len(items) == MaxList {
			in.fail(n, Limit, "a range has %d numbers at most", MaxList)
		}
		items = append(items, label.IntOf(i, person))
		if step > 0 && i > math.MaxInt64-step || step < 0 && i < math.MinInt64-step {
			break
		}
	}
	// Which numbers these are says what the bounds were: the list's own label has it,
	// and each item gets that when it is taken out.
	return in.list(n, items, l)
}

func enumerate(in *interp, n syntax.Node, a args) label.Value {
	start := label.IntOf(0, person)
	if v, ok := a.opt(1, "start"); ok {
		if start = v; v.Kind() != label.Int || v.Int64() < 0 || v.Int64() > MaxList {
			in.fail(n, Type, "enumerate starts at a whole number from 0 to %d", MaxList)
		}
	}
	own := a.pos[0].Own().Join(start.Own())
	var items []label.Value
	for i, v := range in.iterate(n, a.pos[0]) {
		items = append(items, label.ListOf([]label.Value{label.IntOf(start.Int64()+int64(i), own), v}, own))
	}
	return in.list(n, items, own)
}

func zip(in *interp, n syntax.Node, a args) label.Value {
	own, size := person, MaxList
	lists := make([][]label.Value, len(a.pos))
	for i, v := range a.pos {
		lists[i] = in.iterate(n, v)
		own = own.Join(v.Own())
		size = min(size, len(lists[i]))
	}
	items := make([]label.Value, size)
	for i := range items {
		row := make([]label.Value, len(lists))
		for j := range lists {
			row[j] = lists[j][i]
		}
		items[i] = label.ListOf(row, own)
	}
	return in.list(n, items, own)
}

// toSet is the list with each value once. Which are left depends on all.
func toSet(in *interp, n syntax.Node, a args) label.Value {
	if len(a.pos) == 0 {
		return label.ListOf(nil, person)
	}
	var items []label.Value
	for _, v := range in.iterate(n, a.pos[0]) {
		if !slices.ContainsFunc(items, func(w label.Value) bool { return in.equal(n, v, w) }) {
			items = append(items, v)
		}
	}
	return in.list(n, items, a.pos[0].All())
}

// nextOf is the first item of a list, or what is given for an empty one.
func nextOf(in *interp, n syntax.Node, a args) label.Value {
	own := a.pos[0].Own()
	items := in.iterate(n, a.pos[0])
	switch {
	case len(items) > 0:
		return items[0]
	case len(a.pos) == 2:
		return a.pos[1].With(own)
	}
	in.fail(n, Missing, "there is nothing in it to take: write next(xs, None)")
	return a.pos[0]
}

func reversed(in *interp, n syntax.Node, a args) label.Value {
	items := in.iterate(n, a.pos[0])
	slices.Reverse(items)
	return in.list(n, items, a.pos[0].Own())
}
