// Package apptest lets a built-in app's tests talk to the app as a spoke does: with a
// real MCP client, over pipes.
package apptest

import (
	"context"
	"encoding/json"
	"io"
	"slices"
	"testing"

	"github.com/google/jsonschema-go/jsonschema"
	"github.com/modelcontextprotocol/go-sdk/mcp"
	"github.com/stretchr/testify/require"

	"secgpt/apps/builtin"
)

// Session serves s until the test ends, and returns a client of it.
func Session(t testing.TB, s *builtin.Server) *mcp.ClientSession {
	t.Helper()
	in, toApp := io.Pipe()
	fromApp, out := io.Pipe()
	served := make(chan error, 1)
	// The test's own context ends before its cleanup, and would end the app early.
	go func() { served <- s.Serve(context.Background(), in, out) }()
	client := mcp.NewClient(&mcp.Implementation{Name: "test", Version: "1"}, nil)
	cs, err := client.Connect(t.Context(), &mcp.IOTransport{Reader: fromApp, Writer: toApp}, nil)
	require.NoError(t, err)
	t.Cleanup(func() {
		_ = cs.Close()
		require.NoError(t, <-served)
	})
	return cs
}

// Call calls a tool with a JSON object and returns what a spoke would get: the
// structured result, or the app's error text with failed set. A result that is not
// what the tool's schema promises fails the test.
func Call(t testing.TB, cs *mcp.ClientSession, tool, args string) (result string, failed bool) {
	t.Helper()
	r, err := cs.CallTool(t.Context(), &mcp.CallToolParams{Name: tool, Arguments: json.RawMessage(args)})
	require.NoError(t, err)
	if r.IsError {
		return r.Content[0].(*mcp.TextContent).Text, true
	}
	require.Empty(t, r.Content, "the result would be sent twice")
	require.NoError(t, promised(t, cs, tool).Validate(r.StructuredContent))
	b, err := json.Marshal(r.StructuredContent)
	require.NoError(t, err)
	return string(b), false
}

// promised is the schema of what a tool returns, as the app lists it.
func promised(t testing.TB, cs *mcp.ClientSession, tool string) *jsonschema.Resolved {
	t.Helper()
	list, err := cs.ListTools(t.Context(), nil)
	require.NoError(t, err)
	i := slices.IndexFunc(list.Tools, func(l *mcp.Tool) bool { return l.Name == tool })
	require.GreaterOrEqual(t, i, 0, tool)
	b, err := json.Marshal(list.Tools[i].OutputSchema)
	require.NoError(t, err)
	var schema jsonschema.Schema
	require.NoError(t, json.Unmarshal(b, &schema))
	rules, err := schema.Resolve(nil)
	require.NoError(t, err)
	return rules
}
