package plan

import (
	"fmt"
	"slices"
	"strings"

	"go.starlark.net/syntax"

	"secgpt/mediator"
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
	remember  bool        // askCall: the app's model may keep a fact
	recv      syntax.Expr // methodCall: on what
	fn        function    // builtinCall, methodCall
	as        syntax.Expr // sameAs: what this is another way to write
	wider     bool        // toolCall: arguments were left out that the tool does not have
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
	sameAs
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
	defer func(was bool) { c.reading = was }(c.reading)
	c.reading = false
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
		c.name(nameOf(syntax.Start(x), name))
	case name == "map" || name == "filter":
		c.mapped(x, t)
	case c.asWhen(x):
		c.function(x, t, "when")
	case name == "open" && c.opened(x, t):
	case c.onlyTool(name) != "":
		app := c.onlyTool(name)
		c.note(x, "%s is %s.%s", name, app, name)
		fn := fieldOf(syntax.Start(x), nameOf(syntax.Start(x), app), name)
		x.Fn = fn
		c.dotted(x, t, fn)
	default:
		c.noFunction(x, name)
	}
}

// onlyTool is the app of the one tool of that name, if a plan can mean no other.
func (c *checker) onlyTool(name string) string {
	found := ""
	for _, app := range c.tools.Apps() {
		if slices.Contains(c.tools.ToolsOf(app), name) {
			if found != "" {
				return ""
			}
			found = app
		}
	}
	return found
}

