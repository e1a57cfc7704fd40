package when

import (
	"slices"
	"strings"
	"time"
	"unicode"
)

// The bounds of Find: a request is short, and who reads its times reads them all.
const (
	maxFind  = 4096 // bytes of a text that are searched
	maxSpans = 16
	maxWords = 10 // of one time
	// maxReads is how many stretches are tried: a request of 4 KB that is all numbers has
	// twenty thousand, which takes seconds, one of sentences some hundreds.
	maxReads = 4000
)

// Find reads every time that a text names, in the order in which they stand; Text is
// how, of an hour that something is moved to "at" and the hour. Of words that lie in each other the longest that can be read count. A word that
// is a time only beside others ("may", "sun", a year, "the 3rd") counts where they say
// so. It searches the first 4 KB, tries 4,000 stretches and gives 16 spans at most.
func Find(text string, now time.Time) []Span {
	words := fields(text[:min(len(text), maxFind)])
	var found []Span
	reads := 0
	read := func(from, to int) (Span, error) {
		reads++
		return Read(text[words[from].from:words[to].to], now)
	}
	for i := 0; i < len(words) && len(found) < maxSpans && reads < maxReads; {
		if at, ok := moved(words, i, now); ok {
			found = append(found, at)
			i++
			continue
		}
		s, from, to, ok := longest(read, words, i)
		if !ok {
			i++
			continue
		}
		if !alone(words, from, to, s) {
			i = from + 1
			continue
		}
		found = append(found, s)
		i = to
	}
	return onItsDay(found, now)
}

// moved reads the hour that something is moved to, which is a number alone: "move lunch to
// 1", "make it 7 instead".
func moved(words []piece, i int, now time.Time) (Span, bool) {
	if i < 2 || !words[i].ends && i+1 < len(words) && !slices.Contains(followers, words[i+1].word) && !slices.Contains(behindHours, words[i+1].word) {
		return Span{}, false
	}
	n, ok := digits(words[i].word, 2)
	to := words[i-1].word == "to" && slices.ContainsFunc(words[:i-1], func(p piece) bool { return slices.Contains(movers, p.word) })
	if !ok || n < 1 || n > 12 || !to && (words[i-1].word != "it" || words[i-2].word != "make") {
		return Span{}, false
	}
	s, err := Read("at "+words[i].word, now)
	return s, err == nil
}

// behindHours are words that may stand behind an hour besides the followers.
var behindHours = []string{"instead", "o'clock", "same", "sharp", "on"}

// movers are verbs behind which "to" leads to a time.
var movers = []string{"move", "push", "shift", "postpone", "reschedule", "bring", "delay"}

// onItsDay puts a time of day that stands apart from the one day that is named on that
// day: "move lunch tomorrow to 1pm".
func onItsDay(found []Span, now time.Time) []Span {
	var day Span
	for _, s := range found {
		if s.AllDay {
			if !day.Start.IsZero() || s.End.After(s.Start.AddDate(0, 0, 1)) {
				return found
			}
			day = s
		}
	}
	if day.Start.IsZero() || !day.Start.After(now) {
		return found
	}
	for i, s := range found {
		if s.TimeOfDay() {
			if there, err := Read(s.Text, day.Start); err == nil {
				found[i] = there
			}
		}
	}
	return found
}

// TimeOfDay reports whether the words of a span name a time of day and no day.
func (s Span) TimeOfDay() bool {
	text := s.Text
	return s.HasTime && !slices.ContainsFunc(strings.Fields(strings.ToLower(text)), func(w string) bool {
		return !isDigit(w[0]) && !slices.Contains([]string{
			"at", "to", "from", "until", "till", "and", "between", "by", "am", "pm", "a.m.", "p.m.", "noon", "midday", "midnight", "o'clock", "half", "quarter", "past", "-", "–",
		}, w)
	}) && !strings.ContainsAny(text, "./")
}

// A piece is one word of a text without the marks around it.
type piece struct {
	from, to int
	word     string // in lower case
	capital  bool
	ends     bool // a mark stands behind it: nothing goes on from here
}

