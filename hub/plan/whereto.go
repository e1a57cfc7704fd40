package plan

import (
	"slices"
	"strings"
	"time"

	"go.starlark.net/syntax"

	"secgpt/hub/when"
	"secgpt/mediator"
)

// whereItIs has a plan look for what it moves on the day that it is moved within, and not
// at the very time when it is to begin, where it can't be yet: "tomorrow the stand-up starts
// at 9:45". What is moved to a day is looked for on any.
func (c *checker) whereItIs(t *target) {
	if c.check.Now.IsZero() || t.sig.Effect == mediator.Read {
		return
	}
	var find *syntax.CallExpr
	for _, a := range t.args {
		if dot, ok := unparen(a.x).(*syntax.DotExpr); ok && a.Name == "id" && dot.Name.Name == "id" {
			find = c.finds[firstOf(dot.X)]
		}
	}
	if find == nil {
		return
	}
	sought := c.p.targets[find]
	for _, a := range t.args {
		at, ok := c.clockOf(a)
		bound := func(b argument) bool { w, ok := c.clockOf(b); return ok && w == at }
		if !ok || !slices.ContainsFunc(sought.args, bound) {
			continue
		}
		full := fullName(sought.app, sought.tool)
		s, _ := when.Read(at, c.now())
		s.Text = at
		whole := c.onItsDay(at)
		anyDay := !s.TimeOfDay() && strings.Contains(strings.ToLower(c.check.Words), "to "+strings.ToLower(at)) || s.TimeOfDay() && whole == at
		if anyDay && !slices.ContainsFunc(sought.args, func(b argument) bool { return bound(b) && b.Required }) {
			sought.args = slices.DeleteFunc(sought.args, bound)
			c.note(find, "%s does not look at %q, where this is moved to", full, clip(at))
			return
		}
		s, _ = when.Read(whole, c.now())
		for i, b := range sought.args {
			if bound(b) {
				sought.args[i].x = timeOf(textLiteral(syntax.Start(b.x), s.Start.Format(time.DateOnly)), b.Param)
				c.expr(sought.args[i].x)
			}
		}
		c.note(find, "%s looks on the day of %q", full, clip(at))
	}
}

// clockOf are the words of an argument that is a time of day, when("tomorrow at 9").start.
func (c *checker) clockOf(a argument) (string, bool) {
	dot, ok := unparen(a.x).(*syntax.DotExpr)
	if !ok {
		return "", false
	}
	words, ok := c.timeWords(dot.X)
	s, err := when.Read(words, c.now())
	return words, ok && err == nil && s.HasTime
}
