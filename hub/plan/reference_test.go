package plan

import (
	"slices"

	"go.starlark.net/syntax"

	"secgpt/mediator/label"
)

// The reference interpreter
//
// A reference runs a plan a second time and keeps nothing but the sources: for every
// part of every value the set of those that could have had a say in it. It is the
// oracle of TestNoSourceIsLost, and shares with the interpreter neither its labels, nor
// its control label, nor what it knows of a plan's variables. What an operation makes of
// contents it lets the operation compute, on values that carry no source: see under.

// A set of sources, one bit each.
type set uint32

const (
	fromMail set = 1 << iota
	fromNotes
	fromCalendar
	fromWriter // whoever wrote the plan had read it
)

var bits = map[label.Source]set{"mail": fromMail, "notes": fromNotes, "calendar": fromCalendar, "web/example.org": fromWriter}

func setOf(l label.Label) set {
	var s set
	for _, x := range l.Sources() {
		s |= bits[x]
	}
	return s
}

// A refValue is a value with a set for each part. It is never changed. src says that
// the part is there, of what kind and how long it is, and for a scalar what it is.
type refValue struct {
	src   set
	leaf  label.Value // without sources; of a list or object only kind and origin count
	items []*refValue // of a list, or the fields of an object
	names []string    // of the fields
}

func (v *refValue) kind() label.Kind { return v.leaf.Kind() }

// with is v where something labelled s decided that it is v.
func (v *refValue) with(s set) *refValue {
	w := *v
	w.src |= s
	return &w
}

func (v *refValue) all() set {
	s := v.src
	for _, x := range v.items {
		s |= x.all()
	}
	return s
}

// truth is what it depends on whether v counts as true.
func (v *refValue) truth() set { return v.src }

func (v *refValue) failed() bool { return failed(v.leaf) }

// brokenIn reports whether v or a part of it failed.
func (v *refValue) broken() bool {
	return v.failed() || slices.ContainsFunc(v.items, (*refValue).broken)
}

// A refVar is a variable; without a value it may still have a taint.
type refVar struct {
	v     *refValue
	taint set
}

// refStop ends a run of the reference as fail ends one of the interpreter.
type refStop struct {
	err *Error
	src set
}

func (s *refStop) String() string {
	if s == nil {
		return "no error"
	}
	return s.err.Error()
}

type reference struct {
	p      *Program
	world  *refWorld
	vars   map[string]*refVar
	scopes []map[string]*refVar // of comprehensions and keys
	pc     set                  // of what decided that this is done
	at     set                  // besides, of the operation under way, if all of it decides over an error
	under  *interp              // computes contents
	nodes  []*refValue          // what under was given, by number
}

// run runs the plan and returns how it stopped early, or nil.
func (r *reference) run(p *Program, writer set) (stop *refStop) {
	r.p, r.pc, r.at, r.scopes = p, writer, 0, nil
	r.under = &interp{p: p, ctx: r.world.ctx, vars: &Vars{}, ctl: person, touched: person, seen: person}
	defer func() {
		if e := recover(); e != nil {
			err, ok := e.(*Error)
			if !ok {
				panic(e)
			}
			stop = &refStop{err, r.pc | r.at}
		}
		var all []string
		for _, s := range p.stmts {
			all = append(all, changedIn(s)...)
		}
		taint := writer
		if stop != nil {
			taint |= stop.src
		}
		r.taint(all, taint)
		for _, s := range p.stmts {
			if stop != nil {
				r.could(s, stop.src)
			}
		}
	}()
	for _, s := range p.stmts {
		r.stmt(s)
	}
	return nil
}

func (r *reference) fail(src set) {
	r.at = src
	panic(&Error{Kind: Missing, Msg: "the reference found no value"})
}

