package pipe

import (
	"fmt"
	"strings"
	"time"

	"secgpt/hub"
	"secgpt/mediator/label"
	"secgpt/tui/render"
	"secgpt/tui/safe"
)

// Kept is a turn of an earlier conversation in lines for a person, what apps and models
// wrote made safe.
func Kept(k hub.Kept, o Options) string {
	l := o.layout(0)
	var b strings.Builder
	fmt.Fprintf(&b, "%d  %s  %s\n", k.N, k.Began.Local().Format("2006-01-02 15:04"), askedFor(k))
	switch text := answer(k.Result, l, render.Plain, safe.Text); {
	case !k.Ended:
		b.WriteString("It did not come to its end.\n")
	case text != "":
		b.WriteString(strings.TrimRight(text, "\n") + "\n")
	}
	if from := sources(k.Result); from != "" {
		b.WriteString("From " + safe.Line(from) + ".\n")
	}
	for _, f := range k.Result.Errors {
		b.WriteString("Failed: " + render.Failure(f) + "\n")
	}
	for _, left := range k.Left {
		b.WriteString("Too large to be kept: " + safe.Line(left) + "\n")
	}
	if o.Verbose || len(k.Words) == 0 {
		if plan := strings.TrimSpace(k.Result.Plan); plan != "" {
			b.WriteString("The plan, by " + safe.Line(k.Result.By) + ":\n        " + strings.ReplaceAll(safe.Text(plan), "\n", "\n        ") + "\n")
		}
	}
	if o.Verbose {
		for _, a := range k.Asks {
			for _, line := range render.Transcript(a, l) {
				b.WriteString(render.PlainLine(line) + "\n")
			}
		}
	}
	if fold := render.Fold(k.Result); fold != "" {
		b.WriteString(fold + "\n")
	}
	return b.String()
}

// sources are those of an answer.
func sources(r hub.Result) string {
	from := label.Person()
	for _, b := range r.Blocks {
		from = from.Join(b.Value.All())
	}
	return from.String()
}

// askedFor is what was asked, on one line.
func askedFor(k hub.Kept) string {
	if len(k.Words) == 0 {
		return "(a plan)"
	}
	var b strings.Builder
	for _, w := range k.Words {
		if w.Label.Empty() {
			b.WriteString(w.Text)
		} else {
			fmt.Fprintf(&b, "(%s, %d bytes)", w.Label, len(w.Text))
		}
	}
	return safe.Line(strings.Join(strings.Fields(b.String()), " "))
}

// exported is a turn for programs: what --output json prints, and beside it
//
//	"turn": 3, "began": "2026-11-23T14:02:03Z", "ended": true,
//	"request": [{"text": "…", "sources": []}], "left": ["part 1 of the answer (…)"],
//	"asks": [{"n": 2, "app": "mail", "steps": [{"who": "model", "text": "…", "sources": ["mail"]}]}]
type exported struct {
	Turn    int       `json:"turn"`
	Began   time.Time `json:"began"`
	Ended   bool      `json:"ended"`
	Request []block   `json:"request"`
	document
	Asks []exportedAsk `json:"asks"`
	Left []string      `json:"left"`
}

type exportedAsk struct {
	N     int            `json:"n"`
	App   string         `json:"app"`
	Steps []exportedStep `json:"steps"`
}

type exportedStep struct {
	Who string `json:"who"`
	block
}

// Exported is a turn of an earlier conversation as one line of JSON.
func Exported(k hub.Kept, o Options) string {
	e := exported{Turn: k.N, Began: k.Began, Ended: k.Ended, Request: []block{}, document: result(k.Result, o.layout(0)),
		Asks: []exportedAsk{}, Left: []string{}}
	for _, w := range k.Words {
		e.Request = append(e.Request, block{w.Text, names(w.Label)})
	}
	for _, a := range k.Asks {
		x := exportedAsk{a.N, a.App, []exportedStep{}}
		for _, s := range a.Steps {
			x.Steps = append(x.Steps, exportedStep{s.Who, block{s.Text.Str(), names(s.Text.All())}})
		}
		e.Asks = append(e.Asks, x)
	}
	e.Left = append(e.Left, k.Left...)
	return encode(e)
}

// Encode writes a document of a command as one line of JSON that no terminal obeys.
func Encode(doc any) string { return encode(doc) }
