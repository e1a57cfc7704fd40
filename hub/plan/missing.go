package plan

import (
	"cmp"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"sync"
	"unicode"

	"go.starlark.net/syntax"

	"secgpt/hub/when"
)

// What the person has to say. A small model that is not told to whom a mail goes writes
// to = recipient, or makes an address up.

// things are what people call what a parameter takes.
var things = map[string]string{
	"to": "recipient", "cc": "recipient", "bcc": "recipient", "id": "one", "body": "text", "content": "text",
	"start": "time", "time": "time", "end": "end", "title": "title", "name": "name", "text": "text", "path": "path", "query": "words to look for", "q": "words to look for",
}

// said is what the person answered for what a parameter takes, as that takes it; nil if they were not
// asked for it, or what they answered for a time is none.
func (c *checker) said(p Param, at syntax.Position) syntax.Expr {
	answer := c.check.Said[thing(p.Name)]
	if answer == "" || p.Name == "id" || strings.HasSuffix(p.Name, "_id") { // nobody knows one
		return nil
	}
	text := textLiteral(at, answer)
	if p.Type != "date" && p.Type != "datetime" {
		return text
	}
	if _, err := when.Read(answer, c.now()); err != nil {
		return nil
	}
	return timeOf(text, p)
}

// tried does one thing, and is what was wrong with it if that may be.
func (c *checker) tried(do func(), may func(e *Error) bool) (wrong *Error) {
	was := c.ending
	defer func() {
		if r := recover(); r != nil {
			e, ok := r.(*Error)
			if !ok || !may(e) {
				panic(r)
			}
			c.ending, wrong = was, e
		}
	}()
	do()
	return nil
}

// maxThing bounds what an app calls its parameter, in a question of ours.
const maxThing = 40 // bytes

// thing is a parameter in words; of another one than those in things the app's own name for
// it, in quotes: `"channel"` of channel_id.
func thing(param string) string {
	if w := things[param]; w != "" {
		return w
	}
	name := strings.ReplaceAll(strings.TrimSuffix(param, "_id"), "_", " ")
	return strconv.Quote(strings.ToValidUTF8(name[:min(len(name), maxThing)], ""))
}

// nowhere reports whether a name stands for nothing at all.
func (c *checker) nowhere(id *syntax.Ident) bool {
	_, constant := constants[id.Name]
	return !c.variable(id.Name) && !constant && !c.app(id.Name) && !isFunction(id.Name) && id.Name != "None" && id.Name != "null" && insteadOf[id.Name] == ""
}

var (
	address = sync.OnceValue(func() *regexp.Regexp { return regexp.MustCompile(`[^\s<>,;:"]+@[^\s<>,;:"@]*[^\s<>,;:"@.]`) })
	// clock is a time of the day in a text, and its hour.
	clock = sync.OnceValue(func() *regexp.Regexp {
		return regexp.MustCompile(`(?i)\b(\d{1,2})(?:(?:[:.]\d\d)?\s?(?:am|pm|uhr)\b|:\d\d\b)`)
	})
	// filler is what a model writes where somebody is to fill something in.
	filler = sync.OnceValue(func() *regexp.Regexp {
		return regexp.MustCompile(`^\W*(\.\.\.|…)\W*$|\[(your|my|the|recipient|sender|name|insert)[^\]]*\]|<(your|recipient|name|insert)[^>]*>|\.\.\.$`)
	})
)

