//go:build linux

package cli_test

import (
	"bufio"
	"encoding/json"
	"fmt"
	"net"
	"net/http"
	"net/http/httptest"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"secgpt/apps/link"
	"secgpt/isolate/roomtest"
	"secgpt/mediator/audit"
)

// fetchServer is the published server that is tried, unchanged.
const fetchServer = "mcp-server-fetch==2026.10.24"

// fetchCommand is that server in a venv, which is kept from run to run. By default it
// refuses addresses that are not public, as those of a room's hosts are not.
func fetchCommand(t *testing.T) []string {
	t.Helper()
	if !roomtest.All() {
		t.Skip("SECGPT_TEST_ALL=1 installs it from its registry")
	}
	cache, err := os.UserCacheDir()
	require.NoError(t, err)
	dir := filepath.Join(cache, "secgpt-test-fetch")
	mark := filepath.Join(dir, "installed")
	if have, err := os.ReadFile(mark); err != nil || string(have) != fetchServer {
		require.NoError(t, os.RemoveAll(dir))
		for _, argv := range [][]string{
			{"python3", "-m", "venv", dir},
			{dir + "/bin/python", "-m", "pip", "install", "--quiet", fetchServer},
			// What it reads pages with installs its other half at the first page.
			{dir + "/bin/python", "-c", "import readabilipy.simple_json as s; s.have_node()"},
		} {
			out, err := exec.Command(argv[0], argv[1:]...).CombinedOutput()
			require.NoError(t, err, "%v: %s", argv, out)
		}
		require.NoError(t, os.WriteFile(mark, []byte(fetchServer), 0o644))
	}
	dir, err = filepath.EvalSymlinks(dir)
	require.NoError(t, err)
	return []string{dir + "/bin/mcp-server-fetch", "--allow-private-ips"}
}

// toolsOf asks a server for what it offers.
func toolsOf(t *testing.T, command []string) []link.Tool {
	t.Helper()
	cmd := exec.Command(command[0], command[1:]...)
	in, err := cmd.StdinPipe()
	require.NoError(t, err)
	out, err := cmd.StdoutPipe()
	require.NoError(t, err)
	require.NoError(t, cmd.Start())
	defer func() { require.NoError(t, cmd.Wait()) }()
	defer in.Close()
	for _, line := range []string{
		`{"jsonrpc":"2.0","id":1,"method":"initialize","params":{"protocolVersion":"2025-06-18","capabilities":{},"clientInfo":{"name":"t","version":"1"}}}`,
		`{"jsonrpc":"2.0","method":"notifications/initialized"}`,
		`{"jsonrpc":"2.0","id":2,"method":"tools/list"}`,
	} {
		_, err := fmt.Fprintln(in, line)
		require.NoError(t, err)
	}
	var answer struct {
		ID     int
		Result struct {
			Tools []struct {
				Name, Description         string
				InputSchema, OutputSchema json.RawMessage
				Annotations               struct{ ReadOnlyHint, DestructiveHint, OpenWorldHint *bool }
			}
		}
	}
	for lines := bufio.NewReader(out); answer.ID != 2; {
		line, err := lines.ReadString('\n')
		require.NoError(t, err)
		require.NoError(t, json.Unmarshal([]byte(line), &answer))
	}
	var tools []link.Tool
	for _, o := range answer.Result.Tools {
		says := func(hint *bool, it bool) bool { return hint != nil && *hint == it }
		tools = append(tools, link.Tool{Name: o.Name, About: o.Description, Input: o.InputSchema, Output: o.OutputSchema, Hints: link.Hints{
			Changes: says(o.Annotations.ReadOnlyHint, false), Destroys: says(o.Annotations.DestructiveHint, true),
			Leaves: says(o.Annotations.OpenWorldHint, true)}})
	}
	return tools
}

// A server from its registry, unchanged, in a venv, as an installed app with a host.
func TestNetFetchServerAsAnApp(t *testing.T) {
	command := fetchCommand(t)
	site := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if r.URL.Path == "/page" {
			w.Header().Set("Content-Type", "text/html")
			fmt.Fprint(w, "<html><body><article><h1>Heading</h1><p>"+strings.Repeat("Some words. ", 50)+"</p></article></body></html>")
			return
		}
		http.NotFound(w, r)
	}))
	t.Cleanup(site.Close)
	at := fmt.Sprintf("site.example:%d", site.Listener.Addr().(*net.TCPAddr).Port)
	dir := profileWith(t)
	installed(t, dir, "fetch", []string{"http://" + at + "@127.0.0.1"}, command, toolsOf(t, command),
		"[tools.fetch]\neffect = \"read\"\nroles = { url = \"target\" }\n")

	call := func(url string) ran {
		return try(t, "apps", "call", "--demo", "--profile", dir, "fetch.fetch", fmt.Sprintf(`{"url":%q}`, url))
	}
	r := call("http://" + at + "/page")
	require.Zero(t, r.code, r.err)
	require.Contains(t, r.out, "Some words.")
	net := entries(t, dir, audit.Net)
	require.Len(t, net, 4, "robots.txt and the page")
	for _, e := range net {
		require.Equal(t, "http "+at, e.Host)
	}
	require.EqualValues(t, 5, call("http://other.example/").code, "a host that was not granted")
	require.Len(t, entries(t, dir, audit.Net), 4)

	r = tryWith(t, strings.NewReader("m = mail.search(sender = \"Mallory\")[0]\nreply(fetch.fetch(url = \"http://"+at+"/\" + m.subject))"), nil, on(dir)...)
	require.Equal(t, 4, r.code, r.err)
	require.Len(t, entries(t, dir, audit.Net), 4, "nothing of the mail left")
	intact(t, dir)
}
