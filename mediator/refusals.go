package mediator

import (
	"regexp"
	"strings"
	"sync"
	"unicode"
	"unicode/utf8"
)

// refusing words turn the rest of their clause into words that serve no call. The
// list is wide on purpose: who is refused wrongly is asked.
var refusing = sync.OnceValue(func() *regexp.Regexp {
	return wordForm(`[\pL]+ ?n[` + apostrophes + `]t|dont|doesnt|didnt|cannot|cant|wont|mustnt|shouldnt|not|never|no|none|nothing|nobody|nor|neither|` +
		`except|excepting|exclude|excluding|without|avoid|skip|ignore|unless|instead|rather than|other than|apart from|` +
		`stop|leave out|omit|forget|besides|refrain|forbid|forbidden|hands off|` +
		`(?:all|any|every)(?:one|body|thing)? (?:[^,;:]*? )?(?:but|minus|save)|drop|remove .*?\bfrom the (?:list|copy|cc)|` +
		`(?:leave|keep|count) .*?\b(?:out|off)(?: of| and|[.,;!?]|$)|(?:keep|hide) .*?\bfrom|` +
		`ohne|außer|ausser|bis auf|mit ausnahme|statt|anstatt|anstelle|sauf|sans|hormis|excepté|évite|au lieu de|excepto|salvo|menos|en lugar de|sin|senza|zonder`)
})

// refusingAround are those of languages in which they may come after what they refuse.
var refusingAround = sync.OnceValue(func() *regexp.Regexp {
	return wordForm(`nicht|nichts|kein|keine|keinen|keinem|keiner|keinesfalls|keineswegs|niemand|niemandem|niemanden|niemals|nie|` +
		`pas|jamais|rien|aucun|aucune|nunca|nada|tampoco|non|niente|niet|geen|nooit`)
})

// harmless phrases hold such a word and refuse nothing that is named beside them.
var harmless = sync.OnceValue(func() *regexp.Regexp {
	return wordForm(`no (?:rush|hurry|problems?|pressure|doubt|later than|more than|less than)|no worries|not (?:bad|only|later than|more than|less than|at all urgent)|` +
		`can[` + apostrophes + `]?t wait|(?:don[` + apostrophes + `]?t|do not|never) (?:forget to|hesitate to)|don[` + apostrophes + `]?t worry|why (?:not|don[` + apostrophes + `]t (?:you|we))|or not|if not|` +
		`keine eile|kein problem|vergiss nicht|nicht vergessen|pas de (?:problème|souci)|n[` + apostrophes + `]oublie pas|sin prisa|no olvides`)
})

// retracting words take back what was said before them: "to Bob. No, to Ann!"
var retracting = sync.OnceValue(func() *regexp.Regexp {
	const begins = `(?i)(?:^|\n|[.;!?,:–—-][ \t]+|…[ \t]*|[ \t]\()["'(]*(?:ach |oh |äh,? |err?,? |or,? |hmm?,? )?`
	return regexp.MustCompile(begins + `(?:no,? wait\b|(?:no|nope|nah|nein|nee|non)(?:$|[ \t]*(?:[,;:!?\n–—-]|\.(?:$|\s)))|` +
		`(?:scratch|strike|forget|disregard) (?:that|it)(?:$|[ \t]*[,.;:!?\n–—-]| and\b)|(?:ignore|cancel) that(?:$|[ \t]*[,.;:!?\n–—-])|` +
		`(?:stop|don[` + apostrophes + `]?t|no,? don[` + apostrophes + `]?t|doch nicht|oops|rather not|no way)[ \t]*(?:$|[,.;:!?\n–—-])|(?:oops|that was|that is|that[` + apostrophes + `]s),? (?:wrong|a mistake)\b|never ?mind(?:$|[ \t]*[,.;:!?\n–—-])|` +
		`(?:or |no |sorry,? |wait,? )?(?:i|we) meant?[ ,:]+(?:to[ ,:]+)?\S*[@\d]|or rather\b|make that\b|vergiss (?:das|es)\b|ich mein(?:e|te)[ ,:]+\S*[@\d]|` +
		`(?:wait|sorry|oops|actually|correction|halt|moment|quatsch|perdón)[ \t]*[,.;:!–—-]*[ \t]*(?:(?:to|for|not|instead|rather|better|an|für|à|pour|a|para)\b|\S*@))`)
})

