package plan

import (
	"slices"
	"strings"

	"go.starlark.net/syntax"

	"secgpt/mediator"
)

// planInText is the plan that a small model put into a text, plan = "reply(mail.search())",
// where that is all that it wrote.
func planInText(f *syntax.File) string {
	if len(f.Stmts) != 1 {
		return ""
	}
	a, ok := f.Stmts[0].(*syntax.AssignStmt)
	if !ok || a.Op != syntax.EQ {
		return ""
	}
	name, ok := a.LHS.(*syntax.Ident)
	text, _ := constText(a.RHS)
	if !ok || !slices.Contains([]string{"plan", "code", "program", "script"}, name.Name) || !strings.Contains(text, ".") || !strings.Contains(text, "(") {
		return ""
	}
	return text
}

// replied reads reply = x as reply(x), where nothing else is made of a variable of that name and
// it is filled in one place, in no loop. It reports whether there is such a line.
func replied(f *syntax.File) bool {
	used, filled := 0, 0
	syntax.Walk(f, func(n syntax.Node) bool {
		switch n := n.(type) {
		case *syntax.CallExpr:
			if isReply(n.Fn) {
				used--
			}
		case *syntax.AssignStmt:
			if isReply(n.LHS) && n.Op == syntax.EQ {
				used--
				filled++
			}
		case *syntax.Ident:
			if isReply(n) {
				used++
			}
		}
		return true
	})
	return used == 0 && filled == 1 && replyIn(f.Stmts)
}

func replyIn(stmts []syntax.Stmt) (done bool) {
	for i, s := range stmts {
		switch s := s.(type) {
		case *syntax.AssignStmt:
			if at := s.OpPos; isReply(s.LHS) {
				stmts[i] = &syntax.ExprStmt{X: &syntax.CallExpr{Fn: s.LHS, Lparen: at, Args: []syntax.Expr{s.RHS}, Rparen: at}}
				return true
			}
		case *syntax.IfStmt:
			done = done || replyIn(s.True) || replyIn(s.False)
		}
	}
	return done
}

// withoutOrders leaves out need("Add a note here."), which only says what the plan does and of
// whose answer nothing is made, where the plan finds something or makes it in a built-in app, and
// sends, changes and deletes nothing. It reports whether there is such a line.
func withoutOrders(f *syntax.File, t Tools) bool {
	calls, more := false, false
	syntax.Walk(f, func(n syntax.Node) bool {
		if call, ok := n.(*syntax.CallExpr); ok {
			app, tool := toolOf(call)
			sig, known := t.Tool(app, tool)
			calls = calls || known
			more = more || known && (sig.Effect == mediator.Send || sig.Effect != mediator.Read && !Makes(app+"."+tool)) || !known && app != "" && verbOf(wordsOf(tool)) > 0
		}
		return true
	})
	rest := slices.DeleteFunc(slices.Clone(f.Stmts), func(s syntax.Stmt) bool {
		x, ok := s.(*syntax.ExprStmt)
		if !ok || !isNeed(x.X) {
			return false
		}
		text, ok := constText(unparen(x.X).(*syntax.CallExpr).Args[0])
		first, _, _ := strings.Cut(text, " ")
		return ok && !strings.Contains(text, "?") && lineOf(verbs, strings.ToLower(first)) == lineOf(verbs, "create")
	})
	if !calls || more || len(rest) == len(f.Stmts) {
		return false
	}
	f.Stmts = rest
	return true
}

// ofReply takes x where an argument is a part of reply(x), as find(id = reply(x)[0].id). It
// reports whether there is such an argument.
func ofReply(f *syntax.File) (done bool) {
	of := func(x *syntax.Expr) {
		call, ok := unparen(*x).(*syntax.CallExpr)
		if !ok || !isReply(call.Fn) || len(call.Args) != 1 {
			return
		}
		if _, plain := call.Args[0].(*syntax.CallExpr); plain {
			*x, done = call.Args[0], true
		}
	}
	part := func(n syntax.Node) bool {
		switch n := n.(type) {
		case *syntax.IndexExpr:
			of(&n.X)
		case *syntax.DotExpr:
			of(&n.X)
		}
		return true
	}
	syntax.Walk(f, func(n syntax.Node) bool {
		if call, ok := n.(*syntax.CallExpr); ok {
			for _, a := range call.Args {
				syntax.Walk(a, part)
			}
		}
		return true
	})
	return done
}

