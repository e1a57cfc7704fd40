//go:build linux && (amd64 || arm64)

package isolate

import (
	"io"
	"math"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"secgpt/isolate/stage"
)

// refuses starts a room that must not come up, and returns what is said.
func refuses(t *testing.T, s Spec, want string) {
	t.Helper()
	r, err := Start(t.Context(), s)
	if err == nil {
		_ = r.Close()
	}
	require.ErrorContains(t, err, want, "%.200q %.200q", s.Argv, s.Files)
	requireCalm(t, err)
}

// long is a path of more bytes than the kernel takes.
var long = strings.Repeat("/0123456789abcde", 257)

func TestBadPrograms(t *testing.T) {
	leavesNothing(t)
	dir := folder(t)
	at := func(name, text string, mode os.FileMode) string {
		path := filepath.Join(dir, name)
		write(t, path, text, mode)
		return path
	}
	other := "\x7fELF\x02\x01\x01" + strings.Repeat("\x00", 9) + "\x02\x00\x16\x00\x01\x00\x00\x00" + strings.Repeat("\x00", 200) // s390
	for name, c := range map[string]struct {
		argv   []string
		direct string // what Start says if it is process 1
		init   string // what Start says, or what the init says before its end with 126
	}{
		"none":           {nil, "nothing to run: Argv is empty", "nothing to run: Argv is empty"},
		"empty name":     {[]string{""}, `"" in "/data": a room needs absolute paths`, `"" in "/data": a room needs absolute paths`},
		"relative":       {[]string{"bin/true"}, `"bin/true" in "/data"`, `"bin/true" in "/data"`},
		"folder":         {[]string{"/usr"}, "exec /usr: permission denied", "exec /usr: is a directory"},
		"missing":        {[]string{"/none"}, "exec /none: no such file", "exec /none: no such file"},
		"below a file":   {[]string{"/etc/passwd/x"}, "exec /etc/passwd/x: not a directory", "exec /etc/passwd/x: not a directory"},
		"not executable": {[]string{at("plain", "#!/bin/sh\n", 0o644)}, "plain: permission denied", "plain: permission denied"},
		"no interpreter": {[]string{at("lost", "#!/no/such\n", 0o755)}, "lost: no such file", "lost: no such file"},
		"windows":        {[]string{at("crlf", "#!/bin/sh\r\necho\r\n", 0o755)}, "crlf: no such file", "crlf: no such file"},
		"other machine":  {[]string{at("other", other, 0o755)}, "other: exec format error", "other: it is no program for this machine"},
		"empty file":     {[]string{at("empty", "", 0o755)}, "empty: exec format error", "empty: it is no program for this machine"},
		"text":           {[]string{at("text", "hello\n", 0o755)}, "text: exec format error", "text: it is no program for this machine"},
		"device":         {[]string{"/dev/null"}, "exec /dev/null: permission denied", "exec /dev/null: permission denied"},
		"itself":         {[]string{at("self", "#!"+dir+"/self\n", 0o755)}, "self: too many levels of symbolic links", "self: too many levels of symbolic links"},
		"zero byte":      {[]string{"/bin/true\x00"}, `"/bin/true\x00" has a zero byte in it`, `"/bin/true\x00" has a zero byte in it`},
		"long":           {[]string{long}, "file name too long", "file name too long"},
		"escapes":        {[]string{"/\x1b[2J\nx"}, `exec /\x1b[2J\nx: no such file`, `exec /\x1b[2J\nx: no such file`},
		"not utf-8":      {[]string{"/\xff\xfe"}, `exec /\xff\xfe: no such file`, `exec /\xff\xfe: no such file`},
	} {
		t.Run(name, func(t *testing.T) {
			s := testSpec(c.argv...)
			s.Files = []Grant{{Path: dir}}
			refuses(t, s, c.direct)
			s.Init = true
			r, err := Start(t.Context(), s)
			if err != nil {
				require.ErrorContains(t, err, c.init)
				requireCalm(t, err)
				return
			}
			require.Equal(t, Exit{Code: stage.CannotRun}, r.Wait())
			require.Contains(t, string(r.Stderr()), c.init)
			require.Equal(t, 1, strings.Count(string(r.Stderr()), "\n"))
			require.NoError(t, r.Close())
		})
	}
}

