package plan

import (
	"context"
	"encoding/json"
	"errors"
	"flag"
	"fmt"
	"os"
	"strings"
	"testing"

	"pgregory.net/rapid"

	"secgpt/mediator"
	"secgpt/mediator/label"
)

// TestMain asks for more runs than rapid's hundred, since a lost label hides in few
// plans, and for no more than some seconds of them. To look long:
//
//	go test ./hub/plan -run 'IsLost' -rapid.checks=20000
func TestMain(m *testing.M) {
	flag.Parse()
	given := false
	flag.Visit(func(f *flag.Flag) { given = given || f.Name == "rapid.checks" })
	if !given {
		_ = flag.Set("rapid.checks", "600")
	}
	os.Exit(m.Run())
}

// The property: a plan is run twice, on two contents of the app mail. Whatever is
// in both runs and differs, and whatever one run alone has, carries the label mail.
// If it does not, somebody who reads what a plan does, and its labels, learns what
// was in the mail without being told that it came from there.
func TestNoLabelIsLost(t *testing.T) { checkLabels(t, false) }

// The same with calls that fail and changes that are denied, both as the content says.
func TestNoLabelIsLostWhenCallsFail(t *testing.T) { checkLabels(t, true) }

// content is what is in the app whose label must not get lost.
type content struct {
	Messages []message
	Count    int
	Unread   bool
	Sizes    []int
	Body     message
	Fail     [4]bool
	Deny     [4]bool
}

type message struct {
	ID      string   `json:"id"`
	N       int      `json:"n"`
	Subject string   `json:"subject"`
	OK      bool     `json:"ok"`
	Tags    []string `json:"tags"`
}

func drawContent(t *rapid.T) content {
	text := func() string { return rapid.SampledFrom([]string{"a", "b", "x y", "", "1", "cd"}).Draw(t, "") }
	n := func() int { return rapid.IntRange(0, 3).Draw(t, "") }
	msg := func() message {
		m := message{text(), n(), text(), rapid.Bool().Draw(t, ""), []string{}}
		for range n() {
			m.Tags = append(m.Tags, text())
		}
		return m
	}
	c := content{Count: n(), Unread: rapid.Bool().Draw(t, ""), Body: msg(), Sizes: []int{}}
	for range n() {
		c.Messages = append(c.Messages, msg())
	}
	for range n() {
		c.Sizes = append(c.Sizes, n())
	}
	for i := range c.Fail {
		c.Fail[i], c.Deny[i] = rapid.IntRange(0, 2).Draw(t, "") == 0, rapid.IntRange(0, 2).Draw(t, "") == 0
	}
	return c
}

// vary changes some of a content, so that two runs go the same way for a while.
func vary(t *rapid.T, c content) content {
	d := drawContent(t)
	for i, f := range []func(){
		func() { c.Messages = d.Messages }, func() { c.Count = d.Count }, func() { c.Unread = d.Unread },
		func() { c.Sizes = d.Sizes }, func() { c.Body = d.Body }, func() { c.Fail = d.Fail }, func() { c.Deny = d.Deny },
	} {
		if rapid.IntRange(0, 1).Draw(t, fmt.Sprint("vary", i)) == 0 {
			f()
		}
	}
	return c
}

var genTools = appTools{
	"mail.search":     {Effect: mediator.Read, Params: []Param{{"query", "", false}, {"limit", "", false}}},
	"mail.read":       {Effect: mediator.Read, Params: []Param{{"id", "string", true}}},
	"mail.subject":    {Effect: mediator.Read, Params: []Param{{"id", "string", true}}},
	"mail.count":      {Effect: mediator.Read},
	"mail.unread":     {Effect: mediator.Read},
	"mail.sizes":      {Effect: mediator.Read},
	"mail.flaky":      {Effect: mediator.Read, Params: []Param{{"query", "", true}}},
	"mail.mark":       {Effect: mediator.Write, Params: []Param{{"id", "", true}}},
	"notes.search":    {Effect: mediator.Read, Params: []Param{{"query", "", true}}},
	"notes.title":     {Effect: mediator.Read, Params: []Param{{"query", "", true}}},
	"notes.add":       {Effect: mediator.Write, Params: []Param{{"text", "string", true}, {"title", "", true}}},
	"calendar.count":  {Effect: mediator.Read, Params: []Param{{"n", "", true}}},
	"calendar.create": {Effect: mediator.Send, Params: []Param{{"title", "string", true}, {"n", "", true}, {"tags", "array", true}}},
}

// answer is what the apps say: mail from its content, the others from the arguments
// alone.
func (c content) answer(failing bool) func(Call) (any, error) {
	return func(call Call) (any, error) {
		text := ""
		for _, a := range call.Args {
			b, _ := a.Value.JSON()
			text += string(b)
		}
		var v any
		switch call.App + "." + call.Tool {
		case "mail.search":
			v = append([]message{}, c.Messages...)
		case "mail.read":
			v = c.Body
		case "mail.subject":
			v = c.Body.Subject
		case "mail.count":
			v = c.Count
		case "mail.unread":
			v = c.Unread
		case "mail.sizes":
			v = c.Sizes
		case "mail.flaky":
			if failing && c.Fail[len(text)%4] {
				return nil, errors.New("the app died")
			}
			v = c.Body.ID
		case "mail.mark":
			if failing && c.Deny[len(text)%4] {
				return nil, &DeniedError{App: "mail", Tool: "mark"}
			}
			v = c.Unread
		case "notes.search":
			v = []string{text[:min(len(text), 3)], "k"}
		case "notes.title":
			v = text[len(text)/2:]
		case "calendar.count":
			v = len(text) % 4
		}
		b, err := json.Marshal(v)
		return string(b), err
	}
}

