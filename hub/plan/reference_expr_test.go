package plan

import (
	"slices"
	"strings"

	"go.starlark.net/syntax"

	"secgpt/mediator"
	"secgpt/mediator/label"
)

// strip is v without sources, for under to compute with. Each part has a number, by
// which place knows it again if it comes back untouched.
func (r *reference) strip(v *refValue) label.Value {
	w := v.leaf
	switch v.kind() {
	case label.List:
		items := make([]label.Value, len(v.items))
		for i, x := range v.items {
			items[i] = r.strip(x)
		}
		w = label.ListOf(items, person)
	case label.Object:
		fields := make([]label.Field, len(v.items))
		for i, x := range v.items {
			fields[i] = label.Field{Name: v.names[i], Value: r.strip(x)}
		}
		w = label.ObjectOf(fields, person)
	}
	r.nodes = append(r.nodes, v)
	o := v.leaf.Origin()
	o.Call = len(r.nodes)
	return w.Made(o)
}

func (r *reference) stripAll(vs []*refValue) []label.Value {
	out := make([]label.Value, len(vs))
	for i, v := range vs {
		out[i] = r.strip(v)
	}
	return out
}

// place gives sources to what under computed: a part that is one of those it was given
// keeps its own, anything else has s. The whole has s in any case.
func (r *reference) place(v label.Value, s set) *refValue { return r.known(v, s).with(s) }

func (r *reference) known(v label.Value, s set) *refValue {
	if n := v.Origin().Call; n > 0 {
		return r.nodes[n-1]
	}
	w := &refValue{src: s, leaf: v}
	switch v.Kind() {
	case label.List:
		for _, x := range v.Items() {
			w.items = append(w.items, r.known(x, s))
		}
	case label.Object:
		for _, f := range v.Fields() {
			w.names, w.items = append(w.names, f.Name), append(w.items, r.known(f.Value, s))
		}
	}
	return w
}

// missing is what stands for all that is made of vs if one of them failed.
func (r *reference) missing(vs ...*refValue) (*refValue, bool) {
	at := slices.IndexFunc(vs, (*refValue).failed)
	if at < 0 {
		return nil, false
	}
	return vs[at].with(allOf(vs)), true
}

func (r *reference) anyBroken(vs ...*refValue) (*refValue, bool) {
	if !slices.ContainsFunc(vs, (*refValue).broken) {
		return nil, false
	}
	return r.place(r.under.failedIn(person, r.stripAll(vs)...), allOf(vs)), true
}

func allOf(vs []*refValue) set {
	var s set
	for _, v := range vs {
		s |= v.all()
	}
	return s
}

func (r *reference) iterate(n syntax.Node, v *refValue) []*refValue {
	var items []*refValue
	for _, x := range r.under.iterate(n, r.strip(v)) {
		items = append(items, r.place(x, v.src))
	}
	return items
}

func (r *reference) evalAll(xs []syntax.Expr) []*refValue {
	vs := make([]*refValue, len(xs))
	for i, x := range xs {
		vs[i] = r.eval(x)
	}
	return vs
}

func (r *reference) eval(x syntax.Expr) *refValue {
	r.at = 0
	switch x := x.(type) {
	case *syntax.ParenExpr:
		return r.eval(x.X)
	case *syntax.Ident:
		if v, ok := r.under.constant(x); ok {
			return &refValue{leaf: v}
		}
		return r.load(x.Name)
	case *syntax.Literal:
		return &refValue{leaf: r.under.compute(x)}
	case *syntax.ListExpr, *syntax.TupleExpr:
		return &refValue{leaf: label.ListOf(nil, person), items: r.evalAll(elements(x))}
	case *syntax.DictExpr:
		var parts []*refValue
		for _, e := range x.List {
			parts = append(parts, r.eval(e.(*syntax.DictEntry).Key), r.eval(e.(*syntax.DictEntry).Value))
		}
		return r.object(x, parts, 0)
	case *syntax.DotExpr:
		v := r.eval(x.X)
		if v.failed() {
			return v
		}
		return r.place(r.under.field(x, r.strip(v), x.Name.Name), v.only())
	case *syntax.IndexExpr:
		return r.index(x, r.eval(x.X), r.eval(x.Y))
	case *syntax.SliceExpr:
		return r.slice(x)
	case *syntax.UnaryExpr:
		v := r.eval(x.X)
		if v.failed() {
			return v
		}
		return r.place(r.under.unary(x, r.strip(v)), v.truth())
	case *syntax.BinaryExpr:
		if x.Op == syntax.AND || x.Op == syntax.OR {
			return r.either(x, r.eval(x.X), func(a *refValue, yes bool) *refValue {
				if yes == (x.Op == syntax.AND) {
					return r.eval(x.Y)
				}
				return a
			})
		}
		a := r.eval(x.X)
		return r.binary(x, x.Op, a, r.eval(x.Y))
	case *syntax.CondExpr:
		return r.either(x, r.eval(x.Cond), func(_ *refValue, yes bool) *refValue {
			if yes {
				return r.eval(x.True)
			}
			return r.eval(x.False)
		})
	case *syntax.Comprehension:
		return r.comprehension(x)
	case *syntax.CallExpr:
		return r.call(x, r.p.targets[x])
	}
	panic("the reference does not know this expression")
}

