package plan

import (
	"slices"
	"strings"

	"go.starlark.net/syntax"

	"secgpt/mediator"
)

// "What did Mum write" becomes, with a small model, a search of the notes. Where the request
// speaks of the things of one app alone, and a plan looks for them in another, of whose
// things nothing is said, it is looked for where they are.

// maxSpoken is how many words of a request are compared with the names of all apps.
const maxSpoken = 60

// spokenOf are the apps of whose things the request speaks, each once, and of those the ones
// that are called by a word of ours for such things: whatever an app is called, a common
// word leads nothing to it. What a question says that somebody wrote is a mail.
func (c *checker) spokenOf() (spoken, ours []string) {
	if c.spoken != nil {
		return c.spoken[0], c.spoken[1]
	}
	defer func() { c.spoken = [][]string{spoken, ours} }()
	words, _, _ := strings.Cut(c.check.Words, "\n")
	words, _, _ = strings.Cut(words, ": ")
	with := func(to []string, app string) []string {
		if app == "" || slices.Contains(to, app) {
			return to
		}
		return append(to, app)
	}
	all := strings.Fields(strings.ToLower(words))
	asks := c.check.Asks || strings.Contains(words, "?")
	for i, w := range all[:min(len(all), maxSpoken)] {
		w = strings.Trim(w, ".,!?'\"()")
		if i > 0 && slices.Contains(ways, all[i-1]) { // in which something goes, and not a thing
			continue
		}
		own := slices.ContainsFunc(all[max(0, i-2):i], func(w string) bool { return w == "i" || w == "we" || w == "who" }) // what one wrote oneself may be anything, as may a book
		if asks && !own && writes(all, i) {
			w = "mail"
		}
		noun := wordsOf(strings.TrimSuffix(w, "'s"))
		if len(noun) != 1 {
			continue
		}
		app := c.appOf(noun)
		spoken = with(spoken, app)
		if lineOf(nouns, noun[0]) >= 0 {
			ours = with(ours, app)
		}
		for _, app := range c.tools.Apps() {
			if slices.Contains(wordsOf(app), noun[0]) {
				spoken = with(spoken, app)
			}
		}
	}
	return spoken, ours
}

// SpeaksOfThings reports whether a request has a word of ours for a kind of thing, or says
// that somebody wrote.
func SpeaksOfThings(words string) bool {
	all := strings.Fields(strings.ToLower(words))
	all = all[:min(len(all), maxSpoken)]
	for i, w := range all {
		noun := wordsOf(strings.TrimSuffix(strings.Trim(w, ".,!?'\"()"), "'s"))
		if writes(all, i) || len(noun) == 1 && (lineOf(nouns, noun[0]) >= 0 || slices.Contains(ofPeople, noun[0])) {
			return true
		}
	}
	return false
}

// writes reports whether the word at i says that somebody wrote: "wrote", "sent me".
func writes(words []string, i int) bool {
	w := strings.Trim(words[i], ".,!?'\"()")
	return slices.Contains(ofWriting, w) || w == "sent" && i+1 < len(words) && slices.Contains([]string{"me", "us"}, strings.Trim(words[i+1], ".,!?"))
}

// Names reports whether a text has a word that tells one thing from others of its kind.
func Names(text string) bool { return len(ofOne(text)) > 0 }

var (
	// ways are words before the way in which something is sent: "by mail", "per Mail".
	ways = []string{"by", "via", "per", "par", "por"}
	// ofWriting is what a question says of a mail that it does not call so.
	ofWriting = []string{"write", "wrote", "writes", "mailed", "emailed"}
	// ofPeople is what only somebody's entry in an address book has.
	ofPeople = []string{"number", "phone", "address", "birthday"}
)

// elsewhere is the tool that finds what the request speaks of, for a call that looks for it
// in another app, and that call's words.
func (c *checker) elsewhere(app string, sig Sig, x *syntax.CallExpr) (other, tool string, words syntax.Expr) {
	if c.check.Now.IsZero() || c.check.Lenient || sig.Effect != mediator.Read || !c.looksIn(sig) || len(c.called) > 1 || len(c.called) == 1 && c.called[0] != app || slices.Contains(c.alters, app) {
		return "", "", nil
	}
	spoken, ours := c.spokenOf()
	if len(spoken) != 1 || len(ours) != 1 || ours[0] == app {
		return "", "", nil
	}
	_, named, order := c.split(x)
	for _, n := range order {
		if _, text := constText(named[n]); text && slices.Contains(append([]string{"query", "q"}, headings...), n) {
			words = named[n]
			break
		}
	}
	for _, name := range c.tools.ToolsOf(spoken[0]) {
		s, _ := c.tools.Tool(spoken[0], name)
		if words == nil || s.Effect != mediator.Read || !s.List || !slices.ContainsFunc(s.Params, func(p Param) bool { return p.Name == "query" }) {
			continue
		}
		if tool != "" {
			return "", "", nil
		}
		tool = name
	}
	return spoken[0], tool, words
}

// looks notes in which apps a plan looks for something, and in which it changes something.
func (c *checker) looks(f *syntax.File) {
	syntax.Walk(f, func(n syntax.Node) bool {
		if call, ok := n.(*syntax.CallExpr); ok {
			app, tool := toolOf(call)
			switch sig, known := c.tools.Tool(app, tool); {
			case !known:
			case sig.Effect != mediator.Read:
				c.alters = append(c.alters, app)
			case c.looksIn(sig) && !slices.Contains(c.called, app):
				c.called = append(c.called, app)
			}
		}
		return true
	})
}

// looksIn reports whether a tool looks for words in its app's own things. Who someone is is
// asked beside anything.
func (c *checker) looksIn(sig Sig) bool {
	return sig.List && !slices.ContainsFunc(sig.Fields, func(f string) bool { return f == "emails" || f == "email" })
}
