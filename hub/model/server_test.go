package model

import (
	"context"
	"encoding/json"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"os"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"go.uber.org/goleak"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

const tags = `{"models":[{"name":"good:7b","details":{"parameter_size":"7B","context_length":4096},"capabilities":["completion","thinking"]},
	{"name":"far:cloud","remote_host":"https://ollama.com"},{"name":"alias:1b","remote_host":"https://ollama.com","remote_model":"x"}]}`

// A faulty server answers /api/tags rightly and /api/chat as the test says. asked
// is the last request for an answer.
type faulty struct {
	*httptest.Server
	asked map[string]any
	loads int
}

func serve(t *testing.T, chat func(w http.ResponseWriter, r *http.Request)) *faulty {
	t.Helper()
	f := &faulty{}
	f.Server = httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if r.URL.Path == "/api/tags" {
			io.WriteString(w, tags)
			return
		}
		f.loads++
		json.NewDecoder(r.Body).Decode(&f.asked)
		w.Header().Set("Content-Type", "application/x-ndjson")
		chat(w, r)
	}))
	t.Cleanup(f.Close)
	t.Setenv("OLLAMA_HOST", f.URL)
	return f
}

func say(w http.ResponseWriter, pieces ...string) {
	for _, p := range pieces {
		fmt.Fprintf(w, `{"message":{"role":"assistant","content":%q},"done":false}`+"\n", p)
		w.(http.Flusher).Flush()
	}
}

func done(w http.ResponseWriter, reason string) {
	fmt.Fprintf(w, `{"message":{"content":""},"done":true,"done_reason":%q,"prompt_eval_count":12,"eval_count":3}`+"\n", reason)
}

// quick looks for models without much patience; for an answer it waits as long as a
// loaded machine takes. moment is the limit that a test means to meet.
var quick = finder{patience: patience{30 * time.Second, 30 * time.Second, time.Minute}, look: 2 * time.Second, named: 2 * time.Second}

const moment = 300 * time.Millisecond

func find(t *testing.T, spec string) (Model, error) {
	t.Helper()
	return quick.find(t.Context(), spec)
}

func chat(t *testing.T, ctx context.Context, onText func(string)) (Answer, error) {
	t.Helper()
	return chatBy(t, ctx, quick, onText)
}

func chatBy(t *testing.T, ctx context.Context, f finder, onText func(string)) (Answer, error) {
	t.Helper()
	m, err := f.find(t.Context(), "ollama:good:7b")
	require.NoError(t, err)
	return m.Chat(ctx, Request{Messages: []Message{{System, "rules"}, {User, "hello"}}}, onText)
}

func TestChatStreamsAndCounts(t *testing.T) {
	s := serve(t, func(w http.ResponseWriter, _ *http.Request) { say(w, "Hel", "lo"); done(w, "stop") })
	var seen []string
	a, err := chat(t, t.Context(), func(p string) { seen = append(seen, p) })
	require.NoError(t, err)
	require.Equal(t, Answer{Text: "Hello", PromptTokens: 12, OutputTokens: 3}, a)
	require.Equal(t, []string{"Hel", "lo"}, seen)

	options := s.asked["options"].(map[string]any)
	require.EqualValues(t, 4096, options["num_ctx"], "no more than the model can")
	require.EqualValues(t, DefaultTokens, options["num_predict"])
	require.Equal(t, false, s.asked["truncate"])
	require.Equal(t, false, s.asked["shift"])
	require.Equal(t, false, s.asked["think"])
	require.NotNil(t, s.asked["keep_alive"])
	require.Len(t, s.asked["messages"], 2)
}

func TestAnAnswerCutAtTheBoundSaysSo(t *testing.T) {
	serve(t, func(w http.ResponseWriter, _ *http.Request) { say(w, "Hel"); done(w, "length") })
	a, err := chat(t, t.Context(), nil)
	require.NoError(t, err)
	require.True(t, a.Cut)
}

