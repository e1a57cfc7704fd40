package apps

import (
	"encoding/json"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"testing/fstest"

	"github.com/stretchr/testify/require"

	"secgpt/apps/link"
	"secgpt/mediator"
)

var mailTools = []link.Tool{
	{Name: "send", About: "Send", Input: json.RawMessage(`{"type":"object","properties":{"subject":{"type":"string"},"to":{"type":"string"},"body":{"type":"string"}},"required":["to","body"]}`)},
	{Name: "search", About: "Find", Input: json.RawMessage(`{"type":"object","properties":{"query":{"type":"string"}}}`)},
}

const mailManifest = `name = "mail"
command = ["secgpt", "app", "mail"]
[grants]
files = [{ path = "~/Mail", mode = "rw" }]
[tools.send]
roles = { body = "content" }
[tools.search]
effect = "read"
roles = { query = "query" }
`

func builtInMail(t *testing.T) fstest.MapFS {
	t.Helper()
	tools, err := json.MarshalIndent(mailTools, "", "  ")
	require.NoError(t, err)
	return fstest.MapFS{
		"mail/manifest.toml": {Data: []byte(mailManifest)},
		"mail/tools.json":    {Data: tools},
	}
}

// install writes an app's folder; rest is what follows name, command and pin.
func install(t *testing.T, data, name, rest string, tools []link.Tool) string {
	t.Helper()
	dir := filepath.Join(data, "apps", name)
	list, err := json.Marshal(tools)
	require.NoError(t, err)
	writeFile(t, filepath.Join(dir, "tools.json"), string(list))
	writeFile(t, filepath.Join(dir, "app.toml"), "name = \""+name+"\"\ncommand = [\"run\"]\npin = \""+
		Pin([]string{"run"}, tools)+"\"\n"+rest)
	return dir
}

func open(t *testing.T, o Options) *Registry {
	t.Helper()
	if o.BuiltIn == nil {
		o.BuiltIn = builtInMail(t)
	}
	if o.Home == "" {
		o.Home = t.TempDir()
	}
	r, err := Open(o)
	require.NoError(t, err)
	return r
}

func get(t *testing.T, r *Registry, name string) App {
	t.Helper()
	a, ok := r.Get(name)
	require.True(t, ok, name)
	return a
}

func TestOpen(t *testing.T) {
	data, home := t.TempDir(), t.TempDir()
	install(t, data, "metro", "[grants]\nfiles = [{ path = \"~/trips\", mode = \"ro\" }]\n[tools.search]\neffect = \"read\"\n", mailTools)
	r := open(t, Options{DataDir: data, Home: home})
	mail, metro := get(t, r, "mail"), get(t, r, "metro")
	require.Equal(t, []App{mail, metro}, r.List())
	require.NoError(t, mail.Locked)
	require.NoError(t, metro.Locked)
	require.True(t, mail.BuiltIn)
	require.False(t, metro.BuiltIn)
	require.Equal(t, []FileAt{{Path: home + "/Mail", At: "/folder", Write: true}}, mail.Files)
	require.Equal(t, []FileAt{{Path: home + "/trips", At: home + "/trips"}}, metro.Files)
	require.Equal(t, filepath.Join(data, "apps", "metro", "data"), metro.Data)
	require.Equal(t, "send", mail.Tools[0].Name, "in the order of tools.json")
	_, ok := r.Get("nobody")
	require.False(t, ok)

	r = open(t, Options{DataDir: data, Home: home, Folders: map[string]string{"mail": "/srv/mail", "metro": "/etc"}})
	require.Equal(t, "/srv/mail", get(t, r, "mail").Files[0].Path)
	require.Equal(t, home+"/trips", get(t, r, "metro").Files[0].Path, "only for built-in apps")
}

// The compiled-in manifests and lists fit each other.
func TestTheBuiltInAppsOpen(t *testing.T) {
	r, err := Open(Options{DataDir: t.TempDir(), Home: t.TempDir()})
	require.NoError(t, err)
	for _, a := range r.List() {
		require.NoError(t, a.Locked)
		require.True(t, a.BuiltIn)
		for _, tool := range a.Tools {
			require.Contains(t, a.Manifest.Tools, tool.Name, "%s.%s is not in the manifest", a.Name, tool.Name)
			for _, p := range a.Params(tool.Name) {
				require.Contains(t, a.Manifest.Tools[tool.Name].Roles, p.Name, "%s.%s has no role for it", a.Name, tool.Name)
			}
		}
	}
}

