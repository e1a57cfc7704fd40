package loop

import (
	"context"
	"encoding/json"
	"errors"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
)

// box is two tools: one echoes, one fails.
type box struct{ called []string }

func (b *box) List() []Tool {
	return []Tool{{"echo", "Say it again", json.RawMessage(`{"type":"object"}`)}, {"fail", "Fails", json.RawMessage(`{"type":"object"}`)}}
}

func (b *box) Call(_ context.Context, name string, args json.RawMessage) (string, error) {
	b.called = append(b.called, name)
	switch name {
	case "echo":
		return string(args), nil
	case "fail":
		return "", errors.New("it is broken")
	}
	return "", errors.New("there is no such tool")
}

// server answers with these JSON messages in turn, the last one for ever, and keeps what
// it was sent.
func server(t *testing.T, answers ...string) (Options, *[]string) {
	var heard []string
	s := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		var body json.RawMessage
		_ = json.NewDecoder(r.Body).Decode(&body)
		heard = append(heard, string(body))
		answer := answers[min(len(heard), len(answers))-1]
		if strings.HasPrefix(answer, `{"error"`) {
			w.WriteHeader(http.StatusBadRequest)
		}
		_, _ = w.Write([]byte(answer))
	}))
	t.Cleanup(s.Close)
	return Options{Server: s.URL, Model: "m"}, &heard
}

const (
	callEcho = `{"message":{"role":"assistant","content":"","tool_calls":[{"function":{"name":"echo","arguments":{"x":1}}}]},"prompt_eval_count":7,"eval_count":3}`
	done     = `{"message":{"role":"assistant","content":"Done."},"prompt_eval_count":7,"eval_count":3}`
)

func TestALoopCallsUntilTheModelAnswers(t *testing.T) {
	o, heard := server(t, callEcho, strings.Replace(callEcho, "echo", "fail", 1), done)
	got, err := Run(t.Context(), o, &box{}, "do it")
	require.NoError(t, err)
	require.Equal(t, "Done.", got.Answer)
	require.Equal(t, Use{3, 21, 9}, got.Model)
	require.Equal(t, []Call{
		{"echo", json.RawMessage(`{"x":1}`), `{"x":1}`, false}, {"fail", json.RawMessage(`{"x":1}`), "error: it is broken", true},
	}, got.Calls)
	require.False(t, got.Stopped || got.Written)
	require.Contains(t, (*heard)[0], `"Say it again"`)
	require.Contains(t, (*heard)[2], `it is broken`, "the model is told")
}

func TestRequestsShareOneContext(t *testing.T) {
	o, heard := server(t, done)
	_, err := Run(t.Context(), o, &box{}, "my number is 41", "what was it?")
	require.NoError(t, err)
	require.Contains(t, (*heard)[1], "my number is 41")
}

func TestALoopIsBounded(t *testing.T) {
	o, _ := server(t, callEcho)
	o.Calls = 4
	b := &box{}
	got, err := Run(t.Context(), o, b, "go on for ever")
	require.NoError(t, err)
	require.True(t, got.Stopped)
	require.Len(t, b.called, 4)

	long := strings.Replace(callEcho, `{"x":1}`, `{"x":"`+strings.Repeat("y", 20_000)+`"}`, 1)
	o, _ = server(t, long, done)
	got, err = Run(t.Context(), o, &box{}, "say it")
	require.NoError(t, err)
	require.Less(t, len(got.Calls[0].Result), maxResult+100)
	require.Contains(t, got.Calls[0].Result, "bytes left out")
}

// A model without tool calling of its own writes its calls.
func TestCallsCanBeWritten(t *testing.T) {
	o, heard := server(t, `{"error":"registry.ollama.ai/library/m does not support tools"}`,
		`{"message":{"role":"assistant","content":"Sure:\n`+"```json"+`\n{\"name\": \"echo\", \"arguments\": {\"x\": {\"y\": 2}}}\n`+"```"+`"}}`, done)
	got, err := Run(t.Context(), o, &box{}, "do it")
	require.NoError(t, err)
	require.True(t, got.Written)
	require.Equal(t, "Done.", got.Answer)
	require.JSONEq(t, `{"x":{"y":2}}`, string(got.Calls[0].Args))
	require.NotContains(t, (*heard)[1], `"parameters"`)
	require.Contains(t, (*heard)[1], "Say it again")
	require.Contains(t, (*heard)[2], "Result of echo")
}

func TestWhatIsReadAsACall(t *testing.T) {
	tools := (&box{}).List()
	for text, want := range map[string]int{
		"no call":                                    0,
		`{"name":"nobody","arguments":{}}`:           0,
		`{"name":"echo"}`:                            1,
		`{"name":"echo","parameters":{"x":1}}`:       1,
		`{ {"name":"echo"} and {"name":"fail"} }`:    2,
		`{"name":`:                                   0,
		`[{"name":"echo"},{"name":"echo"}]`:          2,
		`{"a":{"name":"echo"}} is no call of a tool`: 0,
	} {
		require.Len(t, read(text, tools), want, text)
	}
}

func TestErrorsOfTheServerAreErrors(t *testing.T) {
	for answer, want := range map[string]string{
		`{"error":"out of memory"}`: "out of memory", `<html>`: "does not speak Ollama's language",
	} {
		o, _ := server(t, answer)
		_, err := Run(t.Context(), o, &box{}, "x")
		require.ErrorContains(t, err, want)
	}
	ctx, stop := context.WithCancel(t.Context())
	stop()
	o, _ := server(t, done)
	_, err := Run(ctx, o, &box{}, "x")
	require.ErrorIs(t, err, context.Canceled)
}