func TestEveryFaultHasAKindAndAnAdvice(t *testing.T) {
	block := func(r *http.Request) { <-r.Context().Done() }
	cases := map[string]struct {
		chat func(w http.ResponseWriter, r *http.Request)
		kind Kind
		says string
	}{
		"never begins":      {func(_ http.ResponseWriter, r *http.Request) { block(r) }, Slow, "did not begin to answer within 300ms: ask again, or take a smaller model"},
		"stops talking":     {func(w http.ResponseWriter, r *http.Request) { say(w, "Hel"); block(r) }, Slow, "said nothing for 300ms"},
		"ends without done": {func(w http.ResponseWriter, _ *http.Request) { say(w, "Hel") }, Cut, "broke off in the middle of its answer: ask again"},
		"hangs up": {func(w http.ResponseWriter, _ *http.Request) {
			say(w, "Hel")
			panic(http.ErrAbortHandler)
		}, Cut, "broke off in the middle"},
		"hangs up at once": {func(w http.ResponseWriter, _ *http.Request) { panic(http.ErrAbortHandler) }, Cut, "ask again"},
		"half a line": {func(w http.ResponseWriter, _ *http.Request) {
			say(w, "Hel")
			io.WriteString(w, `{"message":{"content":"`)
		}, Cut, "broke off"},
		"a page":         {func(w http.ResponseWriter, _ *http.Request) { io.WriteString(w, "<html>hello") }, Garbage, "does not speak Ollama's language: look what listens there"},
		"a page later":   {func(w http.ResponseWriter, _ *http.Request) { say(w, "Hel"); io.WriteString(w, "<html>\n") }, Garbage, "does not speak"},
		"other types":    {func(w http.ResponseWriter, _ *http.Request) { io.WriteString(w, `{"message":7}`+"\n") }, Garbage, "does not speak"},
		"goes on and on": {func(w http.ResponseWriter, _ *http.Request) { done(w, "stop"); say(w, "more") }, Garbage, "does not speak"},
		"a flood":        {func(w http.ResponseWriter, _ *http.Request) { say(w, counted(30_000), counted(30_000)) }, Loop, "answered more than 48000 bytes and was stopped"},
		"repeats itself": {func(w http.ResponseWriter, _ *http.Request) {
			for range 500 {
				say(w, "   \n")
			}
		}, Loop, "good:7b repeats itself and was stopped: ask in other words"},
		"thinks for ever": {func(w http.ResponseWriter, _ *http.Request) {
			for range 100 {
				fmt.Fprintf(w, `{"message":{"thinking":%q}}`+"\n", strings.Repeat("hm", 1000))
			}
		}, Loop, "thought aloud without end"},
		"no memory": {func(w http.ResponseWriter, _ *http.Request) {
			w.WriteHeader(500)
			io.WriteString(w, `{"error":"model requires more system memory (5.6 GiB) than is available (3.2 GiB)"}`)
		}, Failed, "could not be loaded: model requires more system memory (5.6 GiB) than is available (3.2 GiB): close what else"},
		"the model was unloaded": {func(w http.ResponseWriter, _ *http.Request) {
			say(w, "Hel")
			io.WriteString(w, `{"error":"an error was encountered while running the model: unexpected EOF"}`+"\n")
		}, Failed, "failed in the middle of an answer: an error was encountered"},
		"blank lines": {func(w http.ResponseWriter, _ *http.Request) { io.WriteString(w, strings.Repeat("\n", 100)) }, Garbage, "does not speak"},
		"a redirect": {func(w http.ResponseWriter, r *http.Request) {
			http.Redirect(w, r, "http://example.org/", http.StatusTemporaryRedirect)
		}, Garbage, "does not speak"},
		"500": {func(w http.ResponseWriter, _ *http.Request) {
			w.WriteHeader(500)
			io.WriteString(w, `{"error":"llama-server \u001b[31mdied"}`)
		}, Failed, "the model server failed (500): llama-server [31mdied: ask again, or look into Ollama's log"},
		"500 without words": {func(w http.ResponseWriter, _ *http.Request) { w.WriteHeader(500) }, Cut, "ask again"},
		"fails in the middle": {func(w http.ResponseWriter, _ *http.Request) {
			say(w, "Hel")
			io.WriteString(w, `{"error":"out of memory"}`+"\n")
		}, Failed, "failed in the middle of an answer: out of memory"},
		"the model went": {func(w http.ResponseWriter, _ *http.Request) {
			w.WriteHeader(404)
			io.WriteString(w, `{"error":"model 'good:7b' not found"}`)
		}, Missing, "Ollama has no model good:7b: `ollama pull good:7b`"},
		"too large": {func(w http.ResponseWriter, _ *http.Request) {
			w.WriteHeader(400)
			io.WriteString(w, `{"error":"request (5030 tokens) exceeds the available context size (4096 tokens)"}`)
		}, Small, "does not fit the 4096 tokens that good:7b sees at once: ask for less"},
		"signed out": {func(w http.ResponseWriter, _ *http.Request) {
			w.WriteHeader(401)
			io.WriteString(w, `{"error":"unauthorized"}`)
		}, Remote, "does not run on this computer"},
		"answers from elsewhere": {func(w http.ResponseWriter, _ *http.Request) {
			io.WriteString(w, `{"remote_host":"https://ollama.com","message":{"content":"hi"}}`+"\n")
		}, Remote, "does not run on this computer"},
	}
	for name, c := range cases {
		t.Run(name, func(t *testing.T) {
			serve(t, c.chat)
			f := quick
			switch name {
			case "never begins":
				f.first = moment
			case "stops talking":
				f.idle = moment
			}
			_, err := chatBy(t, t.Context(), f, nil)
			var e *Error
			require.ErrorAs(t, err, &e)
			require.Equal(t, c.kind, e.Kind, "%v", err)
			require.ErrorContains(t, err, c.says)
			require.NotEmpty(t, e.Do, "an error says what to do")
			require.NotContains(t, err.Error(), "\x1b")
			require.NotContains(t, err.Error(), "\n")
		})
	}
}

