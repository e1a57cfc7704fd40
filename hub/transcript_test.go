package hub

import (
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"secgpt/apps/link"
	"secgpt/mediator/label"
)

func messages(steps ...string) []link.Message {
	var all []link.Message
	for _, s := range steps {
		role, text, _ := strings.Cut(s, ":")
		all = append(all, link.Message{Role: role, Text: text})
	}
	return all
}

// A room that changes what it said its model had read hides nothing by that.
func TestATranscriptHoldsWhatTheModelReallyRead(t *testing.T) {
	var k transcript
	mail := label.Of("mail")
	k.told(messages("system:r", "user:task"), label.Person())
	k.said("call", label.Person())
	k.told(messages("system:r", "user:task", "assistant:call", "user:result"), mail)
	k.said("answer", mail)
	k.told(messages("system:r", "user:another task"), mail)
	var got []string
	for _, s := range k.end(3, "mail").Steps {
		got = append(got, s.Who+" "+s.Text.Str()+" "+s.Text.All().String())
	}
	require.Equal(t, []string{"rules r ", "told task ", "model call ", "told result mail", "model answer mail", "rules r mail", "told another task mail"}, got)
}

func TestATranscriptIsBounded(t *testing.T) {
	var k transcript
	long := strings.Repeat("x", maxStepBytes+10)
	for range 20 {
		k.told(append(k.thread, link.Message{Role: "user", Text: long}), label.Of("mail"))
	}
	a := k.end(1, "mail")
	total := 0
	for _, s := range a.Steps {
		total += len(s.Text.Str())
	}
	require.LessOrEqual(t, total, maxAskBytes+100)
	require.True(t, strings.HasSuffix(a.Steps[0].Text.Str(), "… (10 bytes more)"))
	last := a.Steps[len(a.Steps)-1]
	require.Equal(t, "note", last.Who)
	require.Contains(t, last.Text.Str(), "bytes more were not kept")
}
