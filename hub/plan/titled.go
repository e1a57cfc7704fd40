package plan

import (
	"cmp"
	"math"
	"slices"
	"strings"
	"time"

	"go.starlark.net/syntax"

	"secgpt/mediator"
	"secgpt/mediator/label"
)

// titledName calls the things of a list that a request speaks of by what they are called.
const titledName = "titled"

// soon is when what a request speaks of is looked for, where it names no day.
const soon = "next 90 days"

// asID is the id of what is meant, where a model's plan has only what stands for one,
// notes.delete(id = "your_note_id"), nothing, notes.delete(id), or what the person is asked for,
// who knows no ids: of what the app's one tool for that lists, the first that is called by the
// words of the request, or of the answer. It is v itself where there is no such tool.
func (c *checker) asID(t *target, p Param, v syntax.Expr) syntax.Expr {
	if c.check.Now.IsZero() || p.Name != "id" {
		return v
	}
	words, _, _ := strings.Cut(c.check.Words, "\n")
	text, isText := constText(v)
	id, isName := unparen(v).(*syntax.Ident)
	switch {
	case isText && standsForID().MatchString(text) && !strings.Contains(strings.ToLower(c.check.Words), strings.ToLower(text)):
	case isName && c.nowhere(id) && standsForID().MatchString(id.Name):
	case isNeed(v) && c.asksForID(v): // which nobody knows
	case isNeed(v) || isName && c.needs[id.Name] && c.filled[id.Name] == 1:
		if x := c.calledBy(t, p, v, v); x != nil {
			return x
		}
		return v
	default:
		return v
	}
	if x := c.calledBy(t, p, v, textLiteral(syntax.Start(v), clipTo(words, maxMeant))); x != nil && strings.TrimSpace(words) != "" {
		return x
	}
	return v
}

// calledBy is the id of the first that is called by some words, of what the one tool of an app
// for that lists; nil if there is none.
func (c *checker) calledBy(t *target, p Param, v, words syntax.Expr) syntax.Expr {
	finder, by := "", Sig{}
	for _, tool := range c.tools.ToolsOf(t.app) {
		sig, _ := c.tools.Tool(t.app, tool)
		if sig.Effect != mediator.Read || !sig.List || !slices.Contains(sig.Fields, "id") || slices.ContainsFunc(sig.Params, func(q Param) bool { return q.Required }) {
			continue
		}
		if finder != "" {
			return nil
		}
		finder, by = tool, sig
	}
	if finder == "" {
		return nil
	}
	at := syntax.Start(v)
	id := func(s string) *syntax.Ident { return &syntax.Ident{NamePos: at, Name: s} }
	list := &syntax.CallExpr{Fn: &syntax.DotExpr{X: id(t.app), Dot: at, NamePos: at, Name: id(finder)}, Lparen: at, Rparen: at}
	days := soon
	if day, ok := c.ownSpan(); ok && verbOf(wordsOf(t.tool)) == lineOf(verbs, "delete") {
		if days = day.Text; day.HasTime {
			days = day.Start.Format(time.DateOnly)
		}
	}
	for _, q := range by.Params {
		if (q.Type == "date" || q.Type == "datetime") && slices.Contains([]string{"start", "end"}, q.Name) {
			list.Args = append(list.Args, &syntax.BinaryExpr{X: id(q.Name), OpPos: at, Op: syntax.EQ, Y: timeOf(textLiteral(at, days), q)})
		}
	}
	found := &syntax.CallExpr{Fn: id(titledName), Lparen: at, Rparen: at, Args: []syntax.Expr{list, words}}
	first := &syntax.IndexExpr{X: found, Lbrack: at, Y: numberLiteral(at, syntax.INT, "0", int64(0)), Rbrack: at}
	c.note(v, "%s of %s is that of what is meant, in %s", p.Name, fullName(t.app, t.tool), fullName(t.app, finder))
	return &syntax.DotExpr{X: first, Dot: at, NamePos: at, Name: id("id")}
}

