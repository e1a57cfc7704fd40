package plan

import (
	"slices"

	"go.starlark.net/syntax"
)

// oneField takes the answer itself of an ask whose schema has one field only, where the plan
// never names that field: "You paid %d" % ask("How much?", mail, schema = {"amount": "number"}).
func (c *checker) oneField(f *syntax.File) {
	if c.check.Now.IsZero() {
		return
	}
	var asks []*syntax.AssignStmt
	uses, written := map[string]int{}, map[string]int{} // of those the ones that write it into a text, or compare it
	write := func(x syntax.Expr) {
		for _, e := range append(elements(unparen(x)), x) {
			if id, ok := unparen(e).(*syntax.Ident); ok {
				written[id.Name]++
			}
		}
	}
	syntax.Walk(f, func(n syntax.Node) bool {
		switch n := n.(type) {
		case *syntax.AssignStmt:
			if id, ok := n.LHS.(*syntax.Ident); ok && n.Op == syntax.EQ && c.filled[id.Name] == 1 && onlyField(n.RHS) != "" {
				asks = append(asks, n)
				written[id.Name]++ // which fills it
			}
		case *syntax.Ident:
			uses[n.Name]++
		case *syntax.BinaryExpr:
			if n.Op != syntax.EQ && n.Op != syntax.AND && n.Op != syntax.OR {
				write(n.X)
			}
			write(n.Y)
		case *syntax.CallExpr:
			if fn, ok := n.Fn.(*syntax.Ident); ok && slices.Contains([]string{"reply", "print", "str", formatName}, fn.Name) {
				for _, a := range n.Args {
					write(a)
				}
			}
		}
		return true
	})
	for _, s := range asks {
		name, field, at := s.LHS.(*syntax.Ident).Name, onlyField(s.RHS), syntax.Start(s.RHS)
		if uses[name] != written[name] {
			continue
		}
		c.note(s.RHS, "%s is the %s itself", name, field)
		s.RHS = fieldOf(at, s.RHS, field)
	}
}

// onlyField is the one field that the schema of an ask has, or "".
func onlyField(x syntax.Expr) string {
	call, ok := unparen(x).(*syntax.CallExpr)
	if !ok {
		return ""
	}
	if fn, ok := call.Fn.(*syntax.Ident); !ok || fn.Name != "ask" {
		return ""
	}
	for _, a := range call.Args {
		if named, ok := a.(*syntax.BinaryExpr); ok && named.Op == syntax.EQ {
			schema, isDict := unparen(named.Y).(*syntax.DictExpr)
			if id, ok := named.X.(*syntax.Ident); ok && id.Name == "schema" && isDict && len(schema.List) == 1 {
				field, _ := constText(schema.List[0].(*syntax.DictEntry).Key)
				return field
			}
		}
	}
	return ""
}
