//go:build linux && (amd64 || arm64)

package program

import (
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"secgpt/isolate/roomtest"
)

// pyenvs are the versions of a pyenv on this machine.
func pyenvs(t *testing.T) (string, []string) {
	t.Helper()
	h, err := os.UserHomeDir()
	require.NoError(t, err)
	root := real(filepath.Join(h, ".pyenv"))
	list := names(root + "/versions")
	if root == "" || len(list) == 0 {
		roomtest.Missing(t, "no pyenv here")
	}
	return root, list
}

const imports = "import sys, json, ssl, sqlite3, hashlib; print(sys.prefix, json.dumps([1]), sqlite3.connect(':memory:').execute('select 7').fetchone())"

func TestPyenv(t *testing.T) {
	root, list := pyenvs(t)
	for _, v := range list {
		if !strings.HasPrefix(v, "3.") {
			continue
		}
		t.Run(v, func(t *testing.T) {
			env := Env{Vars: []string{"HOME=" + filepath.Dir(root), "PATH=" + root + "/shims:/usr/bin:/bin", "PYENV_VERSION=" + v}}
			prefix := filepath.Join(root, "versions", v)
			p := find(t, env, "python3", "-c", imports)
			require.Equal(t, []string{prefix}, paths(p))
			require.Equal(t, []string{"PATH=" + prefix + "/bin:/usr/bin:/usr/local/bin"}, p.Env)
			require.Equal(t, prefix+" [1] (7,)\n", inRoom(t, p))
		})
	}
}

// A script of pip in a pyenv version, by its shim.
func TestPyenvScript(t *testing.T) {
	root, list := pyenvs(t)
	v := newest(list, "")
	env := Env{Vars: []string{"HOME=" + filepath.Dir(root), "PATH=" + root + "/shims:/usr/bin:/bin", "PYENV_VERSION=" + v}}
	p := find(t, env, "pip3", "--version")
	require.Equal(t, []string{filepath.Join(root, "versions", v)}, paths(p))
	require.Contains(t, inRoom(t, p), filepath.Join(root, "versions", v))
}

// makeVenv makes a venv with a module of its own and a script that uses it.
func makeVenv(t *testing.T, python, dir string) {
	t.Helper()
	tool(t, python, "-m", "venv", "--without-pip", dir)
	site := matches(dir, "lib/python3*/site-packages")
	require.Len(t, site, 1)
	put(t, filepath.Join(site[0], "greeting.py"), "import sys\ndef main(): print('hello from', sys.prefix, sys.argv[1:])\n")
	put(t, filepath.Join(dir, "bin/greet"), "#!"+dir+"/bin/python\nfrom greeting import main\nmain()\n")
}

// pythons are a system Python and one outside of it.
func pythons(t *testing.T) map[string]string {
	t.Helper()
	list := map[string]string{}
	if isExecutable("/usr/bin/python3") {
		list["system"] = "/usr/bin/python3"
	}
	if h, err := os.UserHomeDir(); err == nil {
		root := real(filepath.Join(h, ".pyenv"))
		if v := newest(names(root+"/versions"), ""); v != "" {
			list["pyenv"] = filepath.Join(root, "versions", v, "bin/python3")
		}
	}
	if len(list) == 0 {
		roomtest.Missing(t, "no Python here")
	}
	return list
}

