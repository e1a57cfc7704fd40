package policy

import (
	"path"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"sync"
	"unicode"
	"unicode/utf8"

	"golang.org/x/text/unicode/norm"

	"secgpt/mediator/label"
)

// A deny rule must not be walked around by another way to write the same, so its
// conditions are read widely, where those of an allow are exact: each text of the
// condition stands somewhere in the argument, as words of its own, whatever the case and
// the form of its letters. "mallory@example.net" is caught in a list, in "Mallory
// <Mallory@Example.net>" and in "bob@x.org, mallory@example.net"; an account or a number
// of a telephone also in groups; an address of the web without its scheme and with its
// letters written as %6d. A number, a truth value and what is empty are only what equals
// them.

// caught reports whether an argument is what a condition of a deny rule is about. Of each
// argument the texts are read once, and kept in read.
func (c Condition) caught(args map[string]label.Value, read map[string][]leaf) bool {
	v, there := args[c.Arg]
	if !there {
		return false
	}
	leaves, ok := read[c.Arg]
	if !ok {
		leaves = leavesOf(v)
		read[c.Arg] = leaves
	}
	want, err := label.FromJSON([]byte(c.JSON), label.Person())
	if err != nil {
		return true // no parsed rule has such a condition; who can't tell denies
	}
	if want.Kind() == label.List && len(want.Items()) == 0 {
		return v.Kind() == label.List && len(v.Items()) == 0
	}
	return all(leavesOf(want), func(w leaf) bool { return slices.ContainsFunc(leaves, w.standsIn) })
}

// A leaf is a scalar, or the name of a field, as it is compared.
type leaf struct {
	kind  label.Kind
	text  string // as plain writes it; of a number or a truth value its JSON
	again string // what is written with %6d in it, read; "" if nothing is
}

func leavesOf(v label.Value) (leaves []leaf) {
	switch v.Kind() {
	case label.List:
		for _, x := range v.Items() {
			leaves = append(leaves, leavesOf(x)...)
		}
	case label.Object:
		for _, f := range v.Fields() {
			leaves = append(append(leaves, leafOf(f.Name)), leavesOf(f.Value)...)
		}
	case label.Text:
		return []leaf{leafOf(v.Str())}
	case label.Int, label.Float, label.Bool:
		if b, err := v.JSON(); err == nil {
			return []leaf{{kind: v.Kind(), text: string(b)}}
		}
	}
	return leaves
}

func leafOf(s string) leaf {
	l := leaf{kind: label.Text, text: plain(s)}
	if strings.Contains(s, "%") {
		l.again = plain(escaped().ReplaceAllStringFunc(s, func(hex string) string {
			n, _ := strconv.ParseUint(hex[1:], 16, 8)
			return string([]byte{byte(n)})
		}))
	}
	return l
}

var escaped = sync.OnceValue(func() *regexp.Regexp { return regexp.MustCompile(`%[0-9A-Fa-f]{2}`) })

// standsIn reports whether a condition's leaf is what another holds.
func (w leaf) standsIn(o leaf) bool {
	if w.kind == label.Bool || o.kind == label.Bool {
		return w.text == o.text
	}
	if a, ok := w.number(); ok {
		b, same := o.number()
		if same = same && a == b; same || w.kind != label.Text || o.kind != label.Text {
			return same
		}
	}
	if w.text == "" {
		return o.text == ""
	}
	want := strings.TrimSuffix(w.text, "/")
	if _, rest, ok := strings.Cut(want, "://"); ok {
		want = rest
	}
	if want == "" {
		want = w.text
	}
	if form := inGroups(want); form != nil && form.MatchString(o.text) {
		return true
	}
	for _, text := range []string{o.text, o.again} {
		if text != "" && (holdsWords(text, want) || strings.Contains(want, "/") && holdsWords(cleaned(text), cleaned(want))) {
			return true
		}
	}
	return false
}

// cleaned takes out of the paths in a text what changes nothing of where they lead: /./,
// //, x/../, the port of https.
func cleaned(text string) string {
	words := strings.Fields(text)
	for i, w := range words {
		if strings.Contains(w, "/") {
			scheme, rest, ok := strings.Cut(w, "://")
			if !ok {
				scheme, rest = "", w
			}
			host, file, _ := strings.Cut(rest, "/")
			host = strings.TrimSuffix(strings.TrimSuffix(strings.TrimSuffix(host, ":443"), ":80"), ".")
			words[i] = path.Clean(host + "/" + file)
			if scheme != "" {
				words[i] = scheme + "://" + words[i]
			}
		}
	}
	return strings.Join(words, " ")
}

