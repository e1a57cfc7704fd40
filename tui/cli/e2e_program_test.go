//go:build linux

package cli_test

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"golang.org/x/sys/unix"

	"secgpt/isolate/roomtest"
	"secgpt/mediator/audit"
)

// patience is how long a test waits for what another process does. A loaded machine
// needs some of it; what passes needs a hundredth.
const patience = time.Minute

// A program is a run of secgpt in a process of its own, that a test can stop.
type program struct {
	t    *testing.T
	cmd  *exec.Cmd
	out  watched
	errs watched
	done chan struct{} // closed when it has ended and all it wrote was read
}

// begin starts the program with a home of its own and no model server. What stands
// in env comes last.
func begin(t *testing.T, stdin io.Reader, env []string, args ...string) *program {
	t.Helper()
	return started(t, command(t, env, args...), stdin)
}

func started(t *testing.T, cmd *exec.Cmd, stdin io.Reader) *program {
	t.Helper()
	roomtest.Need(t)
	p := &program{t: t, cmd: cmd, done: make(chan struct{})}
	p.cmd.Stdin, p.cmd.Stdout, p.cmd.Stderr = stdin, &p.out, &p.errs
	require.NoError(t, p.cmd.Start())
	go func() {
		defer close(p.done)
		_ = p.cmd.Wait()
	}()
	t.Cleanup(func() {
		_ = p.cmd.Process.Kill()
		<-p.done
	})
	return p
}

// command is the program with its environment, not started yet.
func command(t *testing.T, env []string, args ...string) *exec.Cmd {
	t.Helper()
	adopt(t)
	cmd := exec.Command(self(t), args...)
	cmd.Dir = t.TempDir()
	cmd.Env = append(os.Environ(), "SECGPT_TEST_RUN=program", "HOME="+t.TempDir(), "OLLAMA_HOST=127.0.0.1:9",
		"GORACE=atexit_sleep_ms=0") // else the race detector sleeps for a second at each end
	cmd.Env = append(cmd.Env, env...)
	return cmd
}

// self is this binary, by a path that a grant can name.
func self(t *testing.T) string {
	t.Helper()
	path, err := os.Executable()
	require.NoError(t, err)
	path, err = filepath.EvalSymlinks(path)
	require.NoError(t, err)
	return path
}

// ended waits for the end and returns what the program did.
func (p *program) ended() ran {
	p.t.Helper()
	select {
	case <-p.done:
	case <-time.After(patience):
		p.t.Fatalf("%v did not end; it said:\n%s%s", p.cmd.Args[1:], p.out.text(), p.errs.text())
	}
	return ran{p.out.text(), p.errs.text(), p.cmd.ProcessState.ExitCode()}
}

func (p *program) signal(s syscall.Signal) {
	p.t.Helper()
	require.NoError(p.t, p.cmd.Process.Signal(s))
}

// try runs the program to its end, and sees that nothing of it is left.
func try(t *testing.T, args ...string) ran {
	t.Helper()
	return tryWith(t, nil, nil, args...)
}

func tryWith(t *testing.T, stdin io.Reader, env []string, args ...string) ran {
	t.Helper()
	r := begin(t, stdin, env, args...).ended()
	nothingLeft(t)
	return r
}

// requireLine checks an exit code, and that standard error is one line that says
// all of words and holds nothing of our insides.
func (r ran) requireLine(t *testing.T, code int, words ...string) {
	t.Helper()
	require.Equal(t, code, r.code, "%s\n%s", r.out, r.err)
	for _, w := range words {
		require.Contains(t, r.err, w)
	}
	require.Equal(t, 1, strings.Count(r.err, "\n"), "one line, not:\n%s", r.err)
	r.requireCalm(t)
}

// requireCalm checks that no stack and no other inside was shown.
func (r ran) requireCalm(t *testing.T) {
	t.Helper()
	for _, w := range []string{"goroutine", "panic", "0xc0", ".go:", "%!"} {
		require.NotContains(t, r.err, w)
	}
}

// watched is what a process writes, to be waited for.
type watched struct {
	mu  sync.Mutex
	b   bytes.Buffer
	new chan struct{} // closed at the next write; nil if nobody waits
}

func (w *watched) Write(p []byte) (int, error) {
	w.mu.Lock()
	defer w.mu.Unlock()
	if w.new != nil {
		close(w.new)
		w.new = nil
	}
	return w.b.Write(p)
}

func (w *watched) text() string {
	w.mu.Lock()
	defer w.mu.Unlock()
	return w.b.String()
}

// sees waits until want was written.
func (w *watched) sees(t *testing.T, want string) {
	t.Helper()
	late := time.After(patience)
	for {
		w.mu.Lock()
		text := w.b.String()
		if w.new == nil {
			w.new = make(chan struct{})
		}
		next := w.new
		w.mu.Unlock()
		if strings.Contains(text, want) {
			return
		}
		select {
		case <-next:
		case <-late:
			t.Fatalf("waited for %q, got:\n%s", want, text)
		}
	}
}

