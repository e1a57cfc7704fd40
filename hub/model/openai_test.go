package model

import (
	"context"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
)

func TestOpenAIStreamsAndCounts(t *testing.T) {
	s := serveOpenAI(t, oneModel, func(w http.ResponseWriter, _ *http.Request, _ int) {
		fmt.Fprint(w, ": keep alive\r\n\r\nevent: message\r\nid: 7\r\n")
		tells(w, "Hel", "lo")
		ends(w, "stop")
	})
	m := s.find(t, quick)
	require.Equal(t, "good", m.Name())
	require.Zero(t, s.requests(), "nothing is asked by looking")
	_, far := Elsewhere(m)
	require.False(t, far)

	var seen []string
	r := hello
	r.Schema = json.RawMessage(`{"type":"object"}`)
	a, err := m.Chat(t.Context(), r, func(p string) { seen = append(seen, p) })
	require.NoError(t, err)
	require.Equal(t, Answer{Text: "Hello", PromptTokens: 12, OutputTokens: 3}, a)
	require.Equal(t, []string{"Hel", "lo"}, seen)
	body := s.last()
	require.Equal(t, "good", body["model"])
	require.Equal(t, true, body["stream"])
	require.EqualValues(t, DefaultTokens, body["max_tokens"])
	require.EqualValues(t, 0, body["temperature"])
	require.Equal(t, map[string]any{"include_usage": true}, body["stream_options"])
	require.Equal(t, map[string]any{"enable_thinking": false}, body["chat_template_kwargs"])
	require.Equal(t, map[string]any{"type": "json_schema", "json_schema": map[string]any{"name": "answer", "schema": map[string]any{"type": "object"}}}, body["response_format"])
	require.Equal(t, []any{map[string]any{"role": "system", "content": "rules"}, map[string]any{"role": "user", "content": "hello"}}, body["messages"])
}

func TestOpenAITakesOtherFormsOfAnAnswer(t *testing.T) {
	for name, c := range map[string]struct {
		says string
		want Answer
	}{
		"in one piece": {`{"choices":[{"message":{"role":"assistant","content":"Hello"},"finish_reason":"stop"}],"usage":{"prompt_tokens":12,"completion_tokens":3}}`,
			Answer{Text: "Hello", PromptTokens: 12, OutputTokens: 3}},
		"cut":                      {`data: {"choices":[{"delta":{"content":"Hel"},"finish_reason":"length"}]}` + "\n\ndata: [DONE]\n\n", Answer{Text: "Hel", Cut: true}},
		"without the last mark":    {`data: {"choices":[{"delta":{"content":"Hello"},"finish_reason":"eos"}]}` + "\n\n", Answer{Text: "Hello"}},
		"only the last mark":       {`data:{"choices":[{"delta":{"content":"Hello"}}]}` + "\n\ndata:[DONE]\n\n", Answer{Text: "Hello"}},
		"no empty line at the end": {`data: {"choices":[{"delta":{"content":"Hello"},"finish_reason":"stop"}]}`, Answer{Text: "Hello"}},
		"an event of two lines":    {"data: {\"choices\":\ndata: [{\"delta\":{\"content\":\"Hello\"},\"finish_reason\":\"stop\"}]}\n\n", Answer{Text: "Hello"}},
		"parts":                    {`data: {"choices":[{"delta":{"content":[{"type":"text","text":"Hel"},{"type":"text","text":"lo"}]},"finish_reason":"stop"}]}` + "\n\n", Answer{Text: "Hello"}},
		"thoughts beside it":       {`data: {"choices":[{"delta":{"reasoning_content":"hm, hm"}}]}` + "\n\n" + `data: {"choices":[{"delta":{"content":"Hello","reasoning":null},"finish_reason":"stop"}]}` + "\n\n", Answer{Text: "Hello"}},
		"thoughts in it":           {`data: {"choices":[{"delta":{"content":"\n<thi"}}]}` + "\n\n" + `data: {"choices":[{"delta":{"content":"nk>hm</think>\n\nHello"},"finish_reason":"stop"}]}` + "\n\n", Answer{Text: "Hello"}},
	} {
		t.Run(name, func(t *testing.T) {
			s := serveOpenAI(t, "", func(w http.ResponseWriter, _ *http.Request, _ int) {
				if c.says[0] == '{' {
					w.Header().Set("Content-Type", "application/json; charset=utf-8")
				}
				io.WriteString(w, c.says)
			})
			a, err := s.find(t, quick).Chat(t.Context(), hello, nil)
			require.NoError(t, err)
			require.Equal(t, c.want, a)
		})
	}
}

