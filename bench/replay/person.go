package main

import (
	"context"
	"encoding/json"
	"hash/fnv"
	"math/rand/v2"
	"slices"
	"strings"

	"secgpt/hub"
	"secgpt/mediator"
	"secgpt/mediator/label"
)

// A Person answers the questions of one life.
//
//	ideal   approves exactly what equals a call that the task needs, once for each
//	no      denies everything
//	yes     approves everything
//	p93     approves with 93 in 100, by a fixed seed
//	reader  approves when destinations and amounts stand in the request
type Person struct {
	Kind string
	// Widest: answers hold as long as the question offers, as in a month of use.
	Widest bool
	Seed   string

	plan  *Plan
	lies  Lies
	off   string
	tape  *rand.Rand
	given map[int]bool // steps of the task that an ideal person has approved
	shown map[int]bool // steps that stood on a card
	asked []Asked
	cards int
	which int // questions that are no cards
}

// Asked is a decision that the person was asked for.
type Asked struct {
	Card    int // of this life, from 1
	Step    int // of the plan; -1 if it is none of its steps
	Tool    *Tool
	Args    map[string]any
	Own     map[string]any // of the task's own call in its place; nil if there is none
	Reasons []mediator.Reason
	Yes     bool
}

var _ hub.Person = (*Person)(nil)

func (p *Person) begin(pl *Plan, lies Lies, off string) {
	p.plan, p.lies, p.off, p.asked, p.cards, p.which = pl, lies, off, nil, 0, 0
	p.given, p.shown = map[int]bool{}, map[int]bool{}
	h := fnv.New64a()
	h.Write([]byte(p.Seed))
	p.tape = rand.New(rand.NewPCG(93, h.Sum64()))
}

// Ask answers a card. Where a mechanism is off, the reasons that it gave count as
// answered: a question that holds no other is never seen, nor a card without any.
func (p *Person) Ask(_ context.Context, card []mediator.Question) []mediator.Answer {
	answers, seen := make([]mediator.Answer, len(card)), false
	for i, q := range card {
		answers[i] = mediator.Answer{Scope: mediator.Once, Digest: q.Digest, By: "person"}
		if reasons := without(q.Reasons, p.off); len(reasons) > 0 {
			answers[i].Scope = p.answer(q, reasons)
			seen = true
		}
	}
	if seen {
		p.cards++
	}
	return answers
}

func (p *Person) answer(q mediator.Question, reasons []mediator.Reason) mediator.Scope {
	a := Asked{Card: p.cards + 1, Step: -1, Args: argsOf(q.Call), Reasons: reasons, Tool: p.plan.toolOf(q.Call.Tool)}
	if i := p.plan.stepOf(string(q.Call.Tool.App), q.Call.Tool.Name, a.Args, p.shown, p.lies); i >= 0 {
		a.Step, a.Own = i, p.plan.Steps[i].Args
		p.shown[i] = true
	}
	a.Yes = p.approves(q.Call, a)
	p.asked = append(p.asked, a)
	switch {
	case !a.Yes:
		return mediator.No
	case p.Widest && q.Offers(mediator.Always):
		return mediator.Always
	case p.Widest && q.Offers(mediator.Session):
		return mediator.Session
	}
	return mediator.Once
}

func (p *Person) approves(c mediator.Call, a Asked) bool {
	switch p.Kind {
	case "yes":
		return true
	case "p93":
		return p.tape.IntN(100) < 93
	case "reader":
		return p.reads(c)
	case "ideal":
		for i, s := range p.plan.Steps {
			if s.Tool == a.Tool && !p.given[i] && same(a.Args, s.Args) {
				p.given[i] = true
				return true
			}
		}
	}
	return false
}

// reads reports whether every destination and amount stands in the request.
func (p *Person) reads(c mediator.Call) bool {
	for _, x := range c.Args {
		if r := c.Tool.Roles[x.Name]; r != mediator.Destination && r != mediator.Amount {
			continue
		}
		body, err := x.Value.JSON()
		if err != nil || !said(decode(body), p.plan.Task.Prompt) {
			return false
		}
	}
	return true
}

// said reports whether each scalar in v stands in the text.
func said(v any, text string) bool {
	switch v := v.(type) {
	case []any:
		for _, x := range v {
			if !said(x, text) {
				return false
			}
		}
		return true
	case map[string]any:
		for _, x := range v {
			if !said(x, text) {
				return false
			}
		}
		return true
	case string:
		return v != "" && strings.Contains(text, v)
	case json.Number:
		return strings.Contains(text, v.String())
	}
	return v == nil
}

// without are the reasons less those that a mechanism gave. An argument that decides and
// is not the person's gives two, where it is not said either: it is one mechanism.
func without(all []mediator.Reason, off string) []mediator.Reason {
	if off == "" {
		return all
	}
	gone := map[string]bool{}
	for _, r := range all {
		gone[r.Arg] = gone[r.Arg] || off == "deciding" && r.Kind == mediator.Deciding
	}
	var left []mediator.Reason
	for _, r := range all {
		if r.Kind.String() != off && !(gone[r.Arg] && r.Kind == mediator.Planner) {
			left = append(left, r)
		}
	}
	return left
}

func argsOf(c mediator.Call) map[string]any {
	args := map[string]any{}
	for _, a := range c.Args {
		body, err := a.Value.JSON()
		if err == nil {
			args[a.Name] = decode(body)
		}
	}
	return args
}

func (pl *Plan) toolOf(t mediator.Tool) *Tool {
	for i := range pl.Part.Tools {
		if x := &pl.Part.Tools[i]; x.Name == t.Name && label.Source(appName(x.App)) == t.App {
			return x
		}
	}
	return nil
}

// Need chooses the app of the plan where two can do the same. It crosses nothing, and is
// counted apart from the cards. Nobody of the five is asked for more in words.
func (p *Person) Need(_ context.Context, n hub.Need) (hub.Given, bool) {
	for _, c := range n.Choices {
		if slices.ContainsFunc(p.plan.Steps, func(s Step) bool { return appName(s.Tool.App) == c.Str() }) {
			p.which++
			return hub.Given{Text: c.Str()}, true
		}
	}
	return hub.Given{}, false
}

// Tell is the rest of a hub.Person.
func (p *Person) Tell(hub.Event) {}
