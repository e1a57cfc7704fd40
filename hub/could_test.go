package hub

import (
	"context"
	"encoding/json"
	"testing"

	"github.com/stretchr/testify/require"

	"secgpt/apps"
	"secgpt/hub/profile"
	"secgpt/hub/rooms"
	"secgpt/mediator/policy"
)

// A call that a rule refuses whatever decides over it leaves nothing in the app, made or
// not. What the rule does not surely refuse tells something by its absence.
func TestWhatARuleDeniesLeavesNothing(t *testing.T) {
	const fromMail = "ms = mail.search()\nfor m in ms: notes.add(title = \"t\", text = m.subject)"
	const notTaken = "ms = mail.search()\nif len(ms) > 5: notes.add(title = \"t\", text = \"x\")"
	for name, c := range map[string]struct {
		rule, plan, want string
	}{
		"the app is denied":                                       {"deny mail -> notes", fromMail, "notes"},
		"the tool is denied":                                      {"deny mail -> notes.add", fromMail, "notes"},
		"everything is denied":                                    {"deny any -> notes.add", fromMail, "notes"},
		"denied, and not taken":                                   {"deny mail -> notes", notTaken, "notes"},
		"an argument that failed":                                 {"deny mail -> notes", "f = mail.read(id = mail.search()[0].id)\nnotes.add(title = \"t\", text = f)", "notes"},
		"an argument that failed, not denied":                     {"deny web -> notes", "f = mail.read(id = mail.search()[0].id)\nnotes.add(title = \"t\", text = f)", "mail, notes"},
		"not denied":                                              {"deny web -> notes", notTaken, "mail, notes"},
		"another tool is denied":                                  {"deny mail -> notes.update", notTaken, "mail, notes"},
		"only some arguments are denied":                          {`deny mail -> notes.add(title="t")`, notTaken, "mail, notes"},
		"denied for a while":                                      {"deny mail -> notes until 2999-01-01", notTaken, "mail, notes"},
		"one of two that decide is denied":                        {"deny mail -> notes", "ms = mail.search()\ncs = contacts.list()\nfor i in [1, 2]:\n  if len(ms) > 5: break\n  notes.add(title = \"t\", text = \"x\")\n  if cs: break", "contacts, notes"},
		"an error, after which a call would have carried nothing": {"deny mail -> notes", "ms = mail.search()\nx = [1][len(ms)]\nnotes.add(title = \"t\", text = \"x\")", "mail, notes"},
		"the same after a branch that is denied":                  {"deny mail -> notes", notTaken + "\nx = [1][len(ms)]\nnotes.add(title = \"t\", text = \"x\")", "mail, notes"},
	} {
		t.Run(name, func(t *testing.T) {
			dir, s := t.TempDir(), &shelf{}
			p, err := profile.At(dir)
			require.NoError(t, err)
			rules, err := policy.Open(p.Policy())
			require.NoError(t, err)
			rule, err := policy.Parse(c.rule)
			require.NoError(t, err)
			n, err := rules.Add(rule)
			require.NoError(t, err)
			s.turn(t, dir, c.plan)
			require.NoError(t, rules.Remove(n))
			shown := s.turn(t, dir, `reply(notes.search(query = ""))`)
			require.Len(t, shown, 1)
			require.Equal(t, c.want, shown[0].Own().String())
		})
	}
}

// A rule that is taken away while a request runs denied nothing of what comes after, though
// the plan tells of it once.
func TestARuleThatIsTakenAwayMeanwhileDeniesNothing(t *testing.T) {
	dir, s := t.TempDir(), &shelf{}
	p, err := profile.At(dir)
	require.NoError(t, err)
	rules, err := policy.Open(p.Policy())
	require.NoError(t, err)
	rule, err := policy.Parse("deny mail -> notes")
	require.NoError(t, err)
	n, err := rules.Add(rule)
	require.NoError(t, err)
	during := &meanwhile{shelf: s, do: map[string]func(){"contacts": func() { require.NoError(t, rules.Remove(n)) }}}
	h, err := Open(Options{Profile: p, Model: "none", Rooms: during})
	require.NoError(t, err)
	notTaken := "if len(ms) > 5: notes.add(title = \"t\", text = \"x\")\n"
	r := h.Turn(t.Context(), Request{Plan: "ms = mail.search()\n" + notTaken + "if contacts.list(): z = 1\n" + notTaken}, &agrees{})
	require.Empty(t, r.Errors)
	require.NoError(t, h.Close())
	shown := s.turn(t, dir, `reply(notes.search(query = ""))`)
	require.Equal(t, "mail, notes", shown[0].Own().String())
}

// meanwhile does something while an app is called.
type meanwhile struct {
	*shelf
	do map[string]func()
}

func (m *meanwhile) Call(ctx context.Context, app apps.App, tool string, args json.RawMessage) (rooms.Reply, error) {
	if do := m.do[app.Name]; do != nil {
		do()
	}
	return m.shelf.Call(ctx, app, tool, args)
}

// A refusal that is about what an app received before says so: nothing of this request does.
func TestARefusalSaysWhatWasReceivedBefore(t *testing.T) {
	dir, s := t.TempDir(), &shelf{notes: []map[string]string{{"id": "n1", "said": "mine"}}}
	p, err := profile.At(dir)
	require.NoError(t, err)
	noted := func(plan string) []string {
		h, err := Open(Options{Profile: p, Rooms: s, Model: "none"})
		require.NoError(t, err)
		defer h.Close()
		person := &agrees{}
		r := h.Turn(t.Context(), Request{Plan: plan}, person)
		require.Equal(t, ExitDenied, r.Exit)
		return person.noted
	}
	s.turn(t, dir, "ms = mail.search()\nif len(ms) > 5: notes.add(title = \"t\", text = \"x\")")
	rules, err := policy.Open(p.Policy())
	require.NoError(t, err)
	rule, err := policy.Parse("deny mail -> notes")
	require.NoError(t, err)
	_, err = rules.Add(rule)
	require.NoError(t, err)
	require.Equal(t, []string{"notes received data of mail in an earlier request, or was not called because of it, so what notes returns counts as mail too; " +
		"`secgpt apps forget notes` ends that, and deletes what notes keeps for itself"}, noted(`ns = notes.search(query = "")`+"\nnotes.delete(id = ns[0].id)"))
	require.Empty(t, noted("ms = mail.search()\nnotes.add(title = \"t\", text = ms[0].subject)"), "it is of this request")
}
