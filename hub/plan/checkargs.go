package plan

import (
	"slices"
	"strings"

	"go.starlark.net/syntax"

	"secgpt/mediator"
)

// toolArgs binds the arguments of a tool to its parameters. What can only be meant in
// one way is mended, and noted.
func (c *checker) toolArgs(x *syntax.CallExpr, t *target) {
	full, params := fullName(t.app, t.tool), t.sig.Params
	c.spread(x, full, params)
	c.oneItem(x, full, t.sig)
	c.foundFirst(x, t)
	pos, named, order := c.split(x)
	order = c.timeForWords(full, t.sig, named, order)
	if len(pos) == 0 {
		order = c.wholeOf(full, t.sig, named, c.wordsForTime(full, t.sig, named, order))
	}
	c.byChoice(full, t.sig, named, order)
	clocks := len(pos) == 0 && c.onlyClocks(params, named)
	if len(pos) == 0 {
		order = c.inParts(x, full, params, named, order)
	}
	names := make([]string, len(params))
	for i, p := range params {
		names[i] = p.Name
	}
	defer func(was bool) { c.change = was }(c.change)
	c.change = t.sig.Effect != mediator.Read
	given := map[string]bool{}
	bind := func(p Param, v syntax.Expr) {
		given[p.Name] = true
		c.timesWritten(v)
		if p.Type == "date" || p.Type == "datetime" {
			if t := c.unwritten(v); t != v {
				v = timeOf(textLiteral(syntax.Start(v), strings.ReplaceAll(unparen(v).(*syntax.Ident).Name, "_", " ")), p)
			}
		}
		v = c.asID(t, p, v)
		// An optional argument that is written as nothing is one that was left out.
		if id, ok := unparen(v).(*syntax.Ident); ok && (id.Name == "None" || id.Name == "null") && !c.variable(id.Name) {
			if p.Required {
				c.missing(v, full, p, "%s needs %s, and None is nothing: write %s(%s = …)", full, p.Name, full, p.Name)
			}
			return
		} else if ok && c.nowhere(id) {
			if !p.Required && c.check.Lenient {
				c.note(v, "there is no %s, so %s of %s is left out", id.Name, p.Name, full)
				return
			}
			c.missing(v, full, p, "there is no variable %s: take %s from the request or from a result, or write need(\"…\") to ask the person", id.Name, p.Name)
		}
		if c.further(p, v) {
			c.note(v, "%s of %s is left out: the request says nothing of the kind", p.Name, full)
			return
		}
		if c.onlyUnread(p, v, named) {
			c.note(v, "%s of %s is left out: the request does not speak of unread ones", p.Name, full)
			return
		}
		if c.noTime(p, v) {
			c.note(v, "%s of %s is left out: it is no time, and the request names none", p.Name, full)
			return
		}
		if named["query"] != nil && c.untold(p, v) {
			c.note(v, "%s of %s is left out: the request names no time", p.Name, full)
			return
		}
		v = c.byName(t, p, c.literal(full, p, c.reachedBy(t, p, c.ofPlace(full, p, c.today(full, p, c.answered(full, p, v), clocks)))))
		v = c.asWritten(t, p, c.chosen(t, p, v))
		c.ofOther(t, p, v)
		c.filledIn(t, p, v)
		c.invented(full, p, v)
		c.unsaid(t, p, v)
		v = c.ownEnd(full, p, v, t.args)
		if p.Name != "id" { // by whatever time it is found
			c.timesIn(full, v)
		}
		was := c.ending
		c.ending = ends(p.Name)
		if isID(p.Name) || slices.Contains(t.sig.Addressed, p.Name) {
			c.exactly(v)
		} else {
			c.expr(v)
		}
		c.ending = was
		t.args = append(t.args, argument{p, v})
	}
	add := func(p Param, v syntax.Expr) {
		said := c.said(p, syntax.Start(v))
		wrong := c.tried(func() { bind(p, v) }, func(e *Error) bool {
			return said != nil || c.check.Said != nil && !p.Required && (ends(p.Name) || e.Missing != "")
		})
		switch {
		case wrong != nil && said != nil:
			c.note(v, "%s of %s is what you answered", p.Name, full)
			bind(p, said)
		case wrong != nil:
			c.note(v, "%s of %s is left out: %s", p.Name, full, wrong.Msg)
		}
	}
	if only := c.onePositional(pos, order, params); only >= 0 {
		add(params[only], pos[0])
		pos = nil
	}
	for i, v := range pos {
		if i >= len(params) {
			c.fail(v, Name, "%s takes %d arguments: %s", full, len(params), strings.Join(names, ", "))
		}
		add(params[i], v)
	}
	for _, n := range order {
		i := slices.Index(names, n)
		if i < 0 {
			if i = otherName(n, names, order, given, params); i < 0 {
				i = c.searched(n, t.sig, order, given, named[n])
			}
			if i >= 0 {
				c.note(named[n], "%s of %s is %s", n, full, names[i])
			}
		}
		if at := c.oneTime(named[n]); i < 0 && at != nil && t.sig.Effect != mediator.Read && slices.Contains(headings, n) && !given["start"] && named["start"] == nil {
			if i = slices.IndexFunc(params, func(p Param) bool { return p.Name == "start" && (p.Type == "datetime" || p.Type == "date") }); i >= 0 {
				c.note(named[n], "%s of %s is start", n, full)
				named[n] = at
			}
		}
		switch {
		case i < 0 && c.change && (n == "length" || n == "duration") && c.isTime(named["start"]) && c.saysLength(named[n]) && slices.ContainsFunc(params, func(p Param) bool { return ends(p.Name) }):
			c.note(named[n], "%s has no argument %s: left out", full, n)
			continue
		case i < 0 && c.check.Lenient && !c.change:
			t.wider = t.wider || !slices.Contains(ofManner, n)
			c.note(named[n], "%s has no argument %s: left out", full, n)
			continue
		case i < 0:
			c.fail(named[n], Name, "%s has no argument %s%s", full, n, didYouMean(n, names))
		case given[names[i]]:
			c.fail(named[n], Name, "%s is given twice, once without its name: give it once", n)
		}
		add(params[i], named[n])
	}
	if owner, repo := c.repository(); repo != "" && !c.check.Now.IsZero() && t.sig.Effect == mediator.Read && !given["owner"] && !given["repo"] {
		o, r := slices.Index(names, "owner"), slices.Index(names, "repo")
		if o >= 0 && r >= 0 && params[o].Required && params[r].Required {
			c.note(x, "%s is asked for %s/%s, which the request names", full, owner, repo)
			add(params[o], textLiteral(syntax.Start(x), owner))
			add(params[r], textLiteral(syntax.Start(x), repo))
		}
	}
	for _, p := range params {
		if word := c.choice(t.sig, p); !given[p.Name] && word != "" {
			c.note(x, "%s of %s is %s, as the request has it", p.Name, full, word)
			add(p, textLiteral(syntax.Start(x), word))
		}
	}
	c.asLong(full, t, add)
	c.whereItIs(t)
	for _, p := range params {
		if zone := c.zone(); p.Required && !given[p.Name] && zone != "" && slices.Contains([]string{"timezone", "time_zone", "tz"}, p.Name) {
			c.note(x, "%s of %s is %s", p.Name, full, zone)
			add(p, textLiteral(syntax.Start(x), zone))
		}
		if said := c.said(p, syntax.Start(x)); said != nil && p.Required && !given[p.Name] {
			add(p, said)
		}
		if p.Required && !given[p.Name] {
			about := t.sig.About[p.Name]
			if about != "" {
				about = " (" + about + ")"
			}
			c.missing(x, full, p, "%s needs %s%s: write %s(%s = …)", full, p.Name, about, full, p.Name)
		}
	}
}

