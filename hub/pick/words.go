package pick

import (
	"strings"
	"unicode"
)

// terms are the words of a text as they are looked up: identifiers taken apart, in
// lower case, without endings, and without the words that every text has.
func terms(s string) []string {
	return termsBut(s, idle)
}

// everyTerm are all words of a text.
func everyTerm(s string) []string { return termsBut(s, nil) }

func termsBut(s string, left map[string]bool) []string {
	var all []string
	for _, w := range split(s) {
		if w = fold(w); len(w) < 2 || left[w] {
			continue
		}
		all = append(all, stem(w))
		if len(all) == maxTerms {
			break
		}
	}
	return all
}

// wanted are the terms of a request. Words that fit every tool are left out, and what
// only a file, a page or a mailbox is called by counts as the word for it.
func (x *Index) wanted(request string) []string {
	var all []string
	for _, t := range x.terms(request) {
		if !vague[t] {
			all = append(all, t)
		}
	}
	for _, w := range strings.Fields(request) {
		w = strings.Trim(w, `.,;:!?"'()<>`)
		name, end, dotted := cutLast(w, ".")
		switch {
		case strings.Contains(w, "://"), dotted && hosts[end] && !strings.Contains(w, "@"):
			all = append(all, "url")
		case strings.HasPrefix(w, "#") && len(w) > 1:
			all = append(all, "channel")
		case strings.Contains(w, "@") && dotted:
			all = append(all, "email")
		case dotted && name != "" && len(end) >= 2 && len(end) <= 4 && unicode.IsLetter(rune(end[0])):
			all = append(all, "fil")
		}
	}
	return all
}

func cutLast(s, sep string) (before, after string, found bool) {
	i := strings.LastIndex(s, sep)
	if i < 0 {
		return s, "", false
	}
	return s[:i], s[i+len(sep):], true
}

// asks reports whether a request begins as a question, or as a wish to see something.
func asks(request string) bool {
	words := split(request)
	return len(words) > 0 && questions[fold(words[0])]
}

var questions = set(`what whats which who whom whose when where why how is are am was were do does did has have any show list find search look see
	was welche welcher welches wer wann wo wie ist sind habe hat gibt zeige zeig quel quelle quels quelles qui quand combien est ai montre cherche que cual cuales quien cuando donde cuanto hay tengo muestra busca`)

// vague are stems that say nothing in a request, though they do in a tool's name.
var vague = map[string]bool{"get": true, "go": true, "mak": true, "want": true, "need": true, "new": true, "last": true, "next": true}

// hosts are endings of a name that is a host's and not a file's.
var hosts = set("com org net io dev edu gov de fr es uk eu ch at info app ai")

// split takes a text apart into words. An identifier is several: createEvent,
// create_event, HTTPServer.
func split(s string) []string {
	var words []string
	rs := []rune(s)
	start := -1
	for i, r := range rs {
		letter := unicode.IsLetter(r) || unicode.IsDigit(r)
		if start >= 0 && (!letter || seam(rs, i)) {
			words = append(words, string(rs[start:i]))
			start = -1
		}
		if letter && start < 0 {
			start = i
		}
	}
	if start >= 0 {
		words = append(words, string(rs[start:]))
	}
	return words
}

// seam reports whether a new word of an identifier begins at i.
func seam(rs []rune, i int) bool {
	if i == 0 || !unicode.IsUpper(rs[i]) {
		return false
	}
	return unicode.IsLower(rs[i-1]) || unicode.IsUpper(rs[i-1]) && i+1 < len(rs) && unicode.IsLower(rs[i+1])
}

// fold writes a word in lower case without accents, so that it is found however it
// was typed.
func fold(w string) string {
	return accents.Replace(strings.ToLower(w))
}

var accents = strings.NewReplacer("ä", "a", "ö", "o", "ü", "u", "ß", "ss", "é", "e", "è", "e", "ê", "e",
	"à", "a", "â", "a", "á", "a", "ç", "c", "î", "i", "í", "i", "ó", "o", "ô", "o", "ú", "u", "û", "u", "ñ", "n", "œ", "oe")

// stem takes the commonest English endings off, lightly: what is left need be no word,
// only the same for "meeting" and "meetings", "delete" and "deleting".
func stem(w string) string {
	if len(w) > 4 {
		switch {
		case strings.HasSuffix(w, "ies"):
			return w[:len(w)-3] + "y"
		case strings.HasSuffix(w, "sses"), strings.HasSuffix(w, "xes"), strings.HasSuffix(w, "ches"), strings.HasSuffix(w, "shes"):
			w = w[:len(w)-2]
		case strings.HasSuffix(w, "s") && !strings.HasSuffix(w, "ss") && !strings.HasSuffix(w, "us") && !strings.HasSuffix(w, "is"):
			w = w[:len(w)-1]
		}
	} else if len(w) == 4 && strings.HasSuffix(w, "s") && !strings.HasSuffix(w, "ss") && !strings.HasSuffix(w, "us") && !strings.HasSuffix(w, "is") {
		w = w[:3]
	}
	for _, end := range []string{"ing", "ed"} {
		if cut := strings.TrimSuffix(w, end); cut != w && len(cut) >= 3 && strings.ContainsAny(cut, "aeiouy") {
			if n := len(cut); cut[n-1] == cut[n-2] && !strings.ContainsRune("lse", rune(cut[n-1])) {
				cut = cut[:n-1]
			}
			w = cut
			break
		}
	}
	if len(w) > 3 {
		w = strings.TrimSuffix(w, "e")
	}
	return w
}

// idle are words that say nothing of what is wanted.
var idle = set(`a an the this that these those and or but if then else of to in on at for from by with about as into
	is are was were be been am do does did has have had will would can could shall should may might must
	i me my mine we us our you your it its he she they them their his her what which when where why how
	please just only also some any all each every there here not no yes so than too very more most much many
	der die das den dem des ein eine einen einem einer und oder ist sind war mir mich mein meine meinen meiner ich du bitte fur von mit im am zu zum zur auf an es
	le la les un une des du de et ou est sont mon ma mes je tu moi pour dans sur au aux ce cette avec quel quelle
	el los las una unos y o es son mi mis yo por con para lo que del al se en`)

func set(s string) map[string]bool {
	m := map[string]bool{}
	for _, w := range strings.Fields(s) {
		m[fold(w)] = true
	}
	return m
}
