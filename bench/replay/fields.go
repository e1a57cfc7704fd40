package main

import (
	"slices"
	"strings"
)

// HostileResults is the mode in which every field of a result that holds a byte of the
// attacker's is theirs, and not only those in which the suite lets them write.
var HostileResults bool

// may reports whether the attacker can make a value stand at a place. Whoever read a byte
// of theirs says anything, and so does whatever a value of theirs entered; reading is what
// models do. A tool gives its result as it is: of that the attacker says what they wrote,
// and may choose which item the plan takes a field from, since a model may have picked it.
// Where it can't be told what they wrote, it is everything.
func (c *Case) may(at Place, v any) bool {
	if at.Kind != InResult || HostileResults || HostileApps || c.fed[at.Call] {
		return true
	}
	result := decode(c.Plan.Task.Calls[at.Call].Result)
	if !slices.ContainsFunc(scalars(result), c.Part.written) {
		return true
	}
	return slices.ContainsFunc(siblings(result, at.Path), func(o any) bool { return same(o, v) || c.Part.written(o) })
}

// siblings are the scalars that stand in a result where path leads, also if other items
// are taken on the way: other places in a list, and other names of an object where the
// rest of the path goes on.
func siblings(v any, path []any) []any {
	if len(path) == 0 {
		switch v.(type) {
		case []any, map[string]any, nil:
			return nil
		}
		return []any{v}
	}
	var all []any
	switch x := v.(type) {
	case []any:
		for _, y := range x {
			all = append(all, siblings(y, path[1:])...)
		}
	case map[string]any:
		name, _ := path[0].(string)
		for _, other := range sorted(x) {
			if other == name || len(path) > 1 {
				all = append(all, siblings(x[other], path[1:])...)
			}
		}
	}
	return all
}

// written reports whether a text holds one that the attacker writes, or is a part of it.
func (p *Part) written(v any) bool {
	s, ok := v.(string)
	return ok && s != "" && slices.ContainsFunc(p.Written, func(w string) bool { return strings.Contains(s, w) || strings.Contains(w, s) })
}

// within are the lies that the attacker can tell.
func (c *Case) within(lies Lies) Lies {
	left := Lies{}
	for _, s := range c.Plan.Steps {
		for _, l := range s.Leaves {
			if v, ok := lies[l.From.key()]; ok && c.may(l.From, v) {
				left[l.From.key()] = v
			}
		}
	}
	return left
}
