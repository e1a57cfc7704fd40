package plan

import (
	"math"
	"slices"
	"strconv"
	"strings"

	"go.starlark.net/syntax"

	"secgpt/mediator/label"
)

// literal compares what is written out with what the parameter takes, and mends it
// where one thing alone can be meant. Values are left to the app: it knows best.
func (c *checker) literal(full string, p Param, v syntax.Expr) syntax.Expr {
	have, ok := literalKind(v)
	want := paramKinds(p.Type)
	if !ok || want == nil {
		return v
	}
	if slices.Contains(want, have) {
		if p.Type == "date" || p.Type == "datetime" {
			return c.dateLiteral(full, p, v)
		}
		return v
	}
	if w := meant(want, have, v); w != nil {
		c.note(v, "%s of %s takes %s, so it is %s", p.Name, full, a(want[0]), source(w))
		return c.literal(full, p, w)
	}
	hint := "write " + a(want[0])
	switch want[0] {
	case label.Text:
		hint = "write it in quotes"
		if have == label.List {
			hint = "write one text, or a line for each"
		}
	case label.Bool:
		hint = "write True or False"
	case label.Int, label.Float:
		hint = "write a number without quotes"
	case label.Object:
		hint = "write an object, {\"name\": value}"
	}
	c.fail(v, Type, "%s of %s takes %s, not %s: %s", p.Name, full, a(want[0]), a(have), hint)
	return v
}

// a is a kind with its article.
func a(k label.Kind) string {
	if s := k.String(); strings.ContainsRune("aeiou", rune(s[0])) {
		return "an " + s
	}
	return "a " + k.String()
}

// meant is the literal of the wanted kind that v can only mean, or nil.
func meant(want []label.Kind, have label.Kind, v syntax.Expr) syntax.Expr {
	v = unparen(v)
	at := syntax.Start(v)
	text, isText := constText(v)
	text = strings.TrimSpace(text)
	lit, isLit := v.(*syntax.Literal)
	switch want[0] {
	case label.List:
		if have == label.Object || isText && text == "" {
			return nil
		}
		parts := strings.FieldsFunc(text, func(r rune) bool { return r == ',' || r == ';' })
		one := &syntax.ListExpr{Lbrack: at, Rbrack: at, List: []syntax.Expr{v}}
		if len(parts) > 1 && len(parts) < maxNamed && !slices.ContainsFunc(parts, func(s string) bool { return len(strings.Fields(s)) != 1 }) {
			one.List = nil // "a@example.org, b@example.org"
			for _, s := range parts {
				one.List = append(one.List, textLiteral(at, strings.TrimSpace(s)))
			}
		}
		return one
	case label.Object:
		return nil
	}
	if items := elements(v); len(items) == 1 {
		return items[0]
	}
	switch want[0] {
	case label.Text:
		if isLit && lit.Token == syntax.INT || isLit && lit.Token == syntax.FLOAT {
			return textLiteral(at, lit.Raw)
		}
	case label.Bool:
		word := strings.ToLower(text)
		if isLit && (lit.Value == int64(0) || lit.Value == int64(1)) {
			word = lit.Raw
		}
		if yes := slices.Contains([]string{"true", "yes", "1"}, word); yes || slices.Contains([]string{"false", "no", "0"}, word) {
			return nameOf(at, map[bool]string{true: "True", false: "False"}[yes])
		}
	case label.Int, label.Float:
		f, err := strconv.ParseFloat(text, 64)
		if isLit && lit.Token == syntax.FLOAT {
			f, err = lit.Value.(float64), nil
		} else if !isText {
			return nil
		}
		switch {
		case err != nil || math.IsInf(f, 0) || math.IsNaN(f):
		case f == math.Trunc(f) && math.Abs(f) < 1<<53:
			return numberLiteral(at, syntax.INT, strconv.FormatInt(int64(f), 10), int64(f))
		case slices.Contains(want, label.Float):
			return numberLiteral(at, syntax.FLOAT, strconv.FormatFloat(f, 'g', -1, 64), f)
		}
	}
	return nil
}

// source writes a mended literal for a note.
func source(x syntax.Expr) string {
	switch x := x.(type) {
	case *syntax.Literal:
		return clip(x.Raw)
	case *syntax.Ident:
		return x.Name
	case *syntax.UnaryExpr:
		return x.Op.String() + source(x.X)
	case *syntax.ListExpr:
		var parts []string
		for _, e := range x.List {
			parts = append(parts, source(e))
		}
		return clip("[" + strings.Join(parts, ", ") + "]")
	}
	return "the one value in it"
}

// clip keeps a note short.
func clip(s string) string {
	if len(s) > 60 {
		return strings.ToValidUTF8(s[:60], "") + "…"
	}
	return s
}

func paramKinds(typ string) []label.Kind {
	switch typ {
	case "string", "text", "date", "datetime", "date-time", "time", "email", "uri":
		return []label.Kind{label.Text}
	case "integer":
		return []label.Kind{label.Int}
	case "number":
		return []label.Kind{label.Int, label.Float}
	case "boolean":
		return []label.Kind{label.Bool}
	case "array":
		return []label.Kind{label.List}
	case "object":
		return []label.Kind{label.Object}
	}
	return nil
}

func literalKind(x syntax.Expr) (label.Kind, bool) {
	switch x := unparen(x).(type) {
	case *syntax.Literal:
		switch x.Token {
		case syntax.STRING:
			return label.Text, true
		case syntax.INT:
			return label.Int, true
		case syntax.FLOAT:
			return label.Float, true
		}
	case *syntax.UnaryExpr:
		if x.Op == syntax.NOT {
			return label.Bool, true
		}
		return literalKind(x.X)
	case *syntax.ListExpr, *syntax.TupleExpr:
		return label.List, true
	case *syntax.DictExpr:
		return label.Object, true
	case *syntax.Comprehension:
		if x.Curly {
			return label.Object, true
		}
		return label.List, true
	case *syntax.Ident:
		k, ok := constants[x.Name]
		return k, ok
	}
	return 0, false
}
