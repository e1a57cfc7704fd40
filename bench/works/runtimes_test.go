//go:build linux && (amd64 || arm64)

package works

import (
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"testing"

	"github.com/stretchr/testify/require"
)

// What is refused by design, as programs say it.
const (
	noFamily = "address family not supported by protocol" // EAFNOSUPPORT
	noCall   = "function not implemented"                 // ENOSYS
)

func TestPython(t *testing.T) {
	need(t, "python3")
	p := trial{
		name: "CPython", argv: []string{"python3", "/data/app.py"},
		tries: "files temporary fifos mapped threads processes manager forkserver unix_sockets socketpairs loop web udp " +
			"programs database tls signals clocks randomness machine waits copies splice shared_memory_file",
		never: map[string]string{"splice": "invalid argument", "shared_memory_file": noCall}, // the latter but with MFD_NOEXEC_SEAL
		alone: map[string]string{"unix_sockets": noFamily, "forkserver": noFamily, "manager": "eoferror"},
	}
	p.try(t)
	if _, err := os.Stat("/usr/bin/python3"); err == nil {
		p.name, p.argv = "CPython of the system", []string{"/usr/bin/python3", "/data/app.py"}
		p.try(t)
	}
}

func TestNode(t *testing.T) {
	need(t, "node")
	trial{
		name: "Node", argv: []string{"node", "/data/app.js"},
		tries: "files watch workers children tcp udp unix_sockets web names streams crypto machine interfaces wasm memory clocks",
		never: map[string]string{"interfaces": "system error 97"}, // libuv asks netlink and has no name for the errno
		alone: map[string]string{"unix_sockets": "address family not supported"},
	}.try(t)
}

// A Java runtime sizes its heap by the machine, which it asks the kernel for, not by
// its limits: an app's manifest must tell it, or it commits a 64th of the machine's
// memory at its start.
func TestJava(t *testing.T) {
	need(t, "java")
	found, err := filepath.Glob("/usr/lib/jvm/*/bin/java")
	require.NoError(t, err)
	first, err := exec.LookPath("java")
	require.NoError(t, err)
	var paths, seen []string
	for _, p := range append([]string{first}, found...) {
		if real, err := filepath.EvalSymlinks(p); err == nil && !slices.Contains(seen, real) {
			paths, seen = append(paths, p), append(seen, real)
		}
	}
	for _, path := range paths {
		trial{
			name: "OpenJDK", argv: []string{path, "/data/App.java"}, env: []string{"JAVA_TOOL_OPTIONS=-XX:MaxRAM=512m"},
			tries: "files watch threads programs web tcp unix_sockets crypto tls clocks machine",
			alone: map[string]string{"unix_sockets": noFamily},
		}.try(t)
	}
}

func TestShell(t *testing.T) {
	need(t, "bash")
	trial{
		name: "a shell with pipes", argv: []string{"bash", "/data/app.sh"},
		tries: "pipes here_documents substitution background traps descriptors temporary tools awk_program archives fifos " +
			"locks limits identity randomness tcp clocks links listing",
		never: map[string]string{"listing": "cannot open directory '/'"},
	}.try(t)
}

func TestGit(t *testing.T) {
	need(t, "git", "bash")
	trial{
		name: "git", version: []string{"git", "--version"}, argv: []string{"bash", "/data/git.sh"},
		tries: "begin settings history branches rebases changes packs clones pushes worktrees hooks archives bisects",
	}.try(t)
}

func TestSQLite(t *testing.T) {
	need(t, "sqlite3", "bash")
	trial{
		name: "sqlite", version: []string{"sqlite3", "--version"}, argv: []string{"bash", "/data/sqlite.sh"},
		tries: "tables journal writers rollback search backup sorting",
	}.try(t)
}
