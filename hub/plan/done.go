package plan

import (
	"slices"

	"go.starlark.net/syntax"

	"secgpt/mediator"
)

// isDone is how a plan writes that something is done: completed = True, status = "done". endsIt is
// what tools are called by that make it so.
var (
	isDone    = []string{"completed", "complete", "done", "closed", "finished", "checked", "is_completed", "is_done"}
	doneState = []string{"status", "state"}
	endsIt    = []string{"close", "complete", "finish"}
)

// closes is the one tool of an app that ends tasks, for a call of the one that updates them which
// says that one is done, update_task(id = x, completed = True), by an argument that the tool does
// not have: it is taken out of the call. "" if there is none.
func (c *checker) closes(app, tool string, sig Sig, x *syntax.CallExpr) (found string) {
	words := wordsOf(tool)
	if c.check.Now.IsZero() || sig.Effect == mediator.Read || len(words) != 2 || words[0] != "update" || lineOf(nouns, words[1]) != lineOf(nouns, "task") {
		return ""
	}
	for _, other := range c.tools.ToolsOf(app) {
		o, _ := c.tools.Tool(app, other)
		ends := wordsOf(other)
		if o.Effect != sig.Effect || len(ends) != 2 || !slices.Contains(endsIt, ends[0]) || ends[1] != words[1] {
			continue
		}
		if found != "" {
			return ""
		}
		found = other
	}
	if found == "" || !c.withoutDone(x, sig) {
		return ""
	}
	return found
}

// withoutDone takes out of a call, or of the one object of the list that it is given, the one
// argument that says that something is done and that its tool does not have. It reports whether
// there is one, and nothing besides but what says which.
func (c *checker) withoutDone(x *syntax.CallExpr, sig Sig) bool {
	says := func(name string, v syntax.Expr) bool {
		text, _ := constText(v)
		id, _ := unparen(v).(*syntax.Ident)
		return slices.Contains(isDone, name) && id != nil && id.Name == "True" || slices.Contains(doneState, name) && slices.Contains(isDone, text)
	}
	pos, named, order := c.split(x)
	if len(pos) > 0 {
		return false
	}
	if len(order) == 1 && len(sig.Items[order[0]]) > 0 {
		list, _ := unparen(named[order[0]]).(*syntax.ListExpr)
		if list == nil || len(list.List) != 1 {
			return false
		}
		d, _ := unparen(list.List[0]).(*syntax.DictExpr)
		if d == nil || len(d.List) != 2 {
			return false
		}
		out := slices.IndexFunc(d.List, func(e syntax.Expr) bool {
			key, _ := constText(e.(*syntax.DictEntry).Key)
			return !slices.Contains(sig.Items[order[0]], key+"?") && !slices.Contains(sig.Items[order[0]], key) && says(key, e.(*syntax.DictEntry).Value)
		})
		if out >= 0 {
			d.List = slices.Delete(d.List, out, out+1)
		}
		return out >= 0
	}
	out := slices.IndexFunc(order, func(n string) bool {
		return !slices.ContainsFunc(sig.Params, func(p Param) bool { return p.Name == n }) && says(n, named[n])
	})
	if out < 0 || len(order) != 2 {
		return false
	}
	name := order[out]
	x.Args = slices.DeleteFunc(x.Args, func(a syntax.Expr) bool {
		id, isName := a.(*syntax.BinaryExpr).X.(*syntax.Ident) // there are no others
		return isName && id.Name == name
	})
	return true
}
