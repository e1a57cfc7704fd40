package model

import (
	"testing"

	"github.com/stretchr/testify/require"
)

// TestAFrameHoldsTheRequestsWords and none that a model took from its examples.
func TestAFrameHoldsTheRequestsWords(t *testing.T) {
	for answer, want := range map[string]Frame{
		`{"do": "forward", "kind": "mail", "thing": "Kestrel Booking", "to": "Mum"}`:        {ForwardIt, "mail", "Kestrel Booking", "Mum"},
		`{"do": "forward", "kind": "mail", "thing": "kestrel booking", "to": "Ada"}`:        {ForwardIt, "mail", "kestrel booking", ""},
		`{"do": "forward", "kind": "mail", "thing": "harbour ticket", "to": "mum"}`:         {ForwardIt, "mail", "", "mum"},
		`{"do": "move", "kind": "event", "thing": "'kestrel'", "to": "bob.k@example.org."}`: {MoveIt, "event", "kestrel", "bob.k@example.org"},
	} {
		f, ok := ReadFrame(answer, "fwd the kestrel booking to mum's, and bob.k@example.org")
		require.True(t, ok, answer)
		require.Equal(t, want, f, answer)
	}
	for _, bad := range []string{"", "kestrel", `{"do": "forward", "kind": "parcel", "thing": "kestrel", "to": ""}`, `{"do": 1}`, `[]`} {
		_, ok := ReadFrame(bad, "kestrel")
		require.False(t, ok, bad)
	}
}

// TestTheExamplesOfAFrameCanBeRead: a model is shown nothing that its answer may not be.
func TestTheExamplesOfAFrameCanBeRead(t *testing.T) {
	for i := 1; i+1 < len(framed); i += 2 {
		f, ok := ReadFrame(framed[i+1].Text, framed[i].Text)
		require.True(t, ok, framed[i+1].Text)
		require.NotEmpty(t, f.Thing, framed[i].Text)
	}
	require.Equal(t, "fwd it", Framed("fwd it").Messages[len(framed)].Text)
}
