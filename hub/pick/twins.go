package pick

import (
	"slices"
	"strings"
)

// A twin is a tool of another app that does the same, by the everyday words of both names
// and by what it takes. Which of two mail apps is meant, nobody can tell from "my mails".

// overlap is how much of the longer of two names must stand in the other, and least of
// how many everyday words it must have: one alone, "search", names no thing.
const overlap, least = 0.75, 2

// Twins are the tools of other apps that do what tool i does.
func (x *Index) Twins(i int) []int {
	own := kinds(x.docs[i])
	if len(own) < least {
		return nil
	}
	var found []int
	for j, d := range x.docs {
		if d.App == x.docs[i].App || d.Changes != x.docs[i].Changes {
			continue
		}
		theirs := kinds(d)
		both := common(own, theirs)
		if float64(both) >= overlap*float64(max(len(own), len(theirs))) && x.takesAlike(i, j) {
			found = append(found, j)
		}
	}
	return found
}

// takesAlike reports whether two tools take something of the same name.
func (x *Index) takesAlike(i, j int) bool {
	takes := func(d Doc) []string { return terms(strings.Join(d.Params, " ")) }
	return common(takes(x.docs[i]), takes(x.docs[j])) > 0
}

func common(a, b []string) (n int) {
	for _, s := range a {
		if slices.Contains(b, s) {
			n++
		}
	}
	return n
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

// kinds are the everyday words of a tool's full name, each as the lines of synonyms that
// it stands in. Names that somebody made up say nothing of what it does.
func kinds(d Doc) []string {
	var all []string
	for _, t := range terms(d.App + " " + d.Tool) {
		if name := strings.Join(alike()[t], ""); name != "" && !slices.Contains(all, name) {
			all = append(all, name)
		}
	}
	return all
}