func TestVenv(t *testing.T) {
	for name, python := range pythons(t) {
		t.Run(name, func(t *testing.T) {
			h, env := home(t)
			if name == "system" && len(matches("/usr/lib", "python3*/ensurepip")) == 0 && len(matches("/usr/lib", "python3*/venv")) == 0 {
				roomtest.Missing(t, "the system's Python can't make a venv")
			}
			v := filepath.Join(h, "work/.venv")
			makeVenv(t, python, v)
			want := []string{v}
			if name == "pyenv" {
				want = append([]string{filepath.Dir(filepath.Dir(python))}, v)
			}
			said := fmt.Sprintf("hello from %s ['a']\n", v)

			p := find(t, env, "work/.venv/bin/python", "-c", "import greeting; greeting.main()", "a")
			require.Equal(t, filepath.Join(v, "bin/python"), p.Argv[0], "a venv knows itself by this path")
			require.ElementsMatch(t, want, paths(p))
			require.Equal(t, said, inRoom(t, p))

			// As pipx and uv tool install do: a link in ~/.local/bin to a script in the venv.
			link(t, filepath.Join(v, "bin/greet"), filepath.Join(h, ".local/bin/greet"))
			p = find(t, env, "greet", "a")
			require.Equal(t, []string{filepath.Join(v, "bin/greet"), "a"}, p.Argv)
			require.ElementsMatch(t, want, paths(p))
			require.Equal(t, said, inRoom(t, p))
		})
	}
}

// uv names the base of a venv by a link to a version, .../cpython-3.12 for 3.12.1.
func TestVenvOfALinkedVersion(t *testing.T) {
	python, ok := pythons(t)["pyenv"]
	if !ok {
		roomtest.Missing(t, "no pyenv here")
	}
	h, env := home(t)
	base := filepath.Dir(filepath.Dir(python))
	short := link(t, base, filepath.Join(h, ".local/share/uv/python/cpython-3"))
	v := filepath.Join(h, ".local/share/uv/tools/greet")
	makeVenv(t, short+"/bin/python3", v)
	text := setting(v + "/" + venvFile)
	home, err := parseVenv(text)
	require.NoError(t, err)
	put(t, v+"/"+venvFile, strings.Replace(text, home, short+"/bin", 1))
	link(t, v+"/bin/greet", h+"/.local/bin/greet")

	for _, to := range []string{short, base} { // Python asks the link, and pyvenv.cfg
		require.NoError(t, os.Remove(v+"/bin/python"))
		link(t, to+"/bin/python3", v+"/bin/python")
		p := find(t, env, "greet", "a")
		require.ElementsMatch(t, []string{base, base + ">" + short, v}, paths(p))
		require.Equal(t, fmt.Sprintf("hello from %s ['a']\n", v), inRoom(t, p))
	}
}

func TestNamedScript(t *testing.T) {
	if !isExecutable("/usr/bin/python3") {
		roomtest.Missing(t, "no Python here")
	}
	h, env := home(t)
	put(t, h+"/work/server.py", "import sys, os; print(sys.argv[1:], os.path.exists('"+h+"/work/secret'))\n")
	put(t, h+"/work/secret", "no\n")
	env.Dir = h + "/work"
	p := find(t, env, "python3", "-u", "-X", "utf8", "server.py", "server.py")
	require.Equal(t, []string{"/usr/bin/python3", "-u", "-X", "utf8", h + "/work/server.py", "server.py"}, p.Argv)
	require.Equal(t, []Read{{h + "/work/server.py", h + "/work/server.py", "the script you named"}}, p.Reads)
	require.Len(t, p.Note, 1)
	require.Equal(t, "['server.py'] False\n", inRoom(t, p))
}

// node makes a prefix as nvm has them, with a package that was installed globally.
func nodePrefix(t *testing.T, prefix string) {
	t.Helper()
	copied(t, "/usr/bin/node", prefix+"/bin/node")
	put(t, prefix+"/include/node/node.h", "")
	npmPackage(t, prefix+"/lib/node_modules/@ours/greet")
	link(t, "../lib/node_modules/@ours/greet/dist/index.js", prefix+"/bin/greet")
}

// npmPackage has a program and a dependency.
func npmPackage(t *testing.T, dir string) {
	t.Helper()
	put(t, dir+"/package.json", `{"name": "@ours/greet", "type": "module", "bin": "dist/index.js"}`)
	put(t, dir+"/dist/index.js", "#!/usr/bin/env node\nimport word from 'word';\nconsole.log(word, process.argv.slice(2), process.execPath);\n")
	put(t, dir+"/node_modules/word/package.json", `{"name": "word", "main": "word.cjs"}`)
	put(t, dir+"/node_modules/word/word.cjs", "module.exports = 'hello';\n")
}

