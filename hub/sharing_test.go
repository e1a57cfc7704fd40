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

func TestAppsThatReachOneHost(t *testing.T) {
	app := func(name string, hosts ...string) apps.App {
		return apps.App{Manifest: apps.Manifest{Name: name, Grants: apps.Grants{Hosts: hosts}}}
	}
	reader := app("mail", "imap.example.org:993", "smtp.example.org:587")
	for name, c := range map[string]struct {
		hosts  []string
		shares bool
	}{
		"none":           {nil, false},
		"another":        {[]string{"example.org"}, false},
		"the same":       {[]string{"imap.example.org:993"}, true},
		"another port":   {[]string{"x.example.org", "http://imap.example.org:8080"}, true},
		"cannot be read": {[]string{"://"}, true},
	} {
		got := sharing(reader, []apps.App{reader, app("other", c.hosts...)})
		require.Equal(t, c.shares, len(got) == 1, name)
	}
	pinned := app("a", "nas.home:8443@192.168.1.5")
	require.Len(t, sharing(pinned, []apps.App{app("b", "disk.home:22@192.168.1.5")}), 1)
	require.Empty(t, sharing(pinned, []apps.App{app("b", "disk.home:22@192.168.1.6")}))
}