// changedIn are the variables that are assigned or changed anywhere in n, whatever runs.
func changedIn(n syntax.Node) []string {
	var names []string
	var target func(x syntax.Expr)
	target = func(x syntax.Expr) {
		switch x := unparen(x).(type) {
		case *syntax.Ident:
			names = append(names, x.Name)
		case *syntax.DotExpr:
			target(x.X)
		case *syntax.IndexExpr:
			target(x.X)
		case *syntax.ListExpr:
			for _, e := range x.List {
				target(e)
			}
		case *syntax.TupleExpr:
			for _, e := range x.List {
				target(e)
			}
		}
	}
	syntax.Walk(n, func(n syntax.Node) bool {
		switch n := n.(type) {
		case *syntax.AssignStmt:
			target(n.LHS)
		case *syntax.ForStmt:
			target(n.Vars)
		case *syntax.CallExpr:
			if d, ok := unparen(n.Fn).(*syntax.DotExpr); ok && changing[d.Name.Name] {
				target(d.X)
			}
		}
		return true
	})
	return names
}

// leaves reports whether a break or continue in the statements acts on a loop around them.
func leaves(stmts []syntax.Stmt) bool {
	return slices.ContainsFunc(stmts, func(s syntax.Stmt) bool {
		switch s := s.(type) {
		case *syntax.BranchStmt:
			return s.Token == syntax.BREAK || s.Token == syntax.CONTINUE
		case *syntax.IfStmt:
			return leaves(s.True) || leaves(s.False)
		}
		return false // of an inner loop it acts on that one
	})
}

func (r *reference) taint(names []string, s set) {
	for _, n := range names {
		v := r.variable(n)
		v.taint |= s
	}
}

func (r *reference) variable(name string) *refVar {
	for _, scope := range slices.Backward(r.scopes) {
		if v := scope[name]; v != nil {
			return v
		}
	}
	if r.vars[name] == nil {
		r.vars[name] = &refVar{}
	}
	return r.vars[name]
}

func (r *reference) store(name string, v *refValue) {
	*r.variable(name) = refVar{v: v.with(r.pc)}
}

func (r *reference) load(name string) *refValue {
	v := r.variable(name)
	if v.v == nil {
		r.fail(v.taint)
	}
	return v.v.with(v.taint)
}

// decided does f under s, and then taints what n changes.
func (r *reference) decided(n syntax.Node, s set, f func()) {
	outer := r.pc
	r.pc |= s
	switch n := n.(type) {
	case *syntax.IfStmt:
		for _, x := range append(slices.Clone(n.True), n.False...) {
			r.could(x, s)
		}
	case *syntax.ForStmt:
		for _, x := range n.Body {
			r.could(x, s)
		}
	case *syntax.CondExpr:
		r.could(n.True, s)
		r.could(n.False, s)
	case *syntax.BinaryExpr:
		r.could(n.Y, s)
	}
	f()
	r.pc = outer
	r.taint(changedIn(n), s)
}

// could tells the apps that n may call that s decides over it.
func (r *reference) could(n syntax.Node, s set) {
	syntax.Walk(n, func(n syntax.Node) bool {
		if x, ok := n.(*syntax.CallExpr); ok {
			if t := r.p.targets[x]; t.kind == toolCall {
				r.world.could(t.app, t.tool, s)
			}
		}
		return true
	})
}

// spoil puts what failed in the place of all that n would have changed.
func (r *reference) spoil(n syntax.Node, v *refValue) {
	for _, name := range changedIn(n) {
		r.store(name, v)
	}
}

func (r *reference) stmt(s syntax.Stmt) flow {
	switch s := s.(type) {
	case *syntax.ExprStmt:
		v := r.eval(s.X)
		if r.p.shows[s] && (v.kind() != label.Null || v.failed()) {
			r.reply([]*refValue{v})
		}
	case *syntax.AssignStmt:
		r.assignment(s)
		if id, ok := unparen(s.LHS).(*syntax.Ident); ok && r.p.shows[s] {
			if v := r.load(id.Name); v.kind() != label.Null || v.failed() {
				r.reply([]*refValue{v})
			}
		}
	case *syntax.IfStmt:
		return r.ifStmt(s)
	case *syntax.ForStmt:
		r.forStmt(s)
	case *syntax.BranchStmt:
		switch s.Token {
		case syntax.BREAK:
			return broke
		case syntax.CONTINUE:
			return continued
		}
	}
	return onward
}

