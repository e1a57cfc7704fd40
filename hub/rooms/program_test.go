package rooms

import (
	"encoding/json"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"testing"
	"testing/fstest"

	"github.com/stretchr/testify/require"

	"secgpt/apps"
	"secgpt/apps/code"
	"secgpt/isolate"
	"secgpt/isolate/program"
	"secgpt/isolate/roomtest"
)

// pythonServer tells what it runs with.
const pythonServer = `import json, os, sys
for line in sys.stdin:
    m = json.loads(line)
    r = {}
    if m["method"] == "initialize":
        r = {"protocolVersion": "2025-06-18", "capabilities": {"tools": {}}, "serverInfo": {"name": "x", "version": "1"}}
    elif m["method"] == "tools/list":
        r = {"tools": [{"name": "echo", "inputSchema": {"type": "object"}}]}
    elif m["method"] == "tools/call":
        r = {"content": [], "structuredContent": {"prefix": sys.prefix, "script": __file__, "path": os.environ["PATH"],
             "home": os.environ["HOME"], "folder": sorted(os.listdir(os.path.dirname(__file__)))}}
    elif "id" not in m:
        continue
    else:
        print(json.dumps({"jsonrpc": "2.0", "id": m["id"], "error": {"code": -32601, "message": "no"}}), flush=True)
        continue
    print(json.dumps({"jsonrpc": "2.0", "id": m["id"], "result": r}), flush=True)
`

// installed is a pool of real rooms with one app, installed with that command. grants
// is the inside of its [grants].
func installed(t *testing.T, o Options, grants string, command ...string) *Pool {
	t.Helper()
	data := t.TempDir()
	tools := `[{"name":"echo","input":{"type":"object"}}]`
	var agreed apps.App
	require.NoError(t, json.Unmarshal([]byte(tools), &agreed.Tools))
	line, err := json.Marshal(command)
	require.NoError(t, err)
	dir := filepath.Join(data, "apps", "guest")
	putFile(t, filepath.Join(dir, "tools.json"), tools, 0o600)
	putFile(t, filepath.Join(dir, "app.toml"), fmt.Sprintf("name = \"guest\"\ncommand = %s\npin = %q\n[grants]\n%s\n",
		line, apps.Pin(command, agreed.Tools), grants), 0o600)
	o.Registry, err = apps.Open(apps.Options{DataDir: data, Home: t.TempDir(), BuiltIn: fstest.MapFS{}})
	require.NoError(t, err)
	p := New(isolated(o))
	t.Cleanup(p.Close)
	return p
}

func putFile(t *testing.T, path, text string, mode os.FileMode) string {
	t.Helper()
	require.NoError(t, os.MkdirAll(filepath.Dir(path), 0o755))
	require.NoError(t, os.WriteFile(path, []byte(text), mode))
	require.NoError(t, os.Chmod(path, mode)) // whatever the umask is
	return path
}

// place is a folder of the person's, by its real path.
func place(t *testing.T) string {
	t.Helper()
	dir, err := filepath.EvalSymlinks(t.TempDir())
	require.NoError(t, err)
	require.NoError(t, os.Chmod(dir, 0o755))
	return dir
}

// venv makes one, of the Python that the person's PATH leads to.
func venv(t *testing.T) string {
	t.Helper()
	dir := filepath.Join(place(t), "venv")
	out, err := exec.Command("python3", "-m", "venv", "--without-pip", dir).CombinedOutput()
	if err != nil {
		roomtest.Missing(t, "no Python that makes a venv: %v: %s", err, out)
	}
	return dir
}

