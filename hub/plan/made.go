package plan

import (
	"strings"

	"go.starlark.net/syntax"
)

// The pieces of a plan that a mend writes. All stand at one place of the plan, which
// an error of theirs names.

// nameOf is a name.
func nameOf(at syntax.Position, name string) *syntax.Ident {
	return &syntax.Ident{NamePos: at, Name: name}
}

// fieldOf is x.name.
func fieldOf(at syntax.Position, x syntax.Expr, name string) *syntax.DotExpr {
	return &syntax.DotExpr{X: x, Dot: at, NamePos: at, Name: nameOf(at, name)}
}

// zeroth is x[0].
func zeroth(at syntax.Position, x syntax.Expr) *syntax.IndexExpr {
	return &syntax.IndexExpr{X: x, Lbrack: at, Y: numberLiteral(at, syntax.INT, "0", int64(0)), Rbrack: at}
}

// callOf is name(args…), of a function of the language.
func callOf(at syntax.Position, name string, args ...syntax.Expr) *syntax.CallExpr {
	return &syntax.CallExpr{Fn: nameOf(at, name), Lparen: at, Rparen: at, Args: args}
}

// toolCallOf is app.tool(args…).
func toolCallOf(at syntax.Position, app, tool string, args ...syntax.Expr) *syntax.CallExpr {
	return &syntax.CallExpr{Fn: fieldOf(at, nameOf(at, app), tool), Lparen: at, Rparen: at, Args: args}
}

// argumentOf is name = v.
func argumentOf(at syntax.Position, name string, v syntax.Expr) syntax.Expr {
	return &syntax.BinaryExpr{X: nameOf(at, name), OpPos: at, Op: syntax.EQ, Y: v}
}

// textLiteral is "s".
func textLiteral(at syntax.Position, s string) syntax.Expr {
	return &syntax.Literal{Token: syntax.STRING, TokenPos: at, Raw: syntax.Quote(s, false), Value: s}
}

// numberLiteral is a number's literal; a sign stands outside of it.
func numberLiteral(at syntax.Position, t syntax.Token, raw string, v any) syntax.Expr {
	abs := strings.TrimPrefix(raw, "-")
	lit := &syntax.Literal{Token: t, TokenPos: at, Raw: abs, Value: v}
	if abs == raw {
		return lit
	}
	if i, ok := v.(int64); ok {
		lit.Value = -i
	} else {
		lit.Value = -v.(float64)
	}
	return &syntax.UnaryExpr{OpPos: at, Op: syntax.MINUS, X: lit}
}
