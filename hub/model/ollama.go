package model

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net"
	"strings"
	"time"

	"github.com/ollama/ollama/api"
)

// How long a server may take. A model is read from a disk before its first word
// and, without a graphics card, reads a long prompt in a minute; between two words
// it never needs long.
const (
	firstLimit = 4 * time.Minute
	idleLimit  = 60 * time.Second
)

const (
	// contextTokens is how much a model sees at once. It is the same in every
	// request, since a server loads a model anew when it changes; the planner's
	// prompt is bounded to fit.
	contextTokens = 8192
	// keepAlive is how long a model stays loaded after an answer: a person thinks
	// for some minutes between two requests.
	keepAlive = 10 * time.Minute
	// maxText bounds an answer in bytes, whatever the server counts as a token.
	maxText = 256 << 10
)

type ollama struct {
	client      *api.Client
	name        string
	context     int  // tokens
	thinks      bool // it can be told not to think aloud
	first, idle time.Duration
}

func (m *ollama) Name() string { return m.name }

func (m *ollama) Chat(ctx context.Context, r Request, onText func(string)) (Answer, error) {
	run, stop := context.WithCancelCause(ctx)
	defer stop(nil)
	limit := m.first
	watch := time.AfterFunc(limit, func() { stop(errSlow) })
	defer watch.Stop()

	var a answer
	err := m.client.Chat(run, m.request(r), func(c api.ChatResponse) error {
		limit = m.idle
		watch.Reset(limit)
		return a.add(c, onText)
	})
	if err == nil && !a.done {
		err = io.ErrUnexpectedEOF
	}
	switch {
	case ctx.Err() != nil:
		return a.Answer, ctx.Err()
	case context.Cause(run) == errSlow:
		err = errSlow
	}
	if err != nil {
		return a.Answer, m.explain(err, a.began, limit)
	}
	a.Text = a.text.String()
	return a.Answer, nil
}

func (m *ollama) request(r Request) *api.ChatRequest {
	no, yes := false, true
	tokens := r.Tokens
	if tokens <= 0 {
		tokens = DefaultTokens
	}
	q := &api.ChatRequest{
		Model: m.name, Stream: &yes, Format: r.Schema,
		// Neither may the server drop the start of what was asked, nor of what it
		// answers: the first lines are the rules.
		Truncate: &no, Shift: &no,
		KeepAlive: &api.Duration{Duration: keepAlive},
		Options:   map[string]any{"num_ctx": m.context, "num_predict": tokens, "temperature": 0, "seed": 1},
	}
	if m.thinks {
		q.Think = &api.ThinkValue{Value: false}
	}
	for _, msg := range r.Messages {
		q.Messages = append(q.Messages, api.Message{Role: string(msg.Role), Content: msg.Text})
	}
	return q
}

// answer gathers the pieces.
type answer struct {
	Answer
	text        strings.Builder
	began, done bool
}

var (
	errSlow   = errors.New("a deadline passed")
	errRemote = errors.New("the model runs elsewhere")
)

func (a *answer) add(c api.ChatResponse, onText func(string)) error {
	if c.RemoteHost != "" || c.RemoteModel != "" {
		return errRemote
	}
	if a.done {
		return errForm
	}
	a.began = true
	if piece := c.Message.Content; piece != "" {
		if a.text.Len()+len(piece) > maxText {
			return errTooLong
		}
		a.text.WriteString(piece)
		if onText != nil {
			onText(piece)
		}
	}
	if a.done = c.Done; a.done {
		a.PromptTokens, a.OutputTokens = max(0, c.PromptEvalCount), max(0, c.EvalCount)
		a.Cut = c.DoneReason == "length"
	}
	return nil
}

// log is what to do about a server that failed by itself.
const log = "ask again, or look into Ollama's log"

// explain turns what went wrong into a line that ends with what to do.
func (m *ollama) explain(err error, began bool, limit time.Duration) *Error {
	e := m.sort(err, began, limit)
	e.Err = err
	return e
}

func (m *ollama) sort(err error, began bool, limit time.Duration) *Error {
	const again, smaller = "ask again", "ask again, or take a smaller model with --model"
	var status api.StatusError
	var auth api.AuthorizationError
	var syntax *json.SyntaxError
	var kind *json.UnmarshalTypeError
	var dial *net.OpError
	switch {
	case errors.Is(err, errSlow) && began:
		return fail(Slow, smaller, "%s said nothing for %s", m.name, limit)
	case errors.Is(err, errSlow):
		return fail(Slow, smaller, "%s did not begin to answer within %s", m.name, limit)
	case errors.Is(err, errRemote), errors.Is(err, errNotLocal):
		return remote(m.name)
	case errors.Is(err, errTooLong):
		return fail(Garbage, "ask for something shorter, or take another model with --model", "%s answered more than %d bytes", m.name, maxText)
	case errors.Is(err, errForm), errors.As(err, &syntax), errors.As(err, &kind):
		return fail(Garbage, "look what listens there (OLLAMA_HOST), or update Ollama", "the model server does not speak Ollama's language")
	case errors.As(err, &auth):
		return remote(m.name)
	case errors.As(err, &status):
		return m.status(status)
	case errors.As(err, &dial) && dial.Op == "dial":
		return away(err)
	case network(err), halfLine(err):
		return fail(Cut, again, "%s broke off in the middle of its answer", m.name)
	case began:
		return fail(Failed, log, "the model server failed in the middle of an answer: %s", said(err.Error()))
	}
	return fail(Failed, log, "the model server failed: %s", said(err.Error()))
}

func (m *ollama) status(s api.StatusError) *Error {
	text := strings.ToLower(s.ErrorMessage)
	switch {
	case s.StatusCode == 404:
		return missing(m.name, nil)
	case s.StatusCode < 500 && strings.Contains(text, "context") && strings.Contains(text, "exceed"):
		return fail(Small, "ask for less at once, begin a new conversation, or take a model with a larger context",
			"the request does not fit the %d tokens that %s sees at once", m.context, m.name)
	}
	return fail(Failed, log, "the model server failed (%d): %s", s.StatusCode, said(s.ErrorMessage))
}

// network reports whether the connection, not the server, ended things.
func network(err error) bool {
	var op *net.OpError
	return errors.As(err, &op) || errors.Is(err, io.ErrUnexpectedEOF) || errors.Is(err, io.EOF)
}

// halfLine reports whether err is what the client makes of a line that ended too
// early: the line itself.
func halfLine(err error) bool {
	text := err.Error()
	return strings.HasPrefix(text, "{") && !json.Valid([]byte(text))
}

func remote(name string) *Error {
	return fail(Remote, "take one that Ollama runs here, such as `ollama pull "+Suggested+"`",
		"%s does not run on this computer, and secgpt only asks models that do", name)
}

func away(err error) *Error {
	e := fail(Away, "start it with `ollama serve`, then `ollama pull "+Suggested+"`", "no model: Ollama does not answer at %s", host())
	e.Err = err
	return e
}

func missing(name string, have []string) *Error {
	e := fail(Missing, fmt.Sprintf("`ollama pull %s`", name), "Ollama has no model %s", name)
	if len(have) > 0 {
		e.Do += ", or take one it has: " + strings.Join(have, ", ")
	}
	return e
}