func fields(text string) []piece {
	var out []piece
	at := 0
	for at < len(text) {
		rest := text[at:]
		space := len(rest) - len(strings.TrimLeftFunc(rest, unicode.IsSpace))
		at, rest = at+space, rest[space:]
		n := strings.IndexFunc(rest, unicode.IsSpace)
		if n < 0 {
			n = len(rest)
		}
		raw := rest[:n]
		lead := len(raw) - len(strings.TrimLeft(raw, "\"'“‘(["))
		core := strings.TrimRight(raw[lead:], "\"'”’)],.;:!?")
		if full := raw[lead:]; strings.Count(core, ".") == 1 && strings.HasPrefix(full[len(core):], ".") && isDigit(core[0]) {
			core += "." // 26.11.
		}
		core = strings.TrimSuffix(strings.TrimSuffix(core, "'s"), "’s")
		if w := strings.ToLower(core); owners[w] {
			core = core[:len(core)-1]
		}
		if core != "" {
			first := []rune(core)[0]
			out = append(out, piece{
				from: at + lead, to: at + lead + len(core), word: strings.ToLower(core),
				capital: unicode.IsUpper(first), ends: strings.ContainsAny(raw[lead+len(core):], ".;:!?)"),
			})
		}
		at += n
	}
	return out
}

// owners are "tomorrow's" and the like without their apostrophe.
var owners = map[string]bool{"todays": true, "tomorrows": true, "tonights": true, "yesterdays": true}

// longest reads the most words from the i-th on that are one time. Small words before
// it, which add nothing, are left out of it.
func longest(read func(from, to int) (Span, error), words []piece, i int) (s Span, from, to int, ok bool) {
	if !starts(words[i].word) {
		return
	}
	last := i
	for last+1 < len(words) && last+1 < i+maxWords && !words[last].ends {
		last++
	}
	for j := last; j >= i; j-- {
		one, err := read(i, j)
		if err != nil {
			continue
		}
		s, from, to = one, i, j+1
		for from < j {
			less, err := read(from+1, j)
			if err != nil || !filler(words[from].word) || !less.Start.Equal(s.Start) || !less.End.Equal(s.End) {
				break
			}
			s, from = less, from+1
		}
		return s, from, to, true
	}
	return
}

// starts reports whether a time can begin with a word.
func starts(w string) bool {
	if w == "" || len(w) > 30 {
		return false
	}
	if _, ok := amount(w); ok || isDigit(w[0]) || filler(w) {
		return true
	}
	if _, ok := month(w); ok {
		return true
	}
	if _, ok := weekday(w); ok {
		return true
	}
	return slices.Contains(openers, w)
}

var openers = []string{
	"today", "tomorrow", "yesterday", "tonight", "tmrw", "tmr", "tmw", "2morrow", "lunchtime", "day", "this", "next", "last", "past", "coming", "weekend", "morning", "afternoon",
	"evening", "night", "noon", "midday", "midnight", "between", "half", "quarter", "end", "beginning", "start",
}

// alone tells a time of a word or two that is meant as one from a word that only
// looks like it: "the 3rd mail", "May I", "good morning", "room 2042".
func alone(words []piece, from, to int, s Span) bool {
	if to-from > 1 {
		return true
	}
	w, before, behind := words[from], "", ""
	if from > 0 && !words[from-1].ends {
		before = words[from-1].word
	}
	if to < len(words) && !w.ends {
		behind = words[to].word
	}
	led := slices.Contains(leaders, before)
	switch _, isDay := dayNumber(w.word); {
	case w.word == "now":
		return false
	case slices.Contains([]string{"may", "march", "mar", "sat", "sun", "wed", "mon", "dec", "jan"}, w.word):
		return led && (w.capital || before == "in" || before == "on" || before == "next" || before == "last")
	case slices.Contains([]string{"morning", "afternoon", "evening", "night", "noon", "midnight", "midday"}, w.word):
		return led || before == "the" && from > 1 && words[from-2].word == "in"
	case len(w.word) == 4 && strings.Trim(w.word, "0123456789") == "":
		return led
	case isDay:
		return behind == "" || slices.Contains(followers, behind)
	}
	return true
}

// leaders are the words that make a time of the word behind them.
var leaders = []string{"in", "on", "at", "since", "until", "till", "by", "for", "of", "from", "to", "during", "next", "last", "this", "before", "after", "and"}

// followers are the words that may stand behind a day of the month.
var followers = []string{"at", "from", "to", "and", "or", "in", "of", "if", "for", "with", "until", "please", "then", "by"}
