package asked

import (
	"regexp"
	"slices"
	"strings"
	"sync"
)

// A request is what was said, clause by clause.
type request struct {
	lang    *language // nil if it is none that is known
	clauses []clause
}

// A clause is a stretch with one verb or so.
type clause struct {
	words []string
	asks  bool // a question, or "show me": it finds something out
	verbs []verb
}

type verb struct {
	word  string
	kinds kind
}

var (
	// What stands in quotes is what is to be written, and no wish.
	quotation = sync.OnceValue(func() *regexp.Regexp {
		return regexp.MustCompile(`"[^"]*"|“[^”]*”|„[^“”]*[“”]|«[^»]*»|(^|\s)'[^']*'($|[\s.,;!?])`)
	})
	pause = sync.OnceValue(func() *regexp.Regexp { return regexp.MustCompile(`[.,;:!?](\s+|$)|\n|\s[–—-]\s`) })
)

// read reads a request.
func read(words string) request {
	words = quotation().ReplaceAllString(cut(words, maxWords), " ")
	r := request{lang: languageOf(tokens(words))}
	if r.lang == nil {
		for _, s := range pause().Split(words, -1) {
			r.clauses = append(r.clauses, clause{words: tokens(s)})
		}
		return r
	}
	asked := false // by the clause before
	ends := pause().FindAllString(words, -1)
	for i, s := range pause().Split(words, -1) {
		question := i < len(ends) && ends[i][0] == '?'
		var part []string
		wish := false // "can you look it up and send it?"
		flush := func() {
			if len(part) == 0 {
				return
			}
			var c clause
			c, wish = r.lang.clause(part, question, wish)
			if len(c.verbs) == 0 && !c.asks && !slices.ContainsFunc(part, func(w string) bool { return entrust[w] != 0 }) { // "who wrote Faust and Hamlet"
				c.asks = asked
			}
			asked = c.asks
			r.clauses, part = append(r.clauses, c), nil
		}
		for _, w := range tokens(s) {
			if r.lang.joins[w] {
				flush()
				continue
			}
			part = append(part, w)
		}
		flush()
	}
	return r
}

// English reports whether most of the small words in a text are English.
func English(text string) bool { return languageOf(tokens(cut(text, maxWords))) == &languages[0] }

// Wishes reports whether a request may be more than a question or the name of a thing: it
// has a verb that no question holds, or its language is not known.
func Wishes(text string) bool {
	r := read(text)
	return r.lang == nil || slices.ContainsFunc(r.clauses, func(c clause) bool { return !c.asks && len(c.verbs) > 0 })
}

// Strange reports whether the words of a request tell no language that is known here.
func Strange(text string) bool { return read(text).lang == nil }

// Asks reports whether a request begins with a question, or the wish to see something.
func Asks(text string) bool {
	r := read(text)
	return r.lang != nil && len(r.clauses) > 0 && r.clauses[0].asks
}

// AsksAnything reports whether any part of a request is a question, or may be one.
func AsksAnything(text string) bool {
	r := read(text)
	return r.lang == nil || strings.Contains(text, "?") || slices.ContainsFunc(r.clauses, func(c clause) bool { return c.asks })
}

// languageOf is the language most of whose small words are here.
func languageOf(words []string) *language {
	var best *language
	most := 0
	for i := range languages {
		l, n := &languages[i], 0
		for _, w := range words {
			if l.small[w] {
				n += 2
			}
			if l.kindsOf(w) != 0 || l.verbs[stem(w)] != 0 || l.finds[w] || l.starts[w] || l.owned[w] || l.polite[w] {
				n++
			}
		}
		if n > most {
			best, most = l, n
		}
	}
	return best
}

func (l *language) kindsOf(w string) kind {
	if k := l.verbs[w]; k != 0 {
		return k
	}
	for s, k := range l.stems {
		if strings.HasPrefix(w, s) && len(w) <= len(s)+6 {
			return k
		}
	}
	return 0
}