// eventually waits for what other processes bring about.
func eventually(t *testing.T, what string, ok func() bool) {
	t.Helper()
	require.Eventually(t, ok, patience, 5*time.Millisecond, what)
}

var subreaper = sync.OnceValue(func() error {
	return unix.Prctl(unix.PR_SET_CHILD_SUBREAPER, 1, 0, 0, 0)
})

// adopt makes every process that outlives its parent a child of the tests, however
// far it had cut itself loose: that is how none can hide.
func adopt(t *testing.T) {
	t.Helper()
	require.NoError(t, subreaper())
}

// process is one that runs: what has ended and was not yet waited for is none.
type process struct {
	pid, parent int
	args        string
}

// below returns the processes that descend from pid.
func below(pid int) []process {
	children := map[int][]process{}
	stats, _ := filepath.Glob("/proc/[0-9]*/stat")
	for _, path := range stats {
		b, err := os.ReadFile(path)
		if err != nil {
			continue // it has ended meanwhile
		}
		_, rest, _ := strings.Cut(string(b[bytes.LastIndexByte(b, ')'):]), " ")
		f := strings.Fields(rest)
		if len(f) < 2 || f[0] == "Z" || f[0] == "X" {
			continue
		}
		args, _ := os.ReadFile(filepath.Join(filepath.Dir(path), "cmdline"))
		p := process{args: strings.TrimSpace(strings.ReplaceAll(string(args), "\x00", " "))}
		p.pid, _ = strconv.Atoi(filepath.Base(filepath.Dir(path)))
		p.parent, _ = strconv.Atoi(f[1])
		children[p.parent] = append(children[p.parent], p)
	}
	var all []process
	for todo := []int{pid}; len(todo) > 0; todo = todo[1:] {
		for _, p := range children[todo[0]] {
			all = append(all, p)
			todo = append(todo, p.pid)
		}
	}
	return all
}

// runs reports whether a process whose arguments end so descends from the program.
func (p *program) runs(args string) bool { return runsBelow(p.cmd.Process.Pid, args) }

func runsBelow(pid int, args string) bool {
	return slices.ContainsFunc(below(pid), func(x process) bool { return strings.HasSuffix(x.args, args) })
}

// nothingLeft checks that no process descends from the tests any more, but the one
// launcher of rooms that they have themselves if they ran a hub.
func nothingLeft(t *testing.T) {
	t.Helper()
	deadline := time.Now().Add(patience)
	for {
		left := below(os.Getpid())
		isOurs := func(p process) bool { return p.args == "isolate:launcher" && p.parent == os.Getpid() }
		if at := slices.IndexFunc(left, isOurs); at >= 0 {
			left = slices.Delete(left, at, at+1)
		}
		if len(left) == 0 {
			return
		}
		if time.Now().After(deadline) {
			t.Fatalf("still running: %v", left)
		}
		require.NoError(t, pause())
	}
}

// pause yields for a moment between two looks at other processes, which nothing
// announces.
func pause() error {
	_, err := unix.Poll(nil, 2)
	if errors.Is(err, unix.EINTR) {
		return nil
	}
	return err
}

// intact checks that the record is whole and that every file of the profile that
// has a form can still be read.
func intact(t *testing.T, dir string) {
	t.Helper()
	r, err := audit.Verify(filepath.Join(dir, "state"))
	require.NoError(t, err)
	require.True(t, r.OK(), "%+v", r.Findings)
	require.Zero(t, r.Torn, "a line of the record is half written")
	require.Empty(t, leftovers(t, dir))
}

// leftovers are files that somebody began to write and did not put in their place.
func leftovers(t *testing.T, dir string) []string {
	t.Helper()
	var all []string
	require.NoError(t, filepath.WalkDir(dir, func(path string, d os.DirEntry, err error) error {
		if err != nil {
			return err
		}
		name := d.Name()
		maildir := strings.Contains(path, "/sample/mail/")
		if !maildir && (strings.Contains(name, "tmp") || strings.HasPrefix(name, ".") && strings.ContainsAny(name, "0123456789")) {
			all = append(all, path)
		}
		return nil
	}))
	return all
}

// events counts an event in the person's own calendar.
func events(t *testing.T, dir, title string) int {
	t.Helper()
	b, err := os.ReadFile(filepath.Join(dir, "sample", "calendars", "personal.ics"))
	require.NoError(t, err)
	return strings.Count(string(b), "SUMMARY:"+title)
}

// write puts a file into a profile, as its owner keeps it.
func write(t *testing.T, text string, path ...string) string {
	t.Helper()
	name := filepath.Join(path...)
	require.NoError(t, os.MkdirAll(filepath.Dir(name), 0o700))
	require.NoError(t, os.WriteFile(name, []byte(text), 0o600))
	return name
}

func (p process) String() string { return fmt.Sprintf("%d %q", p.pid, p.args) }
