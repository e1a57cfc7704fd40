package hub

import (
	"context"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"secgpt/hub/profile"
	"secgpt/isolate"
)

// TestCheckModels: whether the models of each role are there, and where; a server that
// was not named, or no wish for one, is no warning, and nothing is a failure.
func TestCheckModels(t *testing.T) {
	served := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if r.URL.Path != "/api/tags" {
			t.Errorf("%s was asked: a check only looks", r.URL.Path)
		}
		_, _ = io.WriteString(w, `{"models":[{"name":"here:1b","size":1000},{"name":"big:cloud","remote_host":"https://ollama.com"}]}`)
	}))
	t.Cleanup(served.Close)
	gone, err := net.Listen("tcp", "127.0.0.1:0")
	require.NoError(t, err)
	require.NoError(t, gone.Close())
	roles := func(planner, spokes, quarantine profile.Specs) (c profile.Config) {
		c.Models = profile.ModelsConfig{Planner: planner, Spokes: spokes, Quarantine: quarantine}
		return c
	}
	for name, c := range map[string]struct {
		host   string
		config profile.Config
		spec   string
		want   []isolate.Check // of the planner; of all, if there are three
	}{
		"one for each role": {served.URL, roles(profile.Specs{"ollama:here:1b"}, profile.Specs{"ollama:big:cloud"}, profile.Specs{"ollama:lost:7b", "ollama:here:1b"}), "", []isolate.Check{
			{ID: "model.planner", Status: "ok", Tried: "looked for ollama:here:1b", Means: "here:1b is there, and runs on this computer"},
			{ID: "model.spokes", Status: "ok", Tried: "looked for ollama:big:cloud", Means: "big:cloud runs on ollama.com, which was not asked: it hears only what you or a rule let leave this computer"},
			{ID: "model.quarantine", Status: "warn", Tried: "looked for ollama:lost:7b, then ollama:here:1b",
				Means: "Ollama has no model lost:7b; here:1b is there, and runs on this computer, and is asked instead", Do: "`ollama pull lost:7b`, or take one it has: here:1b"},
		}},
		"the second is lost": {served.URL, roles(profile.Specs{"ollama:here:1b", "ollama:lost:7b"}, nil, nil), "", []isolate.Check{
			{ID: "model.planner", Status: "warn", Tried: "looked for ollama:here:1b, then ollama:lost:7b",
				Means: "here:1b is there, and runs on this computer; Ollama has no model lost:7b", Do: "`ollama pull lost:7b`, or take one it has: here:1b"},
		}},
		"--model is for all": {served.URL, roles(nil, profile.Specs{"ollama:lost:7b"}, nil), "ollama:here:1b", []isolate.Check{
			{ID: "model.planner", Status: "ok", Tried: "looked for ollama:here:1b", Means: "here:1b is there, and runs on this computer"},
			{ID: "model.spokes", Status: "ok", Tried: "looked for ollama:here:1b", Means: "here:1b is there, and runs on this computer"},
			{ID: "model.quarantine", Status: "ok", Tried: "looked for ollama:here:1b", Means: "here:1b is there, and runs on this computer"},
		}},
		"another computer": {served.URL, profile.Config{}, "openai:big@https://models.example.com/v1", []isolate.Check{
			{ID: "model.planner", Status: "ok", Tried: "looked for openai:big@https://models.example.com/v1",
				Means: "big runs on models.example.com, which was not asked: it hears only what you or a rule let leave this computer"},
		}},
		"nobody wants one": {served.URL, profile.Config{}, "none", []isolate.Check{
			{ID: "model.planner", Status: "skip", Tried: "looked for no model", Means: "no model is used, as --model or the config says; without a model only phrases are understood"},
			{ID: "model.spokes", Status: "skip", Tried: "looked for no model", Means: "no model is used, as --model or the config says; APP.ask in a plan needs a model"},
			{ID: "model.quarantine", Status: "skip", Tried: "looked for no model", Means: "no model is used, as --model or the config says; ask in a plan needs a model"},
		}},
		"nobody named one, and none is there": {gone.Addr().String(), profile.Config{}, "", []isolate.Check{
			{ID: "model.planner", Status: "skip", Tried: "looked for the best model of a local Ollama",
				Means: "no model: Ollama does not answer at " + gone.Addr().String() + "; without a model only phrases are understood", Do: "start it with `ollama serve`, then `ollama pull qwen2.5-coder:7b`"},
		}},
		"the named one is not there": {gone.Addr().String(), profile.Config{}, "ollama:here:1b", []isolate.Check{
			{ID: "model.planner", Status: "warn", Tried: "looked for ollama:here:1b",
				Means: "no model: Ollama does not answer at " + gone.Addr().String() + "; without a model only phrases are understood", Do: "start it with `ollama serve`, then `ollama pull qwen2.5-coder:7b`"},
		}},
	} {
		t.Run(name, func(t *testing.T) {
			t.Setenv("OLLAMA_HOST", c.host)
			got := CheckModels(t.Context(), c.config, c.spec)
			require.Len(t, got, 3)
			require.Equal(t, c.want, got[:len(c.want)])
		})
	}
}

// A server that hangs is a line, and not the end of the look.
func TestACheckOfModelsEnds(t *testing.T) {
	over := make(chan struct{})
	served := httptest.NewServer(http.HandlerFunc(func(http.ResponseWriter, *http.Request) { <-over }))
	t.Cleanup(served.Close)
	t.Cleanup(func() { close(over) })
	t.Setenv("OLLAMA_HOST", served.URL)
	ctx, stop := context.WithTimeout(t.Context(), 20*time.Millisecond)
	defer stop()
	for _, c := range CheckModels(ctx, profile.Config{Model: "ollama:here:1b"}, "") {
		require.Equal(t, isolate.CheckWarn, c.Status)
		require.Contains(t, c.Means, "no answer within 5s")
	}
}
