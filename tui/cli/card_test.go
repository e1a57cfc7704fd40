//go:build linux

package cli_test

import (
	"context"
	"path/filepath"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"secgpt/hub"
	"secgpt/mediator"
	"secgpt/mediator/audit"
)

// What can be known together is asked at once: the first number is how many cards,
// then how many decisions each holds.
func TestOneCardForAPlan(t *testing.T) {
	const ms = "ms = mail.search(limit = 3)\n"
	for name, c := range map[string]struct {
		plan  string
		cards []int
	}{
		"three changes": {ms + "notes.add(text = ms[0].subject)\ncalendar.create_event(title = ms[1].subject, start = \"2026-12-01\")\nnotes.add(text = ms[2].subject)",
			[]int{3}},
		"the second takes the first's result": {ms + "e = calendar.create_event(title = ms[0].subject, start = \"2026-12-01\")\nnotes.add(text = e.title)",
			[]int{1, 1}},
		"a loop":                            {ms + "for m in ms: notes.add(text = m.subject)", []int{3}},
		"a loop over what is not there yet": {ms + "for m in ms:\n  e = calendar.create_event(title = m.subject, start = \"2026-12-01\")\n  notes.add(text = e.title)", []int{1, 2, 2, 1}},
		"more than one card holds":          {ms + "for i in range(25): notes.add(text = ms[0].subject + str(i))", []int{20, 5}},
		"a change between that needs no yes": {ms + "notes.add(text = ms[0].subject)\nnotes.add(text = \"mine\")\nnotes.add(text = ms[1].subject)",
			[]int{2}},
		"a read of another app between": {ms + "notes.add(text = ms[0].subject)\nc = contacts.find(name = \"Alice\")\ncalendar.create_event(title = c[0].name, start = \"2026-12-01\")",
			[]int{2}},
		"a read of the app that changes": {ms + "notes.add(text = ms[0].subject)\nn = notes.search(query = \"\")\ncalendar.create_event(title = n[0].title, start = \"2026-12-01\")",
			[]int{1, 1}},
		"replies between":           {ms + "notes.add(text = ms[0].subject)\nreply(\"Noted.\")\nnotes.add(text = ms[1].subject)\nreply(\"And again.\")", []int{2}},
		"a branch on a result":      {ms + "n = notes.add(text = ms[0].subject)\nif n: notes.add(text = ms[1].subject)", []int{1, 1}},
		"a branch on what is known": {ms + "notes.add(text = ms[0].subject)\nif len(ms) > 1: notes.add(text = ms[1].subject)", []int{2}},
		"a question before":         {ms + "notes.add(text = ms[0].subject)\nw = need(\"Which?\")\nnotes.add(text = ms[1].subject + w)", []int{1, 1}},
	} {
		t.Run(name, func(t *testing.T) {
			d := newDesk(t)
			d.says(mediator.Once)
			d.need = func(hub.Need) (hub.Given, bool) { return hub.Given{Text: "x"}, true }
			r := d.plan(c.plan)
			require.Zero(t, r.Exit, "%v %v", r.Errors, r.Denied)
			require.Equal(t, c.cards, d.cards)
			require.Equal(t, len(c.cards), r.Questions)
			require.Equal(t, len(d.asked), r.Decisions)
		})
	}
}

// Each decision has a digest, an audit line and reasons of its own, and calls are made in
// the order of the plan.
func TestDecisionsOfACardAreRecordedOneByOne(t *testing.T) {
	d := newDesk(t)
	d.says(mediator.Once)
	r := d.plan("ms = mail.search(limit = 2)\nnotes.add(text = ms[0].subject)\nreply(\"first\")\nc = contacts.find(name = \"Alice\")\nnotes.add(text = c[0].name)\nreply(\"second\")")
	require.Zero(t, r.Exit, "%v", r.Errors)
	require.Equal(t, []int{2}, d.cards)
	require.NotEqual(t, d.asked[0].Digest, d.asked[1].Digest)
	entries, err := audit.Read(filepath.Join(d.dir, "state"), func(e audit.Entry) bool { return e.Tool == "add" }, 10)
	require.NoError(t, err)
	require.Len(t, entries, 2)
	require.Equal(t, []string{"foreign text: mail"}, entries[0].Reasons)
	require.Equal(t, []string{"foreign text: contacts"}, entries[1].Reasons)
	require.Equal(t, `"first""second"`, shown(r))
	var order []string
	for _, e := range d.events {
		switch e := e.(type) {
		case hub.Decided:
			if e.Call.Tool.Name == "add" {
				order = append(order, "decided")
			}
		case hub.Replied:
			order = append(order, "replied")
		}
	}
	require.Equal(t, []string{"decided", "replied", "decided", "replied"}, order)
}

