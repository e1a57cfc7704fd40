package plan

import (
	"slices"

	"go.starlark.net/syntax"

	"secgpt/mediator"
)

// "Moved:" above the event as it was found, before it was moved, misleads. What a plan
// changes by the id of a thing and shows after that is what the change gave back.

const renewedName = "renewed"

// renew lets a plan of a model show what came of a change, instead of what was found for it.
// All names are resolved by then.
func (c *checker) renew(f *syntax.File) {
	if c.check.Now.IsZero() || c.known[renewedName] {
		return
	}
	found := map[string]*target{} // variables, and the calls that they are of
	for i, s := range f.Stmts {
		switch s := s.(type) {
		case *syntax.AssignStmt:
			if id, ok := unparen(s.LHS).(*syntax.Ident); ok {
				delete(found, id.Name)
				if t := c.toolOf(s.RHS); t != nil && s.Op == syntax.EQ {
					found[id.Name] = t
				}
			}
		case *syntax.ExprStmt:
			t := c.toolOf(s.X)
			if t == nil || t.sig.Effect != mediator.Write || t.sig.List {
				continue
			}
			thing := ""
			for _, a := range t.args {
				if id, ok := unparen(a.x).(*syntax.DotExpr); ok && a.Name == "id" && id.Name.Name == "id" {
					thing = firstOf(id.X)
				}
			}
			of := found[thing]
			if of == nil || of.app != t.app || of.sig.Fields == nil ||
				slices.ContainsFunc(of.sig.Fields, func(f string) bool { return !slices.Contains(t.sig.Fields, f) }) {
				continue
			}
			if c.showsNew(f.Stmts[i+1:], thing) {
				at := syntax.Start(s.X)
				f.Stmts[i] = &syntax.AssignStmt{OpPos: at, Op: syntax.EQ, LHS: nameOf(at, renewedName), RHS: s.X}
				return
			}
		}
	}
}

// showsNew has the replies among statements show what was renewed where they show the thing.
func (c *checker) showsNew(after []syntax.Stmt, thing string) (shown bool) {
	for _, s := range after {
		x, ok := s.(*syntax.ExprStmt)
		if !ok {
			continue
		}
		call, ok := unparen(x.X).(*syntax.CallExpr)
		if !ok || c.p.targets[call] == nil || c.p.targets[call].kind != replyCall {
			continue
		}
		for i, a := range c.p.targets[call].values {
			if firstOf(a) == thing {
				c.p.targets[call].values[i], shown = nameOf(syntax.Start(a), renewedName), true
			}
		}
	}
	return shown
}

// toolOf is what a call of a tool calls, or nil.
func (c *checker) toolOf(x syntax.Expr) *target {
	call, ok := unparen(x).(*syntax.CallExpr)
	if !ok || c.p.targets[call] == nil || c.p.targets[call].kind != toolCall {
		return nil
	}
	return c.p.targets[call]
}

// firstOf is the variable in x[0], also where it is the one that was meant, or "".
func firstOf(x syntax.Expr) string {
	at, ok := unparen(x).(*syntax.IndexExpr)
	if !ok {
		return ""
	}
	if first, ok := unparen(at.Y).(*syntax.Literal); !ok || first.Raw != "0" {
		return ""
	}
	of := unparen(at.X)
	if call, ok := of.(*syntax.CallExpr); ok && len(call.Args) > 0 {
		if fn, ok := call.Fn.(*syntax.Ident); ok && fn.Name == bestName {
			of = unparen(call.Args[0])
		}
	}
	if id, ok := of.(*syntax.Ident); ok {
		return id.Name
	}
	return ""
}
