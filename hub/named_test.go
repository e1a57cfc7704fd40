package hub

import (
	"context"
	"encoding/json"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"secgpt/apps"
	"secgpt/apps/link"
	"secgpt/hub/profile"
	"secgpt/hub/rooms"
	"secgpt/mediator"
)

// An emptyHouse has nothing in any list, and a mail about a coffee machine.
type emptyHouse struct{ *marked }

func (e emptyHouse) Call(_ context.Context, app apps.App, tool string, _ json.RawMessage) (rooms.Reply, error) {
	switch app.Name + "." + tool {
	case "mail.search":
		return rooms.Reply{Value: []byte(`[{"id":"m1","subject":"It was me"}]`)}, nil
	case "disk.get_loads":
		return rooms.Reply{Value: []byte(`{"ok":true,"loads":[{"day":"Monday"},{"day":"Tuesday"}]}`)}, nil
	case "mail.read", "disk.read_file":
		return rooms.Reply{Value: []byte(`{"text":"I cleaned the coffee machines."}`)}, nil
	}
	return rooms.Reply{Value: []byte(`[]`)}, nil
}

// inEmptyHouse is a hub with an app for files, whose planner answers as written.
func inEmptyHouse(t *testing.T, says ...string) (*Hub, *script) {
	p, err := profile.At(t.TempDir())
	require.NoError(t, err)
	added, err := apps.Open(apps.Options{DataDir: p.Data})
	require.NoError(t, err)
	m := apps.Manifest{Name: "disk", About: "Files", Command: []string{"disk"}, Tools: map[string]apps.ToolManifest{}}
	said := []link.Tool{
		{Name: "read_file", About: "Read a file", Input: json.RawMessage(`{"type":"object","properties":{"path":{"type":"string"}},"required":["path"]}`)},
		{Name: "write_file", About: "Write a file", Input: json.RawMessage(`{"type":"object","properties":{"path":{"type":"string"},"content":{"type":"string"}},"required":["path","content"]}`)},
		{Name: "append_file", About: "Append to a file", Input: json.RawMessage(`{"type":"object","properties":{"path":{"type":"string"},"content":{"type":"string"}},"required":["path","content"]}`)},
		{Name: "read_page", About: "Read a page", Input: json.RawMessage(`{"type":"object","properties":{"url":{"type":"string"}},"required":["url"]}`)},
		{Name: "get_current_load", About: "How busy the disk is", Input: json.RawMessage(`{"type":"object"}`)},
		{Name: "get_loads", About: "How busy the disk is on some days", Input: json.RawMessage(`{"type":"object","properties":{"start_date":{"type":"string"}},"required":["start_date"]}`)},
	}
	draft, err := added.Draft(apps.Agreed{Manifest: m, Said: said})
	require.NoError(t, err)
	for _, tool := range draft.Tools {
		m.Tools[tool.Name] = apps.Defaults("disk", tool)
	}
	require.NoError(t, added.Add(apps.Agreed{Manifest: m, Said: said}))
	s := &script{says: says}
	h, err := Open(Options{Profile: p, Rooms: emptyHouse{&marked{}}, Thinker: s})
	require.NoError(t, err)
	t.Cleanup(func() { h.Close() })
	return h, s
}