func TestNvm(t *testing.T) {
	h, env := home(t)
	root := h + "/.nvm/versions/node/"
	nodePrefix(t, root+"v20.1.0")
	put(t, root+"v9.9.9/bin/node", "#!/bin/sh\n")
	if isExecutable("/usr/bin/node") { // it would be found on PATH, before nvm's
		env.Vars[1] = "PATH=" + h + "/.local/bin"
	}
	for name, alias := range map[string]map[string]string{
		"newest":  {},
		"default": {"default": "20"},
		"lts":     {"default": "lts/iron\n", "lts/iron": "v20.1.0\n"},
	} {
		t.Run(name, func(t *testing.T) {
			require.NoError(t, os.RemoveAll(h+"/.nvm/alias"))
			for a, text := range alias {
				put(t, h+"/.nvm/alias/"+a, text)
			}
			p := find(t, env, "node", "-p", "process.execPath")
			require.Equal(t, []string{root + "v20.1.0"}, paths(p))
			require.Equal(t, root+"v20.1.0/bin/node\n", inRoom(t, p))
		})
	}
	// A package's program, with nvm's folder on PATH as in a shell.
	env.Vars[1] = "PATH=" + root + "v20.1.0/bin:/usr/bin:/bin"
	p := find(t, env, "greet", "a")
	require.Equal(t, []string{root + "v20.1.0/bin/greet", "a"}, p.Argv)
	require.Equal(t, []string{root + "v20.1.0"}, paths(p))
	require.Equal(t, "hello [ 'a' ] "+root+"v20.1.0/bin/node\n", inRoom(t, p))
}

func TestNpmPackages(t *testing.T) {
	if !isExecutable("/usr/bin/node") {
		roomtest.Missing(t, "no Node here")
	}
	h, env := home(t)

	t.Run("a prefix of its own", func(t *testing.T) {
		pack := h + "/.npm-global/lib/node_modules/@ours/greet"
		npmPackage(t, pack)
		link(t, "../lib/node_modules/@ours/greet/dist/index.js", h+"/.npm-global/bin/greet")
		p := find(t, env, h+"/.npm-global/bin/greet", "a")
		require.Equal(t, []string{pack}, paths(p))
		require.Equal(t, "hello [ 'a' ] /usr/bin/node\n", inRoom(t, p))
	})
	t.Run("a project", func(t *testing.T) {
		npmPackage(t, h+"/project/node_modules/greet")
		require.NoError(t, os.Rename(h+"/project/node_modules/greet/node_modules/word", h+"/project/node_modules/word"))
		link(t, "../greet/dist/index.js", h+"/project/node_modules/.bin/greet")
		put(t, h+"/project/.env", "SECRET")
		p := find(t, env, "project/node_modules/.bin/greet", "a")
		require.Equal(t, []string{h + "/project/node_modules"}, paths(p))
		require.Equal(t, "hello [ 'a' ] /usr/bin/node\n", inRoom(t, p))
		p = find(t, env, "node", "project/node_modules/greet/dist/index.js", "a")
		require.Equal(t, []string{h + "/project/node_modules"}, paths(p))
		require.Equal(t, "hello [ 'a' ] /usr/bin/node\n", inRoom(t, p))
	})
	t.Run("a script in a workspace", func(t *testing.T) {
		npmPackage(t, h+"/mono/packages/greet")
		require.NoError(t, os.Rename(h+"/mono/packages/greet/node_modules", h+"/mono/node_modules"))
		p := find(t, env, "node", "mono/packages/greet/dist/index.js", "a")
		require.Equal(t, []string{h + "/mono/node_modules", h + "/mono/packages/greet"}, paths(p))
		require.Equal(t, "hello [ 'a' ] /usr/bin/node\n", inRoom(t, p))
	})
	t.Run("a script in a home that is a package", func(t *testing.T) {
		put(t, h+"/package.json", "{}")
		put(t, h+"/lone.js", "console.log(require('fs').readdirSync('"+h+"'))")
		p := find(t, env, "node", "lone.js")
		require.Equal(t, []string{h + "/lone.js"}, paths(p))
		require.Equal(t, "[ 'lone.js' ]\n", inRoom(t, p))
	})
}

