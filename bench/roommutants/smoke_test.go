package main

import (
	"bytes"
	"encoding/json"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"secgpt/bench/internal/gotool"
)

// One rule of each kind, on real rooms: of the filter, of what a stage is told, of
// the code.
func TestSmoke(t *testing.T) {
	file := filepath.Join(t.TempDir(), "found.json")
	var out bytes.Buffer
	err := run(t.Context(), []string{"-json", file, "-only", "^(seccomp: bpf: no rule|limit: core .*|kernel: not the first to be ended)$"}, &out)
	if err != nil && strings.Contains(err.Error(), "no answer") && os.Getenv("SECGPT_TEST_ALL") == "" {
		t.Skipf("no rooms on this machine: %v", err)
	}
	require.NoError(t, err, "%s", out.String())
	text, err := os.ReadFile(file)
	require.NoError(t, err)
	var found []result
	require.NoError(t, json.Unmarshal(text, &found))
	require.Len(t, found, 3)
	want := map[string]string{"seccomp: bpf: no rule": "K05 bpf", "limit: core is the hub's own": "A26 core limit",
		"kernel: not the first to be ended": "B09 first to be ended"}
	for _, r := range found {
		require.Equal(t, "row", r.By, r.Name)
		require.Contains(t, r.Noticed, want[r.Name])
		require.NotContains(t, r.Noticed, "A27 environment", "a room saw how it was changed")
	}
	require.Contains(t, out.String(), "3 of    3 (100.0 %): 3 by rows")
}

// What is to be replaced in the code is there, once; it need not be built for that.
func TestRulesAreInTheCode(t *testing.T) {
	module, err := gotool.Module(t.Context())
	require.NoError(t, err)
	all, err := codeMutants(module)
	require.NoError(t, err)
	names := map[string]bool{}
	for _, m := range all {
		require.False(t, names[m.Name], m.Name)
		names[m.Name] = true
		for _, e := range m.code.edits {
			text, err := os.ReadFile(filepath.Join(module, "isolate", e.file))
			require.NoError(t, err)
			require.Equal(t, 1, strings.Count(string(text), e.from), "%s: %s has %q not once: mend rules.go", m.Name, e.file, e.from)
			require.NotEqual(t, e.from, e.to, m.Name)
		}
	}
	for _, found := range []string{"capabilities: bounding set is left", "mount: /proc without AttrNoSuid",
		"mount: /proc without subset=pid", "tmpfs: / without size=1m"} {
		require.True(t, names[found], found)
	}
}

// Tests that are named as noticing something are there.
func TestNamedTestsAreThere(t *testing.T) {
	module, err := gotool.Module(t.Context())
	require.NoError(t, err)
	files, err := filepath.Glob(filepath.Join(module, "isolate", "*_test.go"))
	require.NoError(t, err)
	var all bytes.Buffer
	for _, f := range files {
		text, err := os.ReadFile(f)
		require.NoError(t, err)
		all.Write(text)
	}
	for _, r := range codeRules {
		if r.tests == "" {
			continue
		}
		for name := range strings.SplitSeq(r.tests, "|") {
			require.Regexp(t, regexp.MustCompile(`(?m)^func `+name+`\(`), all.String(), r.name)
		}
	}
}

func TestDifferences(t *testing.T) {
	a := findings{"bare": {Wrong: map[string]string{"A": "ok", "B": "EPERM"}}, "own": {Refused: "x"}}
	b := findings{"bare": {Wrong: map[string]string{"A": "ok", "B": "ok", "C": "ok"}}, "own": {Refused: "y"}}
	require.Empty(t, differences(a, a))
	require.Equal(t, []string{"B", "C", "x, y"}, differences(a, b))
	require.Equal(t, []string{"y", "A", "B", "C"}, b.said())
	require.Equal(t, "proof", b.by())
}

// Too few noticed is a failure, and each of the rest is named with its reason.
func TestSummary(t *testing.T) {
	var out bytes.Buffer
	all := []result{{Name: "a: x", By: "row"}, {Name: "a: y", Why: "for a reason"}, {Name: "b: z"}}
	require.EqualError(t, summary(&out, all, time.Second), "1 of 3 rules are noticed, at least 95 % must be")
	require.Contains(t, out.String(), "a               1 of    2 ( 50.0 %)")
	require.Contains(t, out.String(), "not noticed: a: y: for a reason\n")
	require.Contains(t, out.String(), "not noticed: b: z: no reason is known")
	require.NoError(t, summary(&out, all[:1], time.Second))
}
