package hub

import (
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

func TestOfTwoAppsThatDoTheSameThePersonChoosesOnce(t *testing.T) {
	installed := finding{"mail": "search", "quill": "search_mails", "notes": "search"}
	h := &Hub{}
	var docs []pick.Doc
	for _, name := range []string{"mail", "notes", "quill"} {
		a := apps.App{Manifest: apps.Manifest{Name: name}, Tools: []link.Tool{{Name: installed[name]}}}
		docs = append(docs, pick.Doc{App: name, Tool: installed[name], Params: []string{"query"}})
		h.pickable = append(h.pickable, toolAt{a, installed[name]})
	}
	h.picker = pick.New(docs)
	choose := func(words, source, answer string) ([]string, bool, *watcher) {
		w := &watcher{says: answer}
		prog, err := plan.Parse("plan", source, installed)
		require.NoError(t, err)
		not, ok := (&turn{h: h, ctx: t.Context(), req: says(words), person: w}).whichApp(prog)
		return not, ok, w
	}
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
