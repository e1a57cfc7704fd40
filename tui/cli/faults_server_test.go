//go:build linux

package cli_test

import (
	"bufio"
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"secgpt/apps"
	"secgpt/apps/link"
)

// misbehave as the first argument makes this binary an app that does what its
// second argument is called.
const misbehave = "misbehave"

// offered is what every such app offers.
var offered = []link.Tool{
	{Name: "look", About: "Look at something", Input: json.RawMessage(`{"type":"object","properties":{"text":{"type":"string"}}}`)},
	{Name: "change", About: "Change something", Input: json.RawMessage(`{"type":"object"}`)},
}

// install puts an app into a profile as one that the person agreed to: its folder
// with a manifest, its tools and their pin. Its command is this binary, granted to
// it read-only. With changes, pairs of an old and a new text, the manifest is
// spoilt.
func install(t *testing.T, dir, name string, changes ...string) string {
	t.Helper()
	command := []string{self(t), misbehave, name}
	tools, err := json.Marshal(offered)
	require.NoError(t, err)
	manifest := fmt.Sprintf(`name = %q
about = "An app of somebody's"
command = [%q, %q, %q]
pin = %q

[grants]
files = [{ path = %q, mode = "ro" }]

[tools.look]
effect = "read"

[tools.change]
effect = "write"
`, name, command[0], command[1], command[2], apps.Pin(command, offered), self(t))
	spoilt := strings.NewReplacer(changes...).Replace(manifest)
	require.Equal(t, len(changes) > 0, spoilt != manifest)
	app := filepath.Join(dir, "data", "apps", name)
	write(t, string(tools), app, "tools.json")
	return write(t, spoilt, app, "app.toml")
}

// serve is the main of such an app. It speaks MCP by hand, so that nothing stands
// between it and its misbehaviour.
func serve(name string) int {
	in := bufio.NewScanner(os.Stdin)
	in.Buffer(nil, 4<<20)
	if name == "stillborn" {
		fmt.Fprintln(os.Stderr, "no configuration \x1b[31mfound")
		return 3
	}
	for in.Scan() {
		var m struct {
			ID     json.RawMessage `json:"id"`
			Method string          `json:"method"`
			Params struct {
				Name      string          `json:"name"`
				Arguments json.RawMessage `json:"arguments"`
			} `json:"params"`
		}
		if json.Unmarshal(in.Bytes(), &m) != nil {
			return 1
		}
		answer := func(result string) { fmt.Printf(`{"jsonrpc":"2.0","id":%s,"result":%s}`+"\n", m.ID, result) }
		switch m.Method {
		case "initialize":
			answer(`{"protocolVersion":"2025-06-18","capabilities":{"tools":{}},"serverInfo":{"name":"x","version":"1"}}`)
		case "tools/list":
			var list []map[string]any
			for _, t := range offered {
				list = append(list, map[string]any{"name": t.Name, "description": t.About, "inputSchema": t.Input})
			}
			b, _ := json.Marshal(map[string]any{"tools": list})
			answer(string(b))
		case "tools/call":
			if code := act(name); code >= 0 {
				return code
			}
			if name != "hanging" && name != "deaf" {
				answer(`{"content":[],"structuredContent":{"seen":"all is well"}}`)
			}
		case "server/discover":
			fmt.Printf(`{"jsonrpc":"2.0","id":%s,"error":{"code":-32601,"message":"Method not found"}}`+"\n", m.ID)
		}
	}
	return 0
}

// act is what the app does when it is called, before it answers. A code of 0 or
// more ends it.
func act(name string) int {
	switch name {
	case "mortal":
		fmt.Fprintln(os.Stderr, "out of luck\x1b[2J")
		return 7
	case "killed":
		_ = syscall.Kill(os.Getpid(), syscall.SIGKILL)
	case "deaf": // not even a cancel is read
		for {
			time.Sleep(time.Hour)
		}
	case "dripping": // a line that never ends, and is never long
		for {
			fmt.Print(" ")
			time.Sleep(10 * time.Millisecond)
		}
	case "moaning":
		chunk := []byte(strings.Repeat("ow\n", 1<<20))
		for range 100 {
			if _, err := os.Stderr.Write(chunk); err != nil {
				return 1
			}
		}
	case "flooding":
		chunk := []byte(strings.Repeat("A", 1<<20))
		for range 100 {
			if _, err := os.Stdout.Write(chunk); err != nil {
				return 1
			}
		}
	case "babbling":
		for i := range 100_000 {
			fmt.Printf("debug: line %d\n", i)
		}
	case "chatting":
		for range 100_000 {
			fmt.Println(`{"jsonrpc":"2.0","method":"notifications/message","params":{"level":"info","data":"x"}}`)
		}
	case "guessing": // answers to what nobody has asked
		for i := range 100_000 {
			fmt.Printf(`{"jsonrpc":"2.0","id":%d,"result":{"content":[]}}`+"\n", 1000+i)
		}
	}
	return -1
}
