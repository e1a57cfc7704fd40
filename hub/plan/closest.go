package plan

import (
	"slices"
	"strings"

	"go.starlark.net/syntax"

	"secgpt/mediator/label"
)

// The name that was meant
//
// "Move lunch with Alice to 1" becomes, with a small model, a loop over tomorrow's events
// that looks for the one whose title is "lunch with Alice", which is called "Lunch (Alice)".
// Where nothing in a list is called just so, and one thing alone has all the words, it is that.

const (
	closestName = "closest"
	mostlyName  = "mostly"
)

// over notes what a loop goes over, if that is a variable: what its own variable is one of.
func (c *checker) over(vars, list syntax.Expr) {
	v, one := unparen(vars).(*syntax.Ident)
	of, named := unparen(list).(*syntax.Ident)
	if one && named && c.filled[v.Name] == 1 && c.filled[of.Name] == 1 {
		c.lists[v.Name] = of.Name
	}
}

// nearly compares a heading of one of a list with the heading in that list that a text of
// the plan can only mean: e.title == "lunch with Alice".
func (c *checker) nearly(x *syntax.BinaryExpr) {
	text, ok := constText(x.Y)
	if !ok || c.check.Now.IsZero() || x.Op != syntax.EQL || len(tellingWords(text)) == 0 {
		return
	}
	of := unparen(x.X)
	if call, ok := of.(*syntax.CallExpr); ok && len(call.Args) == 0 { // e.title.lower()
		if dot, ok := call.Fn.(*syntax.DotExpr); ok && slices.Contains([]string{"lower", "strip", "casefold"}, dot.Name.Name) {
			of = unparen(dot.X)
		}
	}
	var one syntax.Expr
	field := ""
	switch f := of.(type) {
	case *syntax.DotExpr:
		one, field = f.X, f.Name.Name
	case *syntax.IndexExpr:
		one = f.X
		field, _ = constText(f.Y)
	}
	id, ok := one.(*syntax.Ident)
	if !ok || c.lists[id.Name] == "" || !slices.Contains(headings, field) {
		return
	}
	at := syntax.Start(x.Y)
	list := &syntax.Ident{NamePos: at, Name: c.lists[id.Name]}
	c.note(x, "%q is the %s that has its words, if none is just that", clip(text), field)
	x.X = of
	x.Y = &syntax.CallExpr{Fn: &syntax.Ident{NamePos: at, Name: closestName}, Lparen: at, Rparen: at,
		Args: []syntax.Expr{list, textLiteral(at, field), textLiteral(at, text)}}
}

// closest is the text of a field, of one thing in a list, that a text means: the same but
// for capitals, or else the only one that has all its words. The text itself if there is
// none, or more than one. Which it is depends on all of them.
func closest(in *interp, n syntax.Node, a args) label.Value {
	list := theList(a.pos[0])
	field, text := names(a.pos[1]), names(a.pos[2])
	own := a.pos[0].Own().Join(list.Own())
	words := tellingWords(text)
	same, near := "", map[string]bool{}
	for _, v := range in.iterate(n, list) {
		own = own.Join(in.deep(n, v).all)
		f, ok := v.Get(field)
		if !ok || f.Kind() != label.Text {
			continue
		}
		if same == "" && strings.EqualFold(f.Str(), text) {
			same = f.Str()
		}
		has := bareWords(clipTo(f.Str(), maxBest))
		if !slices.ContainsFunc(words, func(w string) bool { return !slices.Contains(has, w) }) {
			near[f.Str()] = true
		}
	}
	found := text
	if same != "" {
		found = same
	} else if len(near) == 1 {
		for f := range near {
			found = f
		}
	}
	return label.TextOf(found, own.Join(a.pos[2].All()))
}

// tellingWords are the words of a heading that tell it from others.
func tellingWords(text string) []string {
	return slices.DeleteFunc(bareWords(text), func(w string) bool { return slices.Contains(fillers, w) })
}

// fillers tell nothing; bareWords leaves those of two letters out, and the s of longer ones.
var fillers = strings.Fields("the with and for from about our your that thi who what when where which why how was were are has have had did doe can could will would " +
	"any some all much many again please tell show know there away")

// maxHeld is how much of a thing is read for words, in bytes.
const maxHeld = 20_000

// mostly are the things in a list that hold most of the words of a question: what a search
// gives may hold one of them. Which stay depends on all of each.
func mostly(in *interp, n syntax.Node, a args) label.Value {
	list := theList(a.pos[0])
	words := tellingWords(names(a.pos[1]))
	own := a.pos[0].Own().Join(list.Own()).Join(a.pos[1].All())
	var held []label.Value
	for _, v := range in.iterate(n, list) {
		own = own.Join(in.deep(n, v).all)
		has, texts := 0, []string{}
		if v.Kind() == label.Text {
			texts = append(texts, v.Str())
		}
		for _, f := range v.Fields() {
			if f.Value.Kind() == label.Text {
				texts = append(texts, f.Value.Str())
			}
		}
		there := bareWords(clipTo(strings.Join(texts, "\n"), maxHeld))
		for _, w := range words {
			if slices.Contains(there, w) {
				has++
			}
		}
		if has > 0 && 2*has >= len(words) {
			held = append(held, v)
		}
	}
	return in.list(n, held, own)
}
