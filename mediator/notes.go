package mediator

import (
	"fmt"
	"regexp"
	"slices"
	"strings"
	"sync"

	"secgpt/mediator/label"
)

// What is pointed out beside a value
//
// A text is gone through once, word by word. A sign may begin at certain words; then its
// pattern is held to what stands there, and where a pattern says too little, its check
// digits are. A wrong hint costs a glance, and ten of them cost that anybody looks; a
// missing one costs an account.

// A sign is what a value is said to hold.
type sign struct {
	note string                    // %s is what `of` makes of what was found
	at   func(word string) bool    // may it begin with this word, in lower case
	like *regexp.Regexp            // what stands from that word on; nil if `is` says it all
	is   func(found string) int    // how much of that it really is, in bytes, 0 for no; nil is all of it
	of   func(found string) string // nil if the note says it all
}

// signs are the table, the gravest first.
var signs = sync.OnceValue(func() []sign {
	const said = `["')\]]*\s*(?:[:=]|\b(?:is|ist|lautet|est|es)\b:?)\s*["']?` // what stands between a name and its value
	re := regexp.MustCompile
	return []sign{
		{note: "holds what looks like a secret key", at: begins("sk", "pk", "gh", "glpat", "hf_", "xox", "akia", "aiza", "eyj", "ya29"),
			like: re(`^(?:(?:sk|pk|gh[opsu]|github_pat|glpat|hf|xox[abp]|AKIA|AIza|eyJ)[-_.A-Za-z0-9]{14,}|ya29\.\S{8,})`)},
		{note: "holds what looks like a secret key", at: among("begin"), like: re(`^BEGIN [A-Z ]*PRIVATE KEY`)},
		{note: "holds what looks like a secret key", at: among("bearer"), like: re(`^(?i:bearer)\s+[-._~+/A-Za-z0-9]*(?:\d[-._~+/A-Za-z0-9]{7}|[-._~+/A-Za-z0-9]{20})`)},
		{note: "holds what looks like a secret key", at: among("api", "apikey", "api_key", "secret_key", "access_key", "private_key", "client_secret", "access_token", "auth_token", "refresh_token"),
			like: re(`^(?i)(?:api[-_ ]?key|\w+_(?:key|token|secret))` + said + `\S{4}`)},
		{note: "holds what looks like a secret key", at: among("token", "secret"), like: re(`^(?i)\w+` + said + `\S*\d\S{6}`)},
		{note: "holds what looks like a password or code", at: among("password", "passwort", "kennwort", "passwd", "pwd", "passcode", "passphrase", "contraseña", "passe"),
			like: re(`^\S+?(?:` + said + `\S{3}|\s+\S*\d)`)},
		{note: "holds what looks like a password or code", at: among("code", "codes", "pin", "otp", "tan", "cvv", "cvc", "passcode", "einmalcode", "sicherheitscode", "bestätigungscode"),
			like: re(`^(?i)\S+?(?:` + said + `|[^\pL\pN]{1,3})\d[\d -]{1,8}\d(?:[^\pL\pN]|$)`), is: noDate},
		{note: "holds what looks like a password or code", at: digits(3, 8),
			like: re(`^(?i)\d{3}[ -]?\d{1,5}(?: is| ist) (?:\pL+ ){1,4}(?:\w*code|pin|otp|tan)\b`)},
		{note: "holds what looks like an account number (IBAN)", at: ibanStart, like: re(`^(?i)[a-z]{2}\d{2}(?: ?[a-z0-9]){11,30}`), is: iban},
		{note: "holds what looks like a card number", at: digits(1, 19), is: card},
		{note: "holds what looks like an account number", at: among("account", "acct", "konto", "kontonummer", "kontonr", "kto", "compte", "cuenta"),
			like: re(`^(?i)\pL+(?:[^\pL\pN]{1,3}(?:number|no|nr|nummer|num|is|ist)){0,2}[^\pL\pN]{1,3}\d(?:[ -]?\d){5,16}`), is: noDate},
		{note: "holds what looks like a social security number", at: digits(3, 3), like: re(`^\d{3}-\d{2}-\d{4}(?:[^\d-]|$)`), is: socialSecurity},
		{note: "holds what looks like a social security number", at: among("ssn", "sozialversicherungsnummer"), like: re(`^(?i)\pL+(?:` + said + `|[^\pL\pN]{1,3})\d(?:[ -]?\w){8}`)},
		{note: "holds what looks like an address to pay to (Bitcoin)", at: walletStart,
			like: re(`^(?:bc1[ac-hj-np-z02-9]{25,60}|[13][1-9A-HJ-NP-Za-km-z]{25,34})(?:[^A-Za-z0-9]|$)`), is: mixedCase},
		{note: "holds a link to %s", at: among("http", "https"), like: re(`^(?i)https?://[^\s/?#\\]+`), of: hostOf},
	}
})

