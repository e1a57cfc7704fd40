package hub

import (
	"os"
	"regexp"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"secgpt/hub/plan"
	"secgpt/hub/profile"
)

// TestThePlansOfTheDocs: each plan of docs/plans.md passes the checks with the built-in
// apps, and each that is wrong is refused in the words that stand below it.
func TestThePlansOfTheDocs(t *testing.T) {
	doc, err := os.ReadFile("../docs/plans.md")
	require.NoError(t, err)
	p, err := profile.At(t.TempDir())
	require.NoError(t, err)
	h, err := Open(Options{Profile: p, Rooms: &marked{}})
	require.NoError(t, err)
	t.Cleanup(func() { h.Close() })
	right := regexp.MustCompile("(?ms)^```plan\n(.*?)^```$").FindAllSubmatch(doc, -1)
	wrong := regexp.MustCompile("(?ms)^```wrong\n(.*?)^```\n    ([^\n]+)$").FindAllSubmatch(doc, -1)
	require.Greater(t, len(right), 10)
	require.Len(t, wrong, strings.Count(string(doc), "```wrong"))
	for _, m := range right {
		_, err := plan.Parse("plan", string(m[1]), tools{h.apps})
		require.NoError(t, err, string(m[1]))
	}
	for _, m := range wrong {
		_, err := plan.Parse("plan", string(m[1]), tools{h.apps})
		require.EqualError(t, err, string(m[2]))
	}
}
