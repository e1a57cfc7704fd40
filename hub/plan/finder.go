package plan

import (
	"slices"
	"strings"

	"go.starlark.net/syntax"

	"secgpt/mediator"
)

// A small model reads a thing by what it would look for, mail.read(sender = "Bob"), and
// reads again what it has, notes.read(id = found[0].id).

// foundFirst gives a tool that takes nothing but an id the first that the app's own search
// finds by the arguments that a call has instead.
func (c *checker) foundFirst(x *syntax.CallExpr, t *target) {
	if t.sig.Effect != mediator.Read || t.sig.List || len(t.sig.Params) != 1 || t.sig.Params[0].Name != "id" || !t.sig.Params[0].Required {
		return
	}
	pos, _, order := c.split(x)
	if len(pos) > 0 || len(order) == 0 || slices.Contains(order, "id") {
		return
	}
	finder := ""
	for _, tool := range c.tools.ToolsOf(t.app) {
		sig, _ := c.tools.Tool(t.app, tool)
		if sig.Effect != mediator.Read || !sig.List || !slices.Contains(sig.Fields, "id") || !c.takes(t.app, tool, x) {
			continue
		}
		if finder != "" {
			return
		}
		finder = tool
	}
	if finder == "" {
		return
	}
	at := syntax.Start(x)
	first := zeroth(at, toolCallOf(at, t.app, finder, x.Args...))
	x.Args = []syntax.Expr{argumentOf(at, "id", fieldOf(at, first, "id"))}
	c.note(x, "%s takes an id: of the first that %s finds", fullName(t.app, t.tool), fullName(t.app, finder))
}

// ofOther refuses an id that another app's tool gave, where this app has a tool that lists
// its own: a person's is none of an event.
func (c *checker) ofOther(t *target, p Param, v syntax.Expr) {
	dot, ok := unparen(v).(*syntax.DotExpr)
	if !ok || p.Name != "id" || dot.Name.Name != "id" || c.check.Now.IsZero() || c.check.Lenient {
		return
	}
	s := c.shape(dot.X)
	if s.app == "" || s.app == t.app {
		return
	}
	for _, tool := range c.tools.ToolsOf(t.app) {
		if sig, _ := c.tools.Tool(t.app, tool); sig.Effect == mediator.Read && sig.List && slices.Contains(sig.Fields, "id") {
			c.fail(v, Name, "%s takes no id of %s: search with %s, and take x[0].id", fullName(t.app, t.tool), s.of, fullName(t.app, tool))
		}
	}
}

// readAgain is the thing itself, for a call that would read by its id what a list of the
// app gave whole, where the app has no tool for that; and of what another app gave, what
// that app's own tool reads.
func (c *checker) readAgain(app, name string, x *syntax.CallExpr) syntax.Expr {
	pos, named, order := c.split(x)
	if verbOf(wordsOf(name)) != 0 || len(pos)+len(order) != 1 {
		return nil
	}
	v := named["id"]
	if len(pos) == 1 {
		v = pos[0]
	}
	dot, ok := unparen(v).(*syntax.DotExpr)
	if !ok || dot.Name.Name != "id" {
		return nil
	}
	if first, ok := unparen(dot.X).(*syntax.IndexExpr); ok && c.callsTool(unparen(first.X)) {
		c.expr(first.X)
	}
	s := c.shape(dot.X)
	switch {
	case s.app == "" || s.list:
		return nil
	case s.app != app: // where it is looked for was put right before
		tool, by, _ := c.reader(s, contents[0])
		if tool == "" {
			return nil
		}
		return c.readBy(dot.X, s.app, tool, by)
	}
	return dot.X
}

// listOf is the tool that lists all, for a call of one that takes which ones to read, where the
// plan names none and changes nothing: get_tasks() is get_tasks_list(). What it can't take is
// left out of the call, and said.
func (c *checker) listOf(app, tool string, sig Sig, x *syntax.CallExpr) (found string) {
	needed := slices.DeleteFunc(slices.Clone(sig.Params), func(p Param) bool { return !p.Required })
	if c.check.Now.IsZero() || c.changes || sig.Effect != mediator.Read || len(needed) != 1 || len(sig.Items[needed[0].Name]) == 0 {
		return ""
	}
	pos, _, order := c.split(x)
	naming := append([]string{needed[0].Name, "id", "ids", "name", "title"}, sig.Items[needed[0].Name]...)
	if len(pos) > 0 || slices.ContainsFunc(order, func(n string) bool {
		return slices.ContainsFunc(naming, func(f string) bool { return same(strings.TrimSuffix(f, "?"), n) })
	}) {
		return ""
	}
	words := wordsOf(tool)
	for _, other := range c.tools.ToolsOf(app) {
		more := slices.DeleteFunc(wordsOf(other), func(w string) bool { return slices.Contains(words, w) })
		sig, _ := c.tools.Tool(app, other)
		if !slices.Equal(more, []string{"list"}) || len(wordsOf(other)) != len(words)+1 || sig.Effect != mediator.Read || slices.ContainsFunc(sig.Params, func(p Param) bool { return p.Required }) {
			continue
		}
		if found != "" {
			return ""
		}
		found = other
	}
	if found == "" {
		return ""
	}
	lists, _ := c.tools.Tool(app, found)
	x.Args = slices.DeleteFunc(x.Args, func(a syntax.Expr) bool {
		id, ok := a.(*syntax.BinaryExpr).X.(*syntax.Ident) // there are no others
		out := ok && !slices.ContainsFunc(lists.Params, func(p Param) bool { return p.Name == id.Name })
		if out {
			c.note(a, "%s.%s takes no %s: left out", app, found, clip(id.Name))
		}
		return out
	})
	return found
}