func TestCancelEndsAnAnswerAtOnce(t *testing.T) {
	gone := make(chan struct{})
	serve(t, func(w http.ResponseWriter, r *http.Request) {
		say(w, "Hel")
		<-r.Context().Done()
		close(gone)
	})
	ctx, stop := context.WithCancel(t.Context())
	_, err := chat(t, ctx, func(string) { stop() })
	require.ErrorIs(t, err, context.Canceled)
	require.False(t, Is(err, Slow))
	<-gone // the server was told
}

func TestFind(t *testing.T) {
	s := serve(t, nil)
	m, err := find(t, "")
	require.NoError(t, err)
	require.Equal(t, "good:7b", m.Name())
	require.Zero(t, s.loads, "nothing is loaded by looking")

	cases := []struct {
		spec string
		kind Kind
		says string
	}{
		{"none", None, "no model is used"},
		{"ollama:absent", Missing, "Ollama has no model absent: `ollama pull absent`, or take one it has: good:7b"},
		{"ollama:gpt-oss:120b-cloud", Missing, "`ollama pull gpt-oss:120b-cloud`"},
		{"ollama:", Spec, "write none, ollama:NAME or openai:NAME@URL"},
		{"ollama:a b", Spec, "write none, ollama:NAME or openai:NAME@URL"},
		{"good:7b", Spec, "write none, ollama:NAME or openai:NAME@URL"},
	}
	for _, c := range cases {
		m, err := find(t, c.spec)
		require.Nil(t, m)
		require.True(t, Is(err, c.kind), "%s: %v", c.spec, err)
		require.ErrorContains(t, err, c.says)
	}
}

func TestFindWhereNothingListens(t *testing.T) {
	l, err := net.Listen("tcp", "127.0.0.1:0")
	require.NoError(t, err)
	require.NoError(t, l.Close())
	t.Setenv("OLLAMA_HOST", l.Addr().String())
	for _, spec := range []string{"", "ollama:good:7b"} {
		began := time.Now()
		_, err = find(t, spec)
		require.True(t, Is(err, Away), "%v", err)
		require.ErrorContains(t, err, "start it with `ollama serve`, then `ollama pull qwen2.5-coder:7b`")
		require.Less(t, time.Since(began), quick.look)
	}
}

func TestFindNeverWaitsLong(t *testing.T) {
	stop := make(chan struct{})
	s := httptest.NewServer(http.HandlerFunc(func(_ http.ResponseWriter, r *http.Request) { <-stop }))
	t.Cleanup(s.Close)
	t.Cleanup(func() { close(stop) })
	t.Setenv("OLLAMA_HOST", s.URL)
	f := quick
	f.look = 50 * time.Millisecond
	_, err := f.find(t.Context(), "")
	require.True(t, Is(err, Slow), "%v", err)
	require.ErrorContains(t, err, "within 50ms")

	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	_, err = f.find(ctx, "")
	require.ErrorIs(t, err, context.Canceled)
}

func TestFindLeavesTheComputerNever(t *testing.T) {
	for _, host := range []string{"http://192.0.2.1:11434", "[2001:db8::1]:11434", "10.0.0.1"} {
		t.Setenv("OLLAMA_HOST", host)
		_, err := find(t, "")
		require.True(t, Is(err, Remote), "%s: %v", host, err)
		require.ErrorContains(t, err, "unset OLLAMA_HOST")
	}
}

func TestARealModelWritesAPlan(t *testing.T) {
	m := real(t)
	var text strings.Builder
	s := NewStream(func(p string) { text.WriteString(p) }, nil)
	a, err := m.Chat(t.Context(), Prompt(Asked{Words: "find my note about the wifi password", Apps: builtins, Now: time.Now()}), s.Write)
	require.NoError(t, err)
	_, plan := s.End()
	require.Contains(t, plan, "notes.search(")
	require.Empty(t, strings.TrimSpace(text.String()), "a plan is not passed on as text")
	require.Positive(t, a.PromptTokens)
	require.Less(t, a.PromptTokens, contextTokens/2)
}

// real is the model that SECGPT_TEST_MODEL names. Without it a test is skipped, and
// says what was not tried.
func real(t testing.TB) Model {
	t.Helper()
	spec := os.Getenv("SECGPT_TEST_MODEL")
	if spec == "" {
		t.Skip("NO REAL MODEL WAS ASKED: SECGPT_TEST_MODEL=ollama:NAME names one")
	}
	m, err := Find(t.Context(), spec)
	require.NoError(t, err)
	return m
}
