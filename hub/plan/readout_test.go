package plan

import (
	"context"
	"testing"

	"github.com/stretchr/testify/require"

	"secgpt/mediator/label"
)

// What a plan takes of a result and is not there, a model reads in the whole result; it
// carries all of that. What names a thing for an app is never read out.
func TestWhatIsNotThereIsReadOut(t *testing.T) {
	const graph = `{"entities":[{"name":"flat","observations":["the meter is 7731"]}],"relations":[]}`
	for plan, want := range map[string]string{
		"x = github.list_issues(owner = \"a\")\nmeter_number = x[0][1]\nnotes.add(text = \"It is %s\" % meter_number)": `ask what is there (What is the meter number?)({"entities":`,
		"notes.add(text = github.list_issues(owner = \"a\").meter[0])":                                                 `ask what is there(`,
		"x = github.list_issues(owner = \"a\")\nnotes.add(text = x[\"meter\"][\"short\"])":                             `ask what is there (What is the short?)({"entities":`,
		"x = github.list_issues(owner = \"a\")\nnotes.add(text = x[\"meter\"][\"value\"])":                             `ask what is there (What is the meter?)({"entities":`,
		"x = github.list_issues(owner = \"a\")\nnotes.add(text = x.meter)":                                             `notes.add(text="what it read"<github>)`,
		"x = github.list_issues(owner = \"a\")\nnotes.add(text = x[0].name)":                                           `notes.add(text="flat"<github>)`,
	} {
		got, err := wrapping(t, graph, plan, label.Of("github"))
		require.NoError(t, err, plan)
		require.Contains(t, got, want, plan)
	}
	for _, plan := range []string{
		"x = github.list_issues(owner = \"a\")\nnotes.delete(id = x.meter)",
		"x = github.list_issues(owner = \"a\")\nnotes.delete(id = x[0].id)",
		"x = github.list_issues(owner = \"a\")\nmail.send(to = x[0].who, body = \"x\")",
		"x = github.list_issues(owner = \"a\")\nif x.meter:\n    notes.add(text = \"x\")",
		"x = github.list_issues(owner = \"a\")\nnotes.add(text = \", \".join([e.meter for e in x]))",
		"x = github.list_issues(owner = \"a\")\nnotes.add(text = x.entities[4])",
		"y = [1]\nnotes.add(text = y[3])",
		"x = github.list_issues(owner = \"a\")\nm = x.meter\nif m:\n    notes.add(text = \"x\")",
		"x = github.list_issues(owner = \"a\")\nm = x[0][1]\nmail.send(to = m, body = \"x\")",
		"x = github.list_issues(owner = \"a\")\nfor t in x.todos:\n    notes.add(text = t)",
		"x = github.list_issues(owner = \"a\")\nk = 3\nnotes.add(text = x[k].meter)",
		"x = github.list_issues(owner = \"a\")\nnotes.add(text = x.body)",
	} {
		got, err := wrapping(t, graph, plan, label.Of("github"))
		require.Error(t, err, plan)
		require.NotContains(t, got, "ask", plan)
	}
	got, _ := wrapping(t, `[]`, "x = github.list_issues(owner = \"a\")\nnotes.add(text = x[0].name)", label.Of("github"))
	require.NotContains(t, got, "ask", "of nothing, a model makes something up")
	p, err := Parse("", "x = github.list_issues(owner = \"a\")\nreply(x.meter)", office)
	require.NoError(t, err)
	require.Empty(t, p.reads, "a plan by hand is read as it stands")
}

// A model that finds no number makes one up. What it reads out has none that it did not read.
func TestNumbersThatAreReadOutWereRead(t *testing.T) {
	p, err := ParseChecked("", "x = github.list_issues(owner = \"a\")\nreply(x.price)", office, Check{Words: "what do 4 of them cost", Now: thursday})
	require.NoError(t, err)
	for says, right := range map[string]bool{"950": true, "950.00 for 3": true, "the cat piano": true, "1200": true, "at 9": true, "3 pm": true, "95": false, "2 pm": false, "4 cost 950": true, "$1000": false, "7": false, "95 of 950, on 1 May": false} {
		h := &fake{says: says, result: func(c Call) (any, error) {
			v, err := label.FromJSON([]byte(`{"id": "1000073", "text": "3 cats: 950.00, 1,200 birds at 09:15, 15:00"}`), label.Of("github"))
			return v.Made(label.Origin{How: label.Result, App: "github", Tool: c.Tool, Whole: true}), err
		}}
		err := p.Run(context.Background(), h, &Vars{})
		if right {
			require.NoError(t, err, says)
			require.Contains(t, h.lines(), says)
			continue
		}
		require.ErrorContains(t, err, "no field price", says)
		require.NotContains(t, h.lines(), "reply", says)
		var bad *Error
		require.ErrorAs(t, err, &bad)
		require.True(t, bad.Label.Has("github"), "that it is no answer tells of what was read")
	}
}