// What is wrong with one app locks it, with the reason, and no other.
func TestABadAppIsLockedAlone(t *testing.T) {
	for name, c := range map[string]struct {
		spoil func(dir string)
		want  string
	}{
		"unknown key":      {func(d string) { add(t, d, "app.toml", "colour = 1\n") }, `app.toml:4: unknown key "colour"`},
		"changed tools":    {func(d string) { replace(t, d, "tools.json", "Find", "Find and forward") }, `app.toml:3: pin does not fit`},
		"changed command":  {func(d string) { replace(t, d, "app.toml", `["run"]`, `["run", "-x"]`) }, `run: secgpt apps accept metro`},
		"no pin":           {func(d string) { replace(t, d, "app.toml", "pin", "#pin") }, `pin does not fit`},
		"no tools":         {func(d string) { require.NoError(t, os.Remove(d+"/tools.json")) }, `tools.json: there is no such file`},
		"bad tools":        {func(d string) { replace(t, d, "tools.json", `"about":"Find"`, `"about":"Find","evil":1`) }, `tools.json: unknown field "evil"`},
		"tools no list":    {func(d string) { replace(t, d, "tools.json", `[`, `{}]`) }, "tools.json: "},
		"tools that close": {func(d string) { write(t, d, "tools.json", `[]}},{"a":{"b":[]`) }, "tools.json: "},
		"long tool name":   {func(d string) { replace(t, d, "tools.json", `"search"`, `"`+strings.Repeat("s", 200)+`"`) }, `its name has 200 bytes, 128 at most`},
		"two of a name":    {func(d string) { replace(t, d, "tools.json", `"search"`, `"send"`) }, `two tools are named "send"`},
		"unknown tool":     {func(d string) { add(t, d, "app.toml", "[tools.pay]\neffect = \"read\"\n") }, `app.toml:4: the app has no tool "pay"`},
		"unknown role":     {func(d string) { add(t, d, "app.toml", "[tools.send]\nroles = { too = \"option\" }\n") }, `:5: send has no parameter "too"`},
		"intent's tool":    {func(d string) { add(t, d, "app.toml", "[[intents]]\nsay = \"a b\"\ntool = \"pay\"\n") }, `no tool "pay"`},
		"intent's arg": {func(d string) {
			add(t, d, "app.toml", "[[intents]]\nsay = \"a b\"\ntool = \"send\"\nargs = { x = \"1\" }\n")
		}, `send has no parameter "x"`},
		"another's name": {func(d string) { replace(t, d, "app.toml", `"metro"`, `"mail"`) }, `:1: name is "mail"; expected "metro", as its folder`},
		"open to others": {func(d string) { require.NoError(t, os.Chmod(d, 0o777)) }, "others can write to it"},
		"tools open":     {func(d string) { require.NoError(t, os.Chmod(d+"/tools.json", 0o666)) }, "others can write to it"},
	} {
		t.Run(name, func(t *testing.T) {
			data := t.TempDir()
			install(t, data, "other", "", mailTools)
			dir := install(t, data, "metro", "", mailTools)
			require.NoError(t, get(t, open(t, Options{DataDir: data}), "metro").Locked)
			c.spoil(dir)
			r := open(t, Options{DataDir: data})
			require.ErrorContains(t, get(t, r, "metro").Locked, c.want)
			require.NoError(t, get(t, r, "other").Locked)
			require.NoError(t, get(t, r, "mail").Locked)
		})
	}
}

func write(t *testing.T, dir, file, text string) { writeFile(t, filepath.Join(dir, file), text) }

func add(t *testing.T, dir, file, text string) {
	b, err := os.ReadFile(filepath.Join(dir, file))
	require.NoError(t, err)
	write(t, dir, file, string(b)+text)
}

func replace(t *testing.T, dir, file, old, new string) {
	b, err := os.ReadFile(filepath.Join(dir, file))
	require.NoError(t, err)
	require.Contains(t, string(b), old)
	write(t, dir, file, strings.Replace(string(b), old, new, 1))
}

func TestNamesThatCanBeMistaken(t *testing.T) {
	data := t.TempDir()
	for _, n := range []string{"mai1", "metro", "metr0", "person", "mail", "tram"} {
		install(t, data, n, "", mailTools)
	}
	r := open(t, Options{DataDir: data})
	require.NoError(t, get(t, r, "mail").Locked, "nobody can lock a built-in app")
	require.True(t, get(t, r, "mail").BuiltIn, "or replace it")
	require.NoError(t, get(t, r, "tram").Locked)
	require.ErrorContains(t, get(t, r, "mai1").Locked, "can be taken for mail")
	require.ErrorContains(t, get(t, r, "metro").Locked, "can be taken for metr0")
	require.ErrorContains(t, get(t, r, "metr0").Locked, "can be taken for metro")
	require.ErrorContains(t, get(t, r, "person").Locked, "is a word of the rules")
	require.Len(t, r.List(), 6)
}

