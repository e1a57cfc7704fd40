package plan

import (
	"slices"
	"strings"

	"go.starlark.net/syntax"

	"secgpt/mediator"
)

// open("list.txt"), which every model has seen a thousand times, reads a file: in a model's
// plan it is the one tool that reads a text by its path, and the text of what it gives.

// opened reports whether a call opens a file to read it, and reads it so.
func (c *checker) opened(x *syntax.CallExpr, t *target) bool {
	pos, _, order := c.split(x)
	if c.check.Now.IsZero() || len(pos) == 0 || len(pos) > 2 || slices.Contains(order, "mode") {
		return false
	}
	if mode, ok := constText(pos[len(pos)-1]); len(pos) == 2 && (!ok || !strings.HasPrefix(mode, "r")) {
		return false
	}
	app, tool, by := c.readsFiles()
	if path, ok := constText(pos[0]); tool == "" || c.onlyTool("open") != "" && (!ok || !strings.Contains(path, ".") || strings.Contains(path, "://")) {
		return false
	}
	at := syntax.Start(x)
	call := toolCallOf(at, app, tool, argumentOf(at, by, pos[0]))
	c.p.opens = true
	c.note(x, "open is %s", fullName(app, tool))
	t.kind, t.tool, t.as = sameAs, "open", fieldOf(at, call, "content")
	c.expr(t.as)
	return true
}

// readsFiles is the tool that is called by reading a file, or a text, and needs nothing but a
// path: "" if there is none, or several that are called so.
func (c *checker) readsFiles() (app, tool, by string) {
	for _, a := range c.tools.Apps() {
		for _, name := range c.tools.ToolsOf(a) {
			sig, _ := c.tools.Tool(a, name)
			words := wordsOf(name)
			if sig.Effect != mediator.Read || !slices.Contains(words, "read") || slices.ContainsFunc(words, func(w string) bool { return w != "read" && w != "file" && w != "text" }) {
				continue
			}
			needs := slices.DeleteFunc(slices.Clone(sig.Params), func(p Param) bool { return !p.Required })
			if len(needs) != 1 || !slices.Contains(pathNames, needs[0].Name) {
				continue
			}
			if app != "" && app != a {
				return "", "", ""
			}
			if tool == "" || slices.Contains(words, "text") { // of read_file and read_text_file the one for texts
				app, tool, by = a, name, needs[0].Name
			}
		}
	}
	return app, tool, by
}
