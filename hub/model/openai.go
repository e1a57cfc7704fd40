package model

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"mime"
	"net/http"
	"strings"
	"sync"
	"time"
)

// An openai is a model of a server that speaks OpenAI's chat completions. far names
// the host if that is not on this computer.
//
// Servers differ in what they take. What one refuses by name is left out from then on
// (without), where nothing was spent yet: a refused request was not read.
type openai struct {
	patience
	endpoint
	name  string
	far   string
	http  *http.Client
	count counter

	mu      sync.Mutex
	size    int // tokens that it sees at once; 0 is unknown
	without map[string]bool
}

// The parts of a request that a server may not know.
const (
	partUsage    = "stream_options"
	partFormat   = "response_format"
	partTokens   = "max_tokens" // newer models want max_completion_tokens
	partChance   = "temperature"
	partSeed     = "seed"
	partThinking = "chat_template_kwargs" // llama-server and vLLM: think not, answer
	partRoles    = "system"               // a system message that is not the first
)

var parts = []string{partUsage, partFormat, partTokens, partChance, partSeed, partThinking}

func (m *openai) Name() string      { return m.name }
func (m *openai) elsewhere() string { return m.far }

// look asks what the server has: whether it is there, and how much its models see.
func (m *openai) look(ctx context.Context, limit time.Duration) error {
	t, err := converse(ctx, patience{limit, limit, limit}, 0, nil, func(ctx context.Context, t *talk) error {
		res, err := m.send(ctx, http.MethodGet, "/models", "application/json", nil)
		if err != nil {
			return err
		}
		defer res.Body.Close()
		t.done = true
		if res.StatusCode != http.StatusOK {
			return nil // not every server lists what it has
		}
		m.listed(res)
		return nil
	})
	if err != nil && ctx.Err() == nil {
		return m.explain(t, err)
	}
	return err
}

// ollamaContext is what Ollama lets a model see at its door of OpenAI's kind, where no
// request can ask for more. What is above it, Ollama would cut silently.
const ollamaContext = 4096

// listed takes in a list of models. The names of the sizes are llama-server's, vLLM's
// and LM Studio's.
func (m *openai) listed(res *http.Response) {
	var list struct {
		Data []struct {
			ID      string `json:"id"`
			Owner   string `json:"owned_by"`
			VLLM    int    `json:"max_model_len"`
			Studio  int    `json:"loaded_context_length"`
			Details struct {
				Context int `json:"n_ctx"`
			} `json:"meta"`
		} `json:"data"`
	}
	if json.NewDecoder(res.Body).Decode(&list) != nil {
		return
	}
	for _, d := range list.Data {
		if m.size == 0 && (d.ID == m.name || len(list.Data) == 1) {
			m.size = max(d.VLLM, d.Studio, d.Details.Context, 0)
			if m.size == 0 && d.Owner == "library" {
				m.size = ollamaContext
			}
		}
	}
}

func (m *openai) Chat(ctx context.Context, r Request, onText func(string)) (Answer, error) {
	var told sync.Once
	loading := func() {}
	defer func() { loading() }()
	return again(ctx, m.first, func() (Answer, error) {
		for {
			tokens, err := m.fit(r)
			if err != nil {
				return Answer{}, err
			}
			a, err := m.once(ctx, r, tokens, onText)
			e, ok := err.(*Error)
			if ok && e.loading {
				told.Do(func() { loading = noting(r.Note, m.name+" is being loaded; the first answer takes longer") })
			}
			if !ok || !m.leaveOut(canDoWithout(e)) {
				return a, err
			}
		}
	})
}

// fit is the room of the answer.
func (m *openai) fit(r Request) (tokens int, err error) {
	m.mu.Lock()
	size := m.size
	m.mu.Unlock()
	if size == 0 {
		return r.tokens(), nil
	}
	tokens, ok := m.count.room(r, size)
	if !ok {
		likely, _ := m.count.of(r.Messages)
		return 0, tooLarge(m.name, r, likely, size)
	}
	return tokens, nil
}

// leaveOut reports whether a part can be left out that was in the request before.
func (m *openai) leaveOut(part string) bool {
	m.mu.Lock()
	defer m.mu.Unlock()
	if part == "" || m.without[part] {
		return false
	}
	if m.without == nil {
		m.without = map[string]bool{}
	}
	m.without[part] = true
	return true
}

func (m *openai) once(ctx context.Context, r Request, tokens int, onText func(string)) (Answer, error) {
	body, err := json.Marshal(m.request(r, tokens))
	if err != nil {
		return Answer{}, fail(Failed, askAgain, "the request can't be written: %v", err)
	}
	var after time.Duration
	t, err := converse(context.WithValue(ctx, afterKey{}, &after), m.patience, tokens, onText, func(ctx context.Context, t *talk) error {
		res, err := m.send(ctx, http.MethodPost, "/chat/completions", "text/event-stream", body)
		if err != nil {
			return err
		}
		defer res.Body.Close()
		if res.StatusCode != http.StatusOK {
			return statusOf(res)
		}
		if kind, _, _ := mime.ParseMediaType(res.Header.Get("Content-Type")); kind == "application/json" {
			return m.whole(res.Body, t)
		}
		return m.stream(res.Body, t)
	})
	if err == nil {
		err = m.counted(r, t)
	}
	if err != nil && ctx.Err() == nil {
		e := m.explain(t, err)
		e.After = after
		return t.Answer, e
	}
	return t.Answer, err
}

