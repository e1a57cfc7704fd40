//go:build linux && (amd64 || arm64)

package program

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"secgpt/isolate/roomtest"
)

// on puts a folder at the front of PATH.
func on(env Env, dir string, vars ...string) Env {
	list := append([]string{}, vars...)
	for _, v := range env.Vars {
		if rest, ok := strings.CutPrefix(v, "PATH="); ok {
			v = "PATH=" + dir + ":" + rest
		}
		list = append(list, v)
	}
	return Env{Vars: list, Dir: env.Dir}
}

const says = "#!/bin/sh\necho $0\n"

func TestPyenvVersions(t *testing.T) {
	h, env := home(t)
	root := h + "/.pyenv"
	for _, v := range []string{"3.9.18", "3.12.1", "3.12.10"} {
		put(t, root+"/versions/"+v+"/lib/python"+v[:strings.LastIndex(v, ".")]+"/os.py", "")
		copied(t, "/usr/bin/true", root+"/versions/"+v+"/bin/python")
	}
	put(t, root+"/versions/3.9.18/bin/tool", says)
	put(t, root+"/shims/python", says)
	put(t, root+"/shims/tool", says)
	put(t, root+"/shims/sh", says)
	put(t, h+"/.python-version", "3.9.18\n") // of the working folder: not for us to follow
	for _, c := range []struct{ file, variable, command, want string }{
		{"3.9.18\n", "", "python", "versions/3.9.18/bin/python"},
		{"3.9.18\n", "3.12.1", "python", "versions/3.12.1/bin/python"},
		{"3.12\n", "", "python", "versions/3.12.10/bin/python"},
		{"3.12.10\n3.9.18\n", "", "tool", "versions/3.9.18/bin/tool"},
		{"", "3.12.1:3.9.18", "tool", "versions/3.9.18/bin/tool"},
		{"", "", "sh", "/usr/bin/sh"},
		{"system\n", "", "sh", "/usr/bin/sh"},
		{"3.12.1\n", "", "tool", "pyenv is set to 3.12.1, which lacks it; 3.9.18 has it: set PYENV_VERSION=3.9.18"},
		{"../../..", "", "tool", "which lacks it; 3.9.18 has it"},
		{"3.12.1\n", "", "sh", "pyenv has a shim for it and no version with it"},
	} {
		put(t, root+"/version", c.file)
		p, err := Find([]string{c.command}, on(env, root+"/shims", "PYENV_VERSION="+c.variable))
		switch {
		case err != nil:
			require.ErrorContains(t, err, c.want)
		case filepath.IsAbs(c.want):
			require.Equal(t, c.want, p.Argv[0])
		default:
			require.Equal(t, filepath.Join(root, c.want), p.Argv[0], c)
			require.Equal(t, []string{filepath.Dir(filepath.Dir(p.Argv[0]))}, paths(p))
		}
	}
}

// managed is a Node as asdf, mise or Volta installs it, and a program that env finds
// by its shim.
func managed(t *testing.T, env Env, prefix, shims string) {
	t.Helper()
	nodePrefix(t, prefix)
	p := find(t, on(env, shims), "node", "-p", "process.execPath")
	require.Equal(t, []string{prefix}, paths(p))
	require.Equal(t, prefix+"/bin/node\n", inRoom(t, p))
	p = find(t, on(env, shims), prefix+"/bin/greet", "a")
	require.Equal(t, []string{prefix}, paths(p))
	require.Equal(t, "hello [ 'a' ] "+prefix+"/bin/node\n", inRoom(t, p))
}

func TestAsdf(t *testing.T) {
	h, env := home(t)
	put(t, h+"/.asdf/shims/node", "#!/usr/bin/env bash\n# asdf-plugin: nodejs 18.0.0\n# asdf-plugin: nodejs 20.1.0\nexec asdf exec \"node\" \"$@\"\n")
	_, err := Find([]string{"node"}, on(env, h+"/.asdf/shims"))
	require.ErrorContains(t, err, "asdf has no version set for it: say `asdf set --home nodejs 20.1.0`")
	put(t, h+"/.asdf/installs/nodejs/18.0.0/bin/node", says)
	put(t, h+"/.tool-versions", "# mine\nnodejs 20.1.0 system # the newest\npython 3.12.1\n")
	managed(t, env, h+"/.asdf/installs/nodejs/20.1.0", h+"/.asdf/shims")
}

