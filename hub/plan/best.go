package plan

import (
	"math"
	"regexp"
	"slices"
	"strings"
	"sync"
	"unicode"

	"go.starlark.net/syntax"

	"secgpt/mediator"
	"secgpt/mediator/label"
)

// The one that was meant
//
// "Rename the design review tomorrow" becomes, with a small model, a list of tomorrow's
// events of which the first is renamed. Where a plan that changes something takes the
// first of a list that it did not search by any words, it is the first of those that hold
// most of the words of the request.

const (
	bestName   = "best"
	calledName = "called"
	maxBest    = 200 // bytes of a field that are read: a name stands at the beginning
	maxMeant   = 400 // bytes of the request that are
)

// loosely reports whether a call of a tool that gives a list looks for no words.
func loosely(t *target) bool {
	return t.sig.List && t.sig.Effect == mediator.Read && !slices.ContainsFunc(t.args, func(a argument) bool {
		_, text := constText(a.x)
		return text && a.Type != "date" && a.Type != "datetime"
	})
}

// anyChange reports whether a plan calls a tool that changes something, by its right name
// or by one that says so.
func (c *checker) anyChange(f *syntax.File) bool {
	found := false
	syntax.Walk(f, func(n syntax.Node) bool {
		if call, ok := n.(*syntax.CallExpr); ok {
			if app, tool := toolOf(call); app != "" {
				sig, known := c.tools.Tool(app, tool)
				found = found || known && sig.Effect != mediator.Read || !known && !c.variable(app) && verbOf(wordsOf(tool)) > 0
			}
		}
		return !found
	})
	return found
}

// meantFirst reads the first of a loose list as the first of the best, where the plan
// changes something.
func (c *checker) meantFirst(x *syntax.IndexExpr) {
	first, ok := unparen(x.Y).(*syntax.Literal)
	if !ok || first.Raw != "0" || !c.shape(x.X).loose || !c.changes || strings.TrimSpace(c.check.Words) == "" {
		return
	}
	at := syntax.Start(x)
	words, _, _ := strings.Cut(c.check.Words, "\n")
	words = strings.ToValidUTF8(clipTo(words, maxMeant), "")
	call := callOf(at, bestName, x.X, textLiteral(at, words))
	c.note(x, "the first of %s is the first that has most words of the request", c.shape(x.X).of)
	c.expr(call)
	x.X = call
}

// byName finds what is called by a name where a model's plan needs an id, channel_id =
// "general": in what the app's one tool for that lists.
func (c *checker) byName(t *target, p Param, v syntax.Expr) syntax.Expr {
	name, ok := constText(v)
	if !ok || c.check.Now.IsZero() || p.Name != "id" && !strings.HasSuffix(p.Name, "_id") {
		return v
	}
	if standsForID().MatchString(name) && !strings.Contains(strings.ToLower(c.check.Words), strings.ToLower(name)) {
		c.missing(v, fullName(t.app, t.tool), p, "%q is no id: search first, and take x[0].id", name)
	}
	if !isWords(name) {
		return v
	}
	finder, field := "", ""
	for _, tool := range c.tools.ToolsOf(t.app) {
		sig, _ := c.tools.Tool(t.app, tool)
		noun := strings.TrimSuffix(p.Name, "_id")
		if sig.Effect != mediator.Read || p.Name != "id" && !strings.Contains(strings.ToLower(tool), noun+"s") || p.Name == "id" && !sig.List ||
			slices.ContainsFunc(sig.Params, func(q Param) bool { return q.Required }) {
			continue
		}
		f := "id" // most servers do not say what they give
		if sig.Fields != nil {
			at := slices.IndexFunc(sig.Fields, func(f string) bool { return f == "id" || f == p.Name })
			if at < 0 {
				continue
			}
			f = sig.Fields[at]
		}
		if finder != "" {
			return v
		}
		finder, field = tool, f
	}
	if finder == "" {
		return v
	}
	at := syntax.Start(v)
	list := toolCallOf(at, t.app, finder)
	if sig, _ := c.tools.Tool(t.app, finder); slices.ContainsFunc(sig.Params, func(q Param) bool { return q.Name == "query" }) {
		list.Args = []syntax.Expr{argumentOf(at, "query", textLiteral(at, name))}
	}
	found := callOf(at, calledName, list, textLiteral(at, name))
	c.note(v, "%s of %s is found by its name in %s", p.Name, fullName(t.app, t.tool), fullName(t.app, finder))
	return fieldOf(at, zeroth(at, found), field)
}

