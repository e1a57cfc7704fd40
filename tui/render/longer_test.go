package render

import (
	"testing"

	"github.com/stretchr/testify/require"

	"secgpt/mediator"
	"secgpt/mediator/label"
)

// What an answer for longer would allow is said before it is given.
func TestTheRuleIsSaidInWords(t *testing.T) {
	q := kickoff()
	require.Equal(t, "For longer than once: whatever comes from a mail goes in unasked.", Longer(q))
	q.Pins = []string{"to", "amount"}
	require.Equal(t, "For longer than once: whatever comes from a mail goes in unasked, while to and amount stay as here.", Longer(q))
	q.Pins = []string{"to"}
	require.Contains(t, Longer(q), "while to stays as here.")
	q.From = nil
	require.Contains(t, Longer(q), "what you say yourself goes in unasked")
	q.Pins = []string{"a", "b", "c", "d"}
	require.Equal(t, "For longer than once: exactly this goes in unasked.", Longer(q))
	require.Contains(t, Means(kickoff()), Longer(kickoff()))
	q.Scopes = []mediator.Scope{mediator.Once, mediator.Never}
	require.NotContains(t, Means(q), Longer(q), "it is said of an answer that is not offered")
}

func TestACardNamesAllItsDecisions(t *testing.T) {
	other := kickoff()
	other.Call.Tool.App, other.From = "notes", []label.Source{"contacts"}
	require.Equal(t, "mail → calendar", CardTitle([]mediator.Question{kickoff()}))
	card := []mediator.Question{kickoff(), other}
	require.Equal(t, "contacts, mail → calendar, notes · 2 decisions", CardTitle(card))
	golden(t, "card", draw(Card(card, options(t)), options(t).Width))
}
