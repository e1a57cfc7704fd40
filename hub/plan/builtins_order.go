package plan

import (
	"math"
	"slices"
	"strconv"

	"go.starlark.net/syntax"

	"secgpt/mediator/label"
)

// sorted orders a list. Where an item ends up depends on all of them, so the list's
// own label gets the labels of all keys.
func sorted(in *interp, n syntax.Node, a args) label.Value {
	items, own, ok := in.sort(n, a.pos[0], a)
	if !ok {
		return items[0]
	}
	return in.list(n, items, own)
}

// sort gives the items in order and the new own label; false and the failure if a
// key failed.
func (in *interp) sort(n syntax.Node, list label.Value, a args) ([]label.Value, label.Label, bool) {
	type row struct{ item, key label.Value }
	items := in.iterate(n, list)
	rows, own := make([]row, len(items)), list.Own()
	var bad *label.Value
	for i, v := range items {
		k := in.keyOf(a, v, list.Own())
		e := in.deep(n, k)
		own = own.Join(e.all)
		if e.failed && bad == nil {
			f := in.failedIn(person, k)
			bad = &f
		}
		rows[i] = row{v, k}
	}
	down := false
	if v, ok := a.named["reverse"]; ok {
		down = truth(v)
		own = own.Join(truthLabel(v))
	}
	if bad != nil {
		return []label.Value{bad.With(own)}, own, false
	}
	slices.SortStableFunc(rows, func(x, y row) int {
		if down {
			return in.compare(n, y.key, x.key)
		}
		return in.compare(n, x.key, y.key)
	})
	for i, r := range rows {
		items[i] = r.item
	}
	return items, own, true
}

// keyOf is what orders v. How often a key is computed depends on the list.
func (in *interp) keyOf(a args, v label.Value, list label.Label) label.Value {
	if a.key == nil {
		return v
	}
	outer := in.ctl
	in.ctl = outer.Join(list)
	k := a.key(v)
	in.ctl = outer
	return k
}

// least is min (sign -1) and max (sign 1). Which one it is depends on all.
func least(sign int) func(*interp, syntax.Node, args) label.Value {
	return func(in *interp, n syntax.Node, a args) label.Value {
		list := label.ListOf(a.pos, person)
		if len(a.pos) == 1 {
			list = a.pos[0]
		}
		items := in.iterate(n, list)
		l := list.Own()
		if len(items) == 0 {
			if v, ok := a.named["default"]; ok {
				return v.With(l)
			}
			in.fail(n, Missing, "there is nothing in it to choose from: test it with if before")
		}
		var best, bestKey label.Value
		for i, v := range items {
			k := in.keyOf(a, v, list.Own())
			e := in.deep(n, k)
			if l = l.Join(e.all); e.failed {
				return in.failedIn(l, k)
			}
			if i == 0 || in.compare(n, k, bestKey)*sign > 0 {
				best, bestKey = v, k
			}
		}
		return best.With(l)
	}
}

func sum(in *interp, n syntax.Node, a args) label.Value {
	total := label.IntOf(0, person)
	if v, ok := a.opt(1, "start"); ok {
		total = v
	}
	for _, v := range in.iterate(n, a.pos[0]) {
		if !isNumber(v) {
			in.fail(n, Type, "sum adds numbers, not a %s: join texts with \", \".join(xs)", v.Kind())
		}
		total = in.binary(n, syntax.PLUS, total, v)
	}
	return total.With(a.pos[0].Own())
}

func anyAll(stop bool) func(*interp, syntax.Node, args) label.Value {
	return func(in *interp, n syntax.Node, a args) label.Value {
		l, result := a.pos[0].Own(), !stop
		var bad *label.Value
		for _, v := range in.iterate(n, a.pos[0]) {
			l = l.Join(truthLabel(v))
			if failed(v) && bad == nil {
				bad = &v
			}
			if truth(v) == stop {
				result = stop
			}
		}
		if bad != nil {
			return bad.With(l)
		}
		return label.BoolOf(result, l)
	}
}

func abs(in *interp, n syntax.Node, a args) label.Value {
	switch v := a.pos[0]; {
	case v.Kind() == label.Float:
		return label.FloatOf(math.Abs(v.Float64()), v.Own())
	case v.Kind() == label.Int && v.Int64() < 0:
		return label.IntOf(in.intOp(n, syntax.MINUS, 0, v.Int64()), v.Own())
	case v.Kind() == label.Int:
		return label.IntOf(v.Int64(), v.Own())
	}
	in.fail(n, Type, "a %s is not a number", a.pos[0].Kind())
	return a.pos[0]
}

// round rounds halves to the even neighbour, as Python does.
func round(in *interp, n syntax.Node, a args) label.Value {
	v := a.pos[0]
	if !isNumber(v) {
		in.fail(n, Type, "a %s is not a number", v.Kind())
	}
	digits, ok := a.opt(1, "ndigits")
	if v.Kind() == label.Int {
		return label.IntOf(v.Int64(), v.Own().Join(digitsLabel(digits, ok)))
	}
	if !ok || digits.Kind() == label.Null {
		a.pos = []label.Value{label.FloatOf(math.RoundToEven(v.Float64()), v.Own().Join(digitsLabel(digits, ok)))}
		return toInt(in, n, a)
	}
	if digits.Kind() != label.Int || digits.Int64() < 0 || digits.Int64() > 15 {
		in.fail(n, Type, "round takes 0 to 15 digits")
	}
	f, _ := strconv.ParseFloat(strconv.FormatFloat(v.Float64(), 'f', int(digits.Int64()), 64), 64)
	return in.float(n, f, v.Own().Join(digits.Own()))
}

func digitsLabel(digits label.Value, given bool) label.Label {
	if !given {
		return person
	}
	return digits.Own()
}
