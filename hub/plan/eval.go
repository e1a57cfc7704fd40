package plan

import (
	"slices"

	"go.starlark.net/syntax"

	"secgpt/mediator/label"
)

// An operand is a value, or a read that is under way and becomes one.
type operand struct {
	v    label.Value
	fut  *future
	with label.Label // joined to the future's value
}

func (o operand) label() label.Label {
	if o.fut == nil {
		return person
	}
	return o.with
}

// force waits for the operand's value.
func (in *interp) force(o operand) label.Value {
	v := o.v
	if o.fut != nil {
		v = in.await(o.fut).With(o.label())
	}
	in.touch(v.Own())
	return v
}

// value evaluates x and waits for it.
func (in *interp) value(x syntax.Expr) label.Value { return in.force(in.eval(x)) }

// values evaluates all of xs before it waits for the first: reads among them run
// side by side.
func (in *interp) values(xs []syntax.Expr) []label.Value {
	ops := make([]operand, len(xs))
	for i, x := range xs {
		ops[i] = in.eval(x)
	}
	return in.forceAll(ops)
}

func (in *interp) forceAll(ops []operand) []label.Value {
	vs := make([]label.Value, len(ops))
	for i, o := range ops {
		vs[i] = in.force(o)
	}
	return vs
}

// eval evaluates x. Only a tool's result, and a variable that holds one, can still
// be under way.
func (in *interp) eval(x syntax.Expr) operand {
	in.spend(x, 1, 0, 0)
	switch x := x.(type) {
	case *syntax.ParenExpr:
		return in.eval(x.X)
	case *syntax.Ident:
		if v, ok := in.constant(x); ok {
			return operand{v: v}
		}
		return in.variable(x)
	case *syntax.CallExpr:
		return in.call(x, in.p.targets[x])
	}
	v := in.compute(x)
	in.touch(v.Own())
	return operand{v: v}
}

// constant reads a name that stands for itself, unless a variable has it.
func (in *interp) constant(id *syntax.Ident) (label.Value, bool) {
	_, isBool := constants[id.Name]
	if !isBool && id.Name != "None" && id.Name != "null" || slices.Contains(in.p.all, id.Name) {
		return label.Value{}, false
	}
	if isBool {
		return label.BoolOf(id.Name[0] == 'T' || id.Name[0] == 't', person), true
	}
	return label.NullOf(person), true
}

func (in *interp) compute(x syntax.Expr) label.Value {
	switch x := x.(type) {
	case *syntax.Literal:
		switch v := x.Value.(type) {
		case string:
			return label.TextOf(v, person)
		case int64:
			return label.IntOf(v, person)
		case float64:
			return label.FloatOf(v, person)
		}
	case *syntax.ListExpr, *syntax.TupleExpr:
		return in.list(x, in.values(elements(x)), person)
	case *syntax.DictExpr:
		return in.dict(x)
	case *syntax.DotExpr:
		if r, ok := in.p.reads[x]; ok {
			return in.taken(x, r)
		}
		return in.field(x, in.value(x.X), x.Name.Name)
	case *syntax.IndexExpr:
		if r, ok := in.p.reads[x]; ok {
			return in.taken(x, r)
		}
		v := in.value(x.X)
		return in.index(x, v, in.value(x.Y))
	case *syntax.SliceExpr:
		return in.slice(x)
	case *syntax.UnaryExpr:
		return in.unary(x, in.value(x.X))
	case *syntax.BinaryExpr:
		if x.Op == syntax.AND || x.Op == syntax.OR {
			return in.shortcut(x)
		}
		ab := in.values([]syntax.Expr{x.X, x.Y})
		return in.binary(x, x.Op, ab[0], ab[1])
	case *syntax.CondExpr:
		cond := in.value(x.Cond)
		return in.region(x, truthLabel(cond), func() label.Value {
			switch {
			case failed(cond):
				in.spoil(in.p.changes[x], cond)
				return cond
			case truth(cond):
				return in.value(x.True)
			}
			return in.value(x.False)
		})
	case *syntax.Comprehension:
		return in.comprehension(x)
	}
	in.fail(x, Syntax, "this is not part of the plan language")
	return label.Value{}
}