// invented refuses an address that nobody named, and a text that is to be filled in, where
// something is changed or sent.
func (c *checker) invented(full string, p Param, v syntax.Expr) {
	if !c.change || c.check.Now.IsZero() || c.check.Revealed {
		return
	}
	said := strings.ToLower(strings.Join(append([]string{c.check.Words}, c.check.Earlier...), "\n"))
	keys, called := map[syntax.Node]bool{}, map[syntax.Node]string{}
	syntax.Walk(v, func(n syntax.Node) bool {
		if entry, ok := n.(*syntax.DictEntry); ok {
			keys[entry.Key] = true
			called[entry.Value], _ = constText(entry.Key)
		}
		if part, ok := n.(*syntax.IndexExpr); ok {
			keys[part.Y] = true // names a part of a value, and goes nowhere
		}
		lit, ok := n.(*syntax.Literal)
		if !ok || keys[lit] {
			return true
		}
		text, ok := lit.Value.(string)
		if !ok || lit.Token != syntax.STRING {
			return true
		}
		for _, a := range address().FindAllString(text, maxNamed) {
			if !strings.Contains(said, strings.ToLower(a)) {
				c.missing(lit, full, p, "%s stands nowhere in the request: look it up, or write need(\"…\") to ask the person", clip(a))
			}
		}
		if slices.Contains(numbers, cmp.Or(called[lit], p.Name)) && len(digits(text)) > 4 && !strings.Contains(digits(said), lastDigits(text)) {
			c.missing(lit, full, p, "%s stands nowhere in the request: look it up, or write need(\"…\") to ask the person", clip(text))
		}
		for _, m := range clock().FindAllStringSubmatch(text, maxNamed) {
			if slices.Contains(contents, cmp.Or(called[lit], p.Name)) && c.check.English && !saysHour(said, m[1]) {
				c.missing(lit, full, Param{Name: "time"}, "%s stands nowhere in the request: find it with a tool and put the result into the text, or leave it out", m[0])
			}
		}
		titled := slices.ContainsFunc([]string{"called", "named", "titled"}, func(w string) bool { return strings.Contains(said, w) })
		if name := cmp.Or(called[lit], p.Name); placeholder(text) && !titled && slices.Contains([]string{"title", "name", "content"}, name) && !strings.Contains(said, `"`) && !strings.Contains(said, "'") {
			c.missing(lit, full, Param{Name: "title"}, "%q calls nothing: take its name from the request, or write need(\"…\") to ask the person", clip(text))
		}
		if f := filler().FindString(strings.ToLower(text)); f != "" && !strings.Contains(said, strings.ToLower(strings.TrimSpace(text))) {
			c.missing(lit, full, p, "%s of %s is not written out: take it from the request, or write need(\"…\") to ask the person", p.Name, full)
		}
		return true
	})
}

// saysHour reports whether an English request may name an hour, on either half of the day.
func saysHour(said, hour string) bool {
	h, _ := strconv.Atoi(hour)
	words := strings.FieldsFunc(said, func(r rune) bool { return !unicode.IsLetter(r) && !unicode.IsDigit(r) })
	return slices.ContainsFunc(words, func(w string) bool {
		m, err := strconv.Atoi(strings.TrimRightFunc(w, unicode.IsLetter))
		return slices.Contains(hours, w) || err == nil && (m == h || m == h+12 || m == h-12 || m > 24) // 90 minutes are 1:30
	})
}

// hours are words that may name one.
var hours = strings.Fields("one two three four five six seven eight nine ten eleven twelve noon midday midnight half quarter hour hours")

// numbers are parameters that take a telephone number.
var numbers = []string{"phone", "phones", "phone_number", "telephone", "mobile", "tel", "number"}

// digits are the digits of a text.
func digits(s string) string {
	return strings.Map(func(r rune) rune {
		if r < '0' || r > '9' {
			return -1
		}
		return r
	}, s)
}

// lastDigits are those of a number that stay the same however it is written: +49 170 …, 0170 ….
func lastDigits(s string) string {
	d := digits(s)
	return d[max(0, len(d)-7):]
}

// placeholder reports whether a text is what a small model calls a thing that nobody gave a
// name: "New task".
func placeholder(text string) bool {
	words := strings.FieldsFunc(strings.ToLower(text), func(r rune) bool { return !unicode.IsLetter(r) })
	return slices.ContainsFunc(words, func(w string) bool { return len(w) > 3 }) && !slices.ContainsFunc(words, func(w string) bool { return !slices.Contains(placeholders, w) })
}

var placeholders = strings.Fields("a an the new my untitled unnamed title name text content task tasks todo item event appointment contact person note note's project issue file here some something")

