package tui

import (
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"secgpt/mediator"
	"secgpt/mediator/label"
)

// three is a card with three decisions.
func three() []mediator.Question {
	var card []mediator.Question
	for i, title := range []string{"First meeting", "Second meeting", "Third meeting"} {
		q := invitation()
		q.Call.N, q.Call.Args = 4+i, nil
		q.Args[0].Value = label.TextOf(title, label.Of("mail"))
		q = sealed(q)
		q.Digest[0] = byte(i)
		card = append(card, q)
	}
	return card
}

// scrolled brings the card to where all of it was seen.
func (b *bench) scrolled() {
	for b.m.first().left() > 0 {
		b.press("pgdown")
	}
	b.seen()
}

// answers are what a card was answered, which must be there by now.
func answers(t *testing.T, ch chan []mediator.Answer) []mediator.Answer {
	t.Helper()
	require.Len(t, ch, 1, "not answered")
	return <-ch
}

func scopes(all []mediator.Answer) (out []mediator.Scope) {
	for _, a := range all {
		out = append(out, a.Scope)
	}
	return out
}

// All decisions of a card are allowed together, once all of its lines were seen.
func TestSeveralDecisionsAreAnsweredTogether(t *testing.T) {
	for _, size := range [][2]int{{80, 24}, {40, 20}, {200, 50}} {
		b := newBench(t, size[0], size[1])
		card := three()
		ch := b.asks(card...)
		b.press("tab")
		b.seen()
		if size[1] < 50 {
			b.press("a", "t", "w")
			require.Empty(t, ch, "allowed before the last line was seen")
			require.Contains(t, b.m.View().Content, "more lines to read")
		}
		read := b.m.View().Content
		for b.m.first().left() > 0 {
			b.press("pgdown")
			read += b.m.View().Content
		}
		b.seen()
		s := b.m.View().Content
		require.Contains(t, read, "Third meeting")
		require.Contains(t, s, "n no to all")
		require.Contains(t, s, "o one by one")
		require.NotContains(t, s, "withhold")
		b.press("N", "x", "e", "y")
		require.Empty(t, ch)
		b.c.after(time.Minute)
		b.press("t")
		all := answers(t, ch)
		require.Equal(t, []mediator.Scope{mediator.Task, mediator.Task, mediator.Task}, scopes(all))
		for i, a := range all {
			require.Equal(t, card[i].Digest, a.Digest)
		}
	}
}

func TestEnterSaysNoToAll(t *testing.T) {
	b := newBench(t, 80, 24)
	ch := b.asks(three()...)
	b.press("tab")
	b.scrolled()
	b.press("enter")
	require.Equal(t, []mediator.Scope{mediator.No, mediator.No, mediator.No}, scopes(answers(t, ch)))
}

// One by one each decision has the card to itself, and is armed anew.
func TestOneByOneEachDecisionIsArmedAnew(t *testing.T) {
	b := newBench(t, 80, 24)
	card := three()
	ch := b.asks(card...)
	b.press("tab")
	b.scrolled()
	b.press("o", "a")
	s := b.m.View().Content
	require.Contains(t, s, "1 of 3")
	require.Contains(t, s, "First meeting")
	require.NotContains(t, s, "Second meeting")
	require.Empty(t, ch)
	b.c.after(time.Minute)
	b.seen()
	b.press("a", "a")
	require.Empty(t, ch)
	require.Contains(t, b.m.View().Content, "2 of 3")
	b.c.after(time.Minute)
	b.press("a") // the terminal has not answered for this one
	require.Contains(t, b.m.View().Content, "2 of 3")
	b.seen()
	b.press("s")
	b.c.after(time.Minute)
	b.seen()
	require.Contains(t, b.m.View().Content, "Third meeting")
	b.press("n")
	require.Equal(t, []mediator.Scope{mediator.Once, mediator.Session, mediator.No}, scopes(answers(t, ch)))
	require.Empty(t, b.m.cards)
}

// What comes after a no, or after a yes to less, is given back: it comes again and says
// that an earlier change did not happen.
func TestAfterANoTheRestIsGivenBack(t *testing.T) {
	for keys, want := range map[string][]mediator.Scope{
		"n":   {mediator.No},
		"an":  {mediator.Once, mediator.No},
		"xa":  {mediator.Once},
		"axa": {mediator.Once, mediator.Once},
		"N":   {mediator.Never},
	} {
		b := newBench(t, 80, 24)
		ch := b.asks(three()...)
		b.press("tab", "o")
		for _, k := range strings.Split(keys, "") {
			b.c.after(time.Minute)
			b.scrolled()
			b.press(k)
		}
		all := answers(t, ch)
		require.Equal(t, want, scopes(all), keys)
		if strings.Contains(keys, "x") {
			require.Equal(t, []string{"location"}, all[len(all)-1].Withhold)
		}
	}
}

// A yes to less than what was shown makes no rule, so it is for once.
func TestAYesToLessIsForOnce(t *testing.T) {
	b := newBench(t, 80, 24)
	ch := b.asks(invitation())
	b.press("tab")
	b.seen()
	require.Contains(t, b.m.View().Content, "For longer than once")
	b.press("x")
	b.c.after(time.Minute)
	b.scrolled()
	require.NotContains(t, b.m.View().Content, "For longer than once")
	b.press("t", "s", "w")
	require.Empty(t, ch)
	b.c.after(time.Minute)
	b.press("a")
	require.Equal(t, []string{"location"}, answers(t, ch)[0].Withhold)
}

// What was left out stays out when the decision comes again, and is not allowed among
// others in which it would stand.
func TestWhatWasLeftOutStaysOut(t *testing.T) {
	b := newBench(t, 80, 24)
	b.m.turn = newTurn(b.m, func() {})
	card := three()
	b.m.turn.answers[card[1].Call.N] = mediator.Answer{Scope: mediator.Once, Withhold: []string{"location"}}
	ch := b.asks(card[1:]...)
	b.press("tab")
	b.scrolled()
	require.Contains(t, b.m.View().Content, "1 of 2")
	require.Contains(t, b.m.View().Content, "left out")
	b.press("a")
	require.Equal(t, []string{"location"}, answers(t, ch)[0].Withhold)
}

// "Go on?" stands where a person reads first.
func TestGoOnIsSaidFirst(t *testing.T) {
	q := invitation()
	q.Reasons = append(q.Reasons, mediator.Reason{Kind: mediator.Stopped, Arg: "notes.add was not done as planned"})
	q.Scopes = []mediator.Scope{mediator.Once, mediator.Never}
	b := newBench(t, 80, 24)
	b.asks(q)
	s := b.m.View().Content
	require.Less(t, strings.Index(s, "Go on? notes.add was not done as planned."), strings.Index(s, "Project kickoff"))
	require.NotContains(t, s, "t this task")
}
