package hub

import (
	"maps"
	"slices"

	"secgpt/apps"
	"secgpt/hub/plan"
	"secgpt/mediator"
	"secgpt/mediator/label"
)

// The way of data
//
// Of a value that nothing was done to, its origin says which call brought it. Of any other
// only the label is known: a text that was put together, a literal in a branch. It can have
// come by each call of the session that returned nothing beside what is in the label, and
// those are named. So the card and the record never say less than is known, and may name a
// call too many.

// An arrival is what is known of a call whose result came.
type arrival struct {
	n     int
	step  string      // "mail.search"
	least label.Label // on each part of the result
	all   label.Label // on any part of it
	chain []string    // the calls that what went in had come by
}

// maxGuessed bounds the steps of a chain that are known by labels alone. The last ones stay.
const maxGuessed = 12

// arrived keeps that the result of a call came.
func (h *Hub) arrived(a arrival) {
	h.look.Lock()
	defer h.look.Unlock()
	h.kept[a.n] = a
	h.bring(a)
}

// bring is arrived for what is known by its label alone. h.look is held.
func (h *Hub) bring(a arrival) {
	if !slices.ContainsFunc(h.brought, func(b arrival) bool { return b.step == a.step && b.least.Equal(a.least) }) {
		h.brought = append(h.brought, a)
	}
}

// chain lists the calls that a call's data came by, oldest first.
func (h *Hub) chain(c plan.Call) []string {
	h.look.Lock()
	defer h.look.Unlock()
	found := map[int]arrival{}
	needs := labels{}
	needs.add(c.Control)
	for _, a := range c.Args {
		a.Value.Map(func(_ string, v label.Value) label.Value {
			o := v.Origin()
			if o.How != label.Result {
				needs.add(v.Own())
				return v
			}
			from, known := h.kept[o.Call]
			if !known {
				from = arrival{n: o.Call, step: string(o.App) + "." + o.Tool, all: v.Own()}
			}
			found[o.Call] = from
			if !from.all.Covers(v.Own()) { // it was chosen by more than its app's result
				needs.add(v.Own())
			}
			return v
		})
	}
	guessed := 0
	for _, b := range slices.Backward(h.brought) {
		if _, there := found[b.n]; !there && guessed < maxGuessed && needs.cover(b.least) {
			found[b.n] = b
			guessed++
		}
	}
	var steps []string
	for _, n := range slices.Sorted(maps.Keys(found)) {
		for _, s := range append(slices.Clone(found[n].chain), found[n].step) {
			if !slices.Contains(steps, s) {
				steps = append(steps, s)
			}
		}
	}
	return steps
}

// labels are different ones.
type labels []label.Label

func (s *labels) add(l label.Label) {
	if !l.Empty() && !slices.ContainsFunc(*s, func(o label.Label) bool { return o.Covers(l) && l.Covers(o) }) {
		*s = append(*s, l)
	}
}

// cover reports whether one of them covers l.
func (s labels) cover(l label.Label) bool {
	return slices.ContainsFunc(s, func(o label.Label) bool { return o.Covers(l) })
}

// came is the arrival of a call's result, labelled l at least.
func came(app apps.App, call mediator.Call, v label.Value, least label.Label) arrival {
	return arrival{n: call.N, step: app.Name + "." + call.Tool.Name, least: least, all: v.All(), chain: call.Chain}
}