// The bounds of looking.
const (
	maxScan  = 1 << 20 // bytes of a value: the largest that fits a frame
	maxSign  = 160     // bytes in which a sign must stand
	maxTries = 50_000  // words at which one may stand: no text for people has so many
	maxHosts = 3       // that are named
)

// notes points out what a person should not miss in a value, in the names of its fields
// too.
func notes(v label.Value) []string {
	n := noting{left: maxScan, tries: maxTries, found: make([]bool, len(signs()))}
	n.value("", v)
	var out []string
	add := func(there bool, note string) {
		if there && !slices.Contains(out, note) {
			out = append(out, note)
		}
	}
	add(n.hides, "holds hidden characters")
	for i, s := range signs() {
		if s.of == nil {
			add(n.found[i], s.note)
		}
	}
	for i, h := range n.hosts {
		if i == maxHosts {
			add(true, fmt.Sprintf("and to %d more", len(n.hosts)-maxHosts))
			break
		}
		add(true, h)
	}
	add(n.address, "holds an address")
	add(n.left < 0 || n.tries < 0, "is too long to be looked through")
	return out
}

// noting is what was found so far.
type noting struct {
	left, tries    int // bytes that are still looked at, and words at which a sign may stand
	found          []bool
	hosts          []string
	hides, address bool
}

// value looks at every text in v; a field's name together with what it names.
func (n *noting) value(name string, v label.Value) {
	if n.left < 0 {
		return
	}
	switch v.Kind() {
	case label.List:
		n.text(name)
		for _, x := range v.Items() {
			n.value("", x)
		}
	case label.Object:
		n.text(name)
		for _, f := range v.Fields() {
			n.value(f.Name, f.Value)
		}
	default:
		s, _ := scalar(v)
		if name != "" {
			s = name + ": " + s
		}
		n.text(s)
	}
}

func (n *noting) text(s string) {
	if n.left -= len(s); n.left < 0 {
		return
	}
	n.hides = n.hides || hides(s)
	n.address = n.address || addressed(s)
	for i := 0; i < len(s); {
		end := i
		for end < len(s) && inWord(s[end]) {
			end++
		}
		if end == i {
			i++
			continue
		}
		i = max(end, i+n.word(s[i:min(len(s), i+maxSign)], end-i))
	}
}

// word holds each sign to the word that begins rest, and returns how much is not looked at
// again.
func (n *noting) word(rest string, size int) (done int) {
	word := strings.ToLower(rest[:min(size, len(rest))])
	for i, s := range signs() {
		if done > 0 || !s.at(word) {
			continue // what is an account's number is not a card's besides
		}
		if n.tries--; n.tries < 0 {
			return 0
		}
		found := rest
		if s.like != nil {
			found = s.like.FindString(rest)
		}
		if found == "" {
			continue
		}
		if s.of != nil {
			if h := fmt.Sprintf(s.note, s.of(found)); !slices.Contains(n.hosts, h) && len(n.hosts) < 100 {
				n.hosts = append(n.hosts, h)
			}
			continue
		}
		if s.is != nil {
			if done = s.is(found); done == 0 {
				continue
			}
		}
		n.found[i] = true
	}
	return done
}

// inWord reports bytes of words: every letter that is not ASCII counts.
func inWord(b byte) bool { return b == '_' || b >= 0x80 || alnum(b) }

func alnum(b byte) bool {
	return b >= '0' && b <= '9' || b|0x20 >= 'a' && b|0x20 <= 'z'
}

func among(words ...string) func(string) bool {
	set := map[string]bool{}
	for _, w := range words {
		set[w] = true
	}
	return func(word string) bool { return set[word] }
}

func begins(heads ...string) func(string) bool {
	return func(word string) bool {
		return slices.ContainsFunc(heads, func(h string) bool { return strings.HasPrefix(word, h) })
	}
}

func digits(least, most int) func(string) bool {
	return func(word string) bool { return isDigit(word[0]) && len(word) >= least && len(word) <= most }
}

func walletStart(word string) bool {
	return len(word) >= 26 && (word[0] == '1' || word[0] == '3' || strings.HasPrefix(word, "bc1"))
}

