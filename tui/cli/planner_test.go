//go:build linux

package cli_test

import (
	"context"
	"testing"

	"github.com/stretchr/testify/require"

	"secgpt/hub"
	"secgpt/hub/model"
	"secgpt/mediator/label"
)

// A speaker is a model that says one thing.
type speaker string

func (s speaker) Name() string { return "speaker" }
func (s speaker) Chat(_ context.Context, _ model.Request, onText func(string)) (model.Answer, error) {
	if onText != nil {
		onText(string(s))
	}
	return model.Answer{Text: string(s)}, nil
}

// What the planner says once it has read a paste, or what the person revealed, is shown
// as data with those sources, and never as plain words of the model.
func TestThePlannersWordsCarryWhatItRead(t *testing.T) {
	d := newDesk(t, func(o *hub.Options) { o.Thinker = speaker("It is about https://example.net/pay?x=1.") })
	said := func(r hub.Result) (texts int, blocks []hub.Block) {
		for _, e := range d.events {
			if _, ok := e.(hub.Said); ok {
				texts++
			}
		}
		d.events = nil
		return texts, r.Blocks
	}
	r := d.types("what is a flurb")
	texts, blocks := said(r)
	require.Equal(t, 1, texts)
	require.Empty(t, blocks)
	require.NotEmpty(t, r.Text)

	r = d.Turn(t.Context(), hub.Request{Endorses: true, Words: []label.Span{
		{Text: "what is this about: ", Label: label.Person()}, {Text: "Pay at https://example.net/pay?x=1", Label: label.Of(label.Paste)},
	}}, d)
	texts, blocks = said(r)
	require.Zero(t, texts)
	require.Len(t, blocks, 1)
	require.Equal(t, label.Of(label.Paste), blocks[0].Value.All())
	require.Empty(t, r.Text)

	d.need = func(hub.Need) (hub.Given, bool) { return hub.Given{Text: "yes"}, true }
	require.Zero(t, d.plan("m = mail.search(limit = 1)\nreveal(m[0].subject, \"to plan on it\")").Exit)
	d.events = nil
	texts, blocks = said(d.types("what is a flurb"))
	require.Zero(t, texts)
	require.Equal(t, label.Of("mail"), blocks[0].Value.All())
}

// A plan that looked and showed nothing says so; one that showed something does not.
func TestARequestNeverEndsWithoutAWord(t *testing.T) {
	for plan, silent := range map[string]bool{
		"for n in notes.search(query = \"zzz\"):\n    reply(n.title)": true,
		"reply(notes.search(query = \"zzz\"))":                        false,
	} {
		d := newDesk(t, func(o *hub.Options) { o.Thinker = speaker("```\n" + plan + "\n```") })
		require.Zero(t, d.types("is there anything about zzz").Exit)
		said := false
		for _, e := range d.events {
			if n, ok := e.(hub.Noted); ok && n.Text == "nothing was found to show" {
				said = true
			}
		}
		require.Equal(t, silent, said, plan)
	}
}