// shortcut is and, or: the first value decides whether the second is looked at.
func (in *interp) shortcut(x *syntax.BinaryExpr) label.Value {
	a := in.value(x.X)
	return in.region(x, truthLabel(a), func() label.Value {
		switch {
		case failed(a):
			in.spoil(in.p.changes[x], a)
			return a
		case truth(a) == (x.Op == syntax.AND):
			return in.value(x.Y)
		}
		return a
	})
}

func (in *interp) dict(x *syntax.DictExpr) label.Value {
	var parts []syntax.Expr
	for _, e := range x.List {
		e := e.(*syntax.DictEntry)
		parts = append(parts, e.Key, e.Value)
	}
	vs := in.values(parts)
	b := &objectBuilder{in: in, at: x, own: person}
	for i := 0; i < len(vs); i += 2 {
		b.put(vs[i], vs[i+1])
	}
	return b.value()
}

// comprehension is a loop that makes a value: every condition and every list in it
// decides what is there. All of its reads run side by side.
func (in *interp) comprehension(x *syntax.Comprehension) label.Value {
	c := &comprehension{in: in, x: x, own: person}
	outer, up := in.ctl, in.locals
	in.locals = &locals{slots: map[string]*slot{}, up: up}
	c.clause(0)
	in.locals, in.ctl = up, outer
	in.taint(in.p.changes[x], c.own)
	vs := in.forceAll(c.out)
	if c.failed != nil {
		in.spoil(in.p.changes[x], *c.failed)
		return c.failed.With(c.own)
	}
	if !x.Curly {
		return in.list(x, vs, c.own)
	}
	b := &objectBuilder{in: in, at: x, own: c.own}
	for i := 0; i < len(vs); i += 2 {
		b.put(vs[i], vs[i+1])
	}
	return b.value()
}

type comprehension struct {
	in     *interp
	x      *syntax.Comprehension
	out    []operand // items, or keys and values in turn
	own    label.Label
	failed *label.Value
}

func (c *comprehension) clause(i int) {
	in := c.in
	if i == len(c.x.Clauses) {
		if len(c.out) >= 2*MaxList {
			in.fail(c.x, Limit, "a list has %d items at most", MaxList)
		}
		if e, ok := c.x.Body.(*syntax.DictEntry); ok {
			c.out = append(c.out, in.eval(e.Key), in.eval(e.Value))
		} else {
			c.out = append(c.out, in.eval(c.x.Body))
		}
		return
	}
	outer := in.ctl
	switch cl := c.x.Clauses[i].(type) {
	case *syntax.IfClause:
		cond := in.value(cl.Cond)
		c.decide(truthLabel(cond), cond)
		if !failed(cond) && truth(cond) {
			c.clause(i + 1)
		}
		// The next item's condition may read what this one's body changed, or did not.
		in.taint(in.p.changes[c.x], truthLabel(cond))
	case *syntax.ForClause:
		list := in.looped(cl.X, in.value(cl.X))
		c.decide(list.Own(), list)
		if failed(list) {
			break
		}
		// Each clause has variables of its own, so that a list in it still sees the ones outside.
		in.locals = &locals{slots: map[string]*slot{}, up: in.locals}
		for _, n := range targets(cl.Vars) {
			in.locals.slots[n] = &slot{taint: person}
		}
		for _, item := range in.iterate(cl.X, list) {
			in.assign(cl.Vars, item)
			c.clause(i + 1)
		}
		in.locals = in.locals.up
		in.taint(in.p.changes[c.x], list.Own())
	}
	in.ctl = outer
}

// decide notes that v, by its label l, decides over what is in the result.
func (c *comprehension) decide(l label.Label, v label.Value) {
	c.in.ctl = c.in.ctl.Join(l)
	c.own = c.own.Join(l)
	c.in.could(c.in.p.reaches[c.x], l)
	if failed(v) && c.failed == nil {
		c.failed = &v
	}
}
