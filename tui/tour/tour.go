// Package tour is `secgpt demo`: the case studies of the IsolateGPT paper (Wu, Roesner,
// Kohno, Zhang, Iqbal: NDSS 2025), and the three ways in which ACE (Li et al.: NDSS
// 2026) broke it, told step by step. Each step is a real turn: the real hub, mediator
// and rooms, on a profile that is made for the case and thrown away.
//
// A case carries its own plans, as phrases of its profile, so that it needs no model
// and always goes the same way. Where an attack needs a planner that was fooled, the
// phrase's plan is what a fooled planner would write, and the text says so. With a
// model there are more steps, whose plans the model makes.
//
// cases.go and ace.go are what is told; read them first. play.go runs a step, guide.go
// is the tour in the chat, transcript.go the one without a terminal.
package tour

import (
	"slices"

	"secgpt/hub"
	"secgpt/hub/intent"
	"secgpt/hub/profile"
	"secgpt/mediator"
)

// A Case is one story.
type Case struct {
	Name     string
	Title    string // one line, for --list
	From     string // who told it first
	Trap     string // what is wrong, a paragraph
	Original string // what the original did
	Programs []string
	Trapped  bool // the mail and the note of the case of stealing are there
	Phrases  []intent.Raw
	Steps    []Step
}

// A Step is one request of a case.
type Step struct {
	Ask   string // what the person types
	Model bool   // a model makes the plan; left out where there is none
	Reads bool   // the plan is carried, and asks a model; left out where there is none
	Says  Script // what the transcript's person answers; in the chat, the person does
	Right func(hub.Result) bool
	After string // what happened here, told after the turn
}

// A Script is the person of a transcript. The zero Script says no to every question.
type Script struct {
	Once     bool
	Withhold []string // arguments left out, where the question offers it
}

// answer is what the person of a transcript says, and the words for it.
func (s Script) answer(q mediator.Question) (mediator.Answer, string) {
	a := mediator.Answer{By: "person", Digest: q.Digest}
	if !s.Once {
		return a, "no"
	}
	words := "once"
	for _, shown := range q.Args {
		if shown.Withholdable && slices.Contains(s.Withhold, shown.Name) {
			a.Withhold = append(a.Withhold, shown.Name)
			words += ", without " + shown.Name
		}
	}
	a.Scope = mediator.Once
	return a, words
}

// A Stage opens a hub on a fresh profile that holds what a case needs, with its phrases
// or without. Whoever opened it closes it.
type Stage func(c Case, phrases bool) (*hub.Hub, profile.Profile, error)

// Cases are all cases, in the order in which they are told.
func Cases() []Case { return append(papers(), aces()...) }

// Names are the names of all cases.
func Names() []string {
	var names []string
	for _, c := range Cases() {
		names = append(names, c.Name)
	}
	return names
}

// Named returns the case of a name, or all for "". It is empty if there is none.
func Named(name string) []Case {
	return slices.DeleteFunc(Cases(), func(c Case) bool { return name != "" && c.Name != name })
}
