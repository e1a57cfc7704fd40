package model

import (
	"testing"

	"github.com/stretchr/testify/require"
)

// TestIsKnown: what a model can't know, and what is a plan, is no answer.
func TestIsKnown(t *testing.T) {
	for answer, want := range map[string]bool{
		"Lisbon is the capital of Portugal.": true,
		"PRIVATE":                            false,
		"Private.":                           false,
		"  ":                                 false,
		"reply(notes.search())":              false,
		"```\nnotes.search()\n```":           false,
		"```python\nprint(":                  false,
	} {
		require.Equal(t, want, IsKnown(answer), answer)
	}
}

// TestKnown: the question stands last, and what is before it is the same each time.
func TestKnown(t *testing.T) {
	a, b := Known("how far is the moon?"), Known("bob's number?")
	n := len(a.Messages) - 1
	require.Equal(t, Message{User, "how far is the moon?"}, a.Messages[n])
	require.Equal(t, a.Messages[:n], b.Messages[:n])
	require.Less(t, a.Tokens, DefaultTokens)
}