// What a server refuses by name is left out, once for all, and said in other ways.
func TestOpenAILeavesOutWhatAServerDoesNotKnow(t *testing.T) {
	refuse := map[int]string{
		1: `{"error":{"message":"Unsupported parameter: 'max_tokens' is not supported with this model. Use 'max_completion_tokens' instead.","param":"max_tokens"}}`,
		2: `{"error":{"message":"Unsupported value","param":"temperature","code":"unsupported_value"}}`,
		3: `{"error":{"message":"Unrecognized request argument supplied: chat_template_kwargs"}}`,
		4: `{"detail":[{"loc":["body","stream_options"],"msg":"extra fields not permitted"}]}`,
		5: `{"error":"response_format is not supported"}`,
		6: `{"error":{"message":"System message must be at the beginning."}}`,
	}
	s := serveOpenAI(t, "", func(w http.ResponseWriter, _ *http.Request, n int) {
		if body, ok := refuse[n]; ok {
			page(w, 400, body)
			return
		}
		tells(w, "{}")
		ends(w, "stop")
	})
	m := s.find(t, quick)
	r := Request{Schema: json.RawMessage(`{"type":"object"}`), Messages: []Message{
		{System, "rules"}, {User, "1"}, {Assistant, "2"}, {System, "tools"}, {User, "now"}}}
	for range 2 {
		_, err := m.Chat(t.Context(), r, nil)
		require.NoError(t, err)
		body := s.last()
		require.EqualValues(t, DefaultTokens, body["max_completion_tokens"])
		for _, gone := range []string{"max_tokens", "temperature", "chat_template_kwargs", "stream_options", "response_format"} {
			require.NotContains(t, body, gone)
		}
		require.Contains(t, body, "seed")
		require.Equal(t, []any{
			map[string]any{"role": "system", "content": "rules\nAnswer with JSON alone, that fits this JSON Schema: {\"type\":\"object\"}"},
			map[string]any{"role": "user", "content": "1"}, map[string]any{"role": "assistant", "content": "2"},
			map[string]any{"role": "user", "content": "tools\n\nnow"},
		}, body["messages"])
	}
	require.Equal(t, 8, s.requests(), "what was learned once holds")

	s = serveOpenAI(t, "", func(w http.ResponseWriter, _ *http.Request, _ int) { page(w, 400, `{"error":"bad seed"}`) })
	_, err := s.find(t, quick).Chat(t.Context(), hello, nil)
	require.True(t, Is(err, Failed), "%v", err)
	require.Equal(t, 2, s.requests(), "a part is left out once")
}

func TestCancelEndsAnOpenAIAnswerAtOnce(t *testing.T) {
	gone := make(chan struct{})
	s := serveOpenAI(t, "", func(w http.ResponseWriter, r *http.Request, _ int) {
		tells(w, "Hel")
		<-r.Context().Done()
		close(gone)
	})
	ctx, stop := context.WithCancel(t.Context())
	_, err := s.find(t, quick).Chat(ctx, hello, func(string) { stop() })
	require.ErrorIs(t, err, context.Canceled)
	<-gone // the connection was ended
}

func TestWhatDoesNotFitAnOpenAIServerIsNotSent(t *testing.T) {
	s := serveOpenAI(t, oneModel, func(w http.ResponseWriter, _ *http.Request, _ int) { fmt.Fprint(w, "data: [DONE]\n\n") })
	m := s.find(t, quick)
	_, err := m.Chat(t.Context(), Request{Messages: []Message{{System, "rules"}, {User, strings.Repeat("many words ", 5000)}}}, nil)
	require.True(t, Is(err, Small), "%v", err)
	require.ErrorContains(t, err, "does not fit the 4096 that good sees at once; the largest part is what you ask with its data, 55000 bytes; nothing was sent")
	require.Zero(t, s.requests())

	_, err = m.Chat(t.Context(), Request{Messages: []Message{{User, strings.Repeat("many words ", 1000)}}}, nil)
	require.NoError(t, err)
	require.Less(t, s.last()["max_tokens"], float64(DefaultTokens), "an answer gets what room is left")
}

