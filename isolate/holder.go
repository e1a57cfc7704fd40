//go:build linux && (amd64 || arm64)

package isolate

import (
	"bufio"
	"bytes"
	"errors"
	"fmt"
	"io"
	"os"
	"strconv"
	"strings"

	"golang.org/x/sys/unix"
)

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
