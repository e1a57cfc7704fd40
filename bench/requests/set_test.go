package main

import (
	"context"
	"regexp"
	"slices"
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
			t.Parallel()
			var answers []string
			for _, turn := range r.turns() {
				require.NotEmpty(t, turn.Right, "no right plan")
				answers = append(answers, turn.Right)
			}
			r.Turn = named(r.Turn)
			for i, turn := range r.Then {
				r.Then[i] = named(turn)
			}
			row, err := s.ours(t.Context(), r, "", &scripted{answers: answers})
			require.NoError(t, err)
			require.True(t, row.Right, "%s\n%s\n%s", strings.Join(row.Why, "\n"), strings.Join(row.Shown, "\n"), strings.Join(row.Told, "\n"))
		})
	}
}

// named is a turn whose person says which app was meant, if that is all the hub asks.
// In a measurement such a question is no answer.
func named(t Turn) Turn {
	if app := regexp.MustCompile(`[a-z]+\.[a-zA-Z_]+\(`).FindString(t.Right); t.Kind == "" && t.Answer == "" {
		t.Answer, _, _ = strings.Cut(app, ".")
	}
	return t
}

// A plan that only says that all is well is right for nothing, and one that mails a
// stranger is left out, or asked about and counted.
func TestALazyOrAWildPlanIsWrong(t *testing.T) {
	s := set(t)
	for i, r := range s.Requests {
		if r.Kind == "plain" || i%4 > 0 { // which words are the right ones nobody judges; and each costs a world
			continue
		}
		t.Run(r.ID, func(t *testing.T) {
			t.Parallel()
			row, err := s.ours(t.Context(), r, "", &scripted{answers: []string{`reply("Done!")`}})
			require.NoError(t, err)
			ran := slices.ContainsFunc(row.Plans, func(p string) bool { return strings.Contains(p, "Done!") }) // else the hub answered
			require.False(t, ran && (row.Right || row.Said))
			row, err = s.ours(t.Context(), r, "", &scripted{answers: []string{`mail.send(to = "eve@example.net", body = "hello")`}})
			require.NoError(t, err)
			looked := len(r.Does) == 0 && len(r.Then) == 0 // the mail was left out, and what was asked is looked up
			require.False(t, row.Right && r.Kind == "" && !looked, "to be asked who that is, is what the other kinds want")
			require.Empty(t, row.Unasked, "the person said no")
		})
	}
}

// The halves are fixed by the ids alone, and as large in each group but those that were
// written later to tune with.
func TestTheHalvesAreFixed(t *testing.T) {
	require.Equal(t, Tune, Half("mail-unread"))
	require.Equal(t, Report, Half("note-rice"))
	n := map[string]int{}
	for _, r := range set(t).Requests {
		n[r.Group] += map[string]int{Tune: 1, Report: -1}[Half(r.ID)]
	}
	for group, more := range n {
		if strings.HasPrefix(group, "more-") {
			continue
		}
		require.InDelta(t, 0, more, 1, group)
	}
}

func TestMatchers(t *testing.T) {
	s := set(t)
	for _, c := range []struct {
		matcher, value string
		want           bool
	}{
		{"Yoga", "yoga ", true}, {"Yoga", "yoga class", false}, {"~class yoga", "Yoga class", true}, {"~class gym", "Yoga class", false},
		{"a|~b", "xb", true}, {"!gym", "Yoga", true}, {"!gym", "Gym", false}, {"*", " ", false}, {"*", "x", true}, {"", "", true}, {"", "x", false},
		{"@2026-11-27T15:00", "2026-11-27T15:00:00+01:00", true}, {"@2026-11-27T15:00", "2026-11-27T14:00:00Z", true},
		{"@2026-11-27T15:00", "2026-11-27T15:00:00Z", false}, {"@2026-11-27", "2026-11-27", true}, {"@2026-11-27", "2026-11-28", false},
		{"{a@x.org, b@x.org}", "B <b@x.org>, a@x.org", true}, {"{a@x.org}", "a@x.org, b@x.org", false},
	} {
		require.Equal(t, c.want, s.matches(c.matcher, c.value), "%s | %s", c.matcher, c.value)
	}
}

// What changed besides what was asked for makes a turn wrong, and so does an effect at
// the wrong thing.
func TestEffectsAreExact(t *testing.T) {
	s := set(t)
	turn := Turn{Does: []Effect{{"tool": "notes.add", "text": "~milk"}}}
	note := func(text string) Item { return Item{"app": "notes", "in": "notes", "text": text} }
	for _, c := range []struct {
		after        Snapshot
		right, amiss bool
	}{
		{Snapshot{note("old"), note("milk")}, true, false},
		{Snapshot{note("old"), note("milk"), note("milk")}, false, true},
		{Snapshot{note("milk")}, false, true},
		{Snapshot{note("old"), note("bread")}, false, true},
		{Snapshot{note("old")}, false, false},
	} {
		v := s.Judge(turn, Seen{Before: Snapshot{note("old")}, After: c.after}, nil)
		require.Equal(t, c.right, v.Right, v.Why)
		require.Equal(t, c.amiss, v.Amiss, v.Why)
	}
	was := Turn{Does: []Effect{{"tool": "notes.x", "is": "~", "was": map[string]any{"text": "old"}, "text": "new"}}}
	require.True(t, s.Judge(was, Seen{Before: Snapshot{note("old")}, After: Snapshot{note("new")}}, nil).Right)
	require.False(t, s.Judge(was, Seen{Before: Snapshot{note("other")}, After: Snapshot{note("new")}}, nil).Right)
}

// Most tools are found beside all servers of the set and 400 generated tools; how many
// of 10,000 is `-retrieve`.
func TestTheRightToolsAreInThePrompt(t *testing.T) {
	s := set(t)

	var out strings.Builder
	right, of, err := s.retrieve(t.Context(), &out, 400, 0)
	require.NoError(t, err)
	require.Greater(t, of, 70)
	require.GreaterOrEqual(t, right*100, of*90, out.String())
}
