package model

import (
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync"
	"testing"

	"github.com/stretchr/testify/require"
)

// A compatible server answers /v1/models as models says and /v1/chat/completions as the
// test does. bodies are the requests for answers.
type compatible struct {
	*httptest.Server
	mu     sync.Mutex
	bodies []map[string]any
	auth   []string
	looks  int
}

const oneModel = `{"object":"list","data":[{"id":"good","object":"model","owned_by":"me","max_model_len":4096}]}`

func serveOpenAI(t *testing.T, models string, chat func(w http.ResponseWriter, r *http.Request, n int)) *compatible {
	t.Helper()
	c := &compatible{}
	c.Server = httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		c.mu.Lock()
		c.auth = append(c.auth, r.Header.Get("Authorization"))
		if r.URL.Path == "/v1/models" {
			c.looks++
			c.mu.Unlock()
			if models == "" {
				http.NotFound(w, r)
				return
			}
			io.WriteString(w, models)
			return
		}
		var body map[string]any
		json.NewDecoder(r.Body).Decode(&body)
		c.bodies = append(c.bodies, body)
		n := len(c.bodies)
		c.mu.Unlock()
		if r.URL.Path != "/v1/chat/completions" {
			http.NotFound(w, r)
			return
		}
		w.Header().Set("Content-Type", "text/event-stream")
		chat(w, r, n)
	}))
	t.Cleanup(c.Close)
	return c
}

// requests is how many answers were asked for.
func (c *compatible) requests() int {
	c.mu.Lock()
	defer c.mu.Unlock()
	return len(c.bodies)
}

func (c *compatible) last() map[string]any {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.bodies[len(c.bodies)-1]
}

// tells streams pieces of an answer.
func tells(w http.ResponseWriter, pieces ...string) {
	for _, p := range pieces {
		fmt.Fprintf(w, `data: {"object":"chat.completion.chunk","choices":[{"index":0,"delta":{"content":%q},"finish_reason":null}]}`+"\n\n", p)
		w.(http.Flusher).Flush()
	}
}

// ends closes an answer as most servers do.
func ends(w http.ResponseWriter, reason string) {
	fmt.Fprintf(w, `data: {"choices":[{"index":0,"delta":{},"finish_reason":%q}]}`+"\n\n", reason)
	fmt.Fprint(w, `data: {"choices":[],"usage":{"prompt_tokens":12,"completion_tokens":3}}`+"\n\n")
	fmt.Fprint(w, "data: [DONE]\n\n")
}

// page answers with an error.
func page(w http.ResponseWriter, code int, body string) {
	w.Header().Set("Content-Type", "application/json")
	w.WriteHeader(code)
	io.WriteString(w, body)
}

func (c *compatible) find(t *testing.T, f finder) Model {
	t.Helper()
	m, err := f.find(t.Context(), "openai:good@"+c.URL+"/v1")
	require.NoError(t, err)
	return m
}

// counted is a long text that does not repeat itself.
func counted(bytes int) string {
	var b strings.Builder
	for i := 0; b.Len() < bytes; i++ {
		fmt.Fprintf(&b, "%d, ", i)
	}
	return b.String()[:bytes]
}

var hello = Request{Messages: []Message{{System, "rules"}, {User, "hello"}}}
