package hub

import (
	"testing"

	"github.com/stretchr/testify/require"
)

// TestWhatIsToBeANoteIsMadeOne, and no file, unless the request names the app for files, or the plan
// only takes from the notes.
func TestWhatIsToBeANoteIsMadeOne(t *testing.T) {
	file, note := "```\ndisk.write_file(path = \"tea\", content = \"buy tea\")\n```", "```\nnotes.add(text = \"buy tea\")\n```"
	for words, c := range map[string]struct {
		plan string
		want []string
	}{
		"keep as a note: buy tea":           {file, []string{"notes.add"}},
		"save on disk, as a note: buy tea":  {file, []string{"disk.write_file"}},
		"save as a note in tea.txt: buy it": {file, []string{"disk.write_file"}},
		"add a task: a note for Bo":         {file, []string{"disk.write_file"}},
		"keep in mind: buy tea":             {file, []string{"disk.write_file"}},
		"write my note on tea into tea.txt": {"```\nx = notes.search(query = \"tea\")\ndisk.write_file(path = \"tea.txt\", content = str(x))\n```", []string{"notes.search", "disk.write_file"}},
	} {
		h, s := inEmptyHouse(t, c.plan, note)
		w := &watcher{}
		h.Turn(t.Context(), says(words), w)
		require.Equal(t, c.want, w.tools(), words)
		if c.want[0] == "notes.add" {
			require.Contains(t, s.read(1), "the request speaks of notes, and this changes something else: call the right one of notes.add", words)
		}
	}
}

// TestAQuestionAboutNothingThatContactsHoldIsNotForThem: what somebody wants stands elsewhere.
func TestAQuestionAboutNothingThatContactsHoldIsNotForThem(t *testing.T) {
	look := "```\nreply(contacts.find(name = \"Library\"))\n```"
	for words, want := range map[string][]string{
		"when is my library book due back?":    {"mail.search"},
		"show me what contacts say of library": {"contacts.find"},
	} {
		h, s := inEmptyHouse(t, look, "```\nreply(mail.search(query = \"library\"))\n```")
		w := &watcher{}
		h.Turn(t.Context(), says(words), w)
		require.Equal(t, want, w.tools()[:1], words)
		if want[0] == "mail.search" {
			require.Contains(t, s.read(1), "the request asks for nothing of the kind: call the right one of", words)
		}
	}
}

// TestTheToolThatIsCalledAsTheRequestBeginsIsTheOne, where its app has one of that name.
func TestTheToolThatIsCalledAsTheRequestBeginsIsTheOne(t *testing.T) {
	write, load := "```\ndisk.write_file(path = \"a\", content = \"full\")\n```", "```\ndisk.append_file(path = \"a\", content = \"full\")\n```"
	for words, want := range map[string]string{
		"please append to a on the disk: full": "disk.append_file",
		"put into a on the disk: full":         "disk.write_file",
	} {
		h, _ := inEmptyHouse(t, write, load)
		w := &watcher{}
		h.Turn(t.Context(), says(words), w)
		require.Equal(t, []string{want}, w.tools(), words)
	}
}

// TestNothingIsMadeBesideWhatTheRequestNames: a note beside the file that it asks for is left out.
func TestNothingIsMadeBesideWhatTheRequestNames(t *testing.T) {
	both := "```\nnotes.add(text = \"tea\")\ndisk.write_file(path = \"tea\", content = \"tea\")\n```"
	for words, want := range map[string][]string{
		"add tea to the disk":              {"disk.write_file"},
		"add tea to the disk and a note":   {"notes.add", "disk.write_file"},
		"add tea to whatever there may be": {"notes.add", "disk.write_file"},
	} {
		h, _ := inEmptyHouse(t, both)
		w := &watcher{}
		h.Turn(t.Context(), says(words), w)
		require.Equal(t, want, w.tools(), words)
	}
}

// TestWhatAsksForNoChangeIsLookedUp: "poster ideas note" is to be found, and not made.
func TestWhatAsksForNoChangeIsLookedUp(t *testing.T) {
	h, _ := inEmptyHouse(t, "```\nnotes.add(text = \"poster ideas\")\n```")
	w := &watcher{}
	h.Turn(t.Context(), says("poster ideas note"), w)
	require.Equal(t, []string{"notes.search"}, w.tools())
	require.Contains(t, w.notes, "nothing in your words asks for a change, so your words were looked for with notes.search")
}
