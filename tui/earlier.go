package tui

import (
	"fmt"
	"strings"

	"secgpt/hub"
	"secgpt/mediator/label"
	"secgpt/tui/render"
	"secgpt/tui/safe"
)

// A rememberer knows what was before, of a conversation that goes on.
type rememberer interface{ Earlier() hub.Earlier }

// earlier puts the last turns of a conversation that goes on into the transcript.
func (m *model) earlier(e hub.Earlier) {
	if e.Session == "" {
		return
	}
	head := fmt.Sprintf("This goes on with session %s, of %d requests.", e.Session, e.Before+len(e.Turns))
	if e.Before > 0 {
		head += fmt.Sprintf(" The first %d are not shown here; `secgpt sessions show %s` prints them.", e.Before, e.Session)
	}
	m.list.Add(newNote(m, head, false))
	for _, k := range e.Turns {
		words := k.Words
		if len(words) == 0 {
			words = []label.Span{{Text: "/run " + k.Request.Plan, Label: label.Person()}}
		}
		m.list.Add(newAsked(m, words))
		if !k.Ended {
			m.list.Add(newNote(m, "It did not come to its end.", true))
		}
		if k.Result.Text != "" {
			s := &said{m: m}
			s.add(k.Result.Text)
			m.list.Add(s)
		}
		if len(k.Result.Blocks) > 0 {
			m.list.Add(m.blocks(k.Result.Blocks))
		}
		for _, f := range k.Result.Errors {
			m.list.Add(newNote(m, render.Failure(f), true))
		}
	}
	if len(e.News) > 0 {
		m.list.Add(newNote(m, safe.Line(strings.Join(e.News, ". ")+"."), true))
	}
	m.list.Follow()
}