func TestMise(t *testing.T) {
	h, env := home(t)
	root := h + "/.local/share/mise"
	copied(t, "/usr/bin/true", h+"/.local/bin/mise")
	require.NoError(t, os.MkdirAll(root+"/shims", 0o755))
	link(t, h+"/.local/bin/mise", root+"/shims/node")
	_, err := Find([]string{"node"}, on(env, root+"/shims"))
	require.ErrorContains(t, err, "mise has a shim for it and no tool with it")
	put(t, h+"/.config/mise/config.toml", "[tools]\nnode = \"20\"\npython = [\"3.12\", \"3.11\"]\ngo = { version = \"1.22\" }\n")
	link(t, "./20.1.0", root+"/installs/node/20")
	managed(t, env, root+"/installs/node/20.1.0", root+"/shims")
	put(t, h+"/.config/mise/config.toml", "[tools\n")
	_, err = Find([]string{"node"}, on(env, root+"/shims"))
	require.ErrorContains(t, err, "config.toml: it can't be read")
	require.NotContains(t, err.Error(), "\n")
}

func TestVolta(t *testing.T) {
	h, env := home(t)
	root := h + "/.volta"
	copied(t, "/usr/bin/true", root+"/bin/volta-shim")
	link(t, "volta-shim", root+"/bin/node")
	link(t, "volta-shim", root+"/bin/greet")
	_, err := Find([]string{"node"}, on(env, root+"/bin"))
	require.ErrorContains(t, err, "say `volta install node`")
	put(t, root+"/tools/user/platform.json", `{"node":{"runtime":"20.1.0","npm":null},"yarn":null}`)
	managed(t, env, root+"/tools/image/node/20.1.0", root+"/bin")

	put(t, root+"/tools/user/bins/greet.json", `{"name":"greet","package":"@ours/greet","version":"1.0.0"}`)
	image := root + "/tools/image/packages/@ours/greet"
	npmPackage(t, image+"/lib/node_modules/@ours/greet")
	link(t, "../lib/node_modules/@ours/greet/dist/index.js", image+"/bin/greet")
	p := find(t, on(env, root+"/bin"), "greet", "a")
	require.Equal(t, []string{root + "/tools/image/node/20.1.0", image + "/lib/node_modules/@ours/greet"}, paths(p))
	require.Equal(t, "hello [ 'a' ] "+root+"/tools/image/node/20.1.0/bin/node\n", inRoom(t, p))
}

func TestRustup(t *testing.T) {
	h, env := home(t)
	copied(t, "/usr/bin/true", h+"/.cargo/bin/rustup")
	link(t, "rustup", h+"/.cargo/bin/cargo")
	require.NoError(t, os.Link(h+"/.cargo/bin/rustup", h+"/.cargo/bin/rustc"))
	_, err := Find([]string{"cargo"}, on(env, h+"/.cargo/bin"))
	require.ErrorContains(t, err, "say `rustup default stable`")
	put(t, h+"/.rustup/settings.toml", "version = \"12\"\ndefault_toolchain = \"stable\"\n")
	chain := h + "/.rustup/toolchains/stable-x"
	require.NoError(t, os.MkdirAll(chain+"/lib/rustlib/x/lib", 0o755))
	for _, name := range []string{"cargo", "rustc"} {
		put(t, chain+"/bin/"+name, says)
		p := find(t, on(env, h+"/.cargo/bin"), name)
		require.Equal(t, []string{chain}, paths(p))
		require.Equal(t, chain+"/bin/"+name+"\n", inRoom(t, p))
	}
	_, err = Find([]string{"rustup"}, on(env, h+"/.cargo/bin"))
	require.NoError(t, err)
}

