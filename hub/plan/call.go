package plan

import (
	"context"
	"errors"
	"fmt"
	"slices"

	"go.starlark.net/syntax"

	"secgpt/mediator"
	"secgpt/mediator/label"
)

// A future is a call that began.
type future struct {
	call  Call
	label label.Label // of everything that went into the call, and its app
	wait  func(context.Context) (label.Value, error)
	held  bool // it has not left, and waiting for it makes it: see Host
	done  bool
	v     label.Value
}

func (in *interp) call(x *syntax.CallExpr, t *target) operand {
	switch t.kind {
	case toolCall:
		return in.tool(x, t)
	case replyCall:
		var ops []operand
		for _, v := range t.values {
			if !in.p.untruth(v) {
				ops = append(ops, in.eval(v))
			}
		}
		if len(ops) > 0 || len(t.values) == 0 {
			in.reply(x, in.forceAll(ops))
		}
		return operand{v: label.NullOf(person)}
	case builtinCall, methodCall:
		return operand{v: in.function(x, t)}
	case formatCall:
		return operand{v: in.formatted(x)}
	case sameAs:
		return in.eval(t.as)
	}
	return operand{v: in.special(x, t)}
}

// tool begins a call. Reads go on by themselves; a change waits for the reads of its
// app that are under way, and the plan waits for the change, unless it is held.
func (in *interp) tool(x *syntax.CallExpr, t *target) operand {
	xs := make([]syntax.Expr, len(t.args))
	for i, a := range t.args {
		xs[i] = a.x
	}
	vs := in.values(xs)
	line, _ := in.p.where(place(x))
	f := &future{call: Call{App: t.app, Tool: t.tool, Control: in.ctl, Line: line}, label: in.ctl.Join(label.Of(label.Source(t.app)))}
	missing := false
	for i, v := range vs {
		v = asParam(t.args[i].Param, v) // what is not sent decides nothing either
		e := in.deep(x, v)
		f.label = f.label.Join(e.all)
		missing = missing || e.failed
		f.call.Args = append(f.call.Args, mediator.Arg{Name: t.args[i].Name, Value: v.With(in.ctl)})
	}
	if missing {
		in.could([]*target{t}, f.label)
		return operand{v: failure(t.app, t.tool, f.label)}
	}
	if slices.Contains(in.p.left, fullName(t.app, t.tool)) {
		return operand{v: failure(t.app, t.tool, f.label)}
	}
	in.count(x)
	if t.sig.Effect != mediator.Read {
		for _, r := range in.pending {
			if r.call.App == t.app && !r.held {
				in.await(r)
			}
		}
	}
	f.wait, f.held = in.host.Begin(in.ctx, f.call)
	in.pending = append(in.pending, f)
	if t.sig.Effect != mediator.Read && !f.held {
		return operand{v: in.await(f)}
	}
	return operand{fut: f, with: person}
}

// untruth reports whether a value of a reply has words of the plan that tell of what
// was left out.
func (p *Program) untruth(x syntax.Expr) bool {
	if len(p.untrue) == 0 {
		return false
	}
	said := false
	syntax.Walk(x, func(n syntax.Node) bool {
		if l, ok := n.(*syntax.Literal); ok && l.Token == syntax.STRING {
			said = said || slices.ContainsFunc(p.untrue, func(claims func(string) bool) bool { return claims(l.Value.(string)) })
		}
		return true
	})
	return said
}

// await waits for a call once. Its result carries what decided that it was made.
func (in *interp) await(f *future) label.Value {
	if f.done {
		return f.v
	}
	v, err := f.wait(in.ctx)
	in.alive(nil)
	f.done = true
	for i, p := range in.pending {
		if p == f {
			in.pending = append(in.pending[:i:i], in.pending[i+1:]...)
			break
		}
	}
	f.v = in.outcome(v, err, f.call.App, f.call.Tool, f.call.Line, f.label).With(f.call.Control)
	return f.v
}

// outcome is the result of a call, or what stands in its place if it failed.
func (in *interp) outcome(v label.Value, err error, app, tool string, line int, l label.Label) label.Value {
	if err == nil {
		if e := measure(v, maxValueBytes); e.tooLarge {
			err = ownError(fmt.Sprintf("its result is too large: %d MB and %d parts at most", maxValueBytes>>20, maxValueNodes))
		} else {
			in.touch(e.all)
			in.spend(nil, 0, e.nodes, e.bytes)
			in.mem += e.bytes
			return v
		}
	}
	var denied *DeniedError
	if !errors.As(err, &denied) {
		err = &CallError{App: app, Tool: tool, Line: line, Err: err, Label: l}
	}
	in.failures = append(in.failures, err)
	return failure(app, tool, l)
}

// count bounds what a plan asks of apps, models and the person.
func (in *interp) count(n syntax.Node) {
	if in.calls++; in.calls > MaxCalls {
		in.fail(n, Limit, "the plan made %d calls, which is as many as it may: ask for less at once", MaxCalls)
	}
}

