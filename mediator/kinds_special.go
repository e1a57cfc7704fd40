package mediator

import (
	"iter"
	"regexp"
	"slices"
	"strings"
	"sync"
	"unicode"
	"unicode/utf8"
)

// A number is one that stands in a text, as a decimal without needless zeros, and
// the currency that stands at it, if one does.
type number struct {
	at       stretch
	decimal  string
	currency string
}

var numberForm = sync.OnceValue(func() *regexp.Regexp {
	return regexp.MustCompile(`^(?:0|[1-9]\d*|[1-9]\d{0,2}(?:,\d{3})+)(?:\.\d+)?$`)
})

// numbersIn reads the numbers of a text. A comma parts thousands, a dot a fraction;
// what could be read in two ways (1.200,50; 1,20; 1 200), a date, a time, a range, a code
// with a zero before it, a number that goes on as a word (50k, 3rd) and one whose unit
// makes another of it (2 million, 50 cents, 20 percent, 3 pm) are none.
func numbersIn(t string) []number {
	var all []number
	for i := 0; i < len(t); {
		if !isDigit(t[i]) {
			i++
			continue
		}
		from := i
		for i < len(t) && (isDigit(t[i]) || (t[i] == '.' || t[i] == ',') && i+1 < len(t) && isDigit(t[i+1])) {
			i++
		}
		if n, ok := readNumber(t, stretch{from, i}); ok {
			all = append(all, n)
		}
	}
	return all
}

func isDigit(b byte) bool { return b >= '0' && b <= '9' }

func readNumber(t string, at stretch) (number, bool) {
	digits := t[at.from:at.to]
	if !numberForm().MatchString(digits) {
		return number{}, false
	}
	before, after := t[:at.from], t[at.to:]
	n := number{at: at, decimal: plainDecimal(strings.ReplaceAll(digits, ",", ""))}
	cur, start := currencyBefore(before)
	if start < len(before) && endsInDigit(strings.TrimRight(before[:start], " ")) { // 5 EUR 50
		return number{}, false
	}
	if start < len(before) {
		n.currency, n.at.from = cur, start
	} else if strings.HasSuffix(before, "-") && !endsInWord(before[:len(before)-1]) {
		n.decimal, n.at.from, before = "-"+n.decimal, at.from-1, before[:len(before)-1]
	}
	if start == len(before) && (endsInWord(before) || endsIn(before, ".,-'%/") || endsIn(before, ":") && endsInDigit(before[:len(before)-1])) {
		return number{}, false
	}
	if cur, size := currencyAfter(after); size > 0 {
		if n.currency == "" {
			n.currency = cur
		}
		n.at.to += size
		after = after[size:]
		if digitsAt(strings.TrimLeft(after, " ")) > 0 {
			return number{}, false
		}
	}
	if scaled().MatchString(after) || splitGroup(before, digits, after) {
		return number{}, false
	}
	r, size := utf8.DecodeRuneInString(after)
	next, _ := utf8.DecodeRuneInString(after[size:])
	if isWord(r) || unicode.IsNumber(r) || r == '%' || strings.ContainsRune(".,-/:'", r) && isWord(next) {
		return number{}, false
	}
	return n, true
}

// scaled is what may stand behind a number, and its currency, and makes another of it.
var scaled = sync.OnceValue(func() *regexp.Regexp {
	return regexp.MustCompile(`(?i)^[\s\x{a0}\x{202f}-]*(?:(?:k|m|mn|mm|mio|mrd|bn|tsd|hundred|thousand|lakh|crore|millions?|millionen|millones|milioni|mill|billion|milliarden?|trillion|` +
		`grand|dozen|score|tausend|hundert|mille|mil|cents?|cts?|pence|pennies|penny|centimes?|centavos?|céntimos?|rappen|p|øre|groszy|` +
		`percent|per ?cent|pct|prozent|pour ?cent|por ?ciento|permille|basis points?|bps|[ap]\.?m|o['’]clock|uhr)(?:$|[^\pL\pN])|[%‰¢]|\d+/\d|and a (?:half|quarter|third)|and \d+ ?(?:cents?|ct|pence|p)\b)`)
})

