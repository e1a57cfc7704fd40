//go:build linux

package cli_test

import (
	"testing"

	"github.com/stretchr/testify/require"

	"secgpt/hub/history"
	"secgpt/hub/profile"
	"secgpt/mediator/label"
)

func TestPolicyCheckExitCodes(t *testing.T) {
	dir := t.TempDir()
	require.Zero(t, try(t, "policy", "list", "--demo", "--profile", dir).code)
	for want, args := range map[int][]string{
		0: {"calendar.create_event", `{"title":"x"}`},
		4: {"calendar.create_event", `{"title":"x"}`, "--from", "mail"},
		2: {"calendar.create_event", `{"titel":"x"}`},
	} {
		require.Equal(t, want, try(t, append([]string{"policy", "check", "--profile", dir}, args...)...).code, "%v", args)
	}
	require.Zero(t, try(t, "policy", "add", "--profile", dir, "deny mail -> calendar").code)
	require.Equal(t, 4, try(t, "policy", "check", "--profile", dir, "calendar.create_event", `{"title":"x"}`, "--from", "mail").code)
}

// What an app received before is in what it returns, and so in a call that takes that.
func TestPolicyCheckCountsHistory(t *testing.T) {
	dir := t.TempDir()
	require.Zero(t, try(t, "policy", "list", "--demo", "--profile", dir).code)
	p, err := profile.At(dir)
	require.NoError(t, err)
	check := func() string {
		return try(t, "policy", "check", "--profile", dir, "calendar.create_event", `{"title":"x","start":"2026-12-01"}`, "--from", "title=notes").out
	}
	require.Contains(t, check(), "allow notes -> calendar.create_event")
	require.NotContains(t, check(), "not counted")
	require.NoError(t, history.Open(p.App("notes")).Add("n1", label.Of("mail")))
	require.Contains(t, check(), "(not counted: some items of notes also hold data of mail)")
	require.NoError(t, history.Open(p.App("notes")).Add("", label.Of("contacts")))
	require.Contains(t, check(), "allow contacts, notes -> calendar.create_event")
}
