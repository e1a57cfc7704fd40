package plan

import (
	"slices"
	"strings"

	"go.starlark.net/syntax"

	"secgpt/mediator/label"
)

// mutators are the methods that change the variable they are called on.
var mutators = map[string]bool{
	"append": true, "extend": true, "insert": true, "pop": true, "remove": true, "clear": true,
	"sort": true, "reverse": true, "update": true, "setdefault": true,
}

// methods are those of texts, lists and objects together; each says itself if the
// value is of another kind.
var methods = map[string]function{
	"append":     {min: 1, max: 1, like: "xs.append(x)", moves: 1, change: appendTo},
	"extend":     {min: 1, max: 1, like: "xs.extend(ys)", change: extend},
	"insert":     {min: 2, max: 2, like: "xs.insert(0, x)", moves: 2, change: insert},
	"pop":        {min: 0, max: 2, like: "xs.pop()", moves: 2, change: pop},
	"remove":     {min: 1, max: 1, like: "xs.remove(x)", change: remove},
	"clear":      {min: 0, max: 0, like: "xs.clear()", change: clearAll},
	"sort":       {min: 0, max: 0, named: []string{"key", "reverse"}, like: "xs.sort(key = \"name\")", change: sortIt},
	"reverse":    {min: 0, max: 0, like: "xs.reverse()", change: reverse},
	"update":     {min: 1, max: 1, like: "d.update({…})", change: update},
	"setdefault": {min: 1, max: 2, like: "d.setdefault(k, x)", moves: 2, change: setdefault},

	"get":    {min: 1, max: 2, like: "d.get(\"name\", other)", shallow: true, moves: 2, run: get},
	"keys":   {min: 0, max: 0, like: "d.keys()", shallow: true, run: toKeys},
	"values": {min: 0, max: 0, like: "d.values()", shallow: true, run: toValues},
	"items":  {min: 0, max: 0, like: "d.items()", shallow: true, run: toItems},
	"copy":   {min: 0, max: 0, like: "x.copy()", shallow: true, run: func(_ *interp, _ syntax.Node, a args) label.Value { return a.recv }},

	"format":       {min: 0, max: -1, anyNames: true, like: "t.format(x)", shallow: true, moves: 1, run: textMethod((*interp).formatMethod)},
	"join":         {min: 1, max: 1, like: "\", \".join(xs)", run: textMethod((*interp).join)},
	"lower":        {min: 0, max: 0, like: "t.lower()", run: mapped("lower")},
	"upper":        {min: 0, max: 0, like: "t.upper()", run: mapped("upper")},
	"casefold":     {min: 0, max: 0, like: "t.casefold()", run: mapped("lower")},
	"title":        {min: 0, max: 0, like: "t.title()", run: textMethod((*interp).title)},
	"capitalize":   {min: 0, max: 0, like: "t.capitalize()", run: textMethod((*interp).capitalize)},
	"strip":        {min: 0, max: 1, like: "t.strip()", run: strip(true, true)},
	"lstrip":       {min: 0, max: 1, like: "t.lstrip()", run: strip(true, false)},
	"rstrip":       {min: 0, max: 1, like: "t.rstrip()", run: strip(false, true)},
	"removeprefix": {min: 1, max: 1, like: "t.removeprefix(\"Re: \")", run: textMethod((*interp).removeprefix)},
	"removesuffix": {min: 1, max: 1, like: "t.removesuffix(\".\")", run: textMethod((*interp).removesuffix)},
	"split":        {min: 0, max: 2, named: []string{"sep", "maxsplit"}, like: "t.split(\",\")", run: textMethod((*interp).split)},
	"read":         {min: 0, max: 0, like: "f.read()", run: textMethod((*interp).whole)},
	"readlines":    {min: 0, max: 0, like: "f.readlines()", run: textMethod((*interp).splitlines)},
	"splitlines":   {min: 0, max: 0, like: "t.splitlines()", run: textMethod((*interp).splitlines)},
	"partition":    {min: 1, max: 1, like: "t.partition(\":\")", run: textMethod((*interp).partition)},
	"replace":      {min: 2, max: 3, like: "t.replace(\"a\", \"b\")", run: textMethod((*interp).replace)},
	"startswith":   {min: 1, max: 1, like: "t.startswith(\"a\")", run: affix(true)},
	"endswith":     {min: 1, max: 1, like: "t.endswith(\"a\")", run: affix(false)},
	"find":         {min: 1, max: 1, like: "t.find(\"a\")", run: textMethod((*interp).find)},
	"index":        {min: 1, max: 1, like: "x.index(\"a\")", run: indexOf},
	"count":        {min: 0, max: 1, like: "x.count(\"a\")", run: countOf},
	"isdigit":      {min: 0, max: 0, like: "t.isdigit()", run: textMethod((*interp).isdigit)},
	"isalpha":      {min: 0, max: 0, like: "t.isalpha()", run: textMethod((*interp).isalpha)},
}

