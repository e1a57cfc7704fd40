//go:build linux

package spoke

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"strings"

	"github.com/modelcontextprotocol/go-sdk/jsonrpc"
	"github.com/modelcontextprotocol/go-sdk/mcp"

	"secgpt/apps/link"
)

// take acts on a frame of the hub, and reports whether the frame was in order.
func (s *spoke) take(ctx context.Context, f link.Frame) bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	switch f.Kind {
	case link.KindCancel:
		if cancel := s.calls[f.ID]; cancel != nil {
			cancel() // else the answer is already on its way
		}
		return true
	case link.KindCall:
		if s.calls[f.ID] != nil || len(s.calls) >= link.MaxCalls {
			return false
		}
		ctx, cancel := context.WithCancel(ctx)
		s.calls[f.ID] = cancel
		s.wg.Go(func() {
			defer cancel()
			s.call(ctx, f.ID, *f.Call)
		})
		return true
	case link.KindAsk:
		if s.calls[f.ID] != nil || len(s.calls) >= link.MaxCalls {
			return false
		}
		ctx, cancel := context.WithCancel(ctx)
		s.calls[f.ID] = cancel
		s.begin(ctx, f.ID, *f.Ask)
		return true
	case link.KindThought, link.KindGot:
		a := s.asks[f.ID]
		if a == nil {
			return true // it was cancelled while the hub answered
		}
		select {
		case a.replies <- f:
			return true
		default:
			return false // nobody asked
		}
	}
	return false
}

// errGone means that the app ended before it answered.
var errGone = errors.New("the app has ended")

// call makes one call and sends its one result, unless the app has ended: then the
// end is the answer to all of its calls.
func (s *spoke) call(ctx context.Context, id int64, c link.Call) {
	value, err := s.app.call(ctx, c)
	if errors.Is(err, errGone) {
		return
	}
	s.app.wire.news.wait(ctx)
	r := &link.Result{Value: value}
	if err != nil {
		r = &link.Result{Error: said(err)}
	}
	s.note()
	s.mu.Lock()
	delete(s.calls, id) // before the result: the hub may then make the next call
	s.mu.Unlock()
	frame := link.Frame{Kind: link.KindResult, ID: id, Result: r}
	if err := s.conn.Write(frame); errors.Is(err, link.ErrBroken) {
		frame.Result = &link.Result{Error: err.Error()}
		_ = s.conn.Write(frame) // a hub that has gone needs no answer
	}
}

// said is an error in words that fit a frame and are never empty.
func said(err error) string {
	var rpc *jsonrpc.Error
	if errors.As(err, &rpc) {
		err = errors.New(rpc.Message)
	}
	if text := strings.TrimSpace(cut(toValid(err.Error()))); text != "" {
		return text
	}
	return "it failed and did not say why"
}

// call makes one call of a tool and returns its value. An error is in the app's
// words, or says what was wrong with its answer.
func (s *session) call(ctx context.Context, c link.Call) (json.RawMessage, error) {
	res, err := s.mcp.CallTool(ctx, &mcp.CallToolParams{Name: c.Tool, Arguments: c.Args})
	if err != nil {
		if ctx.Err() == nil && s.ending(err) {
			return nil, errGone
		}
		return nil, err
	}
	if res.NeedsInput() {
		return nil, errors.New("it asked for more input, which is not offered here")
	}
	text, other := texts(res.Content)
	if res.IsError {
		return nil, errors.New(text)
	}
	value := unpack(res.StructuredContent)
	if value == nil {
		value = asJSON(text, len(res.Content) == 1)
		if other > 0 && text == "" {
			return nil, fmt.Errorf("it answered with %d parts that are no text, which can't be read here", other)
		}
		s.wire.leftOut(other)
	}
	if len(value) > link.MaxResult {
		return nil, fmt.Errorf("its answer is %d bytes, %d at most: ask for less", len(value), link.MaxResult)
	}
	if err := link.CheckJSON(value); err != nil {
		return nil, fmt.Errorf("its answer can't be read: %w", err)
	}
	return value, nil
}

// texts joins the parts of an answer that are text, and counts the others.
func texts(parts []mcp.Content) (text string, other int) {
	var all []string
	for _, p := range parts {
		switch p := p.(type) {
		case *mcp.TextContent:
			all = append(all, p.Text)
		case *mcp.EmbeddedResource:
			if p.Resource == nil || p.Resource.Text == "" {
				other++
				continue
			}
			all = append(all, p.Resource.Text)
		default:
			other++
		}
	}
	return strings.Join(all, "\n"), other
}

// asJSON is the value of an answer in text: the object or list that a single part
// spells, else the text itself.
func asJSON(text string, single bool) json.RawMessage {
	if t := strings.TrimSpace(text); single && t != "" && (t[0] == '{' || t[0] == '[') && json.Valid([]byte(t)) {
		return unpack(t)
	}
	var b bytes.Buffer
	e := json.NewEncoder(&b)
	e.SetEscapeHTML(false) // a page would grow past the bound
	if e.Encode(text) != nil {
		return json.RawMessage(`""`) // a Go string always encodes
	}
	return bytes.TrimRight(b.Bytes(), "\n")
}

func toValid(s string) string { return strings.ToValidUTF8(s, "\uFFFD") }
