package plan

import (
	"slices"
	"strings"

	"go.starlark.net/syntax"

	"secgpt/mediator"
)

// chosen is the word that a parameter takes for one that is written in another way, "Open"
// for open. What it can't take is refused, with what it takes.
func (c *checker) chosen(t *target, p Param, v syntax.Expr) syntax.Expr {
	words := t.sig.Choices[p.Name]
	text, ok := constText(v)
	if !ok || len(words) == 0 || slices.Contains(words, text) {
		return v
	}
	full := fullName(t.app, t.tool)
	if i := slices.IndexFunc(words, func(w string) bool { return same(w, strings.ReplaceAll(text, " ", "_")) }); i >= 0 {
		c.note(v, "%s of %s is %s", p.Name, full, words[i])
		return textLiteral(syntax.Start(v), words[i])
	}
	c.fail(v, Type, "%s of %s is one of %s", p.Name, full, strings.Join(words, ", "))
	return nil
}

// byChoice gives a word to the one parameter of a read that takes only certain words, this
// among them, where a plan gives it to one that takes a list of any: labels = ["open"] is
// state = "open". Which words a parameter takes is the app's own word, and both are of the
// same tool.
func (c *checker) byChoice(full string, sig Sig, named map[string]syntax.Expr, order []string) {
	if sig.Effect != mediator.Read {
		return
	}
	for at, n := range order {
		v := unparen(named[n])
		if list, ok := v.(*syntax.ListExpr); ok && len(list.List) == 1 {
			v = list.List[0]
		}
		text, ok := constText(v)
		if !ok || !slices.ContainsFunc(sig.Params, func(p Param) bool { return p.Name == n && !p.Required && p.Type == "array" }) {
			continue
		}
		takes := func(p Param) bool {
			return !slices.Contains(order, p.Name) && slices.ContainsFunc(sig.Choices[p.Name], func(w string) bool { return same(w, text) })
		}
		i := slices.IndexFunc(sig.Params, takes)
		if i < 0 || slices.ContainsFunc(sig.Params[i+1:], takes) {
			continue
		}
		c.note(v, "%s of %s is %s", n, full, sig.Params[i].Name)
		delete(named, n)
		order[at] = sig.Params[i].Name
		named[order[at]] = v
	}
}
