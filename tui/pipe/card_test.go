package pipe

import (
	"context"
	"testing"

	"github.com/stretchr/testify/require"

	"secgpt/mediator"
	"secgpt/mediator/label"
)

// two is a card with two decisions; the second offers less.
func two() []mediator.Question {
	a, b := kickoff(), kickoff()
	b.Call.N, b.Digest, b.Scopes = 3, [32]byte{4}, []mediator.Scope{mediator.Once, mediator.Task, mediator.Never}
	b.Args = b.Args[:1]
	b.Args[0].Value = label.TextOf("Second meeting", label.Of("mail"))
	return []mediator.Question{a, b}
}

// asksAll puts a card to the screen.
func (s *screen) asksAll(ctx context.Context, card []mediator.Question) <-chan []mediator.Answer {
	term, err := newTerminal(s.line, s.line)
	require.NoError(s.t, err)
	o, _, _ := options("text")
	got := make(chan []mediator.Answer, 1)
	go func() { got <- asking{term, o}.card(ctx, card, 1) }()
	return got
}

func TestACardIsAnsweredForAllTogether(t *testing.T) {
	for keys, want := range map[string]mediator.Scope{"\n": mediator.No, "1\n": mediator.No, "2\n": mediator.Once, "3\n": mediator.Task} {
		s := newScreen(t)
		card := two()
		got := s.asksAll(t.Context(), card)
		s.sees("Question 1 of 1, with 2 decisions.\nDecision 1 of 2. mail to calendar: add an event to your calendar, from a mail?\n  title: Project kickoff (from mail)\n")
		s.sees("Decision 2 of 2. mail to calendar")
		s.sees("  title: Second meeting (from mail)\n")
		s.sees("\n1 no to all, 2 all once, 3 all this task, 4 one by one, 5 why. " + prompt)
		s.types(keys)
		all := <-got
		require.Len(t, all, 2)
		for i, a := range all {
			require.Equal(t, mediator.Answer{Scope: want, Digest: card[i].Digest, By: "person"}, a)
		}
	}
}

func TestOneByOneEndsWithANo(t *testing.T) {
	for keys, want := range map[string][]mediator.Scope{"2": {mediator.Once, mediator.Once}, "1": {mediator.No}} {
		s := newScreen(t)
		got := s.asksAll(t.Context(), two())
		s.sees(prompt)
		s.types("4\n")
		s.sees("Decision 1 of 2. mail to calendar")
		s.sees("6 edit, 7 withhold, 8 why. " + prompt)
		s.types(keys + "\n")
		if len(want) > 1 {
			s.sees("Decision 2 of 2. mail to calendar")
			s.sees(prompt)
			s.types("2\n")
		}
		var scopes []mediator.Scope
		for _, a := range <-got {
			scopes = append(scopes, a.Scope)
		}
		require.Equal(t, want, scopes)
	}
}

func TestNobodyAnswersACard(t *testing.T) {
	s := newScreen(t)
	got := s.asksAll(t.Context(), two())
	s.sees(prompt)
	s.types("5\n")
	s.sees("Decision 2:\nmail.search → this")
	s.sees(prompt)
	s.types("9\n")
	s.sees(prompt)
	s.types("x\n")
	s.sees("That counts as no to all.\n")
	require.Equal(t, mediator.No, (<-got)[1].Scope)

	s = newScreen(t)
	got = s.asksAll(t.Context(), two())
	s.sees(prompt)
	s.types("\x04")
	require.Empty(t, <-got)
}
