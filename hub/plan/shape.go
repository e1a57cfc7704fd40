package plan

import (
	"slices"

	"go.starlark.net/syntax"
)

// A shape is what is known of a value before the plan runs: that it is the result of a
// tool that says which fields it gives.
type shape struct {
	of     string // "mail.search"
	app    string
	tool   string
	fields []string
	list   bool
	loose  bool // a list that was not searched by words
}

func (s shape) item() shape { s.list, s.loose = false, false; return s }

// once counts how often each name is filled. The shape of one that is filled twice
// depends on what runs.
func once(f *syntax.File, known []string) map[string]int {
	n := map[string]int{}
	add := func(x syntax.Expr) {
		for _, name := range targets(x) {
			n[name]++
		}
	}
	for _, name := range known {
		n[name]++
	}
	syntax.Walk(f, func(node syntax.Node) bool {
		switch node := node.(type) {
		case *syntax.AssignStmt:
			add(node.LHS)
		case *syntax.ForStmt:
			add(node.Vars)
		case *syntax.ForClause:
			add(node.Vars)
		case *syntax.LambdaExpr:
			for _, p := range node.Params {
				add(p)
			}
		case *syntax.CallExpr:
			if d, ok := unparen(node.Fn).(*syntax.DotExpr); ok && mutators[d.Name.Name] {
				add(d.X)
			}
		}
		return true
	})
	return n
}

// learn notes the shape of a variable.
func (c *checker) learn(target syntax.Expr, s shape) {
	if id, ok := unparen(target).(*syntax.Ident); ok && c.filled[id.Name] == 1 && (s.fields != nil || s.loose) {
		c.shapes[id.Name] = s
	}
}

// shape is what is known of x, which has been checked.
func (c *checker) shape(x syntax.Expr) shape {
	switch x := unparen(x).(type) {
	case *syntax.Ident:
		return c.shapes[x.Name]
	case *syntax.CallExpr:
		t := c.p.targets[x]
		switch {
		case t == nil:
		case t.kind == toolCall:
			return shape{fullName(t.app, t.tool), t.app, t.tool, t.sig.Fields, t.sig.List, loosely(t)}
		case t.kind == sameAs:
			return c.shape(t.as)
		case t.kind == builtinCall && len(t.values) == 1 && slices.Contains([]string{"sorted", "list", "reversed", "set"}, t.tool):
			return c.shape(t.values[0])
		case t.kind == builtinCall && len(t.values) == 1 && slices.Contains([]string{"min", "max", "next"}, t.tool):
			if s := c.shape(t.values[0]); s.list {
				return s.item()
			}
		}
	case *syntax.IndexExpr:
		if _, named := constText(x.Y); !named {
			return c.shape(x.X).item()
		}
	case *syntax.SliceExpr:
		return c.shape(x.X)
	case *syntax.BinaryExpr:
		if x.Op == syntax.OR {
			return c.shape(x.X)
		}
	case *syntax.Comprehension:
		s := c.shape(x.Body)
		if _, dict := x.Body.(*syntax.DictEntry); !dict && !s.list && s.fields != nil {
			s.list = true
			return s
		}
	}
	return shape{}
}

// field checks that x has a field of that name, if that is known, and returns how it
// is written.
func (c *checker) field(n syntax.Node, x syntax.Expr, name string) string {
	s := c.shape(x)
	if s.fields == nil || slices.Contains(s.fields, name) || s.list && listFields[name] {
		return name
	}
	for _, f := range s.fields {
		if same(f, name) {
			c.note(n, "%s of %s is %s", name, s.of, f)
			return f
		}
	}
	if c.reading && Nearest(name, s.fields) == "" {
		c.note(n, "%s gives no %s, so a model reads it out of the result", s.of, name)
		return name
	}
	names := make([]string, len(s.fields))
	for i, f := range s.fields {
		names[i] = fieldName(f)
	}
	c.fail(n, Name, "%s gives no %s%s", s.of, name, didYouMean(name, names))
	return name
}
