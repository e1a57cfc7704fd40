package hub

import (
	"encoding/json"
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"secgpt/apps"
	"secgpt/apps/link"
	"secgpt/hub/model"
	"secgpt/hub/pick"
)

// crowded is a hub with a mail app among others of 20 tools each.
func crowded(others int) *Hub {
	tool := func(name, about string, params ...string) link.Tool {
		props := map[string]any{}
		for _, p := range params {
			props[p] = map[string]string{"type": "string"}
		}
		in, _ := json.Marshal(map[string]any{"type": "object", "properties": props})
		return link.Tool{Name: name, About: about, Input: in}
	}
	h := &Hub{}
	var docs []pick.Doc
	add := func(a apps.App) {
		for _, t := range a.Tools {
			docs = append(docs, docOf(a, t.Name, nil))
			h.pickable = append(h.pickable, newToolAt(a, t.Name))
		}
	}
	for i := range others {
		a := apps.App{Manifest: apps.Manifest{Name: fmt.Sprintf("other%d", i), About: strings.Repeat("mail and more ", 30)}}
		for j := range 20 {
			a.Tools = append(a.Tools, tool(fmt.Sprintf("do_%d", j), strings.Repeat("finds unread mail messages ", 40), "sender", strings.Repeat("unread", 20)))
		}
		add(a)
	}
	add(apps.App{Manifest: apps.Manifest{Name: "mail", About: "Mail", BuiltIn: true}, Tools: []link.Tool{
		tool("search", "Find mails, newest first", "query", "sender", "unread"), tool("read", "Read one mail", "id")}})
	h.picker = pick.New(docs)
	return h
}

// tokens is more than any model counts for a text of ours: code has three bytes a token
// and more.
func tokens(r model.Request) int {
	n := 0
	for _, m := range r.Messages {
		n += len(m.Text)/3 + 4
	}
	return n
}

func TestAPromptStaysShortWithTenThousandTools(t *testing.T) {
	h := crowded(500)
	words := "show me my unread mail"
	list, of := h.shown(words, nil)
	require.Equal(t, 10_002, of)
	require.LessOrEqual(t, len(list), maxOther+2)
	sigs, strangers := signatures(list)
	require.Equal(t, "mail", list[0].app.Name, "what is meant first comes first")
	require.False(t, strangers.Empty(), "others' words are in it")
	req := model.Prompt(model.Asked{Words: words, Apps: sigs, Now: time.Now()})
	require.Empty(t, req.Left, "nothing is said at every turn of what nobody asked for")
	require.Less(t, tokens(req), 2500)

	few, of := crowded(0).shown("thanks", nil)
	require.Equal(t, of, len(few), "few tools are all told of, whatever was asked")
	none, _ := h.shown(words, []string{"mail"})
	for _, x := range none {
		require.NotEqual(t, "mail", x.app.Name)
	}
}

func TestHintsAreTheTimesOfARequest(t *testing.T) {
	now := time.Date(2026, 11, 26, 10, 0, 0, 0, time.UTC)
	require.Equal(t, []string{"Friday = 2026-11-27", "next week = 2026-11-30 to 2026-12-06"}, hints("who talks on Friday, and who next week?", "", now))
	require.Empty(t, hints("who wrote Faust?", "", now))
	require.Equal(t, []string{"tomorrow = 2026-11-27", "bob@example.org is an address: it needs no lookup"}, hints("schreib bob@example.org, dass ich morgen nicht komme", "", now))
	require.Equal(t, []string{"at 1 = 2026-12-02T13:00Z"}, hints("make it 1 instead", "2026-12-02", now), "the day is that of before")
	require.Equal(t, []string{"at 1 = 2026-11-26T13:00Z"}, hints("make it 1 instead", "", now))
	for text, want := range map[string]string{
		"Trag für den 3. Dezember um 18 Uhr den Elternabend ein": "3 December at 18:00 = 2026-12-03T18:00Z",
		"Morgen um halb neun Zahnarzt":                           "tomorrow at 8:30 = 2026-11-27T08:30Z",
		"um 14:30 Uhr, bitte":                                    "14:30 = 2026-11-26T14:30Z",
		"ajoute un rendez-vous demain à 9h30":                    "tomorrow at 9:30 = 2026-11-27T09:30Z",
		"cena el 4 de diciembre a las 20:15":                     "4 December at 20:15 = 2026-12-04T20:15Z",
	} {
		require.Equal(t, []string{want}, hints(text, "", now), text)
	}
	require.Equal(t, []string{"Friday = 2026-11-27"}, hints("Qu'est-ce que j'ai vendredi ?", "", now))
}
