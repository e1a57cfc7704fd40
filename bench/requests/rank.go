package main

import (
	"cmp"
	"slices"
	"strings"
	"unicode"

	"golang.org/x/text/unicode/norm"
)

// letters is a text without case and diacritics: Zürich is Zurich.
func letters(s string) string {
	s = strings.Map(func(r rune) rune {
		if unicode.Is(unicode.Mn, r) {
			return -1
		}
		return r
	}, norm.NFD.String(s))
	return strings.ReplaceAll(fold(s), "ß", "ss")
}

// words are the words of a text, each as one thing: without case, diacritics and plural.
func words(s string) []string {
	var all []string
	s = strings.NewReplacer("'s", "", "’s", "").Replace(letters(s))
	for _, w := range strings.FieldsFunc(s, func(r rune) bool { return !unicode.IsLetter(r) && !unicode.IsDigit(r) }) {
		all = append(all, singular(w))
	}
	return all
}

func singular(w string) string {
	switch {
	case len(w) < 4 || strings.HasSuffix(w, "ss"):
		return w
	case strings.HasSuffix(w, "ies"):
		return strings.TrimSuffix(w, "ies") + "y"
	case strings.HasSuffix(w, "ches"), strings.HasSuffix(w, "shes"), strings.HasSuffix(w, "xes"), strings.HasSuffix(w, "sses"):
		return strings.TrimSuffix(w, "es")
	}
	return strings.TrimSuffix(w, "s")
}

// stop are words that say how to search and not what for.
var stop = strings.Fields(`near nearby nearest closest around here there good best great top find search show get
	the and for with from into that this what where when which who how are can does was has have you your any some
	please now`)

// minWord is the shortest word that a search engine minds.
const minWord = 3

// queryWords are the words of a query that are looked for, each once.
func queryWords(query string) []string {
	var all []string
	for _, w := range words(query) {
		if len(w) >= minWord && !slices.Contains(stop, w) && !slices.Contains(all, w) {
			all = append(all, w)
		}
	}
	return all
}

// score is how many words of a query an item's texts have.
func score(item map[string]any, query []string) int {
	n, has := 0, words(strings.Join(told(item), " "))
	for _, w := range query {
		if slices.ContainsFunc(has, func(h string) bool { return akin(h, w) }) {
			n++
		}
	}
	return n
}

// better compares what two items have of a query: of as many words, those in the title count.
func better(x, y map[string]any, query []string) int {
	title := func(item map[string]any) map[string]any { return map[string]any{"title": Item(item).name()} }
	return cmp.Or(score(x, query)-score(y, query), score(title(x), query)-score(title(y), query))
}

// minStem is the shortest beginning that makes two words akin.
const minStem = 4

// akin reports whether two words are one, or one is the beginning of the other.
func akin(a, b string) bool {
	return a == b || min(len(a), len(b)) >= minStem && (strings.HasPrefix(a, b) || strings.HasPrefix(b, a))
}

// told are the texts of an item that people read: neither its keys nor its address.
func told(item map[string]any) []string {
	var all []string
	for field, v := range item {
		switch v := v.(type) {
		case string:
			if field != "url" {
				all = append(all, v)
			}
		case []any:
			all = append(all, texts(v)...)
		}
	}
	return all
}
