package plan

import (
	"fmt"
	"slices"
	"strings"

	"go.starlark.net/syntax"
)

// What Python has and the plan language has not, and what to write instead.

const (
	whenInstead = `write when("…") with the words of the request, as in when("tomorrow at 3pm").start or when("next week").end`
	dateInstead = `a time is a text already: of x = when("…"), x.date is the day, x.time the time of day, x.start and x.end where it begins and ends`
)

var insteadOf = map[string]string{
	"datetime": whenInstead, "date": whenInstead, "time": whenInstead, "timedelta": whenInstead, "relativedelta": whenInstead,
	"dateutil": whenInstead, "calendar": whenInstead, "pytz": whenInstead, "zoneinfo": whenInstead, "now": whenInstead, "today": whenInstead,
	"strptime": whenInstead, "timestamp": dateInstead, "weekday": dateInstead, "astimezone": dateInstead,
	"json": "results are values already: use x.field, or str(x)", "re": "use the methods of texts, or ask(\"what to find\", x)",
	"os": "call a tool of an app", "sys": "call a tool of an app", "requests": "call a tool of an app", "open": "call a tool of an app",
	"exit": "put what follows into an else", "quit": "put what follows into an else",
	"isinstance": "test with if x", "type": "test with if x", "hasattr": "write x.get(\"name\")", "getattr": "write x.get(\"name\")",
	"math": "use + - * / // % and round(x)", "random": "take x[0]", "locals": "leave it out", "globals": "leave it out",
}

// instead refuses a name of Python's that nothing here has.
func (c *checker) instead(n syntax.Node, name string) {
	if s := insteadOf[name]; s != "" && !c.variable(name) && !c.app(name) {
		c.fail(n, Name, "there is no %s in a plan: %s", name, s)
	}
}

// mapped reads map(f, xs) and filter(f, xs) as the comprehension that they are.
func (c *checker) mapped(x *syntax.CallExpr, t *target) {
	pos, _, order := c.split(x)
	if len(pos) != 2 || len(order) > 0 {
		c.fail(x, Name, "%s takes a function and a list: write [x.name for x in xs]", t.tool)
	}
	param, body := c.applied(pos[0], t.tool)
	in := &syntax.ForClause{Vars: param, X: pos[1]}
	list := &syntax.Comprehension{Lbrack: syntax.Start(x), Body: body, Clauses: []syntax.Node{in}}
	if t.tool == "filter" {
		list.Body, list.Clauses = param, append(list.Clauses, &syntax.IfClause{Cond: body})
	}
	t.kind, t.as = sameAs, list
	c.expr(list)
}

// applied is a function as map takes it: its parameter, and what it makes of it.
func (c *checker) applied(f syntax.Expr, of string) (param *syntax.Ident, body syntax.Expr) {
	at := syntax.Start(f)
	switch f := unparen(f).(type) {
	case *syntax.LambdaExpr:
		if len(f.Params) == 1 {
			if id, ok := f.Params[0].(*syntax.Ident); ok {
				return id, f.Body
			}
		}
	case *syntax.Ident:
		param = nameOf(at, "__item")
		if f.Name == "None" && of == "filter" {
			return param, param
		}
		if b, ok := builtins[f.Name]; ok && b.min <= 1 && b.max != 0 {
			return param, &syntax.CallExpr{Fn: f, Lparen: at, Args: []syntax.Expr{param}, Rparen: at}
		}
	}
	c.fail(f, Syntax, "%s takes str, int or another function of one value: write [x.name for x in xs]", of)
	return nil, nil
}

// timeNames are functions of Python's, and of small models', that read a time.
var timeNames = []string{"date", "datetime", "time", "parse_date", "parse_time", "parse", "get_date", "to_date"}

// noFunction says what there is instead of a function that is not there.
func (c *checker) noFunction(x *syntax.CallExpr, name string) {
	c.instead(x, name)
	var have []string
	for _, app := range c.tools.Apps() {
		for _, tool := range c.tools.ToolsOf(app) {
			if tool == name || same(app+tool, name) || same(tool+app, name) {
				have = append(have, app+"."+tool)
			}
		}
	}
	switch {
	case len(have) == 1:
		c.fail(x, Name, "there is no function %s: did you mean %s?", name, have[0])
	case len(have) > 1:
		c.fail(x, Name, "there is no function %s: write the app too, as in %s", name, strings.Join(have[:min(len(have), maxNamed)], " or "))
	}
	names := functionNames()
	if n := Nearest(name, names); n != "" {
		c.fail(x, Name, "there is no function %s: did you mean %s?", name, n)
	}
	c.fail(x, Name, "there is no function %s: call a tool of an app, APP.TOOL(…), or write the step out", name)
}

// noMethod says what there is instead of a method that no value has.
func (c *checker) noMethod(fn *syntax.DotExpr, name string) {
	c.instead(fn, name)
	if id, ok := unparen(fn.X).(*syntax.Ident); ok && c.unheard(name) {
		c.absent(fn, id.Name+"."+name, "nothing that is installed can do that")
	}
	names := make([]string, 0, len(methods))
	for n := range methods {
		names = append(names, n)
	}
	slices.Sort(names)
	hint := "take a field without the brackets, or call an app's tool"
	if n := Nearest(name, names); n != "" {
		hint = fmt.Sprintf("did you mean %s?", n)
	}
	c.fail(fn, Name, "no value has a method %s: %s", name, hint)
}

// unheard reports whether a name is that of a change, of something that no tool is about:
// lamp.set_brightness.
func (c *checker) unheard(name string) bool {
	words := wordsOf(name)
	if verbOf(words) <= 0 || !slices.ContainsFunc(words, func(w string) bool { return lineOf(verbs, w) < 0 }) {
		return false
	}
	for _, app := range c.tools.Apps() {
		for _, tool := range c.tools.ToolsOf(app) {
			if covers(wordsOf(app, tool), words) {
				return false
			}
		}
	}
	return true
}
