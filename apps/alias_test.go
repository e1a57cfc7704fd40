package apps

import (
	"encoding/json"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"

	"secgpt/apps/link"
)

func TestAliases(t *testing.T) {
	for name, want := range map[string]string{
		"search": "search", "get-sum": "get_sum", "files/read": "files_read", "2fa": "n2fa", "ask": "ask_",
		"__init__": "init__", "日本": "unnamed", "": "unnamed", "a b\nc": "a_b_c", "from": "from",
		"send \u202e": "send__", strings.Repeat("x", 100): strings.Repeat("x", 64),
	} {
		require.Equal(t, want, aliases([]string{name})[name], "%q", name)
	}
	require.Equal(t, map[string]string{"get_sum": "get_sum", "get-sum": "get_sum_2", "get.sum": "get_sum_3"},
		aliases([]string{"get.sum", "get-sum", "get_sum"}), "whoever is called so keeps the name")
}

// Whatever an app calls its things, each has a name of its own that a plan can say, the
// same however they are ordered.
func TestAliasesAreOneToOne(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		names := rapid.SliceOfNDistinct(rapid.StringMatching(`[a_\-. 2\x{e4}k]{0,70}|ask|__a`), 0, 20, rapid.ID[string]).Draw(t, "names")
		all := aliases(names)
		seen := map[string]bool{}
		for _, n := range names {
			if a := all[n]; !usable(a) || seen[a] {
				t.Fatalf("%q became %q", n, a)
			}
			seen[all[n]] = true
			if usable(n) && all[n] != n {
				t.Fatalf("%q lost its name", n)
			}
		}
		again := aliases(rapid.Permutation(names).Draw(t, "order"))
		for _, n := range names {
			if all[n] != again[n] {
				t.Fatalf("%q is %q and %q", n, all[n], again[n])
			}
		}
	})
}

func TestACallGetsTheAppsOwnNames(t *testing.T) {
	said := []link.Tool{
		{Name: "get-sum", Input: json.RawMessage(`{"type":"object","required":["first-one"],"properties":{"first-one":{"type":"number","description":"a"},"b":{}}}`)},
		{Name: "plain", Input: json.RawMessage(`{"properties":{"b":{}}}`)},
	}
	var a App
	var err error
	a.Said = said
	a.Tools, a.own, err = rename(said)
	require.NoError(t, err)
	require.Equal(t, []Param{{Name: "first_one", Type: "number", Required: true, About: "a"}, {Name: "b", Type: "any"}}, a.Params("get_sum"))
	require.Equal(t, "get-sum", said[0].Name, "what the app said is left as it was")

	tool, args := a.Own("get_sum", json.RawMessage(`{"b":{"first_one":1},"first_one":2.50}`))
	require.Equal(t, "get-sum", tool)
	require.Equal(t, `{"b":{"first_one":1},"first-one":2.50}`, string(args), "only names, only on top")
	tool, args = a.Own("plain", json.RawMessage(`{ "b": 1 }`))
	require.Equal(t, "plain", tool)
	require.Equal(t, `{ "b": 1 }`, string(args), "the very same bytes")
	require.Equal(t, "get_sum", a.Alias("get-sum"))
	require.Equal(t, "nothing", a.Alias("nothing"))
}

func TestBoundsOfNames(t *testing.T) {
	many := `{"properties":{"a":{}` + strings.Repeat(`,"a":{}`, 0)
	for i := range MaxParams {
		many += `,"p` + strings.Repeat("x", i) + `":{}`
	}
	for want, tools := range map[string][]link.Tool{
		"its name has 129 bytes, 128 at most": {{Name: strings.Repeat("n", 129), Input: json.RawMessage(`{}`)}},
		"two tools are named":                 {{Name: "a", Input: json.RawMessage(`{}`)}, {Name: "a", Input: json.RawMessage(`{}`)}},
		"it has 129 parameters, 128 at most":  {{Name: "a", Input: json.RawMessage(many + `}}`)}},
		"the parameter \"xxx":                 {{Name: "a", Input: json.RawMessage(`{"properties":{"` + strings.Repeat("x", 129) + `":{}}}`)}},
	} {
		_, _, err := rename(tools)
		require.ErrorContains(t, err, want)
	}
}