// After a no to one decision the rest comes on a card of its own that says so; without a
// yes to that nothing more changes.
func TestAfterANoTheRestOfAPlanAsks(t *testing.T) {
	const plan = "ms = mail.search(limit = 3)\nfor m in ms: notes.add(text = m.subject)\nnotes.add(text = \"mine\")\nreply(\"All saved.\")"
	d := newDesk(t)
	d.cardAnswer = func(card []mediator.Question) []mediator.Answer {
		if len(d.cards) > 1 {
			return nil
		}
		return []mediator.Answer{{Scope: mediator.Once, Digest: card[0].Digest, By: "person"}, {By: "person", Digest: card[1].Digest}}
	}
	before := strings.Count(d.tree(), ".md ")
	r := d.plan(plan)
	require.Equal(t, 4, r.Exit)
	require.Equal(t, []int{3, 2}, d.cards, "the change that needed no yes needs one now")
	for _, q := range d.asked[3:] {
		require.Equal(t, mediator.Stopped, q.Reasons[len(q.Reasons)-1].Kind)
		require.Equal(t, []mediator.Scope{mediator.Once, mediator.Never}, q.Scopes)
	}
	require.Equal(t, before+1, strings.Count(d.tree(), ".md "))
	require.Empty(t, shown(r))

	d = newDesk(t)
	d.says(mediator.No)
	r = d.plan(plan)
	require.Equal(t, []int{3, 1}, d.cards, "no to all is asked once; what stood behind it asks alone")
	require.Equal(t, 2, r.Questions)
	require.Equal(t, 4, r.Decisions)
}

// What an error of the plan comes after is done all the same: whether it is must not
// depend on what the plan read later.
func TestAPlanThatFailsLaterHasDoneWhatCameBefore(t *testing.T) {
	d := newDesk(t)
	d.says(mediator.Once)
	r := d.plan("ms = mail.search(limit = 1)\nn = notes.add(text = ms[0].subject)\nx = ms[7].subject")
	require.Equal(t, 2, r.Exit)
	require.Equal(t, []int{1}, d.cards)
	r = d.plan("reply(n)")
	require.Zero(t, r.Exit, "%v", r.Errors)
}

// A turn that ends while it asks has changed nothing.
func TestATurnThatEndsWhileItAsks(t *testing.T) {
	d := newDesk(t)
	ctx, cancel := context.WithCancel(t.Context())
	d.says(mediator.Once)
	d.cardAnswer = func(card []mediator.Question) []mediator.Answer {
		cancel()
		var all []mediator.Answer
		for _, q := range card {
			all = append(all, d.answer(q))
		}
		return all
	}
	require.Zero(t, d.plan("reply(mail.search(limit = 1))").Exit) // its room leaves files
	before := d.tree()
	r := d.Turn(ctx, hub.Request{Plan: "ms = mail.search(limit = 2)\nfor m in ms: notes.add(text = m.subject)"}, d)
	require.Equal(t, 130, r.Exit)
	require.Equal(t, before, d.tree())
}

// A dry run lists all that would be asked, and calls nothing.
func TestADryRunListsAllQuestions(t *testing.T) {
	d := newDesk(t, func(o *hub.Options) { o.DryRun = true })
	require.Zero(t, d.plan("reply(mail.search(limit = 1))").Exit) // its room leaves files
	before := d.tree()
	r := d.plan("ms = mail.search(limit = 3)\nfor m in ms: notes.add(text = m.subject)")
	require.Equal(t, before, d.tree())
	require.Empty(t, d.cards)
	var remedies []string
	for _, c := range r.Calls[1:] {
		require.True(t, c.Decision.Dry)
		remedies = append(remedies, c.Decision.Remedy)
	}
	require.Equal(t, []string{"allow mail -> notes.add", "allow mail -> notes.add", "allow mail -> notes.add"}, remedies)
}
