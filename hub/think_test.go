package hub

import (
	"context"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"secgpt/apps/link"
	"secgpt/hub/model/modeltest"
	"secgpt/hub/profile"
	"secgpt/mediator"
	"secgpt/mediator/label"
	"secgpt/mediator/policy"
)

// newFar is a model that an Ollama on this computer passes on to another.
func newFar(t *testing.T, says ...string) *modeltest.Server {
	s := modeltest.New(t, `{"name":"big:cloud","remote_host":"https://ollama.com"},{"name":"here:1b"}`, "nothing", says...)
	t.Setenv("OLLAMA_HOST", s.URL)
	return s
}

// someone answers every question so, and keeps what was told and asked.
type someone struct {
	answer func(mediator.Question) mediator.Answer
	asked  []mediator.Question
	notes  []string
	events []Event
}

func (s *someone) Tell(e Event) {
	s.events = append(s.events, e)
	if n, ok := e.(Noted); ok {
		s.notes = append(s.notes, n.Text)
	}
}

func (s *someone) Need(context.Context, Need) (Given, bool) { return Given{}, false }

func (s *someone) Ask(_ context.Context, card []mediator.Question) (all []mediator.Answer) {
	s.asked = append(s.asked, card...)
	for _, q := range card {
		if s.answer == nil {
			return nil
		}
		all = append(all, s.answer(q))
	}
	return all
}

func openFar(t *testing.T, config string, rules ...string) *Hub {
	t.Helper()
	dir := t.TempDir()
	require.NoError(t, os.MkdirAll(filepath.Join(dir, "config"), 0o700))
	require.NoError(t, os.WriteFile(filepath.Join(dir, "config", "config.toml"), []byte(config), 0o600))
	p, err := profile.At(dir)
	require.NoError(t, err)
	h, err := Open(Options{Profile: p, Rooms: &marked{}})
	require.NoError(t, err)
	t.Cleanup(func() { h.Close() })
	for _, text := range rules {
		r, err := policy.Parse(text)
		require.NoError(t, err)
		_, err = h.monitor.Rules.Add(r)
		require.NoError(t, err)
	}
	return h
}

func typed(text string) Request {
	return Request{Words: []label.Span{{Text: text, Label: label.Person()}}, Endorses: true}
}

const onlyFar = `model = "ollama:big:cloud"`

// Nothing is sent to a model that does not run here before a rule or the person lets it.
func TestAModelElsewhereIsJudgedBeforeItIsAsked(t *testing.T) {
	f := newFar(t, "Well.")
	r := openFar(t, onlyFar).Turn(t.Context(), typed("what is a flurb"), &someone{})
	require.Empty(t, f.Heard)
	require.Equal(t, ExitDenied, r.Exit, "%+v", r.Errors)
	require.Empty(t, r.Errors)
	require.Len(t, r.Denied, 1)
	require.Equal(t, "allow person -> model:big:cloud", r.Denied[0].Remedy)

	r = openFar(t, onlyFar, r.Denied[0].Remedy).Turn(t.Context(), typed("what is a flurb"), &someone{})
	require.Zero(t, r.Exit, "%+v", r.Errors)
	require.Equal(t, "Well.", r.Text)
	require.Len(t, f.Heard, 1)
	require.Contains(t, f.Heard[0], "what is a flurb")
	require.Len(t, r.Calls, 1)
	require.Equal(t, "rule 1", r.Calls[0].Decision.By)

	r = openFar(t, onlyFar, "allow any -> model:big:cloud", "deny person -> model:big:cloud").Turn(t.Context(), typed("what is a flurb"), &someone{})
	require.Equal(t, ExitDenied, r.Exit)
	require.Len(t, f.Heard, 1)

	r = openFar(t, onlyFar+"\n[consent]\nsend = \"provenance\"").Turn(t.Context(), typed("what is a flurb"), &someone{})
	require.Zero(t, r.Exit, "words alone are no provenance")
}

// The person sees who would get it, and what; what they write anew is what is sent.
func TestThePersonIsAskedAboutAModelElsewhere(t *testing.T) {
	f := newFar(t)
	edited := false
	p := &someone{}
	p.answer = func(q mediator.Question) mediator.Answer {
		a := mediator.Answer{Scope: mediator.Once, By: "person", Digest: q.Digest}
		if !edited {
			edited = true
			a.Edit = map[string]string{askedArg: "what is a thing"}
		}
		return a
	}
	h := openFar(t, onlyFar)
	r := h.Turn(t.Context(), typed("what is my secret"), p)
	require.Zero(t, r.Exit, "%+v", r.Errors)
	require.Len(t, p.asked, 2)
	q := p.asked[0]
	require.Equal(t, "Ask the model big:cloud, which runs on ollama.com", q.Call.Tool.About)
	require.True(t, q.Leaves)
	require.Contains(t, q.Scopes, mediator.Always)
	require.Equal(t, "allow person -> model:big:cloud", q.Rule)
	require.Equal(t, "what is my secret", q.Args[0].Value.Str())
	require.Len(t, f.Heard, 1)
	require.Contains(t, f.Heard[0], "what is a thing")
	require.NotContains(t, f.Heard[0], "secret")

	p.answer = func(q mediator.Question) mediator.Answer {
		return mediator.Answer{Scope: mediator.Once, By: "person", Digest: q.Digest, Edit: map[string]string{beforeArg: "obey"}}
	}
	r = h.Turn(t.Context(), typed("again"), p)
	require.NotZero(t, r.Exit)
	require.Len(t, f.Heard, 1, "the rules are not the person's to change in a question")
}

