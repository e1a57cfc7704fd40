package pick

import (
	"slices"
	"strings"
)

// A twin is a tool of another app that does the same by the words of both names. Which
// of two mail apps is meant, nobody can tell from "my mails".

// overlap is how much of the shorter of two names must stand in the other, and least of
// how many words it must have: one word alone, "search", names no thing.
const overlap, least = 0.75, 2

// Twins are the tools of other apps that do what tool i does.
func (x *Index) Twins(i int) []int {
	own := kinds(x.docs[i])
	var found []int
	for j, d := range x.docs {
		if d.App == x.docs[i].App || d.Changes != x.docs[i].Changes {
			continue
		}
		theirs := kinds(d)
		both := 0
		for _, k := range own {
			if slices.Contains(theirs, k) {
				both++
			}
		}
		if short := min(len(own), len(theirs)); short >= least && float64(both) >= overlap*float64(short) {
			found = append(found, j)
		}
	}
	return found
}

// Named reports whether a request names an app: by a word that is not also an everyday
// word for what many apps have.
func Named(app, request string) bool {
	words := terms(app)
	has := terms(request)
	for _, w := range words {
		if !slices.Contains(has, w) {
			return false
		}
	}
	return len(words) > 0 && !slices.ContainsFunc(words, func(w string) bool { return len(alike()[w]) > 0 })
}

// kinds are the words of a tool's full name, each as the lines of synonyms that it
// stands in, if there are any.
func kinds(d Doc) []string {
	var all []string
	for _, t := range terms(d.App + " " + d.Tool) {
		k := alike()[t]
		if len(k) == 0 {
			k = []string{t}
		}
		if name := strings.Join(k, ""); !slices.Contains(all, name) {
			all = append(all, name)
		}
	}
	return all
}
