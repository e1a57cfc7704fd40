//go:build linux && (amd64 || arm64)

package program

import (
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"secgpt/isolate"
	"secgpt/isolate/roomtest"
)

func TestMain(m *testing.M) {
	isolate.Main()
	os.Exit(m.Run())
}

// folder makes a folder that any user can reach.
func folder(t *testing.T) string {
	t.Helper()
	dir, err := os.MkdirTemp("", "program")
	require.NoError(t, err)
	t.Cleanup(func() { require.NoError(t, os.RemoveAll(dir)) })
	require.NoError(t, os.Chmod(dir, 0o755))
	dir, err = filepath.EvalSymlinks(dir)
	require.NoError(t, err)
	return dir
}

// home is an empty home folder, and the surroundings of somebody who lives there.
func home(t *testing.T, vars ...string) (string, Env) {
	t.Helper()
	dir := filepath.Join(folder(t), "u")
	require.NoError(t, os.Mkdir(dir, 0o755))
	path := "PATH=" + dir + "/.local/bin:/usr/local/bin:/usr/bin:/bin"
	return dir, Env{Vars: append([]string{"HOME=" + dir, path}, vars...), Dir: dir}
}

// put writes a file with all the folders on the way; one that begins like a program
// is executable.
func put(t *testing.T, path, text string) string {
	t.Helper()
	require.NoError(t, os.MkdirAll(filepath.Dir(path), 0o755))
	mode := os.FileMode(0o644)
	if strings.HasPrefix(text, "#!") || strings.HasPrefix(text, "\x7fELF") {
		mode = 0o755
	}
	require.NoError(t, os.WriteFile(path, []byte(text), mode))
	return path
}

func link(t *testing.T, to, path string) string {
	t.Helper()
	require.NoError(t, os.MkdirAll(filepath.Dir(path), 0o755))
	require.NoError(t, os.Symlink(to, path))
	return path
}

// copied makes a copy of a program of this machine.
func copied(t *testing.T, from, to string) string {
	t.Helper()
	if !isFile(from) {
		roomtest.Missing(t, "no %s here", from)
	}
	text, err := os.ReadFile(from)
	require.NoError(t, err)
	return put(t, to, string(text))
}

// tool runs a tool of this machine that a test makes its things with.
func tool(t *testing.T, name string, args ...string) string {
	t.Helper()
	path, err := exec.LookPath(name)
	if err != nil {
		roomtest.Missing(t, "no %s here", name)
	}
	cmd := exec.CommandContext(t.Context(), path, args...)
	out, err := cmd.CombinedOutput()
	require.NoError(t, err, "%s %v: %s", name, args, out)
	return string(out)
}

// find finds what must be found.
func find(t *testing.T, env Env, argv ...string) Program {
	t.Helper()
	p, err := Find(argv, env)
	require.NoError(t, err)
	for _, r := range p.Reads {
		there, err := filepath.EvalSymlinks(r.Path)
		require.NoError(t, err)
		require.Equal(t, there, r.Path, "a link can't be granted")
		require.NotEmpty(t, r.Why)
	}
	return p
}

// paths are the readable places of a program, sorted; one that is shown under
// another name is PATH>AT.
func paths(p Program) []string {
	list := []string{}
	for _, r := range p.Reads {
		if r.At != r.Path {
			r.Path += ">" + r.At
		}
		list = append(list, r.Path)
	}
	slices.Sort(list)
	return list
}

// inRoom runs a program in a room that has what was found and nothing else.
func inRoom(t *testing.T, p Program) string {
	t.Helper()
	roomtest.Need(t)
	s := isolate.Spec{Name: "program", Argv: p.Argv, HostID: isolate.HostIDBase + 7,
		Env: append([]string{"HOME=/data", "LANG=C.UTF-8"}, p.Env...)}
	for _, r := range p.Reads {
		s.Files = append(s.Files, isolate.Grant{Path: r.Path, At: r.At})
	}
	r, err := isolate.Start(t.Context(), s)
	require.NoError(t, err)
	defer func() { require.NoError(t, r.Close()) }()
	require.NoError(t, r.In.Close())
	out, err := io.ReadAll(r.Out)
	require.NoError(t, err)
	exit := r.Wait()
	require.Equal(t, isolate.Exit{}, exit, "%v\n%s\n%s", p, out, r.Stderr())
	return string(out)
}
