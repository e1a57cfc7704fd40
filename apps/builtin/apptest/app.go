package apptest

import (
	"encoding/json"
	"os"
	"path/filepath"
	"testing"

	"github.com/modelcontextprotocol/go-sdk/mcp"
	"github.com/stretchr/testify/require"

	"secgpt/apps/builtin"
)

// An App is a built-in app at work on a folder of the test's own.
type App struct {
	T      *testing.T
	Folder string
	MCP    *mcp.ClientSession
}

// Open runs the app that tools adds to a server of this name, on a folder with these
// files, until the test ends.
func Open(t *testing.T, name string, files map[string]string, tools func(*builtin.Server) *builtin.Server) *App {
	t.Helper()
	a := &App{T: t, Folder: t.TempDir()}
	for name, text := range files {
		path := filepath.Join(a.Folder, name)
		require.NoError(t, os.MkdirAll(filepath.Dir(path), 0o700))
		require.NoError(t, os.WriteFile(path, []byte(text), 0o640))
	}
	s := builtin.New(name)
	s.Folder, s.Data = a.Folder, t.TempDir()
	a.MCP = Session(t, tools(s))
	return a
}

// Read is a file of the folder.
func (a *App) Read(name string) string {
	a.T.Helper()
	b, err := os.ReadFile(filepath.Join(a.Folder, name))
	require.NoError(a.T, err)
	return string(b)
}

// Undo takes back what gave the token.
func (a *App) Undo(token string) builtin.Undone {
	a.T.Helper()
	return Get[builtin.Undone](a.T, a.MCP, "undo", builtin.UndoIn{Token: token}).Result
}

// Try calls a tool; failure is what the app says if it refuses.
func Try[T any](t testing.TB, cs *mcp.ClientSession, tool string, args any) (out builtin.Out[T], failure string) {
	t.Helper()
	b, err := json.Marshal(args)
	require.NoError(t, err)
	text, failed := Call(t, cs, tool, string(b))
	if failed {
		return out, text
	}
	require.NoError(t, json.Unmarshal([]byte(text), &out))
	return out, ""
}

// Get calls a tool that must work, and decodes its result.
func Get[T any](t testing.TB, cs *mcp.ClientSession, tool string, args any) builtin.Out[T] {
	t.Helper()
	out, failure := Try[T](t, cs, tool, args)
	require.Empty(t, failure)
	return out
}