// dotted resolves a.b(…): a tool where a is an app that has it, whatever variable
// bears the same name; else a method of a value.
func (c *checker) dotted(x *syntax.CallExpr, t *target, fn *syntax.DotExpr) {
	name := fn.Name.Name
	id, isName := fn.X.(*syntax.Ident)
	if isName && c.app(id.Name) {
		sig, ok := c.tools.Tool(id.Name, name)
		// ask is the app's own model; a tool called ask_ never stands in for it.
		if real := c.written(id.Name, name); !ok && name != "ask" && real != "" && (!c.variable(id.Name) || !c.isMethod(name, x)) {
			c.note(fn, "%s.%s is %s.%s", id.Name, name, id.Name, real)
			name, fn.Name.Name = real, real
			sig, ok = c.tools.Tool(id.Name, name)
		}
		if ok {
			if app, tool, words := c.elsewhere(id.Name, sig, x); tool != "" {
				c.note(fn, "%s.%s is %s.%s, of which the request speaks", id.Name, name, app, tool)
				at := syntax.Start(x)
				x.Args = []syntax.Expr{argumentOf(at, "query", words)}
				id.Name, fn.Name.Name, name = app, tool, tool
				sig, _ = c.tools.Tool(app, tool)
			}
			swap := func(tool, why string) { // another of the same app
				c.note(fn, "%s.%s %s, so it is %s.%s", id.Name, name, why, id.Name, tool)
				fn.Name.Name, name = tool, tool
				sig, _ = c.tools.Tool(id.Name, tool)
			}
			if tool := c.thatDay(id.Name, name, sig, x); tool != "" {
				swap(tool, "tells what is now")
			}
			_, _, given := c.split(x)
			if tool := c.listOf(id.Name, name, sig, x); tool != "" {
				_, _, left := c.split(x)
				t.wider = slices.ContainsFunc(given, func(n string) bool { return !slices.Contains(left, n) && !slices.Contains(ofManner, n) })
				swap(tool, "takes which ones")
			}
			if tool := c.closes(id.Name, name, sig, x); tool != "" {
				swap(tool, "says that it is done")
			}
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
		if !c.variable(id.Name) || !c.isMethod(name, x) {
			if c.showsIt(id.Name, name, x, t) {
				return
			}
			if !c.check.Now.IsZero() && (name == "when" || name == "need") {
				c.note(fn, "%s.%s is %s", id.Name, name, name)
				x.Fn = fn.Name
				c.function(x, t, name)
				return
			}
			if app, tool, ok := c.meant(id.Name, name, x); ok {
				c.become(x, t, fn, app, tool)
				return
			}
			if tool := c.onlyRead(id.Name, name, x); tool != "" {
				c.become(x, t, fn, id.Name, tool)
				return
			}
			if app, tool, ok := c.likely(id.Name, name, x); ok && app == id.Name {
				c.become(x, t, fn, app, tool)
				return
			}
			if thing := c.readAgain(id.Name, name, x); thing != nil {
				c.note(fn, "%s has no tool %s, and what it would read is there", id.Name, name)
				t.kind, t.tool, t.as = sameAs, name, thing
				c.expr(thing)
				return
			}
			c.noTool(fn, id.Name, name)
		}
	}
	if name == "strftime" || name == "isoformat" {
		c.note(fn, "a time is a text already, so %s is left out", name)
		t.kind, t.tool, t.as = sameAs, name, c.unwritten(fn.X)
		c.expr(t.as)
		return
	}
	if r := root(fn.X); r != nil {
		c.instead(r, r.Name)
	}
	if isName && !c.variable(id.Name) && !c.app(id.Name) {
		if l, ok := c.tools.(interface{ Locked(app string) bool }); ok && l.Locked(id.Name) {
			c.fail(id, Name, "%s is locked: `secgpt apps show %s` says why", id.Name, id.Name)
		}
		if app, tool, ok := c.meant(id.Name, name, x); ok {
			c.become(x, t, fn, app, tool)
			return
		}
		if app, tool, ok := c.store(id.Name, name, x); ok {
			c.become(x, t, fn, app, tool)
			return
		}
		if app, tool, ok := c.ofItsApp(name, x); ok {
			c.become(x, t, fn, app, tool)
			return
		}
		if thing := c.byItsWords(id.Name, name, x); thing != nil {
			c.note(fn, "%s.%s is the first that is found", id.Name, name)
			t.kind, t.tool, t.as = sameAs, name, thing
			c.expr(thing)
			return
		}
		if app, tool, ok := c.byArguments(x); ok && c.check.Lenient {
			c.become(x, t, fn, app, tool)
			return
		}
		if app, tool, ok := c.likely(id.Name, name, x); ok {
			c.become(x, t, fn, app, tool)
			return
		}
		c.absent(id, id.Name+"."+name, "there is no app or variable %s%s", id.Name, didYouMean(id.Name, append(slices.Clone(c.tools.Apps()), c.variables()...)))
	}
	m, ok := methods[name]
	if !ok {
		c.noMethod(fn, name)
	}
	t.kind, t.tool, t.recv = methodCall, name, fn.X
	if mutators[name] && root(fn.X) == nil {
		c.fail(fn, Syntax, "%s changes a variable: put the value into one first, x = …, then x.%s(…)", name, name)
	}
	c.expr(fn.X)
	c.plain(x, t, m)
}

// isMethod reports whether a value has a method of that name, which takes what a call names.
func (c *checker) isMethod(name string, x *syntax.CallExpr) bool {
	m, ok := methods[name]
	_, _, order := c.split(x)
	return ok && (m.anyNames || !slices.ContainsFunc(order, func(n string) bool { return !slices.Contains(m.named, n) }))
}

// showsIt reads weather.show(result) as reply(result), where the app has no such tool.
func (c *checker) showsIt(app, name string, x *syntax.CallExpr, t *target) bool {
	pos, _, order := c.split(x)
	if c.check.Now.IsZero() || !slices.Contains([]string{"show", "display", "print", "reply"}, name) || len(pos) == 0 || len(order) > 0 || onlyWords(pos[0]) {
		return false
	}
	c.note(x, "%s.%s shows something, so it is reply", app, name)
	x.Fn = nameOf(syntax.Start(x), "reply")
	c.function(x, t, "reply")
	return true
}

// become reads a call as one of another tool.
func (c *checker) become(x *syntax.CallExpr, t *target, fn *syntax.DotExpr, app, tool string) {
	c.note(fn, "%s.%s is %s.%s", fn.X.(*syntax.Ident).Name, fn.Name.Name, app, tool)
	x.Fn = &syntax.DotExpr{X: &syntax.Ident{NamePos: syntax.Start(x), Name: app}, NamePos: fn.Name.NamePos, Name: &syntax.Ident{NamePos: fn.Name.NamePos, Name: tool}}
	c.dotted(x, t, x.Fn.(*syntax.DotExpr))
}

// written is the tool whose name an app was given in another way of writing it:
// createEvent, search_notes of notes; "" if there is not exactly one.
func (c *checker) written(app, name string) string {
	found := ""
	for _, t := range c.tools.ToolsOf(app) {
		if same(t, name) || same(app+t, name) || same(app+name, t) || same(t+app, name) || same(t+strings.TrimSuffix(app, "s"), name) {
			if found != "" {
				return ""
			}
			found = t
		}
	}
	return found
}

// noTool says which tools an app has instead.
func (c *checker) noTool(n syntax.Node, app, name string) {
	have := c.tools.ToolsOf(app)
	meant := ""
	verb, asked := verbOf(wordsOf(name)), wordsOf(name)
	shared := func(tool string) (n int) {
		for _, w := range wordsOf(tool) {
			if slices.Contains(asked, w) {
				n++
			}
		}
		return n
	}
	slices.SortStableFunc(have, func(a, b string) int { return shared(b) - shared(a) })
	likely := slices.DeleteFunc(slices.Clone(have), func(tool string) bool { return verb >= 0 && verbOf(wordsOf(tool)) != verb })
	alike := slices.DeleteFunc(slices.Clone(likely), func(tool string) bool {
		sig, _ := c.tools.Tool(app, tool)
		return verb < 0 && sig.Effect != mediator.Read || !slices.ContainsFunc(wordsOf(tool), func(w string) bool {
			return lineOf(verbs, w) < 0 && slices.Contains(asked, w) && !slices.Contains(wordsOf(app), w)
		})
	})
	if near := Nearest(name, likely); len(alike) > 0 && !slices.Contains(alike, near) {
		meant = fmt.Sprintf(": did you mean %s.%s?", app, strings.Join(alike[:min(len(alike), 2)], " or "+app+"."))
	} else if near != "" {
		meant = fmt.Sprintf(": did you mean %s.%s?", app, near)
	}
	if len(have) == 0 {
		c.absent(n, app+"."+name, "%s has no tool %s: it has none that a plan can call", app, name)
	}
	c.absent(n, app+"."+name, "%s has no tool %s; it has %s%s", app, name, listed(have), meant)
}

// named adds to the tools that the plan names.
func (c *checker) named(full string) {
	if !slices.Contains(c.p.tools, full) {
		c.p.tools = append(c.p.tools, full)
		app, tool, _ := strings.Cut(full, ".")
		if c.changing(&target{app: app, tool: tool}) {
			c.p.changing = append(c.p.changing, full)
		}
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
