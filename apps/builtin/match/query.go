package match

import (
	"slices"
	"strings"
	"unicode"
	"unicode/utf8"
)

// maxWords bounds the words of a query that count: they are bits of a Has. Nobody types
// so many, and what comes after them is left out.
const maxWords = 64

// A Query is what somebody looks for, in their own words. What says nothing about an
// item is left out of them, unless there is nothing else: function words ("from", "the",
// in four languages) and the app's own nouns ("mail", in mail).
type Query struct {
	words []word
	typed Text // all that was asked for
	idle  bool // nothing was asked for but function words and nouns
}

// A word is one of a query, and how it may stand in a Text: one of the patterns is a part
// of it. Whole are the patterns for an item that has just this word.
type word struct {
	said            string
	patterns, whole []string
}

// A Text is what an item holds: its folded words, each between spaces, so that a pattern
// that begins with a space begins a word.
type Text string

// A Has tells which words of a query an item holds, however often it does.
type Has uint64

// New is the query with these words. A word of four letters or more may also stand inside
// a longer one, as in "Flugbuchung"; "air" is no part of "chair". Nouns are folded, without
// spaces: "email" is "e-mail" too.
func New(query string, nouns ...string) Query { return newQuery(query, nouns, false) }

// Names is a query for names and addresses: each word has to begin one of theirs.
func Names(query string, nouns ...string) Query { return newQuery(query, nouns, true) }

func newQuery(query string, nouns []string, begin bool) Query {
	said := tokens(query)
	content := slices.DeleteFunc(slices.Clone(said), func(s string) bool {
		plain := strings.ReplaceAll(s, " ", "")
		return functional()[plain] || slices.Contains(nouns, plain)
	})
	q := Query{typed: spaced(query)}
	if len(content) == 0 {
		content, q.idle = said, len(said) > 0
	}
	for _, s := range content[:min(len(content), maxWords)] {
		w := word{said: s, whole: []string{" " + s + " "}, patterns: []string{" " + s}}
		if !begin && !strings.Contains(s, " ") && (len(s) >= 4 || s[0] >= utf8.RuneSelf) {
			w.patterns[0] = s
		}
		if one := strings.ReplaceAll(s, " ", ""); one != s && strings.Contains(query, "-") { // "stand-up" is "Standup"
			w.whole = append(w.whole, " "+one+" ")
		}
		for _, other := range numbers(s) {
			w.whole = append(w.whole, " "+other+" ")
		}
		w.patterns = append(w.patterns, w.whole[1:]...)
		q.words = append(q.words, w)
	}
	return q
}

// tokens are the folded words of a query, each once. One with a sign in it ("bob@x.org",
// "RAL-3020") is a few words in a row; an apostrophe only parts what was added to a word.
func tokens(query string) []string {
	var all []string
	for s := range strings.FieldsFuncSeq(query, func(r rune) bool {
		return unicode.IsSpace(r) || strings.ContainsRune("'’‘ʼ`´", r)
	}) {
		s = strings.TrimSpace(string(spaced(s)))
		if s != "" && !slices.Contains(all, s) {
			all = append(all, s)
		}
		if len(all) > 4*maxWords { // most of them may be left out
			break
		}
	}
	return all
}

// numbers are the singulars that s may be a plural or a genitive of, and a plural that
// does not begin as s does.
func numbers(s string) []string {
	if strings.ContainsFunc(s, func(r rune) bool { return !unicode.IsLetter(r) }) || s == "news" {
		return nil
	}
	n := len(s)
	switch {
	case n > 4 && strings.HasSuffix(s, "ies"):
		return []string{s[:n-3] + "y", s[:n-1]}
	case n > 4 && strings.HasSuffix(s, "es"):
		return []string{s[:n-1], s[:n-2]}
	case n > 3 && strings.HasSuffix(s, "s") && !strings.HasSuffix(s, "ss"):
		return []string{s[:n-1]}
	case n > 2 && strings.HasSuffix(s, "y") && !strings.ContainsRune("aeiou", rune(s[n-2])):
		return []string{s[:n-1] + "ies"}
	}
	return nil
}

// TextOf is what an item with these texts holds; what a hyphen joins is also one word, last:
// who looks for "standup" means "Stand-up" too.
func TextOf(texts ...string) Text {
	var joined strings.Builder
	for _, s := range texts {
		if !strings.Contains(s, "-") {
			continue
		}
		for run := range strings.FieldsFuncSeq(Fold(s), func(r rune) bool { return r != '-' && !inWord(r) }) {
			one := strings.ReplaceAll(run, "-", "") // of a date only its parts are words
			if strings.Contains(strings.Trim(run, "-"), "-") && strings.ContainsFunc(one, unicode.IsLetter) {
				joined.WriteString(one + " ")
			}
		}
	}
	return spaced(texts...) + Text(joined.String())
}

// spaced is the folded words of some texts.
func spaced(texts ...string) Text {
	var b strings.Builder
	b.WriteByte(' ')
	for _, s := range texts {
		s = Fold(s)
		b.Grow(len(s) + 2)
		from := -1 // where the word begins that s[:i] ends in
		for i := 0; i < len(s); {
			r, n := rune(s[i]), 1
			in := 'a' <= r && r <= 'z' || '0' <= r && r <= '9' // most of what there is, so it is quick
			if r >= utf8.RuneSelf {
				r, n = utf8.DecodeRuneInString(s[i:])
				in = inWord(r)
			}
			switch {
			case in && from < 0:
				from = i
			case !in && from >= 0:
				b.WriteString(s[from:i])
				b.WriteByte(' ')
				from = -1
			}
			i += n
		}
		if from >= 0 {
			b.WriteString(s[from:])
			b.WriteByte(' ')
		}
	}
	return Text(b.String())
}

// inWord counts pictures as words: people search for them too.
func inWord(r rune) bool {
	return unicode.IsLetter(r) || unicode.IsDigit(r) || unicode.Is(unicode.So, r)
}

// Without is q without the words that t holds: what another argument of the search says
// already. Nothing may be left.
func (q Query) Without(t Text) Query {
	q.words = slices.DeleteFunc(slices.Clone(q.words), func(w word) bool { return w.in(t, w.patterns) })
	q.idle = q.idle && len(q.words) > 0
	return q
}

// Empty reports whether nothing is asked for, so that everything fits.
func (q Query) Empty() bool { return len(q.words) == 0 }

// Idle reports whether nothing is asked for but function words and nouns: "my notes".
func (q Query) Idle() bool { return q.idle }

// MayGuess reports whether something may be given that has not all of the words: Hits.Take
// does not guess at one word.
func (q Query) MayGuess() bool { return q.idle || len(q.words) > 1 }

// In tells which words stand in t.
func (q Query) In(t Text) (has Has) {
	for i, w := range q.words {
		if w.in(t, w.patterns) {
			has |= 1 << i
		}
	}
	return has
}

// All reports whether an item with these words has all that is asked for.
func (q Query) All(has Has) bool { return has == 1<<len(q.words)-1 }

// Whole reports whether every word stands in t as a word of its own.
func (q Query) Whole(t Text) bool {
	return !slices.ContainsFunc(q.words, func(w word) bool { return !w.in(t, w.whole) })
}

// Titled reports whether a title is what was typed, but for case, accents and signs.
func (q Query) Titled(title string) bool { return q.typed != " " && spaced(title) == q.typed }

func (w word) in(t Text, patterns []string) bool {
	return slices.ContainsFunc(patterns, func(p string) bool { return strings.Contains(string(t), p) })
}
