package ask

import (
	"bufio"
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"time"

	"secgpt/isolate"
)

// The messages of a client that wants to know the tools, as the MCP specification
// of 2025-06-18 has them.
const (
	mcpHello = `{"jsonrpc":"2.0","id":1,"method":"initialize","params":{"protocolVersion":"2025-06-18","capabilities":{},"clientInfo":{"name":"bench","version":"1"}}}`
	mcpReady = `{"jsonrpc":"2.0","method":"notifications/initialized"}`
	mcpTools = `{"jsonrpc":"2.0","id":2,"method":"tools/list"}`
)

// lastWords is how long what a server left behind may hold its standard error open.
const lastWords = 2 * time.Second

// mcp starts an MCP server and says when its first reply was here, and when its list
// of tools.
func mcp(ctx context.Context, q Request) (Reply, error) {
	ctx, stop := context.WithCancel(ctx)
	defer stop() // ends the server
	began := time.Now()
	in, out, end, err := q.start(ctx)
	if err != nil {
		return Reply{}, err
	}
	a, err := mcpTalk(in, bufio.NewReader(out), began)
	stop()
	stderr := end()
	if err != nil {
		err = fmt.Errorf("%q: %w: %s", q.Argv, err, bytes.TrimSpace(stderr))
	}
	return a, err
}

// start runs q.Argv with pipes. end waits for its end, and returns its last words.
func (q Request) start(ctx context.Context) (in io.WriteCloser, out io.Reader, end func() []byte, err error) {
	if q.Room {
		r, err := isolate.Start(ctx, q.spec())
		if err != nil {
			return nil, nil, nil, err
		}
		return r.In, r.Out, func() []byte { _ = r.Close(); return r.Stderr() }, nil
	}
	cmd := q.command(ctx)
	var stderr bytes.Buffer
	cmd.Stderr = &stderr
	in, err = cmd.StdinPipe()
	if err != nil {
		return nil, nil, nil, err
	}
	out, err = cmd.StdoutPipe()
	if err != nil {
		return nil, nil, nil, err
	}
	cmd.WaitDelay = lastWords
	end = func() []byte {
		_ = in.Close()
		_ = cmd.Wait()
		return stderr.Bytes()
	}
	return in, out, end, cmd.Start()
}

func mcpTalk(in io.Writer, out *bufio.Reader, began time.Time) (a Reply, err error) {
	if _, err := io.WriteString(in, mcpHello+"\n"); err != nil {
		return a, err
	}
	if _, err := mcpResult(out, 1); err != nil {
		return a, err
	}
	a.Took = time.Since(began)
	if _, err := io.WriteString(in, mcpReady+"\n"+mcpTools+"\n"); err != nil {
		return a, err
	}
	result, err := mcpResult(out, 2)
	if err != nil {
		return a, err
	}
	a.Then = time.Since(began)
	var listed struct{ Tools []json.RawMessage }
	if err := json.Unmarshal(result, &listed); err != nil {
		return a, err
	}
	if len(listed.Tools) == 0 {
		return a, errors.New("it lists no tool")
	}
	return a, nil
}

// mcpResult reads until the answer to request id.
func mcpResult(out *bufio.Reader, id int) (json.RawMessage, error) {
	for {
		line, err := out.ReadBytes('\n')
		if err != nil {
			return nil, fmt.Errorf("wait for reply %d: %w", id, err)
		}
		var m struct {
			ID     int
			Method string
			Result json.RawMessage
		}
		if err := json.Unmarshal(line, &m); err != nil {
			return nil, fmt.Errorf("wait for reply %d: %.80q: %w", id, line, err)
		}
		if m.ID == id && m.Method == "" {
			if m.Result == nil {
				return nil, fmt.Errorf("reply %d is an error: %.200s", id, line)
			}
			return m.Result, nil
		}
	}
}
