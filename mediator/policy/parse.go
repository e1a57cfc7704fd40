package policy

import (
	"fmt"
	"slices"
	"strings"
	"time"
	"unicode"
	"unicode/utf8"

	"secgpt/mediator/label"
)

// The bounds of one rule. A person writes far less; what is longer was made by a
// program to hide something in.
const (
	maxRule    = 4096 // bytes: a rule must still fit a screen
	maxSources = 64
	maxArgs    = 32
	maxName    = 64 // bytes of an app's, tool's or argument's name
)

// A ParseError says where in a rule what was expected.
type ParseError struct {
	Rule string // as it was given, cut if long
	At   int    // the character it is about, from 1
	Want string // what was expected there, and what stood there
}

func (e *ParseError) Error() string {
	return fmt.Sprintf("rule `%s`: character %d: %s", e.Rule, e.At, e.Want)
}

// Parse reads one rule:
//
//	rule   = ("allow" | "deny") from ("->" | "→") target ["until" YYYY-MM-DD]
//	from   = "any" | source {"," source}
//	source = APP | "web/" HOST | "stdin" | "paste" | "file" | "person"
//	target = (APP | "model:" NAME) ["." TOOL ["(" [ARG "=" VALUE {"," ARG "=" VALUE}] ")"]]
//	VALUE  = a quoted string, a number, true or false, or a list of these, as in JSON
//
// What stands in brackets is all that decides in the call, beside the person's own
// words: TOOL() is for calls in which nothing else does. The last day of `until` still
// counts. Errors are of type *ParseError.
func Parse(s string) (Rule, error) {
	p := &parser{text: s, rest: s}
	r, err := p.rule()
	if err != nil {
		return Rule{}, err
	}
	return r, nil
}

type parser struct{ text, rest string }

func (p *parser) rule() (r Rule, err error) {
	switch {
	case len(p.text) > maxRule:
		return r, p.fail("a rule has %d bytes at most, this one has %d", maxRule, len(p.text))
	case !utf8.ValidString(p.text):
		return r, p.fail("expected UTF-8")
	}
	switch p.word() {
	case "allow":
	case "deny":
		r.Deny = true
	default:
		p.rest = p.text
		return r, p.want("`allow` or `deny`")
	}
	if err = p.from(&r); err != nil {
		return r, err
	}
	if !p.take("->") && !p.take("→") {
		return r, p.want("a comma or `->`")
	}
	if err = p.target(&r); err != nil {
		return r, err
	}
	if err = p.until(&r); err != nil {
		return r, err
	}
	if n := len(r.String()); n > maxRule {
		return r, p.fail("a rule has %d bytes at most, written out this one has %d", maxRule, n)
	}
	return r, nil
}

func (p *parser) from(r *Rule) error {
	for {
		before := p.rest
		s := p.word()
		if s == "any" {
			if len(r.From) > 0 {
				p.rest = before
				return p.fail("`any` is every source already: name it alone, or leave it out")
			}
			r.Any = true
			return nil
		}
		src, problem := source(s)
		if problem != "" {
			p.rest = before
			return p.want(problem)
		}
		r.From = append(r.From, src)
		if len(r.From) > maxSources {
			return p.fail("a rule names %d sources at most", maxSources)
		}
		if !p.take(",") {
			break
		}
	}
	slices.Sort(r.From)
	r.From = slices.Compact(r.From)
	return nil
}

// ParseSource reads the name of a source as rules spell it, Person included.
func ParseSource(s string) (label.Source, error) {
	src, want := source(s)
	if want != "" {
		return "", fmt.Errorf("expected %s, not `%s`", strings.TrimSuffix(want, " or any"), short(s, 30))
	}
	return src, nil
}

// source checks the name of a source. The second result says what was expected.
func source(s string) (label.Source, string) {
	switch src := label.Source(s); src {
	case label.Stdin, label.Paste, label.File, Person:
		return src, ""
	}
	if host, ok := strings.CutPrefix(s, string(label.Web)+"/"); ok {
		host = strings.ToLower(host)
		if !hostname(host) {
			return "", "a host after `web/`, such as web/example.org"
		}
		return label.Web + "/" + label.Source(host), ""
	}
	if !appName(s) {
		return "", "a source: an app's name, web/HOST, stdin, paste, file, person or any"
	}
	return label.Source(s), ""
}

