package plan

import (
	"slices"

	"go.starlark.net/syntax"

	"secgpt/mediator"
)

// A small model makes an app of what somebody speaks of: bookings.search, coffee.create.

// kept are words for what people have, a line for each kind of thing that it is; the first
// is what an app for such things is called by.
var kept = [][]string{
	{"mail", "booking", "reservation", "ticket", "invoice", "bill", "receipt", "order", "confirmation", "offer", "letter", "message", "budget",
		"attachment", "purchase", "payment", "delivery", "shipment", "subscription", "reminder"},
	{"note", "list", "idea", "recipe", "shopping", "wishlist", "diary", "journal", "text", "notiz", "rezept", "liste"},
	{"event", "birthday", "party", "holiday", "vacation", "trip", "breakfast", "lunch", "dinner", "coffee", "tea", "visit", "call", "review", "practice", "date", "dentist", "doctor"},
	{"contact", "friend", "family", "brother", "sister", "colleague", "address", "phone", "number"},
}

// events is the line of kept for what somebody has on a day.
const events = 2

// store finds the tool for a call of an app that is called by a thing and is not there: that of
// the app which has such things, by the verb and the arguments of the call. It only looks, or
// makes an event: a part of a thing, an item of a list, is not to be taken for the thing.
func (c *checker) store(app, name string, x *syntax.CallExpr) (a, tool string, ok bool) {
	if c.check.Now.IsZero() {
		return "", "", false
	}
	for _, w := range wordsOf(app) {
		if line := lineOf(kept, w); line >= 0 {
			if real := c.appOf(kept[line][:1]); real != "" {
				a, tool, ok = c.meant(real, name, x)
				sig, _ := c.tools.Tool(a, tool)
				makes := line == events && verbOf(wordsOf(name)) == lineOf(verbs, "create")
				return a, tool, ok && (sig.Effect == mediator.Read || makes && sig.Effect == mediator.Write)
			}
		}
	}
	return "", "", false
}

// ofItsApp reads x.read(id = found[0].id) of an app that is not there by the tool of the app that
// gave what was found.
func (c *checker) ofItsApp(name string, x *syntax.CallExpr) (a, tool string, ok bool) {
	_, named, order := c.split(x)
	if c.check.Now.IsZero() || verbOf(wordsOf(name)) != 0 || len(order) != 1 || len(x.Args) != 1 {
		return "", "", false
	}
	dot, ok := unparen(named[order[0]]).(*syntax.DotExpr)
	if !ok {
		return "", "", false
	}
	s := c.shape(dot.X)
	if s.app == "" {
		return "", "", false
	}
	t, by, _ := c.reader(s, contents[0])
	return s.app, t, t != "" && by == order[0]
}

// byItsWords is the first that is found by some words, where a plan reads a thing by them as by
// an id: recipes.read(id = "lentil soup"). nil if no such app has one tool that finds by words.
func (c *checker) byItsWords(app, name string, x *syntax.CallExpr) syntax.Expr {
	_, named, order := c.split(x)
	if c.check.Now.IsZero() || verbOf(wordsOf(name)) != 0 || len(order) != 1 || len(x.Args) != 1 || !slices.Contains([]string{"id", "name", "title"}, order[0]) {
		return nil
	}
	words, ok := constText(named[order[0]])
	if !ok || !isWords(words) {
		return nil
	}
	at := syntax.Start(x)
	find := toolCallOf(at, app, "search", argumentOf(at, "query", named[order[0]]))
	real, tool, ok := c.store(app, "search", find)
	if sig, _ := c.tools.Tool(real, tool); !ok || sig.Effect != mediator.Read || !sig.List {
		return nil
	}
	return zeroth(at, find)
}

// Keeps are the kinds of things that some words speak of, mail of "the Kestrel booking", each as an
// app for such things is called by.
func Keeps(words string) (kinds []string) {
	for _, w := range bareWords(words) {
		if line := lineOf(kept, w); line >= 0 && !slices.Contains(kinds, kept[line][0]) {
			kinds = append(kinds, kept[line][0])
		}
	}
	return kinds
}
