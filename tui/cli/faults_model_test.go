//go:build linux

package cli_test

import (
	"fmt"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"strings"
	"syscall"
	"testing"

	"github.com/stretchr/testify/require"
)

// free is a request that no phrase fits: only a model can make a plan of it.
const free = "please make something nice out of all of this"

const listed = `{"models":[{"name":"test:1b","model":"test:1b","size":1000000000,"details":{"family":"qwen2","parameter_size":"1.5B"}}]}`

// server is a model server that has test:1b and does as it is told when it is
// asked. It returns what the environment has to hold.
func server(t *testing.T, chat http.HandlerFunc) []string {
	t.Helper()
	mux := http.NewServeMux()
	mux.HandleFunc("/api/tags", func(w http.ResponseWriter, _ *http.Request) { _, _ = io.WriteString(w, listed) })
	mux.HandleFunc("/api/chat", chat)
	return serving(t, mux)
}

func serving(t *testing.T, h http.Handler) []string {
	t.Helper()
	s := httptest.NewServer(h)
	t.Cleanup(func() {
		s.CloseClientConnections()
		s.Close()
	})
	return []string{"OLLAMA_HOST=" + s.URL}
}

// piece is a part of an answer, as Ollama streams it.
func piece(text string, done bool) string {
	return fmt.Sprintf(`{"model":"test:1b","message":{"role":"assistant","content":%q},"done":%v}`+"\n", text, done)
}

// hangUp ends the connection in the middle of what was promised.
func hangUp(w http.ResponseWriter, sent string) {
	conn, buf, err := w.(http.Hijacker).Hijack()
	if err != nil {
		return
	}
	fmt.Fprintf(buf, "HTTP/1.1 200 OK\r\nContent-Type: application/x-ndjson\r\nContent-Length: 100000\r\n\r\n%s", sent)
	_ = buf.Flush()
	_ = conn.Close()
}

// refusing is an address at which nobody listens.
func refusing(t *testing.T) string {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	require.NoError(t, err)
	defer l.Close()
	return l.Addr().String()
}

