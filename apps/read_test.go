package apps

import (
	"os"
	"path/filepath"
	"testing"

	"github.com/stretchr/testify/require"

	"secgpt/mediator"
)

const good = `name = "metro"
about = "Timetables"
command = ["python3", "-m", "metro"]
pin = "sha256:00"

[grants]
files = [{ path = "~/metro", mode = "ro" }]
hosts = ["api.metro.example:443"]

[tools.buy]
about = "Buy a ticket"
effect = "send"
roles = { line = "target", Card = "credential" }
mints = ["id"]

[tools.find]
effect = "read"

[[intents]]
say = "trains to {text}"
tool = "find"
args = { to = "{text}" }
`

func writeFile(t *testing.T, path, text string) string {
	t.Helper()
	require.NoError(t, os.MkdirAll(filepath.Dir(path), 0o700))
	require.NoError(t, os.WriteFile(path, []byte(text), 0o600))
	return path
}

func TestReadManifest(t *testing.T) {
	m, err := ReadManifest(writeFile(t, filepath.Join(t.TempDir(), "app.toml"), good))
	require.NoError(t, err)
	require.Equal(t, Manifest{
		Name: "metro", About: "Timetables", Command: []string{"python3", "-m", "metro"}, Pin: "sha256:00",
		Grants: Grants{Files: []FileGrant{{Path: "~/metro", Mode: "ro"}}, Hosts: []string{"api.metro.example:443"}},
		Tools: map[string]ToolManifest{
			"buy": {About: "Buy a ticket", Effect: mediator.Send, Mints: []string{"id"},
				Roles: map[string]mediator.Role{"line": mediator.Target, "Card": mediator.Credential}},
			"find": {Effect: mediator.Read},
		},
		Intents: []Intent{{Say: "trains to {text}", Tool: "find", Args: map[string]string{"to": "{text}"}}},
	}, m)
}

// Each names the file, the line and what was expected.
func TestReadManifestRefuses(t *testing.T) {
	const head = "name = \"metro\"\ncommand = [\"m\"]\n"
	for name, c := range map[string]struct{ text, want string }{
		"no TOML":         {"name = \n", ":1: "},
		"not UTF-8":       {"name = \"\xff\"", "not UTF-8"},
		"unknown key":     {head + "\nhosts = [\"a.b\"]\n", `:4: unknown key "hosts"; expected one of name, about, command, install, pin, code, grants, tools, intents`},
		"unknown in tool": {head + "[tools.buy]\neffect = \"read\"\n\nefect = \"read\"\n", `:6: unknown key "tools.buy.efect"; expected one of about, effect, undo`},
		"unknown grant":   {head + "[grants]\nfiles = [{ path = \"/a\", mode = \"ro\", follow = true }]\n", `:4: unknown key "grants.files.follow"; expected one of path, mode`},
		"case":            {head + "[tools.buy]\nEffect = \"read\"\n", `:4: unknown key "tools.buy.Effect"; keys are in lower case`},
		"key twice":       {head + "name = \"b\"\n", ":3: "},
		"wrong type":      {head + "about = 7\n", `:3: about: found a whole number, expected a text`},
		"no table":        {"tools = 7\n" + head, `:1: tools: expected a table for each tool`},
		"list of roles":   {head + "[tools.buy]\nroles = [\"to\"]\n", `:4: roles: expected a table`},
		"text of args":    {head + "[[intents]]\nargs = \"x\"\n", `:4: args: expected a table`},
		"no grants table": {head + "grants = 1\n", `:3: grants: found a whole number, expected a table`},
		"word for list":   {"command = \"m\"\n", `:1: command: found a text, expected a list`},
		"number for bool": {head + "[tools.buy]\nundo = 1\n", `:4: tools.buy.undo: found a whole number, expected true or false`},
		"wrong effect":    {head + "[tools.buy]\neffect = \"reed\"\n", `:4: tools.buy.effect: effect "reed": expected read, write or send`},
		"wrong role":      {head + "[tools.buy]\nroles = { to = \"friend\" }\n", `role "friend": expected target, destination`},
		"no name":         {"command = [\"m\"]\n", `:1: name is missing; expected name = "…"`},
		"no command":      {"name = \"metro\"\n\ncommand = []\n", `:3: command is missing`},
		"mode":            {head + "[grants]\nfiles = [{ path = \"/a\", mode = \"rx\" }]\n", `:4: mode "rx": expected ro or rw`},
		"relative":        {head + "[grants]\nfiles = [{ path = \"mail\", mode = \"ro\" }]\n", `:4: path "mail": expected a path that starts with / or ~/`},
		"dots":            {head + "[grants]\nfiles = [{ path = \"~/a/../../etc\", mode = \"ro\" }]\n", `:4: path`},
		"everything":      {head + "[grants]\nfiles = [{ path = \"/\", mode = \"ro\" }]\n", `too much for an app`},
		"the home":        {head + "[grants]\nfiles = [{ path = \"~\", mode = \"rw\" }]\n", `too much for an app`},
		"host":            {head + "[grants]\nhosts = [\"a b\"]\n", `:4: host "a b": expected a name`},
		"intent":          {head + "[[intents]]\nsay = \"x y\"\n", `:3: an intent lacks something`},
	} {
		t.Run(name, func(t *testing.T) {
			path := writeFile(t, filepath.Join(t.TempDir(), "app.toml"), c.text)
			_, err := ReadManifest(path)
			require.ErrorContains(t, err, path)
			require.ErrorContains(t, err, c.want)
		})
	}
}

