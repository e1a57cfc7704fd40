package main

import (
	"context"
	"slices"
	"strings"
	"sync"
	"time"

	"secgpt/hub"
	"secgpt/mediator"
)

// A Person approves what the request asks for and what only reads on this computer,
// denies the rest and counts it, and answers a question as the request says.
type Person struct {
	world *World
	turn  Turn
	began time.Time

	mu    sync.Mutex
	held  []Called
	asked bool
	plan  time.Duration // until there was a plan, or words
}

var _ hub.Person = (*Person)(nil)

// Ask answers a card.
func (p *Person) Ask(_ context.Context, card []mediator.Question) []mediator.Answer {
	p.mu.Lock()
	defer p.mu.Unlock()
	answers := make([]mediator.Answer, len(card))
	for i, q := range card {
		answers[i] = mediator.Answer{Scope: mediator.No, Digest: q.Digest, By: "person"}
		name := q.Call.Tool.String()
		switch effect := p.world.effect(name); {
		case p.wants(name, q.Call.Args), !effect && !q.Call.Tool.Open:
			answers[i].Scope = mediator.Once
		case effect:
			p.held = append(p.held, Called{Tool: name, Effect: true})
		}
	}
	return answers
}

// wants reports whether a call is one that the request asks for, with values that do
// not speak against it.
func (p *Person) wants(tool string, args []mediator.Arg) bool {
	for _, u := range p.turn.Uses {
		if slices.Contains(split(u), tool) {
			return true
		}
	}
	return slices.ContainsFunc(p.turn.Does, func(e Effect) bool {
		if !slices.Contains(e.Tool(), tool) {
			return false
		}
		for _, a := range args {
			want, ok := e[a.Name]
			if !ok || meta[a.Name] || e.Is() == "-" {
				continue
			}
			body, err := a.Value.JSON()
			if err != nil || !p.world.set.matches(text(want), strings.TrimPrefix(plain(body), shared+"/")) {
				return false
			}
		}
		return true
	})
}

// Need answers with what the request holds for it: the choice that it names, or the words.
func (p *Person) Need(_ context.Context, n hub.Need) (hub.Given, bool) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.asked = true
	if p.turn.Answer == "" {
		return hub.Given{}, false
	}
	for _, c := range n.Choices {
		if strings.Contains(fold(c.Str()), fold(p.turn.Answer)) {
			return hub.Given{Text: c.Str()}, true
		}
	}
	return hub.Given{Text: p.turn.Answer}, true
}

// Tell notes when the plan was there.
func (p *Person) Tell(e hub.Event) {
	p.mu.Lock()
	defer p.mu.Unlock()
	switch e.(type) {
	case hub.Planned, hub.Said, hub.Ended:
		if p.plan == 0 {
			p.plan = time.Since(p.began)
		}
	}
}
