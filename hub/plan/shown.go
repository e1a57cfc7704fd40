package plan

import (
	"regexp"
	"slices"
	"sync"

	"go.starlark.net/syntax"

	"secgpt/mediator"
)

// A plan that shows nothing, or only words, was meant to show what it found.

// show picks the statements whose values are shown although the plan does not say so.
func (c *checker) show(f *syntax.File) {
	c.p.shows = map[syntax.Stmt]bool{}
	if len(f.Stmts) == 0 {
		return
	}
	if c.shown {
		c.showUnused(f)
		return
	}
	for _, name := range c.showLast(f.Stmts[len(f.Stmts)-1], false) {
		c.append(f, name)
		c.note(f.Stmts[len(f.Stmts)-1], "nothing was shown, so %s is", name)
	}
}

// showLast shows the value of the last statement, also in the branches of an if and
// in the body of a loop. It returns the variables that a loop fills, whose values are
// there only after it.
func (c *checker) showLast(s syntax.Stmt, loop bool) (after []string) {
	switch s := s.(type) {
	case *syntax.ExprStmt:
		if x, ok := unparen(s.X).(*syntax.CallExpr); !loop || !ok || c.reads(x) {
			c.p.shows[s] = true
		}
	case *syntax.AssignStmt:
		id, ok := unparen(s.LHS).(*syntax.Ident)
		switch {
		case ok && !loop:
			c.p.shows[s] = true
		case ok && c.atTop(id.Name):
			return []string{id.Name}
		}
	case *syntax.IfStmt:
		for _, branch := range [][]syntax.Stmt{s.True, s.False} {
			if n := len(branch); n > 0 {
				after = append(after, c.showLast(branch[n-1], loop)...)
			}
		}
	case *syntax.ForStmt:
		after = c.showLast(s.Body[len(s.Body)-1], true)
	}
	slices.Sort(after)
	return slices.Compact(after)
}

// ofUse is a thing that has a time, where a model's plan, which changes nothing, shows no more
// of it than its title: "standup?" asks when it is. Of a list it is each of them. So is a thing of
// which it shows no more than the app's own key.
func (c *checker) ofUse(v syntax.Expr) syntax.Expr {
	if c.check.Now.IsZero() || c.changes || asksTitle().MatchString(c.check.Words) {
		return v
	}
	switch x := unparen(v).(type) {
	case *syntax.DotExpr:
		if titleOnly(x, c.shape(x.X)) {
			c.note(x, "more than its title is shown")
			return x.X
		}
		if _, named := unparen(x.X).(*syntax.Ident); named && slices.Contains(keysAlone, x.Name.Name) && !asksKey().MatchString(c.check.Words) {
			c.note(x, "more than its %s is shown", x.Name.Name)
			return x.X
		}
	case *syntax.Comprehension:
		of, one := x.Clauses[0].(*syntax.ForClause)
		body, field := unparen(x.Body).(*syntax.DotExpr)
		if !one || !field || x.Curly {
			return v
		}
		item, named := unparen(of.Vars).(*syntax.Ident)
		id, same := unparen(body.X).(*syntax.Ident)
		if named && same && id.Name == item.Name && titleOnly(body, c.shape(of.X)) {
			c.note(body, "more than each title is shown")
			x.Body = body.X
		}
	}
	return v
}

// keysAlone are fields by which an app knows a thing, and that tell a person nothing of it: "when
// does it arrive?" is in what a message says, and not in its ts.
var keysAlone = []string{"id", "ts", "thread_ts", "uid", "uuid"}

// asksKey fits requests that may want them.
var asksKey = sync.OnceValue(func() *regexp.Regexp {
	return regexp.MustCompile(`(?i)\b(ids?|ts|uu?ids?|numbers?|which one|key|timestamps?|nummer|numéro|número)\b`)
})

// titleOnly reports whether x is the title of a thing that begins at a time.
func titleOnly(x *syntax.DotExpr, s shape) bool {
	return x.Name.Name == "title" && slices.Contains(s.fields, "title") && slices.Contains(s.fields, "start")
}