// splitGroup reports whether digits, a space and digits may be one number in groups of
// three: 1 200.
func splitGroup(before, digits, after string) bool {
	const spaces = " \u00a0\u202f\u2009'’"
	r, n := utf8.DecodeRuneInString(after)
	whole, _, _ := strings.Cut(digits, ".")
	if n > 0 && strings.ContainsRune(spaces, r) && len(digits) <= 3 && digitsAt(after[n:]) == 3 && !strings.HasPrefix(after[n+3:], "-") {
		return true
	}
	r, n = utf8.DecodeLastRuneInString(before)
	return n > 0 && strings.ContainsRune(spaces, r) && len(whole) == 3 && endsInDigit(before[:len(before)-n])
}

// digitsAt is how many digits t begins with.
func digitsAt(t string) int { return len(t) - len(strings.TrimLeft(t, "0123456789")) }

// plainDecimal takes off the zeros at the end of a fraction.
func plainDecimal(s string) string {
	if strings.Contains(s, ".") {
		s = strings.TrimSuffix(strings.TrimRight(s, "0"), ".")
	}
	return s
}

// currencies are the signs, codes and words that stand at an amount, by the one that
// they mean. A dollar sign is no country's.
var currencies = sync.OnceValue(func() map[string]string {
	byWord := map[string]string{}
	for _, line := range []string{"€ EUR eur euro euros", "£ GBP gbp pound pounds", "$ dollar dollars", "USD US$", "¥ yen", "JPY",
		"CHF franken francs", "CAD", "AUD", "NZD", "SEK", "NOK", "DKK", "PLN", "CZK", "HUF", "₹ INR rupees", "CNY", "BRL",
		"MXN", "ZAR", "KRW", "SGD", "HKD", "TRY", "ILS", "BTC", "ETH"} {
		words := strings.Fields(line)
		for _, w := range words {
			byWord[w] = words[0]
		}
	}
	return byWord
})

// currencyBefore finds a currency at the end of what stands before a number, a space
// between them or none, and where it starts; len(t) if there is none.
func currencyBefore(t string) (string, int) {
	bare := strings.TrimSuffix(t, " ")
	start := len(bare)
	for start > 0 {
		r, n := utf8.DecodeLastRuneInString(bare[:start])
		if !unicode.IsLetter(r) && !unicode.Is(unicode.Sc, r) {
			break
		}
		start -= n
	}
	if c, ok := currencies()[bare[start:]]; ok && !endsInWord(bare[:start]) {
		return c, start
	}
	return "", len(t)
}

// currencyAfter finds a currency at the start of what stands after a number, and how
// long it is with the space before it.
func currencyAfter(t string) (string, int) {
	bare := strings.TrimPrefix(t, " ")
	end := strings.IndexFunc(bare, func(r rune) bool { return !unicode.IsLetter(r) && !unicode.Is(unicode.Sc, r) })
	if end < 0 {
		end = len(bare)
	}
	if c, ok := currencies()[bare[:end]]; ok {
		return c, len(t) - len(bare) + end
	}
	return "", 0
}

func endsInWord(t string) bool {
	r, n := utf8.DecodeLastRuneInString(t)
	return n > 0 && isWord(r)
}

func endsIn(t, of string) bool {
	r, n := utf8.DecodeLastRuneInString(t)
	return n > 0 && strings.ContainsRune(of, r)
}

func endsInDigit(t string) bool { return t != "" && isDigit(t[len(t)-1]) }

// numbersLike are the numbers of the words that equal s, and are of its currency if
// it names one.
func (w *Words) numbersLike(s string) iter.Seq[stretch] {
	return func(yield func(stretch) bool) {
		want := numbersIn(s)
		if len(want) != 1 || want[0].at != (stretch{0, len(s)}) {
			return
		}
		for _, n := range w.numbers {
			if n.decimal == want[0].decimal && (want[0].currency == "" || n.currency == want[0].currency) && !yield(n.at) {
				return
			}
		}
	}
}

func isURL(s string) bool {
	return strings.HasPrefix(s, "https://") || strings.HasPrefix(s, "http://") || strings.HasPrefix(s, "www.")
}

