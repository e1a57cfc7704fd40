package plan

import (
	"cmp"
	"math"
	"slices"
	"strings"

	"go.starlark.net/syntax"

	"secgpt/mediator/label"
)

// binary computes a op b. But for sums of lists and objects, whose parts keep their
// labels, the result carries all that is in both.
func (in *interp) binary(n syntax.Node, op syntax.Token, a, b label.Value) label.Value {
	if f, ok := in.missing(a, b); ok {
		return f
	}
	if d, ok := dateText(a); ok && b.Kind() == label.Text {
		a = d
	}
	if d, ok := dateText(b); ok && a.Kind() == label.Text && op != syntax.PERCENT {
		b = d
	}
	switch {
	case op == syntax.PLUS && a.Kind() == label.List && b.Kind() == label.List:
		return in.list(n, slices.Concat(a.Items(), b.Items()), a.Own().Join(b.Own()))
	case op == syntax.PIPE && a.Kind() == label.Object && b.Kind() == label.Object:
		return in.merge(n, a, b)
	case op == syntax.STAR && a.Kind() == label.Int && (b.Kind() == label.List || b.Kind() == label.Text):
		return in.repeat(n, b, a)
	case op == syntax.STAR && b.Kind() == label.Int && (a.Kind() == label.List || a.Kind() == label.Text):
		return in.repeat(n, a, b)
	}
	ea, eb := in.deep(n, a), in.deep(n, b)
	l := ea.all.Join(eb.all)
	if ea.failed || eb.failed {
		return in.failedIn(l, a, b)
	}
	switch op {
	case syntax.EQL, syntax.NEQ:
		return label.BoolOf(in.equal(n, a, b) == (op == syntax.EQL), l)
	case syntax.LT, syntax.GT, syntax.LE, syntax.GE:
		c := in.compare(n, a, b)
		return label.BoolOf(op == syntax.LT && c < 0 || op == syntax.GT && c > 0 || op == syntax.LE && c <= 0 || op == syntax.GE && c >= 0, l)
	case syntax.IN, syntax.NOT_IN:
		return label.BoolOf(in.contains(n, b, a) == (op == syntax.IN), l)
	}
	if op == syntax.PLUS && (a.Kind() == label.Text || b.Kind() == label.Text) {
		a, b = onlyText(a), onlyText(b)
	}
	switch {
	case a.Kind() == label.Text && op == syntax.PERCENT:
		return in.percent(n, a, b)
	case a.Kind() == label.Text && b.Kind() == label.Text && op == syntax.PLUS:
		t := in.newText(n, l)
		t.value(a)
		t.value(b)
		return t.done()
	case a.Kind() == label.Int && b.Kind() == label.Int && op != syntax.SLASH:
		return label.IntOf(in.intOp(n, op, a.Int64(), b.Int64()), l)
	case isNumber(a) && isNumber(b):
		return in.float(n, in.floatOp(n, op, a.Float64(), b.Float64()), l)
	case op == syntax.PLUS && (a.Kind() == label.Text || b.Kind() == label.Text):
		in.fail(n, Type, "a %s and a %s can't be added: write str(x) around the one that is no text", a.Kind(), b.Kind())
	}
	in.fail(n, Type, "%s does not work on a %s and a %s", op, a.Kind(), b.Kind())
	return a
}

// onlyText is the text that is all of an object, as {"content": "…"}, or the value itself.
func onlyText(v label.Value) label.Value {
	if v.Kind() == label.Object && len(v.Fields()) == 1 && v.Fields()[0].Value.Kind() == label.Text {
		return v.Fields()[0].Value.With(v.Own())
	}
	return v
}

// failedIn finds the failure in some of vs, as the result of an operation on them.
func (in *interp) failedIn(l label.Label, vs ...label.Value) label.Value {
	var found label.Value
	for _, v := range vs {
		v.Map(func(_ string, part label.Value) label.Value {
			if failed(part) && !failed(found) {
				found = part
			}
			return part
		})
	}
	return found.With(l)
}

