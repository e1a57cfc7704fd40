package rooms

import (
	"context"
	"encoding/json"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"testing"
	"testing/fstest"
	"time"

	"github.com/stretchr/testify/require"
	"go.uber.org/goleak"

	"secgpt/apps"
	"secgpt/apps/spoke"
	"secgpt/isolate"
)

// The test binary is all three processes: the tests, `spoke`, and `app NAME`, one of
// the servers in server_test.go.
func TestMain(m *testing.M) {
	isolate.Main()
	if len(os.Args) > 1 && os.Args[1] == "spoke" {
		os.Exit(spoke.Main())
	}
	if len(os.Args) > 2 && os.Args[1] == "app" {
		os.Exit(serve(os.Args[2]))
	}
	// One goroutine of isolate's starts rooms for the life of the process.
	goleak.VerifyTestMain(m, goleak.IgnoreAnyFunction("secgpt/isolate.serveStarts"))
}

// plain starts a spoke with no room around it: the tests of what a spoke and a pool
// do need none.
func plain(ctx context.Context, spec Spec) (*Room, error) {
	exe, err := os.Executable()
	if err != nil {
		return nil, err
	}
	cmd := exec.Command(exe, spec.Argv[1:]...)
	cmd.Env, cmd.Dir = spec.Env, spec.Data
	var stderr lockedBuffer
	cmd.Stderr = &stderr
	in, err := cmd.StdinPipe()
	if err != nil {
		return nil, err
	}
	out, w, err := os.Pipe()
	if err != nil {
		return nil, err
	}
	cmd.Stdout = w
	if err := cmd.Start(); err != nil {
		return nil, err
	}
	w.Close()
	ended := make(chan struct{})
	go func() { _ = cmd.Wait(); close(ended) }()
	closing := sync.OnceFunc(func() {
		_ = cmd.Process.Kill()
		<-ended
		in.Close()
		out.Close()
	})
	context.AfterFunc(ctx, closing)
	return &Room{In: in, Out: out, Stderr: stderr.bytes, Close: func() error { closing(); return nil }}, nil
}

type lockedBuffer struct {
	mu sync.Mutex
	b  []byte
}

func (l *lockedBuffer) Write(p []byte) (int, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.b = append(l.b, p...)
	return len(p), nil
}

func (l *lockedBuffer) bytes() []byte {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.b
}

// newPool returns a pool whose registry has one app for each name, all with the
// tools of server_test.go.
func newPool(t *testing.T, o Options, names ...string) *Pool {
	t.Helper()
	tools, err := json.Marshal(agreed)
	require.NoError(t, err)
	files := fstest.MapFS{}
	for _, n := range names {
		files[n+"/manifest.toml"] = &fstest.MapFile{Data: fmt.Appendf(nil, "name = %q\nabout = \"A test\"\ncommand = [\"secgpt\", \"app\", %q]\n", n, n)}
		files[n+"/tools.json"] = &fstest.MapFile{Data: tools}
	}
	o.Registry, err = apps.Open(apps.Options{DataDir: t.TempDir(), Home: t.TempDir(), BuiltIn: files})
	require.NoError(t, err)
	if o.Starter == nil {
		o.Starter = plain
	}
	if o.Self == "" {
		o.Self, err = os.Executable()
		require.NoError(t, err)
	}
	p := New(o)
	t.Cleanup(p.Close)
	return p
}

func (p *Pool) app(t *testing.T, name string) apps.App {
	t.Helper()
	a, ok := p.o.Registry.Get(name)
	require.True(t, ok, name)
	require.NoError(t, a.Locked)
	return a
}

func (p *Pool) try(t *testing.T, app, tool, args string) (Reply, error) {
	t.Helper()
	ctx, stop := context.WithTimeout(context.Background(), 60*time.Second)
	defer stop()
	return p.Call(ctx, p.app(t, app), tool, json.RawMessage(args))
}

// echo checks that the app answers.
func (p *Pool) echo(t *testing.T, app string) Reply {
	t.Helper()
	r, err := p.try(t, app, "echo", `{"text":"hello"}`)
	require.NoError(t, err)
	require.JSONEq(t, `{"text":"hello"}`, string(r.Value))
	return r
}

func requireKind(t *testing.T, err error, kind Kind, words string) *Error {
	t.Helper()
	var e *Error
	require.ErrorAs(t, err, &e)
	require.Equal(t, kind, e.Kind, "%v", err)
	require.ErrorContains(t, err, words)
	require.NotEmpty(t, e.App)
	return e
}

// eventually waits for a condition that another process brings about.
func eventually(t *testing.T, what string, ok func() bool) {
	t.Helper()
	require.Eventually(t, ok, 20*time.Second, 10*time.Millisecond, what)
}

// processes returns the ids of this test's `app NAME` processes.
func processes(name string) []string {
	return find(func(args []string) bool { return len(args) > 2 && args[1] == "app" && args[2] == name })
}

func withArgument(arg string) []string {
	return find(func(args []string) bool { return slices.Contains(args, arg) })
}

func find(match func(args []string) bool) []string {
	var all []string
	files, _ := filepath.Glob("/proc/[0-9]*/cmdline")
	for _, f := range files {
		b, _ := os.ReadFile(f) // it may have ended meanwhile
		if match(strings.Split(string(b), "\x00")) {
			all = append(all, filepath.Base(filepath.Dir(f)))
		}
	}
	return all
}
