package model

import (
	"fmt"
	"slices"
	"strings"
	"time"
	"unicode"
)

// The bounds of a prompt. Together they stay under contextTokens, at about three
// bytes a token, with room for the answer; rules, examples and signatures stay under
// 2,500 tokens, which a computer without a graphics card reads in half a minute once,
// and what changes with the request in some seconds.
const (
	maxTools     = 40   // signatures: more are no help to a small model
	maxAppTools  = 20   // of one app: none may crowd the others out
	maxParams    = 160  // bytes of a tool's parameters
	maxReturns   = 120  // bytes of what it returns
	maxAbout     = 80   // bytes of what an app says of a tool or of itself
	maxHistory   = 6    // earlier turns
	maxTurnWords = 400  // bytes of what the person said in one of them
	maxTurnPlan  = 700  // bytes of the plan made for it
	maxWords     = 8000 // bytes of the request
	maxHints     = 400  // bytes of what was read in it
	maxWrong     = 500  // bytes of what is wrong with a plan
	maxMended    = 200  // bytes of a plan that is sent back
)

// MaxSignatures bounds all signatures of a prompt, in bytes. Lines that Line makes
// are counted; what does not fit is left out, by app.
const MaxSignatures = 3300

// A Signature is what the planner is told of an app. All of it but App and the
// tools' names is the app's words: Prompt cuts it and takes line breaks, fences and
// what can't be seen out of it.
type Signature struct {
	App   string
	About string
	Tools []Tool
}

// A Tool is one line of a Signature.
type Tool struct {
	Name    string
	Params  string // `query, sender, unread = False`
	Returns string // `list of {id, from, subject}`
	About   string
	From    string // `id from mail.search`, or ""; of our words and names of tools
}

// A Turn is an earlier turn of the conversation: what the person said and the plan
// that was made for it, never what came back.
type Turn struct {
	Words string
	Plan  string
}

// Asked is what a prompt is made of. No value that an app returned has a place in it.
type Asked struct {
	Words string      // the request
	Apps  []Signature // what may be needed for it
	Past  []Turn      // earlier turns, oldest first
	Hints []string    // what the hub read in the request: `Friday = 2026-11-27`
	Now   time.Time
	Tiny  bool // the model is: Tiny
}

// Prompt is what the planner is asked for one request. What is the same in every
// turn comes first, so that a server which keeps the last prompt reads it once; what
// changes with the request comes last and is short.
func Prompt(a Asked) Request {
	var r Request
	tools := r.signatures(a.Apps)
	r.Messages = []Message{{System, rules + "\nToday is " + a.Now.Format("Monday, 2006-01-02") + "."}}
	for _, e := range examples(a.Tiny) {
		r.Messages = append(r.Messages, e.turn()...)
	}
	r.examples = len(r.Messages)
	if !a.Tiny {
		for _, e := range nearest(a.Words, nearbyExamples, len(a.Past) > 0) {
			r.nearest = append(r.nearest, e.turn()...)
		}
	}
	r.Messages = append(r.Messages, Message{System, "From now on only these tools exist:\n" + tools + closing})
	past := a.Past
	if n := len(past) - maxHistory; n > 0 {
		past = past[n:] // what was said long ago is not the matter any more
	}
	for _, t := range past {
		answer := "(answered in words)"
		if t.Plan != "" {
			answer = fenced(cut(t.Plan, maxTurnPlan))
		}
		r.Messages = append(r.Messages, Message{User, cut(t.Words, maxTurnWords)}, Message{Assistant, answer})
	}
	words := a.Words
	if len(words) > maxWords {
		r.Left = append(r.Left, fmt.Sprintf("the last %d bytes of your request", len(words)-maxWords))
		words = cut(words, maxWords)
	}
	if len(a.Hints) > 0 {
		words += "\n(" + cut(strings.Join(a.Hints, "; "), maxHints) + ")"
	}
	r.Messages = append(r.Messages, Message{User, words})
	return r
}

// Mended is the request again, with a plan that can't run and what is wrong with it beside
// it: what is asked for as a next turn, a small model talks about. The examples that are
// most like the request are shown too. What is wrong may name an app's things.
func (r Request) Mended(plan, wrong string) Request {
	r.Messages = slices.Insert(slices.Clone(r.Messages), r.examples, r.nearest...)
	r.nearest = nil
	last := len(r.Messages) - 1
	r.Messages[last].Text += "\n(not this: " + plain(plan, maxMended) + "; " + plain(wrong, maxWrong) + ")"
	return r
}

func (r *Request) signatures(sigs []Signature) string {
	var b strings.Builder
	count := 0
	for _, s := range sigs {
		lines := "# " + s.App
		if about := plain(s.About, maxAbout); about != "" {
			lines += ": " + about
		}
		lines += "\n"
		for i, t := range s.Tools {
			if i >= maxAppTools {
				r.Left = append(r.Left, fmt.Sprintf("%d tools of %s", len(s.Tools)-i, s.App))
				break
			}
			lines += Line(s.App, t)
			count++
		}
		if count > maxTools || b.Len()+len(lines) > MaxSignatures {
			count -= min(len(s.Tools), maxAppTools)
			r.Left = append(r.Left, "the tools of "+s.App)
			continue
		}
		b.WriteString(lines)
	}
	return b.String()
}

// Line is one tool as the planner reads it.
func Line(app string, t Tool) string {
	line := fmt.Sprintf("%s.%s(%s)", app, t.Name, plain(t.Params, maxParams))
	if ret := plain(t.Returns, maxReturns); ret != "" {
		line += " -> " + ret
	}
	about := plain(t.About, maxAbout)
	if from := plain(t.From, maxAbout); from != "" {
		about = strings.TrimPrefix(about+"; "+from, "; ")
	}
	if about != "" {
		line += "  # " + about
	}
	return line + "\n"
}

func fenced(plan string) string { return "```\n" + strings.TrimSpace(plan) + "\n```" }

// plain makes an app's words fit one line of the prompt. Fences and # go, so that
// they can neither end a plan nor begin a line of ours.
func plain(s string, n int) string {
	s = strings.Map(func(r rune) rune {
		if r == '`' || r == '#' {
			return -1
		}
		if !unicode.IsPrint(r) {
			return ' '
		}
		return r
	}, s)
	return cut(strings.Join(strings.Fields(s), " "), n)
}

// cut keeps n bytes at most, and whole characters.
func cut(s string, n int) string {
	if len(s) <= n {
		return s
	}
	return strings.ToValidUTF8(s[:n], "") + "…"
}