const secret = label.Source("mail")

// low is what somebody sees of a value who must not see mail.
func low(v label.Value) string {
	if v.Own().Has(secret) {
		return "⊤"
	}
	var parts []string
	switch v.Kind() {
	case label.List:
		for _, x := range v.Items() {
			parts = append(parts, low(x))
		}
		return "[" + strings.Join(parts, ", ") + "]"
	case label.Object:
		for _, f := range v.Fields() {
			parts = append(parts, f.Name+": "+low(f.Value))
		}
		return "{" + strings.Join(parts, ", ") + "}"
	}
	if failed(v) {
		return "(failed)"
	}
	b, _ := v.JSON()
	return string(b)
}

// view is what that person sees of a run: each event that is there for no reason of
// mail, with its arguments as far as they are not mail's. Where calls fail, a call
// with an argument of mail's may be missing, so then those are left out too.
func view(h *fake, failing bool) []string {
	var lines []string
	for _, e := range h.events {
		parts, hidden, all := []string{}, false, len(e.args) > 0
		if strings.HasPrefix(e.what, "need") {
			// How many choices there are is seen by the person alone, whose answer is their
			// own: a list without any has nothing to carry a label.
			e.args = nil
		}
		for _, a := range e.args {
			parts = append(parts, a.Name+"="+low(a.Value))
			hidden = hidden || a.Value.All().Has(secret)
			all = all && a.Value.Own().Has(secret)
		}
		show := !e.control.Has(secret)
		if e.what == "reply" || strings.HasPrefix(e.what, "reveal") { // these have no control of their own
			show = !all
		}
		if failing && hidden {
			show = false
		}
		if show {
			lines = append(lines, e.what+"("+strings.Join(parts, ", ")+")")
		}
	}
	return lines
}

func prefix(a, b []string) bool {
	return len(a) <= len(b) && strings.Join(a, "\n") == strings.Join(b[:len(a)], "\n")
}

// variables is what that person sees of the variables, those without a value included.
func variables(vs *Vars) map[string]string {
	seen := map[string]string{}
	for n, s := range vs.slots {
		switch {
		case s.taint.Has(secret):
			seen[n] = "⊤"
		case s.set:
			seen[n] = low(s.read().With(s.taint))
		}
	}
	return seen
}

func planError(err error) *Error {
	var e *Error
	errors.As(err, &e)
	return e
}

func checkLabels(t *testing.T, failing bool) {
	rapid.Check(t, func(t *rapid.T) {
		one := drawContent(t)
		two := vary(t, one)
		h1, h2 := newWorld(one, failing), newWorld(two, failing)
		var vars1, vars2 *Vars
		for turn := range 3 {
			g := &generator{t: t, locals: map[genKind][]string{}, flaky: failing}
			if turn != 1 { // a new session, on the apps as they are
				vars1, vars2 = &Vars{}, &Vars{}
				g.prelude()
			}
			g.stmts(8)
			src := strings.Join(g.lines, "\n")
			p, err := Parse("", src, genTools, vars1.Names()...)
			if unfit(err) {
				t.Skip("a key with pop in it, or a list for a text")
			}
			if err != nil {
				t.Fatalf("%s\n\n%s", err, src)
			}
			h1.fake.events, h2.fake.events = nil, nil
			e1 := planError(p.Run(context.Background(), h1, vars1))
			e2 := planError(p.Run(context.Background(), h2, vars2))
			if !agree(t, src, &h1.fake, &h2.fake, e1, e2, failing) {
				return // one ended for a reason of mail: nothing after it can be compared
			}
			v1, v2 := variables(vars1), variables(vars2)
			for n := range vars1.slots {
				if v1[n] != v2[n] {
					t.Fatalf("the variable %s is %s and %s\n\n%s", n, v1[n], v2[n], src)
				}
			}
		}
	})
}

// agree compares two runs, and reports whether both got to the same end.
func agree(t *rapid.T, src string, h1, h2 *fake, e1, e2 *Error, failing bool) bool {
	for _, h := range []*fake{h1, h2} {
		for _, e := range h.events {
			for _, a := range e.args {
				if !strings.HasPrefix(e.what, "ask") && !a.Value.Own().Covers(e.control) {
					t.Fatalf("%s lacks its control label\n\n%s", e.show(), src)
				}
			}
		}
	}
	v1, v2 := view(h1, failing), view(h2, failing)
	secret1, secret2 := e1 != nil && e1.Label.Has(secret), e2 != nil && e2.Label.Has(secret)
	ok := false
	switch {
	case secret1 && secret2:
		ok = prefix(v1, v2) || prefix(v2, v1)
	case secret1:
		ok = prefix(v1, v2)
	case secret2:
		ok = prefix(v2, v1)
	default:
		ok = prefix(v1, v2) && prefix(v2, v1) && (e1 == nil) == (e2 == nil) && (e1 == nil || e1.Error() == e2.Error())
	}
	if !ok {
		t.Fatalf("two runs look different\n\n%s\n\n1 (%v)\n%s\n\n2 (%v)\n%s\n\nall of 1\n%s\nall of 2\n%s",
			src, e1, strings.Join(v1, "\n"), e2, strings.Join(v2, "\n"), h1.lines(), h2.lines())
	}
	return !secret1 && !secret2 && e1 == nil
}
