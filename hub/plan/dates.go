package plan

import (
	"fmt"
	"regexp"
	"slices"
	"strings"
	"sync"
	"time"
	"unicode"

	"go.starlark.net/syntax"

	"secgpt/hub/when"
)

// A Check is what the plan of a model is compared with besides the tools. The zero
// Check is for a plan that a person wrote: its dates are theirs.
type Check struct {
	// Words are what the person said, Earlier what they said in turns before that this
	// one may build on. A date that is written out must be one that they name.
	Words   string
	Earlier []string
	// Now is when they said it.
	Now time.Time
	// Day is the one day that the turn before named, where this one changes what came of
	// that: "make it 7 instead".
	Day string
	// Said is what the person answered, by the Missing of the Error for which they were asked: it
	// stands in the place of what can't be taken there.
	Said map[string]string
	// Lenient leaves out arguments that a tool which only reads does not have. It is for
	// who has been told of them and writes them again.
	Lenient bool
	// Revealed is whether who wrote the plan has read more than the person's words, out of
	// which an address or a time may come: it is judged by its label then.
	Revealed bool
	// English is whether the words are English, whose times the hub reads: a time that it
	// does not find in them is one that nobody named.
	English bool
	// Asks is whether the words begin with a question, which a model does not answer out of
	// nothing while a plan runs: it would have without one.
	Asks bool
	// Likely gives tools that only read, APP.TOOL, the likeliest for the request and those
	// words first. Who has been told that a tool is not there, and names it again, means one
	// of them. It may be nil.
	Likely func(words string) []string
}

// spans reads the times that the person named, once for a plan.
func (c *checker) spans() []when.Span {
	if c.times == nil {
		c.times = []when.Span{}
		for _, words := range append([]string{c.check.Words}, c.check.Earlier...) {
			c.times = append(c.times, when.Find(words, c.check.Now)...)
		}
	}
	return c.times
}

var isoDate = sync.OnceValue(func() *regexp.Regexp {
	return regexp.MustCompile(`^\d{4}-\d{2}-\d{2}([T ]\d{2}(:\d{2}){0,2}(\.\d+)?(Z|[+-]\d{2}:?\d{2})?)?$`)
})

// ends tells the parameters that mean the end of a time and not its start.
func ends(param string) bool {
	return slices.ContainsFunc(strings.Split(strings.ToLower(param), "_"), func(w string) bool {
		return slices.Contains([]string{"end", "ends", "until", "to", "before", "till", "max", "latest"}, w)
	})
}

// dateLiteral checks what is written out for a parameter that takes a time. Words for
// one are read by the hub when the plan runs; what is no time goes back.
func (c *checker) dateLiteral(full string, p Param, v syntax.Expr) syntax.Expr {
	text, ok := constText(v)
	text = strings.TrimSpace(text)
	if !ok || isoDate().MatchString(text) || strings.HasPrefix(text, "__") {
		return v
	}
	if _, err := when.Read(text, c.now()); err != nil {
		c.fail(v, Type, "%s of %s takes a time, and %q is none: write when(\"tomorrow at 3pm\").start, with the words of the request", p.Name, full, clip(text))
	}
	dot := timeOf(textLiteral(syntax.Start(v), text), p).(*syntax.DotExpr)
	c.note(v, "%s of %s is when(%q).%s", p.Name, full, clip(text), dot.Name.Name)
	return dot
}

// zone is the person's time zone by its name, or "".
func (c *checker) zone() string {
	name := c.check.Now.Location().String()
	if c.check.Now.IsZero() || !strings.Contains(name, "/") && name != "UTC" {
		return ""
	}
	return name
}

func (c *checker) now() time.Time {
	if c.check.Now.IsZero() {
		return time.Now()
	}
	return c.check.Now
}

// readable checks the words of when, so that a plan with words that nobody can read
// goes back before it runs, and returns them as they can be read.
func (c *checker) readable(x syntax.Expr, words string) string {
	_, err := when.Read(words, c.now())
	if err == nil {
		if whole := c.onItsDay(words); whole != words {
			c.note(x, "%q is read as %q", clip(words), clip(whole))
			return whole
		}
		return words
	}
	if in := "in " + words; strings.ContainsFunc(words, unicode.IsSpace) {
		if _, err := when.Read(in, c.now()); err == nil {
			c.note(x, "%q is read as %q", clip(words), clip(in))
			return in
		}
	}
	if spans := c.spans(); !c.check.Now.IsZero() && len(spans) > 0 {
		c.fail(x, Type, "%q is no time that can be read: write when(%q)", clip(words), spans[0].Text)
	}
	c.fail(x, Type, "%s", err)
	return ""
}

