//go:build linux && (amd64 || arm64)

package isolate

import (
	"bytes"
	"errors"
	"fmt"
	"os"
	"runtime"
	"time"

	"golang.org/x/sys/unix"
)

// Where no control group can be had, the memory of a room is watched from outside.
//
// Counted is what its processes hold and the kernel can't take back: private and
// shared pages, those swapped out, huge ones, and the tables of pages, which a
// program can grow without a page in them. For root also shared memory that is
// in no table any more (MADV_DONTNEED leaves it in place); an ordinary user is not
// told of that, and it is not bounded there (docs/room.md says so). Not counted
// either: files of /tmp, /dev/shm and /data that are not mapped (Limits.Tmp bounds
// each), and what is in pipes, sockets and the kernel's own tables.
//
// What can't have happened is not looked for: while the machine as a whole has
// taken less than the room lacks, the room has not crossed its limit.
const (
	// watchEvery is how often the machine is asked. A room that touches memory as
	// fast as it can takes a few hundred MiB in that time.
	watchEvery = 125 * time.Millisecond
	// lookEvery is how often the room is looked at whatever the machine says: others
	// may have freed what it took.
	lookEvery = 5 * time.Second
	// firstLook is when it is looked at the first time, whatever the machine says: what it
	// took before the watch was there is not in the sums.
	firstLook = time.Second
	// lookAgain is how long an excess must last: a process and the child that it is
	// just starting share all memory for a millisecond, and both are counted.
	lookAgain = 25 * time.Millisecond
	// lookMost is the processor time of a look that ends a room which can't be counted:
	// 128 processes of 65,530 mappings each would otherwise blind the watch. On a busy
	// machine a look waits for its turn, which is not the room's doing; but not for lookLong.
	lookMost = time.Second
	lookLong = 2 * time.Second
	// lookRest is how many times as long as a look took the next one is put off, so
	// that looking takes a fifth of a processor at most.
	lookRest = 4
)

// watchMemory returns in plain words that the processes in the pid namespace of pid
// hold more than most bytes together, or that they can't be counted; "" once stop is
// closed. pid is any process of the room, as this process sees it, mostly its first.
func watchMemory(pid int, most int64, stop <-chan struct{}) string {
	ns, err := shared.enter(pid)
	if err == nil {
		defer shared.leave(pid)
	}
	switch {
	case errors.Is(err, os.ErrNotExist) || errors.Is(err, unix.ESRCH) || err != nil && isEnding(pid, stop):
		return ""
	case err != nil:
		return fmt.Sprintf("memory: the room can't be watched: %v", err)
	}
	w := newMemoryWatch(ns, most)
	for pause(nextTick(time.Now(), watchEvery), stop) {
		if !w.due(time.Now()) {
			continue
		}
		began := time.Now()
		why := w.look()
		if why != "" && pause(lookAgain, stop) {
			why = w.look()
		}
		if why != "" {
			return why
		}
		if !pause(min(lookRest*time.Since(began)-watchEvery, lookEvery), stop) {
			return ""
		}
	}
	return ""
}

// isEnding tells whether a process is at its end, or gone: one that let nobody look
// into it shows an ordinary user its namespaces no more once it has lost its memory.
// One whose first thread alone has ended is none.
func isEnding(pid int, stop <-chan struct{}) bool {
	for range 100 { // of many threads, the last ends a little later
		status, err := os.ReadFile(fmt.Sprintf("/proc/%d/status", pid))
		if err != nil || !hasMemory(status) && bytes.Contains(status, []byte("\nThreads:\t1\n")) || !pause(time.Millisecond, stop) {
			return true
		}
		if hasMemory(status) {
			return false
		}
	}
	return false
}

// nextTick is the time to the next multiple of every, so that the watches of all
// rooms wake together and share what they read.
func nextTick(now time.Time, every time.Duration) time.Duration {
	return now.Truncate(every).Add(every).Sub(now)
}

// pause waits and tells whether to go on.
func pause(d time.Duration, stop <-chan struct{}) bool {
	if d <= 0 {
		select {
		case <-stop:
			return false
		default:
			return true
		}
	}
	t := time.NewTimer(d)
	defer t.Stop()
	select {
	case <-stop:
		return false
	case <-t.C:
		return true
	}
}

// A memoryWatch is what is known of one room.
type memoryWatch struct {
	ns     string // its pid namespace; no process leaves it, whoever adopts it
	most   int64
	held   int64     // at most, when last looked
	used   int64     // by the machine then, or the least since
	looked time.Time // zero: not yet
}

// newMemoryWatch is of a room that has just begun: it holds next to nothing yet, and need
// not be looked through while its program starts.
func newMemoryWatch(ns string, most int64) memoryWatch {
	w := memoryWatch{ns: ns, most: most}
	now := time.Now()
	if used, err := shared.machine(now); err == nil {
		w.used, w.looked = used, now.Add(firstLook-lookEvery)
	}
	return w
}

// due tells whether the room can have crossed its limit since the last look. The
// kernel's own sums lag a little, so an eighth is kept back.
func (w *memoryWatch) due(now time.Time) bool {
	used, err := shared.machine(now)
	if err != nil || w.looked.IsZero() || now.Sub(w.looked) >= lookEvery {
		return true
	}
	w.used = min(w.used, used)
	return used-w.used >= w.most-w.most/8-w.held
}

// look counts the room, cheaply first, and returns the words if it holds too much.
func (w *memoryWatch) look() string {
	runtime.LockOSThread() // whose processor time is counted
	defer runtime.UnlockOSThread()
	began, effort := time.Now(), beginEffort()
	used, _ := shared.machine(began)
	pids, err := shared.members(w.ns, began)
	if err != nil {
		return fmt.Sprintf("memory: the room can't be watched: %v", err)
	}
	var all []holder
	w.held = 0
	for _, pid := range pids {
		if h, ok := holderOf(pid); ok {
			all = append(all, h)
			w.held += h.most()
		}
		if why := effort.tooMuch(); why != "" {
			return why
		}
	}
	w.used, w.looked = used, began
	if w.held <= w.most {
		return ""
	}
	held, why := count(all, effort)
	if why != "" || held <= w.most {
		return why
	}
	return fmt.Sprintf("memory: %s in all processes together, %s at most", sizeText(held), sizeText(w.most))
}

// An effort is what a look has taken, on the thread that began it.
type effort struct {
	began time.Time
	had   time.Duration // processor time of the thread by then
}

func beginEffort() effort { return effort{time.Now(), threadTime()} }

func threadTime() time.Duration {
	var t unix.Timespec
	if err := unix.ClockGettime(unix.CLOCK_THREAD_CPUTIME_ID, &t); err != nil {
		return 0
	}
	return time.Duration(t.Nano())
}

// tooMuch says in plain words that it was more than a look may take, or "".
func (e effort) tooMuch() string {
	switch {
	case threadTime()-e.had >= lookMost:
		return fmt.Sprintf("memory: it is in so many pieces that counting it takes more than %v", lookMost)
	case time.Since(e.began) >= lookLong:
		return fmt.Sprintf("memory: it could not be counted within %v", lookLong)
	}
	return ""
}
