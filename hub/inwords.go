package hub

import (
	"regexp"
	"slices"
	"strings"

	"secgpt/hub/asked"
	"secgpt/hub/when"
)

// What is no answer, although it is one in words.

// tellsHow reports whether an answer in words only tells which tools would have to be called:
// "1. Find the place with `maps.geocode(…)`". Who asks how, or for a plan, gets it, and that it
// can't be done is an answer.
func (t *turn) tellsHow(text string) bool {
	return !asksHow.MatchString(t.req.Text()) && !saysImpossible.MatchString(text) && slices.ContainsFunc(aCall.FindAllStringSubmatch(text, maxCalls), func(m []string) bool {
		_, known := tools{t.h.apps}.Tool(m[1], m[2])
		return known
	})
}

// looksFirst reports whether a request is a question about what is the person's own, or about a
// time: what everybody knows does not answer it, and was asked for before (known.go).
func (t *turn) looksFirst() bool {
	text := t.req.Text()
	alone := len(t.h.past) == 0 && t.h.revealed.Empty() && besides(t.req.Words, nil).Empty()
	own := ownMatter(text) || possessive.MatchString(text) || len(when.Find(inEnglish(text), t.began)) > 0
	return alone && own && asked.Asks(text) && !smallTalk().MatchString(text) && !asksHow.MatchString(text) && !toUs.MatchString(text)
}

// unlooked reports whether an answer in words to such a question was looked for nowhere. That it
// can't be done, and a question back, are answers.
func (t *turn) unlooked(answer string) bool {
	return t.looksFirst() && answer != "" && !saysImpossible.MatchString(answer) && !strings.HasSuffix(strings.TrimSpace(answer), "?")
}

// possessive fits a question about what is somebody's who asks.
var possessive = regexp.MustCompile(`(?i)\b(my|our|mein\w*|unser\w*|mon|ma|mes|nos|notre|mis?|nuestr[oa]s?)\b`)

// toUs fits a question about the one who answers it.
var toUs = regexp.MustCompile(`(?i)\b(you|your|yourself|du|dich|dir|dein|vous|tu|usted)\b`)

// maxCalls bounds how many calls in an answer in words are looked at.
const maxCalls = 20

var (
	aCall          = regexp.MustCompile(`([a-z][a-z0-9_]*)\.([a-z][a-z0-9_]*)\(`)
	saysImpossible = regexp.MustCompile(`(?i)can't|can’t|cannot|can not|unable|impossible|\bno (tools?|apps?|access|way)\b|(don't|do not) have\b|\bkann\b.*\bnicht\b|\bne peux pas\b|\bno puedo\b`)
	asksHow        = regexp.MustCompile(`(?i)(^\W*how\s+(do|does|can|could|would|should|to)\b|\b(plans?|code|scripts?|functions?|programs?|tools?|calls?)\b)`)
)