func isNumber(v label.Value) bool { return v.Kind() == label.Int || v.Kind() == label.Float }

func (in *interp) intOp(n syntax.Node, op syntax.Token, a, b int64) int64 {
	var c int64
	ok := true
	switch op {
	case syntax.PLUS:
		c = a + b
		ok = (c > a) == (b > 0)
	case syntax.MINUS:
		c = a - b
		ok = (c < a) == (b > 0)
	case syntax.STAR:
		c = a * b
		ok = a == 0 || b == 0 || c/b == a && !(a == -1 && b == math.MinInt64) && !(b == -1 && a == math.MinInt64)
	case syntax.SLASHSLASH, syntax.PERCENT:
		if b == 0 {
			in.fail(n, Type, "a number can't be divided by 0")
		}
		if ok = !(a == math.MinInt64 && b == -1); !ok {
			break
		}
		c = a / b
		r := a % b
		if r != 0 && (r < 0) != (b < 0) { // Python rounds down
			c, r = c-1, r+b
		}
		if op == syntax.PERCENT {
			c = r
		}
	default:
		in.fail(n, Type, "%s does not work on numbers", op)
	}
	if !ok {
		in.fail(n, Limit, "the number does not fit into 64 bits")
	}
	return c
}

func (in *interp) floatOp(n syntax.Node, op syntax.Token, a, b float64) float64 {
	if b == 0 && (op == syntax.SLASH || op == syntax.SLASHSLASH || op == syntax.PERCENT) {
		in.fail(n, Type, "a number can't be divided by 0")
	}
	switch op {
	case syntax.PLUS:
		return a + b
	case syntax.MINUS:
		return a - b
	case syntax.STAR:
		return a * b
	case syntax.SLASH:
		return a / b
	case syntax.SLASHSLASH:
		return math.Floor(a / b)
	case syntax.PERCENT:
		return a - b*math.Floor(a/b)
	}
	in.fail(n, Type, "%s does not work on numbers", op)
	return 0
}

// float admits a number: JSON has no infinity.
func (in *interp) float(n syntax.Node, f float64, l label.Label) label.Value {
	if math.IsNaN(f) || math.IsInf(f, 0) {
		in.fail(n, Limit, "the number is too large")
	}
	return label.FloatOf(f, l)
}

func (in *interp) merge(n syntax.Node, a, b label.Value) label.Value {
	o := &objectBuilder{in: in, at: n, own: a.Own().Join(b.Own()), fields: slices.Clone(a.Fields())}
	for _, f := range b.Fields() {
		o.put(label.TextOf(f.Name, person), f.Value)
	}
	return o.value()
}

// repeat is x * count.
func (in *interp) repeat(n syntax.Node, x, count label.Value) label.Value {
	times := max(count.Int64(), 0)
	l := x.Own().Join(count.Own())
	in.touch(l)
	if x.Kind() == label.List {
		if times > 0 && len(x.Items()) > 0 && times > int64(MaxList/len(x.Items())) {
			in.fail(n, Limit, "a list has %d items at most", MaxList)
		}
		return in.list(n, slices.Repeat(x.Items(), int(times)), l)
	}
	size := len(x.Str())
	if size == 0 {
		times = 0
	}
	if times > 0 && times > int64(MaxText/size) {
		in.fail(n, Limit, "a text has %d KB at most", MaxText>>10)
	}
	b := in.newText(n, l)
	if spans := x.TextSpans(); len(spans) == 1 {
		b.add(strings.Repeat(spans[0].Text, int(times)), spans[0].Label)
		return b.done()
	}
	for range times {
		b.value(x)
	}
	return b.done()
}

