//go:build linux

package spoke

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/modelcontextprotocol/go-sdk/jsonrpc"
	"github.com/modelcontextprotocol/go-sdk/mcp"

	"secgpt/apps/link"
)

const (
	// probeLimit is how long a server may think about the newest protocol's first
	// question. Some never answer what they don't know.
	probeLimit = 2 * time.Second
	// openLimit is how long an app may take until its tools are known. An
	// interpreter that loads from a cold disk takes some seconds.
	openLimit = 25 * time.Second
	// endLimit is how long we wait for the exit status after the output ended.
	endLimit = 500 * time.Millisecond
	// maxPages bounds the pages of a tool list.
	maxPages = 32
)

// legacy is the newest protocol version whose first message is initialize, which
// every older server knows.
const legacy = "2025-11-25"

// A session is a running app that has answered.
type session struct {
	app  *child
	wire *wire
	mcp  *mcp.ClientSession
}

// open starts the app and asks for its tools. The error is a *fault unless ctx has
// ended.
func open(ctx context.Context, start link.Start) (*session, []link.Tool, error) {
	ctx, stop := context.WithTimeout(ctx, openLimit)
	defer stop()
	s, again, err := connect(ctx, start, "", probeLimit)
	if again {
		// It died of the question, or is still silent. What it may yet answer must
		// not meet the next question, so it is a new process that is asked.
		s, _, err = connect(ctx, start, legacy, openLimit)
	}
	if err != nil {
		return nil, nil, err
	}
	tools, err := s.tools(ctx)
	if err != nil {
		err = s.explain(ctx, err)
		s.close()
		return nil, nil, err
	}
	return s, tools, nil
}

// connect starts the app and agrees on a version with it. again is true if an older
// version is worth a try.
func connect(ctx context.Context, start link.Start, version string, limit time.Duration) (_ *session, again bool, _ error) {
	app, err := startChild(start)
	if err != nil {
		return nil, false, faultf(link.Died, "%v", err)
	}
	wire, lines := newWire(app)
	client := mcp.NewClient(&mcp.Implementation{Name: "secgpt", Version: "1"}, &mcp.ClientOptions{
		Capabilities:   &mcp.ClientCapabilities{}, // nil would offer roots
		MultiRoundTrip: &mcp.MultiRoundTripOptions{Disabled: true},
	})
	s := &session{app: app, wire: wire}
	probe, stop := context.WithTimeout(ctx, limit)
	defer stop()
	// The wire has bounded the lines; quoting makes them longer.
	s.mcp, err = client.Connect(probe, &mcp.IOTransport{Reader: lines, Writer: wire, MaxLineLength: -1},
		&mcp.ClientSessionOptions{ProtocolVersion: version})
	if err == nil {
		return s, false, nil
	}
	timeout := probe.Err() != nil
	err = s.explain(probe, err)
	s.close()
	lines.Close()
	f := &fault{}
	again = ctx.Err() == nil && (timeout || errors.As(err, &f) && f.why == link.Died)
	return nil, again, err
}

// tools asks for the whole list of tools, page by page, up to the bounds.
func (s *session) tools(ctx context.Context) ([]link.Tool, error) {
	tools, seen, cursor := []link.Tool{}, map[string]bool{}, ""
	for range maxPages {
		page, err := s.mcp.ListTools(ctx, &mcp.ListToolsParams{Cursor: cursor})
		if err != nil {
			return nil, err
		}
		for _, t := range page.Tools {
			tool := link.Tool{Name: t.Name, About: t.Description, Input: unpack(t.InputSchema), Output: unpack(t.OutputSchema), Hints: hints(t.Meta)}
			if err := checkTool(tool); err != nil {
				return nil, err
			}
			if seen[t.Name] {
				return nil, faultf(link.Garbage, "it has two tools named %.80q", t.Name)
			}
			seen[t.Name] = true
			tools = append(tools, tool)
			if len(tools) > link.MaxTools {
				return nil, faultf(link.Flood, "it has more than %d tools", link.MaxTools)
			}
		}
		if cursor = page.NextCursor; cursor == "" {
			return tools, nil
		}
	}
	return nil, faultf(link.Flood, "its list of tools has more than %d pages", maxPages)
}

func checkTool(t link.Tool) error {
	switch {
	case t.Name == "":
		return faultf(link.Garbage, "it has a tool without a name")
	case len(t.About) > link.MaxAbout:
		return faultf(link.Flood, "it describes the tool %.80q in %d bytes, %d at most", t.Name, len(t.About), link.MaxAbout)
	case len(t.Input) > link.MaxSchema || len(t.Output) > link.MaxSchema:
		return faultf(link.Flood, "a schema of its tool %.80q is over %d bytes", t.Name, link.MaxSchema)
	case len(t.Input) == 0 || t.Input[0] != '{' || t.Output != nil && t.Output[0] != '{':
		return faultf(link.Garbage, "a schema of its tool %.80q is no object", t.Name)
	}
	for _, raw := range [][]byte{t.Input, t.Output} {
		if err := link.CheckJSON(raw); raw != nil && err != nil {
			return faultf(link.Garbage, "a schema of its tool %.80q: %v", t.Name, err)
		}
	}
	return nil
}

// explain turns an error of the library into how the app failed.
func (s *session) explain(ctx context.Context, err error) error {
	f := &fault{}
	switch {
	case errors.As(err, &f):
		return f
	case ctx.Err() != nil:
		return s.last(faultf(link.Hung, "it did not say what it can do"))
	case s.ending(err):
		return s.cause()
	}
	return &fault{why: link.Garbage, text: "it did not say what it can do", said: err.Error()}
}

// ending reports whether an error of the library means that the app has ended. A
// write to it may fail a moment before its end is seen.
func (s *session) ending(err error) bool {
	var answered *jsonrpc.Error
	if errors.As(err, &answered) {
		return false
	}
	t := time.NewTimer(endLimit)
	defer t.Stop()
	select {
	case <-s.wire.over:
		return true
	case <-s.app.done:
		return true
	case <-t.C:
		return false
	}
}

// cause says why an app that has ended, or whose output has, is no more. The exit
// status and the end of the output come one shortly after the other.
func (s *session) cause() error {
	t := time.NewTimer(endLimit)
	defer t.Stop()
	select {
	case <-s.wire.over:
		if s.wire.fault != nil {
			return s.last(s.wire.fault)
		}
	case <-t.C: // something that the app left behind holds the pipe
	}
	if !s.app.ended(endLimit) {
		return s.last(faultf(link.Died, "it closed its output"))
	}
	return s.last(faultf(link.Died, "%s", s.app.status))
}

// last adds the last of the app's standard error.
func (s *session) last(f *fault) *fault {
	return &fault{why: f.why, text: f.text, said: s.app.stderr.String()}
}

// close ends the app.
func (s *session) close() { s.app.kill() }

// cut bounds words for the hub.
func cut(text string) string {
	if len(text) <= link.MaxSaid {
		return text
	}
	note := fmt.Sprintf("… (%d bytes more)", len(text)-link.MaxSaid+64)
	return toValid(text[:link.MaxSaid-64]) + note
}
