// Package house holds the rules of the house as tests: who may import whom, that
// every package says what it is for, and how long a file may be.
package house

import (
	"encoding/json"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
)

// pkg is what `go list` tells of a package.
type pkg struct {
	ImportPath string
	Doc        string
	Dir        string
	Name       string
	Imports    []string
	Deps       []string
	GoFiles    []string
}

func packages(t *testing.T) []pkg {
	cmd := exec.Command("go", "list", "-json", "secgpt/...")
	cmd.Stderr = os.Stderr
	out, err := cmd.Output()
	require.NoError(t, err)
	var all []pkg
	for d := json.NewDecoder(strings.NewReader(string(out))); ; {
		var p pkg
		if err := d.Decode(&p); err == io.EOF {
			return all
		} else {
			require.NoError(t, err)
		}
		all = append(all, p)
	}
}

// forbidden lists what a package below a path may not reach, and why.
var forbidden = []struct {
	below string
	not   func(importer, imported string) bool
	why   string
}{
	{"secgpt/mediator", outside("secgpt/mediator"), "the mediator can be read, tested and reused alone"},
	{"secgpt/isolate", outside("secgpt/isolate"), "the room can be read, tested and reused alone"},
	{"secgpt/apps", below("secgpt/hub", "secgpt/tui", "secgpt/isolate"), "an app and its spoke know nothing of the hub"},
	{"secgpt/hub", below("secgpt/tui", "secgpt/apps/mail", "secgpt/apps/calendar", "secgpt/apps/contacts", "secgpt/apps/notes", "secgpt/apps/paper", "secgpt/apps/builtin", "secgpt/apps/spoke"), "the hub knows no screen and runs no app"},
	{"secgpt/hub", below("github.com/modelcontextprotocol"), "what an app says is parsed in its own room"},
	{"secgpt/tui", below("secgpt/apps/mail", "secgpt/apps/calendar", "secgpt/apps/contacts", "secgpt/apps/notes", "secgpt/apps/paper", "secgpt/apps/spoke"), "the screen knows no app"},
	{"secgpt", below("github.com/charmbracelet/glamour", "github.com/alecthomas/chroma", "charm.land/glamour"), "their package inits cost every start 16 ms"},
}

func below(paths ...string) func(string, string) bool {
	return func(_, imported string) bool {
		for _, p := range paths {
			if imported == p || strings.HasPrefix(imported, p+"/") {
				return true
			}
		}
		return false
	}
}

func outside(folder string) func(string, string) bool {
	return func(_, imported string) bool {
		return strings.HasPrefix(imported, "secgpt/") && !below(folder)("", imported)
	}
}

func TestImportsPointOneWay(t *testing.T) {
	for _, p := range packages(t) {
		for _, rule := range forbidden {
			if !below(rule.below)("", p.ImportPath) {
				continue
			}
			for _, imported := range p.Deps {
				require.False(t, rule.not(p.ImportPath, imported), "%s reaches %s: %s", p.ImportPath, imported, rule.why)
			}
		}
	}
}

func TestEveryPackageSaysWhatItIsFor(t *testing.T) {
	for _, p := range packages(t) {
		if len(p.GoFiles) > 0 {
			require.NotEmpty(t, p.Doc, "%s has no package comment", p.ImportPath)
		}
	}
}

// maxLines bounds a file: what is longer is two ideas.
const maxLines = 600

func TestFilesAreShort(t *testing.T) {
	for _, p := range packages(t) {
		files, err := filepath.Glob(filepath.Join(p.Dir, "*.go"))
		require.NoError(t, err)
		for _, f := range files {
			data, err := os.ReadFile(f)
			require.NoError(t, err)
			require.LessOrEqual(t, strings.Count(string(data), "\n"), maxLines, f)
		}
	}
}
