// Package asked compares the changes of a plan with the words of the request: does
// anything in it ask for a mail to be sent, an event to be made, a note to go? A small
// model sends one for "Who wrote Faust?".
//
// It promises little, and errs towards yes where the app is built in: it knows kinds of
// change and the verbs for them in four languages, and the words of a tool's own name,
// description and example phrases. Of an app that is not, only what the person chose
// speaks for a call: the name that they gave it, and the verbs of the request, which are
// held to the first verb of the tool's name. Its other words are its own, and could fit
// any request. It is not a defence, which the mediator is: it tells what nobody asked for
// before anybody is asked about it.
//
// Start with Fits. words.go has the verbs, clause.go how a request is read.
package asked

import (
	"slices"
	"strings"
	"unicode"
)

// A Tool is a tool that changes something, as its app describes it.
type Tool struct {
	App, Name string
	About     string
	Phrases   []string // by which its manifest says people ask for it
	BuiltIn   bool     // its words are ours
}

// A Verdict is whether somebody asked for a change.
type Verdict uint8

// The verdicts.
const (
	Unsure Verdict = iota // the language is not known, or there is no verb at all: ask
	Yes
	No
)

func (v Verdict) String() string { return [...]string{"unsure", "yes", "no"}[v] }

// The bounds of what is read: more says nothing new.
const (
	maxWords   = 4096 // bytes of a request
	maxAbout   = 200  // bytes of a tool's description
	maxPhrases = 10
	maxPhrase  = 100 // bytes of one
)

// Fits tells whether the words of a request, or, where they have no verb of their own
// ("and to Ann as well"), those of the one before, ask for what a tool does. A built-in
// tool whose name says that it only finds something out fits every request.
func Fits(words, earlier string, t Tool) Verdict {
	own := t.words()
	if own.reads && own.ours {
		return Yes
	}
	r := read(words)
	v := r.fits(own)
	if v == Unsure && r.bare() && earlier != "" && read(earlier).fits(own) == Yes {
		return Yes
	}
	return v
}

// Claims tells whether a text of the plan says that what the tool does was done:
// "Sent." must not be shown for a mail that was left out.
func Claims(text string, t Tool) bool {
	own := t.words()
	for _, w := range tokens(text) {
		k := done[w]
		if k != 0 && (own.kinds == 0 || k&own.kinds != 0) {
			return true
		}
	}
	return false
}

// maxSaysDone is how long a text that only says that something was done can be, in bytes.
const maxSaysDone = 60

// SaysDone tells whether a short text of a plan may say that something was done, whatever
// it was: "Lights turned off." must not be shown where all that the plan did was left out.
// One that says that it was not ("No lamp is connected.") does not.
func SaysDone(text string) bool {
	words := tokens(text)
	return len(text) <= maxSaysDone && slices.ContainsFunc(words, func(w string) bool {
		return done[w] != 0 || strings.HasSuffix(w, "ed") && len(w) > 4
	}) && !slices.ContainsFunc(words, func(w string) bool { return denies[w] || strings.HasSuffix(w, "n't") })
}

// denies are words by which a text says that something is not so.
var denies = set("no not none nothing never cannot failed kein keine keinen nicht nichts nie aucun aucune rien pas jamais ningún ninguna nada nunca")

// own are a tool's own words.
type own struct {
	app   string
	name  []string
	kinds kind
	reads bool // the name says so
	goes  bool // to a page, as its first word says
	ours  bool
	words map[string]bool // of an app that is not ours, its name alone
}

