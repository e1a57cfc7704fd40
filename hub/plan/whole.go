package plan

import (
	"slices"
	"strings"

	"go.starlark.net/syntax"

	"secgpt/mediator"
)

// contents are fields that hold what a thing says, where a list has only its heading.
var contents = []string{"body", "text", "content", "message"}

// wholly returns what has the field that a plan takes of x, where x has not: of an item of
// a list the whole thing, app.read(id = x.id), if the app has one tool for that; and of
// what says something what a model reads in it. name is the field there.
func (c *checker) wholly(n syntax.Node, x syntax.Expr, name string) (whole syntax.Expr, field string) {
	s := c.shape(x)
	if s.tool == "" || s.list || s.fields == nil || slices.ContainsFunc(s.fields, func(f string) bool { return same(f, name) }) {
		return x, name
	}
	if tool, id, real := c.reader(s, name); tool != "" {
		c.note(n, "%s gives no %s, so %s is called for it", s.of, name, fullName(s.app, tool))
		return c.readBy(x, s.app, tool, id), real
	}
	if c.check.Now.IsZero() || Nearest(name, s.fields) != "" || slices.Contains(contents, name) {
		return x, name
	}
	if !tells(s.fields) {
		tool, id, _ := c.reader(s, contents[0])
		if tool == "" {
			return x, name
		}
		x = c.readBy(x, s.app, tool, id)
	}
	c.note(n, "%s gives no %s, so a model reads it out of the text", s.of, name)
	at := syntax.Start(x)
	words, _, _ := strings.Cut(c.check.Words, "\n")
	schema := &syntax.DictExpr{Lbrace: at, Rbrace: at, List: []syntax.Expr{&syntax.DictEntry{Key: textLiteral(at, name), Colon: at, Value: textLiteral(at, "string")}}}
	ask := callOf(at, "ask", textLiteral(at, clip(words)+" (What is the "+strings.ReplaceAll(name, "_", " ")+"?)"), x, argumentOf(at, "schema", schema))
	c.expr(ask)
	return ask, name
}

// inFull is the whole of what a model is to read, where a plan gives it an item of a list
// that has no more than its heading.
func (c *checker) inFull(x syntax.Expr) syntax.Expr {
	s := c.shape(x)
	if c.check.Now.IsZero() || s.tool == "" || s.list || s.fields == nil || tells(s.fields) {
		return x
	}
	tool, id, _ := c.reader(s, contents[0])
	if tool == "" {
		return x
	}
	c.note(x, "ask reads all of it, so %s is called", fullName(s.app, tool))
	return c.readBy(x, s.app, tool, id)
}

// tells reports whether one of some fields holds what a thing says.
func tells(fields []string) bool {
	return slices.ContainsFunc(fields, func(f string) bool { return slices.Contains(contents, f) })
}

// readBy is app.tool(id = x.id).
func (c *checker) readBy(x syntax.Expr, app, tool, id string) syntax.Expr {
	delete(c.p.reads, x)
	c.inner[unparen(x)] = true
	at := syntax.Start(x)
	call := toolCallOf(at, app, tool, argumentOf(at, id, fieldOf(at, x, id)))
	c.expr(call)
	return call
}

// reader is the one tool of a shape's app that reads one thing by an id that the shape has,
// and gives a field of that name or meaning.
func (c *checker) reader(s shape, name string) (tool, id, field string) {
	for _, t := range c.tools.ToolsOf(s.app) {
		sig, ok := c.tools.Tool(s.app, t)
		if !ok || sig.Effect != mediator.Read || sig.List || t == s.tool {
			continue
		}
		by := ""
		for _, p := range sig.Params {
			if p.Required && by != "" || p.Required && !slices.Contains(s.fields, p.Name) {
				by = ""
				break
			}
			if p.Required {
				by = p.Name
			}
		}
		at := slices.IndexFunc(sig.Fields, func(f string) bool { return same(f, name) })
		if at < 0 && slices.Contains(contents, name) {
			at = slices.IndexFunc(sig.Fields, func(f string) bool { return slices.Contains(contents, f) })
		}
		if by == "" || at < 0 {
			continue
		}
		if tool != "" {
			return "", "", ""
		}
		tool, id, field = t, by, sig.Fields[at]
	}
	return tool, id, field
}