// changeBy runs a method that changes its variable. What it was called on failed: so
// has the variable.
func (in *interp) changeBy(x *syntax.CallExpr, t *target, result *label.Value) {
	a := args{}
	in.arguments(t, &a)
	if t.tool == "append" && in.appendFast(x, t, a.pos[0]) {
		*result = label.NullOf(person)
		return
	}
	in.update(t.recv, func(old label.Value, there bool) label.Value {
		in.mustExist(t.recv, there)
		if f, ok := in.missing(append(t.fn.needed(a), old)...); ok {
			*result = f
			return f
		}
		in.touch(old.Own())
		a.recv = old
		var changed label.Value
		changed, *result = t.fn.change(in, x, a)
		return changed
	})
}

// appendFast appends to a list in a variable without copying it each time. The room
// behind the items belongs to the variable's slot alone: see slot.read.
func (in *interp) appendFast(x *syntax.CallExpr, t *target, v label.Value) bool {
	id, ok := unparen(t.recv).(*syntax.Ident)
	if !ok {
		return false
	}
	s := in.slot(id.Name)
	if !s.set || s.fut != nil || s.v.Kind() != label.List {
		return false
	}
	old, items, ext := s.v, s.v.Items(), s.ext
	in.touch(old.Own().Join(s.taint))
	if !s.grown {
		old, ext = label.ListOf(slices.Clone(items), old.Own()), in.deep(x, old)
		in.alloc(x, len(items)*valueBytes)
	}
	e := in.deep(x, v)
	ext.nodes, ext.bytes, ext.depth = ext.nodes+e.nodes, ext.bytes+e.bytes, max(ext.depth, e.depth+1)
	if len(items) == MaxList || ext.nodes > maxValueNodes || ext.bytes-ext.nodes*valueBytes > maxValueBytes || ext.depth > MaxDepth {
		return false // the careful way finds the words for it
	}
	in.alloc(x, valueBytes)
	taint := s.taint
	in.store(id.Name, operand{v: old.Append(v, old.Own().Join(taint))})
	s.grown, s.ext = true, ext
	return true
}

func (in *interp) mustBe(n syntax.Node, v label.Value, kinds ...label.Kind) {
	if !slices.Contains(kinds, v.Kind()) {
		in.touch(v.Own())
		what := ""
		for i, k := range kinds {
			if i > 0 {
				what += " or a "
			}
			what += k.String()
		}
		in.fail(n, Type, "this works on a %s, not on a %s", what, v.Kind())
	}
}

func appendTo(in *interp, n syntax.Node, a args) (label.Value, label.Value) {
	if text, line := onlyText(a.recv), onlyText(a.pos[0]); in.p.loose && text.Kind() == label.Text {
		if failed(line) {
			return line, line
		}
		if line.Kind() == label.Text {
			return in.withLine(n, text, line), label.NullOf(person)
		}
	}
	in.mustBe(n, a.recv, label.List)
	return in.list(n, append(slices.Clone(a.recv.Items()), a.pos[0]), a.recv.Own()), label.NullOf(person)
}

// withLine is a text with one more line: a file is no list, but small models append to it.
func (in *interp) withLine(n syntax.Node, text, line label.Value) label.Value {
	b := in.newText(n, text.All().Join(line.All()))
	b.value(text)
	end := strings.HasSuffix(text.Str(), "\n")
	if !end && text.Str() != "" {
		b.add("\n", person)
	}
	b.value(line)
	if end && !strings.HasSuffix(line.Str(), "\n") {
		b.add("\n", person)
	}
	return b.done()
}

func extend(in *interp, n syntax.Node, a args) (label.Value, label.Value) {
	in.mustBe(n, a.recv, label.List)
	more := in.iterate(n, a.pos[0])
	return in.list(n, slices.Concat(a.recv.Items(), more), a.recv.Own().Join(a.pos[0].Own())), label.NullOf(person)
}

func insert(in *interp, n syntax.Node, a args) (label.Value, label.Value) {
	in.mustBe(n, a.recv, label.List)
	in.mustBe(n, a.pos[0], label.Int)
	size := int64(len(a.recv.Items()))
	at := a.pos[0].Int64()
	if at < 0 {
		at = max(at+size, 0)
	}
	items := slices.Insert(slices.Clone(a.recv.Items()), int(min(at, size)), a.pos[1])
	return in.list(n, items, a.recv.Own().Join(a.pos[0].Own())), label.NullOf(person)
}

