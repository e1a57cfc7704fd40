package mediator

import (
	"iter"
	"strings"
	"unicode"
	"unicode/utf8"

	"secgpt/mediator/label"
)

// form is how a value is read in the words.
type form uint8

const (
	formText    form = iota // any text: at word borders, exact
	formAddress             // name@host: the host's case is forgiven
	formURL                 // https://host/path; one typed without https:// means it
	formName                // a name of a list: case is forgiven
	formNumber              // 1200.5 is "$1,200.50"
	formAccount             // an IBAN, a card, a phone number: grouped or not
	formPath                // a path: no part of a longer one, and no pattern
	formWord                // one word of what is looked for: case is forgiven
	formQuery               // what is looked for: its words, in any order
	formContent             // a text that is carried, perhaps as a sentence
)

// formOf tells how a value of an argument is read.
func formOf(v label.Value, arg string, r Role) form {
	if v.Kind() != label.Text {
		return formNumber
	}
	s := v.Str()
	switch at := strings.IndexByte(s, '@'); {
	case len(s) > maxKind:
	case at > 0 && !strings.Contains(s, "://") && !strings.ContainsAny(s, " \t\n<>"):
		return formAddress
	case isURL(s), hasAny(wordsOf(arg), locators) && !strings.ContainsAny(s, " \t\n"):
		return formURL
	case r == Amount && len(numbersIn(s)) == 1:
		return formNumber
	case r != Content && isAccount(s):
		return formAccount
	}
	switch r {
	case Query:
		return formQuery
	case Content:
		return formContent
	}
	if len(s) <= maxKind && (strings.ContainsAny(s, `/\`) || strings.HasPrefix(s, "~") || strings.HasPrefix(s, ".")) {
		return formPath
	}
	return formText
}

// maxKind bounds what is looked at as an address, a URL, a path, a number or an account.
const maxKind = 2048

// locators are the words of parameters that hold an address of the web.
var locators = set(`url uri link website host hostname domain endpoint webhook webpage site`)

// matches are the spans of the words that read as s, whether they may serve or not.
func (w *Words) matches(s string, f form) iter.Seq[stretch] {
	switch f {
	case formURL:
		return urlsLike(w.text, s)
	case formNumber:
		return w.numbersLike(s)
	case formAccount:
		return accountsLike(w.text, s)
	}
	return func(yield func(stretch) bool) {
		for from := 0; from < len(w.text); {
			i := index(w.text[from:], s, f)
			if i < 0 {
				return
			}
			at := stretch{from + i, from + i + len(s)}
			if bordered(w.text, at, f) && !yield(at) {
				return
			}
			_, n := utf8.DecodeRuneInString(w.text[at.from:])
			from = at.from + n
		}
	}
}

// index finds s in t by the rules of its form.
func index(t, s string, f form) int {
	switch f {
	case formName, formWord:
		return indexFold(t, s)
	case formAddress:
		local, host, _ := strings.Cut(s, "@")
		for from := 0; from < len(t); {
			i := strings.Index(t[from:], local+"@")
			if i < 0 {
				return -1
			}
			rest := t[from+i+len(local)+1:]
			if len(rest) >= len(host) && lowerASCII(rest[:len(host)]) == lowerASCII(host) {
				return from + i
			}
			from += i + 1
		}
		return -1
	}
	return strings.Index(t, s)
}

// indexFold is strings.Index that forgives case where folding keeps the length;
// a match is therefore never longer or shorter than what the person typed.
func indexFold(t, s string) int {
	for i := range t {
		if len(t)-i < len(s) {
			return -1
		}
		if strings.EqualFold(t[i:i+len(s)], s) {
			return i
		}
	}
	return -1
}

// lowerASCII forgives the case of a host, and no look-alike of another alphabet.
func lowerASCII(s string) string {
	return strings.Map(func(r rune) rune {
		if r >= 'A' && r <= 'Z' {
			return r + 'a' - 'A'
		}
		return r
	}, s)
}

// bordered reports whether a match ends where a word of its form ends: bob@x.org
// is not in rob.bob@x.org, nor in bob@x.org.evil.example, nor the name bob in
// bob@x.org or bob+news@x.org, nor the folder old in old/2024.
func bordered(t string, at stretch, f form) bool {
	before, _ := utf8.DecodeLastRuneInString(t[:at.from])
	rest := t[at.to:]
	after, n := utf8.DecodeRuneInString(rest)
	next, _ := utf8.DecodeRuneInString(rest[n:])
	extra := `./\-@+`
	if f == formAddress {
		extra = "._%+-@'/:!#$&~^|" // what may stand in a name of a mailbox, less quotes and stars
	}
	quoted := before == '\'' && after == '\''
	if f == formPath && !wholePath(t, at) {
		return false
	}
	if f == formText && (at.from > 0 && before == '~' || n > 0 && (after == '{' || after == '[' || after == '$' || after == '?' && isWord(next) || after == '?' && next == '.')) {
		return false
	}
	if (before == '*') != (after == '*') && f != formAddress { // *.txt, and not *txt*
		return false
	}
	if at.from > 0 && (isWord(before) || strings.ContainsRune(extra, before)) && !quoted && !(f == formAddress && before == ':') {
		return false
	}
	if n == 0 {
		return true
	}
	if isWord(after) {
		return false
	}
	// "…bob@example.org." ends a sentence; "bob@example.org.evil" does not.
	return !strings.ContainsRune(extra, after) || after == '\'' || !isWord(next) && next != '@'
}

// wholePath reports whether a match is a whole path: /etc/x is none in ~/etc/x, in
// server:/etc/x or in /etc/x*, and neither is ~/My in ~/My Docs/a.txt, unless quotes stand
// around it.
func wholePath(t string, at stretch) bool {
	before, n := utf8.DecodeLastRuneInString(t[:at.from])
	earlier := t[:at.from-n]
	after, n := utf8.DecodeRuneInString(t[at.to:])
	later, _ := utf8.DecodeRuneInString(t[at.to+n:])
	match := t[at.from:at.to]
	if i := strings.IndexRune(openQuotes, before); at.from > 0 && i >= 0 {
		return n > 0 && strings.ContainsRune(closing(before), after) && !endsInWord(earlier)
	}
	switch {
	case at.from == 0, unicode.IsSpace(before), before == '(', before == '<', before == '\uffff':
	case before == ':' && pathNames[lowerASCII(lastWord(earlier))]:
	default:
		return false
	}
	switch {
	case n == 0, unicode.IsSpace(after), after == '\uffff':
	case strings.ContainsRune(".,;:!?)>", after) && (later == utf8.RuneError || unicode.IsSpace(later) || strings.ContainsRune("!?)\"'”’", later)):
		return true // at the end of a clause
	default:
		return false
	}
	rest := strings.TrimLeftFunc(t[at.to:], unicode.IsSpace)
	if len(rest) == len(t[at.to:]) || rest == "" || strings.Contains(t[at.to:len(t)-len(rest)], "\n") {
		return true
	}
	next := rest
	if i := strings.IndexFunc(rest, unicode.IsSpace); i >= 0 {
		next = rest[:i]
	}
	name := match[strings.LastIndexAny(match, `/\`)+1:]
	first, _ := utf8.DecodeRuneInString(next)
	if first == '(' || unicode.IsUpper(first) && startsUpper(name) && !strings.Contains(name, ".") {
		return false // ~/My Documents
	}
	if !strings.ContainsAny(next, `/\`) || strings.ContainsAny(next[:1], `~/.\`) || strings.Contains(next, "://") || next == "and/or" || next == "w/o" {
		return true
	}
	dot := strings.LastIndexByte(name, '.') // two files one after the other, and no "v1.2 notes/plan.txt"
	return dot > 0 && len(name)-dot-1 <= maxExtension && !strings.ContainsFunc(name[dot+1:], func(r rune) bool { return r < 'a' || r > 'z' })
}

// maxExtension is how long the end of a file's name is at most: .yaml, .jsonl.
const maxExtension = 5

// openQuotes may stand around a path, with closing behind it.
const openQuotes = "\"'`“‘„«‚»"

func closing(open rune) string {
	switch open {
	case '“':
		return "”"
	case '‘', '‚':
		return "’"
	case '„':
		return "“”"
	case '«':
		return "»"
	case '»':
		return "«"
	}
	return string(open)
}

// pathNames may stand before a path, with a colon.
var pathNames = set(`path file folder dir directory datei ordner pfad fichier dossier archivo carpeta`)

func lastWord(t string) string {
	i := strings.LastIndexFunc(t, func(r rune) bool { return !isWord(r) })
	return t[i+1:]
}

func startsUpper(s string) bool {
	r, _ := utf8.DecodeRuneInString(s)
	return unicode.IsUpper(r)
}

func isWord(r rune) bool {
	return unicode.IsLetter(r) || unicode.IsDigit(r) || unicode.IsMark(r) || r == '_'
}

// sentences are the ways in which a text that is carried may stand in the words: as
// it is, with a small first letter, and without the full stop at its end.
func sentences(s string) []string {
	all := []string{s}
	first, n := utf8.DecodeRuneInString(s)
	if small := unicode.ToLower(first); small != first {
		all = append(all, string(small)+s[n:])
	}
	for _, one := range all {
		if bare, ok := strings.CutSuffix(one, "."); ok && !strings.HasSuffix(bare, ".") {
			all = append(all, bare)
		}
	}
	return all
}
