//go:build linux && (amd64 || arm64)

package isolate

import (
	"bytes"
	"encoding/json"
	"fmt"
	"io"
	"maps"
	"os"
	"os/exec"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"golang.org/x/sys/unix"
)

// A job is what the driver of a battery is told: the app to start, and its rows.
type job struct {
	Argv []string
	Rows []row
	// Alone lists the rows that get a process of their own. Bare: there is no room.
	Alone []bool
	Bare  bool
}

// rowTime bounds one row: the slowest fills 64 MiB, or starts 150 programs.
const rowTime = 30 * time.Second

// battery is the driver, the first process of a room: it starts the app, gives it
// one row after the other, and starts it again when one has ended it.
func battery([]string) {
	var j job
	if err := json.NewDecoder(os.Stdin).Decode(&j); err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
	holdThreads()
	answers := map[string]string{}
	var shared *worker
	for i, r := range j.Rows {
		if j.Alone[i] {
			w := j.start()
			answers[r.ID] = w.ask(r)
			w.stop()
			continue
		}
		if shared == nil {
			shared = j.start()
		}
		if answers[r.ID] = shared.ask(r); shared.ended {
			shared = nil
		}
	}
	if shared != nil {
		shared.stop()
	}
	_ = json.NewEncoder(os.Stdout).Encode(answers)
}

// A worker is one process of the app.
type worker struct {
	failed error
	cmd    *exec.Cmd
	in     io.WriteCloser
	out    *os.File
	ended  bool
}

func (j job) start() *worker {
	w := &worker{cmd: exec.Command(j.Argv[0], j.Argv[1:]...)}
	w.cmd.SysProcAttr = &syscall.SysProcAttr{Setpgid: true}
	if j.Bare { // what it does to mounts and names is its own
		w.cmd.SysProcAttr.Cloneflags = unix.CLONE_NEWNS | unix.CLONE_NEWUTS | unix.CLONE_NEWIPC
	}
	read, write, err := os.Pipe()
	if err != nil {
		w.failed = err
		return w
	}
	defer func() { _ = write.Close() }()
	w.out, w.cmd.Stdout = read, write
	stderr, err := os.CreateTemp("", "stderr") // a file: nothing waits for its end
	if err != nil {
		w.failed = err
		return w
	}
	_ = os.Remove(stderr.Name())
	w.cmd.Stderr = stderr
	if w.in, err = w.cmd.StdinPipe(); err != nil {
		w.failed = err
		return w
	}
	for range 100 { // processes of the row before may still be on their way out
		if w.failed = w.cmd.Start(); number(w.failed) != int(unix.EAGAIN) {
			break
		}
		time.Sleep(10 * time.Millisecond)
	}
	return w
}

// ask gives the worker a row and says what came of it.
func (w *worker) ask(r row) string {
	if w.failed != nil {
		w.ended = true
		return "not started: " + w.failed.Error()
	}
	_ = json.NewEncoder(w.in).Encode(r)
	_ = w.out.SetReadDeadline(time.Now().Add(rowTime))
	var line []byte
	for one := make([]byte, 1); ; {
		n, err := w.out.Read(one)
		if err != nil {
			how := w.stop()
			if os.IsTimeout(err) {
				how = "no answer in " + rowTime.String()
			}
			return how
		}
		if n == 1 && one[0] == '\n' {
			break
		}
		line = append(line, one[:n]...)
	}
	var a answer
	if err := json.Unmarshal(line, &a); err != nil {
		return fmt.Sprintf("%q: %v", line, err)
	}
	return a.of(len(r.Do))
}

// of says an answer in words; another step than the last is named.
func (a answer) of(steps int) string {
	switch {
	case a.no == 0 && a.text == "":
		return "ok"
	case a.no == 0:
		return a.text
	}
	name := unix.ErrnoName(unix.Errno(a.no))
	if a.no == int(unix.EOPNOTSUPP) {
		name = "EOPNOTSUPP" // not its other name
	}
	if a.at == steps {
		return name
	}
	return fmt.Sprintf("%s at %d", name, a.at)
}

// stop kills the worker and its children, reaps what is ours, and says how the
// worker ended.
func (w *worker) stop() string {
	w.ended = true
	if w.failed != nil {
		return w.failed.Error()
	}
	_ = w.in.Close()
	group := w.cmd.Process.Pid
	how := "gone"
	seen := time.AfterFunc(50*time.Millisecond, func() { _ = unix.Kill(-group, unix.SIGKILL) }) // if it does not end by itself
	defer seen.Stop()
	for {
		var ws unix.WaitStatus
		pid, err := unix.Wait4(-group, &ws, 0, nil)
		if err == unix.EINTR {
			continue
		}
		if err != nil {
			break
		}
		if pid == group {
			if how = fmt.Sprintf("exit %d", ws.ExitStatus()); ws.Signaled() {
				how = unix.SignalName(ws.Signal())
			}
			_ = unix.Kill(-group, unix.SIGKILL)
		}
	}
	_ = w.out.Close()
	if f, ok := w.cmd.Stderr.(*os.File); ok {
		if strings.HasPrefix(how, "exit") {
			words := make([]byte, 400)
			n, _ := f.ReadAt(words, 0)
			how = strings.TrimSpace(how + " " + string(words[:n]))
		}
		_ = f.Close()
	}
	_ = w.cmd.Process.Release()
	return how
}

// newJob is the battery for one kind of app.
func newJob(app []string, rows []row) job {
	j := job{Argv: app, Rows: rows}
	for _, r := range rows {
		j.Alone = append(j.Alone, r.Alone)
	}
	return j
}

// runBattery does rows in one room and returns the answers by their ids. The spec
// says what else is in the room; its program is the driver.
func runBattery(t testing.TB, s Spec, app []string, rows []row) map[string]string {
	t.Helper()
	s.Argv = []string{Self, "battery"}
	r, err := Start(t.Context(), s)
	require.NoError(t, err)
	defer func() { require.NoError(t, r.Close()) }()
	go func() {
		_ = json.NewEncoder(r.In).Encode(newJob(app, rows))
		_ = r.In.Close()
	}()
	text, err := io.ReadAll(r.Out)
	require.NoError(t, err)
	require.Equal(t, Exit{}, r.Wait(), "%s", r.Stderr())
	return answersOf(t, text, rows)
}

// runBare does the same in the throwaway, without a room.
func runBare(t testing.TB, env, app []string, rows []row) map[string]string {
	t.Helper()
	j := newJob(app, rows)
	j.Bare = true
	text, err := json.Marshal(j)
	require.NoError(t, err)
	cmd := exec.CommandContext(t.Context(), "/proc/self/exe", "battery")
	cmd.Env, cmd.Stdin, cmd.Stderr = env, bytes.NewReader(text), os.Stderr
	out, err := cmd.Output()
	require.NoError(t, err)
	return answersOf(t, out, rows)
}

func answersOf(t testing.TB, text []byte, rows []row) map[string]string {
	t.Helper()
	answers := map[string]string{}
	require.NoError(t, json.Unmarshal(text, &answers), "%s", text)
	for _, r := range rows {
		if r.Judge != nil {
			answers[r.ID] = r.Judge(answers[r.ID])
		}
	}
	require.Len(t, maps.Clone(answers), len(rows), "ids are unique")
	return answers
}
