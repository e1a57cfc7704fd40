//go:build linux

package spoke

import (
	"fmt"
	"io"
	"os"
	"path/filepath"
	"runtime"
	"strings"
	"sync"
	"syscall"
	"time"

	"secgpt/apps/link"
)

// A child is the app's process.
type child struct {
	stdin  *os.File
	stdout *os.File
	stderr *tail
	pid    int
	heard  chan struct{} // closed when nobody holds its standard error any more
	done   chan struct{} // closed when it has ended
	status string        // how it ended; read after done
}

// startChild runs the app's command with the frame's environment and nothing of
// ours but three pipes.
func startChild(s link.Start) (*child, error) {
	path, err := lookPath(s.Command[0], s.Env)
	if err != nil {
		return nil, err
	}
	ours, theirs, err := pipes()
	if err != nil {
		return nil, err
	}
	c := &child{stdin: ours[0], stdout: ours[1], stderr: &tail{}, heard: make(chan struct{}), done: make(chan struct{})}
	attr := &syscall.ProcAttr{
		Dir:   s.Dir,
		Env:   s.Env,
		Files: []uintptr{theirs[0].Fd(), theirs[1].Fd(), theirs[2].Fd()},
		Sys:   &syscall.SysProcAttr{Setsid: true},
	}
	if os.Getpid() != 1 {
		// Outside a room, as in tests, no process namespace takes the app along.
		attr.Sys.Pdeathsig = syscall.SIGKILL
	}
	started := make(chan error)
	go c.reap(path, s.Command, attr, started)
	err = <-started
	for _, f := range theirs {
		f.Close()
	}
	if err != nil {
		for _, f := range ours {
			f.Close()
		}
		return nil, err
	}
	go func() {
		_, _ = io.Copy(c.stderr, ours[2])
		ours[2].Close()
		close(c.heard)
	}()
	return c, nil
}

// reap starts the app and waits for it. As process 1 we are the parent of every
// orphan in the room too, so it takes whoever ends. That is why the app is not
// started by os/exec, which would wait for the same process. The thread is kept to
// the end: the app would be killed with it.
func (c *child) reap(path string, argv []string, attr *syscall.ProcAttr, started chan<- error) {
	runtime.LockOSThread()
	pid, err := syscall.ForkExec(path, argv, attr)
	if err != nil {
		err = fmt.Errorf("can't run %q: %w", path, err)
	}
	c.pid = pid
	started <- err
	if err != nil {
		return
	}
	defer close(c.done)
	for {
		var ws syscall.WaitStatus
		got, err := syscall.Wait4(-1, &ws, 0, nil)
		switch {
		case err == syscall.EINTR:
			continue
		case err != nil:
			c.status = err.Error()
			return
		case got != pid:
			continue
		case ws.Signaled():
			c.status = "killed by signal " + ws.Signal().String()
		default:
			c.status = fmt.Sprintf("exit status %d", ws.ExitStatus())
		}
		// What it left behind in its session goes as well.
		_ = syscall.Kill(-pid, syscall.SIGKILL)
		return
	}
}

// kill ends the app and returns when it has ended.
func (c *child) kill() {
	select {
	case <-c.done:
	default:
		_ = syscall.Kill(-c.pid, syscall.SIGKILL)
		<-c.done
	}
	c.stdin.Close()
	c.stdout.Close()
}

// ended waits for the app's end and its last words, and reports whether the end came
// in time.
func (c *child) ended(wait time.Duration) bool {
	t := time.NewTimer(wait)
	defer t.Stop()
	select {
	case <-c.done:
	case <-t.C:
		return false
	}
	select {
	case <-c.heard:
	case <-t.C: // something that it left behind holds on to the pipe
	}
	return true
}

// pipes returns our ends and the app's of its standard input, output and error.
func pipes() (ours, theirs [3]*os.File, err error) {
	for i := range ours {
		r, w, err := os.Pipe()
		if err != nil {
			for _, f := range append(ours[:i:i], theirs[:i]...) {
				f.Close()
			}
			return ours, theirs, err
		}
		ours[i], theirs[i] = r, w
		if i == 0 {
			ours[i], theirs[i] = w, r
		}
	}
	return ours, theirs, nil
}

// lookPath finds a command along the PATH that the app will have, not along ours.
func lookPath(name string, env []string) (string, error) {
	if strings.Contains(name, "/") {
		return name, nil
	}
	path := ""
	for _, e := range env {
		if v, ok := strings.CutPrefix(e, "PATH="); ok {
			path = v
		}
	}
	for _, dir := range filepath.SplitList(path) {
		file := filepath.Join(dir, name)
		if st, err := os.Stat(file); err == nil && st.Mode().IsRegular() && st.Mode()&0o111 != 0 {
			return file, nil
		}
	}
	return "", fmt.Errorf("there is no command %q in its room", name)
}

// maxTail is how much of an app's standard error is kept: the last words say most.
const maxTail = 2 << 10

// A tail keeps the end of what is written to it.
type tail struct {
	mu   sync.Mutex
	kept []byte
}

func (t *tail) Write(p []byte) (int, error) {
	t.mu.Lock()
	defer t.mu.Unlock()
	n := len(p)
	if n > maxTail {
		p = p[n-maxTail:]
	}
	if over := len(t.kept) + len(p) - maxTail; over > 0 {
		t.kept = append(t.kept[:0], t.kept[over:]...)
	}
	t.kept = append(t.kept, p...)
	return n, nil
}

func (t *tail) String() string {
	t.mu.Lock()
	defer t.mu.Unlock()
	return strings.TrimSpace(strings.ToValidUTF8(string(t.kept), "\uFFFD"))
}
