package safe

import (
	"regexp"
	"strings"
	"sync"
	"unicode"

	"golang.org/x/text/unicode/norm"
)

// maxInspected bounds how much of a text is searched for orders, in bytes. A
// screen holds a hundredth of it; what stands behind is found when it is shown.
const maxInspected = 256 << 10

// Findings is what a person should know of a foreign text before they trust
// their eyes. Nothing is decided by it: it only makes a remark appear.
type Findings struct {
	Hidden   int      // runes that are drawn as nothing or that turn the direction
	Controls int      // ESC and its like, private use, bytes that are no UTF-8
	Words    []string // what hidden runs say; printable ASCII, tabs and line ends
	Order    string   // the first words that look like an order to an assistant, safe to show
	Mixed    string   // the first word of Latin letters mixed with look-alikes, safe to show
}

// Remark reports whether the line "Text in here is shown, never obeyed." belongs
// under the text.
func (f Findings) Remark() bool {
	return f.Hidden > 0 || f.Controls > 0 || f.Order != ""
}

// Inspect looks for what Text would mark, and for orders. It is a help for eyes,
// no defence: what it misses is shown all the same, and never obeyed either.
func Inspect(s string) Findings {
	var f Findings
	if simple(s) {
		f.Order = order(s)
		return f
	}
	w := writer{runes: decode(s)}
	var seen strings.Builder
	for w.at < len(w.runes) {
		r := w.runes[w.at]
		switch {
		case joinsEmoji(w.runes, w.at), joinsLetters(w.runes, w.at), r == '\r' && w.peek(1) == '\n':
			w.at++
		case hidden(r):
			run, end := w.padded()
			f.Hidden += len(run)
			if words := Words(run); words != "" {
				f.Words = append(f.Words, words)
			}
			if len(run) < end-w.at {
				seen.WriteByte(' ')
			}
			w.at = end
		default:
			if unshowable(r) && !ours(r) && !oversized(r) {
				f.Controls++
			} else {
				seen.WriteRune(r)
			}
			w.at++
		}
	}
	f.Order = order(seen.String())
	if f.Order == "" && len(f.Words) > 0 {
		f.Order = Line(cut(f.Words[0], maxWords))
	}
	f.Mixed = mixed(seen.String())
	return f
}

// orders are the words of texts that try to give orders, as the published attack
// suites write them. A match is a reason to remark, so a false one costs a line:
//   - what came before is to be forgotten
//   - a speaker that is not the sender: SYSTEM:, <system>, [INST], <|im_start|>
//   - the reader is told that it is an assistant, a model or an agent
//   - the user is said to have agreed, is to be told something, or must not be told
//   - a tool or function is to be called
var orders = sync.OnceValue(func() *regexp.Regexp {
	return regexp.MustCompile(`(?i)(?:` + strings.Join([]string{
		`\b(?:ignore|disregard|forget|override)\b[^.\n]{0,40}\b(?:instructions?|prompts?|rules|guidelines|directions)\b`,
		`\b(?:new|updated|additional|real|actual) (?:system )?instructions?\b`,
		`(?m:^)[\s*#>\[(]*(?:system|assistant|developer|administrator|admin)(?: (?:prompt|message|note|notice|override|instruction))?[\])*]*:`,
		`</?(?:system|assistant|instructions?|information|tool_call|function_call|important)>`,
		`<\|[a-z_]+\|>`, `\[/?inst\]`, `<<sys>>`,
		`\byou are (?:now )?(?:an?|the|my|in)? ?(?:[a-z]+ )?(?:assistant|ai|language model|llm|chatbot|agent|developer mode)\b`,
		`\b(?:as|dear|hey|attention|hello|to),? (?:an? |the |all )?(?:ai|llm|language model|assistant)s?\b`,
		`\buser (?:has|had|have) (?:already )?(?:approved|authori[sz]ed|agreed|consented|confirmed|given (?:permission|consent))\b`,
		`\b(?:do not|don't|never|without) (?:tell|telling|inform|informing|mention|mentioning|notify|notifying|alert|alerting|ask|asking)\b[^.\n]{0,30}\b(?:user|person|human|anyone)\b`,
		`\btell (?:the|your) (?:user|person|human) (?:only|that|nothing)\b`,
		`\b(?:call|use|invoke|run|execute) the [a-z_.]{2,40} (?:tool|function|plugin|app)\b`,
	}, "|") + `)`)
})

func order(s string) string {
	if len(s) > maxInspected {
		s = s[:maxInspected]
	}
	if !simple(s) {
		s = norm.NFKC.String(s)
	}
	return Line(strings.TrimSpace(cut(orders().FindString(s), 80)))
}

// mixed finds a word of Latin letters together with Cyrillic or Greek ones, as in
// an address that only looks like one that the person knows.
func mixed(s string) string {
	words := strings.FieldsFunc(s, func(r rune) bool { return !unicode.IsLetter(r) && !unicode.IsMark(r) })
	for _, word := range words {
		latin, other := false, false
		for _, r := range word {
			latin = latin || unicode.Is(unicode.Latin, r)
			other = other || unicode.In(r, unicode.Cyrillic, unicode.Greek, unicode.Armenian, unicode.Cherokee)
		}
		if latin && other {
			return Line(cut(word, 80))
		}
	}
	return ""
}

// cut returns at most n bytes of s, whole runes.
func cut(s string, n int) string {
	if len(s) <= n {
		return s
	}
	for n > 0 && s[n]&0xC0 == 0x80 {
		n--
	}
	return s[:n]
}