// asksForID reports whether the person is asked for an id, which nobody knows.
func (c *checker) asksForID(v syntax.Expr) bool {
	call, ok := unparenOrNil(v).(*syntax.CallExpr)
	if !ok || len(call.Args) == 0 {
		return false
	}
	question, _ := constText(call.Args[0])
	return slices.Contains(wordsOf(strings.ReplaceAll(strings.Trim(question, "?"), "?", " ")), "id")
}

// tellsNothing are words of a name by which nobody means the thing.
var tellsNothing = strings.Fields("the and for out you all can our not any one off get had has was are its his her with from this that your have about into them then when what also just only next note notes mail mails event events task tasks please")

// maxTied is between how many things the person chooses at most.
const maxTied = 9

// titled gives the items of a list whose title shares a word with some words: those first all
// of whose words are there. Where not exactly one is called just so, the person is asked which
// is meant; a thing that comes again and again is one. What is left depends on all items.
func titled(in *interp, n syntax.Node, a args) label.Value {
	list := theList(a.pos[0])
	items := in.iterate(n, list)
	own := a.pos[0].Own().Join(list.Own()).Join(a.pos[1].All())
	for _, v := range items {
		own = own.Join(in.deep(n, v).all)
	}
	scores, all := scored(items, bareWords(names(a.pos[1])))
	var order []int
	for i, s := range scores {
		if s > 0 {
			order = append(order, i)
		}
	}
	slices.SortStableFunc(order, func(x, y int) int { return cmp.Compare(scores[y], scores[x]) })
	var tied []label.Value
	for _, o := range order {
		title := titleOf(items[o])
		if all[o] == all[order[0]] && !slices.ContainsFunc(tied, func(t label.Value) bool { return t.Str() == title.Str() }) && len(tied) < maxTied {
			tied = append(tied, title)
		}
	}
	if len(tied) > 1 || len(tied) == 1 && !all[order[0]] {
		in.count(n)
		in.touch(own)
		said, err := in.host.Need(in.ctx, "Which of these is meant?", tied, in.ctl.Join(own))
		in.alive(n)
		line, _ := in.p.where(place(n))
		if said = in.outcome(said, err, "", "need", line, in.ctl.Join(own)); failed(said) {
			return said
		}
		own = own.Join(said.All())
		order = slices.DeleteFunc(order, func(o int) bool { return said.Kind() != label.Text || titleOf(items[o]).Str() != said.Str() })
	}
	var sorted []label.Value
	for _, o := range order {
		sorted = append(sorted, items[o])
	}
	return in.list(n, sorted, own).Made(list.Origin())
}

// scored tells how well the title of each item fits some words, 0 is not at all, and whether
// all of it is there: of "Meteor shower, if the clouds agree" the first part.
func scored(items []label.Value, asked []string) (scores []float64, all []bool) {
	titles := make([][]string, len(items))
	holds := map[string]int{}
	for i, v := range items {
		title := titleOf(v).Str()
		if end := strings.IndexAny(title, ":,(;"); end > 0 {
			title = title[:end]
		}
		for _, w := range bareWords(title) {
			if !slices.Contains(titles[i], w) && !slices.Contains(tellsNothing, w) {
				titles[i] = append(titles[i], w)
				holds[w]++
			}
		}
	}
	scores, all = make([]float64, len(items)), make([]bool, len(items))
	for i, title := range titles {
		shared := 0
		for _, w := range title {
			if slices.Contains(asked, w) {
				shared++
				scores[i] += math.Log(float64(len(items)+1) / float64(holds[w]))
			}
		}
		if all[i] = shared > 0 && shared == len(title); all[i] {
			scores[i] *= 100
		}
	}
	return scores, all
}

// titleOf is what a thing is called: the first of its headings that it has.
func titleOf(v label.Value) label.Value {
	if v.Kind() == label.Object {
		for _, h := range headings {
			if f, ok := v.Get(h); ok && f.Kind() == label.Text {
				return label.TextOf(clipTo(f.Str(), maxBest), f.All().Join(v.Own()))
			}
		}
	}
	return label.TextOf(names(v), v.All())
}
