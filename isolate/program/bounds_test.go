//go:build linux && (amd64 || arm64)

package program

import (
	"fmt"
	"os"
	"path/filepath"
	"runtime"
	"strings"
	"syscall"
	"testing"

	"github.com/stretchr/testify/require"
)

func hostMachine() uint16 { return uint16(machines()[runtime.GOARCH]) }

// pythonIn makes a folder look like the prefix of a Python.
func pythonIn(t *testing.T, prefix string) {
	t.Helper()
	put(t, prefix+"/lib/python3.12/os.py", "")
	copied(t, "/usr/bin/true", prefix+"/bin/python3.12")
	link(t, "python3.12", prefix+"/bin/python3")
}

func TestTooWide(t *testing.T) {
	h, env := home(t)
	f := newFinder(env)
	for _, dir := range []string{"/", "/home", "/home/somebody", "/root", "/opt", "/etc", "/var", "/tmp", "/usr", h, filepath.Dir(h),
		h + "/.local", h + "/.local/share", h + "/.local/bin", h + "/.cargo", h + "/.config", h + "/go", h + "/.cache",
		h + "/.nvm", h + "/.pyenv", h + "/.pyenv/versions", h + "/.local/share/uv/tools", h + "/.ssh", "/root/.local"} {
		require.True(t, f.tooWide(dir), dir)
	}
	for _, dir := range []string{h + "/.pyenv/versions/3.12.1", h + "/.nvm/versions/node/v20.1.0", h + "/project/.venv", "/opt/tool",
		"/nix/store", h + "/.local/share/uv/tools/x", "/home/somebody/venv", "/app"} {
		require.False(t, f.tooWide(dir), dir)
	}
	require.NotEmpty(t, f.offLimits(h+"/.ssh/x"))
	require.NotEmpty(t, f.offLimits("/etc/x"))
	require.Empty(t, f.offLimits(h+"/.sshx"))
}

// A Python that was installed right into the home folder, or ~/.local, has parts
// that can be shown.
func TestPrefixThatIsTooWide(t *testing.T) {
	for _, below := range []string{"", "/.local"} {
		h, env := home(t)
		pythonIn(t, h+below)
		put(t, h+below+"/share/secret", "")
		p := find(t, env, h+below+"/bin/python3", "-V")
		require.Equal(t, []string{h + below + "/bin/python3.12", h + below + "/lib/python3.12"}, paths(p))
		require.Equal(t, h+below+"/bin/python3.12", p.Argv[0])
	}
	h, env := home(t)
	put(t, h+"/"+venvFile, "home = /usr/bin\n")
	put(t, h+"/bin/x", "#!/bin/sh\n")
	_, err := Find([]string{h + "/bin/x"}, env)
	require.ErrorContains(t, err, "too wide to be shown: make it in a folder of its own")
	h, env = home(t)
	put(t, h+"/.local/lib/modules", "")
	copied(t, "/usr/bin/true", h+"/.local/bin/java")
	_, err = Find([]string{"java"}, env)
	require.ErrorContains(t, err, "install it in a folder of its own")
}

// What a venv, a binary or a link says can't make anything readable that is not what
// it is said to be.
func TestHostileClaims(t *testing.T) {
	h, env := home(t)
	put(t, h+"/private/id_rsa", "secret")
	put(t, h+"/private/python3", "#!/bin/sh\n")
	put(t, h+"/node/include/node/node.h", "")
	require.NoError(t, os.MkdirAll(h+"/node/bin", 0o755))
	v := h + "/venv"
	put(t, v+"/bin/x", "#!/bin/sh\n")
	for name, c := range map[string]struct{ cfg, want string }{
		"a folder without Python": {"home = " + h + "/private\n", "where there is no Python: make the venv again"},
		"another runtime":         {"home = " + h + "/node/bin\n", "where there is no Python: make the venv again"},
		"the home folder":         {"home = " + h + "\n", "where there is no Python"},
		"root":                    {"home = /\n", "where there is no Python"},
		"another venv":            {"home = " + v + "/bin\n", "which is a venv itself"},
		"not there":               {"home = /none\n", "is not there: make the venv again"},
		"relative":                {"home = ../private\n", "no absolute path"},
		"nothing":                 {"version = 3\n", "does not say where its Python is"},
		"huge":                    {strings.Repeat("#\n", smallMax), "more than 65536 bytes"},
	} {
		t.Run(name, func(t *testing.T) {
			put(t, v+"/"+venvFile, c.cfg)
			_, err := Find([]string{v + "/bin/x"}, env)
			require.ErrorContains(t, err, c.want)
		})
	}
	t.Run("a pipe", func(t *testing.T) {
		require.NoError(t, os.Remove(v+"/"+venvFile))
		require.NoError(t, syscall.Mkfifo(v+"/"+venvFile, 0o666))
		p := find(t, env, v+"/bin/x")
		require.Equal(t, []string{v + "/bin/x"}, paths(p), "it is then no venv")
	})
	t.Run("a library that is none", func(t *testing.T) {
		src := put(t, h+"/src/main.c", "int id(void); int main(void) { return id(); }\n")
		lib := put(t, h+"/src/lib.c", "int id(void) { return 0; }\n")
		require.NoError(t, os.MkdirAll(h+"/evil", 0o755))
		tool(t, "gcc", "-shared", "-fPIC", "-Wl,-soname,id_rsa", "-o", h+"/src/id_rsa", lib)
		tool(t, "gcc", "-o", h+"/evil/x", src, h+"/src/id_rsa", "-Wl,-rpath,"+h+"/private")
		p := find(t, env, h+"/evil/x")
		require.Equal(t, []string{h + "/evil/x"}, paths(p))
		require.Equal(t, []string{"x needs the library id_rsa, which was not found"}, p.Note)
	})
	t.Run("a link into a private folder", func(t *testing.T) {
		copied(t, "/usr/bin/true", h+"/.ssh/x")
		link(t, h+"/.ssh/x", h+"/.local/bin/x")
		_, err := Find([]string{"x"}, env)
		require.ErrorContains(t, err, h+"/.ssh is never shown to a program")
	})
	t.Run("a huge folder", func(t *testing.T) {
		prefix := h + "/many"
		copied(t, "/usr/bin/true", prefix+"/bin/x")
		for i := range namesMax + 10 {
			require.NoError(t, os.MkdirAll(fmt.Sprintf("%s/lib/n%d", prefix, i), 0o755))
		}
		require.LessOrEqual(t, len(names(prefix+"/lib")), namesMax)
		require.Equal(t, []string{prefix + "/bin/x"}, paths(find(t, env, prefix+"/bin/x")))
	})
}

func TestSettleDropsWhatIsInside(t *testing.T) {
	f := newFinder(Env{})
	f.reads = []Read{{"/a/b/c", "/a/b/c", ""}, {"/a/b", "/a/b", ""}, {"/a/b", "/x", ""}, {"/a/b", "/a/b", ""}}
	reads, err := f.settle()
	require.NoError(t, err)
	require.Equal(t, []Read{{"/a/b", "/a/b", ""}, {"/a/b", "/x", ""}}, reads)
	f.reads = []Read{{"/other", "/a/b/c", ""}, {"/a/b", "/a/b", ""}}
	_, err = f.settle()
	require.ErrorContains(t, err, "shown inside of /a/b")
}