// What an app gave goes to such a model only by the same judgement: in ask, in an app's
// own model, and in the planner once it read it.
func TestDataGoesToAModelElsewhereByJudgement(t *testing.T) {
	const person = "allow person -> model:big:cloud"
	for name, c := range map[string]struct {
		plan  string
		rule  string
		rules []string
	}{
		"ask":             {`reply(ask("What?", mail.search(query = "x")))`, "allow mail, person -> model:big:cloud", []string{person}},
		"an app's ask":    {`reply(notes.ask("What?", mail.search(query = "x")))`, "allow mail, notes, person -> model:big:cloud", []string{person, "allow mail -> notes"}},
		"ask on a branch": {"if mail.search(query = \"x\").id == \"mark-mail\":\n    reply(ask(\"What?\"))", "allow mail, person -> model:big:cloud", []string{person}},
	} {
		t.Run(name, func(t *testing.T) {
			f := newFar(t)
			h := openFar(t, onlyFar, c.rules...)
			think(h)
			r := h.Turn(t.Context(), Request{Plan: c.plan}, &someone{})
			require.Equal(t, ExitDenied, r.Exit, "%+v", r.Errors)
			require.Empty(t, f.Heard)
			require.Equal(t, c.rule, r.Denied[0].Remedy)
			h = openFar(t, onlyFar, append(c.rules, c.rule)...)
			think(h)
			r = h.Turn(t.Context(), Request{Plan: c.plan}, &someone{})
			require.Zero(t, r.Exit, "%+v", r.Errors)
			require.Len(t, f.Heard, 1)
		})
	}
}

// think makes an app's model think once.
func think(h *Hub) {
	h.pool.(*marked).wish = append(h.pool.(*marked).wish, link.Call{Tool: "none", Args: json.RawMessage(`{}`)})
}

// What was pasted is for one turn: a plan that may repeat it is not told to the planner
// in the next, whose plan would carry no label of it.
func TestAPlanMadeFromAPasteIsNotToldLater(t *testing.T) {
	f := newFar(t, "```\nreply(\"pasted secret\")\n```", "Well.")
	h := openFar(t, `model = "ollama:here:1b"`)
	pasted := Request{Endorses: true, Words: []label.Span{{Text: "what is ", Label: label.Person()}, {Text: "pasted secret", Label: label.Of(label.Paste)}}}
	r := h.Turn(t.Context(), pasted, &someone{})
	require.Equal(t, label.Of(label.Paste), r.Blocks[0].Value.All())
	require.Contains(t, f.Heard[0], "pasted secret")
	r = h.Turn(t.Context(), typed("and now"), &someone{})
	require.Zero(t, r.Exit, "%+v", r.Errors)
	require.Len(t, f.Heard, 2)
	require.NotContains(t, f.Heard[1], "pasted secret")

	h = openFar(t, onlyFar, "allow person -> model:big:cloud")
	r = h.Turn(t.Context(), pasted, &someone{})
	require.Equal(t, "allow paste, person -> model:big:cloud", r.Denied[0].Remedy)
	require.Len(t, f.Heard, 2)
}

// Each role has models of its own, and the first that answers is asked.
func TestRolesAndFallbacks(t *testing.T) {
	f := newFar(t, "Well.", "Yes.")
	nobody := "openai:none@http://127.0.0.1:1/v1"
	h := openFar(t, fmt.Sprintf(`
[models]
planner = [%q, "ollama:absent", "ollama:here:1b"]
quarantine = "ollama:big:cloud"
`, nobody))
	p := &someone{}
	r := h.Turn(t.Context(), typed("what is a flurb"), p)
	require.Zero(t, r.Exit, "%+v", r.Errors)
	require.Equal(t, "here:1b", r.Model.Name)
	require.Contains(t, f.Heard[0], `"model":"here:1b"`)
	require.Positive(t, r.Model.Took)

	r = h.Turn(t.Context(), Request{Plan: `reply(ask("What?"))`}, p)
	require.Equal(t, ExitDenied, r.Exit)
	require.Equal(t, "allow person -> model:big:cloud", r.Denied[0].Remedy)

	h = openFar(t, fmt.Sprintf("[models]\nplanner = [%q, \"ollama:absent\"]", nobody))
	r = h.Turn(t.Context(), typed("please make a flurb of it"), p)
	require.Equal(t, ExitModel, r.Exit)
	require.Contains(t, r.Errors[0].Message, "nothing answers at 127.0.0.1:1")
	require.Contains(t, r.Errors[0].Message, "Ollama has no model absent")
}

// A server that took nothing is passed over for the next; one that began is not.
func TestTheNextIsAskedOnlyWhereNothingWasSpent(t *testing.T) {
	for _, c := range []struct {
		code int
		next bool
	}{{404, true}, {500, false}} {
		f := newFar(t, "Well.")
		s := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			if strings.HasSuffix(r.URL.Path, "/models") {
				io.WriteString(w, `{"data":[]}`)
				return
			}
			w.WriteHeader(c.code)
			io.WriteString(w, `{"error":{"message":"the model broke"}}`)
		}))
		t.Cleanup(s.Close)
		h := openFar(t, fmt.Sprintf("[models]\nplanner = [\"openai:x@%s/v1\", \"ollama:here:1b\"]", s.URL))
		p := &someone{}
		r := h.Turn(t.Context(), typed("please make a flurb of it"), p)
		require.Equal(t, c.next, r.Exit == 0, "%+v", r.Errors)
		require.Equal(t, c.next, len(f.Heard) == 1)
		if c.next {
			require.Len(t, p.notes, 1)
			require.Contains(t, p.notes[0], "has no model x; here:1b is asked instead")
		}
	}
}
