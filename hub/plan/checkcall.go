package plan

import (
	"fmt"
	"slices"
	"strings"

	"go.starlark.net/syntax"

	"secgpt/mediator/label"
)

// A target is what one call in the plan calls, with its arguments sorted out.
type target struct {
	kind      targetKind
	app, tool string // kind == toolCall, or an app's ask; the function's or method's name otherwise
	sig       Sig
	args      []argument    // toolCall: in the plan's order
	values    []syntax.Expr // positional arguments; ask: the values; need: the choices
	named     map[string]syntax.Expr
	text      string // ask, need, reveal, when: the plan's own words
	schema    label.Value
	may       []string    // askCall: "app.tool"
	recv      syntax.Expr // methodCall: on what
	fn        function    // builtinCall, methodCall
}

type argument struct {
	Param
	x syntax.Expr
}

type targetKind uint8

const (
	toolCall targetKind = iota
	builtinCall
	methodCall
	replyCall
	askCall
	needCall
	revealCall
	whenCall
	formatCall
)

// special are the functions that reach the person or a model, and format.
var special = map[string]targetKind{
	"reply": replyCall, "print": replyCall, "ask": askCall, "need": needCall, "input": needCall,
	"reveal": revealCall, "when": whenCall, formatName: formatCall,
}

func isFunction(n string) bool {
	_, ok := special[n]
	return ok && n != formatName || builtins[n].like != ""
}

func functionNames() []string {
	var names []string
	for n := range special {
		if n != formatName {
			names = append(names, n)
		}
	}
	for n := range builtins {
		names = append(names, n)
	}
	slices.Sort(names)
	return names
}

func (c *checker) call(x *syntax.CallExpr) {
	t := &target{}
	c.p.targets[x] = t
	switch fn := unparen(x.Fn).(type) {
	case *syntax.Ident:
		c.function(x, t, fn.Name)
	case *syntax.DotExpr:
		c.dotted(x, t, fn)
	default:
		c.fail(x, Syntax, "this is a value and can't be called: call an app's tool, app.tool(…), or a function")
	}
}

// function resolves f(…).
func (c *checker) function(x *syntax.CallExpr, t *target, name string) {
	kind, isSpecial := special[name]
	t.tool = name
	switch {
	case isSpecial:
		t.kind = kind
		c.special(x, t)
	case builtins[name].like != "":
		t.kind = builtinCall
		c.plain(x, t, builtins[name])
	case c.variable(name):
		c.fail(x, Name, "%s is a value and can't be called: use it as it is", name)
	case c.app(name):
		c.name(&syntax.Ident{NamePos: syntax.Start(x), Name: name})
	default:
		for _, app := range c.tools.Apps() {
			if slices.Contains(c.tools.ToolsOf(app), name) {
				c.fail(x, Name, "there is no function %s: did you mean %s.%s?", name, app, name)
			}
		}
		c.fail(x, Name, "there is no function %s%s", name, didYouMean(name, functionNames()))
	}
}

// dotted resolves a.b(…): a tool where a is an app that has it, whatever variable
// bears the same name; else a method of a value.
func (c *checker) dotted(x *syntax.CallExpr, t *target, fn *syntax.DotExpr) {
	name := fn.Name.Name
	id, isName := fn.X.(*syntax.Ident)
	if isName && c.app(id.Name) {
		if sig, ok := c.tools.Tool(id.Name, name); ok {
			t.kind, t.app, t.tool, t.sig = toolCall, id.Name, name, sig
			c.toolArgs(x, t)
			c.named(id.Name + "." + name)
			return
		}
		if name == "ask" {
			t.kind, t.app, t.tool = askCall, id.Name, name
			c.named(id.Name + "." + name)
			c.special(x, t)
			return
		}
		if !c.variable(id.Name) || methods[name].like == "" {
			c.fail(fn, Name, "%s has no tool %s%s", id.Name, name, didYouMean(name, c.tools.ToolsOf(id.Name)))
		}
	}
	if isName && !c.variable(id.Name) && !c.app(id.Name) {
		if l, ok := c.tools.(interface{ Locked(app string) bool }); ok && l.Locked(id.Name) {
			c.fail(id, Name, "%s is locked: `secgpt apps show %s` says why", id.Name, id.Name)
		}
		c.fail(id, Name, "there is no app or variable %s%s", id.Name, didYouMean(id.Name, append(slices.Clone(c.tools.Apps()), c.variables()...)))
	}
	m, ok := methods[name]
	if !ok {
		names := make([]string, 0, len(methods))
		for n := range methods {
			names = append(names, n)
		}
		slices.Sort(names)
		if n := nearest(name, names); n != "" {
			c.fail(fn, Name, "no value has a method %s: did you mean %s?", name, n)
		}
		c.fail(fn, Name, "no value has a method %s: take a field without the brackets, or call an app's tool", name)
	}
	t.kind, t.tool, t.recv = methodCall, name, fn.X
	if mutators[name] && root(fn.X) == nil {
		c.fail(fn, Syntax, "%s changes a variable: put the value into one first, x = …, then x.%s(…)", name, name)
	}
	c.expr(fn.X)
	c.plain(x, t, m)
}

