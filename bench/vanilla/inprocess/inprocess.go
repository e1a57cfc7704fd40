// Package inprocess runs apps as functions of this very process, all tools in one list:
// the other half of an ordinary assistant. There is no room, so what an app's code can
// do, it can do with the rights of whoever runs this. Start at Open.
package inprocess

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"sync"

	"github.com/modelcontextprotocol/go-sdk/mcp"

	"secgpt/apps/builtin"
	"secgpt/bench/vanilla/loop"
)

// Apps are running apps. Their tools are named APP_TOOL.
type Apps struct {
	tools []loop.Tool
	of    map[string]tool
	close []func()
}

type tool struct {
	session *mcp.ClientSession
	name    string
}

// Open starts servers by the names of their apps. Close ends them.
func Open(ctx context.Context, names []string, servers []*builtin.Server) (*Apps, error) {
	a := &Apps{of: map[string]tool{}}
	for i, s := range servers {
		if err := a.add(ctx, names[i], s); err != nil {
			a.Close()
			return nil, fmt.Errorf("%s: %w", names[i], err)
		}
	}
	return a, nil
}

func (a *Apps) add(ctx context.Context, app string, s *builtin.Server) error {
	in, toApp := io.Pipe()
	fromApp, out := io.Pipe()
	var served sync.WaitGroup
	serving, stop := context.WithCancel(context.WithoutCancel(ctx))
	served.Go(func() { _ = s.Serve(serving, in, out) })
	client := mcp.NewClient(&mcp.Implementation{Name: "vanilla", Version: "1"}, nil)
	session, err := client.Connect(ctx, &mcp.IOTransport{Reader: fromApp, Writer: toApp}, nil)
	a.close = append(a.close, func() {
		if session != nil {
			_ = session.Close()
		}
		stop()
		_ = in.Close()
		served.Wait()
	})
	if err != nil {
		return err
	}
	for _, t := range s.Tools() {
		if t.Name == "undo" {
			continue
		}
		name := app + "_" + t.Name
		a.of[name] = tool{session, t.Name}
		a.tools = append(a.tools, loop.Tool{Name: name, About: t.About, Input: t.Input})
	}
	return nil
}

// List are all tools of all apps.
func (a *Apps) List() []loop.Tool { return a.tools }

// Call calls one and returns its result as JSON. What the app says of a failure is the
// error.
func (a *Apps) Call(ctx context.Context, name string, args json.RawMessage) (string, error) {
	t, ok := a.of[name]
	if !ok {
		return "", fmt.Errorf("there is no tool %q", name)
	}
	r, err := t.session.CallTool(ctx, &mcp.CallToolParams{Name: t.name, Arguments: args})
	if err != nil {
		return "", err
	}
	if r.IsError {
		for _, c := range r.Content {
			if text, ok := c.(*mcp.TextContent); ok {
				return "", errors.New(text.Text)
			}
		}
		return "", errors.New("it failed")
	}
	b, err := json.Marshal(r.StructuredContent)
	return string(b), err
}

// Close ends all apps.
func (a *Apps) Close() {
	for _, f := range a.close {
		f()
	}
}
