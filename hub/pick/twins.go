package pick

import (
	"slices"
	"strings"
	"sync"
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

// takesAlike reports whether two tools take something of the same name: not how much of a
// list is wanted, which says nothing of what is in it.
func (x *Index) takesAlike(i, j int) bool {
	takes := func(d Doc) []string {
		return terms(strings.Join(slices.DeleteFunc(slices.Clone(d.Params), func(p string) bool { return p == "limit" || p == "cursor" }), " "))
	}
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
// word for what many apps have, or by its very name where it says with what, or where:
// "show my mails" names no app, "what is new in mail" does.
func Named(app, request string) bool {
	words := terms(app)
	if !Has(app, request) {
		return false
	}
	return !slices.ContainsFunc(words, func(w string) bool { return len(alike()[w]) > 0 }) || pointed(app, request)
}

// Has reports whether all words of an app's name stand in a request, as whatever.
func Has(app, request string) bool {
	words, has := terms(app), terms(request)
	return len(words) > 0 && !slices.ContainsFunc(words, func(w string) bool { return !slices.Contains(has, w) })
}

// pointed reports whether an app's name stands behind a word that says with what.
func pointed(app, request string) bool {
	words := strings.FieldsFunc(strings.ToLower(request), func(r rune) bool { return strings.ContainsRune(" \t\n.,:;!?\"'()", r) })
	for i, w := range words {
		if i > 0 && w == strings.ToLower(app) && with[words[i-1]] {
			return true
		}
	}
	return false
}

var with = set("with in on via using through by mit in bei uber per avec dans sur par con en por")

// Called reports whether a request says what the things of an app are called: its name, or
// a word that means the same, "my e-mails". That is less than Named: another app can have
// such things too. Addresses say nothing.
func Called(app, request string) bool {
	mine := terms(app)
	for _, w := range strings.Fields(request) {
		if strings.ContainsAny(w, "@/") {
			continue
		}
		for _, t := range terms(strings.ReplaceAll(w, "-", "")) {
			if slices.ContainsFunc(mine, func(m string) bool { return m == t || same()[m] != 0 && same()[m] == same()[t] }) {
				return true
			}
		}
	}
	return false
}

// same maps a stem to its line of words that are one and the same thing, from 1 on; 0 is
// none. Unlike those of everyday no other thing is meant by any of them.
var same = sync.OnceValue(func() map[string]int {
	m := map[string]int{}
	for i, line := range []string{
		"mail email courriel correo",
		"calendar kalender calendrier calendario agenda",
		"note notiz nota",
		"contact kontakt contacto addressbook adressbuch",
		"file datei fichier archivo",
	} {
		for _, w := range strings.Fields(line) {
			for _, t := range terms(w + " " + w + "s " + w + "en") {
				m[t] = i + 1
			}
		}
	}
	return m
})

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
