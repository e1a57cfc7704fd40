package model

import (
	"fmt"
	"net/http"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
)

func TestEveryFaultOfAnOpenAIServerHasAKindAndAnAdvice(t *testing.T) {
	block := func(r *http.Request) { <-r.Context().Done() }
	type faulty func(w http.ResponseWriter, r *http.Request, n int)
	says := func(code int, body string) faulty {
		return func(w http.ResponseWriter, _ *http.Request, _ int) { page(w, code, body) }
	}
	for name, c := range map[string]struct {
		chat faulty
		kind Kind
		says string
	}{
		"never begins":  {func(_ http.ResponseWriter, r *http.Request, _ int) { block(r) }, Slow, "did not begin to answer within 300ms"},
		"stops talking": {func(w http.ResponseWriter, r *http.Request, _ int) { tells(w, "Hel"); block(r) }, Slow, "said nothing for 300ms"},
		"only comments": {func(w http.ResponseWriter, r *http.Request, _ int) {
			fmt.Fprint(w, ": wait\n\n")
			w.(http.Flusher).Flush()
			block(r)
		}, Slow, "did not begin"},
		"hangs up":      {func(w http.ResponseWriter, _ *http.Request, _ int) { tells(w, "Hel"); panic(http.ErrAbortHandler) }, Cut, "broke off in the middle"},
		"ends early":    {func(w http.ResponseWriter, _ *http.Request, _ int) { tells(w, "Hel") }, Cut, "broke off in the middle"},
		"half an event": {func(w http.ResponseWriter, _ *http.Request, _ int) { fmt.Fprint(w, `data: {"choices":[{"del`) }, Cut, "broke off in the middle"},
		"a page":        {func(w http.ResponseWriter, _ *http.Request, _ int) { fmt.Fprint(w, "<html>It works") }, Garbage, "/v1 at the end"},
		"no object":     {func(w http.ResponseWriter, _ *http.Request, _ int) { fmt.Fprint(w, "data: 7\n\n") }, Garbage, "does not speak"},
		"other types":   {func(w http.ResponseWriter, _ *http.Request, _ int) { fmt.Fprint(w, "data: {\"choices\":7}\n\n") }, Garbage, "does not speak"},
		"two answers":   {func(w http.ResponseWriter, _ *http.Request, _ int) { fmt.Fprint(w, `data: {"choices":[{},{}]}`+"\n\n") }, Garbage, "does not speak"},
		"a huge event": {func(w http.ResponseWriter, _ *http.Request, _ int) {
			fmt.Fprint(w, "data: "+strings.Repeat("x", maxEvent))
		}, Loop, "and was stopped"},
		"a flood": {func(w http.ResponseWriter, _ *http.Request, _ int) {
			tells(w, counted(30_000), counted(30_000))
		}, Loop, "answered more than 48000 bytes and was stopped"},
		"repeats itself": {func(w http.ResponseWriter, _ *http.Request, _ int) {
			for range 500 {
				tells(w, "and so on and so forth, ")
			}
		}, Loop, "good repeats itself and was stopped: ask in other words"},
		"thinks for ever": {func(w http.ResponseWriter, _ *http.Request, _ int) {
			for i := range 200_000 {
				if _, err := fmt.Fprintf(w, `data: {"choices":[{"delta":{"reasoning":"hm %d"}}]}`+"\n\n", i); err != nil {
					return
				}
			}
		}, Loop, "thought aloud without end"},
		"a redirect": {func(w http.ResponseWriter, r *http.Request, _ int) {
			http.Redirect(w, r, "http://example.org/", http.StatusTemporaryRedirect)
		}, Garbage, "does not speak"},
		"a filter": {func(w http.ResponseWriter, _ *http.Request, _ int) { tells(w, "Hel"); ends(w, "content_filter") }, Failed, "a filter of the server"},
		"a refusal": {func(w http.ResponseWriter, _ *http.Request, _ int) {
			fmt.Fprint(w, `data: {"choices":[{"delta":{"refusal":"no"}}]}`+"\n\n")
		}, Failed, "a filter of the server"},
		"a tool of its own": {func(w http.ResponseWriter, _ *http.Request, _ int) {
			fmt.Fprint(w, `data: {"choices":[{"delta":{"tool_calls":[{"id":"1"}]}}]}`+"\n\n")
		}, Garbage, "called a tool"},
		"fails in the middle": {func(w http.ResponseWriter, _ *http.Request, _ int) {
			tells(w, "Hel")
			fmt.Fprint(w, `data: {"error":{"message":"slot \u001b[31munavailable","type":"server_error"}}`+"\n\n")
		}, Failed, "failed in the middle of an answer: slot"},
		"500 of OpenAI's":   {says(500, `{"error":{"message":"it \u001b[31mdied","type":"server_error","code":null}}`), Failed, "the model server failed (500): it [31mdied: ask again, or look into the server's log"},
		"500 in a word":     {says(500, `{"error":"it died"}`), Failed, "(500): it died"},
		"500 of FastAPI":    {says(500, `{"detail":"it died"}`), Failed, "(500): it died"},
		"500 of a list":     {says(500, `{"detail":[{"loc":["body"],"msg":"it died"}]}`), Failed, "it died"},
		"500 of older vLLM": {says(500, `{"object":"error","message":"it died","code":500}`), Failed, "(500): it died"},
		"500 without words": {says(500, ``), Failed, "(500)"},
		"a gateway's page":  {says(502, `<html><h1>502 Bad Gateway`), Failed, "(502): <html><h1>502 Bad Gateway"},
		"no such model":     {says(404, `{"error":{"message":"The model 'good' does not exist","code":"model_not_found"}}`), Missing, "has no model good"},
		"no such path":      {says(404, `404 page not found`), Garbage, "there are no chat completions at http://127.0.0.1"},
		"wants a key":       {says(401, `{"error":{"message":"Incorrect API key","code":"invalid_api_key"}}`), Key, "under [[servers]] in config.toml"},
		"no quota":          {says(429, `{"error":{"message":"You exceeded your quota","code":"insufficient_quota"}}`), Busy, "no quota left"},
		"come back later": {func(w http.ResponseWriter, _ *http.Request, _ int) {
			w.Header().Set("Retry-After", "3600")
			page(w, 429, `{"error":{"message":"slow down"}}`)
		}, Busy, "too much to do (429): slow down: ask again in a while"},
		"too large for llama-server": {says(400, `{"error":{"code":400,"message":"the request exceeds the available context size","type":"exceed_context_size_error","n_prompt_tokens":9000,"n_ctx":2048}}`), Small, "does not fit the 2048 tokens that good sees"},
		"too large for vLLM":         {says(400, `{"object":"error","message":"This model's maximum context length is 4096 tokens. However, you requested 9000 tokens","type":"BadRequestError","code":400}`), Small, "does not fit"},
		"too large for OpenAI":       {says(400, `{"error":{"message":"too many tokens","code":"context_length_exceeded","param":"messages"}}`), Small, "does not fit"},
	} {
		t.Run(name, func(t *testing.T) {
			s := serveOpenAI(t, "", c.chat)
			f := quick
			switch name {
			case "never begins", "only comments":
				f.first = moment
			case "stops talking":
				f.idle = moment
			}
			_, err := s.find(t, f).Chat(t.Context(), hello, nil)
			var e *Error
			require.ErrorAs(t, err, &e)
			require.Equal(t, c.kind, e.Kind, "%v", err)
			require.ErrorContains(t, err, c.says)
			require.NotEmpty(t, e.Do, "an error says what to do")
			require.NotContains(t, err.Error(), "\x1b")
			require.NotContains(t, err.Error(), "\n")
			require.LessOrEqual(t, s.requests(), 1, "a failure is not asked again")
		})
	}
}

// A server is asked again only where it took nothing.
func TestOnlyWhatWasNotTakenIsAskedAgain(t *testing.T) {
	s := serveOpenAI(t, "", func(w http.ResponseWriter, _ *http.Request, n int) {
		switch n {
		case 1:
			page(w, 503, `{"error":"busy"}`)
		case 2:
			page(w, 429, `{"error":"slow down"}`)
		default:
			tells(w, "Hello")
			ends(w, "stop")
		}
	})
	a, err := s.find(t, quick).Chat(t.Context(), hello, nil)
	require.NoError(t, err)
	require.Equal(t, "Hello", a.Text)

	s = serveOpenAI(t, "", func(w http.ResponseWriter, _ *http.Request, _ int) { page(w, 503, `{"error":"busy"}`) })
	_, err = s.find(t, quick).Chat(t.Context(), hello, nil)
	require.True(t, Is(err, Busy), "%v", err)
	require.Equal(t, 1+maxAgain, s.requests())
}
