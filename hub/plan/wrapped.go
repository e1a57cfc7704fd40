package plan

import (
	"slices"

	"go.starlark.net/syntax"

	"secgpt/mediator/label"
)

// Most servers give a list in an object, {"places": […], "total": 3}, and seldom say so
// beforehand: a small model takes what they give for the list.

// unwrapped is the list that a tool's whole result holds, in a model's plan, or v itself.
// One field of the object is a list of objects, no other list has anything, and no field is
// what a thing is called or known by: of an event with its guests, or of two lists, nobody
// can tell what is meant. Either way it carries what that was decided by.
func (in *interp) unwrapped(n syntax.Node, v label.Value) label.Value {
	o := v.Origin()
	if !in.p.loose || v.Kind() != label.Object || o.How != label.Result || !o.Whole {
		return v
	}
	list, some := v, false
	l := v.Own()
	defer func() { in.touch(l) }()
	for _, f := range v.Fields() {
		l = l.Join(f.Value.Own())
		switch f.Value.Kind() {
		case label.Text, label.Int:
			if f.Name == "id" || f.Name == "number" || slices.Contains(headings, f.Name) {
				return v.With(l)
			}
		case label.List:
			items := f.Value.Items()
			in.spend(n, 0, len(items), 0)
			if len(items) == 0 && list.Kind() == label.List {
				continue
			}
			if some || slices.ContainsFunc(items, func(x label.Value) bool { return x.Kind() != label.Object }) {
				return v.With(l)
			}
			list, some = f.Value, len(items) > 0
		}
	}
	return list.With(l).Made(o)
}

// looped is what a loop goes through: the list that a whole result holds, or the lines of a
// text, where nothing is changed by them or they are a file's. No model's plan means the letters.
func (in *interp) looped(n syntax.Node, v label.Value) label.Value {
	if v.Kind() == label.Text && !failed(v) && (in.p.loose && in.p.opens || in.settled) {
		return in.splitlines(n, args{recv: v})
	}
	return in.unwrapped(n, v)
}

// byField reports whether the body of a loop over an object takes its fields by their names,
// for k in x: x[k].
func byField(s *syntax.ForStmt) (by bool) {
	of, ok := unparen(s.X).(*syntax.Ident)
	key, named := unparen(s.Vars).(*syntax.Ident)
	if !ok || !named {
		return false
	}
	for _, line := range s.Body {
		syntax.Walk(line, func(n syntax.Node) bool {
			if x, ok := n.(*syntax.IndexExpr); ok {
				of2, ok := unparen(x.X).(*syntax.Ident)
				key2, named := unparen(x.Y).(*syntax.Ident)
				by = by || ok && named && of2.Name == of.Name && key2.Name == key.Name
			}
			return !by
		})
	}
	return by
}

// overLists are the functions that read a list, so that an object holds one for them.
var overLists = map[string]bool{
	"len": true, "list": true, "tuple": true, "enumerate": true, "zip": true, "next": true, "reversed": true,
	"sorted": true, "min": true, "max": true, "any": true, "all": true,
}
