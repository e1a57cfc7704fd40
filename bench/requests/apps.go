package main

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"time"

	"github.com/modelcontextprotocol/go-sdk/mcp"

	"secgpt/apps"
	"secgpt/apps/builtin"
	"secgpt/apps/calendar"
	"secgpt/apps/contacts"
	"secgpt/apps/link"
	"secgpt/apps/mail"
	"secgpt/apps/notes"
	"secgpt/bench/vanilla/loop"
	"secgpt/hub/rooms"
)

// A server is a running app. Its names are the app's own, not what plans call them.
type server interface {
	Call(ctx context.Context, tool string, args json.RawMessage) (json.RawMessage, error)
	Close()
}

func (w *World) start(ctx context.Context, a apps.App) (server, error) {
	if !a.BuiltIn {
		return w.standIn(a.Name)
	}
	s := builtin.New(a.Name)
	s.Folder, s.Data = a.Files[0].Path, a.Data
	began := time.Now()
	s.Now = func() time.Time { return w.set.Now.Add(time.Since(began)) }
	return serve(ctx, fill[a.Name](s))
}

// fill are the built-in apps.
var fill = map[string]func(*builtin.Server) *builtin.Server{
	"mail": mail.Server, "calendar": calendar.Server, "contacts": contacts.Server, "notes": notes.Server,
}

// served is a built-in app that runs as a function of this process, spoken to as in its
// room: MCP over two pipes.
type served struct {
	session *mcp.ClientSession
	end     func()
}

func serve(ctx context.Context, s *builtin.Server) (server, error) {
	in, toApp := io.Pipe()
	fromApp, out := io.Pipe()
	serving, stop := context.WithCancel(context.WithoutCancel(ctx))
	var done sync.WaitGroup
	done.Go(func() { _ = s.Serve(serving, in, out) })
	end := func() {
		stop()
		_ = in.Close()
		done.Wait()
	}
	client := mcp.NewClient(&mcp.Implementation{Name: "requests", Version: "1"}, nil)
	session, err := client.Connect(ctx, &mcp.IOTransport{Reader: fromApp, Writer: toApp}, nil)
	if err != nil {
		end()
		return nil, err
	}
	return &served{session, end}, nil
}

func (s *served) Call(ctx context.Context, tool string, args json.RawMessage) (json.RawMessage, error) {
	r, err := s.session.CallTool(ctx, &mcp.CallToolParams{Name: tool, Arguments: args})
	if err != nil {
		return nil, err
	}
	if r.IsError {
		for _, c := range r.Content {
			if text, ok := c.(*mcp.TextContent); ok {
				return nil, errors.New(text.Text)
			}
		}
		return nil, errors.New("it failed")
	}
	return json.Marshal(r.StructuredContent)
}

func (s *served) Close() {
	_ = s.session.Close()
	s.end()
}

// Rooms is the world as the hub's Rooms. The apps run in this process: what is measured
// is the planner, and the rooms have measurements of their own (bench/room, bench/works).
type Rooms struct{ *World }

// Call is a tool call that the mediator let through.
func (r Rooms) Call(ctx context.Context, app apps.App, tool string, args json.RawMessage) (rooms.Reply, error) {
	own, args := app.Own(tool, args)
	raw, err := r.running[app.Name].Call(ctx, own, args)
	if err != nil {
		return rooms.Reply{}, &rooms.Error{App: app.Name, Kind: rooms.Failed, Message: fmt.Sprintf("%s could not do %s", app.Name, tool), Said: err.Error()}
	}
	var reply rooms.Reply
	reply.Value, reply.Problems, reply.Undo = apps.Unwrap(raw)
	return reply, nil
}

// Close is what the hub calls at its end; the world is closed by who opened it.
func (r Rooms) Close() {}

// Tools is the world as an ordinary loop has it: all tools in one list, named APP_TOOL,
// with what the apps themselves say of them.
type Tools struct{ *World }

// List are all tools but the built-in apps' undo, which secgpt offers to no planner either.
func (t Tools) List() []loop.Tool {
	var all []loop.Tool
	for _, name := range t.names {
		a, _ := t.apps.Get(name)
		for _, x := range a.Tools {
			if a.BuiltIn && a.Manifest.Tools[x.Name].Hidden {
				continue
			}
			all = append(all, loop.Tool{Name: name + "_" + x.Name, About: x.About, Input: x.Input})
		}
	}
	return all
}

// Call calls one.
func (t Tools) Call(ctx context.Context, name string, args json.RawMessage) (string, error) {
	app, tool, ok := t.split(name)
	if !ok {
		return "", fmt.Errorf("there is no tool %q", name)
	}
	a, _ := t.apps.Get(app)
	own, args := a.Own(tool, args)
	raw, err := t.running[app].Call(ctx, own, args)
	return string(raw), err
}

// split finds app and tool of APP_TOOL.
func (w *World) split(name string) (app, tool string, ok bool) {
	for _, app := range w.names {
		a, _ := w.apps.Get(app)
		if tool, ok := strings.CutPrefix(name, app+"_"); ok && slices.ContainsFunc(a.Tools, func(x link.Tool) bool { return x.Name == tool }) {
			return app, tool, true
		}
	}
	return "", "", false
}

// tools reads what a server of the set says of its tools, and what it is about.
func (s *Set) tools(name string) (list []link.Tool, about string, hosts []string, err error) {
	dir := filepath.Join(s.Dir, "apps", name)
	data, err := os.ReadFile(filepath.Join(dir, "tools.json"))
	if err != nil {
		return nil, "", nil, err
	}
	d := json.NewDecoder(bytes.NewReader(data))
	d.DisallowUnknownFields()
	if err := d.Decode(&list); err != nil {
		return nil, "", nil, fmt.Errorf("tools.json: %w", err)
	}
	spec, err := s.spec(name)
	return list, spec.About, spec.Hosts, err
}