func pop(in *interp, n syntax.Node, a args) (label.Value, label.Value) {
	in.mustBe(n, a.recv, label.List, label.Object)
	own := a.recv.Own()
	if a.recv.Kind() == label.Object {
		if len(a.pos) == 0 {
			in.fail(n, Type, "pop on an object takes a name: write d.pop(\"name\")")
		}
		name := in.key(n, a.pos[0])
		own = own.Join(a.pos[0].All())
		v, ok := a.recv.Get(name)
		if !ok {
			if len(a.pos) == 1 {
				in.fail(n, Missing, "there is no field %.40s%s", name, fieldNames(name, a.recv))
			}
			return a.recv.With(own), a.pos[1].With(own)
		}
		rest := slices.DeleteFunc(slices.Clone(a.recv.Fields()), func(f label.Field) bool { return f.Name == name })
		return in.made(n, label.ObjectOf(rest, own)), v.With(own)
	}
	at := label.IntOf(-1, person)
	if len(a.pos) > 0 {
		at = a.pos[0]
		own = own.Join(at.All())
	}
	i := in.position(n, at, len(a.recv.Items()))
	items := slices.Clone(a.recv.Items())
	v := items[i].With(own)
	return in.list(n, slices.Delete(items, i, i+1), own), v
}

func remove(in *interp, n syntax.Node, a args) (label.Value, label.Value) {
	in.mustBe(n, a.recv, label.List)
	if f, ok := in.anyFailed(n, a.recv, a.pos[0]); ok {
		return f, f
	}
	own := a.recv.All().Join(a.pos[0].All())
	items := slices.Clone(a.recv.Items())
	at := slices.IndexFunc(items, func(v label.Value) bool { return in.equal(n, v, a.pos[0]) })
	if at < 0 {
		in.fail(n, Missing, "this is not in the list: test it with in before")
	}
	return in.list(n, slices.Delete(items, at, at+1), own), label.NullOf(own)
}

func clearAll(in *interp, n syntax.Node, a args) (label.Value, label.Value) {
	in.mustBe(n, a.recv, label.List, label.Object)
	if a.recv.Kind() == label.Object {
		return label.ObjectOf(nil, a.recv.Own()), label.NullOf(person)
	}
	return label.ListOf(nil, a.recv.Own()), label.NullOf(person)
}

func sortIt(in *interp, n syntax.Node, a args) (label.Value, label.Value) {
	in.mustBe(n, a.recv, label.List)
	items, own, ok := in.sort(n, a.recv, a)
	if !ok {
		return items[0], items[0]
	}
	return in.list(n, items, own), label.NullOf(person)
}

func reverse(in *interp, n syntax.Node, a args) (label.Value, label.Value) {
	in.mustBe(n, a.recv, label.List)
	items := slices.Clone(a.recv.Items())
	slices.Reverse(items)
	return in.list(n, items, a.recv.Own()), label.NullOf(person)
}

func update(in *interp, n syntax.Node, a args) (label.Value, label.Value) {
	in.mustBe(n, a.recv, label.Object)
	in.mustBe(n, a.pos[0], label.Object)
	return in.merge(n, a.recv, a.pos[0]), label.NullOf(person)
}

func setdefault(in *interp, n syntax.Node, a args) (label.Value, label.Value) {
	in.mustBe(n, a.recv, label.Object)
	name := in.key(n, a.pos[0])
	own := a.recv.Own().Join(a.pos[0].All())
	if v, ok := a.recv.Get(name); ok {
		return a.recv.With(own), v.With(own)
	}
	v := label.NullOf(person)
	if len(a.pos) == 2 {
		v = a.pos[1]
	}
	b := &objectBuilder{in: in, at: n, own: own, fields: slices.Clone(a.recv.Fields())}
	b.put(label.TextOf(name, own), v)
	return b.value(), v.With(own)
}

func get(in *interp, n syntax.Node, a args) label.Value {
	if v := a.recv; v.Kind() == label.List && len(v.Items()) == 1 { // of the one item: see ofList
		a.recv = v.Items()[0].With(v.Own())
	}
	in.mustBe(n, a.recv, label.Object)
	l := a.recv.Own().Join(a.pos[0].All())
	if v, ok := a.recv.Get(in.key(n, a.pos[0])); ok {
		return v.With(l)
	}
	if len(a.pos) == 2 {
		return a.pos[1].With(l)
	}
	return label.NullOf(l)
}

func toKeys(in *interp, n syntax.Node, a args) label.Value {
	in.mustBe(n, a.recv, label.Object)
	return in.list(n, in.iterate(n, a.recv), a.recv.Own())
}

func toValues(in *interp, n syntax.Node, a args) label.Value {
	if a.recv.Kind() == label.List {
		return a.recv
	}
	in.mustBe(n, a.recv, label.Object)
	var vs []label.Value
	for _, f := range a.recv.Fields() {
		vs = append(vs, f.Value.With(a.recv.Own()))
	}
	return in.list(n, vs, a.recv.Own())
}

func toItems(in *interp, n syntax.Node, a args) label.Value {
	if a.recv.Kind() == label.List {
		return a.recv
	}
	in.mustBe(n, a.recv, label.Object)
	own := a.recv.Own()
	var rows []label.Value
	for _, f := range a.recv.Fields() {
		rows = append(rows, label.ListOf([]label.Value{label.TextOf(f.Name, own), f.Value.With(own)}, own))
	}
	return in.list(n, rows, own)
}
