package plan

import "go.starlark.net/syntax"

// ofManner are arguments that say how much is listed, and how, and not what.
var ofManner = []string{"limit", "count", "max", "max_results", "n", "number", "top", "page", "per_page", "offset", "cursor", "sort", "sort_by", "order", "order_by", "reverse", "fields", "format"}

// uncounted is the list itself, where a plan tells how many there are of what a call lists from
// which a condition was left out that its tool does not have: "4 tasks are overdue", of all tasks.
// Other values, and what tells of more than one list, are as they were.
func (c *checker) uncounted(v syntax.Expr) syntax.Expr {
	list, counts := "", 0
	syntax.Walk(v, func(n syntax.Node) bool {
		call, ok := n.(*syntax.CallExpr)
		if !ok || len(call.Args) != 1 {
			return true
		}
		fn, isName := call.Fn.(*syntax.Ident)
		if !isName || fn.Name != "len" {
			return true
		}
		counts++
		if of, ok := unparen(call.Args[0]).(*syntax.Ident); ok && c.wider[of.Name] {
			list = of.Name
		}
		return true
	})
	if list == "" || counts > 1 {
		return v
	}
	c.note(v, "%s is shown, and not how many it holds: not all that it was to be looked for by was asked for", list)
	return nameOf(syntax.Start(v), list)
}
