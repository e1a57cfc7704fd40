package hub

import (
	"testing"

	"github.com/stretchr/testify/require"

	"secgpt/hub/model"
	"secgpt/hub/plan"
)

// TestATinyModelsExamplesAreRight: each is a plan over the tools of the built-in apps as they are.
func TestATinyModelsExamplesAreRight(t *testing.T) {
	h, _ := asks(t)
	used := map[string]bool{}
	for _, m := range model.Prompt(model.Asked{Words: "x", Tiny: true}).Messages {
		_, source := model.Split(m.Text, nil)
		if m.Role != model.Assistant || source == "" {
			continue
		}
		prog, err := plan.Parse("example", source, tools{h.apps})
		require.NoError(t, err, source)
		for _, full := range prog.Tools() {
			used[full] = true
		}
	}
	require.Greater(t, len(used), 9)
}

// tinyThinker is a thinker that says how small it is.
type tinyThinker struct{ model.Model }

func (tinyThinker) Name() string { return "qwen2.5-coder:0.5b" }

// TestTheModelsSizeChoosesItsExamples: what the planner is asked begins with those.
func TestTheModelsSizeChoosesItsExamples(t *testing.T) {
	for _, tiny := range []bool{false, true} {
		h, m := asks(t, "```\nreply(notes.search())\n```")
		if tiny {
			h.opt.Thinker = tinyThinker{m}
		}
		h.Turn(t.Context(), says("look through what came in, would you"), &watcher{})
		require.NotEmpty(t, m.saw)
		require.Equal(t, tiny, m.saw[0].Messages[1].Text == "any mail from Ada this week?")
	}
}
