package plan

import (
	"fmt"
	"math/big"
	"slices"
	"strings"

	"go.starlark.net/syntax"

	"secgpt/hub/when"
	"secgpt/mediator/label"
)

var person = label.Person()

// A checker walks a plan once, before anything runs. It resolves every name, so
// that running needs no lookups that could depend on a value.
type checker struct {
	p       *Program
	tools   Tools
	known   map[string]bool // assigned anywhere in the plan, or living on from before
	scopes  []string        // variables of the comprehensions and lambdas around this place
	nodes   int
	loops   int
	shown   bool // the plan replies
	valued  bool // with more than words
	filled  map[string]int
	shapes  map[string]shape
	lists   map[string]string // of which list a loop's variable is one
	check   Check
	times   []when.Span                 // that the person named; nil until a date is written out
	whens   map[string]string           // variables that hold a time, by its words
	texts   map[string]string           // those that hold a text of the plan
	needs   map[string]bool             // and those that hold what the person is asked for
	clocks  map[string]bool             // or what time it is
	finds   map[string]*syntax.CallExpr // or what a tool lists
	wider   map[string]bool             // or gives, though an argument was left out that it does not have
	knows   []string                    // app, tool and field that know people's addresses; nil until asked for
	spoken  [][]string                  // spokenOf, nil until asked for
	called  []string                    // apps in which the plan looks for something, each once
	alters  []string                    // and in which it changes something
	changes bool                        // the plan calls a tool that changes something
	change  bool                        // this place is in an argument of a call that changes something
	ending  bool                        // and in one that is the end of a time
	inner   map[syntax.Expr]bool        // fields and indexes of which others are taken
	names   map[syntax.Expr]string      // the variables that values fill
	reading bool                        // what is taken here and is not there is read out
	exact   bool                        // nothing is
	decides map[string]bool             // variables that decide what is done
}

// check panics with *Error inside and returns it here: a walk has a hundred places
// to fail in.
func check(p *Program, f *syntax.File, t Tools, k Check, known []string) (err *Error) {
	c := &checker{p: p, tools: t, known: map[string]bool{}, check: k, shapes: map[string]shape{}, lists: map[string]string{}, whens: map[string]string{}, texts: map[string]string{}, needs: map[string]bool{}, clocks: map[string]bool{}, finds: map[string]*syntax.CallExpr{}, wider: map[string]bool{}, inner: map[syntax.Expr]bool{}, names: map[syntax.Expr]string{}}
	defer func() {
		if r := recover(); r != nil {
			e, ok := r.(*Error)
			if !ok {
				panic(r)
			}
			err = e
		}
	}()
	c.bound(f)
	p.all = changed(f)
	c.filled = once(f, known)
	for _, n := range append(assigned(f), known...) {
		c.known[n] = true
	}
	c.decides = deciding(f)
	c.oneField(f)
	c.changes = c.anyChange(f)
	c.looks(f)
	c.block(f.Stmts)
	c.renew(f)
	for n := range p.reaches {
		p.reaches[n] = p.toolsIn(inside(n)...)
	}
	p.calls = p.toolsIn(f)
	if len(known) == 0 { // else the plan may go on from what was looked at before
		c.unread(f)
	}
	c.show(f)
	return nil
}

func (c *checker) fail(n syntax.Node, k Kind, format string, args ...any) {
	line, col := c.p.where(place(n))
	panic(&Error{Line: line, Col: col, Kind: k, Msg: fmt.Sprintf(format, args...), Label: person})
}

// absent is fail for a tool that nothing installed has.
func (c *checker) absent(n syntax.Node, full, format string, args ...any) {
	line, col := c.p.where(place(n))
	panic(&Error{Line: line, Col: col, Kind: Name, Msg: fmt.Sprintf(format, args...), Label: person, Absent: full})
}

// missing is fail for what neither the request nor the plan says.
func (c *checker) missing(n syntax.Node, full string, p Param, format string, args ...any) {
	line, col := c.p.where(place(n))
	panic(&Error{Line: line, Col: col, Kind: Name, Msg: fmt.Sprintf(format, args...), Label: person, Missing: thing(p.Name), For: full})
}

// note keeps what was mended: who reads the plan must know what will run.
func (c *checker) note(n syntax.Node, format string, args ...any) {
	line, _ := c.p.where(place(n))
	if s := fmt.Sprintf("line %d: ", line) + fmt.Sprintf(format, args...); len(c.p.notes) < maxNotes && !slices.Contains(c.p.notes, s) {
		c.p.notes = append(c.p.notes, s)
	}
}

// place is where a node is pointed at: at what is special in it.
func place(n syntax.Node) syntax.Position {
	switch n := n.(type) {
	case *syntax.DotExpr:
		return n.Name.NamePos
	case *syntax.BinaryExpr:
		return n.OpPos
	case *syntax.CallExpr:
		return place(n.Fn)
	}
	return syntax.Start(n)
}

