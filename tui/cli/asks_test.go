//go:build linux

package cli_test

import (
	"encoding/json"
	"fmt"
	"os"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"secgpt/hub"
	"secgpt/hub/model/modeltest"
	"secgpt/isolate/roomtest"
	"secgpt/mediator"
	"secgpt/mediator/label"
)

// These ask an app's own model, in a real room. The model is an oracle of the test's: it
// does whatever the test wants, which is what a model does that obeys each word of a mail.

// wants is a step in which the model wants a tool.
func wants(tool string, args any) string {
	b, _ := json.Marshal(map[string]any{"call": tool, "args": args})
	return string(b)
}

func answers(v any) string {
	b, _ := json.Marshal(map[string]any{"answer": v})
	return string(b)
}

type object = map[string]any

// askDesk is a demo whose model says these things, one after the other.
func askDesk(t *testing.T, says ...string) (*desk, *modeltest.Server) {
	t.Helper()
	o := newOracle(t, says...)
	return newDesk(t, withModel), o
}

// last is what the model was shown in its last turn.
// last is what the model was last told.
func last(t *testing.T, o *modeltest.Server) string {
	t.Helper()
	require.NotEmpty(t, o.Heard)
	var body struct {
		Messages []struct{ Role, Content string }
	}
	require.NoError(t, json.Unmarshal([]byte(o.Heard[len(o.Heard)-1]), &body))
	return body.Messages[len(body.Messages)-1].Content
}

func (d *desk) noted() (all []string) {
	d.mu.Lock()
	defer d.mu.Unlock()
	for _, e := range d.events {
		if n, ok := e.(hub.Noted); ok {
			all = append(all, n.Text)
		}
	}
	return all
}

func TestAnAppsModelReadsWithItsOwnTools(t *testing.T) {
	d, o := askDesk(t, wants("search", object{"sender": "Bob"}), "", answers("It is in Room 4.12"))
	o.Answers[1] = wants("read", object{"id": idOf(t, d, "Bob")})
	r := d.plan(`reply(mail.ask("Where is the kickoff?"))`)
	require.Zero(t, r.Exit, "%+v", r.Errors)
	require.Equal(t, `"It is in Room 4.12"`, shown(r))
	require.Empty(t, d.asked, "what it found it may read")
	require.Equal(t, []label.Source{"mail"}, r.Blocks[0].Value.All().Sources())
	require.Contains(t, last(t, o), "Result of read:")
	require.Equal(t, 3, r.Model.Calls)

	// What was said in the room can be looked at, here and in a later session.
	seen := func() {
		a, why := d.Transcript(0)
		require.Empty(t, why)
		require.Equal(t, "mail", a.App)
		whole := ""
		for _, s := range a.Steps {
			whole += s.Who + ": " + s.Text.Str() + " from " + s.Text.All().String() + "\n"
		}
		require.Contains(t, whole, "told: Task: Where is the kickoff?")
		require.Contains(t, whole, "told: Result of read:")
		require.Contains(t, whole, "model: "+answers("It is in Room 4.12")+" from mail\n")
	}
	seen()
	require.NoError(t, d.Hub.Close())
	d.open(withModel, func(o *hub.Options) { o.Resume = r.Session })
	seen()
}

// idOf is the id of the newest mail of a sender.
func idOf(t *testing.T, d *desk, sender string) string {
	t.Helper()
	r := d.plan(fmt.Sprintf("reply(mail.search(sender = %q)[0].id)", sender))
	require.Zero(t, r.Exit, "%+v", r.Errors)
	return strings.Trim(shown(r), `"`)
}

// What nobody planned is refused in the same words as what is not there, is said, and
// never asked about; it neither spoils the request nor stops the plan's own changes.
func TestWhatNobodyPlannedIsRefused(t *testing.T) {
	d, o := askDesk(t,
		wants("send", object{"to": "mallory@example.net", "subject": "x", "body": "all"}),
		wants("notes.add", object{"text": "x"}),
		wants("no_such_tool", object{}),
		wants("contacts.find", object{"name": "Alice"}),
		wants("undo", object{"token": "x"}),
		wants("calendar.ask", object{"instruction": "x"}),
		answers("done"))
	d.says(mediator.Once)
	r := d.plan("reply(mail.ask(\"Sum up\"))\nnotes.add(text = \"mine\", title = \"mine\")")
	require.Zero(t, r.Exit, "%+v", r.Errors)
	require.Equal(t, `"done"`, shown(r))
	for _, q := range d.asked {
		require.Equal(t, "notes.add", q.Call.Tool.String(), "a question that a model raised")
		for _, reason := range q.Reasons {
			require.NotEqual(t, mediator.Stopped, reason.Kind)
		}
	}
	require.Equal(t, 6, strings.Count(o.Heard[6], "gave an error: there is no such tool"), o.Heard[6])
	require.Len(t, d.noted(), 6)
	for _, c := range r.Calls {
		if c.Call.Unasked {
			require.False(t, c.Decision.Allow)
			require.NotZero(t, c.Decision.Entry, "it is not in the record")
		}
	}
}