// either is what f makes of a condition, which decides over it.
func (r *reference) either(x syntax.Node, cond *refValue, f func(cond *refValue, yes bool) *refValue) (v *refValue) {
	r.decided(x, cond.truth(), func() {
		if v = cond; cond.failed() {
			r.spoil(x, cond)
			return
		}
		v = f(cond, truth(r.strip(cond)))
	})
	return v.with(cond.truth())
}

func (r *reference) object(n syntax.Node, parts []*refValue, own set) *refValue {
	b := &objectBuilder{in: r.under, at: n, own: person}
	for i := 0; i < len(parts); i += 2 {
		own |= parts[i].all()
		b.put(r.strip(parts[i]), r.strip(parts[i+1]))
	}
	return r.place(b.value(), own)
}

func (r *reference) index(n syntax.Node, v, i *refValue) *refValue {
	if f, ok := r.missing(v, i); ok {
		return f
	}
	return r.place(r.under.index(n, r.strip(v), r.strip(i)), v.src|i.all())
}

func (r *reference) slice(x *syntax.SliceExpr) *refValue {
	vs := []*refValue{r.eval(x.X)}
	bounds := *x
	for _, e := range []*syntax.Expr{&bounds.Lo, &bounds.Hi, &bounds.Step} {
		if *e != nil {
			vs = append(vs, r.eval(*e))
			*e = r.named(vs[len(vs)-1])
		}
	}
	if f, ok := r.missing(vs...); ok {
		return f
	}
	bounds.X = r.named(vs[0])
	return r.place(r.under.slice(&bounds), vs[0].src|allOf(vs[1:]))
}

// only is what decides over what is taken from v, or from the one item that it may have.
func (v *refValue) only() set {
	if v.kind() == label.List && len(v.items) == 1 {
		return v.src | v.items[0].src
	}
	return v.src
}

// named is an expression that under evaluates to v.
func (r *reference) named(v *refValue) syntax.Expr {
	id := &syntax.Ident{Name: "the reference's own"}
	for r.under.vars.slots[id.Name] != nil {
		id.Name += "'"
	}
	r.under.vars.Set(id.Name, r.strip(v))
	return id
}

func (r *reference) binary(n syntax.Node, op syntax.Token, a, b *refValue) *refValue {
	if f, ok := r.missing(a, b); ok {
		return f
	}
	s := a.all() | b.all()
	ka, kb := a.kind(), b.kind()
	switch { // what keeps the parts as they are
	case op == syntax.PLUS && ka == label.List && kb == label.List, op == syntax.PIPE && ka == label.Object && kb == label.Object,
		op == syntax.STAR && (ka == label.List || kb == label.List):
		s = a.src | b.src
	default:
		r.at = s
	}
	v := r.place(r.under.binary(n, op, r.strip(a), r.strip(b)), s)
	r.at = 0
	return v
}

