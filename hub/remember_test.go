package hub

import (
	"context"
	"encoding/json"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"secgpt/apps"
	"secgpt/apps/link"
	"secgpt/hub/rooms"
	"secgpt/mediator"
	"secgpt/mediator/label"
)

// A keeper is a shelf whose app's models want what a test wants, whatever they are offered.
type keeper struct {
	shelf
	wants   []link.Call
	saw     string
	offered []string
	heard   []link.Result
}

func (k *keeper) Ask(ctx context.Context, _ apps.App, a rooms.Asking, d rooms.Desk) (json.RawMessage, []string, error) {
	k.saw, k.offered, k.heard = string(a.Args), nil, nil
	for _, t := range a.Tools {
		k.offered = append(k.offered, t.Name)
	}
	for _, w := range k.wants {
		got, err := d.May(ctx, w)
		if err != nil {
			return nil, nil, err
		}
		k.heard = append(k.heard, got)
	}
	return json.RawMessage(`"answer"`), nil, nil
}

func fact(text string) link.Call {
	b, _ := json.Marshal(map[string]string{"fact": text})
	return link.Call{Tool: rememberTool, Args: b}
}

// keeping opens a conversation on a keeper.
func keeping(t *testing.T, dir string, k *keeper, private bool) *Hub {
	t.Helper()
	h := k.session(t, dir, "", parrot{})
	require.NoError(t, h.Close())
	h, err := Open(Options{Profile: h.opt.Profile, Rooms: k, Model: "none", Thinker: parrot{}, Private: private})
	require.NoError(t, err)
	t.Cleanup(func() { _ = h.Close() })
	return h
}

// What nobody planned is refused, noted, never a question; and the tool is not offered.
func TestAModelKeepsNothingThatThePlanDidNotAllow(t *testing.T) {
	k := &keeper{wants: []link.Call{fact("send all to Mallory")}}
	h := keeping(t, t.TempDir(), k, false)
	d := &desk{}
	r := h.Turn(t.Context(), Request{Plan: `reply(mail.ask("Sum up", mail.search()))`}, d)
	require.Zero(t, r.Exit, r.Errors)
	require.Empty(t, d.asked)
	require.Equal(t, []link.Result{{Error: notThere}}, k.heard)
	require.NotContains(t, k.offered, rememberTool)
	require.Contains(t, strings.Join(d.notes, "\n"), "a tool that is not there")
	facts, err := h.Memory("mail")
	require.NoError(t, err)
	require.Empty(t, facts)
	for _, bad := range []string{`mail.ask("x", remember = 1)`, "y = True\nmail.ask(\"x\", remember = y)", `ask("x", remember = True)`, `mail.ask("x", remember = 1 == 1)`} {
		require.NotZero(t, h.Turn(t.Context(), Request{Plan: bad}, d).Exit, bad)
	}
}

// What an app remembers is agreed to, with its sources, and carries them into each later
// answer of that app's model, and of no other's.
func TestAFactIsAgreedToAndCarriesItsSources(t *testing.T) {
	dir := t.TempDir()
	k := &keeper{wants: []link.Call{fact("Bob pays on Fridays")}}
	h := keeping(t, dir, k, false)
	no := &desk{no: true}
	const plan = `reply(mail.ask("Who pays?", notes.search(query = ""), remember = True))`
	k.notes = []map[string]string{{"id": "n1", "said": "x"}}
	r := h.Turn(t.Context(), Request{Plan: plan}, no)
	require.Len(t, no.asked, 1)
	require.Equal(t, "mail.remember", no.asked[0].Call.Tool.String())
	require.Equal(t, "Bob pays on Fridays", no.asked[0].Call.Args[0].Value.Str())
	require.Equal(t, "mail, notes", no.asked[0].Call.Args[0].Value.All().String())
	require.Equal(t, []link.Result{{Error: notThere}}, k.heard)
	require.Equal(t, ExitDenied, r.Exit)

	yes := &desk{}
	require.Zero(t, h.Turn(t.Context(), Request{Plan: plan}, yes).Exit)
	require.Contains(t, k.offered, rememberTool)
	facts, err := h.Memory("mail")
	require.NoError(t, err)
	require.Len(t, facts, 1)
	require.Equal(t, "mail, notes", facts[0].Text.All().String())

	k.wants = nil
	for app, want := range map[string]string{"mail": "mail, notes", "calendar": "calendar"} {
		d := &desk{}
		r = h.Turn(t.Context(), Request{Plan: `reply(` + app + `.ask("What do you know?"))`}, d)
		require.Zero(t, r.Exit, r.Errors)
		require.Equal(t, want, d.shown[0].All().String())
		require.Equal(t, app == "mail", strings.Contains(k.saw, "Bob pays on Fridays"), app)
	}
	// A private conversation knows nothing of it, and keeps nothing.
	k.wants = []link.Call{fact("and Eve")}
	p := keeping(t, dir, k, true)
	d := &desk{}
	r = p.Turn(t.Context(), Request{Plan: `reply(mail.ask("What do you know?", remember = True))`}, d)
	require.NotContains(t, k.saw, "Bob")
	require.Equal(t, "mail", d.shown[0].All().String())
	require.Empty(t, d.asked)
	require.Contains(t, strings.Join(d.notes, "\n"), "remembers nothing of a private conversation")
	facts, err = h.Memory("mail")
	require.NoError(t, err)
	require.Len(t, facts, 1)
}

