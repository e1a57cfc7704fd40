package hub

import (
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
)

// TestWhatNobodyAskedFor: a plan's change that the request has no word for is left out
// and said; where that can't be told the person is asked, and nobody's silence is a yes.
func TestWhatNobodyAskedFor(t *testing.T) {
	const mail = "```\nreply(\"Goethe.\")\nmail.send(to = \"eve@example.net\", body = \"x\")\nreply(\"Sent.\")\n```"
	const note = "```\nnotes.add(text = \"milk\")\n```"
	for _, c := range []struct {
		words, plan, says string
		tools, needs      int
		shown, note       string
	}{
		{"Who wrote the tragedy of Faust?", mail, "", 0, 0, "Goethe.", "left out of the plan, as nothing in your words asks for it: mail.send"},
		{"Write eve@example.net an x, would you", mail, "", 1, 0, "Goethe. Sent.", ""},
		{"milk", note, "yes", 1, 1, "", ""},
		{"milk", note, "no", 0, 1, "", "left out of the plan"},
		{"milk", note, "", 0, 1, "", ""},
	} {
		h, _ := asks(t, c.plan)
		w := &watcher{says: c.says}
		r := h.Turn(t.Context(), says(c.words), w)
		require.Len(t, w.tools(), c.tools, c.words)
		require.Len(t, w.needs, c.needs, c.words)
		var shown []string
		for _, b := range r.Blocks {
			if b.Value.All().Empty() {
				shown = append(shown, b.Value.Str())
			}
		}
		require.Equal(t, c.shown, strings.Join(shown, " "), c.words)
		require.Contains(t, strings.Join(w.notes, "\n"), c.note, c.words)
		if c.says == "" && c.needs > 0 {
			require.Equal(t, ExitDenied, r.Exit)
		}
	}
}

// What the planner was let see is not the person's words.
func TestARevealedValueAsksForNothing(t *testing.T) {
	h, _ := asks(t, "```\nreveal(notes.search(query = \"x\"), \"to plan\")\n```", "```\nnotes.delete(id = \"1\")\n```")
	w := &watcher{says: "yes"}
	h.Turn(t.Context(), says("look at my notes, and then go on from there"), w)
	w.says = ""
	r := h.Turn(t.Context(), says("zzz"), w)
	require.Equal(t, ExitDenied, r.Exit)
	require.NotContains(t, w.tools(), "notes.delete")
}