// urlsLike are the words of t that are the URL s. The scheme and the host are
// compared without case, https:// may be left out, and so may a slash that stands
// for no path.
func urlsLike(t, s string) iter.Seq[stretch] {
	return func(yield func(stretch) bool) {
		scheme, rest := splitURL(s)
		for from := 0; from < len(t); {
			n := strings.IndexFunc(t[from:], func(r rune) bool { return unicode.IsSpace(r) || r == '\uffff' })
			if n < 0 {
				n = len(t) - from
			}
			at := trimMarks(t, stretch{from, from + n})
			typed, typedRest := splitURL(t[at.from:at.to])
			if typedRest == rest && rest != "" && (typed == scheme || typed == "" && scheme == "https") && !yield(at) {
				return
			}
			from += n
			_, size := utf8.DecodeRuneInString(t[from:])
			from += max(size, 1)
		}
	}
}

var labelled = sync.OnceValue(func() *regexp.Regexp { return regexp.MustCompile(`^[A-Za-z]+[:=](?:https?:|www\.)`) })

// trimMarks takes off what stands around an address in a sentence: quotes, brackets,
// "url:".
func trimMarks(t string, at stretch) stretch {
	word := strings.TrimLeft(t[at.from:at.to], "([{<\"'“‘„«`")
	if labelled().MatchString(word) {
		word = word[strings.IndexAny(word, ":=")+1:]
	}
	at.from = at.to - len(word)
	return stretch{at.from, at.from + len(strings.TrimRight(word, ")]}>\"'”’»`.,;:!?"))}
}

// splitURL parts a URL in its scheme and the rest, as far as they are compared.
func splitURL(s string) (scheme, rest string) {
	if before, after, ok := strings.Cut(s, "://"); ok {
		scheme, s = lowerASCII(before), after
	}
	end := strings.IndexAny(s, "/?#")
	if end < 0 {
		end = len(s)
	}
	host, path := lowerASCII(s[:end]), s[end:]
	if path == "/" {
		path = ""
	}
	return scheme, host + path
}

var accountForm = sync.OnceValue(func() *regexp.Regexp {
	return regexp.MustCompile(`^(?:\+\d{7,15}|[A-Z]{2}\d{2}[A-Z0-9]{8,30}|\d{8,19})$`)
})

// isAccount reports whether s, its spaces aside, is an IBAN, a number of an account
// or a card, or a phone number with a plus.
func isAccount(s string) bool { return accountForm().MatchString(strings.ReplaceAll(s, " ", "")) }

// accountsLike are the spans of t that are the account s, in one piece or in groups:
// of four, the last of one to four; of three and more after a plus. A span that more
// digits follow could be a longer number, and is none.
func accountsLike(t, s string) iter.Seq[stretch] {
	want := strings.ReplaceAll(s, " ", "")
	return func(yield func(stretch) bool) {
		if !isAccount(s) {
			return
		}
		for from := range len(t) {
			if t[from] != want[0] || endsInWord(t[:from]) || endsIn(t[:from], "./-@+") {
				continue
			}
			end, groups, ok := grouped(t[from:], want)
			if !ok || !regular(groups, want) || !bordered(t, stretch{from, from + end}, formText) {
				continue
			}
			rest := strings.TrimLeft(t[from+end:], " -")
			if len(groups) > 1 && rest != "" && isDigit(rest[0]) {
				continue
			}
			if !yield(stretch{from, from + end}) {
				return
			}
		}
	}
}

// grouped reads want at the start of t, with single spaces or hyphens between groups.
func grouped(t, want string) (end int, groups []int, ok bool) {
	groups = []int{0}
	i := 0
	for _, c := range []byte(want) {
		if i < len(t) && (t[i] == ' ' || t[i] == '-') && groups[len(groups)-1] > 0 {
			groups = append(groups, 0)
			i++
		}
		if i >= len(t) || t[i] != c {
			return 0, nil, false
		}
		groups[len(groups)-1]++
		i++
	}
	return i, groups, true
}

func regular(groups []int, want string) bool {
	if len(groups) == 1 {
		return true
	}
	last := groups[len(groups)-1]
	if want[0] == '+' {
		return last >= 3 && !slices.ContainsFunc(groups[1:], func(n int) bool { return n < 3 })
	}
	return last <= 4 && !slices.ContainsFunc(groups[:len(groups)-1], func(n int) bool { return n != 4 })
}
