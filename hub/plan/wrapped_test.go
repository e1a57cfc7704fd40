package plan

import (
	"context"
	"testing"

	"github.com/stretchr/testify/require"

	"secgpt/mediator/label"
)

// A list in an object is read as the list that it is, if the object is nothing else.
func TestAListInAnObject(t *testing.T) {
	const places = `{"ok":true,"total":2,"places":[{"name":"Clinic","tags":["bike"]},{"name":"Library","tags":[]}],"errors":[]}`
	for _, c := range []struct{ result, plan, want string }{
		{places, `reply(x[0].name)`, `reply("Clinic"<github>)`},
		{places, `reply(x[-1].name)`, `reply("Library"<github>)`},
		{places, `reply(x[0]["name"])`, `reply("Clinic"<github>)`},
		{places, `reply([p.name for p in x])`, `reply(["Clinic","Library"]<github>)`},
		{places, `reply([p.name for p in x[:1]])`, `reply(["Clinic"]<github>)`},
		{places, `reply(len(x))`, `reply(2<github>)`},
		{places, `reply(x.places[1].name)`, `reply("Library"<github>)`},
		{places, `reply(x.total)`, `reply(2<github>)`},
		{places, `reply(x.keys()[0])`, `reply("ok"<github>)`},
		{`{"places":[{"name":"Clinic"}]}`, `reply(x.name)`, `reply("Clinic"<github>)`},
		{`{"places":[{"name":"Clinic"}]}`, `reply(x["name"])`, `reply("Clinic"<github>)`},
		{`{"url":"u","results":[{"name":"Boat"}],"page":{"next":2}}`, `reply([r.name for r in x])`, `reply(["Boat"]<github>)`},
		// what is a thing itself, and what nobody can tell
		{`{"title":"Kickoff","attendees":[{"name":"Bob"}]}`, `reply(x[0].title)`, `reply("Kickoff"<github>)`},
		{`{"entities":[{"name":"A"}],"relations":[{"to":"B"}]}`, `reply([k for k in x])`, `reply(["entities","relations"]<github>)`},
		{`{"days":[1,2]}`, `reply([k for k in x])`, `reply(["days"]<github>)`},
		{`{"id":7,"labels":[{"colour":"red"}]}`, `reply([k for k in x])`, `reply(["id","labels"]<github>)`},
		{`[{"tracking":"T1","events":[{"status":"sent"}]}]`, `s = x[0]
reply(len(s))`, `reply(2<github>)`}, // an item of the result
		{`{"ok":true,"events":[{"status":"sent"}]}`, `for k in x: reply(k, x[k])`, `reply("ok"<github>`},
		{`{"total":2}`, `reply(len(x))`, `reply(1<github>)`},
	} {
		got, err := wrapping(t, c.result, "x = github.list_issues(owner = \"a\")\n"+c.plan, label.Of("github"))
		require.NoError(t, err, c.plan)
		require.Contains(t, got, c.want, c.result)
	}
	// what is not there is no item's, and what only a model can find in it
	for _, plan := range []string{`reply(x.name)`, `reply(x["places"]["name"])`} {
		got, err := wrapping(t, places, "x = github.list_issues(owner = \"a\")\n"+plan, label.Of("github"))
		require.NoError(t, err)
		require.Contains(t, got, "ask what is there (What is the name?)", plan)
	}
	_, err := wrapping(t, `{"places":[]}`, "x = github.list_issues(owner = \"a\")\nreply(x[0].name)", label.Of("github"))
	require.ErrorIs(t, err, ErrNothing)
	got, err := wrapping(t, `{"title":"Kickoff","attendees":[{"name":"Bob"}]}`, "x = github.list_issues(owner = \"a\")\nreply(x.name)", label.Of("github"))
	require.NoError(t, err)
	require.Contains(t, got, `reply("Kickoff"<github>)`, "whoever comes is none of its fields")
}

// wrapping runs a model's plan in which a call gives the result, whose fields carry l too.
func wrapping(t *testing.T, result, plan string, l label.Label) (string, error) {
	t.Helper()
	p, err := ParseChecked("", plan, office, Check{Words: "what is there", Now: thursday})
	require.NoError(t, err, plan)
	h := &fake{says: "what it read", result: func(c Call) (any, error) {
		v, err := label.FromJSON([]byte(result), label.Of("github"))
		require.NoError(t, err)
		v = v.Map(func(path string, part label.Value) label.Value {
			if path != "" {
				part = part.With(l)
			}
			return part.Made(label.Origin{How: label.Result, App: "github", Tool: c.Tool, Path: path})
		})
		o := v.Origin()
		o.Whole = true
		return v.Made(o), nil
	}}
	err = p.Run(context.Background(), h, &Vars{})
	return h.lines(), err
}

// What decides whether it is one decides what is taken.
func TestAListInAnObjectKeepsItsSources(t *testing.T) {
	for _, result := range []string{`{"total":1,"places":[{"name":"Clinic"}]}`, `{"total":1,"name":"Clinic"}`} {
		for _, plan := range []string{`reply(len(x))`, `reply([k for k in x])`, `reply(x[0].name)`, "for k in x:\n  notes.add(text = \"a\")"} {
			got, err := wrapping(t, result, "x = github.list_issues(owner = \"a\")\n"+plan, label.Of("mail"))
			require.NoError(t, err, plan)
			require.Contains(t, got, "github, mail", "%s\n%s", result, plan)
		}
	}
}
