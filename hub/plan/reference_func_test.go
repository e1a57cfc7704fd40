package plan

import (
	"slices"

	"go.starlark.net/syntax"

	"secgpt/mediator/label"
)

// changing are the methods that change their variable.
var changing = map[string]bool{
	"append": true, "extend": true, "insert": true, "pop": true, "remove": true, "clear": true,
	"sort": true, "reverse": true, "update": true, "setdefault": true,
}

// decidesOver is what a function's result, and what it changes, depend on besides the
// parts that it hands on untouched. Of those that are not here, all of all arguments.
var decidesOver = map[string]func(recv *refValue, pos []*refValue) set{
	"len": frames, "bool": frames, "list": frames, "tuple": frames, "enumerate": frames, "zip": frames, "reversed": frames,
	"keys": frames, "values": frames, "items": frames, "copy": frames, "next": func(_ *refValue, pos []*refValue) set { return pos[0].src },
	"append": onlyFrame, "reverse": onlyFrame, "clear": onlyFrame, "extend": frames, "update": frames,
	"get": func(recv *refValue, pos []*refValue) set { return recv.only() | frameAndKey(recv, pos) },
	"pop": frameAndKey, "setdefault": frameAndKey, "insert": frameAndKey,
	"sorted": frames, "sort": frames, "min": frames, "max": frames, // and the keys
	"any": items, "all": items,
	"dict": func(_ *refValue, pos []*refValue) set {
		var s set
		for _, v := range pos {
			s |= v.src
			for _, pair := range v.items {
				if v.kind() == label.List {
					s |= pair.src
					if len(pair.items) > 0 {
						s |= pair.items[0].all()
					}
				}
			}
		}
		return s
	},
}

func onlyFrame(recv *refValue, _ []*refValue) set { return recv.src }

func frames(recv *refValue, pos []*refValue) set {
	var s set
	if recv != nil {
		s = recv.src
	}
	for _, v := range pos {
		s |= v.src
	}
	return s
}

func frameAndKey(recv *refValue, pos []*refValue) set {
	s := recv.src
	if len(pos) > 0 {
		s |= pos[0].all()
	}
	return s
}

func items(_ *refValue, pos []*refValue) set {
	s := pos[0].src
	for _, x := range pos[0].items {
		s |= x.truth()
	}
	return s
}

// function runs a built-in function or a method.
func (r *reference) function(x *syntax.CallExpr, t *target) *refValue {
	var recv *refValue
	if t.kind == methodCall && t.fn.change == nil {
		recv = r.eval(t.recv)
	}
	pos := r.evalAll(t.values)
	a := args{pos: r.stripAll(pos), named: map[string]label.Value{}}
	named := map[string]*refValue{}
	var keys set // of all keys that were computed
	for _, name := range t.fn.named {
		e, ok := t.named[name]
		switch {
		case !ok:
		case name == "key":
			a.key = r.keyFunc(x, e, &keys, pos, recv)
		default:
			named[name] = r.eval(e)
			a.named[name] = r.strip(named[name])
		}
	}
	if t.fn.change != nil {
		return r.change(x, t, a, pos, named, &keys)
	}
	if recv != nil {
		a.recv = r.strip(recv)
	}
	var all []*refValue
	for _, v := range t.fn.needed(a) {
		all = append(all, r.known(v, 0))
	}
	if recv != nil {
		all = append(all, recv)
	}
	if f, ok := r.missing(all...); ok {
		return f
	}
	if !t.fn.shallow {
		if f, ok := r.anyBroken(all...); ok {
			return f
		}
	}
	over := decidesOver[t.tool]
	s := set(0)
	if over == nil {
		if s = allOf(pos); recv != nil {
			s |= recv.all()
		}
		for _, v := range named {
			s |= v.all()
		}
		r.at = s
	} else {
		s = over(recv, pos) | decidedByNamed(named)
	}
	if a.key == nil && (t.tool == "sorted" || t.tool == "min" || t.tool == "max") {
		keys |= allOf(pos)
	}
	v := t.fn.run(r.under, x, a)
	r.at = 0
	if t.tool == "format" && failed(v) { // the first place that failed decides, whatever stands in the others
		s = r.known(v, 0).all() | recv.all()
	}
	return r.place(v, s|keys)
}

// decidedByNamed leaves out a default, which is only handed on.
func decidedByNamed(named map[string]*refValue) set {
	var s set
	for name, v := range named {
		if name != "default" {
			s |= v.truth()
		}
	}
	return s
}

// change runs a method that changes its variable.
func (r *reference) change(x *syntax.CallExpr, t *target, a args, pos []*refValue, named map[string]*refValue, keys *set) *refValue {
	var result *refValue
	r.update(t.recv, func(old *refValue) *refValue {
		if old == nil {
			r.fail(0)
		}
		all := []*refValue{}
		for _, v := range t.fn.needed(a) {
			all = append(all, r.known(v, 0))
		}
		if f, ok := r.missing(append(all, old)...); ok {
			result = f
			return f
		}
		a.recv = r.strip(old)
		s := decidedByNamed(named)
		if over := decidesOver[t.tool]; over != nil {
			s |= over(old, pos)
		} else {
			s |= old.all() | allOf(pos)
		}
		if a.key != nil {
			inner := a.key
			a.key = func(v label.Value) label.Value {
				outer := r.pc
				r.pc |= old.src
				defer func() { r.pc = outer }()
				return inner(v)
			}
		} else if t.tool == "sort" {
			*keys |= old.all()
		}
		changed, back := t.fn.change(r.under, x, a)
		if back.Kind() == label.Null && !failed(back) {
			result = &refValue{leaf: back}
		} else {
			result = r.place(back, s|*keys)
		}
		return r.place(changed, s|*keys)
	})
	return result
}

// keyFunc is key = … as a function. How often it is called depends on the list.
func (r *reference) keyFunc(n syntax.Node, x syntax.Expr, keys *set, pos []*refValue, recv *refValue) func(label.Value) label.Value {
	frame := set(0)
	if len(pos) == 1 {
		frame = pos[0].src
	}
	keep := func(k *refValue) label.Value {
		*keys |= k.all()
		return r.strip(k)
	}
	l, ok := unparen(x).(*syntax.LambdaExpr)
	if !ok {
		name := r.eval(x)
		if name.kind() == label.Null && !name.failed() {
			return nil
		}
		return func(v label.Value) label.Value { return keep(r.index(x, r.known(v, 0), name)) }
	}
	param := l.Params[0].(*syntax.Ident).Name
	return func(v label.Value) label.Value {
		pc, depth := r.pc, len(r.scopes)
		r.pc |= frame
		r.scopes = append(slices.Clone(r.scopes), map[string]*refVar{param: {}})
		r.store(param, r.known(v, 0))
		k := r.eval(l.Body)
		r.pc, r.scopes = pc, r.scopes[:depth]
		return keep(k)
	}
}
