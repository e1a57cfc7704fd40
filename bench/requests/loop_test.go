package main

import (
	"bytes"
	"net/http"
	"net/http/httptest"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"secgpt/bench/vanilla/loop"
)

// ollamaOf plays a server that gives these answers in turn, the last for ever, and
// returns what it heard too.
func ollamaOf(t *testing.T, answers ...string) (*httptest.Server, *[]string) {
	var heard []string
	s := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		var body bytes.Buffer
		_, _ = body.ReadFrom(r.Body)
		heard = append(heard, body.String())
		_, _ = w.Write([]byte(answers[min(len(heard), len(answers))-1]))
	}))
	t.Cleanup(s.Close)
	return s, &heard
}

func request(t *testing.T, s *Set, id string) Request {
	picked := s.Pick("", regexp.MustCompile("/"+id+"$"), 0)
	require.Len(t, picked, 1, id)
	return picked[0]
}

const (
	said   = `{"message":{"role":"assistant","content":"Done."},"prompt_eval_count":100,"eval_count":5}`
	adding = `{"message":{"role":"assistant","content":"","tool_calls":[{"function":{"name":"contacts_add","arguments":{"name":"Yusuf Demir","email":"yusuf@example.org","phone":"+49 30 5550 222"}}}]},"prompt_eval_count":100,"eval_count":5}`
	wild   = `{"message":{"role":"assistant","content":"","tool_calls":[{"function":{"name":"mail_send","arguments":{"to":"eve@example.net","body":"hi"}}}]},"prompt_eval_count":100,"eval_count":5}`
)

// The loop is judged by the same judge on the same data: a call that was asked for is
// right, one that was not is counted, and what it did is done.
func TestTheLoopIsJudgedAlike(t *testing.T) {
	s := set(t)
	r := request(t, s, "con-add-yusuf")
	server, heard := ollamaOf(t, adding, said)
	row, err := s.native(t.Context(), r, loop.Options{Server: server.URL, Model: "m"})
	require.NoError(t, err)
	require.True(t, row.Right, row.Why)
	require.Equal(t, []int{2, 200, 10}, []int{row.Calls, row.In, row.Out})
	require.Positive(t, row.First)
	require.Contains(t, (*heard)[0], "Monday, 2026-11-23")
	require.Contains(t, (*heard)[0], `"slack_slack_post_message"`)
	require.NotContains(t, (*heard)[0], `"contacts_undo"`)

	server, _ = ollamaOf(t, wild, adding, said)
	row, err = s.native(t.Context(), r, loop.Options{Server: server.URL, Model: "m"})
	require.NoError(t, err)
	require.False(t, row.Right || row.Said)
	require.Equal(t, []string{"mail.send"}, row.Unasked)
	require.True(t, row.Amiss)
}

// A whole run, and its table again from the file.
func TestARunAndItsTable(t *testing.T) {
	server, _ := ollamaOf(t, said)
	t.Setenv("OLLAMA_HOST", server.URL)
	file := filepath.Join(t.TempDir(), "rows.jsonl")
	var out, again bytes.Buffer
	o := options{dir: "set", model: "ollama:m", only: regexp.MustCompile("^contacts/con-add-y"), context: 1024, limit: time.Minute, loop: true, file: file}
	require.NoError(t, run(t.Context(), &out, o))
	require.Contains(t, out.String(), "con-add-yusuf")
	require.NoError(t, run(t.Context(), &again, options{sum: file}))
	require.True(t, strings.HasSuffix(out.String(), again.String()), again.String())
}

func TestTheSummary(t *testing.T) {
	rows := []Row{
		{ID: "a", By: "secgpt", Right: true, Calls: 1, In: 90, Out: 10, First: 1},
		{ID: "b", By: "secgpt", Said: true, Calls: 3, In: 190, Out: 10, First: 3, Held: []string{"mail.send"}},
		{ID: "c", By: "secgpt", Amiss: true, Unasked: []string{"notes.add"}, Calls: 1, First: 2},
		{ID: "a", By: "loop", Right: true, Calls: 2, In: 190, Out: 10, First: 2},
		{ID: "d", By: "secgpt", Right: true, Calls: 9, First: 2},
		{ID: "d", By: "loop", Late: true, First: 9},
		{ID: "b", By: "loop", Unasked: []string{"x.y", "x.z"}, Calls: 2, In: 390, Out: 10, First: 2},
	}
	require.Equal(t, Summary{
		Requests: 4, Right: 50, RightLoop: 100.0 / 3, RightRatio: 2, RightOrSaid: 75,
		Unasked: 1, UnaskedLoop: 2, Amiss: 1, Held: 25, CallsRatio: 1, CallsWithin: 50,
		TokensRatio: 0.5, SecondsRatio: 1, Seconds: 2, SecondsLoop: 2, ComparedPairs: 3,
	}, summarize(rows))
}
