//go:build linux

package cli_test

import (
	"bufio"
	"encoding/json"
	"fmt"
	"io"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"sync"
	"testing"

	"github.com/stretchr/testify/require"

	"secgpt/apps"
	"secgpt/apps/link"
	"secgpt/isolate/roomtest"
	"secgpt/mediator/audit"
)

// These run the whole program with an installed app that has a host: a script for a
// Python in a venv, which is nowhere in /usr, and a server on this machine that its
// host is led to.

// callerScript sends a line to a host, and answers with the line that comes back.
const callerScript = `import json, socket, sys
for line in sys.stdin:
    m = json.loads(line)
    if m["method"] == "initialize":
        r = {"protocolVersion": "2025-06-18", "capabilities": {"tools": {}}, "serverInfo": {"name": "x", "version": "1"}}
    elif m["method"] == "tools/list":
        r = {"tools": [{"name": "reach", "description": "Ask a host", "inputSchema": {"type": "object", "properties": {"text": {"type": "string"}, "at": {"type": "string"}}}}]}
    elif m["method"] == "tools/call":
        a = m["params"]["arguments"]
        host, port = a.get("at", sys.argv[1]).rsplit(":", 1)
        try:
            with socket.create_connection((host, int(port)), 20) as s:
                s.sendall((a["text"] + "\n").encode())
                r = {"content": [], "structuredContent": {"said": s.makefile().readline()}}
        except OSError as e:
            r = {"isError": True, "content": [{"type": "text", "text": "no way: %s" % e}]}
    elif "id" not in m:
        continue
    else:
        print(json.dumps({"jsonrpc": "2.0", "id": m["id"], "error": {"code": -32601, "message": "no"}}), flush=True)
        continue
    print(json.dumps({"jsonrpc": "2.0", "id": m["id"], "result": r}), flush=True)
`

var callerTools = []link.Tool{{Name: "reach", About: "Ask a host",
	Input: json.RawMessage(`{"type":"object","properties":{"text":{"type":"string"},"at":{"type":"string"}}}`)}}

const callerRoles = "[tools.reach]\neffect = \"read\"\nroles = { text = \"content\", at = \"option\" }\n"

// installed puts an app into a profile as one that the person agreed to.
func installed(t *testing.T, profile, name string, hosts, command []string, tools []link.Tool, rest string) {
	t.Helper()
	list, err := json.Marshal(tools)
	require.NoError(t, err)
	toml := func(words []string) string {
		b, err := json.Marshal(append([]string{}, words...))
		require.NoError(t, err)
		return string(b)
	}
	dir := filepath.Join(profile, "data", "apps", name)
	write(t, string(list), dir, "tools.json")
	write(t, fmt.Sprintf("name = %q\nabout = \"Asks a host\"\ncommand = %s\npin = %q\n[grants]\nhosts = %s\n%s",
		name, toml(command), apps.Pin(command, tools), toml(hosts), rest), dir, "app.toml")
}

// python is that of a new venv.
func python(t *testing.T) string {
	t.Helper()
	dir, err := filepath.EvalSymlinks(t.TempDir())
	require.NoError(t, err)
	require.NoError(t, os.Chmod(dir, 0o755))
	out, err := exec.Command("python3", "-m", "venv", "--without-pip", dir+"/venv").CombinedOutput()
	if err != nil {
		roomtest.Missing(t, "no Python that makes a venv: %v: %s", err, out)
	}
	return dir + "/venv/bin/python"
}

// A shouter answers lines in capitals.
type shouter struct {
	at    string      // 127.0.0.1:PORT
	grant string      // of this place, as the host lines.example
	lines chan string // all that came

	mu   sync.Mutex
	hold func() // see holds
}

// holds has f called when a line is there, before it is answered.
func (s *shouter) holds(f func()) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.hold = f
}

func newShouter(t *testing.T) *shouter {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	require.NoError(t, err)
	port := l.Addr().(*net.TCPAddr).Port
	s := &shouter{at: fmt.Sprintf("lines.example:%d", port), hold: func() {}, lines: make(chan string, 100)}
	s.grant = "raw://" + s.at + "@127.0.0.1"
	var wg sync.WaitGroup
	wg.Go(func() {
		for {
			c, err := l.Accept()
			if err != nil {
				return
			}
			line, err := bufio.NewReader(c).ReadString('\n')
			if err == nil {
				s.mu.Lock()
				s.hold()
				s.mu.Unlock()
				s.lines <- line
				_, _ = io.WriteString(c, strings.ToUpper(line))
			}
			c.Close()
		}
	})
	t.Cleanup(func() { l.Close(); wg.Wait() })
	return s
}

