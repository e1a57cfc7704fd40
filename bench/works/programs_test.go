//go:build linux && (amd64 || arm64)

package works

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"secgpt/isolate"
)

// A trial is a program that is tried in a room of its own, and in one beside a grant.
type trial struct {
	name    string
	version []string // what says it; else argv[0] --version
	binary  string   // copied into /data, as all of testdata is
	argv    []string
	env     []string
	tries   string            // the names of its lines, in order
	never   map[string]string // what no room gives, with words of the refusal in lower case
	alone   map[string]string // what only a room without a grant gives, likewise
}

// try runs the program in both kinds of room.
func (p trial) try(t *testing.T) {
	ok := true
	for _, beside := range []bool{false, true} {
		name := "alone"
		if beside {
			name = "beside a grant"
		}
		ok = t.Run(name, func(t *testing.T) {
			data, work := folder(t), "/data/work"
			require.NoError(t, os.Mkdir(filepath.Join(data, "work"), 0o777))
			require.NoError(t, os.CopyFS(data, os.DirFS("testdata")))
			if p.binary != "" {
				text, err := os.ReadFile(p.binary)
				require.NoError(t, err)
				require.NoError(t, os.WriteFile(filepath.Join(data, filepath.Base(p.binary)), text, 0o755))
			}
			s := spec(t, data, p.argv...)
			s.Env = append(append(s.Env, p.env...), "TRACE="+os.Getenv("TRACE"))
			if beside {
				work = folder(t)
				s.Files = append(s.Files, isolate.Grant{Path: work, Write: true})
			}
			s.Env = append(s.Env, "WORK="+work)
			p.compare(t, lines(t, s), len(s.Files) > 0)
		}) && ok
	}
	if p.version == nil {
		p.version = []string{p.argv[0], "--version"}
	}
	note(ok, p.name, strings.Split(say(t, p.version...), "\n")[0], p.tries)
}

// compare expects a line for each thing, in order. Of a refusal it expects the words
// of the errno, wherever they are in the line.
func (p trial) compare(t *testing.T, got []string, granted bool) {
	t.Helper()
	var want []string
	for i, name := range strings.Fields(p.tries) {
		why, refused := p.never[name]
		if !refused && granted {
			why, refused = p.alone[name]
		}
		if !refused {
			want = append(want, "ok "+name)
			continue
		}
		line := "no " + name + ": … " + why
		want = append(want, line)
		if i < len(got) && strings.HasPrefix(got[i], "no "+name+": ") && strings.Contains(strings.ToLower(got[i]), why) {
			got[i] = line
		}
	}
	require.Equal(t, want, got)
}
