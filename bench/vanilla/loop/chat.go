package loop

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"strings"
)

// message is one of a conversation, as Ollama has it.
type message struct {
	Role    string `json:"role"`
	Content string `json:"content"`
	Calls   []call `json:"tool_calls,omitempty"`
	Name    string `json:"tool_name,omitempty"`
}

// call is a call that a model asks for.
type call struct {
	Function struct {
		Name      string          `json:"name"`
		Arguments json.RawMessage `json:"arguments"`
	} `json:"function"`
}

// errNoTools is a server that says that the model can't call tools.
var errNoTools = errors.New("the model has no tool calling of its own")

// maxBody bounds what a server sends for one answer.
const maxBody = 8 << 20

// chat asks once. Without tools, the server is not told of any.
func chat(ctx context.Context, o Options, messages []message, tools []Tool) (message, Use, error) {
	type function struct {
		Name        string          `json:"name"`
		Description string          `json:"description"`
		Parameters  json.RawMessage `json:"parameters"`
	}
	type tool struct {
		Type     string   `json:"type"`
		Function function `json:"function"`
	}
	var listed []tool
	for _, t := range tools {
		listed = append(listed, tool{"function", function{t.Name, t.About, t.Input}})
	}
	body, err := json.Marshal(map[string]any{
		"model": o.Model, "messages": messages, "tools": listed, "stream": false, "truncate": false, "shift": false,
		"options": map[string]any{"temperature": 0, "seed": 1, "num_ctx": o.Context, "num_predict": o.Tokens},
	})
	if err != nil {
		return message{}, Use{}, err
	}
	req, err := http.NewRequestWithContext(ctx, http.MethodPost, strings.TrimSuffix(o.Server, "/")+"/api/chat", bytes.NewReader(body))
	if err != nil {
		return message{}, Use{}, err
	}
	req.Header.Set("Content-Type", "application/json")
	res, err := http.DefaultClient.Do(req)
	if err != nil {
		return message{}, Use{}, err
	}
	defer res.Body.Close()
	raw, err := io.ReadAll(io.LimitReader(res.Body, maxBody))
	if err != nil {
		return message{}, Use{}, err
	}
	var answer struct {
		Message message `json:"message"`
		Error   string  `json:"error"`
		Prompt  int     `json:"prompt_eval_count"`
		Output  int     `json:"eval_count"`
	}
	if err := json.Unmarshal(raw, &answer); err != nil {
		return message{}, Use{}, fmt.Errorf("%s does not speak Ollama's language: %w", o.Server, err)
	}
	switch {
	case strings.Contains(answer.Error, "does not support tools"):
		return message{}, Use{}, errNoTools
	case answer.Error != "" || res.StatusCode != http.StatusOK:
		return message{}, Use{}, fmt.Errorf("%s failed: %s %s", o.Model, res.Status, answer.Error)
	}
	return answer.Message, Use{1, answer.Prompt, answer.Output}, nil
}