func (p *parser) target(r *Rule) error {
	before := p.rest
	full := p.word()
	app, tool, dotted := full, "", false
	if name, ok := strings.CutPrefix(full, "model:"); ok {
		if !modelName(name) {
			p.rest = before
			return p.want("the name of a model after `model:`")
		}
	} else if app, tool, dotted = strings.Cut(full, "."); !appName(app) {
		p.rest = before
		return p.want("an app's name, APP.TOOL or model:NAME")
	}
	if dotted && !identifier(tool) {
		p.rest = before
		return p.want("the name of a tool after `" + app + ".`")
	}
	r.App, r.Tool = label.Source(app), tool
	if !p.take("(") {
		return nil
	}
	if tool == "" {
		return p.fail("conditions need a tool: write APP.TOOL(…)")
	}
	r.Closed = true
	if p.take(")") {
		return nil
	}
	return p.conditions(r)
}

func (p *parser) conditions(r *Rule) error {
	for {
		before := p.rest
		name := p.word()
		if !identifier(name) {
			p.rest = before
			return p.want("the name of an argument")
		}
		if r.Pins(name) {
			p.rest = before
			return p.fail("the argument %s stands twice", name)
		}
		if !p.take("=") {
			return p.want("`=` after " + name)
		}
		v, err := p.value()
		if err != nil {
			return err
		}
		r.Args = append(r.Args, Condition{name, v})
		if len(r.Args) > maxArgs {
			return p.fail("a rule has %d conditions at most", maxArgs)
		}
		if p.take(")") {
			slices.SortFunc(r.Args, func(a, b Condition) int { return strings.Compare(a.Arg, b.Arg) })
			return nil
		}
		if !p.take(",") {
			return p.want("a comma or `)`")
		}
	}
}

func (p *parser) until(r *Rule) error {
	before := p.rest
	switch w := p.word(); {
	case w == "" && p.rest == "":
		return nil
	case w != "until":
		p.rest = before
		return p.want("`until` or the end")
	}
	before = p.rest
	d, err := time.Parse(dateForm, p.word())
	if err != nil || d.Year() < 1000 {
		p.rest = before
		return p.want("a date such as 2026-12-31")
	}
	r.Until = d
	if p.space(); p.rest != "" {
		return p.want("the end")
	}
	return nil
}

func (p *parser) space() { p.rest = strings.TrimLeftFunc(p.rest, unicode.IsSpace) }

// take eats the mark if it comes next.
func (p *parser) take(mark string) bool {
	p.space()
	rest, ok := strings.CutPrefix(p.rest, mark)
	p.rest = rest
	return ok
}

// word eats what stands before the next space or mark of the grammar.
func (p *parser) word() string {
	p.space()
	n := 0
	for n < len(p.rest) && !strings.HasPrefix(p.rest[n:], "->") {
		c, size := utf8.DecodeRuneInString(p.rest[n:])
		if unicode.IsSpace(c) || strings.ContainsRune(`,→()="`, c) {
			break
		}
		n += size
	}
	w := p.rest[:n]
	p.rest = p.rest[n:]
	return w
}

// want fails with what was expected and what stands there.
func (p *parser) want(what string) error {
	p.space()
	if p.rest == "" {
		return p.fail("expected %s, but the rule ends", what)
	}
	there := p.rest
	if i := strings.IndexFunc(there, unicode.IsSpace); i > 0 {
		there = there[:i]
	}
	return p.fail("expected %s, not `%s`", what, short(there, 30))
}

func (p *parser) fail(format string, args ...any) error {
	p.space()
	at := utf8.RuneCountInString(p.text[:len(p.text)-len(p.rest)]) + 1
	return &ParseError{Rule: short(p.text, 80), At: at, Want: fmt.Sprintf(format, args...)}
}

// short cuts a text for an error and escapes what can't be seen.
func short(s string, n int) string {
	runes := []rune(strings.ToValidUTF8(s, "\ufffd"))
	if len(runes) > n {
		return visible(string(runes[:n])) + "…"
	}
	return visible(string(runes))
}
