package plan

import (
	"regexp"
	"strconv"
	"strings"
	"sync"

	"go.starlark.net/syntax"
)

// What the person has to say. A small model that is not told to whom a mail goes writes
// to = recipient, or makes an address up.

// things are what people call what a parameter takes.
var things = map[string]string{
	"to": "recipient", "cc": "recipient", "bcc": "recipient", "id": "one", "body": "text", "content": "text",
	"start": "time", "time": "time", "end": "end", "title": "title", "name": "name", "text": "text", "path": "path", "query": "words to look for", "q": "words to look for",
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
	address = sync.OnceValue(func() *regexp.Regexp { return regexp.MustCompile(`[^\s<>,;:"]+@[^\s<>,;:"]+\.[^\s<>,;:".]+`) })
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
	syntax.Walk(v, func(n syntax.Node) bool {
		lit, ok := n.(*syntax.Literal)
		if !ok {
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
		if f := filler().FindString(strings.ToLower(text)); f != "" && !strings.Contains(said, strings.ToLower(strings.TrimSpace(text))) {
			c.missing(lit, full, p, "%s of %s is not written out: take it from the request, or write need(\"…\") to ask the person", p.Name, full)
		}
		return true
	})
}

// madeUp sends a plan back that has a model read nothing but texts of its own, where the
// request holds none of them; once, if it changes nothing.
func (c *checker) madeUp(t *target) {
	if c.check.Now.IsZero() || c.check.Revealed || c.check.Lenient && !c.changes || len(t.values) == 0 {
		return
	}
	said := strings.ToLower(c.check.Words)
	for _, v := range t.values {
		text, ok := constText(v)
		if !ok || strings.Contains(said, strings.ToLower(strings.TrimSpace(text))) {
			return
		}
	}
	c.fail(t.values[0], Name, "ask reads what a tool found, and this is a text of the plan: find it first with a tool that is listed")
}
