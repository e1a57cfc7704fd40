package notes

import (
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"go.uber.org/goleak"
	"pgregory.net/rapid"

	"secgpt/apps/builtin"
	"secgpt/apps/builtin/apptest"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

// A client talks to the app over pipes, as a spoke does.
type client struct{ *apptest.App }

// start runs the app on a folder with these files.
func start(t *testing.T, files map[string]string) *client {
	t.Helper()
	return &client{apptest.Open(t, "notes", files, Server)}
}

func (c *client) add(text, title string) builtin.Out[Note] {
	c.T.Helper()
	return apptest.Get[Note](c.T, c.MCP, "add", addIn{text, title})
}

func (c *client) search(query string) builtin.Out[[]Note] {
	c.T.Helper()
	return apptest.Get[[]Note](c.T, c.MCP, "search", searchIn{query})
}

// files are the names in the folder.
func (c *client) files() []string {
	c.T.Helper()
	all := []string{}
	entries, err := os.ReadDir(c.Folder)
	require.NoError(c.T, err)
	for _, e := range entries {
		all = append(all, e.Name())
	}
	return all
}

func titles(found []Note) []string {
	all := []string{}
	for _, n := range found {
		all = append(all, n.Title)
	}
	return all
}

func TestAddNeverWritesOver(t *testing.T) {
	c := start(t, map[string]string{"milk-and-bread.md": "old"})
	a, b := c.add("Milk and bread", ""), c.add("more", "Milk  and\nbread")
	require.Equal(t, []string{"milk-and-bread-2.md", "milk-and-bread-3.md", "milk-and-bread.md"}, c.files())
	require.Equal(t, "Milk and bread\n", a.Result.Text)
	require.Equal(t, "# Milk and bread\n\nmore\n", b.Result.Text)
	require.Equal(t, "Milk and bread", b.Result.Title)
	require.NotEqual(t, a.Result.ID, b.Result.ID)
	info, err := os.Stat(filepath.Join(c.Folder, "milk-and-bread-2.md"))
	require.NoError(t, err)
	require.Equal(t, os.FileMode(0o600), info.Mode())

	require.True(t, c.Undo(a.Undo).Done)
	require.Equal(t, []string{"milk-and-bread-3.md", "milk-and-bread.md"}, c.files())
	require.NoError(t, os.WriteFile(filepath.Join(c.Folder, "milk-and-bread-3.md"), []byte("changed"), 0o600))
	require.True(t, c.Undo(b.Undo).Changed, "somebody wrote on")
	require.Len(t, c.files(), 2)
}

func TestAddRefuses(t *testing.T) {
	c := start(t, nil)
	for want, in := range map[string]addIn{
		"needs a text": {Text: " \n"}, "too long": {Text: strings.Repeat("x", maxWritten+1)}, "with a title": {"x", strings.Repeat("x", 300)}, "is text": {Text: "a\x00b"},
	} {
		b, err := json.Marshal(in)
		require.NoError(t, err)
		text, failed := apptest.Call(t, c.MCP, "add", string(b))
		require.True(t, failed)
		require.Contains(t, text, want)
	}
	require.Empty(t, c.files())
}

func TestSearch(t *testing.T) {
	c := start(t, map[string]string{
		"a.md":       "---\ntags: x\n---\n\n# Über Käse\n\nGouda",
		"sub/b.md":   "Second line of many\nKASE and wine",
		"empty.md":   "",
		"c.txt":      "kase",
		".hidden.md": "kase",
		"bom.md":     "\ufeff# Marked\nkäse",
		"raw.md":     "caf\xe9",
		"binary.md":  "a\x00b",
		"large.md":   strings.Repeat("x", maxNote+1),
	})
	for i, name := range []string{"a.md", "sub/b.md", "bom.md", "empty.md", "raw.md"} {
		at := time.Date(2026, 11, 20-i, 0, 0, 0, 0, time.UTC)
		require.NoError(t, os.Chtimes(filepath.Join(c.Folder, name), at, at))
	}
	got := c.search("käse")
	require.Equal(t, []string{"Über Käse", "Second line of many", "Marked"}, titles(got.Result))
	require.Equal(t, "2026-11-20T00:00:00Z", got.Result[0].Changed)
	require.Len(t, got.Problems, 1)
	require.Contains(t, got.Problems[0], "2 of 7 notes could not be read")
	require.Contains(t, got.Problems[0], "binary.md: it is no text")
	require.Contains(t, got.Problems[0], "large.md: 1048577 bytes")
	require.Equal(t, []string{"Second line of many"}, titles(c.search("wine kase").Result))
	require.Equal(t, []string{"Über Käse", "Second line of many", "Marked", "empty", "caf\uFFFD"}, titles(c.search("").Result), "the newest first")
	none := c.search("nothing has this")
	require.NotNil(t, none.Result)
	require.Empty(t, none.Result)
}

func TestSearchForgivesAndSaysSo(t *testing.T) {
	c := start(t, map[string]string{
		"a.md": "# The cactus\n\nA teaspoon of water.", "b.md": "# Mum's rice\n\nTwo cups of water.",
		"c.md": "# Plan B\n\nrun", "d.md": "# Plan A\n\nnot as in plan B", "e.md": "# Invoices",
	})
	for i, name := range []string{"e.md", "d.md", "c.md", "b.md", "a.md"} {
		at := time.Date(2026, 11, 20-i, 0, 0, 0, 0, time.UTC)
		require.NoError(t, os.Chtimes(filepath.Join(c.Folder, name), at, at))
	}
	for query, want := range map[string][]string{
		"my note about the cactus": {"The cactus"}, `"mums rice"`: {"Mum's rice"}, "the invoice": {"Invoices"},
		"Notiz über den Kaktus": {}, "plan b": {"Plan B", "Plan A"}, "water": {"Mum's rice", "The cactus"},
	} {
		got := c.search(query)
		require.Equal(t, want, titles(got.Result), query)
		require.Empty(t, got.Problems, query)
	}
	got := c.search("how many rice cups for the party")
	require.Equal(t, []string{"Mum's rice"}, titles(got.Result))
	require.Equal(t, []string{`nothing has all of the words "many", "rice", "cups", "party"; these have the most`}, got.Problems)
	all := c.search("all of my notes")
	require.Len(t, all.Result, 5)
	require.Contains(t, all.Problems[0], "this is what there is")
}

// A plan deletes the first note that it finds: not if it only guessed.
func TestAGuessIsNotDeleted(t *testing.T) {
	c := start(t, map[string]string{"a.md": "# The cactus\n\nA teaspoon.", "b.md": "# Rice"})
	guess := c.search("cactus penguins")
	require.Equal(t, []string{"The cactus"}, titles(guess.Result))
	_, failure := apptest.Try[Note](t, c.MCP, "delete", deleteIn{guess.Result[0].ID})
	require.Contains(t, failure, `the note "The cactus" was not touched`)
	require.Len(t, c.files(), 2)
	require.Equal(t, guess.Result[0].ID, c.search("the cactus").Result[0].ID)
	_, failure = apptest.Try[Note](t, c.MCP, "delete", deleteIn{guess.Result[0].ID})
	require.Empty(t, failure)
	require.Equal(t, []string{"b.md"}, c.files())
}

func TestTooManyAreCutAndSaid(t *testing.T) {
	files := map[string]string{}
	for i := range 120 {
		files[fmt.Sprintf("%03d.md", i)] = strings.Repeat("\x01<word> ", 10_000)
	}
	got := start(t, files).search("word")
	require.Less(t, len(got.Result), maxFound, "an answer has a size")
	require.NotEmpty(t, got.Result)
	require.Contains(t, got.Problems[0], fmt.Sprintf("%d older notes are not here", 120-len(got.Result)))
}

func TestDeleteAndUndo(t *testing.T) {
	c := start(t, map[string]string{"keep.md": "keep", "sub/gone.md": "# Gone\r\nwith \xff bytes"})
	id := c.search("gone").Result[0].ID
	deleted := apptest.Get[Note](t, c.MCP, "delete", deleteIn{id})
	require.Equal(t, "Gone", deleted.Result.Title)
	require.Empty(t, c.search("gone").Result)
	require.True(t, c.Undo(deleted.Undo).Done)
	path := filepath.Join(c.Folder, "sub/gone.md")
	b, err := os.ReadFile(path)
	require.NoError(t, err)
	require.Equal(t, "# Gone\r\nwith \xff bytes", string(b))
	info, err := os.Stat(path)
	require.NoError(t, err)
	require.Equal(t, os.FileMode(0o640), info.Mode())
	require.Equal(t, id, c.search("gone").Result[0].ID)

	for _, foreign := range []string{"", "keep.md", "../keep.md", "sub/gone.md", "n0000000000000000"} {
		text, failed := apptest.Call(t, c.MCP, "delete", fmt.Sprintf(`{"id":%q}`, foreign))
		require.True(t, failed)
		require.Contains(t, text, "search again")
	}
}

func TestNotesSideBySideAllArrive(t *testing.T) {
	c := start(t, nil)
	var all sync.WaitGroup
	for range 20 {
		all.Go(func() {
			if text, failed := apptest.Call(t, c.MCP, "add", `{"text":"the same"}`); failed {
				t.Error(text)
			}
		})
	}
	all.Wait()
	require.Len(t, c.files(), 20)
}

func TestSlugsAreSafeNames(t *testing.T) {
	for title, want := range map[string]string{
		"Milk & Bread!": "milk-bread", "../../etc/passwd": "etc-passwd", "...": "note", "": "note", "Über Käse": "über-käse",
		"a\u202eb": "a-b", "CON": "con", "日本語": "日本語", "a/b\x00c": "a-b-c",
	} {
		require.Equal(t, want, slug(title))
	}
	rapid.Check(t, func(t *rapid.T) {
		s := slug(rapid.String().Draw(t, "title"))
		if s == "" || len(s) > maxSlug || strings.ContainsAny(s, "/\\.\x00 \n") || strings.HasPrefix(s, "-") {
			t.Fatalf("%q is no safe name", s)
		}
	})
}