// A tool of another app that the plan names is judged on the way out and on the way back.
func TestToolsOfOtherApps(t *testing.T) {
	const plan = `reply(mail.ask("Who is that?", may = [contacts.find]))`
	d, o := askDesk(t, wants("contacts.find", object{"name": "Alice"}), answers("Alice"))
	r := d.plan(plan)
	require.Zero(t, r.Exit, "%+v", r.Errors)
	require.Empty(t, d.asked, "two closed apps that read")
	require.Contains(t, last(t, o), "alice@example.org")
	require.Equal(t, []label.Source{"contacts", "mail"}, r.Blocks[0].Value.All().Sources())

	require.Zero(t, run(t, "", "policy", "add", "--profile", d.dir, "deny contacts -> mail").code)
	o.Answers = []string{wants("contacts.find", object{"name": "Alice"}), answers("Alice")}
	r = d.plan(plan)
	require.Equal(t, 4, r.Exit, "the way back was denied")
	require.NotContains(t, last(t, o), "alice@example.org")
	require.Contains(t, last(t, o), "there is no such tool")

	require.Zero(t, run(t, "", "policy", "add", "--profile", d.dir, "deny mail -> contacts").code)
	o.Answers = []string{wants("contacts.find", object{"name": "Alice"}), answers("Alice")}
	_ = d.plan(plan)
	require.Contains(t, last(t, o), "there is no such tool")
}

// What a model writes carries all that it saw, into each argument of a change that the
// plan lets it make; the person sees it, and may say no.
func TestAChangeThatTheModelWants(t *testing.T) {
	want := wants("notes.add", object{"text": "account 12 34 56", "title": "Invoice"})
	d, o := askDesk(t, wants("search", object{"sender": "Mallory"}), want, answers("noted"))
	const plan = "c = contacts.find(name = \"Alice\")\nreply(mail.ask(\"Note what is due\", c, may = [notes.add]))"
	r := d.plan(plan)
	require.Equal(t, 4, r.Exit)
	require.Len(t, d.asked, 1)
	require.Equal(t, []label.Source{"contacts", "mail"}, d.asked[0].From)
	require.Contains(t, last(t, o), "there is no such tool", "no is no tool")
	require.Equal(t, "0", shown(d.plan(`reply(len(notes.search(query = "account 12")))`)))

	o.Answers = []string{wants("search", object{"sender": "Mallory"}), want, answers("noted")}
	d.says(mediator.Once)
	r = d.plan(plan)
	require.Zero(t, r.Exit, "%+v", r.Errors)
	found := d.plan(`reply(notes.search(query = "account 12"))`)
	require.True(t, found.Blocks[0].Value.All().Covers(label.Of("contacts", "mail", "notes")), "the note forgot where it came from")
}

// withGuest is a desk with a rogue installed, and a model that says these things.
func withGuest(t *testing.T, kind string, flags []string, says ...string) (*desk, *modeltest.Server) {
	t.Helper()
	d, o := askDesk(t, says...)
	require.NoError(t, d.Close())
	r := adds(t, d.dir, "guest", kind, append(flags, "--yes")...)
	require.Zero(t, r.code, r.err)
	d.open(withModel)
	return d, o
}

// An ask of an open app is a way out of the computer: what enters it is judged.
func TestAnAskOfAnOpenAppIsJudged(t *testing.T) {
	d, o := withGuest(t, "honest", []string{"--host", "api.example.org"}, answers("ok"))
	const plan = "m = notes.search(query = \"\")\nreply(guest.ask(\"What is this?\", m))"
	r := d.plan(plan)
	require.Equal(t, 4, r.Exit)
	require.Len(t, d.asked, 1)
	require.Equal(t, "guest.ask", d.asked[0].Call.Tool.String())
	require.True(t, d.asked[0].Leaves)
	require.Empty(t, o.Saw())
	d.says(mediator.Once)
	require.Zero(t, d.plan(plan).Exit)
	require.Contains(t, o.Saw(), "value_1")
}

// What an installed app's model saw stays with the app.
func TestAnInstalledAppRemembersWhatItWasAsked(t *testing.T) {
	d, _ := withGuest(t, "honest", nil, answers("ok"))
	r := d.plan("m = mail.search(sender = \"Mallory\")[0]\nreply(guest.ask(\"What is this?\", m.subject))\nreply(guest.look(text = \"x\").called)")
	require.Zero(t, r.Exit, "%+v", r.Errors)
	for _, b := range r.Blocks {
		require.Equal(t, []label.Source{"guest", "mail"}, b.Value.All().Sources())
	}
}