// special calls the model without tools, or the person.
func (in *interp) special(x *syntax.CallExpr, t *target) label.Value {
	vs := in.values(t.values)
	all, missing := in.ctl, false
	if t.app != "" {
		all = all.Join(label.Of(label.Source(t.app)))
	}
	for i, v := range vs {
		e := in.deep(x, v)
		all, missing = all.Join(e.all), missing || e.failed
		vs[i] = v.With(in.ctl)
	}
	if missing && t.kind != needCall {
		return failure(t.app, t.tool, all)
	}
	if t.kind != whenCall {
		in.count(x)
	}
	v, err := label.NullOf(person), error(nil)
	switch t.kind {
	case askCall:
		if t.app != "" {
			if v, err = in.askApp(x, t, vs); err != nil {
				all = all.Join(v.Own()) // of what the model saw before it failed
			}
			break
		}
		if nothing(vs) { // a model that is given nothing makes something up
			err = ownError("there is nothing to read: what was looked for was not found")
			break
		}
		v, err = in.host.Ask(in.ctx, t.text, vs, t.schema, in.ctl)
	case needCall:
		v, err = in.host.Need(in.ctx, t.text, in.choices(x, vs), in.ctl)
	case revealCall:
		err = in.host.Reveal(in.ctx, vs[0], t.text)
	case whenCall:
		v, err = in.host.When(in.ctx, in.date(x, t, vs))
	}
	in.alive(x)
	line, _ := in.p.where(place(x))
	v = in.outcome(v, err, t.app, t.tool, line, all)
	if t.kind == askCall { // what a model says of a value may hold all of it
		v = v.With(all)
	}
	return v.With(in.ctl)
}

// nothing reports whether all of some values are empty results.
func nothing(vs []label.Value) bool {
	return len(vs) > 0 && !slices.ContainsFunc(vs, func(v label.Value) bool {
		return v.Kind() != label.List || len(v.Items()) > 0 || v.Origin().How != label.Result
	})
}

// askApp asks an app's model. What it calls comes after all that the plan has begun.
func (in *interp) askApp(x *syntax.CallExpr, t *target, vs []label.Value) (label.Value, error) {
	host, ok := in.host.(AppAsker)
	if !ok {
		in.fail(x, Name, "apps have no models of their own here: write ask(…)")
	}
	may := slices.DeleteFunc(slices.Clone(t.may), func(tool string) bool { return slices.Contains(in.p.left, tool) })
	for (len(may) > 0 || t.remember) && len(in.pending) > 0 {
		in.await(in.pending[0])
	}
	line, _ := in.p.where(place(x))
	return host.AskApp(in.ctx, AppAsk{App: t.app, Instruction: t.text, Values: vs, Schema: t.schema, May: may, Remember: t.remember, Control: in.ctl, Line: line})
}

// choices are what the person is offered. They are asked also where the choices, or
// some of them, failed: that they are asked must not depend on an app, since what they
// type is theirs alone.
func (in *interp) choices(x *syntax.CallExpr, vs []label.Value) []label.Value {
	var out []label.Value
	if len(vs) == 0 || failed(vs[0]) {
		return nil
	}
	for _, v := range in.iterate(x, vs[0]) {
		if !in.deep(x, v).failed {
			out = append(out, v)
		}
	}
	return out
}

// date is the text that when reads: the plan's own, or a variable that the person filled.
func (in *interp) date(x *syntax.CallExpr, t *target, vs []label.Value) string {
	if len(vs) == 0 {
		return t.text
	}
	if v := vs[0]; v.Kind() == label.Text && v.All().Empty() {
		return v.Str()
	}
	in.fail(x, Type, "when reads only words of the plan or of the person: write them out, when(\"tomorrow\")")
	return ""
}

// show puts the last value of a plan on the screen that shows nothing itself.
func (in *interp) show(n syntax.Node, o operand) {
	if v := in.force(o); v.Kind() != label.Null || failed(v) {
		in.reply(n, []label.Value{v})
	}
}

// reply shows values. In the place of what a failed call should have given stands
// which call that was; without any other data the plan's own words would say that
// what failed was done ("Saved"), so nothing is shown.
func (in *interp) reply(n syntax.Node, vs []label.Value) {
	if in.replies++; in.replies > MaxReplies {
		in.fail(n, Limit, "the plan replied %d times, which is as often as it may: put lists into one reply", MaxReplies)
	}
	in.alive(n)
	broken, data := false, false // a part failed; another holds what an app gave
	for i, v := range vs {
		data = data || !failed(v) && !v.All().Empty()
		if in.deep(n, v).failed {
			broken = true
			v = v.Map(func(_ string, part label.Value) label.Value {
				if failed(part) {
					how := " failed)"
					if slices.Contains(in.p.left, whatFailed(part)) {
						how = " left out)"
					}
					return label.TextOf("("+whatFailed(part)+how, part.Own())
				}
				return part
			})
		}
		vs[i] = v.With(in.ctl)
	}
	if !broken || data { // else it is a heading with nothing under it
		in.host.Reply(in.ctx, vs)
	}
}