// A server that drops what it does not hold, and says nothing of it, is found out by
// what it counted.
func TestARequestThatWasCutSilentlyIsFoundOut(t *testing.T) {
	s := serveOpenAI(t, "", func(w http.ResponseWriter, _ *http.Request, _ int) { tells(w, "ok"); ends(w, "stop") })
	m := s.find(t, quick)
	_, err := m.Chat(t.Context(), Request{Messages: []Message{{User, strings.Repeat("many words ", 5000)}}}, nil)
	require.True(t, Is(err, Small), "%v", err)
	require.ErrorContains(t, err, "read less than it was sent")
}

// Where a server is, and whether it is asked by looking.
func TestFindOpenAI(t *testing.T) {
	s := serveOpenAI(t, oneModel, nil)
	_, port, _ := strings.Cut(strings.TrimPrefix(s.URL, "http://"), ":")
	for _, c := range []struct {
		spec    string
		servers []Server
		far     string
	}{
		{"openai:good@http://127.0.0.1:" + port, nil, ""},
		{"openai:org/good-1.5:7b@http://LOCALHOST:" + port + "/v1/", nil, ""},
		{"openai:good:cloud@http://127.0.0.1:" + port, nil, "a server behind 127.0.0.1:" + port},
		{"openai:good@http://127.0.0.1:" + port, []Server{{URL: "http://127.0.0.1:" + port + "/v1/", Elsewhere: true}}, "a server behind 127.0.0.1:" + port},
		{"openai:gpt@https://example.org/v1", nil, "example.org"},
		{"openai:gpt@http://192.168.7.8:8080/v1", []Server{{URL: "http://192.168.7.8:8080", Private: true}}, "192.168.7.8"},
	} {
		s.looks = 0
		m, err := finder{patience: quick.patience, named: quick.named, servers: c.servers}.find(t.Context(), c.spec)
		require.NoError(t, err, c.spec)
		host, far := Elsewhere(m)
		require.Equal(t, c.far, host, c.spec)
		require.Equal(t, c.far != "", far)
		require.Equal(t, map[bool]int{true: 0, false: 1}[far], s.looks, "what is elsewhere hears nothing before it is judged")
	}
	for spec, says := range map[string]string{
		"openai:gpt":                               "write openai:NAME@URL, such as",
		"openai:@http://127.0.0.1:1":               "write openai:NAME@URL",
		"openai:gpt@ftp://127.0.0.1":               "no address of a model server",
		"openai:gpt@127.0.0.1:80":                  "no address of a model server",
		"openai:gpt@http://me:secret@127.0.0.1/v1": "no password, ? or # in it",
		"openai:gpt@https://example.org/v1?key=7":  "no password, ? or # in it",
		"openai:gpt@http://example.org/v1":         "without TLS, so that others on the way could read it: write https://",
		"openai:gpt@http://192.168.7.8:8080/v1":    "set private = true for it under [[servers]]",
		"openai:gpt@http://localhost.example.org":  "without TLS",
	} {
		_, err := find(t, spec)
		require.True(t, Is(err, Spec), "%s: %v", spec, err)
		require.ErrorContains(t, err, says)
		require.NotContains(t, err.Error(), "secret")
	}
	_, err := find(t, "openai:good@http://127.0.0.1:1/v1")
	require.True(t, Is(err, Away), "%v", err)
	require.ErrorContains(t, err, "nothing answers at 127.0.0.1:1")
}

// A name that leads elsewhere than it says is not followed there.
func TestReachIsHeldAtTheSocket(t *testing.T) {
	s := serveOpenAI(t, "", nil)
	for _, c := range []struct {
		reach reach
		url   string
	}{{thisComputer, "http://192.0.2.1:9/"}, {privateNet, "http://192.0.2.1:9/"}, {privateNet, "http://[2001:db8::1]:9/"}} {
		_, err := c.reach.client().Get(c.url)
		require.ErrorContains(t, err, map[reach]string{thisComputer: "not on this computer", privateNet: "no address of a private network"}[c.reach])
	}
	res, err := privateNet.client().Get(s.URL)
	require.NoError(t, err)
	res.Body.Close()
}

