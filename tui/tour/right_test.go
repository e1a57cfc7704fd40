package tour

import (
	"testing"

	"github.com/stretchr/testify/require"

	"secgpt/hub"
	"secgpt/mediator"
	"secgpt/mediator/label"
)

// turn is the result of one call, and what was shown.
func turn(tool, bytes string, allow bool, shown ...string) hub.Result {
	r := hub.Result{Calls: []hub.CallResult{{
		Call:     mediator.Call{Tool: mediator.Tool{App: "travel_mate", Name: tool}},
		Decision: mediator.Decision{Allow: allow, Bytes: []byte(bytes)},
	}}}
	for _, s := range shown {
		r.Blocks = append(r.Blocks, hub.Block{Value: label.TextOf(s, label.Of("travel_mate"))})
	}
	return r
}

// A check that can't fail tells nothing.
func TestChecksSeeWhatWentWrong(t *testing.T) {
	good := turn("book_flight", `{"name":"Michael"}`, true, "Flight at 07:45")
	for name, c := range map[string]struct {
		check check
		bad   hub.Result
	}{
		"shows":     {shows("Flight", "07:45"), turn("book_flight", "{}", true, "Flight at noon")},
		"hides":     {hides("61.8"), turn("book_flight", "{}", true, "61.8")},
		"answers":   {answers, turn("book_flight", "{}", true)},
		"only":      {only("travel_mate.book_flight"), turn("cancel", "{}", true)},
		"only, any": {only("travel_mate.book_flight"), hub.Result{}},
		"keepsFrom": {keepsFrom("travel_mate", "asthma"), turn("book_flight", `{"special":"asthma"}`, true)},
		"never":     {never("travel_mate.cancel"), turn("cancel", "{}", true)},
		"asks":      {asks(0), hub.Result{Questions: 1}},
		"both":      {both(answers, asks(0)), hub.Result{Questions: 1}},
	} {
		require.True(t, c.check(good), name)
		require.False(t, c.check(c.bad), name)
	}
	require.True(t, refused("travel_mate.book_flight")(turn("book_flight", "", false)))
	require.False(t, refused("travel_mate.book_flight")(good))
	require.True(t, failed("quick_ride")(hub.Result{Errors: []hub.Failed{{App: "quick_ride"}}}))
	require.False(t, failed("quick_ride")(good))
	require.True(t, keepsFrom("travel_mate", "asthma")(turn("book_flight", `"asthma"`, false)), "what did not leave")
}

func TestAScriptSaysNoUnlessToldAndLeavesOutWhatItCan(t *testing.T) {
	q := mediator.Question{Digest: [32]byte{1}, Args: []mediator.Shown{
		{Arg: mediator.Arg{Name: "illness"}, Withholdable: true}, {Arg: mediator.Arg{Name: "to"}},
	}}
	a, words := Script{}.answer(q)
	require.Equal(t, mediator.No, a.Scope)
	require.Equal(t, "no", words)
	a, words = Script{Once: true, Withhold: []string{"illness", "to", "other"}}.answer(q)
	require.Equal(t, mediator.Answer{Scope: mediator.Once, Withhold: []string{"illness"}, Digest: q.Digest, By: "person"}, a)
	require.Equal(t, "once, without illness", words)
}

func TestEveryCaseCanBeToldWithoutAModel(t *testing.T) {
	seen := map[string]bool{}
	for _, c := range Cases() {
		require.False(t, seen[c.Name], c.Name)
		seen[c.Name] = true
		require.NotEmpty(t, c.Trap+c.Original, c.Name)
		without, with := stops([]Case{c}, false), stops([]Case{c}, true)
		require.NotEmpty(t, without, c.Name)
		require.Len(t, with, len(c.Steps), c.Name)
		require.True(t, without[0].first && with[0].first, c.Name)
		for _, s := range with {
			require.NotNil(t, s.Right, s.Ask)
			require.NotEmpty(t, s.After, s.Ask)
		}
		require.Equal(t, c.Name, Named(c.Name)[0].Name)
	}
	require.Empty(t, Named("nowhere"))
	require.Len(t, Named(""), len(Names()))
}