func TestBadLimits(t *testing.T) {
	leavesNothing(t)
	for name, c := range map[string]struct {
		l    Limits
		line string
		err  string // of Start
		want string // else: part of what comes
	}{
		"one process":      {l: Limits{Procs: 1}, line: "echo up; (true); echo $?", want: "up\n"},
		"few files":        {l: Limits{Files: 32}, line: "echo up", want: "up\n"},
		"too few files":    {l: Limits{Files: 31}, line: "echo up", err: "31 open files are too few: a room takes 32 to be made"},
		"tiny memory":      {l: Limits{Memory: 4096}, line: "echo up", want: "any"},
		"one byte":         {l: Limits{Memory: 1, Tmp: 1, Size: 1, Total: 1, Data: 1}, line: "echo up", want: "any"},
		"tiny scratch":     {l: Limits{Tmp: 4096}, line: "echo x > /tmp/a && echo y > /tmp/b || echo full", want: "full\n"},
		"one byte of file": {l: Limits{Size: 1}, line: "trap '' XFSZ; echo xyz > f; echo $?", want: "1\n"},
		"huge":             {l: Limits{Memory: math.MaxInt64, Procs: math.MaxInt, Files: math.MaxInt, Tmp: math.MaxInt64, Size: math.MaxInt64, CPU: math.MaxInt64, Total: math.MaxInt64, Data: math.MaxInt64, Wall: math.MaxInt64, Output: math.MaxInt64}, line: "echo up", want: "up\n"},
		"much memory":      {l: Limits{Memory: math.MaxInt64/2 + 1}, line: "echo up", want: "up\n"},
		"no time":          {l: Limits{Wall: 1}, line: "sleep 1000", want: ""},
		"a nanosecond":     {l: Limits{CPU: 1}, line: "while :; do :; done", want: ""},
		"negative":         {l: Limits{Procs: -1}, line: "true", err: "a limit is negative"},
		"least":            {l: Limits{Wall: math.MinInt64}, line: "true", err: "a limit is negative"},
	} {
		t.Run(name, func(t *testing.T) {
			s := shell(c.line)
			s.Limits = c.l
			r, err := Start(t.Context(), s)
			if c.err != "" || err != nil && c.want == "any" {
				require.ErrorContains(t, err, c.err)
				requireCalm(t, err)
				return
			}
			require.NoError(t, err)
			out, _ := io.ReadAll(r.Out)
			exit := r.Wait()
			if c.want != "any" {
				require.Contains(t, string(out), c.want, "%+v %s", exit, r.Stderr())
			}
			require.NoError(t, r.Close())
		})
	}
}

func TestBadEnvironments(t *testing.T) {
	leavesNothing(t)
	with := func(env ...string) Spec {
		s := testSpec("/usr/bin/env")
		s.Env = env
		return s
	}
	refuses(t, with("A=\x00"), "has a zero byte in it")
	refuses(t, with(stage.RoleVar+"=stage"), stage.RoleVar+" is the room's own")
	refuses(t, with("A="+strings.Repeat("x", stage.ConfigMax)), "a room takes 1048576")
	refuses(t, with("A="+strings.Repeat("x", 200_000)), "exec /usr/bin/env: argument list too long") // the kernel's bound of one
	many := make([]string, 70_000)
	for i := range many {
		many[i] = "A"
	}
	refuses(t, with(many...), "70000 arguments or variables, a room takes 65528")
	for _, first := range []bool{false, true} {
		s := with("A=1", "A=2", "none", "=x", "", "B=\n\x1b\xff")
		s.Init = first
		out, exit := output(t, s)
		require.Equal(t, Exit{}, exit)
		require.Contains(t, out, "A=1\n")
		require.Contains(t, out, "B=\n\x1b\xff\n")
	}
}

func TestBadFoldersAndIDs(t *testing.T) {
	leavesNothing(t)
	dir := folder(t)
	write(t, filepath.Join(dir, "file"), "", 0o644)
	s := shell("true")
	for at, want := range map[string]string{"/none": "chdir /none: no such file", "/etc/passwd": "chdir /etc/passwd: not a directory",
		"relative": "a room needs absolute paths", long: "file name too long", "/\x1b\n": `chdir /\x1b\n: no such file`} {
		s.Dir = at
		refuses(t, s, want)
	}
	for name, hosts := range map[string][]Host{
		"expected a name such as":       {{Name: "A.example", Ports: []int{1}}},
		`host "a\nb": expected`:         {{Name: "a\nb", Ports: []int{1}}},
		"port 0 is none":                {{Name: "a", Ports: []int{0}}},
		"port 65536 is none":            {{Name: "a", Ports: []int{65536}}},
		"has no port":                   {{Name: "a"}},
		"is named twice":                {{Name: "a", Ports: []int{1}}, {Name: "a", Ports: []int{2}}},
		"named twice, or is the room's": {{Name: "localhost", Ports: []int{1}}},
		"65 hosts, a room takes 64":     make([]Host, 65),
	} {
		s := shell("true")
		s.Hosts = hosts
		refuses(t, s, name)
	}
	if os.Geteuid() != 0 {
		return
	}
	for _, id := range []int{0, -1, 1<<32 - 1, math.MaxInt, math.MinInt} {
		s := shell("true")
		s.HostID = id
		refuses(t, s, "as root a room needs an unowned one")
	}
}
