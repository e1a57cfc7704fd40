//go:build linux && (amd64 || arm64)

package works

import (
	"context"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"secgpt/isolate/roomtest"
)

// The servers, as published. What they depend on is what the registries give.
var (
	npmPackages = []string{
		"@modelcontextprotocol/server-everything@2026.8.31",
		"@modelcontextprotocol/server-filesystem@2026.8.31",
		"@modelcontextprotocol/server-memory@2026.8.31",
		"@modelcontextprotocol/server-sequential-thinking@2026.8.31",
	}
	pyPackages = []string{"mcp-server-fetch==2026.10.24", "mcp-server-git==2026.10.19", "mcp-server-time==2026.10.19"}
)

// version finds what is pinned for a package.
func version(t *testing.T, list []string, name, sign string) string {
	for _, p := range list {
		if at, found := strings.CutPrefix(p, name+sign); found {
			return at
		}
	}
	t.Fatalf("%s is not pinned", name)
	return ""
}

// installLimit bounds one installation, from a slow registry.
const installLimit = 10 * time.Minute

func needRegistry(t *testing.T) {
	t.Helper()
	if !roomtest.All() {
		t.Skip("SECGPT_TEST_ALL=1 installs it from its registry")
	}
}

// installed keeps packages from run to run, below the person's caches: a folder for
// each kind and runtime, made anew when the list of packages changes.
func installed(t *testing.T, kind string, packages []string, steps func(dir string) [][]string) string {
	t.Helper()
	cache, err := os.UserCacheDir()
	require.NoError(t, err)
	dir := filepath.Join(cache, "secgpt-test-works", kind)
	list, mark := strings.Join(packages, "\n"), filepath.Join(dir, "installed")
	if have, err := os.ReadFile(mark); err != nil || string(have) != list {
		require.NoError(t, os.RemoveAll(dir))
		require.NoError(t, os.MkdirAll(dir, 0o755))
		ctx, cancel := context.WithTimeout(t.Context(), installLimit)
		defer cancel()
		for _, argv := range steps(dir) {
			cmd := exec.CommandContext(ctx, argv[0], argv[1:]...)
			cmd.Dir = dir
			out, err := cmd.CombinedOutput()
			require.NoError(t, err, "%s: %s", argv, out)
		}
		require.NoError(t, os.WriteFile(mark, []byte(list), 0o644))
	}
	dir, err = filepath.EvalSymlinks(dir)
	require.NoError(t, err)
	return dir
}

func installNPM(t *testing.T) string {
	t.Helper()
	needRegistry(t)
	need(t, "npm")
	return installed(t, "npm", npmPackages, func(dir string) [][]string {
		return [][]string{append([]string{"npm", "install", "--prefix", dir, "--no-audit", "--no-fund", "--ignore-scripts"}, npmPackages...)}
	})
}

func installPyPI(t *testing.T) string {
	t.Helper()
	needRegistry(t)
	need(t, "python3")
	path := say(t, "python3", "-c", "import sys; print(sys.executable)")
	return installed(t, "pypi", append([]string{path}, pyPackages...), func(dir string) [][]string {
		return [][]string{
			{path, "-m", "venv", dir},
			append([]string{filepath.Join(dir, "bin", "python"), "-m", "pip", "install", "--quiet"}, pyPackages...),
			// What mcp-server-fetch reads pages with installs its other half at the first
			// page, by npm and into itself; without npm it does without.
			{filepath.Join(dir, "bin", "python"), "-c", "import readabilipy.simple_json as s; s.have_node()"},
		}
	})
}
