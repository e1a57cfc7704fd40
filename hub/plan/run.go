package plan

import (
	"context"
	"errors"
	"fmt"
	"slices"

	"go.starlark.net/syntax"

	"secgpt/mediator/label"
)

// Run runs the plan. Variables are read from vars and written to it, also when the
// plan ends early.
//
// The error is an *Error where the plan itself went wrong, which ended it. Otherwise
// it joins the *CallError and *DeniedError of every call that failed; what did not
// depend on those was done.
func (p *Program) Run(ctx context.Context, h Host, vars *Vars) error {
	in := &interp{p: p, ctx: ctx, host: h, vars: vars, ctl: person.Join(p.under), touched: person, seen: person,
		told: map[could]label.Label{}}
	vars.begin()
	stopped := in.catch(in.run)
	if stopped != nil {
		if stopped.Kind != Stopped {
			// Held calls come before the error in the plan. That they are made must not
			// depend on it.
			_ = in.catch(in.release)
		}
		// The rest did not run because of what the error depends on: so did all that it
		// would have assigned.
		in.taint(p.all, stopped.Label)
		in.tell(p.calls, stopped.Label, false)
		in.failures = append(in.failures, stopped)
	}
	in.taint(p.all, p.under)
	vars.settle()
	return errors.Join(in.failures...)
}

// An interp is one run of a plan. An error of the plan is thrown with fail and
// caught in catch: every expression can end in one.
type interp struct {
	p    *Program
	ctx  context.Context
	host Host
	vars *Vars

	locals  *locals     // variables of the comprehensions around
	ctl     label.Label // the control label here
	touched label.Label // of all values that this statement has read
	seen    label.Label // of all values that the plan has read

	settled bool // what a model's plan reads here changes nothing: from here on it only reads and shows

	work, mem      int
	calls, replies int
	pending        []*future
	failures       []error
	told           map[could]label.Label // what the host knows by could
}

// locals are the variables of one comprehension or key.
type locals struct {
	slots map[string]*slot
	up    *locals
}

// catch runs f up to an error of the plan.
func (in *interp) catch(f func()) (stopped *Error) {
	defer func() {
		if r := recover(); r != nil {
			e, ok := r.(*Error)
			if !ok {
				panic(r)
			}
			stopped = e
		}
	}()
	f()
	return nil
}

func (in *interp) run() {
	for i, s := range in.p.stmts {
		in.settled = in.p.loose && !slices.ContainsFunc(in.p.stmts[i:], in.p.mayChange)
		in.stmt(s)
	}
	in.release() // before anything else is waited for: the person has to answer
	for _, name := range in.p.all {
		if s := in.vars.slots[name]; s != nil && s.fut != nil {
			in.load(s)
		}
	}
	for len(in.pending) > 0 { // what nobody looked at may have failed, and must not outlive the plan
		in.await(in.pending[0])
	}
}

// release waits for the calls that the host holds.
func (in *interp) release() {
	for _, f := range slices.Clone(in.pending) {
		if f.held {
			in.await(f)
		}
	}
}

// fail ends the plan. The error carries the labels of everything that led to it.
func (in *interp) fail(n syntax.Node, k Kind, format string, args ...any) {
	e := &Error{Name: in.p.name, Kind: k, Msg: fmt.Sprintf(format, args...), Label: in.ctl.Join(in.touched)}
	if k == Limit || k == Stopped {
		// How much was spent before depends on everything that was read.
		e.Label = e.Label.Join(in.seen)
	}
	if n != nil {
		e.Line, e.Col = in.p.where(place(n))
	}
	if k == Stopped {
		e.Err = context.Cause(in.ctx)
	}
	panic(e)
}

// touch notes that the statement has read a value with this label.
func (in *interp) touch(l label.Label) { in.touched = in.touched.Join(l) }

// flow tells how a statement ended.
type flow uint8

const (
	onward flow = iota
	broke
	continued
)

