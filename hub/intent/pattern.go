// Package intent answers requests that need no model: a phrase with typed slots
// becomes a plan.
//
//	mail from {who:contact}
//	what's on my calendar {day:date}
//	[save] note {text}
//
// Words are fixed; case and punctuation are forgiven, and so are words in
// [brackets] and a few polite ones, wherever they stand. A slot takes one word or
// more, as the person spelled them. Types: text (any), contact, date, time. Where
// several phrases fit, the most fixed words win; a tie is for the person.
//
// Start with Set.Match.
package intent

import (
	"fmt"
	"slices"
	"strings"
	"sync"
	"unicode"
)

// polite words may stand anywhere between fixed words.
var polite = []string{"please", "can", "could", "would", "you", "hey", "hi", "show", "me", "tell", "give", "the", "my", "all", "of", "last", "latest", "newest", "most", "recent"}

// A Pattern is a phrase with slots.
type Pattern struct {
	Say   string
	parts []part
	loose []string // words that may be there or not
	fixed int
}

// A part is a fixed word or a slot.
type part struct {
	word string
	slot string
	kind Kind
}

// Kind is what a slot takes.
type Kind string

// The kinds of slots.
const (
	Text    Kind = "text"
	Contact Kind = "contact"
	Date    Kind = "date"
	Time    Kind = "time"
)

// A Slot is what a request put into a slot: its exact bytes.
type Slot struct {
	Name     string
	Kind     Kind
	From, To int // bytes of the request
}

// Parse reads a phrase. minWords bounds how few fixed words it may have: two for
// phrases that an app brings, so that no app can claim every request.
func Parse(say string, minWords int) (Pattern, error) {
	p := Pattern{Say: say, loose: polite}
	for rest := say; rest != ""; {
		switch end := 0; rest[0] {
		case '{':
			if end = strings.IndexByte(rest, '}'); end < 0 {
				return p, fmt.Errorf("intent %q: a { without its }", say)
			}
			name, kind, typed := strings.Cut(rest[1:end], ":")
			if !typed {
				kind = string(Text)
			}
			if !isName(name) {
				return p, fmt.Errorf("intent %q: the slot {%s} needs a name of letters, digits and _", say, name)
			}
			if !slices.Contains([]Kind{Text, Contact, Date, Time}, Kind(kind)) {
				return p, fmt.Errorf("intent %q: the slot {%s} is of kind %q; expected text, contact, date or time", say, name, kind)
			}
			if n := len(p.parts); n > 0 && p.parts[n-1].slot != "" && p.parts[n-1].kind == Text && Kind(kind) == Text {
				return p, fmt.Errorf("intent %q: two text slots side by side; put a word between them", say)
			}
			p.parts = append(p.parts, part{slot: variable(name), kind: Kind(kind)})
			rest = rest[end+1:]
		case '[':
			if end = strings.IndexByte(rest, ']'); end < 0 {
				return p, fmt.Errorf("intent %q: a [ without its ]", say)
			}
			for _, t := range tokens(rest[1:end]) {
				p.loose = append(slices.Clip(p.loose), t.norm)
			}
			rest = rest[end+1:]
		default:
			if end = strings.IndexAny(rest, "{["); end < 0 {
				end = len(rest)
			}
			for _, t := range tokens(rest[:end]) {
				p.parts = append(p.parts, part{word: t.norm})
				p.fixed++
			}
			rest = rest[end:]
		}
	}
	// A phrase's own fixed words are not loose in it.
	p.loose = slices.DeleteFunc(slices.Clone(p.loose), func(w string) bool {
		return slices.ContainsFunc(p.parts, func(x part) bool { return x.word == w })
	})
	if p.fixed < minWords {
		return p, fmt.Errorf("intent %q: at least %d fixed words", say, minWords)
	}
	return p, nil
}

// isName reports whether s can be a variable of a plan, and nothing else.
func isName(s string) bool {
	for i, r := range s {
		if r != '_' && (r < 'a' || r > 'z') && (r < 'A' || r > 'Z') && (i == 0 || r < '0' || r > '9') {
			return false
		}
	}
	return s != ""
}