// A script in a venv, whose Python may be anywhere, runs as it does outside.
func TestProgramInAVenv(t *testing.T) {
	roomtest.Need(t)
	dir := venv(t)
	script := putFile(t, filepath.Join(place(t), "server.py"), pythonServer, 0o644)
	putFile(t, filepath.Join(filepath.Dir(script), "secret"), "not the app's", 0o644)
	own := putFile(t, filepath.Join(dir, "bin", "guest-server"), "#!"+dir+"/bin/python\n"+pythonServer, 0o755)
	for _, command := range [][]string{{dir + "/bin/python", script}, {own}} {
		p := installed(t, Options{}, "", command...)
		r, err := p.try(t, "guest", "echo", `{}`)
		require.NoError(t, err)
		var saw struct {
			Prefix, Script, Path, Home string
			Folder                     []string
		}
		require.NoError(t, json.Unmarshal(r.Value, &saw))
		require.Equal(t, dir, saw.Prefix)
		require.Equal(t, command[len(command)-1], saw.Script)
		require.Equal(t, "/data", saw.Home)
		if len(command) == 2 {
			require.Equal(t, []string{"server.py"}, saw.Folder, "what lies beside the script is not shown")
		}
	}
}

// A name is looked up on the person's PATH, and found inside as well.
func TestProgramOnThePath(t *testing.T) {
	roomtest.Need(t)
	dir := venv(t)
	putFile(t, filepath.Join(dir, "bin", "guest-server"), "#!/usr/bin/env python\n"+pythonServer, 0o755)
	t.Setenv("PATH", dir+"/bin:"+os.Getenv("PATH"))
	p := installed(t, Options{}, "", "guest-server")
	r, err := p.try(t, "guest", "echo", `{}`)
	require.NoError(t, err)
	require.Contains(t, string(r.Value), `"path":"`+dir+`/bin:`)
}

// One that loads what lies beside it is told of, as it can't come up.
func TestProgramThatMissesItsNeighbour(t *testing.T) {
	roomtest.Need(t)
	script := putFile(t, filepath.Join(place(t), "server.py"), "import neighbour\n", 0o644)
	putFile(t, filepath.Join(filepath.Dir(script), "neighbour.py"), pythonServer, 0o644)
	command := []string{venv(t) + "/bin/python", script}
	p := installed(t, Options{}, "", command...)
	_, err := p.try(t, "guest", "echo", `{}`)
	e := requireKind(t, err, Died, "guest ended by itself; "+script+" is shown without what lies beside it: if it loads more, grant its folder as well")
	require.Contains(t, e.Said, "No module named 'neighbour'")
	p = installed(t, Options{}, fmt.Sprintf("files = [{ path = %q, mode = \"ro\" }]", filepath.Dir(script)), command...)
	_, err = p.try(t, "guest", "echo", `{}`)
	require.NoError(t, err)
}

// What a grant shows anyway needs no other.
func TestProgramInAGrant(t *testing.T) {
	roomtest.Need(t)
	dir := venv(t)
	for _, mode := range []string{"ro", "rw"} {
		script := putFile(t, filepath.Join(place(t), "server.py"), pythonServer, 0o644)
		p := installed(t, Options{}, fmt.Sprintf("files = [{ path = %q, mode = %q }]", filepath.Dir(script), mode), dir+"/bin/python", script)
		r, err := p.try(t, "guest", "echo", `{}`)
		require.NoError(t, err)
		require.Contains(t, string(r.Value), script)
	}
}