// caller is a demo with the app in it.
func caller(t *testing.T, s *shouter, hosts ...string) (dir string) {
	t.Helper()
	roomtest.Need(t)
	interpreter := python(t)
	script := write(t, callerScript, filepath.Dir(filepath.Dir(filepath.Dir(interpreter))), "caller.py")
	dir = profileWith(t)
	installed(t, dir, "caller", hosts, []string{interpreter, script, s.at}, callerTools, callerRoles)
	return dir
}

func entries(t *testing.T, dir string, kind audit.Kind) []audit.Entry {
	t.Helper()
	all, err := audit.Read(filepath.Join(dir, "state"), func(e audit.Entry) bool { return e.Kind == kind }, 1000)
	require.NoError(t, err)
	return all
}

func TestNetAnAppReachesItsHostThroughItsRoom(t *testing.T) {
	s := newShouter(t)
	dir := caller(t, s, s.grant)
	var then string
	s.holds(func() { // the first byte is there: what is on the disk by now?
		b, _ := os.ReadFile(filepath.Join(dir, "state", "audit.jsonl"))
		then = string(b)
	})
	r := try(t, "apps", "call", "--demo", "--profile", dir, "caller.reach", `{"text":"hello"}`)
	require.Zero(t, r.code, r.err)
	require.Contains(t, r.out, "HELLO")
	require.Equal(t, "hello\n", <-s.lines)
	require.Contains(t, then, `"kind":"net"`, "the server had a byte before its line was on the disk")
	require.Contains(t, then, `"tool":"reach"`, "or before the decision was")

	judged, net := entries(t, dir, audit.Decision), entries(t, dir, audit.Net)
	require.Len(t, judged, 1)
	require.Len(t, net, 2)
	require.True(t, judged[0].Leaves)
	require.Less(t, judged[0].N, net[0].N)
	require.Equal(t, net[0].N, net[1].Of)
	require.EqualValues(t, len("hello\n"), net[1].BytesOut)
	require.EqualValues(t, len("HELLO\n"), net[1].BytesIn)
	intact(t, dir)

	// The person reads it.
	show := try(t, "audit", "show", "--profile", dir)
	address := strings.Replace(s.at, "lines.example", "127.0.0.1", 1)
	require.Regexp(t, fmt.Sprintf(`(?m)^ +%d  \S+ \S+  allow    net +caller → raw %s at %s$`, net[0].N, regexp.QuoteMeta(s.at), regexp.QuoteMeta(address)), show.out)
	require.Regexp(t, fmt.Sprintf(`(?m)^ +%d  \S+ \S+  ended    net +caller → raw %s  of %d, 6 bytes out, 6 in`, net[1].N, regexp.QuoteMeta(s.at), net[0].N), show.out)
	explain := try(t, "audit", "explain", "--profile", dir, fmt.Sprint(net[0].N))
	require.Contains(t, explain.out, "Caller was connected to "+s.at+" (raw, at "+address+"), a host that it was granted")
	require.Contains(t, explain.out, fmt.Sprintf("Entry %d: it ended; it sent 6 bytes and got 6.", net[1].N))
	var line audit.Entry
	object := try(t, "audit", "show", "-o", "json", "-n", "1", "--profile", dir)
	require.NoError(t, json.Unmarshal([]byte(object.out), &line))
	require.Equal(t, net[1].Of, line.Of)

	// With --private it is recorded that something left, and not to which address.
	before := len(entries(t, dir, audit.Net))
	require.Zero(t, try(t, "apps", "call", "--private", "--demo", "--profile", dir, "caller.reach", `{"text":"hello"}`).code)
	later := entries(t, dir, audit.Net)[before:]
	require.Len(t, later, 2)
	for _, e := range later {
		require.Empty(t, e.Address)
		require.True(t, e.Private)
		require.Equal(t, "raw "+s.at, e.Host)
	}
}

