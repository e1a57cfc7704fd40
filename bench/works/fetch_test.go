//go:build linux && (amd64 || arm64)

package works

import (
	"fmt"
	"net"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"github.com/modelcontextprotocol/go-sdk/mcp"
	"github.com/stretchr/testify/require"

	"secgpt/isolate"
	"secgpt/isolate/egress"
)

// site is a small web site on this machine.
func site(t *testing.T) (port int) {
	t.Helper()
	pages := map[string]string{
		"/robots.txt": "User-agent: *\nDisallow: /closed\n",
		"/page":       "<html><head><title>A page</title></head><body><article><h1>Heading</h1><p>" + strings.Repeat("Some words. ", 50) + "</p></article></body></html>",
		"/data":       `{"answer": 42}`,
		"/closed":     "not for robots",
	}
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		text, found := pages[r.URL.Path]
		switch {
		case r.URL.Path == "/moved":
			http.Redirect(w, r, "/data", http.StatusFound)
			return
		case r.URL.Path == "/away":
			http.Redirect(w, r, "http://other.example/", http.StatusFound)
			return
		case !found:
			http.NotFound(w, r)
			return
		case strings.HasPrefix(text, "{"):
			w.Header().Set("Content-Type", "application/json")
		}
		_, _ = fmt.Fprint(w, text)
	}))
	t.Cleanup(server.Close)
	return server.Listener.Addr().(*net.TCPAddr).Port
}

// The server looks at the address of a name itself, and by default refuses one that is
// not public, as those of a room's /etc/hosts are: hence its option.
const anyAddress = "--allow-private-ips"

func TestFetchServerRefusesLoopback(t *testing.T) {
	s := pythonServer(t, "mcp-server-fetch", folder(t))
	s.Hosts = []isolate.Host{{Name: "site.example", Ports: []int{80}}}
	c := connect(t, s)
	c.walk([]step{{tool: "fetch", args: args{"url": "http://site.example/"}, want: []string{"not a public address", anyAddress}, fail: true}})
	c.leave()
}

func TestFetchServer(t *testing.T) {
	port := site(t)
	grant, err := egress.ParseGrant(fmt.Sprintf("http://site.example:%d@127.0.0.1", port))
	require.NoError(t, err)
	gateway, err := egress.New([]egress.Grant{grant}, egress.Options{})
	require.NoError(t, err)
	t.Cleanup(gateway.Close)
	gateway.Open()
	t.Cleanup(gateway.Shut)

	s := pythonServer(t, "mcp-server-fetch", folder(t), anyAddress)
	s.Hosts = []isolate.Host{{Name: grant.Host, Ports: grant.Ports}}
	c := connect(t, s)
	for _, l := range c.room.Listeners {
		require.NoError(t, gateway.Serve(l, l.Host, l.Port))
	}
	at := func(page string) args { return args{"url": fmt.Sprintf("http://site.example:%d%s", port, page)} }
	raw, later := at("/page"), at("/page")
	raw["raw"], later["start_index"], later["max_length"] = true, 20, 30
	tried := c.walk([]step{
		{tool: "fetch", args: at("/page"), want: []string{"Some words."}},
		{tool: "fetch", args: raw, want: []string{"<article>"}},
		{tool: "fetch", args: later, want: []string{"start_index of 50"}},
		{tool: "fetch", args: at("/data"), want: []string{"42"}},
		{tool: "fetch", args: at("/moved"), want: []string{"42"}},
		{tool: "fetch", args: at("/missing"), want: []string{"404"}, fail: true},
		{tool: "fetch", args: at("/closed"), want: []string{"robots.txt"}, fail: true},
		{tool: "fetch", args: at("/away"), fail: true}, // to a host that was not granted
		{tool: "fetch", args: args{"url": "http://other.example/"}, fail: true},
		{tool: "fetch", args: args{"url": fmt.Sprintf("http://127.0.0.1:%d/page", port)}, fail: true}, // the machine's, not the room's
	})
	prompt, err := c.GetPrompt(c.within(), &mcp.GetPromptParams{Name: "fetch", Arguments: map[string]string{"url": at("/closed")["url"].(string)}})
	require.NoError(t, err)
	require.Contains(t, prompt.Messages[0].Content.(*mcp.TextContent).Text, "not for robots")
	c.leave()
	notePyPI(t, "mcp-server-fetch", tried+": markdown, raw, parts, JSON, redirects, 404, robots.txt, a prompt, other hosts refused")
}
