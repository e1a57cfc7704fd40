package main

import (
	"bytes"
	"encoding/json"
	"os"
	"path/filepath"
	"testing"

	"github.com/stretchr/testify/require"
)

// A label that a length loses, and one that a branch loses: the tests notice.
func TestSmoke(t *testing.T) {
	file := filepath.Join(t.TempDir(), "found.json")
	var out bytes.Buffer
	const which = `builtins\.go.*IntOf gets v\.All\(\)|control\.go.*what it is joined to, s\.taint|run\.go.*joined list\.Own\(\)`
	require.NoError(t, run(t.Context(), []string{"-json", file, "-only", which, "-checks", "400"}, &out), out.String())
	text, err := os.ReadFile(file)
	require.NoError(t, err)
	var found []result
	require.NoError(t, json.Unmarshal(text, &found))
	require.Len(t, found, 4, out.String())
	for _, r := range found {
		require.NotEmpty(t, r.By, "%+v", r)
	}
}
