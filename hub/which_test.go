package hub

import (
	"maps"
	"slices"
	"testing"

	"github.com/stretchr/testify/require"

	"secgpt/apps"
	"secgpt/apps/link"
	"secgpt/hub/pick"
	"secgpt/hub/plan"
	"secgpt/mediator"
)

// finding are apps with one tool each.
type finding map[string]string

func (f finding) Apps() (all []string) {
	for a := range f {
		all = append(all, a)
	}
	return all
}
func (f finding) ToolsOf(app string) []string { return []string{f[app]} }
func (f finding) Tool(app, tool string) (plan.Sig, bool) {
	return plan.Sig{Effect: mediator.Read}, f[app] == tool
}

// twins is a hub with these apps, of which those in ours are built in, and how it chooses
// for a request and a plan.
func twins(t *testing.T, installed finding, ours ...string) (*Hub, func(words, source, answer string) ([]string, bool, *watcher)) {
	h := &Hub{}
	var docs []pick.Doc
	for _, name := range slices.Sorted(maps.Keys(installed)) {
		a := apps.App{Manifest: apps.Manifest{Name: name, BuiltIn: slices.Contains(ours, name)}, Tools: []link.Tool{{Name: installed[name]}}}
		docs = append(docs, pick.Doc{App: name, Tool: installed[name], Params: []string{"query"}})
		h.pickable = append(h.pickable, newToolAt(a, installed[name]))
	}
	h.picker = pick.New(docs)
	return h, func(words, source, answer string) ([]string, bool, *watcher) {
		w := &watcher{says: answer}
		prog, err := plan.Parse("plan", source, installed)
		require.NoError(t, err)
		not, ok := (&turn{h: h, ctx: t.Context(), req: says(words), person: w}).whichApp(prog)
		return not, ok, w
	}
}

// A request that names an app, or what the things of a built-in one are called, needs no
// question, whichever of them the plan took.
func TestOfTwoAppsTheNamedOneIsMeant(t *testing.T) {
	installed := finding{"mail": "search", "quill": "search_mails", "inbox": "search"}
	const ours, theirs = "reply(mail.search())", "reply(quill.search_mails())"
	for _, c := range []struct {
		words, plan string
		not         []string
		asks        bool
	}{
		{"show my mails", ours, nil, false},
		{"show my e-mails", theirs, []string{"inbox", "quill"}, false},
		{"what is new in mail", theirs, []string{"inbox", "quill"}, false},
		{"show my mails in Quill", ours, []string{"inbox", "mail"}, false},
		{"show my mails in Quill", theirs, nil, false},
		{"find the flight with inbox", ours, []string{"mail", "quill"}, false},
		{"show my letters", ours, nil, true},
		{"show the mail that fell into the inbox", ours, nil, true}, // the app's name, or a place
		{"copy it from quill in mail", ours, nil, false},            // mail is named, and the plan took it
		{"flights by inbox or by quill", ours, nil, true},
	} {
		h, choose := twins(t, installed, "mail")
		not, ok, w := choose(c.words, c.plan, "")
		require.Equal(t, c.asks, len(w.needs) > 0, c.words)
		require.Equal(t, !c.asks, ok, c.words)
		require.Equal(t, c.not, not, c.words)
		require.Empty(t, h.chosen, "it holds for this request alone")
	}
	_, choose := twins(t, installed)
	_, ok, _ := choose("show my mails", ours, "")
	require.False(t, ok, "none of them is built in")
}

func TestOfTwoAppsThatDoTheSameThePersonChoosesOnce(t *testing.T) {
	h, choose := twins(t, finding{"mail": "search", "quill": "search_mails", "notes": "search"})
	_, ok, w := choose("show my mails", "reply(notes.search())", "")
	require.True(t, ok)
	require.Empty(t, w.needs, "nothing else finds notes")
	_, ok, w = choose("show my mails", "reply(mail.search(), quill.search_mails())", "")
	require.True(t, ok)
	require.Empty(t, w.needs, "a plan that asks both has chosen nothing")
	_, ok, w = choose("show my mails", "reply(mail.search())", "")
	require.False(t, ok, "nobody answered")
	require.Len(t, w.needs[0].Choices, 2)
	_, ok, _ = choose("show my mails", "reply(mail.search())", "both")
	require.False(t, ok)
	require.Empty(t, h.unwanted("show my mails"))

	not, ok, _ := choose("show my mails", "reply(mail.search())", "quill")
	require.True(t, ok)
	require.Equal(t, []string{"mail"}, not, "it is planned anew without the other")
	_, ok, w = choose("show my mails again", "reply(quill.search_mails())", "")
	require.True(t, ok)
	require.Empty(t, w.needs, "the answer holds for the conversation")
	require.Equal(t, []string{"mail"}, h.unwanted("show my mails again"))
}
