//go:build linux

package cli_test

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"secgpt/hub"
	"secgpt/mediator"
	"secgpt/mediator/label"
)

// writes are plans that call each built-in tool of effect write once.
var writes = map[string]string{
	"calendar.create_event": "calendar.create_event(title = \"New\", start = \"2026-12-01\", location = \"Here\")",
	"calendar.update_event": "e = calendar.list_events(start = when(\"today\"), end = \"2027-06-01\")[0]\ncalendar.update_event(id = e.id, title = \"Another title\")",
	"calendar.delete_event": "e = calendar.list_events(start = when(\"today\"), end = \"2027-06-01\")[0]\ncalendar.delete_event(id = e.id)",
	"contacts.add":          "contacts.add(name = \"New Person\", email = \"new@example.org\")",
	"notes.add":             "notes.add(text = \"New\", title = \"new\")",
	"notes.delete":          "n = notes.search(query = \"\")[0]\nnotes.delete(id = n.id)",
}

// contents are the files of the sample's apps, byte for byte.
func (d *desk) contents() map[string]string {
	all := map[string]string{}
	for _, app := range []string{"calendars", "contacts", "notes"} {
		root := filepath.Join(d.dir, "sample", app)
		require.NoError(d.t, filepath.WalkDir(root, func(path string, e os.DirEntry, err error) error {
			if err != nil || e.IsDir() || strings.HasPrefix(e.Name(), ".") {
				return err
			}
			data, err := os.ReadFile(path)
			all[strings.TrimPrefix(path, root)] = string(data)
			return err
		}))
	}
	return all
}

// Undo restores exactly what a call changed, without a question, for every tool of a
// built-in app that writes; from another process too.
func TestUndoForEveryWrite(t *testing.T) {
	d := newDesk(t)
	r, err := hub.Apps(d.p)
	require.NoError(t, err)
	for _, app := range r.List() {
		for _, described := range app.Tools {
			name := described.Name
			tool, _ := app.Tool(name)
			if !app.BuiltIn || tool.Effect != mediator.Write || name == "undo" {
				continue
			}
			full := app.Name + "." + name
			t.Run(full, func(t *testing.T) {
				require.True(t, tool.Undo, "the question would not say that it can be undone")
				plan, ok := writes[full]
				require.True(t, ok, "no plan here calls it")
				before := d.contents()
				d.says(mediator.Once)
				done := d.plan(plan)
				require.Zero(t, done.Exit, "%v", done.Errors)
				require.True(t, done.Undo)
				require.NotEqual(t, before, d.contents())
				d.asked, d.answer = nil, nil
				back := d.Undo(t.Context(), 0, d)
				require.Zero(t, back.Exit, "%v", back.Errors)
				require.Empty(t, d.asked)
				require.Equal(t, before, d.contents())
				require.NotZero(t, d.Undo(t.Context(), done.Calls[len(done.Calls)-1].Call.N, d).Exit, "taken back twice")

				d.says(mediator.Once)
				require.Zero(t, d.plan(plan).Exit)
				require.Zero(t, run(t, "", "undo", "--profile", d.dir).code)
				require.Equal(t, before, d.contents())
			})
		}
	}
}

// What changed since is shown, and asked about; a no leaves it.
func TestUndoOfWhatChangedSinceAsks(t *testing.T) {
	d := newDesk(t)
	d.says(mediator.Once)
	require.Zero(t, d.plan("e = calendar.create_event(title = \"New\", start = \"2026-12-01\")\ncalendar.update_event(id = e.id, title = \"Changed by hand\")").Exit)
	first := 0
	for _, e := range d.events {
		if x, ok := e.(hub.Decided); ok && x.Call.Tool.Name == "create_event" {
			first = x.Call.N
		}
	}
	said := "no"
	var asked []string
	d.need = func(n hub.Need) (hub.Given, bool) {
		asked = append(asked, n.Question)
		return hub.Given{Text: said}, true
	}
	before := d.contents()
	r := d.Undo(t.Context(), first, d)
	require.Equal(t, 4, r.Exit)
	require.Len(t, asked, 1)
	require.Contains(t, shown(r), "Changed by hand")
	require.True(t, r.Blocks[0].Value.All().Has(label.Source("calendar")), "what the app shows is not marked as its own")
	require.Equal(t, before, d.contents())
	said = "yes"
	require.Zero(t, d.Undo(t.Context(), first, d).Exit)
	require.NotContains(t, d.file("sample", "calendars", "personal.ics"), "Changed by hand")
}
