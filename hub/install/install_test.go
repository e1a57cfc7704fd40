package install

import (
	"encoding/json"
	"testing"

	"github.com/stretchr/testify/require"

	"secgpt/apps"
	"secgpt/apps/link"
	"secgpt/hub"
	"secgpt/hub/profile"
	"secgpt/mediator"
	"secgpt/mediator/policy"
)

// A new tool can take the alias of another, which then has the next one. What was agreed
// of a tool goes with the tool, and no rule goes over to one that the person did not mean.
func TestWhatWasAgreedFollowsTheToolNotItsAlias(t *testing.T) {
	p, err := profile.At(t.TempDir())
	require.NoError(t, err)
	r, err := hub.Apps(p)
	require.NoError(t, err)
	tool := func(name string) link.Tool {
		return link.Tool{Name: name, Input: json.RawMessage(`{"properties":{"x":{"type":"string"}}}`)}
	}
	m := apps.Manifest{Name: "guest", Command: []string{"run"}, Tools: map[string]apps.ToolManifest{
		"a_b": {Effect: mediator.Send}, "a_b_2": {Effect: mediator.Read}, "plain": {Effect: mediator.Write}}}
	was := apps.Agreed{Manifest: m, Said: []link.Tool{tool("a-b"), tool("a.b"), tool("plain")}}
	require.NoError(t, r.Add(was))
	r, err = hub.Apps(p)
	require.NoError(t, err)
	rules, err := policy.Open(p.Policy())
	require.NoError(t, err)
	for _, text := range []string{"allow mail -> guest.a_b", "allow mail -> guest.plain(x=\"1\")", "deny notes -> guest.a_b", "allow mail -> guest"} {
		rule, err := policy.Parse(text)
		require.NoError(t, err)
		_, err = rules.Add(rule)
		require.NoError(t, err)
	}

	now := &Proposal{profile: p, apps: r, agreed: apps.Agreed{Manifest: m, Said: append([]link.Tool{tool("a b")}, was.Said...)}}
	require.NoError(t, now.describe(nil))
	require.NoError(t, now.compare(was))
	effects := map[string]mediator.Effect{}
	for _, tool := range now.App.Tools {
		own, _ := now.App.Own(tool.Name, json.RawMessage(`{}`))
		effects[own] = now.App.Manifest.Tools[tool.Name].Effect
	}
	require.Equal(t, map[string]mediator.Effect{"a b": mediator.Send, "a-b": mediator.Send, "a.b": mediator.Read, "plain": mediator.Write}, effects)

	ended, err := now.Accept()
	require.NoError(t, err)
	require.Equal(t, []string{"allow mail -> guest.a_b"}, ended)
	left, err := rules.Rules()
	require.NoError(t, err)
	require.Len(t, left, 3)
}