// asksTitle fits requests that want to know what something is called.
var asksTitle = sync.OnceValue(func() *regexp.Regexp {
	return regexp.MustCompile(`(?i)(^|\P{L})(titles?|names?|named|called|titel|hei(ß|ss)t|hei(ß|ss)en|titres?|títulos?)(\P{L}|$)`)
})

// reads reports whether a call only finds something out.
func (c *checker) reads(x *syntax.CallExpr) bool {
	t := c.p.targets[x]
	switch t.kind {
	case toolCall:
		return t.sig.Effect == mediator.Read
	case methodCall:
		return !mutators[t.tool]
	case revealCall:
		return false
	}
	return true
}

// atTop reports whether a variable has a value before the last statement, whatever runs.
func (c *checker) atTop(name string) bool {
	return slices.ContainsFunc(c.p.stmts[:len(c.p.stmts)-1], func(s syntax.Stmt) bool {
		a, ok := s.(*syntax.AssignStmt)
		return ok && slices.Contains(targets(a.LHS), name)
	})
}

// append shows a variable after everything else.
func (c *checker) append(f *syntax.File, name string) {
	at := syntax.Start(f.Stmts[len(f.Stmts)-1])
	s := &syntax.ExprStmt{X: nameOf(at, name)}
	c.p.stmts = append(slices.Clone(c.p.stmts), s)
	c.p.shows[s] = true
}

// showUnused shows the one result that nothing uses, where all replies are words
// alone: "Your notes:" was meant to stand above them.
func (c *checker) showUnused(f *syntax.File) {
	if c.valued || slices.ContainsFunc(c.p.calls, c.changing) {
		return
	}
	used := reads(f, c.p.targets)
	var found []syntax.Stmt
	for _, s := range f.Stmts {
		var x syntax.Expr
		switch s := s.(type) {
		case *syntax.ExprStmt:
			x = s.X
		case *syntax.AssignStmt:
			if id, ok := unparen(s.LHS).(*syntax.Ident); ok && s.Op == syntax.EQ && !used[id.Name] {
				x = s.RHS
			}
		}
		if x == nil {
			continue
		}
		if call, ok := unparen(x).(*syntax.CallExpr); ok && (c.p.targets[call].kind == toolCall || c.p.targets[call].kind == askCall) {
			found = append(found, s)
		}
	}
	if len(found) != 1 {
		return
	}
	switch s := found[0].(type) {
	case *syntax.ExprStmt:
		c.p.shows[s] = true
	case *syntax.AssignStmt:
		c.append(f, unparen(s.LHS).(*syntax.Ident).Name)
	}
	c.note(found[0], "its result was not shown, so it is")
}

func (c *checker) changing(t *target) bool {
	sig, ok := c.tools.Tool(t.app, t.tool)
	return ok && sig.Effect != mediator.Read
}

// reads lists the variables that are read anywhere.
func reads(f *syntax.File, targets map[*syntax.CallExpr]*target) map[string]bool {
	names, skip := map[string]bool{}, map[syntax.Node]bool{}
	syntax.Walk(f, func(n syntax.Node) bool {
		switch n := n.(type) {
		case *syntax.AssignStmt:
			if id, ok := unparen(n.LHS).(*syntax.Ident); ok && n.Op == syntax.EQ {
				skip[id] = true
			}
		case *syntax.DotExpr:
			skip[n.Name] = true
		case *syntax.CallExpr:
			if d, ok := n.Fn.(*syntax.DotExpr); ok && targets[n] != nil && targets[n].app != "" {
				skip[d.X] = true // the app's name, which a variable may have too
			}
			for _, a := range n.Args {
				if b, ok := a.(*syntax.BinaryExpr); ok && b.Op == syntax.EQ {
					skip[b.X] = true
				}
			}
		case *syntax.Ident:
			if !skip[n] {
				names[n.Name] = true
			}
		}
		return true
	})
	return names
}