// A model that can't be asked costs the request, with a line that says what to do.
func TestAModelThatFailsIsNamedWithWhatToDo(t *testing.T) {
	away := refusing(t)
	for name, c := range map[string]struct {
		env   []string
		model string
		want  []string
	}{
		"away":                     {[]string{"OLLAMA_HOST=" + away}, "ollama:test:1b", []string{"Ollama does not answer at " + away, "ollama serve"}},
		"away, and none was named": {[]string{"OLLAMA_HOST=" + away}, "", []string{"Ollama does not answer at " + away, "ollama serve", "You can say:"}},
		"no model at all":          {nil, "none", []string{"no model is used, as --model or the config says", "You can say:"}},
		"without the model":        {server(t, http.NotFound), "ollama:other:7b", []string{"Ollama has no model other:7b", "`ollama pull other:7b`", "test:1b"}},
		"without any model": {serving(t, http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
			_, _ = io.WriteString(w, `{"models":[]}`)
		})), "", []string{"Ollama has none", "ollama pull"}},
		"gone meanwhile": {server(t, func(w http.ResponseWriter, _ *http.Request) {
			http.Error(w, `{"error":"model 'test:1b' not found"}`, http.StatusNotFound)
		}), "ollama:test:1b", []string{"Ollama has no model test:1b", "ollama pull test:1b"}},
		"refusing the list": {serving(t, http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
			http.Error(w, "forbidden \x1b[31m", http.StatusForbidden)
		})), "ollama:test:1b", []string{"forbidden", "Ollama's log"}},
		"failing": {server(t, func(w http.ResponseWriter, _ *http.Request) {
			http.Error(w, `{"error":"out of memory \u001b[2J"}`, http.StatusInternalServerError)
		}), "ollama:test:1b", []string{"the model server failed (500): out of memory", "Ollama's log"}},
		"cut at once": {server(t, func(w http.ResponseWriter, _ *http.Request) { hangUp(w, "") }),
			"ollama:test:1b", []string{"test:1b broke off", "ask again"}},
		"cut in the middle": {server(t, func(w http.ResponseWriter, _ *http.Request) { hangUp(w, piece("Nice thi", false)) }),
			"ollama:test:1b", []string{"test:1b broke off in the middle of its answer", "ask again"}},
		"cut in a line": {server(t, func(w http.ResponseWriter, _ *http.Request) { hangUp(w, piece("Nice thi", false)[:40]) }),
			"ollama:test:1b", []string{"test:1b broke off in the middle of its answer", "ask again"}},
		"never done": {server(t, func(w http.ResponseWriter, _ *http.Request) { _, _ = io.WriteString(w, piece("Nice", false)) }),
			"ollama:test:1b", []string{"test:1b broke off in the middle of its answer", "ask again"}},
		"failing in the middle": {server(t, func(w http.ResponseWriter, _ *http.Request) {
			_, _ = io.WriteString(w, piece("Nice", false)+`{"error":"out of memory"}`+"\n")
		}), "ollama:test:1b", []string{"out of memory", "Ollama's log"}},
		"a web page": {serving(t, http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
			_, _ = io.WriteString(w, "<html>It works!</html>")
		})), "ollama:test:1b", []string{"does not speak Ollama's language", "OLLAMA_HOST"}},
		"a redirect": {serving(t, http.RedirectHandler("http://example.com/", http.StatusFound)),
			"ollama:test:1b", []string{"does not speak Ollama's language"}},
		"another computer": {[]string{"OLLAMA_HOST=192.0.2.1:11434"}, "ollama:test:1b", []string{"192.0.2.1:11434, which is not on this computer", "OLLAMA_HOST"}},
		"no end": {server(t, func(w http.ResponseWriter, _ *http.Request) {
			for range 200 {
				if _, err := io.WriteString(w, piece(strings.Repeat("so ", 10_000)+"\n", false)); err != nil {
					return
				}
			}
		}), "ollama:test:1b", []string{"answered more than 48000 bytes and was stopped", "--model"}},
		"a plan that is none": {server(t, func(w http.ResponseWriter, _ *http.Request) {
			_, _ = io.WriteString(w, piece("```\nreply(nosuch(1))\n```", true))
		}), "ollama:test:1b", []string{"test:1b made no plan that can run", "nosuch", "say it in other words"}},
	} {
		t.Run(name, func(t *testing.T) {
			args := []string{"--demo", "-p", free}
			if c.model != "" {
				args = append(args, "--model", c.model)
			}
			r := tryWith(t, nil, c.env, args...)
			r.requireLine(t, 3, c.want...)
			require.NotContains(t, r.err, "\x1b")
		})
	}
}

// A model that runs on another computer gets nothing before a rule lets it; the rule is
// printed, ready to be typed.
func TestAModelOnAnotherComputerNeedsARule(t *testing.T) {
	asked := 0
	env := serving(t, http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if r.URL.Path == "/api/tags" {
			_, _ = io.WriteString(w, `{"models":[{"name":"big:cloud","remote_host":"https://ollama.com"}]}`)
			return
		}
		asked++
		_, _ = io.WriteString(w, `{"message":{"content":"A flurb \u202eis \u001b[31mred."},"done":true,"done_reason":"stop"}`+"\n")
	}))
	dir := t.TempDir()
	args := []string{"--demo", "--profile", dir, "--model", "ollama:big:cloud", "-p", free}
	r := tryWith(t, nil, env, args...)
	require.Equal(t, 4, r.code, r.err)
	require.Zero(t, asked)
	require.Empty(t, r.out)
	require.Contains(t, r.err, "you → model:big:cloud needs a yes, and nobody can be asked here. Nothing left this computer.")
	require.Contains(t, r.err, "policy add 'allow person -> model:big:cloud' --profile")

	require.Zero(t, try(t, "policy", "add", "allow person -> model:big:cloud", "--demo", "--profile", dir).code)
	r = tryWith(t, nil, env, args...)
	require.Zero(t, r.code, r.err)
	require.Equal(t, 1, asked)
	require.Equal(t, "A flurb ⟨U+202E⟩is ⟨U+001B⟩[31mred.\n", r.out, "a model's text is escaped as an app's is")
}

