//go:build linux

package cli_test

import (
	"fmt"
	"path/filepath"
	"testing"

	"github.com/stretchr/testify/require"

	"secgpt/isolate/roomtest"
	"secgpt/mediator/audit"
)

// The record tells by which calls data came, also what a plan made of it.
func TestExplainTellsTheWayOfWhatWasMadeOfData(t *testing.T) {
	roomtest.Need(t)
	dir := profileWith(t)
	const found = "m = mail.read(id = mail.search(query = \"lunch\")[0].id)\n"
	for _, change := range []string{
		`notes.add(title = "t", text = m.subject)`,
		`notes.add(title = "t", text = "Re: " + m.subject)`,
		`notes.add(title = "t", text = m.subject.upper())`,
		"for w in m.subject.split()[:1]: notes.add(title = \"t\", text = \"%s!\" % w)",
		`if m.subject: notes.add(title = "t", text = "x")`,
	} {
		require.Equal(t, 4, runs(t, dir, found+change).code, change)
		entries, err := audit.Read(filepath.Join(dir, "state"), nil, 1)
		require.NoError(t, err)
		r := try(t, "audit", "explain", "--profile", dir, fmt.Sprint(entries[0].N))
		require.Contains(t, r.out, "wanted to call notes.add", change)
		require.Contains(t, r.out, "The data came by mail.search → mail.read → this.", change)
	}
}
