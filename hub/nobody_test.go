package hub

import (
	"testing"

	"github.com/stretchr/testify/require"
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
