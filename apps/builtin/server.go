// Package builtin is the little that all built-in apps share: an MCP server on
// standard input and output, an undo journal, and careful file access.
//
// An app is a Server with tools:
//
//	s := builtin.New("notes")
//	builtin.Add(s, "search", "Find notes", func(ctx context.Context, in searchIn) (builtin.Out[[]Note], error) {
//		…
//		return builtin.Out[[]Note]{Result: notes, Problems: bad.Problems()}, nil
//	})
//	return s.Serve(ctx, os.Stdin, os.Stdout)
//
// The schemas of a tool come from its Go types: json tags name the fields, a field
// with omitempty is optional, a jsonschema tag describes it.
//
// It runs inside a room, as the app, and trusts neither its caller nor the files
// that it was granted. Start reading at Add; arguments.go says what a call may bring,
// and journal.go is for apps that write. Beside it stand what several apps need:
// folder for the person's own files, ics for the text of calendars and contacts,
// match for comparing what a person types, and apptest for tests.
package builtin

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"reflect"
	"time"

	"github.com/google/jsonschema-go/jsonschema"
	"github.com/modelcontextprotocol/go-sdk/mcp"

	"secgpt/apps/link"
)

// Where an app finds its files inside its room.
const (
	Folder = "/folder" // what the person granted: a Maildir, calendars, notes
	Data   = "/data"   // the app's own
)

// MaxResult bounds the JSON of one result, in bytes. A frame to the hub holds 1 MiB;
// what is left is for the frame's own fields.
const MaxResult = link.MaxFrame - 4<<10

// maxRequest bounds one line from the spoke: a frame, and JSON-RPC around it.
const maxRequest = link.MaxFrame + 64<<10

// A Server is one built-in app. Folder and Data are where its files are; tests point
// them elsewhere, and set Now, before they give it tools.
type Server struct {
	Folder string
	Data   string
	Now    func() time.Time // what the app takes for the time

	name  string
	mcp   *mcp.Server
	tools []link.Tool
}

// Out is what every tool returns. On the wire it is the object
// {"result": …, "problems": […], "undo": "…"}, of which only result is always there.
type Out[T any] struct {
	Result T `json:"result"`
	// Problems are sentences for the person about what was left out, and why.
	Problems []string `json:"problems,omitempty" jsonschema:"what could not be read, and why"`
	// Undo is the token with which the app's undo tool takes this change back.
	Undo string `json:"undo,omitempty" jsonschema:"a token that takes this change back"`
}

// New returns the server of the built-in app called name, still without tools.
func New(name string) *Server {
	impl := &mcp.Implementation{Name: name, Version: "1"}
	opts := &mcp.ServerOptions{Capabilities: &mcp.ServerCapabilities{Tools: &mcp.ToolCapabilities{}}}
	return &Server{Folder: Folder, Data: Data, Now: time.Now, name: name, mcp: mcp.NewServer(impl, opts)}
}

// Add gives s a tool. About says in one sentence what a call does. f may run several
// times at once. It panics if In or T can't be described by a JSON schema, or if In
// is not a struct: both are mistakes of whoever wrote the app.
//
// Arguments that the schema does not describe never reach f; one that is null counts
// as left out. The result is sent with its fields in the order of the Go types, so put
// first what a person wants first. A result that is a nil slice is sent as an empty
// list, one over MaxResult as an error that says so, and a panic in f as an error too:
// one bad file must not end the app.
func Add[In, T any](s *Server, name, about string, f func(context.Context, In) (Out[T], error)) {
	tool := &mcp.Tool{Name: name, Description: about, InputSchema: schema[In](), OutputSchema: schema[Out[T]]()}
	s.tools = append(s.tools, link.Tool{
		Name: name, About: about, Input: raw(tool.InputSchema), Output: raw(tool.OutputSchema),
	})
	args := newArguments(s.name+"."+name, tool.InputSchema.(*jsonschema.Schema))
	// Not mcp.AddTool: it reads the structured result back into maps, in which the
	// order of fields and large numbers are lost.
	s.mcp.AddTool(tool, func(ctx context.Context, req *mcp.CallToolRequest) (*mcp.CallToolResult, error) {
		result := &mcp.CallToolResult{Content: []mcp.Content{}}
		out, err := answer(ctx, args, req.Params.Arguments, f)
		if err != nil {
			result.SetError(err)
			return result, nil
		}
		// Content stays empty: it would be the same JSON a second time, as text.
		result.StructuredContent = out
		return result, nil
	})
}