func (r *reference) block(stmts []syntax.Stmt) flow {
	for _, s := range stmts {
		if f := r.stmt(s); f != onward {
			return f
		}
	}
	return onward
}

func (r *reference) ifStmt(s *syntax.IfStmt) flow {
	cond := r.eval(s.Cond)
	f, decides := onward, cond.truth()
	r.decided(s, decides, func() {
		switch {
		case cond.failed():
			r.spoil(s, cond)
		case truth(r.strip(cond)):
			f = r.block(s.True)
		default:
			f = r.block(s.False)
		}
		decides = r.pc
	})
	if leaves(s.True) || leaves(s.False) {
		r.pc |= decides // over all that the loop still does: forStmt ends it
	}
	return f
}

func (r *reference) forStmt(s *syntax.ForStmt) {
	list := r.eval(s.X)
	outer, decides := r.pc, set(0)
	r.decided(s, list.src, func() {
		if list.failed() {
			r.spoil(s, list)
			return
		}
		for _, item := range r.iterate(s.X, list) {
			r.assign(s.Vars, item)
			if r.block(s.Body) == broke {
				break
			}
		}
		decides = r.pc
	})
	r.pc = outer
	r.taint(changedIn(s), decides)
	for _, x := range s.Body {
		r.could(x, decides)
	}
}

func (r *reference) assignment(s *syntax.AssignStmt) {
	if s.Op == syntax.EQ {
		r.assign(s.LHS, r.eval(s.RHS))
		return
	}
	r.update(s.LHS, func(old *refValue) *refValue {
		return r.binary(s, augmented[s.Op], old, r.eval(s.RHS))
	})
}

func (r *reference) assign(x syntax.Expr, v *refValue) {
	x = unparen(x)
	parts := elements(x)
	switch id, ok := x.(*syntax.Ident); {
	case ok:
		r.store(id.Name, v)
	case parts == nil:
		r.update(x, func(*refValue) *refValue { return v })
	case v.failed():
		for _, e := range parts {
			r.assign(e, v)
		}
	default:
		items := r.iterate(x, v)
		if len(items) != len(parts) {
			r.fail(v.src)
		}
		for i, e := range parts {
			r.assign(e, items[i])
		}
	}
}

// update changes a place: a variable, or a field or item in one. f gets nil for a place
// that has nothing yet.
func (r *reference) update(x syntax.Expr, f func(old *refValue) *refValue) {
	switch x := unparen(x).(type) {
	case *syntax.Ident:
		r.store(x.Name, f(r.load(x.Name)))
	case *syntax.DotExpr:
		r.updateIn(x.X, func() *refValue { return &refValue{leaf: label.TextOf(x.Name.Name, person)} }, f)
	case *syntax.IndexExpr:
		i := r.eval(x.Y)
		r.updateIn(x.X, func() *refValue { return i }, f)
	}
}

func (r *reference) updateIn(parent syntax.Expr, key func() *refValue, f func(*refValue) *refValue) {
	r.update(parent, func(v *refValue) *refValue {
		k := key()
		if bad, ok := r.missing(v, k); ok {
			return bad
		}
		own := v.src | k.all()
		w := *v
		w.src, w.leaf = own, label.ListOf(nil, person)
		switch v.kind() {
		case label.List:
			at := r.under.position(parent, r.strip(k), len(v.items))
			w.items = slices.Clone(v.items)
			w.items[at] = f(v.items[at].with(own))
		case label.Object:
			w.leaf = label.ObjectOf(nil, person)
			name := r.under.key(parent, r.strip(k))
			w.items, w.names = slices.Clone(v.items), slices.Clone(v.names)
			if i := slices.Index(v.names, name); i >= 0 {
				w.items[i] = f(v.items[i].with(own))
			} else {
				w.items, w.names = append(w.items, f(nil)), append(w.names, name)
			}
		default:
			r.fail(v.src)
		}
		return &w
	})
}