func TestReadManifestTakesOnlyThePersonsOwnFile(t *testing.T) {
	dir := t.TempDir()
	path := filepath.Join(dir, "app.toml")
	_, err := ReadManifest(path)
	require.ErrorContains(t, err, path+": there is no such file; expected a manifest")

	writeFile(t, path, good)
	require.NoError(t, os.Chmod(path, 0o620))
	_, err = ReadManifest(path)
	require.ErrorContains(t, err, "others can write to it; run: chmod go-w "+path)

	link := filepath.Join(dir, "link.toml")
	require.NoError(t, os.Symlink(path, link))
	_, err = ReadManifest(link)
	require.ErrorContains(t, err, "is a link")

	_, err = ReadManifest(dir)
	require.Error(t, err)

	require.NoError(t, os.Truncate(path, maxManifest+1))
	require.NoError(t, os.Chmod(path, 0o600))
	_, err = ReadManifest(path)
	require.ErrorContains(t, err, "larger than")
}

func TestCheckName(t *testing.T) {
	for _, ok := range []string{"mail", "metro_hail", "a", "x2"} {
		require.NoError(t, CheckName(ok), ok)
	}
	for _, bad := range []string{"", "Mail", "2go", "_a", "a-b", "a b", "mаil", "a\n", "person", "web", "allow", "deny",
		"any", "ask", "reply", "len", "lambda", "secgpt", "system", "abcdefghijklmnopqrstuvwxyz0123456"} {
		require.Error(t, CheckName(bad), bad)
	}
}

func TestLooksLike(t *testing.T) {
	for _, pair := range [][2]string{{"mail", "mai1"}, {"mail", "ma_il"}, {"calendar", "ca1endar"}, {"notes", "note"},
		{"notes", "n0tes"}, {"contacts", "c0ntacts"}, {"modern", "modem"}, {"web2", "webz"}} {
		require.True(t, LooksLike(pair[0], pair[1]), pair)
		require.True(t, LooksLike(pair[1], pair[0]), pair)
	}
	for _, pair := range [][2]string{{"mail", "mail"}, {"mail", "main"}, {"notes", "files"}} {
		require.False(t, LooksLike(pair[0], pair[1]), pair)
	}
}