func (in *interp) block(stmts []syntax.Stmt) flow {
	for _, s := range stmts {
		if f := in.stmt(s); f != onward {
			return f
		}
	}
	return onward
}

func (in *interp) stmt(s syntax.Stmt) flow {
	in.seen = in.seen.Join(in.touched)
	in.touched = person
	in.recount(s)
	in.spend(s, 1, 0, 0)
	switch s := s.(type) {
	case *syntax.ExprStmt:
		v := in.eval(s.X)
		if in.p.shows[s] {
			in.show(s, v)
		}
	case *syntax.AssignStmt:
		in.assignment(s)
		if id, ok := unparen(s.LHS).(*syntax.Ident); ok && in.p.shows[s] {
			in.show(s, operand{v: in.value(id)})
		}
	case *syntax.IfStmt:
		return in.ifStmt(s)
	case *syntax.ForStmt:
		in.forStmt(s)
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

func (in *interp) assignment(s *syntax.AssignStmt) {
	if s.Op == syntax.EQ {
		if id, ok := unparen(s.LHS).(*syntax.Ident); ok {
			in.store(id.Name, in.eval(s.RHS)) // a read that is under way stays so
			return
		}
		in.assign(s.LHS, in.value(s.RHS))
		return
	}
	op := augmented[s.Op]
	in.update(s.LHS, func(old label.Value, there bool) label.Value {
		in.mustExist(s.LHS, there)
		return in.binary(s, op, old, in.value(s.RHS))
	})
}

var augmented = map[syntax.Token]syntax.Token{
	syntax.PLUS_EQ: syntax.PLUS, syntax.MINUS_EQ: syntax.MINUS, syntax.STAR_EQ: syntax.STAR,
	syntax.SLASH_EQ: syntax.SLASH, syntax.SLASHSLASH_EQ: syntax.SLASHSLASH,
	syntax.PERCENT_EQ: syntax.PERCENT, syntax.PIPE_EQ: syntax.PIPE,
}

// assign fills a target: a variable, a place in one, or several at once.
func (in *interp) assign(x syntax.Expr, v label.Value) {
	x = unparen(x)
	if id, ok := x.(*syntax.Ident); ok {
		in.store(id.Name, operand{v: v})
		return
	}
	parts := elements(x)
	if parts == nil {
		in.update(x, func(label.Value, bool) label.Value { return v })
		return
	}
	if failed(v) {
		for _, e := range parts {
			in.assign(e, v)
		}
		return
	}
	items := in.iterate(x, v)
	if len(items) != len(parts) {
		in.fail(x, Type, "%d values can't fill %d variables: take them one by one, x[0]", len(items), len(parts))
	}
	for i, e := range parts {
		in.assign(e, items[i])
	}
}

func (in *interp) ifStmt(s *syntax.IfStmt) flow {
	cond := in.value(s.Cond)
	l := truthLabel(cond)
	outer := in.ctl
	in.ctl = outer.Join(l)
	in.could(in.p.reaches[s], l)
	flow := onward
	switch {
	case failed(cond):
		in.spoil(in.p.changes[s], cond)
	case truth(cond):
		flow = in.block(s.True)
	default:
		flow = in.block(s.False)
	}
	in.taint(in.p.changes[s], l)
	if !in.p.escapes[s] { // else the label stays until the loop ends: see control.go
		in.ctl = outer
	}
	return flow
}

func (in *interp) forStmt(s *syntax.ForStmt) {
	list := in.value(s.X)
	if !byField(s) {
		list = in.looped(s.X, list)
	}
	outer := in.ctl
	in.ctl = outer.Join(list.Own())
	in.could(in.p.reaches[s], list.Own())
	if failed(list) {
		in.spoil(in.p.changes[s], list)
	} else {
		for _, item := range in.iterate(s.X, list) {
			in.assign(s.Vars, item)
			if in.block(s.Body) == broke {
				break
			}
		}
	}
	decided := in.ctl
	in.ctl = outer
	in.taint(in.p.changes[s], decided)
	in.could(in.p.reaches[s], decided)
}
