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
The data came by mail.search → calendar.read_invitation → this.
It needed an answer because title held what came from mail.
Rule 3 allowed it.
The rule is `+"`allow mail -> calendar.create_event`"+`.
A rule of yours names mail and this tool.
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
		{Entry{Decision: "deny", By: "nobody", Args: []Arg{{Name: "title", From: []label.Source{"mail", "notes"}}}, Chain: []string{"mail.search", "notes.read"}}, "It would get title from mail, notes.\nThe data came by mail.search → notes.read → this.\nNobody could be asked"},
		{Entry{Decision: "allow", By: "default"}, "Nobody was asked: secgpt allowed it by itself."},
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

// What would have let a call go, by what stood against it.
func TestExplainSaysWhatWouldHaveAnswered(t *testing.T) {
	mail, web := []label.Source{"mail"}, []label.Source{"web/example.org"}
	for _, c := range []struct {
		e    Entry
		says []string
	}{
		{Entry{By: "nobody", Reasons: []string{"foreign title: mail"}, Args: []Arg{{Name: "title", From: mail}}},
			[]string{"It needed an answer because title held what came from mail.", "A yes would have let it go, or a rule: `allow mail -> calendar.add`."}},
		{Entry{By: "person", Reasons: []string{"deciding to: mail", "send"}, Args: []Arg{{Name: "to", From: mail}, {Name: "x", From: []label.Source{"calendar"}}}},
			[]string{"It needed an answer because to decides what it does, and came from mail.\nAnd because it can't be undone, and not all in it stood in the person's own words.",
				"A yes would have let it go, or a rule: `allow calendar, mail -> calendar.add(to=…)`."}},
		{Entry{By: "nobody", Reasons: []string{"planner to: travel_mate"}}, []string{"was written by a model that had read words of travel_mate.", "`allow travel_mate -> calendar.add(to=…)`"}},
		{Entry{By: "nobody", Reasons: []string{"foreign: mail, web/example.org"}, Args: []Arg{{Name: "a", From: web}}},
			[]string{"what came from mail, web/example.org decided that it was called.", "`allow mail, web/example.org -> calendar.add`"}},
		{Entry{By: "nobody", Reasons: []string{"unbidden"}, Args: []Arg{{Name: "x", From: []label.Source{"calendar"}}}}, []string{"because no word of the person's asked for it.", "`allow calendar -> calendar.add`"}},
		{Entry{By: "nobody", Reasons: []string{"send"}}, []string{"`allow person -> calendar.add`"}},
		{Entry{By: "nobody", Reasons: []string{"foreign a: mail", "stopped"}}, []string{"an earlier change of the same plan was not done", "Only a yes would have let it go: after a change that was not done, no rule does."}},
		{Entry{By: "nobody", Reasons: []string{"deciding a: unknown"}}, []string{"Only a yes would have let it go."}},
		{Entry{By: "rule 4", Why: "a rule of yours says no"}, []string{"Rule 4 refused it.", "a rule that denies always wins"}},
		{Entry{By: "default", Why: "calendar.add is not in the plan of this request"}, []string{"Only a request in the person's own words that asks for it"}},
	} {
		c.e.N, c.e.Kind, c.e.App, c.e.Tool, c.e.Decision = 1, Decision, "calendar", "add", "deny"
		text := explain(c.e, nil)
		for _, s := range c.says {
			require.Contains(t, text, s)
		}
		c.e.Decision = "allow"
		require.NotContains(t, explain(c.e, nil), "let it go")
	}
}
