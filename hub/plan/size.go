package plan

import (
	"go.starlark.net/syntax"

	"secgpt/mediator/label"
)

// An extent is how large a value is with all that it holds, and what is in it.
type extent struct {
	nodes, bytes, depth int
	all                 label.Label
	failed              bool // part of it is missing because a call failed
	tooLarge            bool
}

// measure walks over a value, until it is larger than a value may be.
func measure(v label.Value, maxBytes int) extent {
	e := extent{all: person}
	e.add(v, 1, maxBytes)
	return e
}

func (e *extent) add(v label.Value, depth, maxBytes int) {
	e.nodes++
	e.bytes += valueBytes
	e.depth = max(e.depth, depth)
	e.all = e.all.Join(v.Own())
	switch v.Kind() {
	case label.Null:
		e.failed = e.failed || failed(v)
	case label.Text:
		for _, s := range v.TextSpans() {
			e.bytes += len(s.Text) + spanBytes
			e.all = e.all.Join(s.Label)
		}
	}
	// Nodes have a bound of their own; only texts count against maxBytes.
	if e.nodes > maxValueNodes || depth > MaxDepth || e.bytes-e.nodes*valueBytes > maxBytes {
		e.tooLarge = true
		return
	}
	switch v.Kind() {
	case label.List:
		e.tooLarge = e.tooLarge || len(v.Items()) > MaxList
		for _, x := range v.Items() {
			if e.add(x, depth+1, maxBytes); e.tooLarge {
				return
			}
		}
	case label.Object:
		for _, f := range v.Fields() {
			e.bytes += len(f.Name)
			if e.add(f.Value, depth+1, maxBytes); e.tooLarge {
				return
			}
		}
	}
}

// deep looks at the whole of v: what an operation needs whose result depends on
// every part. From here on an error of the statement carries all of v's labels.
func (in *interp) deep(n syntax.Node, v label.Value) extent {
	e := measure(v, maxValueBytes)
	in.touch(e.all)
	in.spend(n, 0, e.nodes, 0)
	return e
}

// made admits a new list or object.
func (in *interp) made(n syntax.Node, v label.Value) label.Value {
	e := in.deep(n, v)
	if e.tooLarge {
		in.fail(n, Limit, "the value is too large: %d parts, %d MB of text, %d deep and %d items in a list at most", maxValueNodes, maxValueBytes>>20, MaxDepth, MaxList)
	}
	switch v.Kind() {
	case label.List:
		in.alloc(n, len(v.Items())*valueBytes)
	case label.Object:
		in.alloc(n, len(v.Fields())*valueBytes)
	}
	return v
}

func (in *interp) list(n syntax.Node, items []label.Value, own label.Label) label.Value {
	if len(items) > MaxList {
		in.fail(n, Limit, "a list has %d items at most", MaxList)
	}
	return in.made(n, label.ListOf(items, own))
}

// The weights of work: a walk over a value's parts is cheaper than a step, copying
// text much cheaper.
const (
	stepWork  = 1 << 14
	nodeWork  = stepWork >> 6
	workLimit = MaxSteps * stepWork
)

// spend counts work, and looks whether the plan should stop.
func (in *interp) spend(n syntax.Node, steps, nodes, bytes int) {
	before := in.work
	in.work += steps*stepWork + nodes*nodeWork + bytes
	if in.work > workLimit {
		in.fail(n, Limit, "the plan did not end within %d steps: loop over less", MaxSteps)
	}
	if before>>20 != in.work>>20 {
		in.alive(n)
	}
}

// alive ends the plan if its context has ended.
func (in *interp) alive(n syntax.Node) {
	if in.ctx.Err() != nil {
		in.fail(n, Stopped, "the plan was stopped")
	}
}

// alloc counts what is made.
func (in *interp) alloc(n syntax.Node, bytes int) {
	in.spend(n, 0, 0, bytes)
	if in.mem += bytes; in.mem > MaxMemory {
		in.fail(n, Limit, "the plan holds more than %d MB: keep less in its variables", MaxMemory>>20)
	}
}

// recount replaces what was made by what is still held, between two statements.
func (in *interp) recount(n syntax.Node) {
	if in.mem < recount {
		return
	}
	in.mem = 0
	for _, s := range in.vars.slots {
		e := measure(s.v, maxValueBytes)
		in.seen = in.seen.Join(e.all).Join(s.taint)
		in.spend(n, 0, e.nodes, 0)
		in.mem += e.bytes
	}
	if in.mem > MaxMemory-recount {
		in.fail(n, Limit, "the plan's variables hold more than %d MB: keep less in them", (MaxMemory-recount)>>20)
	}
}
