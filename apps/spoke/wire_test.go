//go:build linux

package spoke

import (
	"bufio"
	"bytes"
	"encoding/json"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/modelcontextprotocol/go-sdk/mcp"
	"github.com/stretchr/testify/require"

	"secgpt/apps/link"
)

// newTestWire returns a wire without an app, that waits for an answer to question 1,
// and what it passes on.
func newTestWire(t testing.TB) (*wire, *bufio.Scanner) {
	t.Helper()
	null, err := os.OpenFile(os.DevNull, os.O_WRONLY, 0)
	require.NoError(t, err)
	r, w := io.Pipe()
	t.Cleanup(func() { null.Close(); r.Close() })
	out := bufio.NewScanner(r)
	out.Buffer(nil, 64<<20)
	return &wire{app: &child{stdin: null}, out: w, asked: map[string]bool{"1": true}}, out
}

// pass returns what the library gets to see of a line, "" if nothing.
func pass(t testing.TB, line string) string {
	w, out := newTestWire(t)
	go func() { w.take([]byte(line)); w.out.Close() }()
	if !out.Scan() {
		return ""
	}
	got := out.Text()
	require.False(t, out.Scan(), "one line at most")
	return got
}

func TestWhatTheLibraryGetsToSee(t *testing.T) {
	for line, want := range map[string]string{
		`hello`:                                  ``,
		`[]`:                                     ``,
		`null`:                                   ``,
		`"x"`:                                    ``,
		`{}`:                                     ``,
		`{"id":1`:                                ``,
		`[{"jsonrpc":"2.0","id":1,"result":{}}]`: ``,
		`{"jsonrpc":"2.0","id":2,"result":{}}`:   ``,
		`{"jsonrpc":"2.0","id":"1","result":{}}`: ``,
		`{"jsonrpc":"2.0","method":"notifications/message"}`:                     ``,
		`{"jsonrpc":"2.0","id":1,"method":"sampling/createMessage"}`:             ``,
		`{"jsonrpc":"1.0","id":1,"result":{"a":1},"x":1}`:                        `{"id":1,"jsonrpc":"2.0","result":{"a":1}}`,
		`{"id":1,"result":{"structuredContent":{"b":1, "a":2}}}`:                 `{"id":1,"jsonrpc":"2.0","result":{"structuredContent":"{\"b\":1, \"a\":2}"}}`,
		`{"id":1,"result":{"structuredContent":null}}`:                           `{"id":1,"jsonrpc":"2.0","result":{}}`,
		`{"id":1,"result":{"tools":[{"name":"a","inputSchema":{"z":1,"a":2}}]}}`: `{"id":1,"jsonrpc":"2.0","result":{"tools":[{"inputSchema":"{\"z\":1,\"a\":2}","name":"a"}]}}`,
		`{"id":1,"result":7}`: `{"error":{"code":-32603,"message":"the app answered with neither a result nor an error"},"id":1,"jsonrpc":"2.0"}`,
		`{"id":1}`:            `{"error":{"code":-32603,"message":"the app answered with neither a result nor an error"},"id":1,"jsonrpc":"2.0"}`,
		`{"id":1,"result":{},"error":{"code":-1,"message":"no","data":[1]}}`: `{"error":{"code":-1,"data":[1],"message":"no"},"id":1,"jsonrpc":"2.0"}`,
		`{"id":1,"error":"broken"}`: `{"error":{"code":-32603,"message":"\"broken\""},"id":1,"jsonrpc":"2.0"}`,
	} {
		require.Equal(t, want, pass(t, line), line)
	}
}

// Of what an app says of a tool's effect, the stricter reading counts.
func TestHintsOnlyMakeStricter(t *testing.T) {
	worst := link.Hints{Changes: true, Destroys: true, Leaves: true}
	for said, want := range map[string]link.Hints{
		`{"readOnlyHint":true,"destructiveHint":false,"openWorldHint":false,"idempotentHint":true,"title":"x"}`: {},
		`{"title":"x"}`: {}, `null`: {}, `{"readOnlyHint":null}`: {}, `{}`: {},
		`{"readOnlyHint":false}`:                       {Changes: true},
		`{"destructiveHint":true,"readOnlyHint":true}`: {Destroys: true},
		`{"openWorldHint":true}`:                       {Leaves: true},
		`{"readOnlyHint":"true","destructiveHint":0}`:  {Changes: true, Destroys: true},
		`{"openWorldHint":{"a":1},"readOnlyHint":[]}`:  {Changes: true, Leaves: true},
		`[true]`: worst, `"read-only"`: worst, `7`: worst,
	} {
		got := pass(t, `{"id":1,"result":{"tools":[{"name":"a","inputSchema":{},"annotations":`+said+`,"_meta":{"annotations":"{}"}}]}}`)
		var answer struct {
			Result mcp.ListToolsResult `json:"result"`
		}
		require.NoError(t, json.Unmarshal([]byte(got), &answer))
		require.Equal(t, want, hints(answer.Result.Tools[0].Meta), said)
		require.Nil(t, answer.Result.Tools[0].Annotations)
	}
	require.NotPanics(t, func() { pass(t, `{"id":1,"result":{"tools":[null]}}`) })
}

