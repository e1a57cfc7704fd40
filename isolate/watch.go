//go:build linux && (amd64 || arm64)

package isolate

import (
	"bufio"
	"bytes"
	"errors"
	"fmt"
	"io"
	"os"
	"runtime"
	"strconv"
	"strings"
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
	lookLong = 10 * time.Second
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

// A holder is the memory of one process.
type holder struct {
	task   int   // a thread of it that lives: the first may have ended before the others
	pages  int64 // private and shared pages and swap; those shared with other processes in each
	fixed  int64 // tables and huge pages
	space  int64 // addresses in use, to find processes that have one memory
	shmems map[shmemID]int64
}

// A shmemID names one piece of shared anonymous memory.
type shmemID struct{ dev, ino uint64 }

// most is what it holds if it shares nothing.
func (h holder) most() int64 {
	sum := h.pages + h.fixed
	for _, size := range h.shmems {
		sum += size
	}
	return sum
}

// holderOf reads the cheap numbers of a process; false if it has no memory (left).
func holderOf(pid int) (holder, bool) {
	text, task := liveStatus(pid)
	if text == nil {
		return holder{}, false
	}
	h := holder{
		task:  task,
		pages: kibs(text, "RssAnon", "RssShmem", "VmSwap"),
		fixed: kibs(text, "VmPTE", "HugetlbPages"),
		space: kibs(text, "VmSize"),
	}
	if os.Geteuid() == 0 {
		var tooMany bool
		if h.shmems, tooMany = shmemsOf(task); tooMany {
			h.fixed = 1 << 50 // more than any limit: see mapsMost
		}
	}
	return h, true
}

// liveStatus reads /proc/PID/status. That of a process whose first thread has ended
// says nothing of the memory, which the other threads still have.
func liveStatus(pid int) (text []byte, task int) {
	text, err := os.ReadFile(fmt.Sprintf("/proc/%d/status", pid))
	if err != nil {
		return nil, 0
	}
	if hasMemory(text) {
		return text, pid
	}
	tasks, err := names(fmt.Sprintf("/proc/%d/task", pid))
	if err != nil {
		return nil, 0
	}
	for _, name := range tasks {
		text, err := os.ReadFile(fmt.Sprintf("/proc/%d/task/%s/status", pid, name))
		if err == nil && hasMemory(text) {
			task, _ = strconv.Atoi(name)
			return text, task
		}
	}
	return nil, 0
}

func hasMemory(status []byte) bool { return bytes.Contains(status, []byte("\nVmRSS:")) }

// shmemsOf finds shared anonymous memory by its mappings and asks for all of it,
// whether it is in a table of pages or not. Only root of the host may.
// The lines are as long as the app likes, by the names of its folders: so no more than
// mapsMost is read, and a process with more counts as one that can't be counted.
func shmemsOf(task int) (found map[shmemID]int64, tooMany bool) {
	maps, err := os.Open(fmt.Sprintf("/proc/%d/maps", task))
	if err != nil {
		return nil, false
	}
	defer func() { _ = maps.Close() }()
	limited := &io.LimitedReader{R: maps, N: mapsMost}
	in := bufio.NewReaderSize(limited, mapsLine)
	for {
		line, err := in.ReadSlice('\n')
		if errors.Is(err, bufio.ErrBufferFull) {
			continue // a piece of a long line; what we look for has a short one
		}
		if err != nil {
			return found, limited.N <= 0
		}
		// "7f…-7f… rw-s 00000000 00:01 1024   /dev/zero (deleted)"
		if !bytes.HasSuffix(line, []byte(" (deleted)\n")) || !bytes.Contains(line, []byte(" /dev/zero ")) &&
			!bytes.Contains(line, []byte(" /memfd:")) && !bytes.Contains(line, []byte(" /SYSV")) {
			continue
		}
		at, _, _ := bytes.Cut(line, []byte(" "))
		var st unix.Stat_t
		if unix.Stat(fmt.Sprintf("/proc/%d/map_files/%s", task, mapName(at)), &st) == nil {
			if found == nil {
				found = map[shmemID]int64{}
			}
			found[shmemID{st.Dev, st.Ino}] = st.Blocks * 512
		}
	}
}

const (
	mapsMost = 16 << 20 // of /proc/PID/maps; 60,000 mappings of libraries have 6 MiB
	mapsLine = 4 << 10
)

// mapName is how map_files writes a range of maps: without leading zeros.
func mapName(at []byte) string {
	from, to, _ := strings.Cut(string(at), "-")
	return trimZeros(from) + "-" + trimZeros(to)
}

func trimZeros(s string) string {
	if s = strings.TrimLeft(s, "0"); s == "" {
		return "0"
	}
	return s
}

// count adds up what the processes hold, pages shared between them once.
func count(all []holder, spent effort) (sum int64, why string) {
	var seen []holder
	var private, mapped, whole int64
	shmems := map[shmemID]int64{}
	for _, h := range all {
		if sameMemory(h, seen) {
			continue
		}
		seen = append(seen, h)
		text, err := os.ReadFile(fmt.Sprintf("/proc/%d/smaps_rollup", h.task))
		switch {
		case err == nil:
			private += kibs(text, "Pss_Anon", "SwapPss")
			mapped += kibs(text, "Pss_Shmem")
		case errors.Is(err, os.ErrNotExist) || errors.Is(err, unix.ESRCH):
			continue // it has ended
		default:
			private += h.pages
		}
		private += h.fixed
		for id, size := range h.shmems {
			shmems[id] = size
		}
		if why = spent.tooMuch(); why != "" {
			return 0, why
		}
	}
	for _, size := range shmems {
		whole += size
	}
	return private + max(mapped, whole), ""
}

// sameMemory tells whether one of seen has the very same memory, as after vfork or
// clone(CLONE_VM), so that it has been counted.
func sameMemory(h holder, seen []holder) bool {
	const kcmpVM = 1
	for _, other := range seen {
		if other.space != h.space {
			continue
		}
		if order, _, no := unix.Syscall6(unix.SYS_KCMP, uintptr(other.task), uintptr(h.task), kcmpVM, 0, 0, 0); no == 0 && order == 0 {
			return true
		}
	}
	return false
}

// kibs adds up those lines of a file of /proc ("Name:   12 kB") that are named, in bytes.
func kibs(text []byte, wanted ...string) int64 {
	var sum int64
	for line := range bytes.Lines(text) {
		name, value, _ := bytes.Cut(line, []byte(":"))
		for _, w := range wanted {
			if string(name) == w {
				n, _ := strconv.ParseInt(string(bytes.TrimSuffix(bytes.TrimSpace(value), []byte(" kB"))), 10, 64)
				sum += n << 10
			}
		}
	}
	return sum
}

// names lists a folder of /proc without a look at each entry.
func names(dir string) ([]string, error) {
	f, err := os.Open(dir)
	if err != nil {
		return nil, err
	}
	defer func() { _ = f.Close() }()
	return f.Readdirnames(-1)
}