// bound counts nodes and depth, and gives keywords that serve as names their name.
func (c *checker) bound(f *syntax.File) {
	depth := 0
	syntax.Walk(f, func(n syntax.Node) bool {
		if n == nil {
			depth--
			return false
		}
		if depth++; depth > maxNesting {
			c.fail(n, Limit, "this stands more than %d deep in other expressions or blocks: use variables", maxNesting)
		}
		if c.nodes++; c.nodes > maxNodes {
			c.fail(n, Limit, "the plan has more than %d parts: split it", maxNodes)
		}
		if id, ok := n.(*syntax.Ident); ok {
			id.Name = strings.TrimPrefix(id.Name, keywordName)
		}
		return true
	})
}

func (c *checker) block(stmts []syntax.Stmt) {
	for _, s := range stmts {
		c.stmt(s)
	}
}

func (c *checker) stmt(s syntax.Stmt) {
	switch s := s.(type) {
	case *syntax.ExprStmt:
		c.expr(s.X)
	case *syntax.AssignStmt:
		if !slices.Contains(assignOps, s.Op) {
			c.fail(s, Syntax, "%s is not part of the plan language: write x = x + y", s.Op)
		}
		if id, ok := s.LHS.(*syntax.Ident); ok {
			c.names[unparen(s.RHS)] = id.Name
		}
		c.expr(s.RHS)
		c.target(s.LHS, s.Op != syntax.EQ)
		c.learn(s.LHS, c.shape(s.RHS))
		c.remember(s)
	case *syntax.IfStmt:
		c.region(s)
		c.p.escapes[s] = escapes(s)
		c.exactly(s.Cond)
		c.block(s.True)
		c.block(s.False)
	case *syntax.ForStmt:
		c.region(s)
		c.exactly(s.X)
		c.target(s.Vars, false)
		if list := c.shape(s.X); list.list {
			c.learn(s.Vars, list.item())
		}
		c.over(s.Vars, s.X)
		c.loops++
		c.block(s.Body)
		c.loops--
	case *syntax.BranchStmt:
		if s.Token != syntax.PASS && c.loops == 0 {
			c.fail(s, Syntax, "%s stands outside a loop: leave it out", s.Token)
		}
	case *syntax.WhileStmt:
		c.fail(s, Syntax, "%s", absent["while"])
	case *syntax.DefStmt:
		c.fail(s, Syntax, "%s", absent["def"])
	case *syntax.LoadStmt:
		c.fail(s, Syntax, "there is no load: apps are there by their names")
	case *syntax.ReturnStmt:
		c.fail(s, Syntax, "there is no return: show a result with reply(x)")
	}
}

var assignOps = []syntax.Token{
	syntax.EQ, syntax.PLUS_EQ, syntax.MINUS_EQ, syntax.STAR_EQ, syntax.SLASH_EQ,
	syntax.SLASHSLASH_EQ, syntax.PERCENT_EQ, syntax.PIPE_EQ,
}

// target checks what an assignment or a loop fills.
func (c *checker) target(x syntax.Expr, augmented bool) {
	switch x := unparen(x).(type) {
	case *syntax.Ident:
	case *syntax.TupleExpr, *syntax.ListExpr:
		if augmented {
			c.fail(x, Syntax, "this fills one variable at a time: write a line for each")
		}
		for _, e := range elements(x) {
			c.target(e, false)
		}
	case *syntax.IndexExpr, *syntax.DotExpr:
		if root(x) == nil {
			c.fail(x, Syntax, "only a variable can be assigned to: write x = … first")
		}
		c.exactly(x)
	default:
		c.fail(x, Syntax, "this can't be assigned to: write a variable's name before the =")
	}
}

// item checks x[…].
func (c *checker) item(x *syntax.IndexExpr) {
	c.expr(x.X)
	reading := c.reading
	c.reading = false
	c.expr(x.Y)
	c.reading = reading
	if name, ok := constText(x.Y); ok {
		x.X, name = c.wholly(x, x.X, name)
		if real := c.field(x.Y, x.X, name); real != name {
			x.Y = textLiteral(syntax.Start(x.Y), real)
		}
	}
	c.meantFirst(x)
}

