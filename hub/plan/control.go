package plan

import (
	"go.starlark.net/syntax"

	"secgpt/mediator/label"
)

// The control label
//
// A value can show in what was done because of it, so what is done inside an if, a
// loop, a conditional expression, and, or, or a comprehension carries the label of
// what decided:
//
//   - in.ctl joins each argument of each call, each value replied or asked about, and
//     each value assigned, while the region lasts;
//   - at its end every variable that is assigned or changed anywhere in it carries the
//     label, taken or not: a variable that was left alone tells as much as one that
//     was set. A variable that got no value keeps the label too, for the error that
//     reading it is;
//   - an if that can break or continue decides over what else its loop does, this
//     time and every next, so its label stays until the loop ends, and then all that
//     the loop can change carries it;
//   - an error that ends the plan decides over everything after it: Run;
//   - what was not called because of it is missing in an app as a value is in a
//     variable, so the host is told of each tool that may be called in it: could.
//
// A loop's list decides by its own label, that of its length and order; the items
// have labels of their own.
//
// A call that failed leaves a null of How label.Failed, with the label of the call.
// Everything computed from it is such a null too, a call with one among its
// arguments isn't made, and a region that it decides is skipped. So a failure is
// data like any other, and no label is lost by it.

// failed tells a value that is missing because a call failed.
func failed(v label.Value) bool {
	return v.Kind() == label.Null && v.Origin().How == label.Failed
}

// failure is what a call leaves that failed.
func failure(app, tool string, l label.Label) label.Value {
	return label.NullOf(l).Made(label.Origin{How: label.Failed, App: label.Source(app), Tool: tool})
}

// whatFailed names the call in whose place v stands: "mail.search".
func whatFailed(v label.Value) string {
	o := v.Origin()
	return fullName(string(o.App), o.Tool)
}

// taint gives the variables a label besides the ones they have.
func (in *interp) taint(names []string, l label.Label) {
	if l.Empty() {
		return
	}
	for _, n := range names {
		s := in.slot(n)
		s.taint = s.taint.Join(l)
	}
}

// spoil makes the variables what v is: failed.
func (in *interp) spoil(names []string, v label.Value) {
	for _, n := range names {
		in.store(n, operand{v: v})
	}
}

// could tells the host that l decides over calls of the tools, and is on each that is made.
func (in *interp) could(tools []*target, l label.Label) { in.tell(tools, l, true) }

func (in *interp) tell(tools []*target, l label.Label, carried bool) {
	if l.Empty() {
		return
	}
	for _, t := range tools {
		what := could{fullName(t.app, t.tool), carried}
		told, ok := in.told[what]
		if !ok {
			told = person
		}
		if !told.Covers(l) {
			in.told[what] = told.Join(l)
			in.host.Could(in.ctx, t.app, t.tool, l, carried)
		}
	}
}

// could is what a host was told of: see Host.
type could struct {
	tool    string
	carried bool
}

// region evaluates f under the label l, as the part of n that l decides over.
func (in *interp) region(n syntax.Node, l label.Label, f func() label.Value) label.Value {
	outer := in.ctl
	in.ctl = outer.Join(l)
	in.could(in.p.reaches[n], l)
	v := f().With(l)
	in.taint(in.p.changes[n], l)
	in.ctl = outer
	return v
}

// truth is whether v counts as true.
func truth(v label.Value) bool {
	switch v.Kind() {
	case label.Bool:
		return v.IsTrue()
	case label.Int:
		return v.Int64() != 0
	case label.Float:
		return v.Float64() != 0
	case label.Text:
		return v.Str() != ""
	case label.List:
		return len(v.Items()) > 0
	case label.Object:
		return len(v.Fields()) > 0
	}
	return false
}

// truthLabel is what truth depends on: of a list or an object only how much is in it.
func truthLabel(v label.Value) label.Label {
	if v.Kind() == label.List || v.Kind() == label.Object {
		return v.Own()
	}
	return v.All()
}
