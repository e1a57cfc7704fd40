package model

import (
	"context"
	"io"
	"net/http"
	"net/http/httptest"
	"testing"

	"github.com/stretchr/testify/require"
)

func pulls(t *testing.T, answer http.HandlerFunc) {
	t.Helper()
	s := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if r.URL.Path == pullPath {
			io.Copy(io.Discard, r.Body)
			answer(w, r)
		}
	}))
	t.Cleanup(s.Close)
	t.Setenv("OLLAMA_HOST", s.URL)
}

func TestPull(t *testing.T) {
	pulls(t, func(w http.ResponseWriter, _ *http.Request) {
		io.WriteString(w, `{"status":"pulling manifest"}`+"\n"+`{"status":"pulling abc\u001b[2J","total":10,"completed":4}`+"\n"+`{"status":"success"}`+"\n")
	})
	var seen []Progress
	require.NoError(t, Pull(t.Context(), "ollama:small:1b", func(p Progress) { seen = append(seen, p) }))
	require.Equal(t, []Progress{{Doing: "pulling manifest"}, {"pulling abc [2J", 4, 10}, {Doing: "success"}}, seen)

	for name, c := range map[string]struct {
		answer http.HandlerFunc
		kind   Kind
		says   string
	}{
		"no such model": {func(w http.ResponseWriter, _ *http.Request) {
			io.WriteString(w, `{"status":"pulling manifest"}`+"\n"+`{"error":"pull model manifest: file does not exist"}`+"\n")
		}, Failed, "could not get small:1b: pull model manifest: file does not exist: look whether the name is right"},
		"offline": {func(w http.ResponseWriter, _ *http.Request) {
			w.WriteHeader(500)
			io.WriteString(w, `{"error":"dial tcp: lookup registry.ollama.ai: no such host"}`)
		}, Failed, "(500): dial tcp"},
		"ends early": {func(w http.ResponseWriter, _ *http.Request) {
			io.WriteString(w, `{"status":"pulling abc","total":10,"completed":4}`+"\n")
		}, Cut, "broke off: `secgpt model pull` goes on where it stopped"},
		"hangs":  {func(_ http.ResponseWriter, r *http.Request) { <-r.Context().Done() }, Slow, "said nothing for 300ms"},
		"a page": {func(w http.ResponseWriter, _ *http.Request) { io.WriteString(w, "<html>") }, Garbage, "does not speak Ollama's language"},
	} {
		t.Run(name, func(t *testing.T) {
			pulls(t, c.answer)
			idle := pullIdle
			if name == "hangs" {
				idle = moment
			}
			err := quick.pull(t.Context(), "small:1b", idle, func(Progress) {})
			require.True(t, Is(err, c.kind), "%v", err)
			require.ErrorContains(t, err, c.says)
		})
	}
}

func TestACancelledPullEndsTheConnection(t *testing.T) {
	gone := make(chan struct{})
	pulls(t, func(w http.ResponseWriter, r *http.Request) {
		io.WriteString(w, `{"status":"pulling abc","total":10,"completed":4}`+"\n")
		w.(http.Flusher).Flush()
		<-r.Context().Done()
		close(gone)
	})
	ctx, stop := context.WithCancel(t.Context())
	require.ErrorIs(t, Pull(ctx, "small:1b", func(Progress) { stop() }), context.Canceled)
	<-gone
	require.True(t, Is(Pull(t.Context(), "two words", nil), Spec))
}