func TestBinaries(t *testing.T) {
	h, env := home(t)
	t.Run("go install", func(t *testing.T) {
		put(t, h+"/src/go.mod", "module x\n")
		put(t, h+"/src/main.go", "package main\nimport \"os\"\nfunc main() { os.Stdout.WriteString(\"go\\n\") }\n")
		require.NoError(t, os.MkdirAll(h+"/go/bin", 0o755))
		tool(t, "go", "build", "-C", h+"/src", "-o", h+"/go/bin/x", ".")
		p := find(t, env, "go/bin/x")
		require.Equal(t, []string{h + "/go/bin/x"}, paths(p))
		require.Equal(t, "go\n", inRoom(t, p))
	})
	t.Run("cargo install", func(t *testing.T) {
		src := put(t, h+"/src/main.rs", "fn main() { println!(\"rust\"); }")
		require.NoError(t, os.MkdirAll(h+"/.cargo/bin", 0o755))
		tool(t, "rustc", "-o", h+"/.cargo/bin/y", src)
		p := find(t, env, h+"/.cargo/bin/y")
		require.Equal(t, []string{h + "/.cargo/bin/y"}, paths(p))
		require.Equal(t, "rust\n", inRoom(t, p))
	})
	t.Run("libraries beside it", func(t *testing.T) {
		lib := put(t, h+"/src/lib.c", "int seven(void) { return 7; }\n")
		src := put(t, h+"/src/main.c", "#include <stdio.h>\nint seven(void);\nint main(void) { printf(\"%d\\n\", seven()); }\n")
		for _, d := range []string{"/app/bin", "/app/lib"} {
			require.NoError(t, os.MkdirAll(h+d, 0o755))
		}
		tool(t, "gcc", "-shared", "-fPIC", "-Wl,-soname,libseven.so.1", "-o", h+"/app/lib/libseven.so.1.2.3", lib)
		link(t, "libseven.so.1.2.3", h+"/app/lib/libseven.so.1")
		tool(t, "gcc", "-o", h+"/app/bin/seven", src, h+"/app/lib/libseven.so.1", "-Wl,-rpath,$ORIGIN/../lib")
		real, at := h+"/app/lib/libseven.so.1.2.3", h+"/app/lib/libseven.so.1"
		link(t, "../../app/bin/seven", h+"/.local/bin/7")
		p := find(t, env, "7")
		require.Equal(t, []string{h + "/app/bin/seven", real + ">" + at}, paths(p))
		require.Equal(t, "7\n", inRoom(t, p))
	})
	t.Run("named by a link", func(t *testing.T) {
		src := put(t, h+"/src/name.c", "#include <stdio.h>\nint main(int n, char **v) { puts(v[0]); }\n")
		require.NoError(t, os.MkdirAll(h+"/multi", 0o755))
		tool(t, "gcc", "-o", h+"/multi/all", src)
		link(t, h+"/multi/all", h+"/.local/bin/one")
		p := find(t, env, "one")
		require.Equal(t, []string{h + "/multi/all>" + h + "/.local/bin/one"}, paths(p))
		require.Equal(t, h+"/.local/bin/one\n", inRoom(t, p))
	})
}

// A project that is installed as it lies there is the person's own folder.
func TestEditableInstallIsNoted(t *testing.T) {
	h, env := home(t)
	v := h + "/project/.venv"
	put(t, v+"/"+venvFile, "home = /usr/bin\n")
	put(t, v+"/bin/x", says)
	require.NoError(t, os.MkdirAll(h+"/project/src", 0o755))
	put(t, v+"/lib/python3.12/site-packages/_x.pth", "import os\n"+h+"/project/src\n"+v+"/lib\n/none\n")
	p := find(t, env, v+"/bin/x")
	require.Equal(t, []string{v}, paths(p))
	require.Equal(t, []string{fmt.Sprintf(".venv loads code from %q, which is not shown: grant it as well", h+"/project/src")}, p.Note)
}

