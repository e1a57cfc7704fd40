package plan

import (
	"slices"

	"go.starlark.net/syntax"
)

// unparen takes away brackets that only group.
func unparen(x syntax.Expr) syntax.Expr {
	for {
		p, ok := x.(*syntax.ParenExpr)
		if !ok {
			return x
		}
		x = p.X
	}
}

// elements are the parts of a list or tuple as it is written.
func elements(x syntax.Expr) []syntax.Expr {
	switch x := x.(type) {
	case *syntax.ListExpr:
		return x.List
	case *syntax.TupleExpr:
		return x.List
	}
	return nil
}

// root is the variable in which a chain of fields and indexes begins, or nil.
func root(x syntax.Expr) *syntax.Ident {
	id, _ := ofWhat(x).(*syntax.Ident)
	return id
}

// toolOf are the names in x of app.tool(args…); "" if it is no such call.
func toolOf(x syntax.Expr) (app, tool string) {
	call, ok := unparen(x).(*syntax.CallExpr)
	if !ok {
		return "", ""
	}
	fn, ok := unparen(call.Fn).(*syntax.DotExpr)
	if !ok {
		return "", ""
	}
	id, ok := unparen(fn.X).(*syntax.Ident)
	if !ok {
		return "", ""
	}
	return id.Name, fn.Name.Name
}

// targets are the variables that an assignment to x fills or changes.
func targets(x syntax.Expr) []string {
	x = unparen(x)
	if es := elements(x); es != nil {
		var names []string
		for _, e := range es {
			names = append(names, targets(e)...)
		}
		return names
	}
	if r := root(x); r != nil {
		return []string{r.Name}
	}
	return nil
}

func namesOnly(x syntax.Expr) bool {
	x = unparen(x)
	for _, e := range elements(x) {
		if !namesOnly(e) {
			return false
		}
	}
	_, id := x.(*syntax.Ident)
	return id || elements(x) != nil
}

// assigned lists the variables that get a value of their own somewhere in n.
func assigned(n syntax.Node) []string { return collect(n, false) }

// changed lists the variables that are assigned or changed anywhere in n, taken or
// not, each once: those that must carry the label of what decides over n.
func changed(n syntax.Node) []string { return collect(n, true) }

func collect(n syntax.Node, parts bool) []string {
	var names []string
	add := func(x syntax.Expr) {
		if x = unparen(x); parts || elements(x) != nil || root(x) == x {
			names = append(names, targets(x)...)
		}
	}
	syntax.Walk(n, func(n syntax.Node) bool {
		switch n := n.(type) {
		case *syntax.AssignStmt:
			add(n.LHS)
		case *syntax.ForStmt:
			add(n.Vars)
		case *syntax.CallExpr:
			if d, ok := unparen(n.Fn).(*syntax.DotExpr); ok && parts && mutators[d.Name.Name] {
				add(d.X)
			}
		}
		return true
	})
	slices.Sort(names)
	return slices.Compact(names)
}

// escapes reports whether a break or continue in s acts on a loop around s.
func escapes(s *syntax.IfStmt) bool {
	found := false
	syntax.Walk(s, func(n syntax.Node) bool {
		if b, ok := n.(*syntax.BranchStmt); ok && b.Token != syntax.PASS {
			found = true
		}
		_, loop := n.(*syntax.ForStmt)
		return !loop
	})
	return found
}