func (t Tool) words() own {
	o := own{app: strings.ToLower(t.App), ours: t.BuiltIn, words: map[string]bool{}}
	o.name = nameTokens(t.Name)
	o.goes = len(o.name) > 0 && visits[o.name[0]]
	thing := false
	for i, w := range o.name {
		if o.kinds == 0 && !o.reads && w != strings.ToLower(t.App) {
			o.kinds, o.reads = toolVerbs[w], readers[w]
			if w == "log" && i == len(o.name)-1 { // git_log, and not log_workout
				o.kinds, o.reads = 0, true
			}
		}
		if o.kinds&remove == 0 && !o.reads && (o.ours || !thing) {
			o.kinds |= things[w]
			thing = things[w] != 0 // a name of many things asks for all of them
		}
		o.words[stem(w)] = true
	}
	if !o.ours {
		o.name, o.words = nil, map[string]bool{stem(o.app): true}
		return o
	}
	about := tokens(cut(t.About, maxAbout))
	for i, w := range about {
		if i == 0 && o.kinds == 0 && !o.reads { // "Sends a mail."
			o.kinds = toolVerbs[w] | toolVerbs[stem(w)]
		}
	}
	for _, p := range t.Phrases[:min(len(t.Phrases), maxPhrases)] {
		about = append(about, tokens(cut(p, maxPhrase))...)
	}
	for _, w := range about {
		if len(w) > 2 && !common[w] {
			o.words[stem(w)] = true
		}
	}
	return o
}

// fits judges a request as it was read.
func (r request) fits(o own) Verdict {
	if r.lang == nil {
		return Unsure
	}
	if first := r.clauses; len(first) > 1 && len(first[0].words) == 1 && o.kinds&(create|send) != 0 && o.names(first[0].words[0]) {
		return Yes // "note: buy milk", "todoist: buy milk"
	}
	if r.delegates() {
		return Yes
	}
	for _, c := range r.clauses {
		for _, v := range c.verbs {
			// Pressing and typing are steps of whatever is to be done.
			if v.kinds&o.kinds != 0 || o.ours && o.kinds&do != 0 && o.kinds&^(do|create) == 0 || !c.asks && o.words[stem(v.word)] && o.kinds == 0 {
				return Yes
			}
		}
		if o.goes && c.visits(r.lang) {
			return Yes
		}
		if c.asks {
			continue
		}
		if o.byWay(c.words) || o.oneTo(c.words) || !o.ours && o.kinds == 0 && len(c.verbs) > 0 && slices.ContainsFunc(c.words, o.names) {
			return Yes
		}
		if len(c.words) > 1 && slices.Contains(o.name, c.words[0]) {
			return Yes // a verb that only this tool has: "archive it"
		}
	}
	switch {
	case o.kinds == 0 && o.ours && r.has(o.words):
		return Yes
	case r.bare() && o.ours && r.endsInKept(o): // "poster ideas note" is looked for
		return No
	case r.bare() && o.kinds&create != 0 && (r.names(o.words) || r.has(map[string]bool{stem(o.app): true}) && r.long()):
		return Yes
	case r.bare() || o.kinds == 0:
		return Unsure
	}
	return No
}

// names reports whether a word names the tool's app, or a thing of its.
func (o own) names(w string) bool {
	return !common[w] && (w == o.app || stem(w) == stem(o.app) || len(w) > 2 && o.words[w])
}

// byWay finds the tool as the way in which something is to be done: "confirm it by mail",
// "turn it into a note".
func (o own) byWay(words []string) bool {
	for i, w := range words {
		if i == 0 || !o.names(stem(w)) && !o.names(w) {
			continue
		}
		before := words[i-1]
		if (before == "a" || before == "an" || before == "new") && i > 1 {
			if before = words[i-2]; o.kinds&create != 0 && slices.Contains([]string{"into", "as", "take", "leave"}, before) {
				return true
			}
		}
		if o.kinds&send != 0 && (before == "by" || before == "via" || before == "per" || before == "par" || before == "por") {
			return true
		}
	}
	return false
}