const apostrophes = "'’\x60´ʼ"

// wordForm finds words; what stands beside them is looked at by first.
func wordForm(words string) *regexp.Regexp {
	return regexp.MustCompile(`(?i)(?:^|[^\pL\pN_])(` + words + `)(?:$|[^\pL\pN_])`)
}

// first is the place of the first of some words in t that is a word of its own, and no
// part of an address or a path: kari@firma.no, docs/no/readme.md, non-refundable.
func first(t string, words *regexp.Regexp) (at stretch, ok bool) {
	for from := 0; from < len(t); {
		m := words.FindStringSubmatchIndex(t[from:])
		if m == nil {
			return stretch{}, false
		}
		at = stretch{from + m[2], from + m[3]}
		before, n := utf8.DecodeLastRuneInString(t[:at.from])
		earlier, _ := utf8.DecodeLastRuneInString(t[:at.from-n])
		after, n := utf8.DecodeRuneInString(t[at.to:])
		later, _ := utf8.DecodeRuneInString(t[at.to+n:])
		joined := at.from > 0 && (strings.ContainsRune(`@./\+`, before) && !unicode.IsSpace(earlier) || before == '-' && isWord(earlier)) ||
			strings.ContainsRune(`@/\+`, after) || (after == '.' || after == '-') && isWord(later)
		if !joined {
			return at, true
		}
		from = at.to
	}
	return stretch{}, false
}

// toldOff are the stretches that serve no call: from a refusing word to the end of its
// clause, all of the clause if it ends in one ("bob@x.org not"), and the clause after one
// that says nothing else ("Never! Write to …"), or before it ("bob@x.org? Never."); from the
// comma or "que" before it, if it may come last; and all that stands before what takes it
// back.
func toldOff(t string) []stretch {
	var off []stretch
	if all := retracting().FindAllStringIndex(t, -1); len(all) > 0 {
		off = append(off, stretch{0, all[len(all)-1][1]})
	}
	t = blank(t, harmless())
	if !refusing().MatchString(t) && !refusingAround().MatchString(t) { // as in most requests
		return off
	}
	goesOn, last := false, 0
	for from := 0; from < len(t); {
		end := from + clauseEnd(t[from:])
		clause := t[from:end]
		at, refused := first(clause, refusing())
		around, bent := first(clause, refusingAround())
		bare := (refused || bent) && len(clause) <= maxBare && len(wordsAfter(only().ReplaceAllString(clause, ""))) == 0
		switch {
		case goesOn, refused && ends()[strings.ToLower(clause[at.from:at.to])] && len(wordsAfter(clause[at.to:])) == 0:
			off = append(off, stretch{from, end})
		case refused:
			off = append(off, stretch{from + at.from, end})
		}
		if bent {
			off = append(off, stretch{from + bound(clause[:around.from]), end})
		}
		if bare && from > 0 && t[from-1] == '?' {
			off = append(off, stretch{last, end})
		}
		goesOn = bare && !(refused && strings.EqualFold(clause[at.from:at.to], "no")) && end < len(t) && t[end] == '!'
		from, last = end+1, from
	}
	return off
}

// maxBare is how long a clause is at most that is all refusal, in bytes: "Absolutely not, please."
const maxBare = 60

// only are words of a clause that is all refusal.
var only = sync.OnceValue(func() *regexp.Regexp {
	return regexp.MustCompile(`(?i)\b(?:never|ever|don[` + apostrophes + `]?t|do|not|no|way|absolutely|certainly|please|nie|niemals|nicht|jamais|nunca|bitte)\b`)
})

// ends are refusing words that tell off what stands before them, where nothing follows.
var ends = sync.OnceValue(func() map[string]bool { return set("no not never none neither") })

// bound is where in t the part begins that a word behind it may refuse: at the last comma,
// or word that begins a clause.
func bound(t string) int {
	from := strings.LastIndexByte(t, ',') + 1
	if m := parting().FindAllStringIndex(t, -1); len(m) > 0 {
		from = max(from, m[len(m)-1][0])
	}
	return from
}

