package model

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"strings"
	"sync"
	"time"

	"github.com/ollama/ollama/api"
)

// keepAlive is how long a model stays loaded after an answer: a person thinks for
// some minutes between two requests.
const keepAlive = 10 * time.Minute

// An ollama is a model of the Ollama on this computer. Where Ollama only passes the
// request on, far names the host that answers.
type ollama struct {
	patience
	client *api.Client
	name   string
	far    string
	most   int     // tokens of its context at most
	bytes  int64   // on the disk
	params float64 // billions of parameters
	think  *api.ThinkValue
	count  counter

	mu   sync.Mutex
	size int // tokens of the context that it is asked to be loaded with; it only grows
}

func (m *ollama) Name() string      { return m.name }
func (m *ollama) elsewhere() string { return m.far }
func (m *ollama) billions() float64 { return m.params }

func (m *ollama) Chat(ctx context.Context, r Request, onText func(string)) (Answer, error) {
	return again(ctx, m.first, func() (Answer, error) {
		for {
			size, tokens, err := m.fit(r)
			if err != nil {
				return Answer{}, err
			}
			a, err := m.once(ctx, r, size, tokens, onText)
			if !Is(err, Small) || !m.grow(size) {
				return a, err
			}
		}
	})
}

// fit finds the context for a request and what of it is left for the answer.
func (m *ollama) fit(r Request) (size, tokens int, err error) {
	likely, _ := m.count.of(r.Messages)
	m.mu.Lock()
	defer m.mu.Unlock()
	for m.size < likely+r.tokens() && m.step() {
	}
	tokens, ok := m.count.room(r, m.size)
	if !ok {
		return 0, 0, tooLarge(m.name, r, likely, m.size)
	}
	return m.size, tokens, nil
}

// step takes the next larger context, if the model can have it. It is called with mu.
func (m *ollama) step() bool {
	for _, s := range contextSteps {
		if s = min(s, m.most); s > m.size {
			m.size = s
			return true
		}
	}
	return false
}

// grow reports whether a request that did not fit size can be tried with more.
func (m *ollama) grow(size int) bool {
	m.mu.Lock()
	defer m.mu.Unlock()
	return m.size > size || m.step()
}

// once makes one request. What the server refuses as too large it has not read.
func (m *ollama) once(ctx context.Context, r Request, size, tokens int, onText func(string)) (Answer, error) {
	loaded := func() {}
	if r.Note != nil && m.far == "" && !m.loaded(ctx, size) {
		loaded = noting(r.Note, fmt.Sprintf("%s (%s) is being loaded; the first answer takes longer", m.name, gigabytes(m.bytes)))
	}
	defer loaded()
	var after time.Duration
	t, err := converse(context.WithValue(ctx, afterKey{}, &after), m.patience, tokens, onText, func(ctx context.Context, t *talk) error {
		return m.client.Chat(ctx, m.request(r, size, tokens), func(c api.ChatResponse) error {
			loaded()
			t.came()
			return m.add(t, c)
		})
	})
	if err != nil {
		if ctx.Err() == nil {
			e := m.explain(t, err)
			e.After = after
			err = e
		}
		return t.Answer, err
	}
	if t.PromptTokens > 0 {
		m.count.learn(r.Messages, t.PromptTokens)
	}
	if r.Note != nil && t.Loading >= loadingLimit {
		r.Note(fmt.Sprintf("%s was loaded in %.1f s", m.name, t.Loading.Seconds()))
	}
	return t.Answer, nil
}

// lookingLimit is how long it may take to say what is loaded.
const lookingLimit = 300 * time.Millisecond

// loaded reports whether the model is in memory, with the context that it is asked
// for. Who can't tell is believed to have it.
func (m *ollama) loaded(ctx context.Context, size int) bool {
	ctx, stop := context.WithTimeout(ctx, lookingLimit)
	defer stop()
	running, err := m.client.ListRunning(ctx)
	if err != nil {
		return true
	}
	for _, p := range running.Models {
		if strings.EqualFold(p.Name, m.name) && (p.ContextLength == 0 || p.ContextLength == size) {
			return true
		}
	}
	return false
}

func gigabytes(n int64) string { return fmt.Sprintf("%.1f GB", float64(n)/1e9) }

// varied is how freely a model answers that is to answer otherwise.
const varied = 0.6

