package policy

import (
	"strings"
	"unicode"
	"unicode/utf8"

	"golang.org/x/text/unicode/norm"

	"secgpt/mediator/label"
)

// A deny rule must not be walked around by another way to write the same, so its
// conditions are read widely, where those of an allow are exact: each text or number of
// the condition stands, as words of its own, somewhere in the argument, whatever the case
// and the form of its letters. "mallory@example.net" is caught in a list, in
// "Mallory <Mallory@Example.net>" and in "bob@x.org, mallory@example.net".

// caught reports whether an argument is what a condition of a deny rule is about. Of each
// argument the texts are read once, and kept in read.
func (c Condition) caught(args map[string]label.Value, read map[string][]string) bool {
	v, there := args[c.Arg]
	if !there {
		return false
	}
	texts, ok := read[c.Arg]
	if !ok {
		texts = textsIn(v)
		read[c.Arg] = texts
	}
	want, err := label.FromJSON([]byte(c.JSON), label.Person())
	if err != nil {
		return true // no parsed rule has such a condition; who can't tell denies
	}
	return all(textsIn(want), func(w string) bool {
		for _, t := range texts {
			if holdsWords(t, w) {
				return true
			}
		}
		return false
	})
}

// textsIn are the texts, numbers and truth values in v, and the names of its fields, as
// they are compared.
func textsIn(v label.Value) (texts []string) {
	switch v.Kind() {
	case label.Text:
		return []string{plain(v.Str())}
	case label.List:
		for _, x := range v.Items() {
			texts = append(texts, textsIn(x)...)
		}
	case label.Object:
		for _, f := range v.Fields() {
			texts = append(append(texts, plain(f.Name)), textsIn(f.Value)...)
		}
	case label.Float:
		if b, err := v.JSON(); err == nil {
			s := string(b)
			if strings.Contains(s, ".") && !strings.ContainsAny(s, "eE") {
				s = strings.TrimSuffix(strings.TrimRight(s, "0"), ".")
			}
			return []string{s}
		}
	case label.Int, label.Bool:
		if b, err := v.JSON(); err == nil {
			return []string{string(b)}
		}
	}
	return texts
}

// plain takes out of a text what makes it look otherwise to a program than to a person:
// forms of letters, case, and characters that can't be seen.
func plain(s string) string {
	if ascii, ok := plainASCII(s); ok { // most of what is long
		return ascii
	}
	s = strings.Map(func(r rune) rune {
		if unicode.In(r, unicode.Cf, unicode.Mn, unicode.Me) && !unicode.IsLetter(r) || r == '\u034f' || r == '\u3164' || r == '\u2800' {
			return -1
		}
		return unicode.ToLower(r)
	}, norm.NFKD.String(s))
	return strings.Join(strings.Fields(s), " ")
}

// plainASCII is plain of a text of ASCII alone, in one pass.
func plainASCII(s string) (string, bool) {
	b := make([]byte, 0, len(s))
	space := true // none at the start
	for i := range len(s) {
		c := s[i]
		switch {
		case c >= utf8.RuneSelf:
			return "", false
		case c == ' ' || c >= '\t' && c <= '\r':
			if space {
				continue
			}
			space, c = true, ' '
		case c >= 'A' && c <= 'Z':
			space, c = false, c+'a'-'A'
		default:
			space = false
		}
		b = append(b, c)
	}
	return strings.TrimSuffix(string(b), " "), true
}

// holdsWords reports whether want stands in text where no letter or digit goes on.
func holdsWords(text, want string) bool {
	if want == "" {
		return text == ""
	}
	for from := 0; ; {
		i := strings.Index(text[from:], want)
		if i < 0 {
			return false
		}
		at := from + i
		before, _ := utf8.DecodeLastRuneInString(text[:at])
		after, _ := utf8.DecodeRuneInString(text[at+len(want):])
		if (at == 0 || !goesOn(before)) && (at+len(want) == len(text) || !goesOn(after)) {
			return true
		}
		_, n := utf8.DecodeRuneInString(text[at:])
		from = at + n
	}
}

func goesOn(r rune) bool { return unicode.IsLetter(r) || unicode.IsDigit(r) || r == '_' }

// catches reports whether a deny rule under condition c is about what d wants.
func (c Condition) catches(d Condition) bool {
	v, err := label.FromJSON([]byte(d.JSON), label.Person())
	return err != nil || c.caught(map[string]label.Value{c.Arg: v}, map[string][]string{})
}