var parting = sync.OnceValue(func() *regexp.Regexp {
	return regexp.MustCompile(`(?i)[ ](?:que |qu[` + apostrophes + `]|dass |che |dat |ob |weil |si |wenn )`)
})

// blank puts spaces in the place of phrases.
func blank(t string, words *regexp.Regexp) string {
	b := []byte(t)
	for from := 0; ; {
		at, ok := first(t[from:], words)
		if !ok {
			return string(b)
		}
		if next := strings.TrimLeft(t[from+at.to:], " "); strings.HasPrefix(next, "about ") || strings.Contains(firstField(next), "@") {
			from += at.to // "don't worry about bob@x.org", "if not bob@x.org"
			continue
		}
		for i := from + at.from; i < from+at.to; i++ {
			b[i] = ' '
		}
		from += at.to
	}
}

func firstField(s string) string {
	word, _, _ := strings.Cut(s, " ")
	return word
}

func wordsAfter(s string) []string {
	return strings.FieldsFunc(s, func(r rune) bool { return !isWord(r) })
}

// clauseEnd is where the clause at the start of t ends: at a mark that ends a
// sentence, at a semicolon, and at the end of a line. What follows a colon or a comma
// belongs to its clause, so does a line that goes on with a list or an address, and the
// dot of "Dr." ends none.
func clauseEnd(t string) int {
	for i := range len(t) {
		switch t[i] {
		case ';', '!':
			return i
		case '\n':
			if !listGoesOn(t[:i], t[i+1:]) {
				return i
			}
		case '.', '?':
			if (i+1 == len(t) || strings.IndexByte(" \n\t\"')", t[i+1]) >= 0) && !shortened().MatchString(t[max(0, i-maxShort):i+1]) {
				return i
			}
		}
	}
	return len(t)
}

// listGoesOn reports whether the line after a line break is an item of a list that
// the line before it opens, or an address.
func listGoesOn(before, after string) bool {
	before, after = strings.TrimRight(before, " \t\n"), strings.TrimLeft(after, " \t")
	word, _, _ := strings.Cut(firstField(after), "\n")
	return strings.HasSuffix(before, ":") || strings.HasSuffix(before, ",") || strings.Contains(word, "@") ||
		after != "" && (strings.IndexByte("-*", after[0]) >= 0 || isDigit(after[0]) || strings.HasPrefix(after, "•"))
}

// maxShort is how far back a shortened word can begin, in bytes: "Prof." and what
// stands before it.
const maxShort = 8

var shortened = sync.OnceValue(func() *regexp.Regexp {
	return regexp.MustCompile(`(?i)(?:^|[^\pL])(?:mr|mrs|ms|dr|prof|st|vs|e\.g|i\.e|bzw|z\.b|\pL)\.$`)
})

var refusedForm = sync.OnceValue(func() *regexp.Regexp {
	return regexp.MustCompile(`(?i)^['"’”)>]?(?:, [^\s,;]*@[^\s,;]+|,? (?:and|or) [^\s,;]+)*\s*\(?(?:who |which )?\s*(?:also |really |please )?` +
		`(?:(?:should|must|may|shall|can|could|would|does|do|is|are|was|were|has|have|need|ought|will|to)(?: not|n?t\b| n?[` + apostrophes + `]t|n[` + apostrophes + `]t| never|not)\b|won[` + apostrophes + `]t|never |not |no longer |` +
		`gets? (?:no|none|nothing)\b|(?:is|are|stays?) (?:(?:out|off)(?:$|[.,;!?]| of (?:it|this|that)\b)|off[- ]limits|excluded|banned|barred|forbidden|tabu|(?:the )?wrong|left out)|(?:excluded|left out)\b)`)
})

// refusedAfter reports whether what follows a span tells it off: "bob@x.org must not
// get it".
func refusedAfter(rest string) bool {
	return refusedForm().MatchString(rest[:min(len(rest), maxRefusal)])
}

// maxRefusal bounds how far behind a span a refusal is looked for, in bytes.
const maxRefusal = 200