// fnm has a folder of links on PATH for each shell, SDKMAN one named current.
func TestLinkedPrefixes(t *testing.T) {
	h, env := home(t)
	prefix := h + "/.local/share/fnm/node-versions/v20.1.0/installation"
	nodePrefix(t, prefix)
	link(t, prefix, h+"/.local/state/fnm_multishells/77_1")
	p := find(t, on(env, h+"/.local/state/fnm_multishells/77_1/bin"), "greet", "a")
	require.Equal(t, []string{prefix}, paths(p))
	require.Equal(t, "hello [ 'a' ] "+prefix+"/bin/node\n", inRoom(t, p))

	java := h + "/.sdkman/candidates/java/17.0.1-tem"
	put(t, java+"/lib/modules", "")
	put(t, java+"/bin/java", says)
	link(t, "17.0.1-tem", h+"/.sdkman/candidates/java/current")
	p = find(t, on(env, h+"/.sdkman/candidates/java/current/bin"), "java")
	require.Equal(t, []string{java}, paths(p))
	require.Equal(t, java+"/bin/java\n", inRoom(t, p))
}

// A script can name its interpreter by a link that is not shown: it is then started
// by the interpreter's own name, as the kernel would.
func TestInterpreterBehindALink(t *testing.T) {
	h, env := home(t)
	prefix := h + "/node20"
	nodePrefix(t, prefix)
	link(t, prefix+"/bin/node", h+"/.local/bin/mynode")
	js := put(t, h+"/x/a.js", "#!"+h+"/.local/bin/mynode --no-warnings\nconsole.log(JSON.stringify([process.argv.slice(1), process.execArgv]))\n")
	p := find(t, env, js, "b")
	require.Equal(t, []string{prefix + "/bin/node", "--no-warnings", js, "b"}, p.Argv)
	require.Equal(t, `[["`+js+`","b"],["--no-warnings"]]`+"\n", inRoom(t, p))
	js = put(t, h+"/x/b.js", "#!/usr/bin/env -S mynode --no-warnings\nconsole.log(JSON.stringify([process.argv.slice(1), process.execArgv]))\n")
	p = find(t, env, js, "b")
	require.Equal(t, []string{prefix + "/bin/node", "--no-warnings", js, "b"}, p.Argv)
	require.Equal(t, `[["`+js+`","b"],["--no-warnings"]]`+"\n", inRoom(t, p))
	// Scripts that run scripts.
	one := put(t, h+"/x/one", "#!"+js+"\n")
	p = find(t, env, one, "c")
	require.Equal(t, []string{prefix + "/bin/node", "--no-warnings", js, one, "c"}, p.Argv)
	require.Equal(t, `[["`+js+`","`+one+`","c"],["--no-warnings"]]`+"\n", inRoom(t, p))
}

// The whole home folder can be behind a link, as /home is where the root is read-only.
func TestHomeBehindALink(t *testing.T) {
	python, ok := pythons(t)["system"]
	if !ok {
		roomtest.Missing(t, "no system Python here")
	}
	h, env := home(t)
	as := filepath.Dir(h) + "/link"
	link(t, h, as)
	env.Vars[0] = "HOME=" + as
	makeVenv(t, python, as+"/venv")
	p := find(t, env, as+"/venv/bin/greet", "a")
	require.Contains(t, inRoom(t, p), "hello from "+h+"/venv ['a']")
	require.Equal(t, []string{h + "/venv"}, paths(p))
}

func TestUserSite(t *testing.T) {
	python, ok := pythons(t)["system"]
	if !ok {
		roomtest.Missing(t, "no system Python here")
	}
	h, env := home(t)
	name := filepath.Base(real(python))
	site := h + "/.local/lib/" + name + "/site-packages"
	put(t, site+"/greeting.py", "def main(): print('hello')\n")
	x := put(t, h+"/.local/bin/greet", "#!/usr/bin/python3\nfrom greeting import main\nmain()\n")
	p := find(t, env, "greet")
	require.Equal(t, []string{x, site}, paths(p))
	require.Equal(t, "hello\n", inRoom(t, p))
}
