package plan

import (
	"regexp"
	"slices"
	"strings"
	"sync"

	"go.starlark.net/syntax"

	"secgpt/hub/when"
)

// Arguments that come in other pieces than a tool takes them: one task's fields where a
// list of tasks is taken, "owner/name" where both are taken alone.

// oneItem writes named arguments as the one object of a list, which is all that a tool
// takes: create_tasks(content = "x") is create_tasks(items = [{"content": "x"}]).
func (c *checker) oneItem(x *syntax.CallExpr, full string, sig Sig) {
	if len(sig.Params) != 1 || len(x.Args) == 0 || paramKinds(sig.Params[0].Type) == nil || !strings.HasPrefix(sig.Params[0].Type, "array") {
		return
	}
	only := sig.Params[0].Name
	var names []string
	var params []Param
	for _, f := range sig.Items[only] {
		names = append(names, strings.TrimSuffix(f, "?"))
		params = append(params, Param{Name: strings.TrimSuffix(f, "?")})
	}
	pos, named, order := c.split(x)
	if len(pos) > 0 || len(names) == 0 || slices.Contains(order, only) {
		return
	}
	d := &syntax.DictExpr{Lbrace: syntax.Start(x), Rbrace: syntax.Start(x)}
	given := map[string]bool{}
	for _, n := range order {
		i := slices.Index(names, n)
		if i < 0 {
			i = otherName(n, names, order, given, params)
		}
		if i < 0 && slices.Contains(headings, n) { // what it is called, which it must have
			i = slices.IndexFunc(sig.Items[only], func(f string) bool { return !strings.HasSuffix(f, "?") })
		}
		if i < 0 && n == "id" {
			i = ownID(full, names)
		}
		if i < 0 || given[names[i]] {
			return
		}
		given[names[i]] = true
		v := named[n]
		d.List = append(d.List, &syntax.DictEntry{Key: textLiteral(syntax.Start(v), names[i]), Colon: syntax.Start(v), Value: c.dayOf(names[i], v)})
	}
	at := syntax.Start(x)
	c.note(x, "the arguments of %s are the one item of %s", full, only)
	x.Args = []syntax.Expr{argumentOf(at, only, &syntax.ListExpr{Lbrack: at, Rbrack: at, List: []syntax.Expr{d}})}
}

// ownID is the one field that is the id of what a tool is called by: task_id, of close_tasks; -1 if
// there is none.
func ownID(full string, fields []string) int {
	_, tool, _ := strings.Cut(full, ".")
	found := -1
	for i, f := range fields {
		if thing, isID := strings.CutSuffix(f, "_id"); isID && slices.Contains(wordsOf(tool), thing) {
			if found >= 0 {
				return -1
			}
			found = i
		}
	}
	return found
}

// filledIn gives each object in a list that a tool makes things of the lists which it must have, empty
// if the plan leaves them out.
func (c *checker) filledIn(t *target, p Param, v syntax.Expr) {
	list, ok := unparen(v).(*syntax.ListExpr)
	if creates := lineOf(verbs, "create"); !ok || verbOf(wordsOf(t.tool)) != creates { // an update would empty them
		return
	}
	for _, item := range list.List {
		d, ok := unparen(item).(*syntax.DictExpr)
		if !ok {
			continue
		}
		for _, name := range t.sig.Lists[p.Name] {
			has := func(e syntax.Expr) bool {
				key, text := constText(e.(*syntax.DictEntry).Key)
				return !text || key == name // a key that is no text of the plan may be any
			}
			if slices.ContainsFunc(d.List, has) {
				continue
			}
			at := syntax.Start(d)
			c.note(d, "%s in %s of %s is empty", name, p.Name, fullName(t.app, t.tool))
			d.List = append(d.List, &syntax.DictEntry{Key: textLiteral(at, name), Colon: at, Value: &syntax.ListExpr{Lbrack: at, Rbrack: at}})
		}
	}
}

// dayOf is a day where a field is called one: due_date = when("Friday").start, or "Friday".
func (c *checker) dayOf(field string, v syntax.Expr) syntax.Expr {
	if !strings.HasSuffix(field, "date") {
		return v
	}
	if dot, ok := unparen(v).(*syntax.DotExpr); ok && (dot.Name.Name == "start" || dot.Name.Name == "end") {
		if _, ok := c.timeWords(dot.X); ok {
			dot.Name.Name = "date"
		}
		return v
	}
	text, ok := constText(v)
	if _, err := when.Read(text, c.now()); !ok || isoDate().MatchString(text) || err != nil {
		return v
	}
	dot := timeOf(textLiteral(syntax.Start(v), text), Param{Name: field}).(*syntax.DotExpr)
	dot.Name.Name = "date"
	return dot
}

// slashed is "almost-useful/labels" in a text.
var slashed = sync.OnceValue(func() *regexp.Regexp {
	return regexp.MustCompile(`(?:^|\s)([A-Za-z0-9][\w-]*)/([A-Za-z0-9][\w.-]*\w)(?:$|[\s,:;!?.])`)
})

// pairs are words with a slash behind them that own nothing: and/or, read/write.
var pairs = strings.Fields("and or read his her he she him yes on in up either w true pass start open client input get with win day")

// ownerAndRepo are those that the request names as one, where it names one.
func (c *checker) ownerAndRepo() (owner, repo string) {
	words, _, _ := strings.Cut(c.check.Words, "\n")
	all := slashed().FindAllStringSubmatch(words, 2)
	if len(all) != 1 || slices.Contains(pairs, strings.ToLower(all[0][1])) {
		return "", ""
	}
	return all[0][1], all[0][2]
}

// inParts gives a tool that takes an owner and a repo what a plan, or the request, calls
// by both: repo = "almost-useful/labels".
func (c *checker) inParts(x *syntax.CallExpr, full string, params []Param, named map[string]syntax.Expr, order []string) []string {
	takes := func(name string) bool {
		return slices.ContainsFunc(params, func(p Param) bool { return p.Name == name })
	}
	if !takes("owner") || !takes("repo") {
		return order
	}
	owner, repo := c.ownerAndRepo()
	given, _ := constText(named["owner"])
	if text, ok := constText(named["repo"]); ok {
		o, r, both := strings.Cut(text, "/")
		switch {
		case both && !strings.Contains(r, "/") && (given == "" || given == o):
			owner, repo = o, r
			delete(named, "repo")
		case text != repo:
			return order
		}
	}
	if owner == "" || repo == "" || given != "" && given != owner {
		return order
	}
	at := syntax.Start(x)
	for i, name := range []string{"owner", "repo"} {
		if named[name] != nil {
			continue
		}
		text := []string{owner, repo}[i]
		named[name] = textLiteral(at, text)
		if !slices.Contains(order, name) {
			order = append(order, name)
		}
		c.note(x, "%s of %s is %s", name, full, clip(text))
	}
	return order
}
