package mediator

import (
	"regexp"
	"strings"
	"sync"
)

// refusing words turn the rest of their clause into words that serve no call. The
// list is wide on purpose: who is refused wrongly is asked.
var refusing = sync.OnceValue(func() *regexp.Regexp {
	return regexp.MustCompile(`(?i)(?:^|[^\pL\pN_])(?:[\pL]+n['’]t|dont|doesnt|cannot|cant|wont|mustnt|shouldnt|not|never|no|none|nobody|nor|neither|` +
		`except|excepting|exclude|excluding|without|avoid|skip|ignore|unless|instead|rather than|other than|apart from|` +
		`stop|leave out|omit|forget|besides|(?:all|every(?:one|body|thing)|any(?:one|body)) but|` +
		`nicht|kein|keine|keinen|niemals|nie|ohne|außer|pas|jamais|sauf|sans|nunca|excepto|sin)(?:$|[^\pL\pN_])`)
})

// toldOff are the stretches from a refusing word to the end of its clause.
func toldOff(t string) []stretch {
	var off []stretch
	for from := 0; from < len(t); {
		end := from + clauseEnd(t[from:])
		if m := refusing().FindStringIndex(t[from:end]); m != nil {
			off = append(off, stretch{from + m[0], end})
		}
		from = end + 1
	}
	return off
}

// clauseEnd is where the clause at the start of t ends: at a mark that ends a
// sentence, at a semicolon, and at the end of a line. A list that follows a colon or
// a comma belongs to its clause, and the dot of "Dr." ends none.
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

// maxShort is how far back a shortened word can begin, in bytes: "Prof." and what
// stands before it.
const maxShort = 8

var shortened = sync.OnceValue(func() *regexp.Regexp {
	return regexp.MustCompile(`(?i)(?:^|[^\pL])(?:mr|mrs|ms|dr|prof|st|vs|e\.g|i\.e|bzw|z\.b|\pL)\.$`)
})

// listGoesOn reports whether the line after a line break is an item of a list that
// the line before it opens.
func listGoesOn(before, after string) bool {
	before, after = strings.TrimRight(before, " \t"), strings.TrimLeft(after, " \t")
	return strings.HasSuffix(before, ":") || strings.HasSuffix(before, ",") ||
		after != "" && (strings.IndexByte("-*", after[0]) >= 0 || isDigit(after[0]) || strings.HasPrefix(after, "•"))
}

var refusedForm = sync.OnceValue(func() *regexp.Regexp {
	return regexp.MustCompile(`(?i)^['"’”)]?(?:,? (?:and|or) [^\s,;]+)*\s+(?:also )?` +
		`(?:(?:should|must|may|shall|can|could|would|does|do|is|are|was|were|has|have|need|ought|will|to)(?: not|n['’]t| never|not)\b|won['’]t|never |not )`)
})

// refusedAfter reports whether what follows a span tells it off: "bob@x.org must not
// get it".
func refusedAfter(rest string) bool {
	return refusedForm().MatchString(rest[:min(len(rest), maxRefusal)])
}

// maxRefusal bounds how far behind a span a refusal is looked for, in bytes.
const maxRefusal = 200
