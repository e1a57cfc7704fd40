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

	// What the program is made of: the go command can't know what these tests build.
	_ "secgpt/apps/spoke"
	_ "secgpt/tui/cli"
)

// A person is a profile, and the program with which it is used.
type person struct {
	t            *testing.T
	program, dir string
}

func newPerson(t *testing.T) person {
	t.Helper()
	p := person{t, filepath.Join(t.TempDir(), "secgpt"), filepath.Join(t.TempDir(), "p")}
	say(t, "go", "build", "-o", p.program, "secgpt")
	return p
}

// does runs secgpt, with a plan on standard input, and returns what it prints.
func (p person) does(plan string, args ...string) (out, errs string) {
	p.t.Helper()
	ctx, cancel := context.WithTimeout(p.t.Context(), 2*time.Minute)
	defer cancel()
	cmd := exec.CommandContext(ctx, p.program, append(args, "--profile", p.dir, "--model", "none")...)
	if args[0] == "apps" { // what follows -- is the app's
		cmd = exec.CommandContext(ctx, p.program, append([]string{"--profile", p.dir}, args...)...)
	}
	var said, complained strings.Builder
	cmd.Stdin, cmd.Stdout, cmd.Stderr = strings.NewReader(plan), &said, &complained
	err := cmd.Run()
	require.NoError(p.t, err, "%q: %s", args, complained.String())
	return said.String(), complained.String()
}

// Published servers are added by one command and called by a plan.
func TestPublishedServersAreAdded(t *testing.T) {
	bin := filepath.Join(installNPM(t), "node_modules", ".bin")
	clock := filepath.Join(installPyPI(t), "bin", "mcp-server-time")
	need(t)
	p := newPerson(t)
	_, shown := p.does("", "apps", "add", "every", "--yes", "--", filepath.Join(bin, "mcp-server-everything"))
	require.Contains(t, shown, "get_sum(a, b)")
	home := folder(t)
	settings := filepath.Join(folder(t), "settings") // an app inherits no variables: it is granted a file of them
	require.NoError(t, os.WriteFile(settings, []byte("MEMORY_FILE_PATH=/data/memory.jsonl\n"), 0o644))
	_, shown = p.does("", "apps", "add", "graph", "--read", settings, "--yes", "--", "node", "--env-file", settings, filepath.Join(bin, "mcp-server-memory"))
	require.Contains(t, shown, "create_entities(entities)")
	_, shown = p.does("", "apps", "add", "clock", "--yes", "--", clock)
	require.Contains(t, shown, "get_current_time(timezone)")
	require.NoError(t, os.WriteFile(filepath.Join(home, "list"), []byte("milk"), 0o644))
	_, shown = p.does("", "apps", "add", "disk", "--write", home, "--yes", "--", filepath.Join(bin, "mcp-server-filesystem"), home)
	require.Contains(t, shown, home+" (read and write)")

	for _, rule := range []string{"allow person -> every.echo", "allow person -> graph.create_entities", "allow person -> disk.write_file"} {
		p.does("", "policy", "add", rule)
	}
	out, _ := p.does(`every.echo(message = "hello")
reply(every.get_sum(a = 40, b = 2))
graph.create_entities(entities = [{"name": "Ada", "entityType": "person", "observations": ["likes numbers"]}])
reply(graph.search_nodes(query = "Ada").entities[0].observations[0])
reply(clock.get_current_time(timezone = "Asia/Tokyo").timezone)
disk.write_file(path = "`+home+`/new", content = "eggs")
reply(disk.list_directory(path = "`+home+`"))`, "run", "-")
	for _, want := range []string{"42", "likes numbers", "Asia/Tokyo", "[FILE] list"} {
		require.Contains(t, out, want)
	}
	text, err := os.ReadFile(filepath.Join(home, "new"))
	require.NoError(t, err)
	require.Equal(t, "eggs", string(text))
	out, _ = p.does(`reply(graph.read_graph().entities[0].name)`, "run", "-")
	require.Contains(t, out, "Ada", "it kept nothing from run to run")
	note(true, "apps add", "everything, memory, filesystem, time", "added, pinned and called by a plan")
}
