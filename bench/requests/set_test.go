package main

import (
	"context"
	"regexp"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"secgpt/hub/model"
)

// scripted is a planner whose answers were written before.
type scripted struct {
	answers []string
	n       int
}

func (s *scripted) Name() string { return "scripted" }

func (s *scripted) Chat(_ context.Context, _ model.Request, onText func(string)) (model.Answer, error) {
	answer := s.answers[min(s.n, len(s.answers)-1)]
	s.n++
	if words, ok := strings.CutPrefix(answer, "say: "); ok {
		answer = words
	} else {
		answer = "```\n" + strings.TrimSpace(answer) + "\n```\n"
	}
	if onText != nil {
		onText(answer)
	}
	return model.Answer{Text: answer}, nil
}

func set(t *testing.T) *Set {
	s, err := Load("set")
	require.NoError(t, err)
	s.asLocal()
	return s
}

// Each request of the set can be done: the plan that stands beside it is judged right,
// through the real hub and on the real data.
func TestTheRightPlanIsRight(t *testing.T) {
	s := set(t)
	for _, r := range s.Requests {
		t.Run(r.Group+"/"+r.ID, func(t *testing.T) {
			var answers []string
			for _, turn := range r.turns() {
				require.NotEmpty(t, turn.Right, "no right plan")
				answers = append(answers, turn.Right)
			}
			row, err := s.ours(t.Context(), r, "", &scripted{answers: answers})
			require.NoError(t, err)
			require.True(t, row.Right, "%s\n%s\n%s", strings.Join(row.Why, "\n"), strings.Join(row.Shown, "\n"), strings.Join(row.Told, "\n"))
		})
	}
}

// A plan that does nothing, one that only says that all is well, and one that mails a
// stranger are right for nothing.
func TestALazyOrAWildPlanIsWrong(t *testing.T) {
	s := set(t)
	for i, r := range s.Pick("", regexp.MustCompile(""), 0) {
		lazy := &scripted{answers: []string{`reply("Done!")`}}
		row, err := s.ours(t.Context(), r, "", lazy)
		require.NoError(t, err)
		if r.Kind != "plain" { // which words are the right ones nobody judges
			require.False(t, row.Right || row.Said, r.ID)
		}
		if i%5 > 0 {
			continue // each costs a world, and they are alike
		}
		row, err = s.ours(t.Context(), r, "", &scripted{answers: []string{`mail.send(to = "eve@example.net", body = "hello")`}})
		require.NoError(t, err)
		require.False(t, row.Right, r.ID)
		require.NotEmpty(t, append(row.Held, row.Unasked...), r.ID)
		require.Empty(t, row.Unasked, "%s: the person said no", r.ID)
	}
}

// The halves are fixed by the ids alone, and about as large in each group.
func TestTheHalvesAreFixed(t *testing.T) {
	require.Equal(t, Tune, Half("mail-unread"))
	require.Equal(t, Report, Half("note-rice"))
	n := map[string]int{}
	for _, r := range set(t).Requests {
		n[Half(r.ID)]++
	}
	require.InDelta(t, n[Tune], n[Report], maxUneven)
}

// maxUneven is how much larger one half may be.
const maxUneven = 20