// standsForID is what a model writes where an id is to be filled in: your-event-id, <id>.
var standsForID = sync.OnceValue(func() *regexp.Regexp {
	return regexp.MustCompile(`(?i)^[<\[{]?((your|the|some|insert|my|this|that)[-_ ])?([a-z]{1,20}[-_ ]){0,2}ids?[>\]}]?$`)
})

// isWords reports whether a text is what people call something, and no id: letters alone.
func isWords(s string) bool {
	s = strings.TrimPrefix(s, "#")
	letters := strings.IndexFunc(s, func(r rune) bool { return !unicode.IsLetter(r) && r != ' ' && r != '-' && r != '\'' }) < 0
	return letters && len(bareWords(s)) > 0 && strings.IndexFunc(s, unicode.IsLower) >= 0
}

// called is best without the items that have none of the words.
func called(in *interp, n syntax.Node, a args) label.Value { return byWords(in, n, a, true) }

// best orders a list by how many of the words each item has. Where an item ends up
// depends on all of them. A word that all have says nothing; one counts once.
func best(in *interp, n syntax.Node, a args) label.Value { return byWords(in, n, a, false) }

func byWords(in *interp, n syntax.Node, a args, only bool) label.Value {
	list := theList(a.pos[0])
	items := in.iterate(n, list)
	own := a.pos[0].Own().Join(list.Own()).Join(a.pos[1].All())
	words := map[string]float64{}
	for _, w := range bareWords(names(a.pos[1])) {
		words[w] = 0
	}
	has, exact := make([]map[string]bool, len(items)), make([]bool, len(items))
	for i, v := range items {
		own = own.Join(in.deep(n, v).all)
		has[i] = map[string]bool{}
		exact[i] = calledSo(v, names(a.pos[1]))
		for _, w := range bareWords(names(v)) {
			if _, asked := words[w]; asked && !has[i][w] {
				has[i][w] = true
				words[w]++
			}
		}
	}
	scores := make([]float64, len(items))
	order := make([]int, len(items))
	for i := range items {
		order[i] = i
		if exact[i] { // which no number of words outweighs
			scores[i] = math.MaxInt32
		}
		for w := range has[i] {
			scores[i] += math.Log(float64(len(items)+1) / words[w])
		}
	}
	slices.SortStableFunc(order, func(x, y int) int {
		switch d := scores[y] - scores[x]; {
		case d > 1e-9:
			return 1
		case d < -1e-9:
			return -1
		}
		return 0
	})
	var sorted []label.Value
	for _, o := range order {
		if !only || len(has[o]) > 0 {
			sorted = append(sorted, items[o])
		}
	}
	return in.list(n, sorted, own).Made(list.Origin())
}

// theList is the one list in an object, {"ok": true, "channels": […]}, or the value itself.
func theList(v label.Value) label.Value {
	if v.Kind() != label.Object {
		return v
	}
	found := v
	for _, f := range v.Fields() {
		if f.Value.Kind() == label.List {
			if found.Kind() == label.List {
				return v
			}
			found = f.Value
		}
	}
	return found
}

// names are the texts of a value, or of its fields, as they begin.
func names(v label.Value) string {
	switch v.Kind() {
	case label.Text:
		return clipTo(v.Str(), maxBest)
	case label.Object:
		var all []string
		for _, f := range v.Fields() {
			if f.Value.Kind() == label.Text {
				all = append(all, clipTo(f.Value.Str(), maxBest))
			}
		}
		return strings.Join(all, "\n")
	}
	return ""
}

// calledSo reports whether a value, or one of its fields, is just that text.
func calledSo(v label.Value, name string) bool {
	is := func(v label.Value) bool {
		return v.Kind() == label.Text && strings.EqualFold(strings.TrimPrefix(v.Str(), "#"), strings.TrimPrefix(name, "#"))
	}
	return is(v) || v.Kind() == label.Object && slices.ContainsFunc(v.Fields(), func(f label.Field) bool { return is(f.Value) })
}

func clipTo(s string, n int) string {
	if len(s) > n {
		return s[:n]
	}
	return s
}

// bareWords are the words of three letters or more, in lower case and in their singular.
func bareWords(s string) []string {
	words := strings.FieldsFunc(strings.ToLower(s), func(r rune) bool { return !unicode.IsLetter(r) && !unicode.IsDigit(r) })
	for i, w := range words {
		if len(w) > 3 {
			words[i] = strings.TrimSuffix(w, "s")
		}
	}
	return slices.DeleteFunc(words, func(w string) bool { return len(w) < 3 })
}