func TestConda(t *testing.T) {
	h, env := home(t)
	prefix := h + "/miniconda3/envs/work"
	put(t, prefix+"/conda-meta/history", "")
	put(t, prefix+"/lib/python3.12/os.py", "")
	x := put(t, prefix+"/bin/x", says)
	p := find(t, on(env, prefix+"/bin"), "x")
	require.Equal(t, []string{prefix}, paths(p))
	require.Equal(t, x+"\n", inRoom(t, p))
	require.Equal(t, "PATH="+prefix+"/bin:/usr/local/bin:/usr/bin", p.Env[0])
}

func TestHomebrew(t *testing.T) {
	h, env := home(t)
	brew := h + "/.linuxbrew"
	put(t, brew+"/Cellar/x/1.2/bin/x", "#!"+brew+"/opt/sh/bin/sh\necho $0\n")
	copied(t, "/usr/bin/dash", brew+"/Cellar/sh/5/bin/sh")
	link(t, "../Cellar/sh/5", brew+"/opt/sh")
	link(t, "../Cellar/x/1.2/bin/x", brew+"/bin/x")
	put(t, brew+"/var/db/secret", "")
	p := find(t, on(env, brew+"/bin"), "x")
	require.Equal(t, []string{brew + "/Cellar", brew + "/bin", brew + "/opt"}, paths(p))
	require.Equal(t, brew+"/bin/x\n", inRoom(t, p))
}

// What the system has under names that lead out of /usr is named by where it is.
func TestAlternatives(t *testing.T) {
	if to, _ := os.Readlink("/usr/bin/awk"); !strings.HasPrefix(to, "/etc/") {
		roomtest.Missing(t, "awk is no alternative here")
	}
	_, env := home(t)
	p := find(t, env, "awk", "BEGIN {print 7}")
	require.NotEqual(t, "/usr/bin/awk", p.Argv[0])
	require.Empty(t, p.Reads)
	require.Equal(t, "7\n", inRoom(t, p))
}

func TestJava(t *testing.T) {
	h, env := home(t)
	if _, err := Find([]string{"java"}, env); err != nil {
		roomtest.Missing(t, "no Java here")
	}
	src := put(t, h+"/src/Seven.java", "public class Seven { public static void main(String[] a) { System.out.println(7 + a[0]); } }\n")
	jar := h + "/seven.jar"
	tool(t, "javac", "-d", h+"/src", src)
	tool(t, "jar", "--create", "--file", jar, "--main-class", "Seven", "-C", h+"/src", "Seven.class")
	p := find(t, env, "java", "-Xmx64m", "-jar", "seven.jar", "x")
	require.Equal(t, []string{jar}, paths(p))
	require.Equal(t, "7x\n", inRoom(t, p))
}

func TestScriptAmongArguments(t *testing.T) {
	for line, want := range map[string]int{
		"python3 -u x.py": 1, "python3 -W ignore x.py": 2, "python3 -m x": -1, "python3 -c x": -1, "python3 -Bc x": -1, "python3": -1,
		"python3 - x": -1, "python3.12 -- x.py": 1, "node --import ./a.js b.js": 2, "node -pe 1": -1, "node --max-old-space-size=9 b.js": 1,
		"bash -e x.sh": 1, "bash -ec x": -1, "sh -o pipefail x.sh": 2, "bash +x y": 1, "perl -w x.pl": 1, "perl -ne x": -1,
		"ruby -I lib x.rb": 2, "java -Xmx1g -jar x.jar y": 2, "java -cp a.jar Main": -1, "java -jar": -1, "deno run -A x.ts": 2, "bun x.ts": 0,
	} {
		words := strings.Fields(line)
		how, ok := interpreterOf("/usr/bin/" + words[0])
		require.True(t, ok, line)
		require.Equal(t, want, how.find(words[1:]), line)
	}
	_, ok := interpreterOf("/usr/bin/pythonic", "/usr/bin/shuf")
	require.False(t, ok)
}