func TestTheKeyGoesToItsServerAlone(t *testing.T) {
	const key = "sk-very-secret"
	dir := t.TempDir()
	file := filepath.Join(dir, "key")
	require.NoError(t, os.WriteFile(file, []byte(key+"\n"), 0o600))
	s := serveOpenAI(t, oneModel, func(w http.ResponseWriter, r *http.Request, n int) {
		if n == 2 {
			page(w, 401, fmt.Sprintf(`{"error":{"message":%q}}`, strings.Repeat("-", maxSaid-5)+r.Header.Get("Authorization")))
			return
		}
		ends(w, "stop")
	})
	ask := func(secret Secret) error {
		f := quick
		f.servers = []Server{{URL: "http://127.0.0.1:9/v1", Key: Secret{File: "/elsewhere"}}, {URL: s.URL, Key: secret}}
		m, err := f.find(t.Context(), "openai:good@"+s.URL)
		if err != nil {
			return err
		}
		_, err = m.Chat(t.Context(), hello, nil)
		return err
	}
	require.NoError(t, ask(Secret{File: file}))
	err := ask(Secret{Command: []string{"cat", file}})
	require.True(t, Is(err, Key), "%v", err)
	require.NotContains(t, err.Error(), "sk-", "what a server says back is not shown")
	require.NoError(t, ask(Secret{Command: []string{"printf", "%s", key}}))
	require.NoError(t, ask(Secret{}))
	require.Equal(t, []string{"Bearer " + key, "Bearer " + key, "Bearer " + key, "Bearer " + key, "Bearer " + key, "Bearer " + key, "", ""}, s.auth)

	for _, c := range []struct {
		secret Secret
		says   string
	}{
		{Secret{File: filepath.Join(dir, "none")}, "no such file"},
		{Secret{File: dir}, "it is no file"},
		{Secret{Command: []string{"false"}}, "exit status 1: run it by hand"},
		{Secret{Command: []string{"printf", "two words"}}, "it is not one word"},
		{Secret{Command: []string{"true"}}, "it is empty"},
		{Secret{Command: []string{"head", "-c", "100000", "/dev/zero"}}, "the key for"},
	} {
		err := ask(c.secret)
		require.True(t, Is(err, Key), "%v", err)
		require.ErrorContains(t, err, c.says)
	}
	require.NoError(t, os.Chmod(file, 0o640))
	require.ErrorContains(t, ask(Secret{File: file}), "others can read it: write the key into it, and `chmod 600")
	require.Len(t, s.auth, 8, "without its key a server is not asked")
}

// Ollama's own door of OpenAI's kind is the real server at hand.
func TestARealOpenAIServer(t *testing.T) {
	native := real(t)
	address := "http://127.0.0.1:11434/v1"
	m, err := Find(t.Context(), "openai:"+native.Name()+"@"+address)
	require.NoError(t, err)
	var streamed strings.Builder
	a, err := m.Chat(t.Context(), Request{Tokens: 60, Schema: json.RawMessage(`{"type":"object","properties":{"city":{"type":"string"}},"required":["city"]}`),
		Messages: []Message{{System, "Answer in JSON."}, {User, "The capital of France?"}}}, func(p string) { streamed.WriteString(p) })
	require.NoError(t, err)
	var got struct{ City string }
	require.NoError(t, json.Unmarshal([]byte(a.Text), &got), a.Text)
	require.Equal(t, a.Text, streamed.String())
	require.Positive(t, a.PromptTokens)
	require.Positive(t, a.OutputTokens)

	_, err = m.Chat(t.Context(), Request{Messages: []Message{{User, strings.Repeat("many words ", 5000)}}}, nil)
	require.True(t, Is(err, Small), "it would cut this silently: %v", err)
	m, err = Find(t.Context(), "openai:absent@"+address)
	require.NoError(t, err)
	_, err = m.Chat(t.Context(), hello, nil)
	require.True(t, Is(err, Missing), "%v", err)

	ctx, stop := context.WithCancel(t.Context())
	m, err = Find(t.Context(), "openai:"+native.Name()+"@"+address)
	require.NoError(t, err)
	_, err = m.Chat(ctx, Request{Messages: []Message{{User, "Count to a thousand, in words."}}}, func(string) { stop() })
	require.ErrorIs(t, err, context.Canceled)
}
