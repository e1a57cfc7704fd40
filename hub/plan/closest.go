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
	of, lower := unparen(x.X), false
	if call, ok := of.(*syntax.CallExpr); ok && len(call.Args) == 0 { // e.title.lower()
		if dot, ok := call.Fn.(*syntax.DotExpr); ok && dot.Name.Name == "lower" {
			of, lower = unparen(dot.X), true
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
	list := nameOf(at, c.lists[id.Name])
	c.note(x, "%q is the %s that has its words, if none is just that", clip(text), field)
	x.Y = callOf(at, closestName, list, textLiteral(at, field), textLiteral(at, text))
	if lower {
		x.Y = &syntax.CallExpr{Fn: fieldOf(at, x.Y, "lower"), Lparen: at, Rparen: at}
	}
}

// maxClosest is how many things are looked through for a name: the plan does so once for each
// of them.
const maxClosest = 200

// closest is the text of a field, of one thing in a list, that a text means: the text itself
// if one is called just so, else the one that is the same but for capitals, else the one that
// has all its words. It is the text itself too where there is no such thing, or more than one.
// Which it is depends on all of them.
func closest(in *interp, n syntax.Node, a args) label.Value {
	list := theList(a.pos[0])
	field, text := names(a.pos[1]), a.pos[2]
	own := a.pos[0].Own().Join(list.Own()).Join(a.pos[1].All()).Join(text.All())
	if text.Kind() != label.Text {
		return text.With(own)
	}
	words := tellingWords(clipTo(text.Str(), maxBest))
	like, near := map[string]bool{}, map[string]bool{}
	items := in.iterate(n, list)
	for _, v := range items {
		own = own.Join(in.deep(n, v).all)
	}
	if len(items) > maxClosest {
		return text.With(own)
	}
	for _, v := range items {
		if v.Kind() != label.Object {
			continue
		}
		f, ok := v.Get(field)
		if !ok || f.Kind() != label.Text {
			continue
		}
		if f.Str() == text.Str() {
			return text.With(own)
		}
		if strings.EqualFold(f.Str(), text.Str()) {
			like[f.Str()] = true
		}
		has := bareWords(clipTo(f.Str(), maxBest))
		if !slices.ContainsFunc(words, func(w string) bool { return !slices.Contains(has, w) }) {
			near[f.Str()] = true
		}
	}
	if len(like) == 0 && len(words) > 0 {
		like = near
	}
	for f := range like {
		if len(like) == 1 {
			return label.TextOf(f, own)
		}
	}
	return text.With(own)
}

// tellingWords are the words of a heading that tell it from others.
func tellingWords(text string) []string {
	return slices.DeleteFunc(bareWords(text), func(w string) bool { return slices.Contains(fillers, w) })
}

// ofOne are those of them that tell one thing from others of its kind: "choir", and neither
// "meeting" nor "next".
func ofOne(text string) []string {
	return slices.DeleteFunc(tellingWords(text), func(w string) bool {
		return lineOf(nouns, w) >= 0 || slices.Contains(ofAnyDay, w)
	})
}

// ofAnyDay are words of questions about whatever there is: "what am I doing on Friday?"
var ofAnyDay = strings.Fields("next last latest newest doing happening happen planned plan scheduled schedule going busy free day week month year today tomorrow tonight look like say " +
	"morning afternoon evening night noon monday tuesday wednesday thursday friday saturday sunday")

// fillers tell nothing; bareWords leaves those of two letters out, and the s of longer ones.
var fillers = strings.Fields("the with and for from about our your that thi who what when where which why how was were are has have had did doe can could will would " +
	"any some all much many again please tell show know there away anything something everything lately recently")

// maxHeld is how much of a thing is read for words, in bytes.
const maxHeld = 20_000

// mostly are the things in a list that hold most of the words of a question, or all of them if a
// third value is true: what a search gives may hold one of them. Which stay depends on all of each.
func mostly(in *interp, n syntax.Node, a args) label.Value {
	list := theList(a.pos[0])
	words := ofOne(names(a.pos[1]))
	own := a.pos[0].Own().Join(list.Own()).Join(a.pos[1].All())
	all := false
	if len(a.pos) > 2 {
		own = own.Join(a.pos[2].All())
		if all = truth(a.pos[2]); all {
			words = thingWords(names(a.pos[1]))
		}
	}
	var held []label.Value
	items := in.iterate(n, list)
	for _, v := range items {
		own = own.Join(in.deep(n, v).all)
	}
	for _, v := range items[:min(len(items), maxClosest)] {
		text := texts(v)
		has, there := 0, append(bareWords(text), bareWords(strings.ReplaceAll(text, "-", ""))...) // "Stand-up" is a standup
		if all {
			there = append(there, titleWords(text)...)
		}
		for _, w := range words {
			if slices.Contains(there, w) {
				has++
			}
		}
		if !all && (len(words) == 0 || has > 0 && 2*has >= len(words)) || all && has > 0 && has == len(words) {
			held = append(held, v)
		}
	}
	return in.list(n, held, own)
}

// thingWords are the words by which a thing is called, numbers and short ones too, but for that of its
// kind where it has others: of "the kestrel booking" it is "kestrel".
func thingWords(text string) []string {
	words := titleWords(text)
	own := slices.DeleteFunc(slices.Clone(words), func(w string) bool { return lineOf(kept, w) >= 0 || slices.Contains(plainKinds, w) })
	if len(own) > 0 {
		return own
	}
	return words
}

// plainKinds are words for kinds of things that kept has not, and that tell nothing.
var plainKinds = strings.Fields("email event appointment meeting task file document pdf copy")

// texts are the texts of a value, or of its fields, as far as they are read.
func texts(v label.Value) string {
	switch v.Kind() {
	case label.Text:
		return clipTo(v.Str(), maxHeld)
	case label.Object:
		var b strings.Builder
		for _, f := range v.Fields() {
			if f.Value.Kind() == label.Text && b.Len() < maxHeld && !(f.Name == "zone" && strings.Contains(f.Value.Str(), "/")) { // Europe/Berlin is no place
				b.WriteString(clipTo(f.Value.Str(), maxHeld-b.Len()) + "\n")
			}
		}
		return b.String()
	}
	return ""
}