func TestNetOtherPlacesAreNotReached(t *testing.T) {
	s, other := newShouter(t), newShouter(t)
	dir := caller(t, s, s.grant)
	for _, at := range []string{other.at, strings.Replace(other.at, "lines.example", "127.0.0.1", 1), strings.Replace(s.at, "lines.example", "127.0.0.1", 1), "other.example:443"} {
		r := try(t, "apps", "call", "--demo", "--profile", dir, "caller.reach", fmt.Sprintf(`{"text":"x","at":%q}`, at))
		r.requireLine(t, 5, "caller could not do reach", "no way: ")
	}
	require.Empty(t, s.lines)
	require.Empty(t, other.lines)
	require.Empty(t, entries(t, dir, audit.Net))

	// A host that does not answer is on the record, with why.
	dir = caller(t, s, "raw://lines.example:9@127.0.0.1")
	try(t, "apps", "call", "--demo", "--profile", dir, "caller.reach", `{"text":"x","at":"lines.example:9"}`)
	net := entries(t, dir, audit.Net)
	require.Len(t, net, 1)
	require.Equal(t, "deny", net[0].Decision)
	require.Contains(t, net[0].Why, "lines.example does not answer")
	require.Contains(t, try(t, "audit", "show", "--profile", dir).out, "caller → raw lines.example:9  lines.example does not answer")
}

// What an app with a host gets can leave the computer: so a value of another app that
// goes in is asked about, though the tool changes nothing.
func TestNetAValueForAnAppWithAHostIsAskedAbout(t *testing.T) {
	s := newShouter(t)
	dir := caller(t, s, s.grant)
	plan := "m = mail.search(sender = \"Mallory\")[0]\nreply(caller.reach(text = m.subject))"
	r := tryWith(t, strings.NewReader(plan), nil, on(dir)...)
	require.Equal(t, 4, r.code, r.err)
	require.Contains(t, r.err, "policy add 'allow mail -> caller.reach' --profile "+dir)
	require.Empty(t, entries(t, dir, audit.Net))

	require.Zero(t, try(t, "policy", "add", "--profile", dir, "allow mail -> caller.reach").code)
	r = tryWith(t, strings.NewReader(plan), nil, on(dir)...)
	require.Zero(t, r.code, r.err)
	subject := <-s.lines
	require.Contains(t, r.out, strings.TrimSpace(strings.ToUpper(subject)))
	judged, net := entries(t, dir, audit.Decision), entries(t, dir, audit.Net)
	last := judged[len(judged)-1]
	require.Equal(t, "rule 1", last.By)
	require.Len(t, net, 2)
	require.Less(t, last.N, net[0].N, "the decision stands before the connection")

	// Without a host the same app is not asked about.
	dir = caller(t, s)
	r = tryWith(t, strings.NewReader(plan), nil, on(dir)...)
	require.Equal(t, 5, r.code, r.err)
	require.Contains(t, r.err, "no way: ")
	require.Empty(t, s.lines)

	dir = caller(t, s, s.grant)
	require.Zero(t, try(t, "policy", "add", "--profile", dir, "deny any -> caller").code)
	require.Equal(t, 4, try(t, "apps", "call", "--demo", "--profile", dir, "caller.reach", `{"text":"hello"}`).code)
	require.Empty(t, s.lines)
	require.Empty(t, entries(t, dir, audit.Net))
}

// A host that can't be granted locks its app, alone.
func TestNetABadHostLocksItsAppAlone(t *testing.T) {
	dir := caller(t, newShouter(t), "https://api.example.com")
	r := tryWith(t, strings.NewReader(`reply(caller.reach(text = "x"))`), nil, on(dir)...)
	r.requireLine(t, 2, "caller is locked: `secgpt apps show caller` says why")
	why := try(t, "apps", "show", "--profile", dir, "caller").out
	require.Contains(t, why, filepath.Join(dir, "data", "apps", "caller", "app.toml"))
	require.Contains(t, why, "leave out https://")
	require.Zero(t, tryWith(t, strings.NewReader(`reply(contacts.find(name = "Alice"))`), nil, on(dir)...).code)

	dir = caller(t, newShouter(t), "api_example")
	require.Contains(t, try(t, "apps", "list", "--profile", dir).out, "locked: ")
	r = tryWith(t, strings.NewReader(`reply(caller.reach(text = "x"))`), nil, on(dir)...)
	require.Equal(t, 2, r.code, r.err)
	require.Contains(t, r.err, "caller is locked")
}
