package plan

import (
	"slices"
	"strings"

	"go.starlark.net/syntax"
)

// maxBetween is how many words may stand between "the" and what is spoken of: "the mail",
// "the last long mail".
const maxBetween = 3

// holders are the lines of nouns for what holds words of its own: mails, notes and files.
var holders = []int{0, 3, 5}

// intos are words behind which it stands where something is to go: "save it in my contacts".
var intos = []string{"in", "into", "to"}

// unread sends a plan back, once, that changes something where the request speaks of a
// certain thing whose app the plan never calls: "make a note from the slug mail"; and each
// time, where that is where something is to go, or where it is to come from: "from the rent letter
// file", and where the plan looks at nothing "the ingredients of the recipe". What it makes there is no
// look at what is there.
func (c *checker) unread(f *syntax.File) {
	if c.check.Revealed || c.check.Now.IsZero() || !c.changes || asksPerson(f) {
		return
	}
	words, _, _ := strings.Cut(c.check.Words, "\n")
	words, _, _ = strings.Cut(words, ": ")
	words, _, _ = strings.Cut(words, " that ")
	all := strings.Fields(strings.ToLower(words))
	for i, w := range all {
		if !definite(w) {
			continue
		}
		between := maxBetween
		if c.check.Lenient {
			looks := len(c.p.tools) > len(c.p.changing)
			switch {
			case i > 0 && slices.Contains(intos, all[i-1]):
				between = 0
			case i > 1 && (all[i-1] == "from" || all[i-1] == "of" && !looks && lineOf(nouns, all[i-2]) < 0): // "a note of the meeting" is of one's own words
			default:
				continue
			}
		}
		for _, w := range all[i+1 : min(i+2+between, len(all))] {
			noun := wordsOf(strings.Trim(w, ".,!?'\""))
			app := c.appOf(noun)
			if between == 0 && app != "" && !slices.Contains(wordsOf(app), noun[0]) { // by its own name
				continue
			}
			if strings.Contains(w, "mail") && strings.Contains(words, "@") { // "her mail is trucy@example.net"
				continue
			}
			if c.check.Lenient && between > 0 && len(c.p.tools) > len(c.p.changing) && !slices.Contains(holders, lineOf(nouns, noun[len(noun)-1])) {
				continue // "the feedback from the meeting" may stand elsewhere
			}
			source := i > 0 && (all[i-1] == "from" || all[i-1] == "of") && slices.ContainsFunc(c.p.changing, func(full string) bool { return !strings.HasPrefix(full, app+".") })
			calls := func(full string) bool {
				return strings.HasPrefix(full, app+".") && !(source && slices.Contains(c.p.changing, full) && Makes(full))
			}
			if app == "" || slices.ContainsFunc(c.p.tools, calls) {
				continue
			}
			c.fail(f, Name, "the request speaks of a %s, and the plan reads none: find it first with a tool of %s, and use what it says", strings.Trim(w, ".,!?'\""), app)
		}
	}
}

// asksPerson reports whether a plan asks the person for something, who may say it.
func asksPerson(f *syntax.File) (asks bool) {
	syntax.Walk(f, func(n syntax.Node) bool {
		x, _ := n.(syntax.Expr)
		asks = asks || x != nil && isNeed(x)
		return !asks
	})
	return asks
}

func definite(w string) bool {
	return slices.Contains([]string{"the", "my", "his", "her", "their", "our", "this", "last", "newest"}, w) || strings.HasSuffix(w, "'s")
}

// appOf is the one app that is called like a noun, which is one word.
func (c *checker) appOf(noun []string) string {
	if len(noun) != 1 {
		return ""
	}
	found := ""
	for _, app := range c.tools.Apps() {
		words := wordsOf(app)
		line := lineOf(nouns, noun[0])
		if slices.Contains(words, noun[0]) || line >= 0 && slices.ContainsFunc(words, func(w string) bool { return lineOf(nouns, w) == line }) {
			if found != "" {
				return ""
			}
			found = app
		}
	}
	return found
}
