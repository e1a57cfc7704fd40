package plan

import (
	"slices"
	"strings"
	"time"

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
	app, tool := toolOf(call)
	sig, known := c.tools.Tool(app, tool)
	return known && sig.Effect == mediator.Read && clockWords(tool)
}

// thatDay is the tool of an app that tells of a day what another tells of now, where the request
// names one other day: of get_current_weather(city) get_weather_by_date(city, start_date,
// end_date). It gives the call that day; "" if there is no such tool, or more than one.
func (c *checker) thatDay(app, tool string, sig Sig, x *syntax.CallExpr) (found string) {
	words := wordsOf(tool)
	day, ok := c.ownSpan()
	if c.check.Now.IsZero() || sig.Effect != mediator.Read || clockWords(tool) || !slices.Contains(words, "current") && !slices.Contains(words, "now") ||
		!ok || day.Start.Before(midnightAfter(c.now())) {
		return ""
	}
	pos, named, order := c.split(x)
	said := strings.Fields(strings.ToLower(c.check.Words))
	if len(pos) > len(sig.Params) || slices.ContainsFunc(said, func(w string) bool {
		return slices.Contains([]string{"now", "current", "currently", "today"}, strings.Trim(w, ",.?!"))
	}) {
		return ""
	}
	for i, v := range pos {
		named[sig.Params[i].Name] = v
		order = append(order, sig.Params[i].Name)
	}
	var dates []Param
	for _, other := range c.tools.ToolsOf(app) {
		o, _ := c.tools.Tool(app, other)
		var of []Param
		for _, p := range o.Params {
			if slices.Contains(wordsOf(p.Name), "date") {
				of = append(of, p)
			}
		}
		has := func(n string) bool { return slices.ContainsFunc(o.Params, func(p Param) bool { return p.Name == n }) }
		needs := slices.ContainsFunc(o.Params, func(p Param) bool {
			return p.Required && named[p.Name] == nil && !slices.Contains(of, p)
		})
		if o.Effect != mediator.Read || len(of) == 0 || needs || slices.ContainsFunc(order, func(n string) bool { return !has(n) }) {
			continue
		}
		if found != "" {
			return ""
		}
		found, dates = other, of
	}
	if found == "" {
		return ""
	}
	at := syntax.Start(x)
	x.Args = nil
	for _, n := range order {
		x.Args = append(x.Args, argumentOf(at, n, named[n]))
	}
	for _, p := range dates {
		if named[p.Name] != nil {
			continue
		}
		v := timeOf(textLiteral(at, day.Text), p).(*syntax.DotExpr)
		if day.HasTime {
			v.Name.Name = "date"
		}
		x.Args = append(x.Args, argumentOf(at, p.Name, v))
	}
	return found
}

// midnightAfter is the first moment of the next day.
func midnightAfter(t time.Time) time.Time {
	y, m, d := t.Date()
	return time.Date(y, m, d+1, 0, 0, 0, 0, t.Location())
}
