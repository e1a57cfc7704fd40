package plan

import (
	"cmp"
	"math"
	"slices"
	"strings"
	"time"
	"unicode"

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
	case isTime(v) && c.listsTimes(t.app) || p.Type != "integer" && c.unsaidNumber(v):
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

// listsTimes reports whether an app lists things that begin at a time and have an id besides.
func (c *checker) listsTimes(app string) bool {
	return slices.ContainsFunc(c.tools.ToolsOf(app), func(tool string) bool {
		sig, _ := c.tools.Tool(app, tool)
		return sig.List && slices.Contains(sig.Fields, "id") && slices.Contains(sig.Fields, "start")
	})
}

// isTime reports whether x is a part of a time.
func isTime(x syntax.Expr) bool {
	dot, ok := unparen(x).(*syntax.DotExpr)
	return ok && slices.Contains([]string{"start", "end", "date"}, dot.Name.Name)
}

// unsaidNumber reports whether x is a number that no request held so far: id = 1.
func (c *checker) unsaidNumber(x syntax.Expr) bool {
	lit, ok := unparen(x).(*syntax.Literal)
	return ok && lit.Token == syntax.INT && !strings.Contains(strings.Join(append([]string{c.check.Words}, c.check.Earlier...), "\n"), lit.Raw)
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
	list := toolCallOf(at, t.app, finder)
	days := soon
	if day, ok := c.ownSpan(); ok && verbOf(wordsOf(t.tool)) == lineOf(verbs, "delete") {
		if days = day.Text; day.HasTime {
			days = day.Start.Format(time.DateOnly)
		}
	}
	for _, q := range by.Params {
		if (q.Type == "date" || q.Type == "datetime") && slices.Contains([]string{"start", "end"}, q.Name) {
			list.Args = append(list.Args, argumentOf(at, q.Name, timeOf(textLiteral(at, days), q)))
		}
	}
	found := callOf(at, titledName, list, words)
	c.note(v, "%s of %s is that of what is meant, in %s", p.Name, fullName(t.app, t.tool), fullName(t.app, finder))
	return fieldOf(at, zeroth(at, found), "id")
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
var tellsNothing = strings.Fields("a an i s to of in on at it is my me the and for out you all can our not any one off get had has was are its his her with from this that your have about into them then when what also just only next note notes mail mails event events task tasks please")

// maxTied is between how many things the person chooses at most.
const maxTied = 9

// titled gives the items of a list whose title shares a word with some words. Where not all
// words of a title are there, or words of another are that it has not, the person is asked
// which is meant; an event that comes again and again is one. What is left depends on all items.
func titled(in *interp, n syntax.Node, a args) label.Value {
	list := theList(a.pos[0])
	items := in.iterate(n, list)
	own := a.pos[0].Own().Join(list.Own()).Join(a.pos[1].All())
	for _, v := range items {
		own = own.Join(in.deep(n, v).all)
	}
	in.touch(own)
	fits := titlesLike(items, titleWords(names(a.pos[1])))
	var titles []label.Value
	clear := len(fits) > 0 && fits[0].all
	for _, f := range fits {
		title := titleOf(items[f.item])
		same := slices.ContainsFunc(titles, func(t label.Value) bool { return t.Str() == title.Str() })
		if same && !comesAgain(items[f.item]) {
			in.fail(n, Missing, "several things are called the same: say in other words which is meant")
		}
		if !same && len(titles) < maxTied {
			titles = append(titles, title)
		}
		clear = clear && !slices.ContainsFunc(f.shared, func(w string) bool { return !slices.Contains(fits[0].shared, w) })
	}
	if len(titles) > 0 && !clear {
		in.count(n)
		said, err := in.host.Need(in.ctx, "Which of these is meant?", titles, in.ctl.Join(own))
		in.alive(n)
		line, _ := in.p.where(place(n))
		if said = in.outcome(said, err, "", "need", line, in.ctl.Join(own)); failed(said) {
			return said
		}
		own = own.Join(said.All())
		fits = slices.DeleteFunc(fits, func(f fit) bool { return said.Kind() != label.Text || titleOf(items[f.item]).Str() != said.Str() })
	}
	var sorted []label.Value
	for _, f := range fits {
		sorted = append(sorted, items[f.item])
	}
	return in.list(n, sorted, own).Made(list.Origin())
}

// comesAgain reports whether a thing may be there more than once, each at its time.
func comesAgain(v label.Value) bool {
	if v.Kind() != label.Object {
		return false
	}
	_, ok := v.Get("start")
	return ok
}

// A fit is an item by what its title shares with some words.
type fit struct {
	item   int
	shared []string
	all    bool // all of it, but for what stands in brackets or behind a comma: "Choir (late)"
	score  float64
}

// titlesLike are the items whose title shares a word with some words: those first all of whose
// words are there, then those of the rarest words.
func titlesLike(items []label.Value, asked []string) (fits []fit) {
	titles := make([][]string, len(items))
	holds := map[string]int{}
	for i, v := range items {
		title := titleOf(v).Str()
		if end := strings.IndexAny(title, ",(;"); end > 0 {
			title = title[:end]
		}
		titles[i] = titleWords(title)
		for _, w := range titles[i] {
			holds[w]++
		}
	}
	for i, title := range titles {
		f := fit{item: i}
		for _, w := range title {
			if slices.Contains(asked, w) {
				f.shared = append(f.shared, w)
				f.score += math.Log(float64(len(items)+1) / float64(holds[w]))
			}
		}
		if f.all = len(f.shared) == len(title); len(f.shared) > 0 {
			fits = append(fits, f)
		}
	}
	slices.SortStableFunc(fits, func(a, b fit) int {
		return cmp.Or(btoi(b.all)-btoi(a.all), cmp.Compare(len(b.shared)*btoi(b.all), len(a.shared)*btoi(a.all)), cmp.Compare(b.score, a.score))
	})
	return fits
}

// titleWords are the words of a title, each once, short ones and numbers too, but for those
// that tell nothing.
func titleWords(s string) (words []string) {
	for _, w := range strings.FieldsFunc(strings.ToLower(s), func(r rune) bool { return !unicode.IsLetter(r) && !unicode.IsDigit(r) }) {
		if w = singular(w); !slices.Contains(words, w) && !slices.Contains(tellsNothing, w) {
			words = append(words, w)
		}
	}
	return words
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
