//go:build linux && (amd64 || arm64)

package program

import (
	"os"
	"strings"
	"syscall"
	"testing"

	"github.com/stretchr/testify/require"
)

// elfOf is the start of a program for a machine: class, machine.
func elfOf(class byte, machine uint16) string {
	b := make([]byte, 256)
	copy(b, "\x7fELF")
	b[4], b[5], b[6] = class, 1, 1
	b[16] = 2
	b[18], b[19] = byte(machine), byte(machine>>8)
	return string(b)
}

func TestErrorsSayWhatToDo(t *testing.T) {
	h, env := home(t)
	require.NoError(t, syscall.Mkfifo(h+"/fifo", 0o777))
	put(t, h+"/plain", "echo\n")
	put(t, h+"/text", "hello\n")
	require.NoError(t, os.Chmod(h+"/text", 0o755))
	put(t, h+"/empty", "")
	require.NoError(t, os.Chmod(h+"/empty", 0o755))
	link(t, h+"/gone", h+"/dangling")
	link(t, h+"/gone", h+"/.local/bin/broken")
	link(t, "b", h+"/a")
	link(t, "a", h+"/b")
	put(t, h+"/here", "#!/bin/sh\n")
	for name, text := range map[string]string{
		"crlf": "#!/usr/bin/env python3\r\nprint()\r\n", "crlf2": "#!/bin/sh\r\n", "none": "#!\n", "relative": "#!python3\n",
		"missing": "#!/opt/none/bin/python\n", "nocommand": "#!/usr/bin/env no-such-command\n", "folder": "#!/usr\n",
		"one": "#!/usr/bin/env sh -e\n", "long": "#!/" + strings.Repeat("x", 300) + "\n", "zero": "#!/bin/sh\x00\n",
		"quoted": "#!/usr/bin/env -S sh 'a b'\n", "bare": "#!/usr/bin/env\n", "ignore": "#!/usr/bin/env -S -i sh\n",
		"self": "#!" + h + "/self\n", "data": "#!" + h + "/text\n",
		"x86": elfOf(1, 3), "riscv": elfOf(2, 243), "cut": "\x7fELF", "sparc": elfOf(2, 43), "headerless": elfOf(2, hostMachine()),
	} {
		put(t, h+"/"+name, text)
	}
	for name, want := range map[string]string{
		"":               "no command was named",
		"nope":           "nope: there is no such command on PATH: install it, or name it by its whole path",
		"broken":         h + "/.local/bin/broken: it is a link to " + h + "/gone, which is not there: install it again",
		"here":           "here: it is in this folder and not on PATH: say ./here",
		"./nope":         h + "/./nope: there is no such file",
		"./":             "it is a folder: name a program in it",
		"/usr":           "/usr: it is a folder: name a program in it",
		"./plain":        h + "/plain: it is not executable: name its interpreter before it, or chmod +x it",
		"./fifo":         h + "/fifo: it is a pipe, socket or device, and no program",
		"/dev/null":      "/dev/null: it is a pipe, socket or device, and no program",
		"./text":         "it is neither a program for this system nor a script that begins with #!",
		"./empty":        h + "/empty: it is empty: install it again",
		"./dangling":     h + "/dangling: it is a link to " + h + "/gone, which is not there: install it again",
		"./a":            "its links go round in a circle: install it again",
		"./crlf":         h + `/crlf: its first line ends as on Windows: mend it with sed -i 's/\r$//'`,
		"./crlf2":        "ends as on Windows",
		"./none":         "its first line names no interpreter",
		"./relative":     "write #!/usr/bin/env python3",
		"./missing":      h + "/missing: its interpreter can't be had: /opt/none/bin/python: there is no such file",
		"./nocommand":    h + "/nocommand: its interpreter can't be had: no-such-command: there is no such command on PATH",
		"./folder":       "its interpreter can't be had: /usr: it is a folder",
		"./one":          "write #!/usr/bin/env -S sh -e",
		"./long":         "its first line has more than 256 bytes",
		"./zero":         "zero byte",
		"./quoted":       "name " + "/usr/bin/env with plain words",
		"./bare":         "names no interpreter after env",
		"./ignore":       "lets env drop the environment",
		"./self":         "more than 4 scripts that run each other",
		"./data":         "neither a program for this system",
		"./x86":          "made for another machine (32-bit 386), and this one is 64-bit ",
		"./riscv":        "made for another machine (64-bit riscv), and this one is 64-bit ",
		"./cut":          "broken program file: install it again",
		"./sparc":        "made for another machine (64-bit sparcv9)",
		"./headerless":   "broken program file: install it again",
		"a\x00b":         "zero byte",
		"/snap/bin/true": "/snap/bin/true: it is a snap",
	} {
		t.Run(name, func(t *testing.T) {
			_, err := Find([]string{name}, env)
			require.ErrorContains(t, err, want)
			require.NotContains(t, err.Error(), "\n")
		})
	}
	_, err := Find([]string{"./here"}, Env{Vars: env.Vars})
	require.ErrorContains(t, err, "name it from / on")
	_, err = Find(nil, env)
	require.ErrorContains(t, err, "no command was named")
}

func TestRunnersAreRefused(t *testing.T) {
	for line, want := range map[string]string{
		"npx -y @scope/server /tmp":       "npx: it downloads what it runs at each start, and a room has no network: say `npm install -g @scope/server` once, then",
		"/usr/bin/npx":                    "say `npm install -g PACKAGE` once",
		"npm exec -- thing":               "npm exec: it downloads",
		"uvx mcp-server-time --zone UTC":  "say `uv tool install mcp-server-time` once",
		"uv tool run mcp-server-time":     "say `uv tool install mcp-server-time` once",
		"uv --directory /x run server.py": "say `uv sync` once",
		"pipx run mcp-server-git":         "say `pipx install mcp-server-git` once",
		"bunx thing":                      "say `bun add -g thing` once",
		"pnpm dlx thing":                  "say `npm install -g thing` once",
		"docker run -i --rm mcp/time":     "docker: its containers run outside of a room",
		"npm run start":                   "",
		"/usr/bin/env npx":                "",
		"pipx list":                       "",
		"uv --version":                    "",
	} {
		err := fetches(strings.Fields(line))
		if want == "" {
			require.NoError(t, err, line)
		} else {
			require.ErrorContains(t, err, want, line)
		}
	}
}
