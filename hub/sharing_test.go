package hub

import (
	"os"
	"path/filepath"
	"testing"

	"github.com/stretchr/testify/require"

	"secgpt/apps"
)

func TestAppsThatWriteToOnePlace(t *testing.T) {
	dir := t.TempDir()
	notes := filepath.Join(dir, "notes")
	require.NoError(t, os.MkdirAll(filepath.Join(notes, "work"), 0o700))
	require.NoError(t, os.Symlink(notes, filepath.Join(dir, "link")))
	app := func(name, path string, write bool) apps.App {
		return apps.App{Manifest: apps.Manifest{Name: name}, Files: []apps.FileAt{{Path: path, Write: write}}}
	}
	reader := app("notes", notes, true)
	for name, c := range map[string]struct {
		path   string
		write  bool
		shares bool
	}{
		"the same":       {notes, true, true},
		"a folder in it": {filepath.Join(notes, "work"), true, true},
		"one around it":  {dir, true, true},
		"by a link":      {filepath.Join(dir, "link"), true, true},
		"only to read":   {notes, false, false},
		"a like name":    {notes + "2", true, false},
		"somewhere else": {filepath.Join(dir, "mail"), true, false},
	} {
		got := sharing(reader, []apps.App{reader, app("other", c.path, c.write)})
		require.Equal(t, c.shares, len(got) == 1, name)
	}
}