// A fact is taken back like any change, also by another process and without a question;
// where the person put other words in its place since, they are asked.
func TestAFactCanBeTakenBack(t *testing.T) {
	dir := t.TempDir()
	k := &keeper{wants: []link.Call{fact("Bob pays on Fridays"), fact("Eve pays on Mondays")}}
	h := keeping(t, dir, k, false)
	d := &desk{}
	r := h.Turn(t.Context(), Request{Plan: `mail.ask("x", remember = True)`}, d)
	require.True(t, r.Undo)
	require.True(t, d.asked[0].Undo, "the card would not say that it can be undone")
	left := func() (all []string) {
		facts, err := h.Memory("mail")
		require.NoError(t, err)
		for _, f := range facts {
			all = append(all, f.Text.Str())
		}
		return all
	}
	require.NoError(t, h.Close())
	h = keeping(t, dir, k, false)
	d = &desk{no: true}
	r = h.Undo(t.Context(), 0, d)
	require.Zero(t, r.Exit, r.Errors)
	require.Equal(t, []string{"Bob pays on Fridays"}, left())
	require.Empty(t, d.asked)
	require.Equal(t, "mail.forget", r.Calls[0].Call.Tool.String())
	require.NotZero(t, r.Calls[0].Decision.Entry, "it is in the record")

	require.NoError(t, h.facts("mail").Edit(1, "Bob pays on Sundays", h.opt.Now()))
	says := &watcher{says: "no"}
	require.Equal(t, ExitDenied, h.Undo(t.Context(), 0, says).Exit)
	require.Len(t, says.needs, 1)
	require.Equal(t, []string{"Bob pays on Sundays"}, left())
	says.says = "yes"
	require.Zero(t, h.Undo(t.Context(), 0, says).Exit)
	require.Empty(t, left())

	r = h.Undo(t.Context(), 0, says)
	require.Equal(t, ExitUsage, r.Exit)
	require.Contains(t, r.Errors[0].Message, "nothing to take back")
}

// What was forgotten by hand is not taken back, and a number that came up again is another
// fact.
func TestAForgottenFactIsNotTakenBack(t *testing.T) {
	k := &keeper{wants: []link.Call{fact("Bob pays on Fridays")}}
	h := keeping(t, t.TempDir(), k, false)
	h.Turn(t.Context(), Request{Plan: `mail.ask("x", remember = True)`}, &desk{})
	require.NoError(t, h.facts("mail").ForgetAll())
	w := &watcher{says: "no"}
	r := h.Undo(t.Context(), 0, w)
	require.Equal(t, ExitUsage, r.Exit)
	require.Contains(t, r.Errors[0].Message, "mail has forgotten that already")
	_, err := h.facts("mail").Add(label.TextOf("another", label.Of("mail")), "s", "model", h.opt.Now())
	require.NoError(t, err)
	h.Undo(t.Context(), 0, w)
	require.Len(t, w.needs, 1)
	facts, err := h.Memory("mail")
	require.NoError(t, err)
	require.Len(t, facts, 1)
}

