// Package modeltest is a model server for tests. It speaks Ollama's protocol, says what it
// is told to, one answer after the other, and keeps all that it was sent.
package modeltest

import (
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync"
	"testing"
)

// A Server is one such model server. Its fields may be used while nothing is asked.
type Server struct {
	URL     string
	Answers []string // what it has still to say
	Heard   []string // the body of each question
	mu      sync.Mutex
}

// New serves the models until the test ends, each a JSON object as Ollama lists it.
// otherwise is what is said when there is no answer left.
func New(t testing.TB, models, otherwise string, answers ...string) *Server {
	s := &Server{Answers: answers}
	mux := http.NewServeMux()
	mux.HandleFunc("/api/tags", func(w http.ResponseWriter, _ *http.Request) { fmt.Fprintf(w, `{"models":[%s]}`, models) })
	mux.HandleFunc("/api/chat", func(w http.ResponseWriter, r *http.Request) {
		body, _ := io.ReadAll(r.Body)
		s.mu.Lock()
		defer s.mu.Unlock()
		s.Heard = append(s.Heard, string(body))
		text := otherwise
		if len(s.Answers) > 0 {
			text, s.Answers = s.Answers[0], s.Answers[1:]
		}
		e := json.NewEncoder(w)
		_ = e.Encode(map[string]any{"message": map[string]string{"role": "assistant", "content": text}, "done": false})
		_ = e.Encode(map[string]any{"message": map[string]string{"role": "assistant", "content": ""},
			"done": true, "done_reason": "stop", "prompt_eval_count": 10, "eval_count": 5})
	})
	server := httptest.NewServer(mux)
	t.Cleanup(server.Close)
	s.URL = server.URL
	return s
}

// Says gives it other answers and forgets what it heard.
func (s *Server) Says(answers ...string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.Answers, s.Heard = answers, nil
}

// Saw is all that it was sent.
func (s *Server) Saw() string {
	s.mu.Lock()
	defer s.mu.Unlock()
	return strings.Join(s.Heard, "\n")
}