func (in *interp) unary(x *syntax.UnaryExpr, v label.Value) label.Value {
	switch {
	case failed(v):
		return v
	case x.Op == syntax.NOT:
		return label.BoolOf(!truth(v), truthLabel(v))
	case v.Kind() == label.Int && x.Op == syntax.PLUS:
		return label.IntOf(v.Int64(), v.Own())
	case v.Kind() == label.Int:
		return label.IntOf(in.intOp(x, syntax.MINUS, 0, v.Int64()), v.Own())
	case v.Kind() == label.Float && x.Op == syntax.PLUS:
		return label.FloatOf(v.Float64(), v.Own())
	case v.Kind() == label.Float:
		return label.FloatOf(-v.Float64(), v.Own())
	}
	in.fail(x, Type, "%s does not work on a %s", x.Op, v.Kind())
	return v
}

// equal compares two values with all that they hold.
func (in *interp) equal(n syntax.Node, a, b label.Value) bool {
	in.spend(n, 0, 1, 0)
	if isNumber(a) && isNumber(b) {
		if a.Kind() == label.Int && b.Kind() == label.Int {
			return a.Int64() == b.Int64()
		}
		return a.Float64() == b.Float64()
	}
	if a.Kind() != b.Kind() {
		return false
	}
	switch a.Kind() {
	case label.Bool:
		return a.IsTrue() == b.IsTrue()
	case label.Text:
		s, t := a.Str(), b.Str()
		in.spend(n, 0, 0, min(len(s), len(t)))
		return s == t
	case label.List:
		return slices.EqualFunc(a.Items(), b.Items(), func(x, y label.Value) bool { return in.equal(n, x, y) })
	case label.Object:
		if len(a.Fields()) != len(b.Fields()) {
			return false
		}
		in.spend(n, 0, len(a.Fields())*len(a.Fields()), 0)
		for _, f := range a.Fields() {
			if y, ok := b.Get(f.Name); !ok || !in.equal(n, f.Value, y) {
				return false
			}
		}
	}
	return true
}

// compare orders numbers, texts, and lists of them.
func (in *interp) compare(n syntax.Node, a, b label.Value) int {
	in.spend(n, 0, 1, 0)
	switch {
	case a.Kind() == label.Int && b.Kind() == label.Int:
		return cmp.Compare(a.Int64(), b.Int64())
	case isNumber(a) && isNumber(b):
		return cmp.Compare(a.Float64(), b.Float64())
	case a.Kind() == label.Bool && b.Kind() == label.Bool:
		return btoi(a.IsTrue()) - btoi(b.IsTrue())
	case a.Kind() == label.Text && b.Kind() == label.Text:
		s, t := a.Str(), b.Str()
		in.spend(n, 0, 0, min(len(s), len(t)))
		return strings.Compare(s, t)
	case a.Kind() == label.List && b.Kind() == label.List:
		for i, x := range a.Items() {
			if i == len(b.Items()) {
				return 1
			}
			if c := in.compare(n, x, b.Items()[i]); c != 0 {
				return c
			}
		}
		return cmp.Compare(len(a.Items()), len(b.Items()))
	}
	in.fail(n, Type, "a %s and a %s have no order", a.Kind(), b.Kind())
	return 0
}

// contains is x in all.
func (in *interp) contains(n syntax.Node, all, x label.Value) bool {
	switch all.Kind() {
	case label.List:
		for _, y := range all.Items() {
			if in.equal(n, x, y) {
				return true
			}
		}
		return false
	case label.Object:
		in.spend(n, 0, len(all.Fields()), 0)
		_, ok := all.Get(in.key(n, x))
		return ok
	case label.Text:
		if x.Kind() == label.Text {
			in.spend(n, 0, 0, len(all.Str()))
			return strings.Contains(all.Str(), x.Str())
		}
		in.fail(n, Type, "only a text can be in a text, not a %s: write str(x)", x.Kind())
	}
	in.fail(n, Type, "nothing can be in a %s", all.Kind())
	return false
}