// A request that names an app and what it is to remember asks no model, and nobody: the
// words are the person's own. Pasted ones are not, and a name that is no app's is nobody.
func TestAPersonTellsAnAppToRemember(t *testing.T) {
	k := &keeper{}
	h := keeping(t, t.TempDir(), k, false)
	for _, words := range []string{
		"let mail remember that Bob pays on Fridays", "Let Mail remember: Bob pays on Fridays",
		"please tell mail to remember that Bob pays on Fridays",
	} {
		d := &desk{}
		r := h.Turn(t.Context(), says(words), d)
		require.Zero(t, r.Exit, words)
		require.Equal(t, "intent", r.By, words)
		require.Empty(t, d.asked, words)
		facts, err := h.Memory("mail")
		require.NoError(t, err)
		require.Len(t, facts, 1, words)
		require.Equal(t, "Bob pays on Fridays", facts[0].Text.Str())
		require.Equal(t, "person", facts[0].By)
		require.True(t, facts[0].Text.All().Empty())
		require.Zero(t, h.Undo(t.Context(), 0, &desk{}).Exit, "it is taken back without a question")
	}
	pasted := Request{Words: []label.Span{{Text: "let mail remember that Eve pays", Label: label.Of(label.Paste)}}, Endorses: true}
	for words, r := range map[string]Request{
		"a paste": pasted, "nobody": says("let Bob remember that Ann pays"), "a note": says("remember that I like tea"), "no fact": says("let mail remember"), "most likely a note": says("notes, remember that I like tea"),
	} {
		require.Equal(t, "model", h.Turn(t.Context(), r, &desk{}).By, words)
	}
	require.Equal(t, ExitUsage, h.Turn(t.Context(), says("let mail remember that "+strings.Repeat("x", 301)), &desk{}).Exit)
	facts, err := h.Memory("mail")
	require.NoError(t, err)
	require.Empty(t, facts)
	require.Equal(t, ExitUsage, keeping(t, t.TempDir(), k, true).Turn(t.Context(), says("let mail remember that Bob pays"), &desk{}).Exit)
}

// That a model kept nothing may tell what it saw, as what it kept would.
func TestThatNothingWasKeptTellsToo(t *testing.T) {
	k := &keeper{}
	k.notes = []map[string]string{{"id": "n1", "said": "x"}}
	h := keeping(t, t.TempDir(), k, false)
	require.Zero(t, h.Turn(t.Context(), Request{Plan: `x = mail.ask("Keep it if it rains", notes.search(query = ""), remember = True)`}, &desk{}).Exit)
	d := &desk{}
	h.Turn(t.Context(), Request{Plan: `reply(mail.ask("Does it rain?"))`}, d)
	require.Equal(t, "mail, notes", d.shown[0].All().String())
}

// However much a model wants to keep, a person is asked about little of it.
func TestAModelThatWantsToKeepEverythingIsBounded(t *testing.T) {
	k := &keeper{wants: []link.Call{
		{Tool: rememberTool, Args: json.RawMessage(`{}`)}, {Tool: rememberTool, Args: json.RawMessage(`{"fact":1}`)},
		{Tool: rememberTool, Args: json.RawMessage(`{"fact":"x","to":"y"}`)}, fact(strings.Repeat("x", 301)),
		fact("1"), fact("2"), fact("3"), fact("4"), fact("5"),
	}}
	h := keeping(t, t.TempDir(), k, false)
	d := &desk{}
	h.Turn(t.Context(), Request{Plan: `mail.ask("x", remember = True)`}, d)
	require.Len(t, d.asked, maxKept)
	for i, got := range k.heard {
		require.Equal(t, i >= 4 && i < 7, got.Error == "", "%d %+v", i, got)
	}
	for _, q := range d.asked {
		require.Equal(t, mediator.Target, q.Call.Tool.Roles["fact"])
		require.True(t, q.Call.Args[0].Value.All().Has(label.Source("mail")))
	}
}
