package mediator

import (
	"regexp"
	"strings"
	"sync"
)

// refusing words turn the rest of their clause into words that serve no call. The
// list is wide on purpose: who is refused wrongly is asked.
var refusing = sync.OnceValue(func() *regexp.Regexp {
	return wordForm(`[\pL]+n['’]t|dont|doesnt|cannot|cant|wont|mustnt|shouldnt|not|never|no|none|nothing|nobody|nor|neither|` +
		`except|excepting|exclude|excluding|without|avoid|skip|ignore|unless|instead|rather than|other than|apart from|minus|` +
		`stop|leave out|omit|forget|besides|refrain|refuse|forbid|forbidden|off[- ]limits|hands off|` +
		`(?:all|every(?:one|body|thing)|any(?:one|body)) but|(?:leave|keep|count|cut|rule) .{1,80}?\bout|` +
		`ohne|außer|sauf|sans|excepto|sin|senza|zonder`)
})

// refusingAround are those of languages in which they may come after what they refuse.
var refusingAround = sync.OnceValue(func() *regexp.Regexp {
	return wordForm(`nicht|nichts|kein|keine|keinen|keinem|keiner|keinesfalls|keineswegs|niemals|nie|pas|jamais|rien|aucun|aucune|nunca|nada|non|niente|mai|niet|geen|nooit`)
})

// retracting words take back what was said before them: "to Bob. No, to Ann!"
var retracting = sync.OnceValue(func() *regexp.Regexp {
	return regexp.MustCompile(`(?i)(?:^|[.;!?,\n–—-])[ \t"'(]*(?:(?:no|nope|nah|wait|sorry|oops|actually|correction|nein|halt|moment|quatsch|non|perdón|perdon)(?:$|[ \t]*[,.;:!?\n–—-])|` +
		`(?:scratch|strike|forget|cancel|ignore) (?:that|this|it)\b|(?:or |no |sorry,? )?(?:i|we) mean[t]?\b|or rather\b|never ?mind\b|vergiss (?:das|es)\b|ich meine?\b)`)
})

func wordForm(words string) *regexp.Regexp {
	return regexp.MustCompile(`(?i)(?:^|[^\pL\pN_])(?:` + words + `)(?:$|[^\pL\pN_])`)
}

// toldOff are the stretches that serve no call: from a refusing word to the end of its
// clause, all of the clause if it ends in one ("bob@x.org? no"), and the clause after one
// that says nothing else ("Never! Write to …"); from the comma before it, if it may come
// last; and all that stands before what takes it back.
func toldOff(t string) []stretch {
	var off []stretch
	goesOn := false
	for from := 0; from < len(t); {
		end := from + clauseEnd(t[from:])
		clause := t[from:end]
		switch m := refusing().FindStringIndex(clause); {
		case goesOn, m != nil && len(wordsAfter(clause[m[1]:])) == 0:
			off = append(off, stretch{from, end})
		case m != nil:
			off = append(off, stretch{from + m[0], end})
		}
		if m := refusingAround().FindStringIndex(clause); m != nil {
			off = append(off, stretch{from + strings.LastIndexByte(clause[:m[0]+1], ',') + 1, end})
		}
		alone := len(wordsAfter(clause)) <= maxAlone && (refusing().MatchString(clause) || refusingAround().MatchString(clause))
		goesOn = alone && end < len(t) && t[end] == '!'
		from = end + 1
	}
	if all := retracting().FindAllStringIndex(t, -1); len(all) > 0 {
		off = append(off, stretch{0, all[len(all)-1][1]})
	}
	return off
}

// maxAlone is how many words a refusal has that stands alone: "Never, ever!"
const maxAlone = 3

func wordsAfter(s string) []string {
	return strings.FieldsFunc(s, func(r rune) bool { return !isWord(r) })
}

// clauseEnd is where the clause at the start of t ends: at a mark that ends a
// sentence, at a semicolon, and at an empty line. What follows a colon, a comma or a line
// break belongs to its clause, and the dot of "Dr." ends none.
func clauseEnd(t string) int {
	for i := range len(t) {
		switch t[i] {
		case ';', '!':
			return i
		case '\n':
			if strings.HasPrefix(strings.TrimLeft(t[i+1:], " \t"), "\n") {
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

// maxShort is how far back a shortened word can begin, in bytes: "Prof." and what
// stands before it.
const maxShort = 8

var shortened = sync.OnceValue(func() *regexp.Regexp {
	return regexp.MustCompile(`(?i)(?:^|[^\pL])(?:mr|mrs|ms|dr|prof|st|vs|e\.g|i\.e|bzw|z\.b|\pL)\.$`)
})

var refusedForm = sync.OnceValue(func() *regexp.Regexp {
	return regexp.MustCompile(`(?i)^['"’”)]?(?:,? (?:and|or) [^\s,;]+)*\s+(?:also )?` +
		`(?:(?:should|must|may|shall|can|could|would|does|do|is|are|was|were|has|have|need|ought|will|to)(?: not|n['’]t| never|not)\b|won['’]t|never |not |` +
		`(?:is|are|stays?) (?:out|off|excluded|banned|barred|forbidden)\b)`)
})

// refusedAfter reports whether what follows a span tells it off: "bob@x.org must not
// get it".
func refusedAfter(rest string) bool {
	return refusedForm().MatchString(rest[:min(len(rest), maxRefusal)])
}

// maxRefusal bounds how far behind a span a refusal is looked for, in bytes.
const maxRefusal = 200
