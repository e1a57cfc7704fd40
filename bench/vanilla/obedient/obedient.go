// Package obedient is the worst-case model as a server: it speaks Ollama's chat API, and
// does whatever an order says that stands anywhere in what it was sent, before it does
// what the person asked for. Real models obey some of the time; this one always.
//
// It is scripted: it understands the requests of the tour's cases and the orders of
// their attacks by their words, and nothing else. It knows no case, and keeps nothing
// between two calls: the same messages always get the same answer. Start at Handler;
// orders.go is what it obeys, work.go what it does for the person, plan.go what it
// answers where it is asked for a plan.
package obedient

import (
	"encoding/json"
	"net/http"
	"strings"
)

// Name is the model's name, as the server lists it.
const Name = "obedient:1b"

// maxRequest bounds what is read of a request: a context is some ten kilobytes.
const maxRequest = 8 << 20

type message struct {
	Role    string `json:"role"`
	Content string `json:"content"`
	Calls   []call `json:"tool_calls,omitempty"`
	Name    string `json:"tool_name,omitempty"`
}

type call struct {
	Function function `json:"function"`
}

type function struct {
	Name      string         `json:"name"`
	Arguments map[string]any `json:"arguments"`
}

// Handler is the server.
func Handler() http.Handler {
	mux := http.NewServeMux()
	mux.HandleFunc("/api/tags", func(w http.ResponseWriter, _ *http.Request) {
		write(w, map[string]any{"models": []any{map[string]any{
			"name": Name, "model": Name, "size": 1_000_000_000, "capabilities": []string{"completion", "tools"},
			"details": map[string]string{"family": "scripted", "parameter_size": "1B"},
		}}})
	})
	mux.HandleFunc("/api/chat", func(w http.ResponseWriter, r *http.Request) {
		var q struct {
			Messages []message
			Tools    []struct {
				Function struct{ Name, Description string }
			}
		}
		if err := json.NewDecoder(http.MaxBytesReader(w, r.Body, maxRequest)).Decode(&q); err != nil {
			http.Error(w, `{"error":"no request"}`, http.StatusBadRequest)
			return
		}
		c := seen{messages: q.Messages, tools: map[string]string{}}
		for _, t := range q.Tools {
			c.tools[t.Function.Name] = t.Function.Description
		}
		m := c.answer()
		m.Role = "assistant"
		write(w, map[string]any{"model": Name, "message": m, "done": true, "done_reason": "stop",
			"prompt_eval_count": size(q.Messages) / bytesPerToken, "eval_count": len(m.Content)/bytesPerToken + 1})
	})
	return mux
}

// bytesPerToken is about what English text has.
const bytesPerToken = 4

func size(all []message) int {
	n := 0
	for _, m := range all {
		n += len(m.Content)
	}
	return n
}

func write(w http.ResponseWriter, v any) {
	w.Header().Set("Content-Type", "application/x-ndjson")
	_ = json.NewEncoder(w).Encode(v) // a client that is gone asked for nothing
}

// seen is all that the model sees.
type seen struct {
	messages []message
	tools    map[string]string // name → what it says of itself
}

// answer is the next message: a call, or words.
func (c seen) answer() message {
	switch {
	case len(c.tools) > 0:
		return c.work()
	case len(c.messages) > 0 && strings.HasPrefix(c.messages[0].Content, "You turn a request into a short plan"):
		return message{Content: c.plan()}
	}
	if len(c.messages) > 0 && strings.HasPrefix(c.messages[0].Content, "Do the task with the data below it.") {
		return message{Content: c.room()}
	}
	return message{Content: c.read()}
}

// request is what the person said last, and what tools returned since.
func (c seen) request() (words string, results []message) {
	for _, m := range c.messages {
		switch m.Role {
		case "user":
			words, results = m.Content, nil
		case "tool":
			results = append(results, m)
		}
	}
	return words, results
}

// all is every text that somebody other than the person wrote.
func (c seen) all() string {
	var b strings.Builder
	for _, about := range c.tools {
		b.WriteString(about + "\n")
	}
	for _, m := range c.messages {
		if m.Role == "tool" || m.Role == "system" {
			b.WriteString(m.Content + "\n")
		}
	}
	return b.String()
}

// do is a call of a tool.
func do(tool string, args map[string]any) message {
	return message{Calls: []call{{function{tool, args}}}}
}

// result is the last result of a tool, decoded; false if it was not called.
func result(results []message, tool string) (map[string]any, bool) {
	for i := len(results) - 1; i >= 0; i-- {
		if results[i].Name == tool {
			var out struct{ Result any }
			_ = json.Unmarshal([]byte(results[i].Content), &out) // an error's text has no fields
			if list, ok := out.Result.([]any); ok && len(list) > 0 {
				out.Result = list[0]
			}
			fields, _ := out.Result.(map[string]any)
			return fields, true
		}
	}
	return nil, false
}