// answer makes one call and returns the JSON of its Out.
func answer[In, T any](ctx context.Context, args arguments, raw json.RawMessage, f func(context.Context, In) (Out[T], error)) (out json.RawMessage, err error) {
	defer func() {
		if p := recover(); p != nil {
			err = fmt.Errorf("%s met a fault of its own: %v", args.tool, p)
		}
	}()
	var in In
	if err := args.decode(raw, &in); err != nil {
		return nil, err
	}
	v, err := f(ctx, in)
	if err != nil {
		return nil, explain(args.tool, err)
	}
	if r := reflect.ValueOf(&v.Result).Elem(); r.Kind() == reflect.Slice && r.IsNil() {
		r.Set(reflect.MakeSlice(r.Type(), 0, 0))
	}
	if out, err = json.Marshal(v); err != nil {
		return nil, explain(args.tool, err)
	}
	if len(out) > MaxResult {
		return nil, Errorf("the answer of %s is %d bytes, %d at most: ask for less", args.tool, len(out), MaxResult)
	}
	return out, nil
}

// Serve answers calls that come in on in until in ends (nil) or ctx does (its error).
// If in or out can be closed, they are closed at the end; an in that can't be closed
// may be read from once more.
func (s *Server) Serve(ctx context.Context, in io.Reader, out io.Writer) error {
	t := &mcp.IOTransport{Reader: readCloser(in), Writer: writeCloser(out), MaxLineLength: maxRequest}
	err := s.mcp.Run(ctx, t)
	if errors.Is(err, io.EOF) {
		return nil
	}
	return err
}

// Tools lists the tools in the order in which they were added, with parameters in the
// order of their Go fields.
func (s *Server) Tools() []link.Tool { return s.tools }

// Pinned is the text of the app's tools.json: the list that an installed app is held
// to. Each app's test compares the two.
func (s *Server) Pinned() ([]byte, error) {
	b, err := json.MarshalIndent(s.tools, "", "  ")
	return append(b, '\n'), err
}

// explain passes on an error that was written for people, and names the tool in
// front of any other.
func explain(tool string, err error) error {
	var e *Error
	if errors.As(err, &e) {
		return err
	}
	return fmt.Errorf("%s failed: %w", tool, err)
}

// schema derives the JSON schema of T. Lists lose the "or null" that a Go slice would
// bring: it only confuses readers, and Add never sends one.
func schema[T any]() *jsonschema.Schema {
	s, err := jsonschema.For[T](nil)
	if err != nil {
		panic(fmt.Sprintf("no schema for %T: %v", *new(T), err))
	}
	plainLists(s)
	return s
}

func plainLists(s *jsonschema.Schema) {
	if s == nil {
		return
	}
	if len(s.Types) == 2 && s.Types[0] == "null" {
		s.Type, s.Types = s.Types[1], nil
	}
	plainLists(s.Items)
	plainLists(s.AdditionalProperties)
	for _, p := range s.Properties {
		plainLists(p)
	}
}

func raw(schema any) json.RawMessage {
	b, err := json.Marshal(schema)
	if err != nil {
		panic(fmt.Sprintf("schema: %v", err))
	}
	return b
}

func readCloser(r io.Reader) io.ReadCloser {
	if c, ok := r.(io.ReadCloser); ok {
		return c
	}
	return io.NopCloser(r)
}

type nopWriteCloser struct{ io.Writer }

func (nopWriteCloser) Close() error { return nil }

func writeCloser(w io.Writer) io.WriteCloser {
	if c, ok := w.(io.WriteCloser); ok {
		return c
	}
	return nopWriteCloser{w}
}
