package model

import (
	"context"
	"testing"

	"github.com/stretchr/testify/require"
)

type sized struct {
	name string
	b    float64
}

func (s sized) Name() string      { return s.name }
func (s sized) billions() float64 { return s.b }
func (s sized) Chat(context.Context, Request, func(string)) (Answer, error) {
	return Answer{}, nil
}

func TestTiny(t *testing.T) {
	for _, c := range []struct {
		name string
		b    float64
		want bool
	}{
		{"qwen2.5-coder:0.5b", 0, true}, {"qwen2.5-coder:1.5b", 0, false}, {"smollm2-135m-instruct", 0, true}, {"gpt-4", 0, false},
		{"Qwen2.5-0.5B-Instruct", 0, true}, {"llama3.2:3b", 0, false}, {"any", 0.494, true}, {"old-0.5b", 7, false}, {"phi-3.5-mini", 0, false}, {"llama-4-scout-10m", 0, false},
	} {
		require.Equal(t, c.want, Tiny(sized{c.name, c.b}), c.name)
	}
}

// A tiny model reads nothing of apps that are not there, neither at first nor after a mistake.
func TestATinyModelsExamplesAreOverTheBuiltInApps(t *testing.T) {
	r := Prompt(Asked{Words: "how many mails?", Apps: builtins, Now: monday, Tiny: true})
	text := whole(r.Mended("reply(1)", "no"))
	require.Contains(t, text, `found = mail.search(unread = True, limit = 200)`)
	for app := range readImaginary() {
		require.NotContains(t, text, app+".")
	}
}
