package mediator

import (
	"testing"

	"github.com/stretchr/testify/require"

	"secgpt/mediator/label"
)

// What no word of the person's asks for is a question, whatever else speaks for the call:
// that it can be undone, that all in it is the person's, that sending needs no answer. A
// rule answers it only by the tool's name, and no answer holds for good.
func TestWhatNobodyAskedForIsAQuestion(t *testing.T) {
	for _, c := range []Call{
		call(addEvent, map[string]label.Value{"title": mine("lunch")}),
		call(sendMail, map[string]label.Value{"to": mine("bob@example.org"), "body": mine("hi")}),
		call(dropNote, map[string]label.Value{"id": minted("n1", "notes")}),
	} {
		d := newDesk(t)
		d.says(Once)
		turn := func() *Turn { return d.turn("bob@example.org hi") }
		require.True(t, d.decide(c, turn()).Allow)
		require.Empty(t, d.asked, c.Tool)
		c.Unbidden = true
		require.Equal(t, WouldAsk, d.Check(c, turn()).Outcome)
		got := d.decide(c, turn())
		require.Equal(t, "person", got.By)
		require.Equal(t, []Reason{{Kind: Unbidden}}, d.asked[0].Reasons)
		require.False(t, d.asked[0].Offers(Always))
		require.True(t, d.asked[0].Offers(Session))

		d.answer = func(Question) Answer { return Answer{By: "nobody"} }
		d.rule("allow any -> " + string(c.Tool.App))
		d.rule("allow person, notes -> " + string(c.Tool.App))
		got = d.decide(c, turn())
		require.False(t, got.Allow, "a rule that does not name the tool")
		require.Equal(t, d.asked[0].Rule, got.Remedy)
		d.rule(got.Remedy)
		require.True(t, d.decide(c, turn()).Allow, got.Remedy)
	}
	read := call(findMail, map[string]label.Value{"query": mine("x")})
	read.Unbidden = true
	require.Empty(t, Judge(read, Situation{Words: typed(""), Shaped: label.Person()}).Reasons, "to look needs no word")
}

// A rule for what is the person's does not let an app's own thing go that nobody named.
func TestARuleForThePersonsWordsLetsNoAppsThingGo(t *testing.T) {
	d := newDesk(t)
	d.rule("allow person -> notes.delete")
	c := call(dropNote, map[string]label.Value{"id": minted("n1", "notes")})
	c.Unbidden = true
	got := d.decide(c, d.turn(""))
	require.False(t, got.Allow)
	require.Equal(t, "allow notes -> notes.delete", got.Remedy)
}