// timed refuses a time that the request does not name where something is changed for it.
// A small model takes one from an example.
func (c *checker) timed(x syntax.Node, full, words string) {
	if c.check.Now.IsZero() || c.check.Revealed {
		return
	}
	words = c.onItsDay(words)
	s, err := when.Read(words, c.now())
	if err != nil {
		return
	}
	spans, hasTime := c.spans(), false
	var said []string
	for _, r := range spans {
		hasTime = hasTime || r.HasTime
		said = append(said, fmt.Sprintf("when(%q)", r.Text))
	}
	if len(spans) == 0 || s.HasTime && !hasTime {
		c.missing(x, full, Param{Name: "time"}, "the request does not say %q: write need(\"When?\") to ask the person", clip(words))
	}
	day, clock := false, !s.HasTime
	for _, r := range spans {
		last := r.End.Add(-time.Second)
		day = day || s.Start.Format(time.DateOnly) <= last.Format(time.DateOnly) && s.End.Add(-time.Second).Format(time.DateOnly) >= r.Start.Format(time.DateOnly)
		clock = clock || r.HasTime && (sameClock(s.Start, r.Start) || sameClock(s.Start, r.End) || c.lasts(r.Start, s.Start))
	}
	if !day || !clock {
		c.fail(x, Type, "the request does not say %q; it says %s", clip(words), strings.Join(said[:min(len(said), 4)], ", "))
	}
}

// timesIn holds the times in an argument of a call against the request.
func (c *checker) timesIn(full string, v syntax.Expr) {
	timed := c.timed
	if !c.change {
		timed = c.looked
	}
	syntax.Walk(v, func(n syntax.Node) bool {
		switch n := n.(type) {
		case *syntax.Ident:
			if words, ok := c.whens[n.Name]; ok && c.filled[n.Name] == 1 {
				timed(n, full, words)
			}
		case *syntax.CallExpr:
			if words, ok := whenWords(n); ok {
				timed(n, full, words)
			}
		}
		return true
	})
}

// untold reports whether a plan that was told that the request names no time, and looks for
// words, looks at one all the same, with an argument that can be left out.
func (c *checker) untold(p Param, v syntax.Expr) bool {
	if !c.check.Lenient || c.change || p.Required || p.Type != "date" && p.Type != "datetime" ||
		!c.check.English || c.check.Revealed || c.check.Now.IsZero() || len(c.spans()) > 0 {
		return false
	}
	v = unparen(v)
	if dot, ok := v.(*syntax.DotExpr); ok {
		v = dot.X
	}
	words, ok := c.timeWords(v)
	s, err := when.Read(words, c.now())
	return ok && err == nil && (s.Start.After(c.now()) || !s.End.After(c.now()))
}

// noTime reports whether a plan that looks for something names what is no time for one that can
// be left out, when("Kastanienallee").start, and the request names none either.
func (c *checker) noTime(p Param, v syntax.Expr) bool {
	dot, ok := unparen(v).(*syntax.DotExpr)
	if !ok || c.change || p.Required || p.Type != "date" && p.Type != "datetime" || c.check.Now.IsZero() || len(c.spans()) > 0 {
		return false
	}
	words, ok := whenWords(dot.X)
	_, err := when.Read(words, c.now())
	return ok && err != nil
}

// looked sends a plan back, once, that looks at a time which the request does not name.
// Today and what is about it is known without being named.
func (c *checker) looked(x syntax.Node, full, words string) {
	if !c.check.English || c.check.Revealed || c.check.Lenient || c.check.Now.IsZero() {
		return
	}
	s, err := when.Read(words, c.now())
	if err != nil || !s.Start.After(c.now()) && s.End.After(c.now()) {
		return
	}
	var said []string
	for _, r := range c.spans() {
		if s.Start.Before(r.End) && r.Start.Before(s.End) || s.Start.Equal(r.Start) {
			return
		}
		said = append(said, fmt.Sprintf("when(%q)", r.Text))
	}
	if len(said) == 0 {
		c.fail(x, Type, "the request names no time: call %s without %q, and with words to look for", full, clip(words))
	}
	c.fail(x, Type, "the request does not say %q; it says %s", clip(words), strings.Join(said[:min(len(said), 4)], ", "))
}

// dated refuses a date that nobody named. What a value holds is no literal. Today is
// known without being named, but nothing is changed for it unasked.
func (c *checker) dated(x *syntax.Literal) {
	text, ok := x.Value.(string)
	text = strings.TrimSpace(text)
	if !ok || x.Token != syntax.STRING || !isoDate().MatchString(text) {
		return
	}
	day, err := time.ParseInLocation(time.DateOnly, text[:10], c.now().Location())
	if err != nil {
		c.fail(x, Type, "there is no day %s: write when(\"…\") with the words of the request", text[:10])
	}
	if c.check.Now.IsZero() || strings.Contains(c.check.Words, text[:10]) {
		return
	}
	if !c.change && day.Format(time.DateOnly) == c.check.Now.Format(time.DateOnly) {
		return
	}
	var named []string
	for _, s := range c.spans() {
		last := s.End.Add(-time.Second).Format(time.DateOnly)
		if c.ending { // an end may also be the first moment after
			last = s.End.Format(time.DateOnly)
		}
		first := s.Start.Format(time.DateOnly)
		if d := text[:10]; first <= d && d <= last {
			return
		}
		named = append(named, s.Text+" = "+s.Hint())
	}
	if len(named) == 0 {
		c.fail(x, Type, "the request names no date %s: leave it out, or write when(\"…\") with the request's own words for a time", text[:10])
	}
	first, _, _ := strings.Cut(named[0], " = ")
	c.fail(x, Type, "the request names no date %s; it says %s: write when(%q).start or .end", text[:10], strings.Join(named[:min(len(named), 4)], ", "), first)
}
