//go:build linux && (amd64 || arm64)

package isolate

import (
	"cmp"
	"io"
	"os"
	"runtime"
	"sync"
	"sync/atomic"
	"syscall"
	"time"

	"golang.org/x/sys/unix"
)

// held is the part of a Room that nobody else sees.
type held struct {
	process *os.Process
	errors  *tail
	keeper  *keeper               // ends it at a limit of the whole room
	group   atomic.Pointer[group] // nil where there are no control groups
	space   int                   // the mount namespace; -1 if there is none
	done    chan struct{}         // closed once process 1 has been reaped
	freed   chan struct{}         // closed once its mounts are gone, too
	exit    Exit                  // valid after done
	close   sync.Once
}

// stderrKept is how much of process 1's standard error is kept: enough for a
// stack trace, and no more however much an app writes.
const stderrKept = 64 << 10

// lastWords is how long the rest of standard error is read after the end: what a
// pipe holds takes less than a millisecond.
const lastWords = time.Second

// Wait returns when process 1 has ended, and with it every process of the room. Its
// mounts go within a millisecond after. Any number of callers may wait.
func (r *Room) Wait() Exit {
	<-r.done
	return r.exit
}

// Close kills every process of the room, waits until they are gone and frees
// what the room held. Only the first call does anything. The error is always
// nil; it is there for io.Closer.
func (r *Room) Close() error {
	r.close.Do(func() {
		_ = r.process.Kill() // an error says that it is gone
		<-r.done
		_ = r.In.Close()
		_ = r.Out.Close()
		for _, l := range r.Listeners {
			_ = l.Close()
		}
	})
	<-r.freed
	return nil
}

// Stderr returns the last 64 KiB that the room wrote to its standard error. They
// are the app's words: escape them before they are shown.
func (r *Room) Stderr() []byte { return r.errors.bytes() }

// reap waits for process 1 on behalf of everybody else. The kernel ends process 1
// of a pid namespace only after all others in it are gone, so what they wrote to
// standard error is in the pipe.
func (r *Room) reap() {
	state, err := wait(r.process)
	r.exit = Exit{Code: -1}
	if err == nil {
		r.exit.Code = state.ExitCode()
		if ws, ok := state.Sys().(syscall.WaitStatus); ok && ws.Signaled() {
			r.exit.Signal = ws.Signal().String()
		}
	}
	var why string
	if g := r.group.Load(); g != nil {
		if state == nil || !state.Success() {
			why = g.why()
		}
		_ = g.remove()
	}
	r.exit.Limit = cmp.Or(r.keeper.release(), why)
	// But the pipe may have been handed out of the room, to somebody who lives on.
	_ = r.errors.from.SetReadDeadline(time.Now().Add(lastWords))
	<-r.errors.done
	close(r.done)
	runtime.Gosched() // those who waited for that come first
	_ = r.errors.from.Close()
	// The last of a room's mounts would go before the kernel tells of the end of process
	// 1, and it waits for all processors to do that. Held until here, they go after.
	if r.space >= 0 {
		_ = unix.Close(r.space)
	}
	close(r.freed)
}

// A tail keeps the last bytes of a stream.
type tail struct {
	mu    sync.Mutex
	ring  [stderrKept]byte
	total int // bytes ever written
	from  *os.File
	to    io.Writer // gets a copy; may be nil
	done  chan struct{}
}

// follow reads until the end, so that a writer is never blocked.
func (t *tail) follow() {
	defer close(t.done)
	_, _ = io.Copy(t, t.from)
}

func (t *tail) Write(p []byte) (int, error) {
	t.mu.Lock()
	defer t.mu.Unlock()
	n := len(p)
	if t.to != nil {
		_, _ = t.to.Write(p)
	}
	if n > len(t.ring) {
		t.total += n - len(t.ring)
		p = p[n-len(t.ring):]
	}
	at := t.total % len(t.ring)
	copy(t.ring[:], p[copy(t.ring[at:], p):])
	t.total += len(p)
	return n, nil
}

func (t *tail) bytes() []byte {
	t.mu.Lock()
	defer t.mu.Unlock()
	if t.total <= len(t.ring) {
		return append([]byte(nil), t.ring[:t.total]...)
	}
	at := t.total % len(t.ring)
	return append(append([]byte(nil), t.ring[at:]...), t.ring[:at]...)
}
