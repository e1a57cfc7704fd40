package plan

import (
	"slices"
	"strings"

	"go.starlark.net/syntax"
)

// region notes which variables a control region can change.
func (c *checker) region(n syntax.Node) {
	if names := changed(n); len(names) > 0 {
		c.p.changes[n] = names
	}
	c.p.reaches[n] = nil // filled in when all calls are known
}

// inside is what of a control region is done or not as its condition decides.
func inside(n syntax.Node) []syntax.Node {
	var in []syntax.Node
	add := func(stmts []syntax.Stmt) {
		for _, s := range stmts {
			in = append(in, s)
		}
	}
	switch n := n.(type) {
	case *syntax.IfStmt:
		add(n.True)
		add(n.False)
		return in
	case *syntax.ForStmt:
		add(n.Body)
		return in
	case *syntax.CondExpr:
		return []syntax.Node{n.True, n.False}
	case *syntax.BinaryExpr:
		return []syntax.Node{n.Y}
	}
	return []syntax.Node{n}
}

// toolsIn lists the tools that are called anywhere in some nodes, each once.
func (p *Program) toolsIn(nodes ...syntax.Node) []*target {
	var tools []*target
	add := func(app, tool string) {
		if !slices.ContainsFunc(tools, func(o *target) bool { return o.app == app && o.tool == tool }) {
			tools = append(tools, &target{app: app, tool: tool})
		}
	}
	for _, n := range nodes {
		syntax.Walk(n, func(n syntax.Node) bool {
			x, ok := n.(*syntax.CallExpr)
			if !ok {
				return true
			}
			t := p.targets[x]
			if t == nil || t.app == "" {
				return true
			}
			add(t.app, t.tool)
			for _, name := range t.may {
				app, tool, _ := strings.Cut(name, ".")
				add(app, tool)
			}
			return true
		})
	}
	return tools
}
