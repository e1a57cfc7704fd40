package policy

import (
	"slices"

	"secgpt/mediator/label"
)

// Rules answer whether a call is denied and whether one rule allows it: a Set, an
// Index, or several together.
type Rules interface {
	Denied(Query) (Rule, bool)
	Allows(Query) (Rule, bool)
}

// All are rules that hold together, the first ones named first.
type All []Rules

// Denied is Set.Denied of all of them.
func (a All) Denied(q Query) (Rule, bool) {
	return a.first(func(r Rules) (Rule, bool) { return r.Denied(q) })
}

// Allows is Set.Allows of all of them.
func (a All) Allows(q Query) (Rule, bool) {
	return a.first(func(r Rules) (Rule, bool) { return r.Allows(q) })
}

func (a All) first(ask func(Rules) (Rule, bool)) (Rule, bool) {
	for _, r := range a {
		if rule, ok := ask(r); ok {
			return rule, true
		}
	}
	return Rule{}, false
}

// An Index answers as its Set does, and looks only at the rules that could fit: those
// of the tool and its app, and of those that allow under conditions the ones that the
// call's arguments meet. It does not change and is safe to share.
type Index struct {
	set Set
	at  map[place][]int             // positions in set
	by  map[place]map[string]string // tool → arguments that a rule's first condition is about
}

// A place is where a rule is looked for: its target and first condition.
type place struct {
	app       label.Source
	tool      string
	arg, json string
}

// NewIndex makes the index of a set, which must not be changed afterwards.
func NewIndex(s Set) *Index {
	x := &Index{set: s, at: map[place][]int{}, by: map[place]map[string]string{}}
	for i, r := range s {
		p := place{app: r.App, tool: r.Tool}
		if len(r.Args) > 0 && !r.Deny {
			if x.by[p] == nil {
				x.by[p] = map[string]string{}
			}
			x.by[p][r.Args[0].Arg] = ""
			p.arg, p.json = r.Args[0].Arg, r.Args[0].JSON
		}
		x.at[p] = append(x.at[p], i)
	}
	return x
}

// Denied is Set.Denied.
func (x *Index) Denied(q Query) (Rule, bool) { return x.near(q).Denied(q) }

// Allows is Set.Allows.
func (x *Index) Allows(q Query) (Rule, bool) { return x.near(q).Allows(q) }

// near are the rules that could fit, in their order.
func (x *Index) near(q Query) Set {
	tool := place{app: q.App, tool: q.Tool}
	places := []place{{app: q.App}, tool}
	for arg := range x.by[tool] {
		if v, there := q.Args[arg]; there && !tooLong(v) {
			if s, err := exact(v); err == nil {
				places = append(places, place{q.App, q.Tool, arg, s})
			}
		}
	}
	var found []int
	for _, p := range places {
		found = append(found, x.at[p]...)
	}
	slices.Sort(found)
	near := make(Set, len(found))
	for i, at := range found {
		near[i] = x.set[at]
	}
	return near
}

// tooLong reports whether a value is longer than any rule, so that no condition can
// be it. It spares the writing of what is large.
func tooLong(v label.Value) bool {
	left := maxRule
	var over func(v label.Value) bool
	over = func(v label.Value) bool {
		switch v.Kind() {
		case label.Text:
			for _, s := range v.TextSpans() {
				left -= len(s.Text)
			}
		case label.List:
			left -= len(v.Items())
			if left >= 0 && slices.ContainsFunc(v.Items(), over) {
				return true
			}
		case label.Object:
			return true // no condition holds one
		}
		return left < 0
	}
	return over(v)
}
