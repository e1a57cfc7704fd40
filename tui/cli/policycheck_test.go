//go:build linux

package cli_test

import (
	"testing"

	"github.com/stretchr/testify/require"
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