// oneTo reports whether a clause is what is to be sent, and to whom: "one mail to Alice".
func (o own) oneTo(words []string) bool {
	i := 0
	for i < len(words) && slices.Contains([]string{"a", "an", "one", "another", "quick", "short"}, words[i]) {
		i++
	}
	return o.kinds&send != 0 && i > 0 && i+1 < len(words) && o.names(words[i]) && words[i+1] == "to"
}

// visits reports whether a page is to be gone to: "visit www.shop.example", and "check my
// account by visiting it", but not "what did the visit cost".
func (c clause) visits(l *language) bool {
	for i, w := range c.words {
		if visits[w] && !l.negated(c.words[:i]) && (!c.asks || i > 0 && c.words[i-1] == "by") {
			return true
		}
	}
	return false
}

// Delegates reports whether a request leaves what is done to a text, so that any tool may be
// what it asks for.
func Delegates(words string) bool { return read(words).delegates() }

// delegates reports whether a request leaves what is done to a text: "follow the
// instructions in it". The mediator judges what comes of that.
func (r request) delegates() bool {
	for _, c := range r.clauses {
		verb, noun := false, false
		for _, w := range c.words {
			if entrust[w] == 2 {
				return true
			}
			verb, noun = verb || entrust[w] == 1, noun || entrusted[w]
		}
		if verb && noun && !c.asks {
			return true
		}
	}
	return false
}

// bare reports whether a request has no verb and asks nothing: "lunch with Ann on Friday".
func (r request) bare() bool {
	return !slices.ContainsFunc(r.clauses, func(c clause) bool { return c.asks || len(c.verbs) > 0 })
}

// names reports whether one thing of the tool's is named that is not there yet: "dentist
// appointment", and neither "my appointments" nor "the appointment".
func (r request) names(words map[string]bool) bool {
	for _, c := range r.clauses {
		for i, w := range c.words {
			if len(w) > 2 && !common[w] && words[w] && stem(w) == w && (i == 0 || !r.lang.noun[c.words[i-1]] || c.words[i-1] == "a" || c.words[i-1] == "an") {
				return true
			}
		}
	}
	return false
}

// long reports whether a request says more than a name or two.
func (r request) long() bool {
	n := 0
	for _, c := range r.clauses {
		n += len(c.words)
	}
	return n > 3
}

func (r request) has(words map[string]bool) bool {
	return slices.ContainsFunc(r.clauses, func(c clause) bool {
		return slices.ContainsFunc(c.words, func(w string) bool { return len(w) > 2 && !common[w] && words[stem(w)] })
	})
}

// tokens are the words of a text in lower case.
func tokens(s string) []string {
	return strings.FieldsFunc(strings.ToLower(strings.ReplaceAll(s, "’", "'")), func(r rune) bool {
		return r != '\'' && !unicode.IsLetter(r) && !unicode.IsDigit(r)
	})
}

// nameTokens splits create_event and createEvent.
func nameTokens(name string) []string {
	var b strings.Builder
	lower := false
	for _, r := range name {
		if unicode.IsUpper(r) && lower {
			b.WriteByte(' ')
		}
		lower = unicode.IsLower(r)
		b.WriteRune(r)
	}
	return tokens(strings.ReplaceAll(b.String(), "_", " "))
}

// stem takes the end off that English puts to a noun or a verb.
func stem(w string) string {
	w = strings.TrimSuffix(strings.TrimSuffix(w, "'s"), "'")
	switch {
	case len(w) > 4 && strings.HasSuffix(w, "ies"):
		return w[:len(w)-3] + "y"
	case len(w) > 4 && (strings.HasSuffix(w, "ches") || strings.HasSuffix(w, "shes") || strings.HasSuffix(w, "sses") || strings.HasSuffix(w, "xes")):
		return w[:len(w)-2]
	case len(w) > 3 && strings.HasSuffix(w, "s") && !strings.HasSuffix(w, "ss"):
		return w[:len(w)-1]
	}
	return w
}

func cut(s string, n int) string { return strings.ToValidUTF8(s[:min(len(s), n)], "") }