func isReply(x syntax.Expr) bool {
	id, ok := x.(*syntax.Ident)
	return ok && id.Name == "reply"
}

// answersUnread has a question answered by a model that reads what was found, where a plan only
// looks whether a word stands in it, or whether it is there at all, and says the same words of its
// own whatever else it holds: if "buses" in page: reply("They run."). It reports whether there is
// such a line.
func answersUnread(f *syntax.File, question string, t Tools) (done bool) {
	whole := wholes(f, t)
	for i, s := range f.Stmts {
		test, ok := s.(*syntax.IfStmt)
		if !ok || !onlySays(test.True) || !onlySays(test.False) {
			continue
		}
		of := wordLookedFor(test.Cond)
		if id, ok := unparen(test.Cond).(*syntax.Ident); ok && whole[id.Name] {
			of = id
		}
		if of == nil {
			continue
		}
		at := syntax.Start(s)
		f.Stmts[i] = &syntax.ExprStmt{X: callOf(at, "reply", callOf(at, "ask", textLiteral(at, question), of))}
		done = true
	}
	return done
}

// wordLookedFor is what a condition looks for a word in, "buses" in page; nil if it is none.
func wordLookedFor(cond syntax.Expr) syntax.Expr {
	in, ok := unparen(cond).(*syntax.BinaryExpr)
	if !ok || in.Op != syntax.IN {
		return nil
	}
	of := lowered(in.Y)
	if _, word := constText(lowered(in.X)); !word || root(of) == nil {
		return nil
	}
	return of
}

// wholes are the variables that are filled once, by a tool that only reads and gives no list: one
// thing or a page, which is there whatever it says. An empty list is an answer.
func wholes(f *syntax.File, t Tools) map[string]bool {
	whole, filled := map[string]bool{}, map[string]int{}
	syntax.Walk(f, func(n syntax.Node) bool {
		if s, ok := n.(*syntax.AssignStmt); ok {
			for _, name := range targets(s.LHS) {
				filled[name]++
				whole[name] = filled[name] == 1 && s.Op == syntax.EQ && readsWhole(s.RHS, t)
			}
		}
		return true
	})
	return whole
}

// readsWhole reports whether x is a call of such a tool.
func readsWhole(x syntax.Expr, t Tools) bool {
	app, tool := toolOf(x)
	sig, known := t.Tool(app, tool)
	return known && sig.Effect == mediator.Read && !sig.List
}

// lowered is x of x.lower().
func lowered(x syntax.Expr) syntax.Expr {
	if call, ok := unparen(x).(*syntax.CallExpr); ok && len(call.Args) == 0 {
		if dot, ok := call.Fn.(*syntax.DotExpr); ok && dot.Name.Name == "lower" {
			return unparen(dot.X)
		}
	}
	return unparen(x)
}

// onlySays reports whether some statements do nothing but reply with words of the plan.
func onlySays(stmts []syntax.Stmt) bool {
	return !slices.ContainsFunc(stmts, func(s syntax.Stmt) bool {
		e, ok := s.(*syntax.ExprStmt)
		if !ok {
			return true
		}
		call, ok := e.X.(*syntax.CallExpr)
		return !ok || !isReply(call.Fn) && !isPrint(call.Fn) || slices.ContainsFunc(call.Args, func(a syntax.Expr) bool { return !onlyWords(a) })
	})
}

func isPrint(x syntax.Expr) bool {
	id, ok := x.(*syntax.Ident)
	return ok && id.Name == "print"
}
