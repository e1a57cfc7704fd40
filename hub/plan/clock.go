package plan

import (
	"slices"

	"go.starlark.net/syntax"

	"secgpt/hub/when"
	"secgpt/mediator"
)

// A small model takes "today" from a clock, and gives all that the clock says for a time.

// clockWords reports whether a tool is called by what time it is.
func clockWords(tool string) bool {
	words := wordsOf(tool)
	return slices.Contains(words, "time") && (slices.Contains(words, "current") || slices.Contains(words, "now"))
}

// onlyClocks reports whether all times among named arguments are what a clock says.
func (c *checker) onlyClocks(params []Param, named map[string]syntax.Expr) bool {
	return !slices.ContainsFunc(params, func(p Param) bool {
		v := named[p.Name]
		return v != nil && (p.Type == "date" || p.Type == "datetime") && !c.fromClock(v)
	})
}

// fromClock reports whether a value is, or is a part of, what a clock says.
func (c *checker) fromClock(v syntax.Expr) bool {
	v = unparen(v)
	switch x := v.(type) {
	case *syntax.DotExpr:
		v = unparen(x.X)
	case *syntax.IndexExpr:
		v = unparen(x.X)
	}
	if id, ok := v.(*syntax.Ident); ok {
		return c.clocks[id.Name] && c.filled[id.Name] == 1
	}
	call, _ := v.(*syntax.CallExpr)
	return c.callsClock(call)
}

// today has the hub read the one time that the request names, where all times that a plan
// gives are what a clock says: "what is on today", start = clock.get_current_time(timezone = "UTC").
func (c *checker) today(full string, p Param, v syntax.Expr, clocks bool) syntax.Expr {
	if !clocks || p.Type != "date" && p.Type != "datetime" || c.check.Now.IsZero() || !c.fromClock(v) {
		return v
	}
	times := c.spans()
	if len(times) == 0 || slices.ContainsFunc(times, func(s when.Span) bool { return !s.Start.Equal(times[0].Start) }) {
		return v
	}
	c.note(v, "%s of %s is when(%q), which the request names", p.Name, full, clip(times[0].Text))
	return timeOf(textLiteral(syntax.Start(v), times[0].Text), p)
}

// callsClock reports whether a call asks a tool for what time it is.
func (c *checker) callsClock(call *syntax.CallExpr) bool {
	if call == nil {
		return false
	}
	fn, ok := unparen(call.Fn).(*syntax.DotExpr)
	if !ok {
		return false
	}
	app, ok := unparen(fn.X).(*syntax.Ident)
	if !ok {
		return false
	}
	sig, known := c.tools.Tool(app.Name, fn.Name.Name)
	return known && sig.Effect == mediator.Read && clockWords(fn.Name.Name)
}