func TestAPlanThatDoesNothingWithWhatIsNamedGoesBack(t *testing.T) {
	h, s := inEmptyHouse(t, "```\nreply(notes.search(query = \"expiry\"))\n```", "```\nreply(disk.read_file(path = \"a/passport.txt\"))\n```")
	w := &watcher{}
	h.Turn(t.Context(), says("when does my passport expire? it's in the file a/passport.txt"), w)
	require.Contains(t, s.read(1), `the request names a/passport.txt, and this does nothing with it: call the right one of disk.read_file(path = "a/passport.txt")`)
	require.Equal(t, []string{"disk.read_file"}, w.tools())

	// A page is found by nothing less than its address.
	h, s = inEmptyHouse(t, "```\n# what https://news.example.com/strike says\nreply(notes.search(query = \"strike on https://news.example.com\"))\n```", "It is over.")
	h.Turn(t.Context(), says("What does the page https://news.example.com/strike say?"), &watcher{})
	require.Contains(t, s.read(1), `call the right one of disk.read_page(url = "https://news.example.com/strike")`)

	// What is to be a file is no note, not even the second time; what only speaks of one may be.
	note := "```\nnotes.add(text = \"almost useful\", title = \"Motto\")\n```"
	h, s = inEmptyHouse(t, note, note, note)
	r := h.Turn(t.Context(), says("save a file called motto.txt that says almost useful"), w)
	require.Contains(t, s.read(1), `call the right one of disk.write_file(path = "motto.txt")`)
	require.Empty(t, r.Calls)
	h, _ = inEmptyHouse(t, note)
	r = h.Turn(t.Context(), says("please write down to read motto.txt: almost useful"), &chooser{scope: mediator.Once, by: "person"})
	require.Len(t, r.Calls, 1)

	// A comment does nothing.
	h, s = inEmptyHouse(t, "```\n# disk.read_file(path = \"a/list.txt\")\n```", "It is empty.")
	h.Turn(t.Context(), says("show what stands in a/list.txt"), &watcher{})
	require.Contains(t, s.read(1), "this is only a comment")

	// What is now says nothing of another day.
	for words, tool := range map[string]string{"how busy is the disk on 7 december 2031?": "disk.get_loads", "how busy is the disk?": "disk.get_current_load"} {
		h, _ = inEmptyHouse(t, "```\nreply(disk.get_current_load())\n```")
		w = &watcher{}
		h.Turn(t.Context(), says(words), w)
		require.Equal(t, []string{tool}, w.tools(), words)
	}

	// An app that is named is to be asked.
	h, s = inEmptyHouse(t, "```\nreply(notes.search(query = \"cakes\"))\n```", "```\nreply(disk.read_file(path = \"cakes\"))\n```")
	h.Turn(t.Context(), says("what cakes are there on disk?"), &watcher{})
	require.Contains(t, s.read(1), "the request names disk, and this calls no tool of disk: call the right one of disk.read_file, ")

	h, s = inEmptyHouse(t, "```\nreply(scrolls.search(query = \"cakes\"))\n```", "```\nreply(disk.read_file(path = \"cakes\"))\n```")
	h.Turn(t.Context(), says("what cakes are there on disk?"), &watcher{})
	require.Contains(t, s.read(1), "there is no app or variable scrolls")
	require.Contains(t, s.read(1), "the request names disk, so call the right one of disk.read_file, ")

	// Of one's own is what one's own data knows.
	h, s = inEmptyHouse(t, "```\nreply(disk.get_current_load())\n```", "```\nreply(calendar.list_events(query = \"congress\"))\n```")
	w = &watcher{}
	h.Turn(t.Context(), says("how busy will the disk be during my big congress in Lisbon?"), w)
	require.Contains(t, s.read(1), `the request names the person's big congress, and this does nothing with it: find it first with the right one of calendar.list_events(query = "big congress"), mail.search(`)
	require.Contains(t, w.tools(), "calendar.list_events")
	for _, words := range []string{"how busy is the disk of my computer?", "how busy is my disk?", "how busy is it during the day, my disk?", "how busy is the disk now that my congress is over?"} {
		h, s = inEmptyHouse(t, "```\nreply(disk.get_current_load())\n```")
		h.Turn(t.Context(), says(words), &watcher{})
		require.Len(t, s.saw, 1, words)
	}

	// Where no plan comes about, it is read.
	h, _ = inEmptyHouse(t, "```\nreply(scrolls.search())\n```")
	w = &watcher{}
	h.Turn(t.Context(), says("when does my passport expire? it's in the file a/passport.txt"), w)
	require.Equal(t, []string{"disk.read_file"}, w.tools())
	require.Contains(t, w.notes, "no plan came about, so this is what your words name")
}

func TestNamedIn(t *testing.T) {
	for text, want := range map[string]string{
		"read https://weekly.example.net/212, please":  "https://weekly.example.net/212",
		"it's in passport.txt":                         "passport.txt",
		"see taxes/receipts-2026.csv.":                 "taxes/receipts-2026.csv",
		"(~/notes/a.md)":                               "~/notes/a.md",
		"write to alice@example.com about version 1.2": "",
		"what is on example.com":                       "",
		"":                                             "",
	} {
		name, _ := namedIn(text)
		require.Equal(t, want, name, text)
	}
}

// TestEverybodyWhomTheRequestNamesIsReached: who is left out is named, once.
func TestEverybodyWhomTheRequestNamesIsReached(t *testing.T) {
	one := "```\nmail.send(to = \"a@example.net\", body = \"the lift is broken\")\n```"
	both := "```\nmail.send(to = \"a@example.net, b@example.net\", body = \"the lift is broken\")\n```"
	h, s := inEmptyHouse(t, one, both)
	w := &watcher{}
	h.Turn(t.Context(), says("email a@example.net and B@example.net the lift is broken"), w)
	require.Contains(t, s.read(1), "the request names B@example.net, and this does nothing with it")
	require.Equal(t, []string{"mail.send"}, w.tools())
}