// spread writes the fields of one object as named arguments, if they are parameters:
// mail.search({"query": "x"}).
func (c *checker) spread(x *syntax.CallExpr, full string, params []Param) {
	if len(x.Args) != 1 {
		return
	}
	d, ok := unparen(x.Args[0]).(*syntax.DictExpr)
	if !ok || len(d.List) == 0 || len(params) > 0 && params[0].Type == "object" {
		return
	}
	var args []syntax.Expr
	for _, e := range d.List {
		e := e.(*syntax.DictEntry)
		name, ok := constText(e.Key)
		if !ok || !slices.ContainsFunc(params, func(p Param) bool { return p.Name == name }) {
			return
		}
		at := syntax.Start(e.Key)
		args = append(args, argumentOf(at, name, e.Value))
	}
	c.note(x, "the object in %s(…) holds its arguments", full)
	x.Args = args
}

// onePositional is the parameter that a single plain argument can only mean, if that
// is not the first: the one that is required and not given by name.
func (c *checker) onePositional(pos []syntax.Expr, order []string, params []Param) int {
	if len(pos) != 1 {
		return -1
	}
	found := -1
	for i, p := range params {
		if p.Required && !slices.Contains(order, p.Name) {
			if found >= 0 {
				return -1
			}
			found = i
		}
	}
	return found
}

