package intent

import (
	"cmp"
	"fmt"
	"slices"
	"strings"
)

// An Intent is a phrase and the plan it stands for. The plan uses the slots as
// variables.
type Intent struct {
	Pattern
	Plan string
	From string // "hub", "config" or the app that brought it
}

// A Set is all phrases that are on.
type Set []Intent

// A Match is a request read as an intent.
type Match struct {
	Intent
	Slots []Slot
}

// Match reads a request. It returns every intent that fits with the most fixed
// words: none, one, or several that only the person can choose between. ok tests
// whether a stretch of the request can fill a slot of a kind.
func (s Set) Match(request string, ok func(Kind, string) bool) []Match {
	var found []Match
	for _, in := range s {
		if len(found) > 0 && in.fixed < found[0].fixed {
			continue
		}
		slots, fits := in.match(request, ok)
		if !fits || slices.ContainsFunc(found, func(m Match) bool { return m.Plan == in.Plan && m.fixed == in.fixed }) {
			continue
		}
		if len(found) > 0 && in.fixed > found[0].fixed {
			found = found[:0]
		}
		found = append(found, Match{in, slots})
	}
	return found
}

// Nearest returns the n phrases that share most words with a request, for a
// person whose words fitted none.
func (s Set) Nearest(request string, n int) []string {
	said := tokens(request)
	score := func(in Intent) int {
		hits := 0
		for _, p := range in.parts {
			if slices.ContainsFunc(said, func(t token) bool {
				return p.kind == Time && strings.ContainsAny(t.norm, "0123456789") ||
					p.word != "" && p.word != ":" && (near(t.norm, p.word) || p.word == "add" && slices.Contains(adding, t.norm))
			}) {
				hits++
			}
		}
		return hits*100/(in.fixed+1) + hits
	}
	best := slices.Clone(s)
	slices.SortStableFunc(best, func(a, b Intent) int { return cmp.Compare(score(b), score(a)) })
	var phrases []string
	plans := map[string]bool{}
	for _, in := range best {
		if len(phrases) < n && !plans[in.Plan] {
			plans[in.Plan] = true
			phrases = append(phrases, in.Shown())
		}
	}
	return phrases
}

// adding are words by which people say add.
var adding = []string{"put", "schedule", "book", "enter", "create", "new", "plan", "make"}

// Shown is the phrase as a person would read it: slots as …, no brackets.
func (p Pattern) Shown() string {
	r := strings.NewReplacer("[", "", "]", "")
	var b strings.Builder
	for rest := r.Replace(p.Say); rest != ""; {
		open := strings.IndexByte(rest, '{')
		if open < 0 {
			b.WriteString(rest)
			break
		}
		end := strings.IndexByte(rest, '}')
		name, _, _ := strings.Cut(rest[open+1:end], ":")
		fmt.Fprintf(&b, "%s‹%s›", rest[:open], name)
		rest = rest[end+1:]
	}
	return b.String()
}

// near reports whether two words are the same but for one letter or an ending.
func near(a, b string) bool {
	if len(a) < len(b) {
		a, b = b, a
	}
	if a == b || len(b) > 2 && strings.HasPrefix(a, b) {
		return true
	}
	if len(b) < 3 || len(a)-len(b) > 1 {
		return false
	}
	i := 0
	for i < len(b) && a[i] == b[i] {
		i++
	}
	if len(a) == len(b) {
		return a[i+1:] == b[i+1:]
	}
	return a[i+1:] == b[i:]
}