// number reads a number, or a text that is one: 1000 is "1,000" and "$1,000.00".
func (l leaf) number() (float64, bool) {
	bare := strings.Trim(l.text, " €$£¥")
	for _, unit := range []string{"eur", "usd", "gbp", "chf", "euros", "euro", "dollars", "pounds"} {
		bare = strings.TrimSpace(strings.TrimSuffix(strings.TrimPrefix(bare, unit), unit))
	}
	n, err := strconv.ParseFloat(strings.ReplaceAll(bare, ",", ""), 64)
	return n, err == nil
}

// inGroups finds the number of an account or a telephone, of which people write the
// digits in groups; nil for what is no such number.
func inGroups(want string) *regexp.Regexp {
	digits, b := 0, strings.Builder{}
	for _, r := range want {
		switch {
		case r >= '0' && r <= '9':
			digits++
		case r >= 'a' && r <= 'z', r == '+':
		case strings.ContainsRune(" -./()", r):
			continue
		default:
			return nil
		}
		if b.Len() > 0 {
			b.WriteString(`[\s\p{Pd}_./()]*`)
		}
		b.WriteString(regexp.QuoteMeta(string(r)))
	}
	if digits < minGrouped || digits > maxGrouped {
		return nil
	}
	return regexp.MustCompile(`(?:^|[^\pL\pN])` + b.String() + `(?:$|[^\pL\pN])`)
}

// Numbers of so many digits are written in groups.
const (
	minGrouped = 7
	maxGrouped = 34 // of an IBAN
)

// plain takes out of a text what makes it look otherwise to a program than to a person:
// forms of letters, case, and characters that can't be seen.
func plain(s string) string {
	if ascii, ok := plainASCII(s); ok { // most of what is long
		return ascii
	}
	var b strings.Builder
	for _, r := range norm.NFKD.String(s) {
		switch {
		case unicode.IsSpace(r):
			b.WriteByte(' ')
		case unicode.In(r, unicode.Cf, unicode.Mn, unicode.Me, unicode.Cc), r == '\u115f', r == '\u1160', r == '\u2800':
		case r == '。':
			b.WriteByte('.')
		case r == 'ß', r == 'ẞ':
			b.WriteString("ss")
		default:
			b.WriteRune(unicode.ToLower(unicode.ToUpper(r)))
		}
	}
	return strings.Join(strings.Fields(b.String()), " ")
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
		case c < ' ' || c == 0x7f:
			continue
		case c >= 'A' && c <= 'Z':
			space, c = false, c+'a'-'A'
		default:
			space = false
		}
		b = append(b, c)
	}
	return strings.TrimSuffix(string(b), " "), true
}

// holdsWords reports whether want stands in text where no word goes on: neither a letter
// nor a digit, where want itself ends in one, and in an address nothing that an address
// goes on with. Scripts that part no words have no such borders.
func holdsWords(text, want string) bool {
	first, _ := utf8.DecodeRuneInString(want)
	last, _ := utf8.DecodeLastRuneInString(want)
	address := strings.Contains(want, "@")
	for from := 0; ; {
		i := strings.Index(text[from:], want)
		if i < 0 {
			return false
		}
		at, end := from+i, from+i+len(want)
		before, _ := utf8.DecodeLastRuneInString(text[:at])
		after, n := utf8.DecodeRuneInString(text[end:])
		next, _ := utf8.DecodeRuneInString(text[end+n:])
		begins := at == 0 || !goesOn(first) || !goesOn(before) && !(address && strings.ContainsRune(".-+%", before))
		ends := end == len(text) || !goesOn(last) || !goesOn(after) && !(address && strings.ContainsRune(".-", after) && goesOn(next))
		if begins && ends {
			return true
		}
		_, n = utf8.DecodeRuneInString(text[at:])
		from = at + n
	}
}

func goesOn(r rune) bool {
	return (unicode.IsLetter(r) || unicode.IsDigit(r) || r == '_') && !unicode.In(r, unicode.Han, unicode.Hiragana, unicode.Katakana, unicode.Thai, unicode.Lao, unicode.Khmer)
}

// catches reports whether a deny rule under condition c is about what d wants.
func (c Condition) catches(d Condition) bool {
	v, err := label.FromJSON([]byte(d.JSON), label.Person())
	return err != nil || c.caught(map[string]label.Value{c.Arg: v}, map[string][]leaf{})
}