// clause reads one clause; wish is whether its sentence began with "can you".
func (l *language) clause(words []string, question, wish bool) (clause, bool) {
	for len(words) > 1 && l.polite[words[0]] {
		wish = wish || l.able[words[0]]
		words = words[1:]
	}
	c := clause{words: words}
	next := ""
	if len(words) > 1 {
		next = words[1]
	}
	c.asks = l.starts[words[0]] && !l.you[next] || l.finds[words[0]] || l.asMe(words) || question && !wish && (l.kindsOf(words[0]) == 0 || nouns[words[0]] && !pronouns[next]) || l.polite[words[0]] || l.thing(words) || nouns[words[0]] && labels[next]
	if entrust[words[0]] != 0 && entrustedNext(next) { // "do all the tasks", and not "do I"
		c.asks = false
	}
	if words[0] == "check" && slices.Contains(words, "off") { // and not "check my mail"
		c.asks = false
	}
	for i, w := range words {
		k := l.kindsOf(w)
		if i == 0 || !relative[words[i-1]] {
			k |= l.parted(w, words[i+1:])
		}
		if k == 0 || l.negated(words[:i]) || within(words[:i]) {
			continue
		}
		before := ""
		if i > 0 {
			before = words[i-1]
		}
		switch {
		case c.asks && i == 0: // "tell me"
		case c.asks && l.finds[words[0]] && before == "to" && words[max(0, i-2)] != "how": // "find it to send it"
			c.verbs = append(c.verbs, verb{w, k})
		case c.asks && !l.wishes(words[:i]):
		case nouns[w] && i+1 < len(words) && labels[words[i+1]]:
		case nouns[w] && i > 0 && (len(c.verbs) > 0 && !l.polite[before] || l.noun[words[0]] && before != "to"):
		case nouns[w] && i > 0 && (l.noun[before] || strings.HasSuffix(before, "'s") || l.finds[before]):
		case kept[w] && i > 0 && i == len(words)-1 && before != "to" && !l.polite[before]: // "the poster ideas note"
		case w == "let" && !slices.Contains(words, "know"):
		default:
			c.verbs = append(c.verbs, verb{w, k})
		}
	}
	return c, wish
}

// maxParted is how many words on the second half of a verb may be.
const maxParted = 4

// kept are verbs that at the end of a request are what it is about.
var kept = set("note mail email message file log record plan")

// endsInKept reports whether a request is of one clause that ends in such a word, behind others,
// and that is what a tool makes.
func (r request) endsInKept(o own) bool {
	if len(r.clauses) != 1 {
		return false
	}
	words := r.clauses[0].words
	last := words[max(len(words)-1, 0):]
	return len(words) > 1 && kept[last[0]] && (o.names(last[0]) || o.names(stem(last[0])))
}

// shifts are verbs that say when something is to be: "start it at 21:30".
var shifts = set("start begin end finish")

// parted is the kind of a verb whose second half comes later: "take only tomorrow's out".
func (l *language) parted(w string, behind []string) kind {
	if shifts[w] && slices.Contains(behind[:min(len(behind), maxParted)], "at") {
		return update
	}
	for i, b := range behind[:min(len(behind), maxParted)] {
		if slices.Contains(l.parts[w], b) && (i == 0 || behind[i-1] != "day" && behind[i-1] != "days" && behind[i-1] != "time") {
			return remove
		}
	}
	return 0
}

// entrustedNext tells how what is to be done goes on, where "do" begins no question.
func entrustedNext(w string) bool {
	return slices.Contains([]string{"all", "the", "these", "those", "this", "it", "as", "what", "everything", "them", "my", "his", "her", "their", "each", "every"}, w)
}

// thing tells words that name something there is already, as "all my notes": it is to be
// shown. With a day or a number it may be something new.
func (l *language) thing(words []string) bool {
	return l.owned[words[0]] && len(words) > 1 && !slices.ContainsFunc(words, func(w string) bool {
		return strings.ContainsAny(w, "0123456789") || days[w] || l.kindsOf(w) != 0 && !nouns[w]
	})
}

// wishes finds a wish within a question: "what do I need to send to Bob" is none, "is
// there a way you can send it" is.
func (l *language) wishes(before []string) bool {
	n := len(before)
	return n > 1 && l.able[before[n-2]] && l.you[before[n-1]] || n > 0 && (before[n-1] == "please" || before[n-1] == "bitte")
}

// asMe tells "tell me", "give me": the person wants to be told.
func (l *language) asMe(words []string) bool {
	for i := 0; i+1 < len(words) && i < 4; i++ {
		if l.tells[words[i]] && l.me[words[i+1]] {
			return true
		}
	}
	return false
}

// within tells whether what comes next is the verb of a question within a sentence, whose
// answer is somebody's: "bob wrote what i should bring".
func within(before []string) bool {
	for n := len(before); n > 1 && len(before)-n < maxModals && (n == len(before) || modals[before[n]]); n-- {
		if subjects[before[n-1]] && questions[before[n-2]] {
			return true
		}
	}
	return false
}

func (l *language) negated(before []string) bool {
	for _, w := range before[max(0, len(before)-2):] {
		if l.not[w] {
			return true
		}
	}
	return false
}