func TestAnswersFitTheirSchema(t *testing.T) {
	d, o := askDesk(t, "```json\n"+answers(object{"number": 4})+"\n```", answers(object{"number": "LH 1"}))
	r := d.plan(`reply(mail.ask("Which flight?", schema = {"number": "string"}).number)`)
	require.Zero(t, r.Exit, "%+v", r.Errors)
	require.Equal(t, `"LH 1"`, shown(r))
	require.Contains(t, last(t, o), "That can't be used: number is no string")

	o.Answers = []string{"no", "nor this", "nothing"}
	r = d.plan(`reply(mail.ask("Which flight?", schema = {"number": "string"}))`)
	require.Equal(t, 5, r.Exit)
	require.Contains(t, r.Errors[0].Said, "no answer that can be used")

	o.Answers = []string{`{"number": 5}`}
	r = d.plan(`reply(ask("Which flight?", 1, schema = {"number": "string"}))`)
	require.Equal(t, 3, r.Exit, "the model without tools is held to it as well")
}

func TestNeedsIsOneOfTheCatalogue(t *testing.T) {
	d, o := askDesk(t, `{"needs": "calendar"}`)
	r := d.plan(`reply(mail.ask("When am I free?"))`)
	require.Equal(t, 4, r.Exit)
	require.Len(t, r.Errors, 1)
	require.Equal(t, "needs", r.Errors[0].Kind)
	require.Equal(t, "mail can't do that without calendar; if it may have that, ask again and say so", r.Errors[0].Message)
	o.Answers = []string{`{"needs": "your password, type it at http://mallory.example"}`, answers("ok")}
	r = d.plan(`reply(mail.ask("When am I free?"))`)
	require.Zero(t, r.Exit, "%+v", r.Errors)
	require.NotContains(t, fmt.Sprint(r.Errors, shown(r)), "mallory")
}

func TestAModelThatComesToNoEndIsStopped(t *testing.T) {
	d, o := askDesk(t)
	same := wants("search", object{"query": "x"})
	o.Answers = []string{same, same, same, same}
	r := d.plan(`reply(mail.ask("Go on"))`)
	require.Equal(t, 5, r.Exit)
	require.Contains(t, r.Errors[0].Said, "says the same thing again")
	require.Equal(t, 2, r.Model.Calls)

	o.Answers = nil
	for i := range 20 {
		o.Answers = append(o.Answers, wants("search", object{"query": fmt.Sprint(i)}))
	}
	r = d.plan(`reply(mail.ask("Go on"))`)
	require.Equal(t, 5, r.Exit)
	require.Contains(t, r.Errors[0].Said, "no end in 8 steps")
	require.Equal(t, 8, r.Model.Calls)
}

func TestAnAskNeedsAModel(t *testing.T) {
	roomtest.Need(t)
	r := runs(t, t.TempDir(), `reply(mail.ask("Sum up"))`)
	r.requireLine(t, 3, "mail.ask needs a model")
	r = runs(t, t.TempDir(), `reply(ask("Sum up", may = [mail.search]))`)
	require.Equal(t, 2, r.code)
}

// A real model, if there is one, finds an answer with its app's tools. What it says is
// its own affair: that it comes to an end, labelled, is ours.
func TestARealModelIsAsked(t *testing.T) {
	name := os.Getenv("SECGPT_TEST_MODEL")
	if name == "" {
		t.Skip("SECGPT_TEST_MODEL=ollama:NAME asks a real model")
	}
	d := newDesk(t, func(o *hub.Options) { o.Model = name })
	r := d.plan("m = mail.search(sender = \"Bob\")\nreply(mail.ask(\"What is the subject of the newest of these mails?\", m[:3], schema = {\"subject\": \"string\"}))")
	t.Logf("%s in %s, %d words of the model: %+v %q", shown(r), r.Took, r.Model.Calls, r.Errors, d.noted())
	require.Empty(t, d.asked)
	if r.Exit == 0 {
		require.Equal(t, []label.Source{"mail"}, r.Blocks[0].Value.All().Sources())
		require.Contains(t, shown(r), `"subject":`)
	}
	require.Contains(t, []int{0, 5}, r.Exit, "%+v", r.Errors)
}

// A fact that the plan let the app's model keep is a question with its sources, in a real
// room; the next ask of that app knows it, in another session too.
func TestAnAppRemembersWhatThePersonAgreedTo(t *testing.T) {
	keep := wants("memory.remember", object{"fact": "Bob books Room 4.12"})
	d, o := askDesk(t, keep, answers("done"), answers("Room 4.12"))
	d.answer = func(q mediator.Question) mediator.Answer {
		return mediator.Answer{Scope: mediator.Once, By: "person", Digest: q.Digest}
	}
	r := d.plan(`reply(mail.ask("Keep what Bob books", mail.search(sender = "Bob"), remember = True))`)
	require.Zero(t, r.Exit, "%+v", r.Errors)
	require.Len(t, d.asked, 1)
	require.Equal(t, "mail.remember", d.asked[0].Call.Tool.String())
	require.Contains(t, last(t, o), "Result of memory.remember:")
	require.NoError(t, d.Hub.Close())
	d.open(withModel)
	r = d.plan(`reply(mail.ask("Where does Bob meet?"))`)
	require.Zero(t, r.Exit, "%+v", r.Errors)
	require.Contains(t, last(t, o), "memory_1:\n\"Bob books Room 4.12\"")
	require.Len(t, d.asked, 1, "mail's own, into mail")
}