// counted compares what the server counted with what was sent.
func (m *openai) counted(r Request, t *talk) error {
	if t.PromptTokens == 0 {
		return nil
	}
	m.count.learn(r.Messages, t.PromptTokens)
	if _, least := m.count.of(r.Messages); t.PromptTokens*2 < least {
		return errSilent
	}
	return nil
}

// send makes one request with the key, which goes nowhere else.
func (m *openai) send(ctx context.Context, method, path, accept string, body []byte) (*http.Response, error) {
	req, err := http.NewRequestWithContext(ctx, method, m.base.JoinPath(path).String(), bytes.NewReader(body))
	if err != nil {
		return nil, err
	}
	req.Header.Set("Accept", accept)
	req.Header.Set("User-Agent", "secgpt")
	if body != nil {
		req.Header.Set("Content-Type", "application/json")
	}
	key, err := m.Key.read(ctx, m.base)
	if err != nil {
		return nil, err
	}
	if key != "" {
		req.Header.Set("Authorization", "Bearer "+key)
	}
	return m.http.Do(req)
}

type wireMessage struct {
	Role    Role   `json:"role"`
	Content string `json:"content"`
}

type wireRequest struct {
	Model               string         `json:"model"`
	Messages            []wireMessage  `json:"messages"`
	Stream              bool           `json:"stream"`
	StreamOptions       map[string]any `json:"stream_options,omitempty"`
	Temperature         *float64       `json:"temperature,omitempty"`
	Seed                *int           `json:"seed,omitempty"`
	MaxTokens           int            `json:"max_tokens,omitempty"`
	MaxCompletionTokens int            `json:"max_completion_tokens,omitempty"`
	ResponseFormat      map[string]any `json:"response_format,omitempty"`
	TemplateArgs        map[string]any `json:"chat_template_kwargs,omitempty"`
}

func (m *openai) request(r Request, tokens int) wireRequest {
	m.mu.Lock()
	defer m.mu.Unlock()
	q := wireRequest{Model: m.name, Stream: true, MaxTokens: tokens}
	if m.without[partTokens] {
		q.MaxTokens, q.MaxCompletionTokens = 0, tokens
	}
	if !m.without[partUsage] {
		q.StreamOptions = map[string]any{"include_usage": true}
	}
	if !m.without[partChance] {
		q.Temperature = new(float64)
		if r.Vary {
			*q.Temperature = varied
		}
	}
	if one := 1; !m.without[partSeed] {
		q.Seed = &one
	}
	if m.far == "" && !m.without[partThinking] {
		q.TemplateArgs = map[string]any{"enable_thinking": false}
	}
	inWords := ""
	if r.Schema != nil && m.without[partFormat] {
		inWords = "Answer with JSON alone, that fits this JSON Schema: " + string(r.Schema)
	} else if r.Schema != nil {
		q.ResponseFormat = map[string]any{"type": "json_schema", "json_schema": map[string]any{"name": "answer", "schema": r.Schema}}
	}
	q.Messages = arranged(r.Messages, inWords, m.without[partRoles])
	return q
}

// arranged are the messages, with more words for the first of the system if there are
// any. With first, only the first message is the system's: what it says later is told
// with the message after it.
func arranged(messages []Message, more string, first bool) []wireMessage {
	var all []wireMessage
	carried := ""
	if more != "" && (len(messages) == 0 || messages[0].Role != System) {
		all = append(all, wireMessage{System, more})
	}
	for i, msg := range messages {
		text := msg.Text
		if i == 0 && msg.Role == System && more != "" {
			text += "\n" + more
		}
		if first && i > 0 && msg.Role == System {
			carried += text + "\n\n"
			continue
		}
		if msg.Role == User {
			text, carried = carried+text, ""
		}
		all = append(all, wireMessage{msg.Role, text})
	}
	if carried != "" {
		all = append(all, wireMessage{User, strings.TrimSpace(carried)})
	}
	return all
}

// canDoWithout names the part of a refused request that can be left out, if there is one.
func canDoWithout(e *Error) string {
	s, ok := e.Err.(*statusError)
	if !ok || s.code != 400 && s.code != 422 && s.code != 500 || e.Kind == Small {
		return ""
	}
	text := strings.ToLower(s.text + " " + s.param)
	has := func(word string) bool { return strings.Contains(text, word) }
	if s.code != 500 {
		for _, part := range parts {
			if has(part) {
				return part
			}
		}
		if has("json_schema") {
			return partFormat
		}
	}
	if has("system") && has("role") || has("system message") || has("alternate") {
		return partRoles // said by templates, some of which fail as if the server did
	}
	return ""
}

var errSilent = errors.New("it read less than it was sent")
