//go:build linux && (amd64 || arm64)

package works

import (
	"bytes"
	"context"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"secgpt/isolate"
	"secgpt/isolate/program"
	"secgpt/isolate/roomtest"
)

func TestMain(m *testing.M) {
	isolate.Main()
	code := m.Run()
	printRows()
	os.Exit(code)
}

// roomLimit bounds one room. The longest takes some ten seconds on a slow machine.
const roomLimit = 2 * time.Minute

// outputMax bounds what a program prints: a line for each thing that it tries.
const outputMax = 1 << 20

// need skips where there are no rooms, or a program is not installed.
func need(t *testing.T, names ...string) {
	t.Helper()
	if testing.Short() {
		t.Skip("-short: it takes seconds")
	}
	roomtest.Need(t)
	for _, name := range names {
		if _, err := exec.LookPath(name); err != nil {
			roomtest.Missing(t, "%s is not installed", name)
		}
	}
}

// say runs a command outside and returns what it prints.
func say(t *testing.T, argv ...string) string {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
	defer cancel()
	out, err := exec.CommandContext(ctx, argv[0], argv[1:]...).CombinedOutput()
	require.NoError(t, err, "%s: %s", argv, out)
	return strings.TrimSpace(string(out))
}

// folder makes a folder that any user can reach, which those of t.TempDir are not.
func folder(t *testing.T) string {
	t.Helper()
	dir, err := os.MkdirTemp("", "works")
	require.NoError(t, err)
	t.Cleanup(func() { require.NoError(t, os.RemoveAll(dir)) })
	require.NoError(t, os.Chmod(dir, 0o755))
	dir, err = filepath.EvalSymlinks(dir)
	require.NoError(t, err)
	return dir
}

// spec is a room as an app gets one. The command is named as a person would name it.
func spec(t *testing.T, data string, argv ...string) isolate.Spec {
	t.Helper()
	p := program.Program{Argv: argv, Env: []string{"PATH=/usr/local/bin:/usr/bin:/bin"}}
	if !strings.HasPrefix(argv[0], "/data/") {
		var err error
		p, err = program.Find(argv, program.Env{Vars: os.Environ(), Dir: "/"})
		require.NoError(t, err)
	}
	s := isolate.Spec{Name: filepath.Base(argv[0]), Argv: p.Argv, Data: data, HostID: isolate.HostIDBase + 77,
		Env: append(p.Env, "HOME=/data", "LANG=C.UTF-8")}
	for _, r := range p.Reads {
		s.Files = append(s.Files, isolate.Grant{Path: r.Path, At: r.At})
	}
	return s
}

// open starts a room that ends with the test, or after roomLimit.
func open(t *testing.T, s isolate.Spec) *isolate.Room {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), roomLimit)
	t.Cleanup(cancel)
	r, err := isolate.Start(ctx, s)
	require.NoError(t, err)
	t.Cleanup(func() { require.NoError(t, r.Close()) })
	return r
}

// lines runs a room to its end and returns what it printed.
func lines(t *testing.T, s isolate.Spec) []string {
	t.Helper()
	r := open(t, s)
	require.NoError(t, r.In.Close())
	out, err := io.ReadAll(io.LimitReader(r.Out, outputMax))
	require.NoError(t, err)
	exit := r.Wait()
	require.Equal(t, isolate.Exit{}, exit, "it printed: %s\nand to standard error: %s", out, r.Stderr())
	if os.Getenv("TRACE") != "" {
		t.Logf("standard error: %s", r.Stderr())
	}
	return strings.Split(string(bytes.TrimSpace(out)), "\n")
}