func (c *checker) expr(x syntax.Expr) {
	switch x := x.(type) {
	case *syntax.Ident:
		c.name(x)
	case *syntax.Literal:
		if _, big := x.Value.(*big.Int); big {
			c.fail(x, Limit, "the number %.20s… is too large: whole numbers have 64 bits", x.Raw)
		}
		c.dated(x)
		if x.Token == syntax.BYTES {
			c.fail(x, Syntax, "there are no bytes: write a text without the b")
		}
	case *syntax.ParenExpr:
		c.expr(x.X)
	case *syntax.CallExpr:
		c.call(x)
	case *syntax.DotExpr:
		if id, ok := x.X.(*syntax.Ident); ok && !c.variable(id.Name) && c.app(id.Name) {
			c.fail(x, Name, "%s.%s is not a value: call it, %s.%s(…)", id.Name, x.Name.Name, id.Name, x.Name.Name)
		}
		x.X = c.answeredTime(c.unwritten(x.X), x.Name.Name)
		c.chain(x, x.X, func() {
			c.expr(x.X)
			x.X, x.Name.Name = c.wholly(x, x.X, x.Name.Name)
			x.Name.Name = c.field(x, x.X, x.Name.Name)
		})
	case *syntax.IndexExpr:
		c.chain(x, x.X, func() { c.item(x) })
	case *syntax.SliceExpr:
		for _, e := range []syntax.Expr{x.X, x.Lo, x.Hi, x.Step} {
			if e != nil {
				c.expr(e)
			}
		}
	case *syntax.ListExpr, *syntax.TupleExpr:
		for _, e := range elements(x) {
			c.expr(e)
		}
	case *syntax.DictExpr:
		for _, e := range x.List {
			c.expr(e.(*syntax.DictEntry).Key)
			c.expr(e.(*syntax.DictEntry).Value)
		}
	case *syntax.CondExpr:
		c.region(x)
		c.exactly(x.Cond)
		c.expr(x.True)
		c.expr(x.False)
	case *syntax.UnaryExpr:
		if x.X == nil || x.Op != syntax.NOT && x.Op != syntax.MINUS && x.Op != syntax.PLUS {
			c.fail(x, Syntax, "%s is not part of the plan language here: write the values out", x.Op)
		}
		c.expr(x.X)
	case *syntax.BinaryExpr:
		if !slices.Contains(binaryOps, x.Op) {
			c.fail(x, Syntax, "%s is not part of the plan language: use + - * / // %% and or not in == < >", x.Op)
		}
		if x.Op == syntax.AND || x.Op == syntax.OR {
			c.region(x)
			c.exactly(x.X)
		} else {
			c.expr(x.X)
		}
		c.nearly(x)
		c.expr(x.Y)
	case *syntax.Comprehension:
		c.comprehension(x)
	case *syntax.LambdaExpr:
		c.fail(x, Syntax, "a lambda can only be a key of sorted, min or max, or stand in map or filter: write a for loop, or [x.name for x in xs]")
	default:
		c.fail(x, Syntax, "this is not part of the plan language: write it with calls, loops and conditions")
	}
}

var binaryOps = []syntax.Token{
	syntax.AND, syntax.OR, syntax.EQL, syntax.NEQ, syntax.LT, syntax.GT, syntax.LE, syntax.GE,
	syntax.IN, syntax.NOT_IN, syntax.PLUS, syntax.MINUS, syntax.STAR, syntax.SLASH,
	syntax.SLASHSLASH, syntax.PERCENT, syntax.PIPE,
}

func (c *checker) comprehension(x *syntax.Comprehension) {
	c.region(x)
	outer := len(c.scopes)
	for _, cl := range x.Clauses {
		switch cl := cl.(type) {
		case *syntax.ForClause:
			c.exactly(cl.X)
			c.target(cl.Vars, false)
			if !namesOnly(cl.Vars) {
				c.fail(cl.Vars, Syntax, "a comprehension fills names of its own: write for x in …")
			}
			c.scopes = append(c.scopes, targets(cl.Vars)...)
			if list := c.shape(cl.X); list.list {
				c.learn(cl.Vars, list.item())
			}
			c.over(cl.Vars, cl.X)
		case *syntax.IfClause:
			c.exactly(cl.Cond)
		}
	}
	if e, ok := x.Body.(*syntax.DictEntry); ok {
		c.expr(e.Key)
		c.expr(e.Value)
	} else {
		c.expr(x.Body)
	}
	c.scopes = c.scopes[:outer]
}

// name checks a name that stands for a value.
func (c *checker) name(id *syntax.Ident) {
	n := id.Name
	switch {
	case c.variable(n) || constants[n] != (label.Kind)(0) || n == "None" || n == "null":
	case c.app(n):
		ex := "tool"
		if t := c.tools.ToolsOf(n); len(t) > 0 {
			ex = t[0]
		}
		c.fail(id, Name, "%s is an app: call one of its tools, as in %s.%s(…)", n, n, ex)
	case isFunction(n):
		c.fail(id, Name, "%s is a function: call it, %s(…)", n, n)
	default:
		c.instead(id, n)
		c.fail(id, Name, "there is no variable %s%s", n, didYouMean(n, c.variables()))
	}
}

// constants are the names of truth values, by Python and by JSON.
var constants = map[string]label.Kind{"True": label.Bool, "False": label.Bool, "true": label.Bool, "false": label.Bool}

func (c *checker) variable(n string) bool { return c.known[n] || slices.Contains(c.scopes, n) }
func (c *checker) app(n string) bool      { return slices.Contains(c.tools.Apps(), n) }

func (c *checker) variables() []string {
	names := slices.Clone(c.scopes)
	for n := range c.known {
		names = append(names, n)
	}
	slices.Sort(names)
	return slices.Compact(names)
}
