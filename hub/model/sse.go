package model

import (
	"bufio"
	"bytes"
	"encoding/json"
	"errors"
	"io"
	"strings"
)

// maxEvent bounds one event of a stream: a piece of an answer is a few hundred bytes,
// of a server that sends it in one piece less than maxText.
const maxEvent = 1 << 20

// A wireChunk is a piece of an answer, or all of one.
type wireChunk struct {
	Choices []struct {
		Delta   wirePiece `json:"delta"`
		Message wirePiece `json:"message"` // where the answer came in one piece
		Finish  string    `json:"finish_reason"`
	} `json:"choices"`
	Usage *struct {
		Prompt int `json:"prompt_tokens"`
		Output int `json:"completion_tokens"`
	} `json:"usage"`
	wireError
}

type wirePiece struct {
	Content   wireText        `json:"content"`
	Reasoning wireText        `json:"reasoning_content"` // llama-server, vLLM
	Thoughts  wireText        `json:"reasoning"`         // Ollama, gateways
	Refusal   wireText        `json:"refusal"`
	Tools     json.RawMessage `json:"tool_calls"`
}

// wireText is a text, nothing, or a list of parts with a text each.
type wireText string

// UnmarshalJSON reads any of the three.
func (w *wireText) UnmarshalJSON(b []byte) error {
	var parts []struct {
		Text string `json:"text"`
	}
	if b[0] == '[' {
		if err := json.Unmarshal(b, &parts); err != nil {
			return err
		}
		for _, p := range parts {
			*w += wireText(p.Text)
		}
		return nil
	}
	return json.Unmarshal(b, (*string)(w))
}

var (
	errFilter = errors.New("a filter stopped it")
	errTool   = errors.New("it called a tool")
)

// stream reads an answer as it comes: lines `data: {…}`, an empty one after each event,
// and `data: [DONE]`. Other lines of the form mean nothing here.
func (m *openai) stream(r io.Reader, t *talk) error {
	lines := bufio.NewScanner(r)
	lines.Buffer(make([]byte, 0, 16<<10), maxEvent)
	var event []byte
	over := false
	flush := func() error {
		data := bytes.TrimSpace(event)
		event = nil
		switch {
		case len(data) == 0:
			return nil
		case over:
			return errForm
		case string(data) == "[DONE]":
			over, t.done = true, true
			return nil
		}
		t.came()
		return m.chunk(data, t)
	}
	for lines.Scan() {
		line := bytes.TrimSuffix(lines.Bytes(), []byte("\r"))
		field, value, _ := bytes.Cut(line, []byte(":"))
		switch string(field) {
		case "":
			if len(line) > 0 {
				continue // a comment, sent to keep the line open
			}
			if err := flush(); err != nil {
				return err
			}
		case "data":
			if len(event)+len(value) > maxEvent {
				return errTooLong
			}
			event = append(append(event, bytes.TrimPrefix(value, []byte(" "))...), '\n')
		case "event", "id", "retry":
		default:
			return errForm
		}
		if over {
			return nil
		}
	}
	err := lines.Err()
	if errors.Is(err, bufio.ErrTooLong) {
		return errTooLong
	}
	if err == nil {
		if err = flush(); errors.Is(err, errForm) {
			return io.ErrUnexpectedEOF // the last event has no end
		}
	}
	return err
}

// whole reads an answer that came in one piece, though it was asked for in many.
func (m *openai) whole(r io.Reader, t *talk) error {
	b, err := io.ReadAll(r)
	if err != nil {
		return err
	}
	t.came()
	return m.chunk(b, t)
}

// chunk takes a piece in.
func (m *openai) chunk(data []byte, t *talk) error {
	if data[0] != '{' {
		return errForm
	}
	var c wireChunk
	if err := json.Unmarshal(data, &c); err != nil {
		return errors.Join(errForm, err)
	}
	if text := c.wireError.text(); text != "" {
		return &statusError{text: text, param: c.wireError.about()}
	}
	if c.Usage != nil {
		t.PromptTokens, t.OutputTokens = max(0, c.Usage.Prompt), max(0, c.Usage.Output)
	}
	if len(c.Choices) == 0 {
		return nil
	}
	if len(c.Choices) > 1 {
		return errForm // one answer was asked for
	}
	choice := c.Choices[0]
	for _, p := range []wirePiece{choice.Delta, choice.Message} {
		if err := t.answer.think(len(p.Reasoning) + len(p.Thoughts)); err != nil {
			return err
		}
		if p.Refusal != "" {
			return errFilter
		}
		if len(p.Tools) > 0 && string(p.Tools) != "null" && string(p.Tools) != "[]" {
			return errTool
		}
		if err := t.say(string(p.Content)); err != nil {
			return err
		}
	}
	switch strings.ToLower(choice.Finish) {
	case "":
	case "length", "max_tokens":
		t.Cut, t.done = true, true
	case "content_filter":
		return errFilter
	case "tool_calls", "function_call":
		return errTool
	default: // stop, eos, end_turn: each server has its own word
		t.done = true
	}
	return nil
}
