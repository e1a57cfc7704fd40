package plan

import (
	"slices"

	"go.starlark.net/syntax"

	"secgpt/mediator/label"
)

// update changes a place: a variable, or a field or item in one. Everything on the
// way is made anew, so the change is seen through this variable alone; each carries
// the label of the index by which it was found.
func (in *interp) update(x syntax.Expr, f func(old label.Value, there bool) label.Value) {
	switch x := unparen(x).(type) {
	case *syntax.Ident:
		s := in.slot(x.Name)
		old := label.NullOf(s.taint)
		in.touch(s.taint)
		there := s.set
		if there {
			old = in.load(s)
		}
		in.store(x.Name, operand{v: f(old, there)})
	case *syntax.DotExpr:
		in.updateIn(x, x.X, label.TextOf(x.Name.Name, person), f)
	case *syntax.IndexExpr:
		in.updateIn(x, x.X, in.value(x.Y), f)
	}
}

func (in *interp) updateIn(n syntax.Node, parent syntax.Expr, k label.Value, f func(label.Value, bool) label.Value) {
	in.update(parent, func(v label.Value, there bool) label.Value {
		in.mustExist(parent, there)
		if m, ok := in.missing(v, k); ok {
			return m
		}
		in.touch(v.Own())
		own := v.Own().Join(k.All())
		switch v.Kind() {
		case label.List:
			at := in.position(n, k, len(v.Items()))
			items := slices.Clone(v.Items())
			items[at] = f(items[at].With(own), true)
			return in.list(n, items, own)
		case label.Object:
			name := in.key(n, k)
			old, there := v.Get(name)
			b := &objectBuilder{in: in, at: n, own: own, fields: slices.Clone(v.Fields())}
			if there {
				old = old.With(own)
			} else {
				old = label.NullOf(own)
			}
			b.put(label.TextOf(name, own), f(old, there))
			return b.value()
		}
		in.fail(n, Type, "a %s has no places to assign to", v.Kind())
		return v
	})
}

func (in *interp) mustExist(x syntax.Expr, there bool) {
	if !there {
		in.fail(x, Missing, "this has no value yet: assign it before")
	}
}

// An objectBuilder collects fields; a name that comes twice keeps its place and
// gets the later value.
type objectBuilder struct {
	in     *interp
	at     syntax.Node
	own    label.Label
	fields []label.Field
	places map[string]int
	failed *label.Value
}

func (b *objectBuilder) put(k, v label.Value) {
	if failed(k) {
		b.failed = &k
		return
	}
	name := b.in.key(b.at, k)
	b.own = b.own.Join(k.All())
	if b.places == nil {
		b.places = make(map[string]int, len(b.fields))
		b.in.spend(b.at, 0, len(b.fields), 0)
		for i, f := range b.fields {
			b.places[f.Name] = i
		}
	}
	if i, ok := b.places[name]; ok {
		b.fields[i].Value = v
		return
	}
	b.places[name] = len(b.fields)
	b.fields = append(b.fields, label.Field{Name: name, Value: v})
}

func (b *objectBuilder) value() label.Value {
	if b.failed != nil {
		return b.failed.With(b.own)
	}
	return b.in.made(b.at, label.ObjectOf(b.fields, b.own))
}
