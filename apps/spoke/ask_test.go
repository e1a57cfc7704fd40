//go:build linux

package spoke

import (
	"encoding/json"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"secgpt/apps/link"
)

func TestTheModelIsToldAndRead(t *testing.T) {
	a := &asking{ask: link.Ask{
		Args:   json.RawMessage(`{"instruction":"Which flight?","value_1":[{"id":"m1"}],"value_2":"` + strings.Repeat("x", 2*maxSeen) + `"}`),
		Schema: json.RawMessage(`{"type":"object","properties":{"number":{"type":"string"}}}`),
		Tools: []link.Tool{{Name: "search", About: "Find\nmails\n" + strings.Repeat("y", 1000), Input: json.RawMessage(`{"properties":{"zebra":{},"apple":{}}}`)},
			{Name: "notes.add", Input: json.RawMessage(`{"type":"object"}`)}},
	}}
	rules, task := a.rules(), a.task()
	require.Contains(t, rules, "\nsearch(zebra, apple): Find mails y")
	require.Contains(t, rules, "\nnotes.add()\n")
	require.Less(t, len(rules), 2000)
	require.True(t, strings.HasPrefix(task, "Task: Which flight?\n\nvalue_1:\n[{\"id\":\"m1\"}]\n\nvalue_2:\n"), task)
	require.Contains(t, task, "bytes more)")
	require.Less(t, len(task), 2*maxSeen)
	require.Contains(t, string(a.form()), `"enum":["search","notes.add"]`)

	for said, want := range map[string]step{
		`{"answer":{"number":"LH 1"}}`:                       {Answer: json.RawMessage(`{"number":"LH 1"}`)},
		"```json\n{\"answer\": {\"number\": \"LH 1\"}}\n```": {Answer: json.RawMessage(`{"number": "LH 1"}`)},
		`{"call":"search","args":{"zebra":1}}`:               {Call: "search", Args: json.RawMessage(`{"zebra":1}`)},
		`{"call":"anything"}`:                                {Call: "anything", Args: json.RawMessage(`{}`)},
		`{"needs":"calendar"}`:                               {Needs: "calendar"},
	} {
		st, err := a.read(said)
		require.NoError(t, err, said)
		require.Equal(t, want, st, said)
	}
	for said, want := range map[string]string{
		`hello`: "no JSON object", `{}`: "none or several", `{"call":"a","answer":"b"}`: "none or several", `[]`: "no JSON object",
		`{"answer":"LH 1"}`: "it is no object", `{"answer":{"number":"a","number":"b"}}`: "stands twice", `{"needs":"a hug"}`: "none of the words",
		`{"call":"a","args":[]}`: "args is no object", `{"call":"a","args":{"a":1,"a":2}}`: "args is no object",
	} {
		_, err := a.read(said)
		require.ErrorContains(t, err, want, said)
	}
	a.ask.Schema = nil
	_, err := a.read(`{"answer":{"a":1}}`)
	require.ErrorContains(t, err, "the answer is no text")
}

// A hub that answers what was not asked is at fault; what comes too late is not.
func TestAnAskOfTheSpoke(t *testing.T) {
	ask := link.Frame{Kind: link.KindAsk, ID: 1, Ask: &link.Ask{Args: json.RawMessage(`{"instruction":"x"}`), Tools: []link.Tool{}}}
	thought := func(text string) link.Frame {
		b, _ := json.Marshal(text)
		return link.Frame{Kind: link.KindThought, ID: 1, Thought: &link.Result{Value: b}}
	}
	r := honest(t)
	r.read(link.KindHello)
	r.send(ask)
	f := r.read(link.KindThink)
	require.Equal(t, "system", f.Think.Messages[0].Role)
	r.send(thought(`{"call":"echo","args":{"zebra":7}}`))
	may := r.read(link.KindMay)
	require.Equal(t, "echo", may.May.Tool)
	r.call(2, "echo", `{"zebra":7}`) // the hub makes the call itself, meanwhile
	require.EqualValues(t, 2, r.read(link.KindResult).ID)
	r.send(link.Frame{Kind: link.KindGot, ID: 1, Got: &link.Result{Value: json.RawMessage(`{"zebra":7}`)}})
	f = r.read(link.KindThink)
	require.Equal(t, "Result of echo:\n{\"zebra\":7}", f.Think.Messages[3].Text)
	r.send(thought(`{"answer":"seven"}`))
	require.Equal(t, `"seven"`, string(r.read(link.KindResult).Result.Value))
	r.send(thought("late"))

	r.send(ask)
	r.read(link.KindThink)
	r.send(link.Frame{Kind: link.KindCancel, ID: 1})
	require.NotEmpty(t, r.read(link.KindResult).Result.Error)

	r.send(ask)
	r.read(link.KindThink)
	r.send(link.Frame{Kind: link.KindGot, ID: 1, Got: &link.Result{Value: json.RawMessage(`1`)}})
	require.Contains(t, r.read(link.KindResult).Result.Error, "the hub answered something else")
	r.send(ask)
	r.read(link.KindThink)
	r.send(ask) // of the same number, which is taken
	r.exits(2)
}

// Whatever a model says, it is a step in order or a mistake.
func FuzzStep(f *testing.F) {
	for _, s := range []string{`{"answer":"a"}`, `{"call":"a","args":{}}`, "```\n{\"needs\":\"mail\"}", `{"answer":{"a":[1]}}`, `nonsense`} {
		f.Add(s, true)
	}
	f.Fuzz(func(t *testing.T, said string, typed bool) {
		a := &asking{}
		if typed {
			a.ask.Schema = json.RawMessage(`{"type":"object","properties":{"a":{"type":"array","items":{"type":"integer"}}}}`)
		}
		st, err := a.read(said)
		if err != nil {
			return
		}
		switch {
		case st.Call != "":
			require.NoError(t, link.CheckJSON(st.Args))
		case st.Answer != nil:
			require.NoError(t, link.CheckJSON(st.Answer))
			require.NoError(t, link.Fits(a.ask.Schema, st.Answer))
		default:
			require.Contains(t, link.Needs, st.Needs)
		}
	})
}