func (r *reference) comprehension(x *syntax.Comprehension) *refValue {
	var out []*refValue
	var own set
	var bad *refValue
	outer, depth := r.pc, len(r.scopes)
	r.scopes = append(r.scopes, map[string]*refVar{})
	var clause func(i int)
	decide := func(v *refValue) {
		r.pc |= v.src
		own |= v.src
		r.could(x, v.src)
		if v.failed() && bad == nil {
			bad = v
		}
	}
	clause = func(i int) {
		if i == len(x.Clauses) {
			if e, ok := x.Body.(*syntax.DictEntry); ok {
				out = append(out, r.eval(e.Key), r.eval(e.Value))
			} else {
				out = append(out, r.eval(x.Body))
			}
			return
		}
		pc := r.pc
		switch c := x.Clauses[i].(type) {
		case *syntax.IfClause:
			cond := r.eval(c.Cond)
			decide(cond)
			if !cond.failed() && truth(r.strip(cond)) {
				clause(i + 1)
			}
			r.taint(changedIn(x), cond.src)
		case *syntax.ForClause:
			list := r.eval(c.X)
			decide(list)
			if list.failed() {
				break
			}
			scope := map[string]*refVar{}
			for _, n := range changedIn(&syntax.AssignStmt{LHS: c.Vars, RHS: &syntax.Literal{}}) {
				scope[n] = &refVar{}
			}
			r.scopes = append(r.scopes, scope)
			for _, item := range r.iterate(c.X, list) {
				r.assign(c.Vars, item)
				clause(i + 1)
			}
			r.scopes = r.scopes[:len(r.scopes)-1]
			r.taint(changedIn(x), list.src)
		}
		r.pc = pc
	}
	clause(0)
	r.scopes, r.pc = r.scopes[:depth], outer
	r.taint(changedIn(x), own)
	switch {
	case bad != nil:
		r.spoil(x, bad)
		return bad.with(own)
	case x.Curly:
		return r.object(x, out, own)
	}
	return &refValue{src: own, leaf: label.ListOf(nil, person), items: out}
}

func (r *reference) call(x *syntax.CallExpr, t *target) *refValue {
	switch t.kind {
	case toolCall:
		return r.tool(x, t)
	case replyCall:
		r.reply(r.evalAll(t.values))
		return &refValue{leaf: label.NullOf(person)}
	case builtinCall, methodCall:
		return r.function(x, t)
	case formatCall:
		return r.formatted(x)
	case sameAs:
		return r.eval(t.as)
	}
	vs := r.evalAll(t.values)
	s, bad := r.pc|allOf(vs), slices.ContainsFunc(vs, (*refValue).broken)
	if bad && t.kind != needCall {
		return &refValue{src: s, leaf: failure("", t.tool, person)}
	}
	switch t.kind {
	case askCall:
		return r.world.ask(t, r.stripAll(vs), vs, s, r.pc)
	case needCall:
		var choices []*refValue
		if len(vs) > 0 && !vs[0].failed() {
			for _, c := range r.iterate(x, vs[0]) {
				if !c.broken() {
					choices = append(choices, c)
				}
			}
		}
		return r.world.need(t, choices, r.pc)
	case revealCall:
		r.world.note("reveal "+t.text, 0, vs...)
		return &refValue{src: r.pc, leaf: label.NullOf(person)}
	}
	panic("the reference does not know this call")
}

func (r *reference) reply(vs []*refValue) {
	if !slices.ContainsFunc(vs, (*refValue).broken) { // see withoutFailures
		for i, v := range vs {
			vs[i] = v.with(r.pc)
		}
		r.world.note("reply", 0, vs...)
	}
}

func (r *reference) tool(x *syntax.CallExpr, t *target) *refValue {
	var vs []*refValue
	for _, a := range t.args {
		vs = append(vs, r.eval(a.x))
	}
	for i, a := range t.args {
		fit, s := asParam(a.Param, r.strip(vs[i])), vs[i].src
		if fit.Kind() != label.List { // it may be of the one item
			s = vs[i].only()
		}
		vs[i] = r.place(fit, s)
	}
	s := bits[label.Source(t.app)] | r.pc | allOf(vs)
	if slices.ContainsFunc(vs, (*refValue).broken) {
		r.world.could(t.app, t.tool, s)
		return &refValue{src: s, leaf: failure(t.app, t.tool, person)}
	}
	c := Call{App: t.app, Tool: t.tool}
	for i, a := range t.args {
		vs[i] = vs[i].with(r.pc)
		c.Args = append(c.Args, mediator.Arg{Name: a.Name, Value: r.strip(vs[i])})
	}
	return r.world.call(c, vs, s, r.pc)
}

func (r *reference) formatted(x *syntax.CallExpr) *refValue {
	y := *x
	y.Args = slices.Clone(x.Args)
	var vs []*refValue
	for i := 1; i < len(x.Args); i += 3 {
		vs = append(vs, r.eval(x.Args[i]))
	}
	for i, v := range vs {
		y.Args[3*i+1] = r.named(v)
	}
	if f, ok := r.anyBroken(vs...); ok {
		return f
	}
	r.at = allOf(vs)
	v := r.place(r.under.formatted(&y), allOf(vs))
	r.at = 0
	return v
}

// show writes what a part of an event is, and what must be in its label.
func (v *refValue) show() string {
	var b strings.Builder
	for s := range bits {
		if v.all()&bits[s] != 0 {
			b.WriteString(" " + string(s))
		}
	}
	return b.String()
}
