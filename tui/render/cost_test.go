package render

import (
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"secgpt/hub"
)

func TestCost(t *testing.T) {
	var all Tally
	require.Equal(t, "Nothing was asked yet.", all.String())
	all.Add(hub.Result{Took: 30 * time.Millisecond})
	require.Equal(t, "no model was asked · 30 ms in all.", all.String())
	all.Add(hub.Result{Took: 9 * time.Second, Model: hub.ModelUse{
		Name: "gpt\x1b[2J", Calls: 1, PromptTokens: 1204, OutputTokens: 38,
		Took: 8 * time.Second, Loading: 3 * time.Second, Plan: 8100 * time.Millisecond, Told: 16, Tools: 340}})
	require.Equal(t, "gpt⟨U+001B⟩[2J: 1 model call, 1204 tokens in, 38 out · 8.0 s in the model, of which 3.0 s loading it · told of 16 of 340 tools · 8.1 s to the plan · 9.0 s in all.\n"+
		"This conversation: 2 requests · 1 model call, 1204 tokens in, 38 out · 8.0 s in the model · 9.0 s in all.", all.String())
}