func TestModelsAreListedAndPulled(t *testing.T) {
	env := serving(t, http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		switch r.URL.Path {
		case "/api/tags":
			_, _ = io.WriteString(w, `{"models":[{"name":"big:cloud","remote_host":"https://ollama.com"},{"name":"test:1b","size":1117000000,"details":{"parameter_size":"1.5B"}}]}`)
		case "/api/ps":
			_, _ = io.WriteString(w, `{"models":[{"name":"test:1b"}]}`)
		case "/api/pull":
			for i := range 21 {
				_, _ = fmt.Fprintf(w, `{"status":"pulling abc","total":2000000000,"completed":%d}`+"\n", i*100_000_000)
			}
			_, _ = io.WriteString(w, `{"status":"success"}`+"\n")
		}
	}))
	r := tryWith(t, nil, env, "model", "list")
	require.Zero(t, r.code, r.err)
	require.Equal(t, "big:cloud  runs on ollama.com: asked only where you or a rule let it\ntest:1b      1.1 GB  1.5B  in memory\n", r.out)

	require.Equal(t, `{"models":[{"name":"big:cloud","bytes":0,"parameters":"","elsewhere":"ollama.com","loaded":false},`+
		`{"name":"test:1b","bytes":1117000000,"parameters":"1.5B","loaded":true}]}`+"\n", tryWith(t, nil, env, "model", "list", "-o", "json").out)
	require.Equal(t, 2, strings.Count(tryWith(t, nil, env, "model", "list", "-o", "jsonl").out, "\n"))
	tryWith(t, nil, env, "model", "list", "-o", "xml").requireLine(t, 2, "--output xml: expected text, json or jsonl")

	r = tryWith(t, nil, env, "model", "pull", "small:1b")
	require.Zero(t, r.code, r.err)
	require.Equal(t, "Ollama has small:1b now; ask it with --model ollama:small:1b.\n", r.out)
	require.Equal(t, 12, strings.Count(r.err, "\n"), r.err)
	require.Contains(t, r.err, "pulling abc: 1.00 of 2.00 GB, 50 %\n")
	require.Empty(t, tryWith(t, nil, env, "model", "pull", "-q", "small:1b").err)

	away := []string{"OLLAMA_HOST=" + refusing(t)}
	tryWith(t, nil, away, "model", "list").requireLine(t, 3, "Ollama does not answer", "ollama serve")
	tryWith(t, nil, away, "model", "pull", "small:1b").requireLine(t, 3, "Ollama does not answer", "ollama serve")
	tryWith(t, nil, away, "model", "pull", "two words").requireLine(t, 2, "no name of a model")
}

// What needs no model goes on without one.
func TestPhrasesNeedNoModelServer(t *testing.T) {
	r := tryWith(t, nil, []string{"OLLAMA_HOST=" + refusing(t)}, "--demo", "--model", "ollama:test:1b", "-p", "who is Alice")
	require.Zero(t, r.code, r.err)
	require.Contains(t, r.out, "alice@example.org")
	require.Empty(t, r.err)
}

// A --model that means nothing is the person's to mend.
func TestAModelThatIsNoNameIsUsage(t *testing.T) {
	for _, model := range []string{"nosuch", "ollama:", "ollama:x y", "openai:gpt"} {
		try(t, "--demo", "--model", model, "-p", free).requireLine(t, 2, "--model")
	}
	try(t, "--demo", "--model", "openai:gpt@http://example.com/v1", "-p", free).requireLine(t, 2, "example.com would be asked without TLS", "write https://")
}

// slow is a model that says a word and then nothing, and a channel that is closed
// when it was asked.
func slow(t *testing.T) (env []string, asked chan struct{}) {
	asked = make(chan struct{})
	return server(t, func(w http.ResponseWriter, r *http.Request) {
		_, _ = io.WriteString(w, piece("Well,\n", false))
		_ = http.NewResponseController(w).Flush()
		close(asked)
		_, _ = io.Copy(io.Discard, r.Body) // only then the server watches the connection
		<-r.Context().Done()
	}), asked
}

func TestASlowModelTakesNoLongerThanTheTimeout(t *testing.T) {
	env, _ := slow(t)
	tryWith(t, nil, env, "--demo", "--model", "ollama:test:1b", "--timeout", "1s", "-p", free).
		requireLine(t, 6, "the time for this request is over (--timeout)")
}

func TestCtrlCEndsTheWaitForAModel(t *testing.T) {
	env, asked := slow(t)
	p := begin(t, nil, env, "--demo", "--model", "ollama:test:1b", "-p", free)
	<-asked
	p.out.sees(t, "Well,")
	p.signal(syscall.SIGINT)
	r := p.ended()
	require.Equal(t, 130, r.code, r.err)
	require.Equal(t, "Well,\n", r.out)
	nothingLeft(t)
}
