package hub

import (
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"secgpt/hub/model"
	"secgpt/mediator/label"
)

// TestWhatEverybodyKnows: a question that no tool has a word for is answered without any,
// if the model knows; all else gets a plan.
func TestWhatEverybodyKnows(t *testing.T) {
	const look = "```\nreply(notes.search(query = \"cactus\"))\n```"
	h, s := asks(t, "Lisbon.")
	w := &watcher{}
	r := h.Turn(t.Context(), says("capital of portugal"), w)
	require.Equal(t, "Lisbon.", r.Text)
	require.Contains(t, strings.Join(w.notes, "\n"), "no app was looked into")
	require.Zero(t, r.Exit)
	require.Len(t, s.saw, 1)
	require.NotContains(t, s.read(0), "notes.search", "it is told of no tool")
	require.Equal(t, []model.Turn{{Words: "capital of portugal"}}, h.past)

	h, s = asks(t, "PRIVATE", look)
	w = &watcher{}
	r = h.Turn(t.Context(), says("how much water does the cactus get?"), w)
	require.Equal(t, []string{"notes.search"}, w.tools())
	require.NotContains(t, r.Text, "PRIVATE")
	require.Len(t, s.saw, 2)
}

// TestWhatMayNeedAnApp is never put to the model alone.
func TestWhatMayNeedAnApp(t *testing.T) {
	h, _ := asks(t)
	for words, want := range map[string]bool{
		"good morning! how are you today?": true, "Guten Morgen": true, "good morning, what is on tomorrow?": false,
		"capital of portugal": true, "How far away is the moon?": true, "who wrote Faust?": true,
		"bob's phone?": false, "what is on tomorrow?": false, "any mail about the cactus?": false,
		"where was the fuse box?": false, "where is Lisbon": true, "did alice write?": false, "Was hat Ursula dazu geantwortet?": false, "which company does Bo work for?": false,
		"turn off the lights": false, "was kostet das": true, "xyzzy": false,
	} {
		require.Equal(t, want, (&turn{h: h, req: says(words), began: h.opt.Now()}).needsNone(), words)
	}
	pasted := Request{Words: []label.Span{{Text: "what is this?", Label: label.Of(label.Paste)}}}
	require.False(t, (&turn{h: h, req: pasted, began: h.opt.Now()}).needsNone())
	h.past = []model.Turn{{Words: "weather in Berlin", Plan: "reply(weather.now())"}}
	require.False(t, (&turn{h: h, req: says("and in Lisbon?"), began: h.opt.Now()}).needsNone(), "it goes on from a plan")
}