func (m *ollama) request(r Request, size, tokens int) *api.ChatRequest {
	no, yes := false, true
	q := &api.ChatRequest{
		Model: m.name, Stream: &yes, Format: r.Schema, Think: m.think,
		// Neither may the server drop the start of what was asked, nor of what it
		// answers: the first lines are the rules.
		Truncate: &no, Shift: &no,
		KeepAlive: &api.Duration{Duration: keepAlive},
		Options:   map[string]any{"num_ctx": size, "num_predict": tokens, "temperature": 0, "seed": 1},
	}
	if r.Vary {
		q.Options["temperature"] = varied
	}
	for _, msg := range r.Messages {
		q.Messages = append(q.Messages, api.Message{Role: string(msg.Role), Content: msg.Text})
	}
	return q
}

var errRemote = errors.New("the model runs elsewhere")

// add takes the next piece. Thoughts are counted and left out.
func (m *ollama) add(t *talk, c api.ChatResponse) error {
	if m.far == "" && (c.RemoteHost != "" || c.RemoteModel != "") {
		return errRemote
	}
	if t.done {
		return errForm
	}
	if err := t.answer.think(len(c.Message.Thinking)); err != nil {
		return err
	}
	if err := t.say(c.Message.Content); err != nil {
		return err
	}
	if t.done = c.Done; t.done {
		t.PromptTokens, t.OutputTokens = max(0, c.PromptEvalCount), max(0, c.EvalCount)
		t.Loading = max(0, c.LoadDuration)
		t.Cut = c.DoneReason == "length"
	}
	return nil
}

// log is what to do about a server that failed by itself.
const log = "ask again, or look into Ollama's log"

// explain turns what went wrong into a line that ends with what to do.
func (m *ollama) explain(t *talk, err error) *Error {
	e := m.sort(t, err)
	e.Err = err
	return e
}

func (m *ollama) sort(t *talk, err error) *Error {
	var status api.StatusError
	var auth api.AuthorizationError
	var syntax *json.SyntaxError
	var kind *json.UnmarshalTypeError
	if e := t.common(m.name, err); e != nil {
		return e
	}
	switch {
	case errors.Is(err, errRemote), errors.Is(err, errNotLocal):
		return remote(m.name)
	case errors.Is(err, errForm), errors.As(err, &syntax), errors.As(err, &kind):
		return fail(Garbage, "look what listens there (OLLAMA_HOST), or update Ollama", "the model server does not speak Ollama's language")
	case errors.As(err, &auth) && m.far != "":
		return fail(Key, "`ollama signin`", "%s wants to know who asks: Ollama is not signed in to %s", m.name, m.far)
	case errors.As(err, &auth):
		return remote(m.name)
	case errors.As(err, &status):
		return m.status(status)
	case unreached(err):
		return away(err)
	case network(err), halfLine(err):
		return broke(m.name)
	case t.began:
		return fail(Failed, log, "the model server failed in the middle of an answer: %s", said(err.Error()))
	}
	return fail(Failed, log, "the model server failed: %s", said(err.Error()))
}

func (m *ollama) status(s api.StatusError) *Error {
	text := strings.ToLower(s.ErrorMessage)
	switch {
	case s.StatusCode == 404:
		return missing(m.name, nil)
	case s.StatusCode == 429, s.StatusCode == 503:
		return unspent(fail(Busy, "ask again in a while", "the model server has too much to do (%d): %s", s.StatusCode, said(s.ErrorMessage)))
	case s.StatusCode < 500 && strings.Contains(text, "context") && strings.Contains(text, "exceed"):
		m.mu.Lock()
		defer m.mu.Unlock()
		return tooSmall(m.name, m.size)
	case strings.Contains(text, "system memory"):
		return fail(Failed, "close what else needs memory, or take a smaller model with --model", "%s could not be loaded: %s", m.name, said(s.ErrorMessage))
	}
	return fail(Failed, log, "the model server failed (%d): %s", s.StatusCode, said(s.ErrorMessage))
}

// halfLine reports whether err is what the client makes of a line that ended too
// early: the line itself.
func halfLine(err error) bool {
	text := err.Error()
	return strings.HasPrefix(text, "{") && !json.Valid([]byte(text))
}

// remote is a model or a server that turned out not to be on this computer.
func remote(name string) *Error {
	return fail(Remote, "take one that Ollama runs here, such as `ollama pull "+Suggested+"`",
		"%s does not run on this computer, though Ollama's list says so", name)
}

func away(err error) *Error {
	e := unspent(fail(Away, "start it with `ollama serve`, then `ollama pull "+Suggested+"`", "no model: Ollama does not answer at %s", host()))
	e.Err = err
	return e
}

func missing(name string, have []string) *Error {
	e := unspent(fail(Missing, fmt.Sprintf("`ollama pull %s`", name), "Ollama has no model %s", name))
	if len(have) > 0 {
		e.Do += ", or take one it has: " + strings.Join(have, ", ")
	}
	return e
}
