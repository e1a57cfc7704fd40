package hub

import (
	"encoding/json"
	"testing"

	"github.com/stretchr/testify/require"

	"secgpt/apps"
	"secgpt/apps/link"
	"secgpt/mediator"
)

// TestNobodyIsWrittenTo: of somebody who stands nowhere that is said; a second plan would send
// nothing, and is not asked for. One that may do something else is.
func TestNobodyIsWrittenTo(t *testing.T) {
	for words, c := range map[string]struct {
		plan  string
		asked int
	}{
		"mail kim that I am late":                 {"x = contacts.find(name = \"Kim\")\nmail.send(to = x[0].emails[0], subject = \"Late\", body = \"I am late.\")", 1},
		"add a note with the phone number of kim": {"x = contacts.find(name = \"Kim\")\nnotes.add(text = x[0].phones[0])", 2},
	} {
		h, s := inEmptyHouse(t, "```\n"+c.plan+"\n```", "I can't.")
		w := &watcher{}
		r := h.Turn(t.Context(), says(words), w)
		require.Equal(t, []string{"contacts.find"}, w.tools(), words)
		require.Equal(t, ExitModel, r.Exit)
		require.Equal(t, "contacts has nobody called Kim: say the name as it stands there, or an address", r.Errors[0].Message)
		require.Len(t, s.saw, c.asked, words)
	}
}

// TestAnAnswerThatOnlyTellsHowIsAskedForAsAPlan: once; who asks how is told how.
func TestAnAnswerThatOnlyTellsHowIsAskedForAsAPlan(t *testing.T) {
	how, plan := "To solve this:\n1. Find it with `notes.search(query = \"agenda\")`.", "```\nreply(notes.search(query = \"agenda\"))\n```"
	for words, asked := range map[string]int{"which note has the agenda?": 2, "how do I find a note?": 1, "which code finds the note with the agenda?": 1} {
		h, s := asks(t, how, plan)
		w := &watcher{}
		r := h.Turn(t.Context(), says(words), w)
		require.Len(t, s.saw, asked, words)
		if asked == 1 {
			require.Empty(t, w.tools())
			require.Equal(t, how, r.Text)
			continue
		}
		require.Equal(t, []string{"notes.search"}, w.tools())
		require.Contains(t, s.read(1), "this only tells how: write the plan itself")
		require.Empty(t, r.Text)
	}
	h, s := asks(t, how, how)
	r := h.Turn(t.Context(), says("which note has the agenda?"), &watcher{})
	require.Len(t, s.saw, 2)
	require.Equal(t, ExitModel, r.Exit)
	require.Contains(t, r.Errors[0].Message, "only tells how it would be done")
}

// TestAChannelNamesTheAppThatHasChannels, if it is the only one, and no app is named.
func TestAChannelNamesTheAppThatHasChannels(t *testing.T) {
	told := func(names ...string) (list []toolAt) {
		for _, name := range names {
			tool := link.Tool{Name: "history", Input: json.RawMessage(`{"type":"object","properties":{"channel_id":{"type":"string"}}}`)}
			list = append(list, newToolAt(apps.App{Manifest: apps.Manifest{Name: name}, Tools: []link.Tool{tool}}, "history"))
		}
		return list
	}
	for _, c := range []struct {
		words   string
		told    []toolAt
		app, by string
	}{
		{"whats new in #cake", told("slack"), "slack", "#cake"},
		{"whats new in #cake", told("slack", "radio"), "", ""},
		{"whats new in #cake on radio", told("slack", "radio"), "radio", "radio"},
		{"which of my notes has #cake", told("slack"), "", ""},
		{"whats new in issue #7", told("slack"), "", ""},
	} {
		turn := &turn{req: says(c.words), told: c.told}
		app, by := turn.appNamed()
		require.Equal(t, c.app, app, c.words)
		if app != "" {
			require.Equal(t, c.by, by, c.words)
		}
	}
}

// TestWhatAChannelIsAskedOf: of tools that only look those that take one; of an app that is named any.
func TestWhatAChannelIsAskedOf(t *testing.T) {
	reads := apps.ToolManifest{Effect: mediator.Read}
	slack := apps.App{Manifest: apps.Manifest{Name: "slack", Tools: map[string]apps.ToolManifest{"users": reads, "history": reads, "post": {Effect: mediator.Send}}}, Tools: []link.Tool{
		{Name: "users", Input: json.RawMessage(`{"type":"object"}`)},
		{Name: "history", Input: json.RawMessage(`{"type":"object","properties":{"channel_id":{"type":"string"}}}`)},
		{Name: "post", Input: json.RawMessage(`{"type":"object","properties":{"channel_id":{"type":"string"}}}`)},
	}}
	told := []toolAt{newToolAt(slack, "users"), newToolAt(slack, "history"), newToolAt(slack, "post")}
	for words, want := range map[string][]string{
		"whats new in #cake":     {"slack.history"},
		"who is on slack?":       {"slack.users", "slack.history"},
		"say hello on slack":     {"slack.users", "slack.history", "slack.post"},
		"who is in my contacts?": nil,
	} {
		_, _, wanted := (&turn{req: says(words), told: told}).ofNamed()
		require.Equal(t, want, wanted, words)
	}
}

// TestAnAnswerThatWasLookedForNowhereIsAskedForAsAPlan: once, and it is not shown before; a second
// one is, and said to be the model's own.
func TestAnAnswerThatWasLookedForNowhereIsAskedForAsAPlan(t *testing.T) {
	own, plan := "It is at ten.", "```\nreply(calendar.list_events(query = \"review\"))\n```"
	for words, asked := range map[string]int{
		"when is the review on my calendar?": 2, "wann ist morgen die Besprechung im Kalender?": 2,
		"what can you do with my calendar?": 1, "write a poem about my calendar": 1, "which colour goes well with a red mail icon?": 1, "how do I add to the calendar?": 1,
	} {
		h, s := inOffice(t, own, plan)
		w := &watcher{}
		r := h.Turn(t.Context(), says(words), w)
		require.Equal(t, asked, len(s.saw), words)
		if asked == 1 {
			require.Equal(t, own, r.Text, words)
			continue
		}
		require.Equal(t, []string{"calendar.list_events"}, w.tools(), words)
		require.Contains(t, s.read(1), "nothing was looked for")
		require.Empty(t, r.Text)
	}
	h, _ := inOffice(t, own, plan)
	seen := &someone{}
	h.Turn(t.Context(), says("when is the review on my calendar?"), seen)
	require.NotContains(t, seen.events, Said{own})
	h, s := inOffice(t, own, own)
	w := &watcher{}
	r := h.Turn(t.Context(), says("when is the review on my calendar?"), w)
	require.Equal(t, 2, len(s.saw))
	require.Equal(t, own, r.Text)
	require.Equal(t, []string{"this is what script says by itself: no app was looked into"}, w.notes)
	for _, answer := range []string{"I can't see your calendar.", "I have no tool that can.", "Which review?"} {
		h, s := inOffice(t, answer, plan)
		require.Equal(t, answer, h.Turn(t.Context(), says("when is the review on my calendar?"), &watcher{}).Text)
		require.Equal(t, 1, len(s.saw))
	}
}
