package apptest

import (
	"encoding/json"
	"maps"
	"os"
	"slices"
	"testing"

	"github.com/BurntSushi/toml"
	"github.com/stretchr/testify/require"

	"secgpt/apps"
	"secgpt/apps/builtin"
)

// Described holds the app to the tools.json and the manifest.toml in its own folder,
// which is the test's, and returns the manifest. If update is set, tools.json is
// written first.
//
// The manifest must name every tool and give every parameter a role, and nothing else:
// what it leaves out would be judged as the strictest, and what it adds is a mistake.
func Described(t testing.TB, s *builtin.Server, update bool) apps.Manifest {
	t.Helper()
	pinned(t, s, "tools.json", update)
	var m apps.Manifest
	meta, err := toml.DecodeFile("manifest.toml", &m)
	require.NoError(t, err)
	require.Empty(t, meta.Undecoded())
	tools := s.Tools()
	require.Len(t, m.Tools, len(tools))
	for _, tool := range tools {
		require.Contains(t, m.Tools, tool.Name)
		said := m.Tools[tool.Name]
		require.NotEmpty(t, said.About, tool.Name)
		var schema struct {
			Properties map[string]any `json:"properties"`
		}
		require.NoError(t, json.Unmarshal(tool.Input, &schema))
		parameters, roles := slices.Sorted(maps.Keys(schema.Properties)), slices.Sorted(maps.Keys(said.Roles))
		require.Equal(t, parameters, roles, "the roles of %s", tool.Name)
	}
	for _, i := range m.Intents {
		require.Contains(t, m.Tools, i.Tool)
		for name := range i.Args {
			require.Contains(t, m.Tools[i.Tool].Roles, name, i.Say)
		}
	}
	return m
}

// pinned fails if file is not the app's tool list, or writes it if update is set.
func pinned(t testing.TB, s *builtin.Server, file string, update bool) {
	t.Helper()
	now, err := s.Pinned()
	require.NoError(t, err)
	if update {
		require.NoError(t, os.WriteFile(file, now, 0o644))
	}
	old, err := os.ReadFile(file)
	require.NoError(t, err)
	require.Equal(t, string(old), string(now), "the tools changed: run this package's tests with -update, and look at the difference")
}