// What can't be started says why, names the app, and says what to do.
func TestProgramsThatCannotBeHad(t *testing.T) {
	kept, other := place(t), place(t)
	hidden := putFile(t, kept+"/server", "#!/bin/sh\n", 0o755)
	inData := putFile(t, other+"/package/index.js", "", 0o644)
	putFile(t, other+"/package/package.json", "{}", 0o644)
	require.NoError(t, os.Mkdir(other+"/package/data", 0o755))
	// What a person happens to stand in decides nothing.
	t.Chdir(other)
	putFile(t, other+"/here", "#!/bin/sh\n", 0o755)
	t.Setenv("PATH", ":.:"+os.Getenv("PATH"))
	if _, err := exec.LookPath("node"); err != nil {
		t.Skip("no Node here")
	}
	for want, c := range map[string]struct {
		grants  string
		command []string
	}{
		"no-such-server: there is no such command on PATH: install it, or name it by its whole path":                     {"", []string{"no-such-server"}},
		"here: there is no such command on PATH":                                                                         {"", []string{"here"}},
		"./here: it is a relative path":                                                                                  {"", []string{"./here"}},
		hidden + ", which " + hidden + " needs (the program itself)":                                                     {"", []string{hidden}},
		"that would show it what secgpt keeps in " + kept + "; choose a place apart from it":                             {"", []string{hidden}},
		other + "/package/data lies in it or around it: grant a folder apart from it, or install":                        {"files = [{ path = \"" + other + "/package/data\", mode = \"rw\" }]", []string{"node", inData}},
		"npx: it downloads what it runs at each start, and a room has no network: say `npm install -g some-server` once": {"", []string{"npx", "-y", "some-server"}},
	} {
		t.Run(want, func(t *testing.T) {
			p := installed(t, Options{Private: []string{kept}}, c.grants, c.command...)
			p.o.Starter = nil // a start would panic
			_, err := p.try(t, "guest", "echo", `{}`)
			e := requireKind(t, err, RoomError, want)
			require.Contains(t, e.Message, "guest was not started: ")
			require.NotContains(t, e.Message, "\n")
		})
	}
}

// It is found anew with each start: what was installed meanwhile counts.
func TestProgramIsFoundAtEachStart(t *testing.T) {
	roomtest.Need(t)
	dir := venv(t)
	script := filepath.Join(place(t), "guest-server")
	p := installed(t, Options{}, "", script)
	_, err := p.try(t, "guest", "echo", `{}`)
	requireKind(t, err, RoomError, "guest was not started: its command can't be had: "+script)
	putFile(t, script, "#!"+dir+"/bin/python\n"+pythonServer, 0o755)
	_, err = p.try(t, "guest", "echo", `{}`)
	require.NoError(t, err)
}

func TestProvide(t *testing.T) {
	never := func(string) error { t.Fatal("asked about what is shown already"); return nil }
	all := func(string) error { return nil }
	found := program.Program{Argv: []string{"/p/bin/x"}, Env: []string{"PATH=/p/bin", "NEW=1"},
		Reads: []program.Read{{Path: "/p", At: "/p", Why: "a runtime"}, {Path: "/q/1.2", At: "/q/1", Why: "a link"}}}

	s := isolate.Spec{Env: []string{"PATH=/usr/bin", "HOME=/data"}}
	granted, err := Provide(&s, found, all)
	require.NoError(t, err)
	require.Equal(t, found.Reads, granted)
	require.Equal(t, []isolate.Grant{{Path: "/p", At: "/p"}, {Path: "/q/1.2", At: "/q/1"}}, s.Files)
	require.Equal(t, []string{"PATH=/p/bin", "HOME=/data", "NEW=1"}, s.Env)

	for name, have := range map[string][]isolate.Grant{
		"themselves": {{Path: "/p"}, {Path: "/q/1.2", At: "/q/1", Write: true}},
		"above":      {{Path: "/", At: "/"}, {Path: "/q/1.2", At: "/q/1"}},
	} {
		s := isolate.Spec{Files: have[:1:1]}
		found := found
		found.Reads = found.Reads[:1]
		granted, err := Provide(&s, found, never)
		require.NoError(t, err, name)
		require.Empty(t, granted, name)
		require.Len(t, s.Files, 1, name)
	}
	for name, g := range map[string]isolate.Grant{
		"below":           {Path: "/p/data", Write: true},
		"another's place": {Path: "/elsewhere", At: "/p"},
		"above, shifted":  {Path: "/q", At: "/q"}, // shows /q/1 as the link that it is
	} {
		_, err := Provide(&isolate.Spec{Files: []isolate.Grant{g}}, found, all)
		require.ErrorContains(t, err, "which /p/bin/x needs (a", name)
		require.ErrorContains(t, err, "the grant of "+g.Path, name)
	}
	_, err = Provide(&isolate.Spec{}, found, func(path string) error { return fmt.Errorf("not %s", path) })
	require.EqualError(t, err, "/p, which /p/bin/x needs (a runtime): not /p")
}