// unsaid refuses a text that a model makes up for somebody of whom the request says no more
// than that something is to be sent to them: "send a mail to Bob".
func (c *checker) unsaid(t *target, p Param, v syntax.Expr) {
	reaches := slices.ContainsFunc(t.sig.Params, func(q Param) bool { return slices.Contains(reaching, q.Name) })
	if _, text := constText(v); !text || !reaches || !slices.Contains(contents, p.Name) || !c.check.English || c.check.Now.IsZero() || c.check.Revealed || len(c.check.Earlier) > 0 {
		return
	}
	words, _, _ := strings.Cut(c.check.Words, "\n")
	rest := strings.FieldsFunc(words, func(r rune) bool {
		return !unicode.IsLetter(r) && !unicode.IsDigit(r) && r != '@' && r != '.' && r != '\''
	})
	for i, w := range rest {
		known := slices.Contains(ofSending, strings.ToLower(w)) || strings.Contains(w, "@") || i > 0 && strings.EqualFold(rest[i-1], "to")
		if !known && !unicode.IsUpper([]rune(w)[0]) { // a name, or the first word
			return
		}
	}
	text, _ := constText(v)
	if text = strings.Trim(strings.ToLower(text), " .!?"); text != "" && strings.Contains(strings.ToLower(words), text) {
		return
	}
	c.missing(v, fullName(t.app, t.tool), p, "the request does not say what to write: write need(\"…\") to ask the person")
}

// ofSending are words that say that something is sent, and not what.
var ofSending = strings.Fields("send write a an the mail email e-mail message text letter note to please can could would you i we want need like just now quickly short quick new reply answer " +
	"him her them my mum mom dad boss for me and drop shoot post")

// further reports whether an argument makes a change reach further than an English request
// says: series = True, where nobody spoke of all or of each.
func (c *checker) further(p Param, v syntax.Expr) bool {
	id, ok := unparen(v).(*syntax.Ident)
	if !ok || id.Name != "True" || p.Required || !c.change || !c.check.English || c.check.Now.IsZero() || !slices.Contains([]string{"series", "all", "recursive", "force", "permanent", "permanently"}, p.Name) {
		return false
	}
	words := strings.FieldsFunc(strings.ToLower(c.check.Words), func(r rune) bool { return !unicode.IsLetter(r) })
	return !slices.ContainsFunc(words, func(w string) bool {
		return w == p.Name || slices.Contains([]string{"all", "every", "each", "whole", "entire", "always", "never", "anymore", "everything", "completely", "future", "weekly", "daily", "monthly", "yearly", "forever", "recurring", "repeating", "repeated", "ongoing", "permanently", "on"}, w) || strings.HasSuffix(w, "days")
	})
}

// ofNews are words of a request that ask for what was not read yet.
var ofNews = []string{"unread", "unopened", "unseen", "new", "newest", "news", "fresh", "read", "opened", "seen", "missed", "miss", "any", "anything", "inbox", "haven", "yet", "not"}

// onlyUnread reports whether a search by words or by sender leaves out what was read, of
// which an English request says nothing.
func (c *checker) onlyUnread(p Param, v syntax.Expr, named map[string]syntax.Expr) bool {
	id, ok := unparen(v).(*syntax.Ident)
	if !ok || id.Name != "True" || p.Name != "unread" || c.changes || !c.check.English || c.check.Now.IsZero() || named["query"] == nil && named["sender"] == nil {
		return false
	}
	said := strings.ToLower(strings.Join(append([]string{c.check.Words}, c.check.Earlier...), "\n"))
	words := strings.FieldsFunc(said, func(r rune) bool { return !unicode.IsLetter(r) })
	return !slices.ContainsFunc(words, func(w string) bool { return slices.Contains(ofNews, w) })
}

// madeUp sends a plan back that has a model read nothing but texts of its own, where the
// request holds none of them, or answer a question out of nothing; once, if it changes nothing.
func (c *checker) madeUp(x *syntax.CallExpr, t *target) {
	if c.check.Now.IsZero() || c.check.Revealed || c.check.Lenient && !c.changes || len(t.values) == 0 && (!c.check.Asks || c.check.Lenient) {
		return
	}
	said := strings.ToLower(c.check.Words)
	for _, v := range t.values {
		text, ok := constText(v)
		if !ok || strings.Contains(said, strings.ToLower(strings.TrimSpace(text))) {
			return
		}
	}
	c.fail(x, Name, "ask reads what a tool found, and this is a text of the plan: find it first with a tool that is listed")
}