// Whatever an app writes, the library sees one well-formed answer, or nothing.
func FuzzTake(f *testing.F) {
	f.Add(`{"id":1,"result":{"structuredContent":{"b":1}}}`)
	f.Add(`{"id":1,"error":{"code":1e99,"message":"x"}}`)
	f.Add(`{"id":1,"result":{"tools":[null,{"inputSchema":null}]}}`)
	f.Add("{\"id\":1,\"result\":{\"a\":\"\xff\"}}")
	f.Fuzz(func(t *testing.T, line string) {
		got := pass(t, line)
		if got == "" {
			return
		}
		var m map[string]json.RawMessage
		require.NoError(t, json.Unmarshal([]byte(got), &m))
		require.Len(t, m, 3)
		require.Equal(t, `"2.0"`, string(m["jsonrpc"]))
		require.Equal(t, "1", string(m["id"]))
		var object map[string]json.RawMessage
		require.NoError(t, json.Unmarshal(append(m["result"], m["error"]...), &object))
	})
}

func TestTooMuchEndsTheApp(t *testing.T) {
	for name, c := range map[string]struct {
		line string
		max  int
		why  link.Why
	}{
		"noise":    {"hello", maxNoise, link.Garbage},
		"bytes":    {strings.Repeat("x", 100<<10), maxNoiseBytes / (100 << 10), link.Flood},
		"news":     {`{"method":"notifications/progress"}`, maxChatter, link.Flood},
		"requests": {`{"id":9,"method":"roots/list"}`, maxChatter, link.Flood},
		"strays":   {`{"id":9,"result":{}}`, maxChatter, link.Flood},
	} {
		w, _ := newTestWire(t)
		for range c.max {
			require.Nil(t, w.take([]byte(c.line)), name)
		}
		f := w.take([]byte(c.line))
		require.NotNil(t, f, name)
		require.Equal(t, c.why, f.why, name)

		w, out := newTestWire(t)
		go out.Scan()
		for i := range 2*c.max - 1 {
			if i == c.max-1 {
				require.Nil(t, w.take([]byte(`{"id":1,"result":{}}`)))
			}
			require.Nil(t, w.take([]byte(c.line)), "%s: an answer between starts the count anew", name)
		}
		require.Len(t, w.complaints(), map[bool]int{true: 0, false: 1}[name == "news"])
		require.Empty(t, w.complaints(), "said once")
	}
}

func TestReadLineStopsSoonAfterTheBound(t *testing.T) {
	long := strings.Repeat("x", 20<<20)
	src := strings.NewReader(long)
	line, err := readLine(bufio.NewReaderSize(src, 64<<10))
	require.ErrorIs(t, err, bufio.ErrBufferFull)
	require.Greater(t, len(line), maxLine)
	require.Greater(t, src.Len(), 15<<20, "the rest stays unread")
	in := bufio.NewReaderSize(strings.NewReader(strings.Repeat("y", 100<<10)+"\nlast"), 64<<10)
	line, err = readLine(in)
	require.NoError(t, err)
	require.Len(t, line, 100<<10+1)
	line, err = readLine(in)
	require.ErrorIs(t, err, io.EOF)
	require.Equal(t, "last", string(line))
}

func TestTailKeepsTheEnd(t *testing.T) {
	var tl tail
	for i := range 10000 {
		fmt.Fprintf(&tl, "line %d\n", i)
	}
	require.True(t, strings.HasSuffix(tl.String(), "line 9998\nline 9999"))
	require.LessOrEqual(t, len(tl.kept), maxTail)
	n, err := tl.Write(bytes.Repeat([]byte("\xffz"), maxTail))
	require.NoError(t, err)
	require.Equal(t, 2*maxTail, n)
	require.Len(t, tl.kept, maxTail)
	require.NotContains(t, tl.String(), "line")
	require.True(t, strings.HasSuffix(tl.String(), "\uFFFDz"))
}

func TestLookPath(t *testing.T) {
	dir := t.TempDir()
	require.NoError(t, os.WriteFile(filepath.Join(dir, "plain"), nil, 0o600))
	require.NoError(t, os.WriteFile(filepath.Join(dir, "tool"), nil, 0o700))
	require.NoError(t, os.Mkdir(filepath.Join(dir, "folder"), 0o700))
	env := []string{"PATH=/nowhere:" + dir}
	got, err := lookPath("tool", env)
	require.NoError(t, err)
	require.Equal(t, filepath.Join(dir, "tool"), got)
	for _, bad := range []string{"plain", "folder", "sh"} {
		_, err = lookPath(bad, env)
		require.ErrorContains(t, err, "there is no command", bad)
	}
	got, err = lookPath("./x", nil)
	require.NoError(t, err)
	require.Equal(t, "./x", got)
}

func TestCut(t *testing.T) {
	require.Equal(t, "short", cut("short"))
	long := cut(strings.Repeat("é", link.MaxSaid))
	require.LessOrEqual(t, len(long), link.MaxSaid)
	require.Regexp(t, `… \(\d+ bytes more\)$`, long)
}