// The files behind a command are compared with what was agreed to before the app exists.
func TestAChangedFileLocksTheApp(t *testing.T) {
	roomtest.Need(t)
	script := putFile(t, filepath.Join(place(t), "server.py"), pythonServer, 0o644)
	p := installed(t, Options{}, "", venv(t)+"/bin/python", script)
	a := p.app(t, "guest")
	found, err := Inspect(t.Context(), a, isolated(Options{}))
	require.NoError(t, err)
	require.Equal(t, a.Said, found.Tools)
	a.Manifest.Code = found.Code.Digest()
	made, err := p.spec(a, nil)
	require.NoError(t, err)
	require.NoError(t, unchanged(a, made.places))
	putFile(t, script, pythonServer+"\n# and more", 0o644)
	requireKind(t, unchanged(a, made.places), Locked, "guest is locked, for it is not what you agreed to")
	_, _, err = p.begin(a, &slot{}, unchanged)
	requireKind(t, err, Locked, "secgpt apps accept guest")
}

// Code that another app may write is not run, whatever it is made of now: it could be
// swapped after it was compared.
func TestCodeThatAnotherAppMayWriteIsNotRun(t *testing.T) {
	dir := place(t)
	script := putFile(t, filepath.Join(dir, "server.sh"), "#!/bin/sh\n", 0o755)
	link := filepath.Join(place(t), "link")
	require.NoError(t, os.Symlink(dir, link))
	for path, refused := range map[string]bool{dir: true, script: true, filepath.Dir(dir): true, link: true, dir + "x": false, place(t): false} {
		for _, write := range []bool{true, false} {
			p := installed(t, Options{}, "", script)
			p.others = append(p.others, apps.App{Manifest: apps.Manifest{Name: "writer"}, Files: []apps.FileAt{{Path: path, Write: write}}})
			_, err := p.spec(p.app(t, "guest"), nil)
			if refused && write {
				require.ErrorContains(t, err, "writer may write to ", path)
				require.ErrorContains(t, err, "guest is made of "+script)
			} else {
				require.NoError(t, err, path)
			}
		}
	}
	self := apps.App{Manifest: apps.Manifest{Name: "guest"}, Files: []apps.FileAt{{Path: dir, Write: true}}}
	require.NoError(t, Unshared(self, []string{script}, []apps.App{self}), "what it does to itself is its own doing")
	require.ErrorContains(t, Unshared(self, []string{dir}, []apps.App{{Manifest: apps.Manifest{Name: "w"}, Files: []apps.FileAt{{Path: script, Write: true}}}}), "w may write to")
}

func TestPlaces(t *testing.T) {
	require.Equal(t, "/usr/local/lib/node_modules/@x/y", nodePackage("/usr/local/lib/node_modules/@x/y/dist/index.js"))
	require.Equal(t, "/usr/local/lib/node_modules/y", nodePackage("/usr/local/lib/node_modules/y/index.js"))
	require.Equal(t, "/a/node_modules/b/node_modules/c", nodePackage("/a/node_modules/b/node_modules/c/i.js"))
	require.Equal(t, "/usr/local/bin/x", nodePackage("/usr/local/bin/x"))
	all := places(program.Program{Argv: []string{"/usr/bin/sh", "/usr/local/none"}, Reads: []program.Read{{Path: "/opt/x"}}})
	require.Equal(t, []code.Place{{Path: "/opt/x"}}, all, "what is the system's is not compared")
}
