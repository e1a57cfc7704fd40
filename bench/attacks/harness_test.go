//go:build linux

package attacks

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	// What the program is made of, so that the go command runs these tests again when it
	// changes: it can't know what they build.
	_ "secgpt/apps/calendar"
	_ "secgpt/apps/contacts"
	_ "secgpt/apps/mail"
	_ "secgpt/apps/notes"
	_ "secgpt/apps/paper"
	_ "secgpt/apps/sample"
	_ "secgpt/apps/spoke"
	_ "secgpt/tui/cli"

	"secgpt/hub/model/modeltest"
	"secgpt/isolate"
	"secgpt/isolate/roomtest"
)

// program is secgpt as it is shipped, built once.
var program string

func TestMain(m *testing.M) {
	isolate.Main() // this binary tries whether there are rooms
	if len(os.Args) > 2 && os.Args[1] == "hostile" {
		os.Exit(hostile(os.Args[2]))
	}
	os.Exit(run(m))
}

func run(m *testing.M) int {
	dir, err := os.MkdirTemp("", "attacks")
	if err != nil {
		panic(err)
	}
	defer os.RemoveAll(dir)
	program = filepath.Join(dir, "secgpt")
	if out, err := exec.Command("go", "build", "-o", program, "secgpt").CombinedOutput(); err != nil {
		panic(string(out))
	}
	return m.Run()
}

// A victim is a person with the demo's apps and data, a profile of their own, and a
// model that says what it is told to.
type victim struct {
	t     *testing.T
	dir   string
	cwd   string // where they stand; "" is where the tests do
	model *modeltest.Server
}

// obedient is the model, as its server lists it.
const obedient = `{"name":"obedient:1b","model":"obedient:1b","size":1000000000,"details":{"family":"qwen2","parameter_size":"1B"}}`

func newVictim(t *testing.T) *victim {
	t.Helper()
	roomtest.Need(t)
	v := &victim{t: t, dir: filepath.Join(t.TempDir(), "p"), model: modeltest.New(t, obedient, `{"answer":"done"}`)}
	require.Zero(t, v.does("", "--demo", "apps", "list").code)
	return v
}

// did is what became of one run of secgpt.
type did struct {
	out, err string
	code     int
}

const runLimit = 2 * time.Minute

func (v *victim) does(stdin string, args ...string) did {
	v.t.Helper()
	ctx, cancel := context.WithTimeout(v.t.Context(), runLimit)
	defer cancel()
	cmd := exec.CommandContext(ctx, program, append([]string{"--profile", v.dir}, args...)...)
	cmd.Env = append(os.Environ(), "OLLAMA_HOST="+v.model.URL, "SECRET_KEY=canary-of-the-environment")
	cmd.Stdin, cmd.Dir = strings.NewReader(stdin), v.cwd
	var out, errs strings.Builder
	cmd.Stdout, cmd.Stderr = &out, &errs
	err := cmd.Run()
	var exit *exec.ExitError
	if err != nil && !errors.As(err, &exit) {
		require.NoError(v.t, err)
	}
	return did{out.String(), errs.String(), cmd.ProcessState.ExitCode()}
}

// runs runs a plan of the person's own on the demo's apps.
func (v *victim) runs(plan string, flags ...string) did {
	v.t.Helper()
	return v.does(plan, append(append([]string{"--demo", "--model", "ollama:obedient:1b"}, flags...), "run", "-")...)
}

// adds installs a hostile app, as the person would who was talked into it.
func (v *victim) adds(name string, s spec, flags ...string) did {
	v.t.Helper()
	self, err := os.Executable()
	require.NoError(v.t, err)
	text, err := json.Marshal(s)
	require.NoError(v.t, err)
	args := append([]string{"apps", "add", name, "--yes"}, flags...)
	return v.does("", append(args, "--", self, "hostile", string(text))...)
}

func (v *victim) added(name string, s spec, flags ...string) {
	v.t.Helper()
	r := v.adds(name, s, flags...)
	require.Zero(v.t, r.code, r.err)
}

func (v *victim) rule(text string) {
	v.t.Helper()
	r := v.does("", "policy", "add", text)
	require.Zero(v.t, r.code, r.err)
}

// heard is all that arrived at a hostile app.
func (v *victim) heard(app string) string {
	b, _ := os.ReadFile(filepath.Join(v.dir, "data", "apps", app, "data", "heard"))
	return string(b)
}

// sent is how many mails left.
func (v *victim) sent() int {
	var n int
	require.NoError(v.t, filepath.WalkDir(filepath.Join(v.dir, "sample", "mail"), func(path string, d os.DirEntry, err error) error {
		if err == nil && !d.IsDir() && strings.Contains(strings.ToLower(path), "sent") {
			n++
		}
		return err
	}))
	return n
}

// delivers puts a mail into the person's mailbox.
func (v *victim) delivers(subject, kind, body string) {
	v.t.Helper()
	text := "From: Eve <eve@example.net>\r\nTo: robin@example.org\r\nSubject: " + subject +
		"\r\nDate: " + time.Now().Format(time.RFC1123Z) + "\r\nContent-Type: text/" + kind + "; charset=utf-8\r\n\r\n" + body
	name := filepath.Join(v.dir, "sample", "mail", "new", fmt.Sprintf("%d.attack", time.Now().UnixNano()))
	require.NoError(v.t, os.WriteFile(name, []byte(text), 0o644))
}

// wants is a step in which the model wants a tool.
func wants(tool string, args map[string]any) string {
	b, _ := json.Marshal(map[string]any{"call": tool, "args": args})
	return string(b)
}