// headings are what a thing is called by: the first maxCalled are names and no texts.
const maxCalled = 3

var headings = []string{"title", "name", "subject", "topic", "summary", "about", "heading", "text", "content", "description"}

// searched is the parameter of a tool that only reads which takes words to look for, if a
// text that is called n can only be meant for it; -1 if there is none.
func (c *checker) searched(n string, sig Sig, order []string, given map[string]bool, v syntax.Expr) int {
	if _, text := constText(v); !text || sig.Effect != mediator.Read || !slices.Contains(headings, n) {
		return -1
	}
	for i, p := range sig.Params {
		if p.Name == "query" || p.Name == "q" {
			if given[p.Name] || slices.Contains(order, p.Name) {
				return -1
			}
			return i
		}
	}
	return -1
}

// alike are names that tools give to the same thing.
var alike = [][]string{
	{"query", "q", "text", "search", "term", "keyword", "keywords", "search_term", "search_query"},
	{"to", "recipient", "recipients", "receiver", "to_address", "to_email", "email", "address"},
	{"title", "name", "subject", "summary", "heading"},
	{"body", "text", "content", "message", "note", "description"},
	{"start", "start_time", "start_date", "starts_at", "begin", "from", "since", "after", "date", "when", "day"},
	{"end", "end_time", "end_date", "ends_at", "until", "to", "before"},
	{"limit", "count", "max", "max_results", "n", "number", "top"},
	{"path", "file", "filename", "file_name", "filepath", "file_path"},
	{"folder", "directory", "dir", "path"},
	{"location", "place", "address", "city", "where"},
	{"attendees", "participants", "guests", "invitees", "people"},
	{"sender", "from", "from_address", "author"},
}

// otherName finds the parameter that a name can only mean: written in another way, of
// the same thing, or misspelt by a letter or two. -1 if there is none or more than one.
func otherName(n string, names, order []string, given map[string]bool, params []Param) int {
	free := func(i int) bool { return !given[names[i]] && !slices.Contains(order, names[i]) }
	for _, fits := range []func(name string) bool{
		func(name string) bool { return same(n, name) },
		func(name string) bool {
			return slices.ContainsFunc(alike, func(g []string) bool {
				ends := (g[0] == "start" || g[0] == "end") && (name == "from" || name == "to") // more often a sender, a recipient
				return slices.Contains(g, n) && slices.Contains(g, name) && !ends
			})
		},
		func(name string) bool { return len(n) > 3 && unlike(n, name) == 1 },
	} {
		found := -1
		for i, name := range names {
			if fits(name) && free(i) {
				if found >= 0 {
					return -1
				}
				found = i
			}
		}
		if found >= 0 {
			return found
		}
	}
	return -1
}