// named adds to the tools that the plan names.
func (c *checker) named(full string) {
	if !slices.Contains(c.p.tools, full) {
		c.p.tools = append(c.p.tools, full)
	}
}

// split sorts the arguments of a call into positional and named ones.
func (c *checker) split(x *syntax.CallExpr) (pos []syntax.Expr, named map[string]syntax.Expr, order []string) {
	named = map[string]syntax.Expr{}
	for _, a := range x.Args {
		switch b := a.(type) {
		case *syntax.UnaryExpr:
			if b.Op == syntax.STAR || b.Op == syntax.STARSTAR {
				c.fail(b, Syntax, "%s can't hand over arguments: write each one out", b.Op)
			}
		case *syntax.BinaryExpr:
			if id, ok := b.X.(*syntax.Ident); ok && b.Op == syntax.EQ {
				if _, twice := named[id.Name]; twice {
					c.fail(id, Name, "%s is given twice: give it once, a list if it takes several", id.Name)
				}
				named[id.Name] = b.Y
				order = append(order, id.Name)
				continue
			}
		}
		if len(order) > 0 {
			c.fail(a, Syntax, "a plain argument stands after a named one: write its name too")
		}
		pos = append(pos, a)
	}
	return pos, named, order
}

// toolArgs binds the arguments of a tool to its parameters.
func (c *checker) toolArgs(x *syntax.CallExpr, t *target) {
	full, params := fullName(t.app, t.tool), t.sig.Params
	pos, named, order := c.split(x)
	names := make([]string, len(params))
	for i, p := range params {
		names[i] = p.Name
	}
	given := map[string]bool{}
	add := func(p Param, v syntax.Expr) {
		given[p.Name] = true
		c.expr(v)
		// An optional argument that is written as nothing is one that was left out.
		if id, ok := unparen(v).(*syntax.Ident); ok && id.Name == "None" && !p.Required {
			return
		}
		c.literalType(full, p, v)
		t.args = append(t.args, argument{p, v})
	}
	for i, v := range pos {
		if i >= len(params) {
			c.fail(v, Name, "%s takes %d arguments: %s", full, len(params), strings.Join(names, ", "))
		}
		add(params[i], v)
	}
	for _, n := range order {
		i := slices.Index(names, n)
		switch {
		case i < 0:
			c.fail(named[n], Name, "%s has no argument %s%s", full, n, didYouMean(n, names))
		case given[n]:
			c.fail(named[n], Name, "%s is given twice, once without its name: give it once", n)
		}
		add(params[i], named[n])
	}
	for _, p := range params {
		if p.Required && !given[p.Name] {
			c.fail(x, Name, "%s needs %s: write %s(%s = …)", full, p.Name, full, p.Name)
		}
	}
}

// literalType compares what is written out with what the parameter takes. Values
// are left to the app: it knows best.
func (c *checker) literalType(full string, p Param, v syntax.Expr) {
	have, ok := literalKind(v)
	want := paramKinds(p.Type)
	if !ok || want == nil || slices.Contains(want, have) {
		return
	}
	hint := fmt.Sprintf("write a %s", want[0])
	switch want[0] {
	case label.Text:
		hint = "write it in quotes"
	case label.List:
		hint = "write it in brackets, [ ]"
	case label.Bool:
		hint = "write True or False"
	case label.Int, label.Float:
		hint = "write a number without quotes"
	case label.Object:
		hint = "write an object, {\"name\": value}"
	}
	c.fail(v, Type, "%s of %s takes a %s, not a %s: %s", p.Name, full, want[0], have, hint)
}

func paramKinds(typ string) []label.Kind {
	switch typ {
	case "string", "text", "date", "datetime", "date-time", "time", "email", "uri":
		return []label.Kind{label.Text}
	case "integer":
		return []label.Kind{label.Int}
	case "number":
		return []label.Kind{label.Int, label.Float}
	case "boolean":
		return []label.Kind{label.Bool}
	case "array":
		return []label.Kind{label.List}
	case "object":
		return []label.Kind{label.Object}
	}
	return nil
}

func literalKind(x syntax.Expr) (label.Kind, bool) {
	switch x := unparen(x).(type) {
	case *syntax.Literal:
		switch x.Token {
		case syntax.STRING:
			return label.Text, true
		case syntax.INT:
			return label.Int, true
		case syntax.FLOAT:
			return label.Float, true
		}
	case *syntax.UnaryExpr:
		if x.Op == syntax.NOT {
			return label.Bool, true
		}
		return literalKind(x.X)
	case *syntax.ListExpr, *syntax.TupleExpr:
		return label.List, true
	case *syntax.DictExpr:
		return label.Object, true
	case *syntax.Comprehension:
		if x.Curly {
			return label.Object, true
		}
		return label.List, true
	case *syntax.Ident:
		k, ok := constants[x.Name]
		return k, ok
	}
	return 0, false
}