func ibanStart(word string) bool {
	return len(word) >= 4 && !isDigit(word[0]) && !isDigit(word[1]) && isDigit(word[2]) && isDigit(word[3])
}

// upTo returns how many bytes of found, up to the end of a group, are what good says of
// their letters and digits.
func upTo(found string, good func(compact string) bool) int {
	var compact []byte
	for i := range len(found) {
		if !alnum(found[i]) {
			continue
		}
		compact = append(compact, found[i])
		if (i+1 == len(found) || !alnum(found[i+1])) && good(string(compact)) {
			return i + 1
		}
	}
	return 0
}

// iban goes by the check digits: the number with its first four moved to the end, letters
// as 10 to 35, leaves 1 when divided by 97.
func iban(found string) int {
	return upTo(strings.ToUpper(found), func(s string) bool {
		if len(s) < 15 || len(s) > 34 {
			return false
		}
		left := 0
		for _, c := range []byte(s[4:] + s[:4]) {
			if isDigit(c) {
				left = (left*10 + int(c-'0')) % 97
			} else {
				left = (left*100 + int(c-'A') + 10) % 97
			}
		}
		return left == 1
	})
}

// card goes by the check digit: every second digit from the right doubled, all digits
// together are a multiple of ten. Digits stand in groups, with a space or a dash between.
func card(rest string) int {
	end, n := 0, 0
	for i := 0; i < len(rest) && n < 20; i++ {
		if isDigit(rest[i]) {
			end, n = i+1, n+1
		} else if i > end || rest[i] != ' ' && rest[i] != '-' {
			break
		}
	}
	if n < 13 || dated().MatchString(rest[:len("2026-11")]) {
		return 0
	}
	return upTo(rest[:end], func(s string) bool {
		if len(s) < 13 || len(s) > 19 || strings.Trim(s, "0") == "" {
			return false
		}
		sum := 0
		for i := range len(s) {
			d := int(s[len(s)-1-i] - '0')
			if i%2 == 1 {
				d *= 2
			}
			sum += d/10 + d%10
		}
		return sum%10 == 0
	})
}

// socialSecurity leaves out what was never given to anybody.
func socialSecurity(found string) int {
	if found[0] == '9' || strings.HasPrefix(found, "000") || strings.HasPrefix(found, "666") {
		return 0
	}
	return len(found)
}

var dated = sync.OnceValue(func() *regexp.Regexp { return regexp.MustCompile(`(?:19|20)\d\d-\d\d(?:-\d\d)?`) })

// noDate is for numbers that stand behind a word: a date is none.
func noDate(found string) int {
	if dated().MatchString(found) {
		return 0
	}
	return 1 // what follows is looked at by itself
}

// mixedCase tells an address of a wallet from a number: but for the form in small letters.
func mixedCase(found string) int {
	if !strings.HasPrefix(found, "bc1") && (strings.ToLower(found) == found || strings.ToUpper(found) == found) {
		return 0
	}
	return len(found)
}

// hostOf is the host that a link leads to, whatever stands before an @.
func hostOf(link string) string {
	_, host, _ := strings.Cut(link, "://")
	host = host[strings.LastIndexByte(host, '@')+1:]
	if i := strings.LastIndexByte(host, ':'); i > strings.LastIndexByte(host, ']') {
		host = host[:i]
	}
	host = strings.TrimRight(strings.ToLower(host), `.,;:!)>"'`)
	if len(host) > maxHost || !hostForm().MatchString(host) {
		return "a host with an odd name"
	}
	return host
}

// maxHost is how long a host may be, in bytes, to be named. A note is in our own voice, and
// what it names is somebody else's: no more than the name of a host.
const maxHost = 64

var hostForm = sync.OnceValue(func() *regexp.Regexp { return regexp.MustCompile(`^(?:[\pL\pN.-]+|\[[0-9a-f:.]+\])$`) })

// addressed reports whether a text holds an address, name@host.tld.
func addressed(s string) bool {
	outside := func(b byte) bool { return b <= ' ' || b == '<' || b == '>' || b == '@' }
	for at := 0; ; at++ {
		next := strings.IndexByte(s[at:], '@')
		if next < 0 {
			return false
		}
		at += next
		host := s[at+1 : min(len(s), at+1+maxSign)]
		if i := strings.IndexFunc(host, func(r rune) bool { return r < 0x80 && outside(byte(r)) }); i >= 0 {
			host = host[:i]
		}
		if dot := strings.IndexByte(host, '.'); at > 0 && !outside(s[at-1]) && dot > 0 && dot+1 < len(host) {
			return true
		}
	}
}