// variable is a slot's name in plans; `when` is a function there.
func variable(slot string) string {
	if slot == "when" {
		return "day"
	}
	return slot
}

// A token is a word of a request.
type token struct {
	norm     string
	from, to int
}

// noApostrophes takes "what's" for "whats". It is built once: every word of every
// phrase goes through it.
var noApostrophes = sync.OnceValue(func() *strings.Replacer { return strings.NewReplacer("'", "", "’", "") })

// tokens splits a text at white space. A token's norm is in lower case and has
// lost the punctuation around it and every apostrophe, so that "What's" is whats.
// A colon that ends a word is a token of its own: it parts a name from a text.
func tokens(s string) []token {
	var all []token
	start := -1
	flush := func(end int) {
		if start < 0 {
			return
		}
		colon := strings.HasSuffix(s[start:end], ":")
		if colon {
			defer func() { all = append(all, token{":", end, end + 1}) }()
			end--
		}
		if start == end {
			start = -1
			return
		}
		w := strings.TrimFunc(s[start:end], func(r rune) bool { return unicode.IsPunct(r) && r != '@' })
		w = noApostrophes().Replace(strings.ToLower(w))
		all = append(all, token{w, start, end})
		start = -1
	}
	for i, r := range s {
		switch {
		case unicode.IsSpace(r):
			flush(i)
		case start < 0:
			start = i
		}
	}
	flush(len(s))
	return all
}

// maxTokens bounds a request that intents look at; nobody types a longer one in
// the words of a phrase, and matching tries many splits.
const maxTokens = 400

// match fits the phrase to a request and returns the slots. ok tests whether a
// stretch of the request can be a slot of a kind.
func (p Pattern) match(request string, ok func(Kind, string) bool) ([]Slot, bool) {
	t := tokens(request)
	if len(t) > maxTokens {
		return nil, false
	}
	dead := map[[2]int]bool{}
	var fit func(i, k int) ([]Slot, bool)
	fit = func(i, k int) ([]Slot, bool) {
		if dead[[2]int{i, k}] {
			return nil, false
		}
		if i == len(p.parts) && k == len(t) {
			return nil, true
		}
		if i < len(p.parts) && k < len(t) {
			if x := p.parts[i]; x.slot == "" && x.word == t[k].norm {
				if rest, fits := fit(i+1, k+1); fits {
					return rest, true
				}
			} else if x.slot != "" && t[k].norm != ":" {
				for n := 1; n <= len(t)-k; n++ {
					end := k + n
					if i == len(p.parts)-1 {
						end = len(t) + 1 - n // the last slot takes what there is
					}
					s := p.slot(x, request, t[k].from, t[end-1].to)
					if s.From >= s.To || !ok(x.kind, request[s.From:s.To]) {
						continue
					}
					if rest, fits := fit(i+1, end); fits {
						return append([]Slot{s}, rest...), true
					}
				}
			}
		}
		if k < len(t) && (t[k].norm == "" || t[k].norm == ":" || slices.Contains(p.loose, t[k].norm)) {
			if rest, fits := fit(i, k+1); fits {
				return rest, true
			}
		}
		dead[[2]int{i, k}] = true
		return nil, false
	}
	return fit(0, 0)
}

// slot trims what belongs to the sentence and not to the slot: a colon or comma
// before, quotes around; from anything but free text the final full stop too.
func (p Pattern) slot(x part, request string, from, to int) Slot {
	s := request[from:to]
	trim := func(cut string) {
		s = strings.TrimLeft(s, cut)
		from = to - len(s)
		s = strings.TrimRight(s, cut)
		to = from + len(s)
	}
	if x.kind == Text {
		trimmed := strings.TrimRight(s, " ,:;")
		to -= len(s) - len(trimmed)
		s = trimmed
		if len(s) > 1 && s[0] == '"' && s[len(s)-1] == '"' {
			from, to = from+1, to-1
		}
	} else {
		trim(" ,:;.?!\"'")
	}
	return Slot{x.slot, x.kind, from, to}
}
