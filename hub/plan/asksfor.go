package plan

import (
	"regexp"
	"slices"
	"strings"
	"sync"

	"go.starlark.net/syntax"

	"secgpt/hub/when"
	"secgpt/mediator"
)

// What a list is asked for: a time, words, or both.

// timeForWords takes a time out of the words to look for, query = "friday at 8:15", where a
// list has a start and an end for it: no event is called so.
func (c *checker) timeForWords(full string, sig Sig, named map[string]syntax.Expr, order []string) []string {
	words, ok := constText(named["query"])
	has := func(name string) bool {
		return slices.ContainsFunc(sig.Params, func(p Param) bool { return p.Name == name && (p.Type == "date" || p.Type == "datetime") })
	}
	if !ok || sig.Effect != mediator.Read || !has("start") || !has("end") {
		return order
	}
	if _, err := when.Read(words, c.now()); err != nil {
		return order
	}
	at := syntax.Start(named["query"])
	c.note(named["query"], "query of %s is a time, when(%q)", full, clip(words))
	delete(named, "query")
	order = slices.DeleteFunc(order, func(n string) bool { return n == "query" })
	if slices.Contains(order, "start") || slices.Contains(order, "end") {
		return order
	}
	for _, field := range []string{"start", "end"} {
		named[field] = timeOf(textLiteral(at, words), Param{Name: field})
		order = append(order, field)
	}
	return order
}

// wordsForTime looks for the words of a request that names no time, where a plan that changes nothing
// and was told so lists what there is at one all the same: "when's the next budget meeting?", start = when("next week").
func (c *checker) wordsForTime(full string, sig Sig, named map[string]syntax.Expr, order []string) []string {
	_, finds := sig.param("query")
	if !finds || strange(sig, order) || named["query"] != nil || c.changes || sig.Effect != mediator.Read || !asksWhen().MatchString(c.check.Words) || len(ofOne(c.check.Words)) == 0 {
		return order
	}
	left := slices.DeleteFunc(slices.Clone(order), func(n string) bool {
		p, ok := sig.param(n)
		return ok && c.untold(p, named[n])
	})
	if len(left) == len(order) {
		return order
	}
	words, _, _ := strings.Cut(c.check.Words, "\n")
	at := syntax.Start(named[order[0]])
	c.note(named[order[0]], "%s is asked for the words of the request, which names no time", full)
	for n := range named {
		if !slices.Contains(left, n) {
			delete(named, n)
		}
	}
	named["query"] = textLiteral(at, clip(words))
	return append(left, "query")
}

// param is the parameter of that name.
func (s Sig) param(name string) (p Param, ok bool) {
	i := slices.IndexFunc(s.Params, func(p Param) bool { return p.Name == name })
	if i < 0 {
		return p, false
	}
	return s.Params[i], true
}

// strange reports whether one of the names of a call's arguments is none of its tool's, and says
// what is listed.
func strange(sig Sig, names []string) bool {
	return slices.ContainsFunc(names, func(n string) bool { _, ok := sig.param(n); return !ok && !slices.Contains(ofManner, n) })
}

// asksWhen fits questions for the time of one thing.
var asksWhen = sync.OnceValue(func() *regexp.Regexp {
	return regexp.MustCompile(`(?i)^\W*(and |so |ok )?(when|what time|at what time|what day)(\W?s|\s+(is|are|was|were|does|do|did|will|am))?\b`)
})

// untilThen are words of a request that looks at all that is before a time.
var untilThen = sync.OnceValue(func() *regexp.Regexp {
	return regexp.MustCompile(`(?i)\b(until|till?|before|by|through|up to|so far|bis|vor|bevor|avant|hasta|antes)\b|\bjusqu`)
})

// wholeOf is the whole of a time before whose start a plan looks, end = when("tomorrow").start, where
// it names no other and the request says nothing of what is before: "what do I have tomorrow?"
func (c *checker) wholeOf(full string, sig Sig, named map[string]syntax.Expr, order []string) []string {
	dot, ok := unparen(named["end"]).(*syntax.DotExpr)
	start, _ := sig.param("start")
	if !ok || start.Type != "date" && start.Type != "datetime" || strange(sig, order) || sig.Effect != mediator.Read || dot.Name.Name != "start" || named["start"] != nil || c.check.Now.IsZero() || untilThen().MatchString(c.check.Words) {
		return order
	}
	words, ok := c.timeWords(dot.X)
	s, err := when.Read(words, c.now())
	if own, named := c.ownSpan(); !ok || err != nil || !named || !own.Start.Equal(s.Start) {
		return order
	}
	c.note(dot, "%s is asked for all of %q", full, clip(words))
	named["start"] = fieldOf(syntax.Start(dot), dot.X, "start")
	named["end"] = fieldOf(syntax.Start(dot), dot.X, "end")
	return append(order, "start")
}
