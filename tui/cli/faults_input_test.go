//go:build linux

package cli_test

import (
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"secgpt/tui/pipe"
)

// A bad manifest locks its app, alone: what needs it is the person's to mend, what
// does not goes on.
func TestABadManifestLocksItsAppAlone(t *testing.T) {
	for name, c := range map[string]struct{ from, to, want string }{
		"an unknown key":       {`about =`, `abuot =`, `app.toml:2: unknown key "abuot"; expected one of name, about`},
		"a wrong type":         {`"An app of somebody's"`, `7`, `app.toml:2: about: found a whole number, expected a text`},
		"an unknown effect":    {`"read"`, `"peek"`, `app.toml:10: tools.look.effect: effect "peek"`},
		"a changed command":    {`misbehave`, `behave`, `app.toml:4: pin does not fit`},
		"a tool it has not":    {`tools.change`, `tools.pay`, `app.toml:12: the app has no tool "pay"`},
		"a wrong mode":         {`"ro"`, `"rx"`, `app.toml:7: mode "rx": expected ro or rw`},
		"something unfinished": {`about = "`, `about = `, `app.toml:2:`},
	} {
		t.Run(name, func(t *testing.T) {
			dir := profileWith(t)
			install(t, dir, "decent", c.from, c.to)
			list := try(t, "apps", "list", "--profile", dir)
			require.Zero(t, list.code)
			require.Regexp(t, `(?m)^decent +locked: `, list.out)
			require.Contains(t, list.out, c.want)
			require.Zero(t, try(t, "--demo", "--profile", dir, "--model", "none", "-p", "unread mail").code)
			tryWith(t, strings.NewReader(beside("decent")), nil, on(dir)...).requireLine(t, 2, "decent")
			try(t, "apps", "call", "--profile", dir, "decent.look", `{"text":"x"}`).requireLine(t, 2, "decent")
		})
	}
}

// A missing list of tools locks the app as well.
func TestAnAppWithoutItsToolsIsLocked(t *testing.T) {
	dir := profileWith(t, "decent")
	tools := filepath.Join(dir, "data", "apps", "decent", "tools.json")
	require.NoError(t, os.Remove(tools))
	require.Contains(t, try(t, "apps", "list", "--profile", dir).out, tools+": there is no such file")
	require.NoError(t, os.WriteFile(tools, []byte("{}"), 0o600))
	require.Contains(t, try(t, "apps", "list", "--profile", dir).out, tools)
}

func TestABadConfigOrPolicyIsNamedWithItsLine(t *testing.T) {
	for file, texts := range map[string]map[string]string{
		"config.toml": {
			"model = \"none\"\n\ncolour = 1":            `:3: unknown key "colour"; expected model, models, servers, consent, apps or intents`,
			"# a comment\nmodel = 7":                    `:2: model: found a whole number, expected a text`,
			"[apps]\nmail = \"x\"":                      `:2: apps.mail: found a text, expected a table`,
			"[[intents]]\nsay = \"x\"":                  `:2: intents.say: found a text, expected a list`,
			"[consent]\nsend = \"maybe\"":               `:2: send = "maybe"; expected words, always or provenance`,
			"model = \"none":                            `:1: `,
			"[apps.mail]\nfolder = \"Mail\"":            `folder = "Mail": expected an absolute path`,
			"[apps.nosuch]\nfolder = \"/nosuch\"":       `[apps.nosuch]: there is no app of that name`,
			"model = \"" + strings.Repeat("x", 2<<20):   `at most`,
			"model = \"none\"\n[apps.mail]\npath = \"x": `:3: `,
		},
		"policy.toml": {
			"next = 2\ncolour = 1":                                       `:2: unknown key "colour": expected next or rules`,
			"next = \"two\"":                                             `:1: next: expected a whole number from 1`,
			"[[rules]]\nnumber = 1\nrule = 7":                            `:3: rule: expected a text such as`,
			"[[rules]]\nnumber = 1\nrule = \"allow mail -> \"":           `:3: rule`,
			"[[rules]]\nnumber = 1\nrule = \"permit a -> b\"":            `:3: rule`,
			"[[rules]]\nnumber = 1\nrule = \"deny any -> mail\"\nby = 1": `:4: by`,
		},
	} {
		for text, want := range texts {
			t.Run(fmt.Sprintf("%s %.40q", file, text), func(t *testing.T) {
				dir := t.TempDir()
				path := write(t, text, dir, "config", file)
				r := try(t, "--profile", dir, "--model", "none", "-p", "unread mail")
				r.requireLine(t, 2, path, want)
				require.Empty(t, r.out)
			})
		}
	}
}

