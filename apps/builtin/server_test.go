package builtin_test

import (
	"context"
	"encoding/json"
	"errors"
	"io"
	"strings"
	"testing"

	"github.com/modelcontextprotocol/go-sdk/mcp"
	"github.com/stretchr/testify/require"
	"go.uber.org/goleak"

	"secgpt/apps/builtin"
	"secgpt/apps/builtin/apptest"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

type echoIn struct {
	Text  string `json:"text" jsonschema:"what to say"`
	Times int    `json:"times,omitempty"`
}

func echoServer() *builtin.Server {
	s := builtin.New("echo")
	builtin.Add(s, "say", "Say it", func(_ context.Context, in echoIn) (builtin.Out[[]string], error) {
		var l []string
		for range in.Times {
			l = append(l, in.Text)
		}
		return builtin.Out[[]string]{Result: l}, nil
	})
	builtin.Add(s, "fail", "Fail", func(_ context.Context, in echoIn) (builtin.Out[string], error) {
		switch in.Text {
		case "person":
			return builtin.Out[string]{}, builtin.Errorf("no echo here: shout louder")
		case "panic":
			panic("boom")
		}
		return builtin.Out[string]{}, errors.New("disk on fire")
	})
	builtin.Add(s, "change", "Change", func(_ context.Context, in echoIn) (builtin.Out[string], error) {
		return builtin.Out[string]{Result: in.Text, Problems: []string{"a bad file"}, Undo: "t1"}, nil
	})
	return s
}

func TestResultsOnTheWire(t *testing.T) {
	cs := apptest.Session(t, echoServer())
	for _, c := range []struct {
		name, tool, args, want string
		fails                  bool
	}{
		{"list", "say", `{"text":"a","times":2}`, `{"result":["a","a"]}`, false},
		{"empty list is no null", "say", `{"text":"a"}`, `{"result":[]}`, false},
		{"null counts as left out", "say", `{"text":"a","times":null}`, `{"result":[]}`, false},
		{"all fields", "change", `{"text":"x"}`, `{"result":"x","problems":["a bad file"],"undo":"t1"}`, false},
		{"error for people", "fail", `{"text":"person"}`, "no echo here: shout louder", true},
		{"other error names the tool", "fail", `{"text":"other"}`, "echo.fail failed: disk on fire", true},
		{"panic", "fail", `{"text":"panic"}`, "echo.fail met a fault of its own: boom", true},
	} {
		t.Run(c.name, func(t *testing.T) {
			got, failed := apptest.Call(t, cs, c.tool, c.args)
			require.Equal(t, c.fails, failed)
			if failed {
				require.Equal(t, c.want, got)
			} else {
				require.JSONEq(t, c.want, got)
			}
		})
	}
}

func TestLargeResultIsRefused(t *testing.T) {
	s := builtin.New("big")
	builtin.Add(s, "get", "Get", func(context.Context, struct{}) (builtin.Out[string], error) {
		return builtin.Out[string]{Result: strings.Repeat("x", builtin.MaxResult)}, nil
	})
	got, failed := apptest.Call(t, apptest.Session(t, s), "get", `{}`)
	require.True(t, failed)
	require.Contains(t, got, "ask for less")
}

// What is pinned must be what is served.
func TestToolsAreWhatIsServed(t *testing.T) {
	s := echoServer()
	served, err := apptest.Session(t, s).ListTools(t.Context(), nil)
	require.NoError(t, err)
	tools := s.Tools()
	require.Len(t, served.Tools, len(tools))
	byName := map[string]*mcp.Tool{}
	for _, tool := range served.Tools {
		byName[tool.Name] = tool
	}
	for _, tool := range tools {
		in, err := json.Marshal(byName[tool.Name].InputSchema)
		require.NoError(t, err)
		require.JSONEq(t, string(in), string(tool.Input))
		out, err := json.Marshal(byName[tool.Name].OutputSchema)
		require.NoError(t, err)
		require.JSONEq(t, string(out), string(tool.Output))
		require.Equal(t, byName[tool.Name].Description, tool.About)
	}
	require.NotContains(t, string(tools[0].Output), `"null"`)
	require.Less(t, strings.Index(string(tools[0].Input), `"text"`), strings.Index(string(tools[0].Input), `"times"`))
}

func TestServeEndsWithContext(t *testing.T) {
	ctx, cancel := context.WithCancel(t.Context())
	in, w := io.Pipe()
	defer w.Close()
	served := make(chan error, 1)
	go func() { served <- echoServer().Serve(ctx, in, io.Discard) }()
	cancel()
	require.ErrorIs(t, <-served, context.Canceled)
}

func TestBadNamesFiles(t *testing.T) {
	b := builtin.Bad{What: "messages", Total: 17}
	require.Empty(t, b.Problems())
	b.Add("cur/1", errors.New("no header"))
	require.Equal(t, []string{"1 of 17 messages could not be read: cur/1: no header"}, b.Problems())
	for range 6 {
		b.Add("cur/2", errors.New(strings.Repeat("é", 1000)))
	}
	require.Len(t, b.Problems(), 1)
	require.Contains(t, b.Problems()[0], "7 of 17")
	require.Contains(t, b.Problems()[0], "and 2 more")
	require.Less(t, len(b.Problems()[0]), 1000)
}

func TestCount(t *testing.T) {
	require.Equal(t, "1 file was", builtin.Count(1, "file was", "files were"))
	require.Equal(t, "0 files were", builtin.Count(0, "file was", "files were"))
}

func TestCut(t *testing.T) {
	require.Equal(t, "abc", builtin.Cut("abc", 3))
	require.Equal(t, "a…", builtin.Cut("aé", 2))
}

// undo is a tool like any other, registered by AddUndo.
func TestUndoTool(t *testing.T) {
	s := builtin.New("notes")
	s.Data = t.TempDir()
	object := builtin.Present([]byte("new"))
	j := builtin.NewJournal(s.Data)
	builtin.AddUndo(s, j,
		func(string) (builtin.Content, error) { return object, nil },
		func(_ string, c builtin.Content) error { object = c; return nil })
	token, err := j.Keep("o", builtin.Content{}, object)
	require.NoError(t, err)
	got, failed := apptest.Call(t, apptest.Session(t, s), "undo", `{"token":"`+token+`"}`)
	require.False(t, failed, got)
	require.JSONEq(t, `{"result":{"object":"o","done":true,"changed":false,"already":false}}`, got)
	require.False(t, object.Exists)
}
