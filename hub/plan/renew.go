package plan

import (
	"slices"
	"strings"

	"go.starlark.net/syntax"

	"secgpt/mediator"
)

// "Moved:" above the event as it was found, before it was moved, misleads. What a plan
// changes by the id of a thing and shows after that is what the change gave back.

const renewedName = "renewed"

// renew lets a plan of a model show what came of a change, instead of what was found for it.
func (c *checker) renew(f *syntax.File) {
	if c.check.Now.IsZero() || c.known[renewedName] {
		return
	}
	found := map[string]string{} // variables, and the calls that they are of
	for i, s := range f.Stmts {
		switch s := s.(type) {
		case *syntax.AssignStmt:
			if id, ok := unparen(s.LHS).(*syntax.Ident); ok && s.Op == syntax.EQ {
				app, tool, _ := toolOf(s.RHS)
				found[id.Name] = fullName(app, tool)
			}
		case *syntax.ExprStmt:
			app, tool, call := toolOf(s.X)
			sig, known := c.tools.Tool(app, tool)
			if !known || sig.Effect != mediator.Write || sig.List {
				continue
			}
			_, named, _ := c.split(call)
			id, ok := unparen(named["id"]).(*syntax.DotExpr)
			thing := ""
			if ok && id.Name.Name == "id" {
				thing = firstOf(id.X)
			}
			of, _ := c.tools.Tool(app, foundBy(found[thing], app))
			if thing == "" || of.Fields == nil || slices.ContainsFunc(of.Fields, func(f string) bool { return !slices.Contains(sig.Fields, f) }) {
				continue
			}
			if c.showsNew(f.Stmts[i+1:], thing) {
				at := syntax.Start(s.X)
				f.Stmts[i] = &syntax.AssignStmt{OpPos: at, Op: syntax.EQ, LHS: &syntax.Ident{NamePos: at, Name: renewedName}, RHS: s.X}
				c.known[renewedName] = true
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
		if !ok {
			continue
		}
		if fn, ok := call.Fn.(*syntax.Ident); !ok || fn.Name != "reply" {
			continue
		}
		for i, a := range call.Args {
			if firstOf(a) == thing {
				call.Args[i], shown = &syntax.Ident{NamePos: syntax.Start(a), Name: renewedName}, true
			}
		}
	}
	return shown
}

// toolOf are the names in a call of a tool, APP.TOOL(…).
func toolOf(x syntax.Expr) (app, tool string, call *syntax.CallExpr) {
	call, ok := unparen(x).(*syntax.CallExpr)
	if !ok {
		return "", "", nil
	}
	fn, ok := unparen(call.Fn).(*syntax.DotExpr)
	if !ok {
		return "", "", nil
	}
	if id, ok := unparen(fn.X).(*syntax.Ident); ok {
		return id.Name, fn.Name.Name, call
	}
	return "", "", nil
}

// foundBy is the tool in APP.TOOL, if it is one of that app.
func foundBy(full, app string) string {
	if rest, ok := strings.CutPrefix(full, app+"."); ok {
		return rest
	}
	return ""
}

// firstOf is the variable in x[0], or "".
func firstOf(x syntax.Expr) string {
	at, ok := unparen(x).(*syntax.IndexExpr)
	if !ok {
		return ""
	}
	first, ok := unparen(at.Y).(*syntax.Literal)
	if id, named := unparen(at.X).(*syntax.Ident); named && ok && first.Raw == "0" {
		return id.Name
	}
	return ""
}
