package plan

import (
	"slices"

	"go.starlark.net/syntax"

	"secgpt/mediator/label"
)

// Vars are the variables that live on from turn to turn, like those of a notebook.
// The zero Vars is empty and ready to use. It is bounded: what was assigned longest
// ago goes first. Not safe for concurrent use.
type Vars struct {
	slots   map[string]*slot
	order   []string // by last assignment, oldest first
	dropped []string
	gone    label.Label // of all names that were forgotten
}

// A slot is one variable. Without a value it may still have a taint: that it has
// none may tell something.
type slot struct {
	v     label.Value
	fut   *future
	set   bool
	taint label.Label // joined to the value whenever it is read
	stale bool        // it failed in an earlier run, and this one has not said so
	// grown: the list in v has room at its end that belongs to this slot alone, and
	// bytes, depth and nodes are its extent. Only append sets it.
	grown bool
	ext   extent
}

// Set gives a variable a value, as an intent does with its slots.
func (vs *Vars) Set(name string, v label.Value) {
	*vs.at(name) = slot{v: v, set: true, taint: person}
	vs.touched(name)
}

// Get reads a variable, with its label.
func (vs *Vars) Get(name string) (label.Value, bool) {
	s := vs.slots[name]
	if s == nil || !s.set || s.fut != nil {
		return label.Value{}, false
	}
	return s.read().With(s.taint), true
}

// Names lists the variables that have a value, sorted.
func (vs *Vars) Names() []string {
	var names []string
	for n, s := range vs.slots {
		if s.set {
			names = append(names, n)
		}
	}
	slices.Sort(names)
	return names
}

// Dropped lists the variables that the last Run had no room for.
func (vs *Vars) Dropped() []string { return vs.dropped }

func (vs *Vars) at(name string) *slot {
	if vs.slots == nil {
		vs.slots, vs.gone = map[string]*slot{}, person
	}
	s := vs.slots[name]
	if s == nil {
		s = &slot{taint: vs.gone}
		vs.slots[name] = s
		vs.order = append(vs.order, name)
	}
	return s
}

func (vs *Vars) touched(name string) {
	if n := len(vs.order); n > 0 && vs.order[n-1] == name {
		return
	}
	if i := slices.Index(vs.order, name); i >= 0 {
		vs.order = append(slices.Delete(vs.order, i, i+1), name)
	}
}

const errStale = ownError("it failed in an earlier turn, and what it should have given is missing here: ask for it again")

// begin starts a run: a variable that holds a failure must say so when it is read.
func (vs *Vars) begin() {
	for _, s := range vs.slots {
		s.stale = s.set && failed(s.v)
	}
}

// settle ends a run: what is still under way is given up, and what there is no room
// for goes. A name without a value keeps its label, which must not get lost; the
// oldest of too many share one.
func (vs *Vars) settle() {
	vs.dropped = nil
	bytes, live, bare, why := 0, 0, 0, person
	for _, n := range slices.Backward(slices.Clone(vs.order)) {
		s := vs.slots[n]
		if s.fut != nil && !s.fut.done {
			*s = slot{taint: s.taint.Join(s.fut.label)}
		}
		if s.fut != nil {
			*s = slot{v: s.fut.v, set: true, taint: s.taint}
		}
		if !s.set {
			if bare++; bare > MaxVars {
				vs.gone = vs.gone.Join(s.taint)
				delete(vs.slots, n)
				vs.order = slices.DeleteFunc(vs.order, func(o string) bool { return o == n })
			}
			continue
		}
		e := measure(s.v, maxVarsBytes)
		bytes += e.bytes
		why = why.Join(e.all).Join(s.taint) // that there is no room depends on all of them
		if live++; live > MaxVars || bytes > maxVarsBytes {
			vs.dropped = append(vs.dropped, n)
			*s = slot{taint: why}
		}
	}
	slices.Reverse(vs.dropped)
}

// read is the slot's value. Room at the end of a list stays with the slot, so that
// append through one variable is never seen through another.
func (s *slot) read() label.Value {
	if s.grown {
		return s.v.Clip()
	}
	return s.v
}

// slot finds a variable, the innermost first, and makes it if there is none.
func (in *interp) slot(name string) *slot {
	for l := in.locals; l != nil; l = l.up {
		if s := l.slots[name]; s != nil {
			return s
		}
	}
	return in.vars.at(name)
}

// store assigns to a variable.
func (in *interp) store(name string, op operand) {
	s := in.slot(name)
	*s = slot{v: op.v.With(in.ctl), fut: op.fut, set: true, taint: op.label().Join(in.ctl)}
	if in.vars.slots[name] == s {
		in.vars.touched(name)
	}
}

// load reads a variable, and waits for its value if need be.
func (in *interp) load(s *slot) label.Value {
	if s.fut != nil {
		v := in.await(s.fut)
		*s = slot{v: v, set: true, taint: s.taint}
	}
	if s.stale {
		s.stale = false
		o := s.v.Origin()
		in.failures = append(in.failures, &CallError{App: string(o.App), Tool: o.Tool, Err: errStale, Label: s.v.Own().Join(in.ctl)})
	}
	return s.read().With(s.taint)
}

// variable reads the variable that id names.
func (in *interp) variable(id *syntax.Ident) operand {
	s := in.slot(id.Name)
	in.touch(s.taint)
	if !s.set {
		in.fail(id, Missing, "%s has no value here: assign it before, in every branch", id.Name)
	}
	if s.fut != nil && !s.fut.done {
		return operand{fut: s.fut, with: s.taint}
	}
	return operand{v: in.load(s)}
}