func TestOpenRefusesAFolderOfOthers(t *testing.T) {
	data := t.TempDir()
	require.NoError(t, os.Mkdir(data+"/apps", 0o700))
	require.NoError(t, os.Chmod(data+"/apps", 0o777))
	_, err := Open(Options{DataDir: data, BuiltIn: builtInMail(t)})
	require.ErrorContains(t, err, "others can write to it")
}

func TestHostIDs(t *testing.T) {
	data := t.TempDir()
	install(t, data, "metro", "", mailTools)
	id := func(name string) int {
		t.Helper()
		n, err := open(t, Options{DataDir: data}).HostID(name)
		require.NoError(t, err)
		return n
	}
	mail := id("mail")
	require.Equal(t, firstHostID, mail)
	require.Equal(t, firstHostID+1, id("metro"))
	require.Equal(t, mail, id("mail"), "stable")

	require.NoError(t, os.RemoveAll(filepath.Join(data, "apps", "metro")))
	install(t, data, "metro", "", mailTools)
	require.Equal(t, firstHostID+2, id("metro"), "another install gets another")

	// A crash may leave half a line: it counts.
	add(t, data, hostIDs, "cras")
	install(t, data, "tram", "", mailTools)
	require.Equal(t, firstHostID+4, id("tram"))

	write(t, filepath.Join(data, "apps", "tram"), "hostid", "0\n")
	_, err := open(t, Options{DataDir: data}).HostID("tram")
	require.ErrorContains(t, err, "expected a number from")
}

func TestHostIDsOfManyAtOnce(t *testing.T) {
	data := t.TempDir()
	names := strings.Fields("aa bb cc dd ee ff gg hh")
	for _, n := range names {
		install(t, data, n, "", mailTools)
	}
	var mu sync.Mutex
	ids := map[int]string{}
	var wg sync.WaitGroup
	for _, n := range append(names, names...) {
		r := open(t, Options{DataDir: data})
		wg.Go(func() {
			id, err := r.HostID(n)
			mu.Lock()
			defer mu.Unlock()
			if err != nil || ids[id] != "" && ids[id] != n {
				t.Errorf("%s: %d %v, was of %s", n, id, err, ids[id])
			}
			ids[id] = n
		})
	}
	wg.Wait()
	require.Len(t, ids, len(names))
}

func TestTool(t *testing.T) {
	data := t.TempDir()
	install(t, data, "metro", "[grants]\nhosts = [\"a.example\", \"b.example\"]\n[tools.send]\nabout = \"Send it\"\neffect = \"write\"\nroles = { to = \"option\", body = \"content\", subject = \"content\" }\nmints = [\"id\"]\n", mailTools)
	r := open(t, Options{DataDir: data})

	mail, ok := get(t, r, "mail").Tool("send")
	require.True(t, ok)
	require.Equal(t, mediator.Send, mail.Effect, "nothing said is the strictest")
	require.True(t, mail.Deciding("to"), "no role is target")
	require.False(t, mail.Deciding("body"))
	require.False(t, mail.Open)
	search, _ := get(t, r, "mail").Tool("search")
	require.Equal(t, mediator.Read, search.Effect)
	require.False(t, search.Deciding("query"))

	send, ok := get(t, r, "metro").Tool("send")
	require.True(t, ok)
	require.True(t, send.Open, "it has hosts")
	require.False(t, send.OneHost)
	require.Equal(t, mediator.Send, send.Effect, "a write that can't be undone")
	require.Equal(t, mediator.Destination, send.Roles["to"], "whatever the manifest calls it")
	require.Equal(t, mediator.Content, send.Roles["body"])
	require.True(t, send.Mints["id"])
	require.Equal(t, "metro.send", send.String())
	search, _ = get(t, r, "metro").Tool("search")
	require.Equal(t, mediator.Send, search.Effect)
	require.True(t, search.Deciding("query"))

	_, ok = get(t, r, "metro").Tool("pay")
	require.False(t, ok)
}

// A manifest can say that a tool leads out by another way than a granted host; where
// to, nobody knows. It can't say that a tool of an app with hosts does not.
func TestOpenByTheManifest(t *testing.T) {
	data := t.TempDir()
	install(t, data, "chat", "[tools.send]\nopen = true\n", mailTools)
	install(t, data, "post", "[grants]\nhosts = [\"a.example\"]\n[tools.send]\nopen = false\n", mailTools)
	r := open(t, Options{DataDir: data})
	send, _ := get(t, r, "chat").Tool("send")
	require.True(t, send.Open)
	require.False(t, send.OneHost)
	search, _ := get(t, r, "chat").Tool("search")
	require.False(t, search.Open)
	send, _ = get(t, r, "post").Tool("send")
	require.True(t, send.Open)
	require.True(t, send.OneHost)
}
