package audit

import (
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"secgpt/mediator/label"
)

func TestExplainTellsTheWholeStory(t *testing.T) {
	dir := record(t, 1)
	l, err := Open(dir)
	require.NoError(t, err)
	_, err = l.Append(Entry{Kind: Undo, App: "calendar", Tool: "create_event", Of: 1, Note: "the event is gone"})
	require.NoError(t, err)
	text, err := Explain(dir, 1)
	require.NoError(t, err)
	got, err := Read(dir, nil, 2)
	require.NoError(t, err)
	require.Equal(t, "Entry 1, "+got[0].Time.Local().Format("2 Jan 2006 15:04:05")+`.
A plan that the model wrote in turn 3 of session s wanted to call calendar.create_event, a change that can be undone.
It would get title from mail.
It would get end from the person.
The data came by mail.search → calendar.read_invitation.
Rule 3 allowed it.
The rule is `+"`allow mail -> calendar.create_event`"+`.
A rule of yours names mail and this tool.
What had to be answered: foreign title.
Entry 2: a call was taken back: calendar.create_event: the event is gone.`, text)
}

func TestExplainSaysWhoDecided(t *testing.T) {
	at := time.Date(2026, 11, 23, 14, 2, 3, 0, time.UTC)
	cases := []struct {
		e    Entry
		says string
	}{
		{Entry{Decision: "allow", By: "person"}, "The person allowed it."},
		{Entry{Decision: "deny", By: "person"}, "The person refused it."},
		{Entry{Decision: "withhold", By: "person", Args: []Arg{{Name: "a", From: []label.Source{"mail"}, Withheld: true}}}, "It would get a from mail; it was left out.\nThe person allowed it without some arguments."},
		{Entry{Decision: "deny", By: "nobody"}, "Nobody could be asked, and secgpt refused it."},
		{Entry{Decision: "allow", By: "default"}, "No question was needed: secgpt allowed it by itself."},
		{Entry{}, "Secgpt refused it."},
		{Entry{Decision: "deny", By: "rule 7", Effect: "send", Leaves: true, App: "mail", Tool: "send", Asked: "spoke travel_mate"}, "Spoke travel_mate wanted to call mail.send, which can't be undone; something would leave this computer.\nRule 7 refused it."},
		{Entry{Decision: "allow", By: "person", Private: true}, "It was a private session: names of objects and values are not kept."},
		{Entry{Kind: Start, App: "mail"}, "A room was started for mail."},
		{Entry{Kind: Note, Note: "the person said reveal"}, "A note.\nThe person said reveal."},
		{Entry{Kind: Rule, Rule: "deny web -> mail", Why: "answered never"}, "A rule was changed.\nThe rule is `deny web -> mail`.\nAnswered never."},
		{Entry{Kind: Mended, Note: "a crash"}, "Secgpt put the record right: a crash."},
	}
	for _, c := range cases {
		c.e.N, c.e.Time = 12, at
		if c.e.Kind == "" {
			c.e.Kind = Decision
		}
		require.Contains(t, explain(c.e, nil), c.says)
	}
}
