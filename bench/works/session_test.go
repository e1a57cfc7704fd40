//go:build linux && (amd64 || arm64)

package works

//lint:file-ignore SA1019 servers of today use roots, sampling and logging, which later protocols drop

import (
	"context"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/modelcontextprotocol/go-sdk/mcp"
	"github.com/stretchr/testify/require"

	"secgpt/isolate"
)

// callLimit bounds one call of a server.
const callLimit = 30 * time.Second

// A client talks to the server in a room over the room's two pipes.
type client struct {
	*mcp.ClientSession
	t    *testing.T
	room *isolate.Room

	mu       sync.Mutex
	progress []float64
	logged   []string
}

// connect starts the room and greets the server in it, as a client with these roots,
// which some servers take for the folders that they may use.
func connect(t *testing.T, s isolate.Spec, roots ...string) *client {
	t.Helper()
	c := &client{t: t, room: open(t, s)}
	t.Cleanup(func() {
		if t.Failed() {
			t.Logf("standard error: %s", c.room.Stderr())
		}
	})
	sdk := mcp.NewClient(&mcp.Implementation{Name: "works", Version: "1"}, &mcp.ClientOptions{
		ProgressNotificationHandler: func(_ context.Context, r *mcp.ProgressNotificationClientRequest) {
			c.mu.Lock()
			defer c.mu.Unlock()
			c.progress = append(c.progress, r.Params.Progress)
		},
		LoggingMessageHandler: func(_ context.Context, r *mcp.LoggingMessageRequest) {
			c.mu.Lock()
			defer c.mu.Unlock()
			c.logged = append(c.logged, string(r.Params.Level))
		},
		CreateMessageHandler: func(context.Context, *mcp.CreateMessageRequest) (*mcp.CreateMessageResult, error) {
			return &mcp.CreateMessageResult{Model: "none", Role: "assistant", Content: &mcp.TextContent{Text: "sampled words"}}, nil
		},
		ElicitationHandler: func(context.Context, *mcp.ElicitRequest) (*mcp.ElicitResult, error) {
			return &mcp.ElicitResult{Action: "decline"}, nil
		},
	})
	for _, at := range roots {
		sdk.AddRoots(&mcp.Root{URI: "file://" + at, Name: at})
	}
	ctx, cancel := context.WithTimeout(t.Context(), callLimit)
	defer cancel()
	var err error
	c.ClientSession, err = sdk.Connect(ctx, &mcp.IOTransport{Reader: c.room.Out, Writer: c.room.In}, nil)
	require.NoError(t, err, "standard error: %s", c.room.Stderr())
	return c
}

// leave ends the session as a host does, by closing the pipe, and sees the server go.
func (c *client) leave() {
	c.t.Helper()
	_ = c.room.In.Close()
	gone := make(chan isolate.Exit, 1)
	go func() { gone <- c.room.Wait() }()
	select {
	case exit := <-gone:
		require.Equal(c.t, isolate.Exit{}, exit, "standard error: %s", c.room.Stderr())
	case <-time.After(callLimit):
		c.t.Fatal("the server stays after its input has ended")
	}
}

// within is the time for one call.
func (c *client) within() context.Context {
	ctx, cancel := context.WithTimeout(c.t.Context(), callLimit)
	c.t.Cleanup(cancel)
	return ctx
}

// args are the arguments of a tool.
type args = map[string]any

// use calls a tool that must do it.
func (c *client) use(tool string, a args) *mcp.CallToolResult {
	c.t.Helper()
	if a == nil {
		a = args{}
	}
	params := &mcp.CallToolParams{Name: tool, Arguments: a}
	params.SetProgressToken("p")
	r, err := c.CallTool(c.within(), params)
	require.NoError(c.t, err, "%s; standard error: %s", tool, c.room.Stderr())
	return r
}

// A step is one call of a tool, and what its answer must have in it.
type step struct {
	tool string
	args args
	want []string
	fail bool // the tool must refuse
}

// walk takes the steps in order, and says which tools they were.
func (c *client) walk(steps []step) (tried string) {
	c.t.Helper()
	var names []string
	for i, s := range steps {
		r := c.use(s.tool, s.args)
		text := words(r.Content)
		require.Equal(c.t, s.fail, r.IsError, "step %d, %s: %s", i, s.tool, text)
		for _, w := range s.want {
			require.Contains(c.t, text, w, "step %d, %s", i, s.tool)
		}
		if !slices.Contains(names, s.tool) {
			names = append(names, s.tool)
		}
	}
	return strings.Join(names, " ")
}

// words joins the text of an answer.
func words(content []mcp.Content) string {
	var all []string
	for _, part := range content {
		if text, ok := part.(*mcp.TextContent); ok {
			all = append(all, text.Text)
		}
	}
	return strings.Join(all, "\n")
}