func TestAConfigThatOthersCanWriteIsRefused(t *testing.T) {
	for _, file := range []string{"config.toml", "policy.toml"} {
		dir := t.TempDir()
		path := write(t, "", dir, "config", file)
		require.NoError(t, os.Chmod(path, 0o666))
		try(t, "--profile", dir, "-p", "unread mail").requireLine(t, 2, "can be written by others", "chmod 600 "+path)
	}
}

// A profile that can't be made, or that nobody named.
func TestAProfileThatCannotBeMade(t *testing.T) {
	file := write(t, "", t.TempDir(), "file")
	below := filepath.Join(file, "p")
	try(t, "--profile", below, "-p", "unread mail").requireLine(t, 2, below, "can't be made", "name another")
	try(t, "--profile", below, "policy", "list").requireLine(t, 2, below, "can't be made")
	try(t, "--demo", "--profile", below, "-p", "unread mail").requireLine(t, 2, below)
	try(t, "--demo", "--profile", "/proc/p", "-p", "unread mail").requireLine(t, 2, "/proc/p", "can't be made")
	try(t, "--demo", "--profile", "", "-p", "unread mail").requireLine(t, 2, "--profile names no folder")
	tryWith(t, nil, []string{"TMPDIR=" + below}, "--demo", "-p", "unread mail").requireLine(t, 2, below, "--profile DIR")
	tryWith(t, nil, []string{"HOME="}, "-p", "unread mail").requireLine(t, 2, "no home folder", "--profile DIR")
}

// endless is n bytes of one letter.
func endless(n int64, letter byte) io.Reader { return io.LimitReader(letters(letter), n) }

type letters byte

func (l letters) Read(p []byte) (int, error) {
	for i := range p {
		p[i] = byte(l)
	}
	return len(p), nil
}

func TestPlansThatDoNotEndAreStoppedAtANamedLimit(t *testing.T) {
	for name, c := range map[string]struct {
		plan io.Reader
		code int
		want string
	}{
		"10 MB":             {endless(10<<20, '#'), 6, "the plan has more than 16384 bytes: split it"},
		"10 MB of lines":    {endless(10<<20, '\n'), 2, "is empty"},
		"endless":           {strings.NewReader("n = 0\nfor a in range(9999):\n  for b in range(9999):\n    n = n + 1\nreply(n)"), 6, "did not end within 100000 steps"},
		"a list in a list":  {strings.NewReader("x = [1]\nfor a in range(9999):\n  x = [x, x]\nreply(x)"), 6, "the value is too large"},
		"memory":            {strings.NewReader("x = \"a\" * 1000000\ny = [x for a in range(1000)]"), 6, "too large"},
		"brackets":          {strings.NewReader("x = " + strings.Repeat("(", 5000) + "1" + strings.Repeat(")", 5000)), 6, "more than 200 deep"},
		"def and recursion": {strings.NewReader("# mine\ndef f():\n  return f()\nf()"), 2, "standard input:2:1: a plan has no functions of its own"},
		"lambda":            {strings.NewReader("f = lambda: f()"), 2, "standard input:1:5: a lambda can only be"},
		"while":             {strings.NewReader("while True:\n  x = 1"), 2, "standard input:1:1: there is no while"},
		"load":              {strings.NewReader("load(\"x\", \"y\")"), 2, "standard input:1:1: "},
		"not text":          {strings.NewReader("reply(\"\xff\")"), 2, "UTF-8"},
	} {
		t.Run(name, func(t *testing.T) {
			tryWith(t, c.plan, nil, "--demo", "--model", "none", "run", "-").requireLine(t, c.code, c.want)
		})
	}
}

// More than anybody asks is no request either.
func TestStandardInputIsBounded(t *testing.T) {
	tryWith(t, endless(10<<20, 'a'), nil, "--demo", "--model", "none").requireLine(t, 2, "more than 1048576 bytes")
	tryWith(t, endless(10<<20, 'a'), nil, "--demo", "--model", "none", "-p", "unread mail").requireLine(t, 2, "more than 1048576 bytes")
	tryWith(t, strings.NewReader(" \n"), nil, "--demo", "--model", "none").requireLine(t, 2, "no request")
}

// The command that a refusal prints can be typed as it stands.
func TestTheRemedyOfARefusalWorks(t *testing.T) {
	dir := filepath.Join(t.TempDir(), "my profile")
	args := []string{"--demo", "--profile", dir, "--model", "none"}
	r := tryWith(t, strings.NewReader(invite), nil, args...)
	require.Equal(t, 4, r.code)
	_, line, found := strings.Cut(r.err, "To allow it:")
	require.True(t, found, r.err)
	require.Contains(t, line, "policy add 'allow mail -> calendar.create_event' --profile "+pipe.Quote(dir))
	require.Zero(t, try(t, "policy", "add", "allow mail -> calendar.create_event", "--profile", dir).code)
	require.Zero(t, tryWith(t, strings.NewReader(invite), nil, args...).code)
	require.Equal(t, 1, events(t, dir, kickoff))
}
