package plan

import (
	"regexp"
	"slices"
	"strings"
	"sync"
	"unicode"

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

// sayable are parameters whose words people say themselves, and states those words, beside travels:
// what else an app lists there, it does not get out of a request.
var (
	sayable = []string{"mode", "travel_mode", "state", "status"}
	states  = []string{"open", "closed", "merged", "draft", "active", "done", "completed", "pending", "archived"}
)

// travels are words for how to get somewhere, a line each, the first as maps have it; thereBy
// stands before them, or one word before.
var (
	travels = [][]string{
		{"driving", "car", "auto", "voiture", "coche"},
		{"walking", "foot", "fuß", "pied"},
		{"bicycling", "bike", "bicycle", "rad", "fahrrad", "vélo", "bici"},
		{"transit", "train", "bus", "tram", "subway", "metro", "underground", "bahn", "zug", "tren"},
	}
	thereBy = []string{"by", "on", "with", "mit", "zu", "per", "en", "à"}
	negated = []string{"not", "never", "no", "or", "except", "without", "excluding", "but", "nicht", "kein", "keine", "oder", "ohne", "außer", "pas", "ou", "sans", "t"}
)

// choice is the one word that an optional parameter takes, a way to travel or in a read a state,
// and that the request has or says in another way; "" if there is none, or more than one, or it
// says "not" or "or". A verb at its beginning, or before "the", is what to do: "open the issues".
func (c *checker) choice(sig Sig, p Param) (found string) {
	if c.check.Now.IsZero() || p.Required || !slices.Contains(sayable, p.Name) {
		return ""
	}
	request, _, _ := strings.Cut(c.check.Words, "\n")
	said := strings.FieldsFunc(strings.ToLower(request), func(r rune) bool { return !unicode.IsLetter(r) })
	if slices.ContainsFunc(said, func(w string) bool { return slices.Contains(negated, w) }) {
		return ""
	}
	for _, word := range sig.Choices[p.Name] {
		line := slices.IndexFunc(travels, func(l []string) bool { return l[0] == word })
		if line < 0 && (sig.Effect != mediator.Read || !slices.Contains(states, strings.ToLower(word))) {
			continue // "closed" may be what a change is to make of it
		}
		for i, w := range said {
			by := line >= 0 && slices.Contains(travels[line][1:], w) && slices.ContainsFunc(said[max(i-2, 0):i], func(w string) bool { return slices.Contains(thereBy, w) })
			does := lineOf(verbs, w) >= 0 && (i == 0 || i+1 < len(said) && slices.Contains([]string{"the", "my", "all", "this", "that", "it"}, said[i+1]))
			if does || w != strings.ToLower(word) && !by || found == word {
				continue
			}
			if found != "" {
				return ""
			}
			found = word
		}
	}
	return found
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

// repository is the owner and the name of the one repository that the request names, as
// OWNER/NAME; "" if it names none, or two.
func (c *checker) repository() (owner, name string) {
	request, _, _ := strings.Cut(c.check.Words, "\n")
	for _, w := range strings.Fields(request) {
		m := aRepository().FindStringSubmatch(strings.Trim(w, `"'().,;:!?`))
		if m == nil || m[1] == "and" {
			continue
		}
		if name != "" && (owner != m[1] || name != m[2]) {
			return "", ""
		}
		owner, name = m[1], m[2]
	}
	return owner, name
}

// aRepository fits a/b, of which b is no file: those have a dot.
var aRepository = sync.OnceValue(func() *regexp.Regexp {
	return regexp.MustCompile(`^([A-Za-z][A-Za-z0-9-]{0,38})/([A-Za-z0-9][A-Za-z0-9_-]{0,99})$`)
})