// What was not found in one place is looked for in another, where the request does not say
// what it is about; what the first place says of it stays that app's doing.
func TestWhatIsNotFoundIsLookedForElsewhere(t *testing.T) {
	for plan, found := range map[string]bool{
		"x = contacts.find(name = \"coffee\")\nreply(x[0].name)": true,
		"reply(notes.search(query = \"coffee\"))":                true,
		"reply(mail.search(query = \"coffee\"))":                 false, // there it is
	} {
		h, _ := inEmptyHouse(t, "```\n"+plan+"\n```", "I can't find it.")
		w := &watcher{}
		r := h.Turn(t.Context(), says("look up which of my neighbours cleaned the coffee machine"), w)
		if !found {
			require.Equal(t, []string{"mail.search"}, w.tools())
			continue
		}
		require.Len(t, w.calls, 3, "%v", w.tools())
		require.Equal(t, "mail.read", w.tools()[2])
		require.True(t, w.calls[1].Control.Has(w.calls[0].Tool.App), "that it was not there")
		require.Contains(t, w.notes, "nothing was found, so your words were looked for with mail.search")
		require.Len(t, r.Blocks[len(r.Blocks)-1].Value.Items(), 1)

		h, _ = inEmptyHouse(t, "```\n"+plan+"\n```", "I can't find it.")
		r = h.Turn(t.Context(), says("look up how far away the moon is from my house"), &watcher{})
		require.Empty(t, r.Blocks[len(r.Blocks)-1].Value.Items(), "what holds none of it is not shown")
	}
	for query, calls := range map[string]int{"query = \"Chor\", ": 2, "": 1} {
		h, _ := inEmptyHouse(t, "```\nday = when(\"tomorrow\")\nreply(calendar.list_events("+query+"start = day.start, end = day.end))\n```")
		w := &watcher{}
		h.Turn(t.Context(), says("when is the Chor tomorrow?"), w)
		require.Len(t, w.calls, calls)
		if calls > 1 {
			require.Len(t, w.calls[1].Args, 2, "the day alone")
			require.True(t, w.calls[1].Control.Has("calendar"), "that it was not there")
			require.Contains(t, w.notes, "nothing was found by those words, so this is what calendar.list_events has for tomorrow")
		}
	}
	for _, words := range []string{"what is in my notes on coffee?", "what is on tomorrow?"} {
		h, _ := inEmptyHouse(t, "```\nreply(notes.search(query = \"coffee\"))\n```")
		w := &watcher{}
		h.Turn(t.Context(), says(words), w)
		require.Len(t, w.calls, 1, words)
	}
}

// A change that nothing fits is no success.
func TestAChangeThatNothingFitsIsSaid(t *testing.T) {
	plan := "for n in notes.search(query = \"milk\"):\n  notes.delete(id = n.id)\n"
	for _, more := range []string{"", "reply(\"Deleted.\")\n"} { // nor says a plan that it was made
		h, _ := inEmptyHouse(t, "```\n"+plan+more+"```")
		r := h.Turn(t.Context(), says("delete the note about milk"), &watcher{})
		require.Equal(t, ExitModel, r.Exit)
		require.Contains(t, r.Errors[0].Message, "nothing was changed: notes.delete was to be called")
		require.Empty(t, r.Blocks)
	}
}

// What a plan says of a change before it makes it is shown once that is made.
func TestWhatIsSaidTooEarlyIsShown(t *testing.T) {
	h, _ := inEmptyHouse(t, "```\nreply(\"Added.\")\nnotes.add(text = \"milk\")\n```")
	r := h.Turn(t.Context(), says("add a note: milk"), &watcher{})
	require.Zero(t, r.Exit)
	require.Equal(t, "Added.", r.Blocks[0].Value.Str())
}

// What the first plan lacked is asked of the person in the end, when nothing else came of it.
func TestWhatWasMissedIsAskedInTheEnd(t *testing.T) {
	h, _ := inEmptyHouse(t, "```\ncalendar.create_event(title = \"Meeting\", start = when(\"Monday\").start)\n```", "```\nreply(nobody)\n```", "```\nreply(nobody, x)\n```",
		"```\ncalendar.create_event(title = \"Meeting\", start = when(\"tomorrow at 4\").start)\n```")
	w := &watcher{says: "tomorrow at 4"}
	h.Turn(t.Context(), says("set up a meeting with the neighbours from above"), w)
	require.Len(t, w.needs, 1)
	require.Equal(t, "When, for calendar.create_event?", w.needs[0].Question)
	require.Equal(t, []string{"calendar.create_event"}, w.tools())
}

// What an app says of a parameter that was left out goes to the planner in one short line.
func TestWhatIsSaidOfAParameterIsOneLine(t *testing.T) {
	require.Equal(t, "Which to list: local or all", inOneLine("Which to list:\n  local\u202e or `all`"))
	require.LessOrEqual(t, len(inOneLine(strings.Repeat("é ", 400))), maxAboutParam)
}

// What a call gives is known as the whole of it, also in the next turn: an object around a
// list is that list.
func TestAResultAroundAListIsThatList(t *testing.T) {
	h, _ := inEmptyHouse(t, "```\nfound = disk.get_loads(start_date = \"2031-12-07\")\nreply(found[0].day)\n```", "```\nreply(found[1].day)\n```")
	r := h.Turn(t.Context(), says("how busy is the disk on 7 december 2031?"), &watcher{})
	require.Empty(t, r.Errors)
	require.Equal(t, "Monday", r.Blocks[0].Value.Str())
	r = h.Turn(t.Context(), says("and the one after that?"), &watcher{})
	require.Empty(t, r.Errors)
	require.Equal(t, "Tuesday", r.Blocks[0].Value.Str())
}
