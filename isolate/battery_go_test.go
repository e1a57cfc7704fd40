//go:build linux && (amd64 || arm64)

package isolate

import (
	"bufio"
	"bytes"
	"encoding/binary"
	"encoding/json"
	"errors"
	"fmt"
	"net"
	"os"
	"os/exec"
	"slices"
	"strconv"
	"strings"
	"sync"
	"unsafe"

	"golang.org/x/sys/unix"
)

// hostileMode is the Go app of the battery: battery.py says what it does.
func hostileMode([]string) {
	in, out := json.NewDecoder(bufio.NewReader(os.Stdin)), json.NewEncoder(os.Stdout)
	for {
		var r row
		if in.Decode(&r) != nil {
			return
		}
		a := &app{buffers: map[[2]int]uintptr{}}
		if r.Thread {
			onDyingThread(func() { a.do(r) })
		} else {
			a.do(r)
		}
		_ = out.Encode(a.answer)
		for _, fd := range a.fds {
			_ = unix.Close(fd)
		}
	}
}

// An app is the state of one row.
type app struct {
	results []int
	buffers map[[2]int]uintptr
	kept    [][]byte // alive, and so at their address, until the row is done
	fds     []int
	answer  answer
}

func (a *app) do(r row) {
	for i, s := range r.Do {
		got, text, told := a.step(i+1, s)
		a.results = append(a.results, got)
		switch {
		case s.Value:
			a.answer = answer{0, i + 1, strconv.Itoa(got)}
		case got < 0 && !s.May:
			a.answer = answer{-got, i + 1, ""}
			return
		case told:
			a.answer = answer{0, i + 1, text}
		}
	}
}

func (a *app) step(k int, s step) (got int, text string, told bool) {
	switch s.Kind {
	case "call":
		return a.calls(k, s)
	case "spawn":
		holdThreads()
		for range s.Repeat {
			if err := exec.Command(s.Argv[0], s.Argv[1:]...).Start(); err != nil {
				return -number(err), "", false
			}
		}
		return 0, "", false
	case "run":
		out, err := exec.Command(s.Argv[0], s.Argv[1:]...).Output()
		if no := number(err); no != 0 {
			return -no, "", false
		}
		return 0, strings.TrimSpace(string(out)), true
	case "code":
		return machineCode(s.Code), "", false
	case "env":
		var names []string
		for _, e := range os.Environ() {
			name, _, _ := strings.Cut(e, "=")
			names = append(names, name)
		}
		slices.Sort(names)
		return 0, strings.Join(names, " "), true
	case "fds":
		return 0, openLinks(), true
	case "resolve":
		found, err := net.LookupHost(s.Argv[0])
		if err != nil {
			return 0, "no address", true
		}
		return 0, found[0], true
	case "sweep":
		for _, c := range s.Sweep {
			if _, _, no := unix.RawSyscall6(uintptr(c[0]), 0, 0, 0, 0, 0, 0); int(no) != c[1] {
				return 0, fmt.Sprintf("call %d answers %d", c[0], -int(no)), true
			}
		}
		return 0, "", false
	}
	data := unsafe.Slice((*byte)(at(a.buffers[[2]int(s.Of)]+uintptr(s.Off))), s.Size)
	if s.Kind == "text" {
		first, _, _ := bytes.Cut(data, []byte{0})
		return 0, string(first), true
	}
	var numbers []string
	for word := range slices.Chunk(data, s.Word) {
		var full [8]byte
		copy(full[:], word)
		numbers = append(numbers, strconv.FormatUint(binary.LittleEndian.Uint64(full[:]), 10))
	}
	return 0, strings.Join(numbers, " "), true
}

// holdThreads makes the threads that Go may need later, when there are no more to be
// had: without them it would end the process.
func holdThreads() {
	var all sync.WaitGroup
	for range 8 {
		all.Go(func() { _ = unix.Nanosleep(&unix.Timespec{Nsec: 10e6}, nil) })
	}
	all.Wait()
}

// at makes a pointer of an address whose buffer is kept.
func at(address uintptr) unsafe.Pointer { return *(*unsafe.Pointer)(unsafe.Pointer(&address)) }

func number(err error) int {
	var no unix.Errno
	errors.As(err, &no)
	return int(no)
}

func (a *app) calls(k int, s step) (got int, text string, told bool) {
	first, worked := 0, 0
	for n := range max(1, s.Repeat) {
		got = a.call(k, s, n)
		if n == 0 {
			first = got
		}
		if got >= 0 {
			worked++
		}
		if s.Same && got != first {
			return 0, fmt.Sprintf("%d at turn %d, %d before", got, n, first), true
		}
		if got < 0 && !s.Same && !s.Count {
			return got, "", false
		}
	}
	if s.Count {
		return worked, strconv.Itoa(worked), true
	}
	return got, "", false
}

func (a *app) call(k int, s step, turn int) int {
	var args [6]uintptr
	for j, arg := range s.Args {
		if arg.Z > 0 && turn > 0 {
			args[j] = a.buffers[[2]int{k, j + 1}] // the same again
			continue
		}
		args[j] = a.value(arg, turn)
		a.buffers[[2]int{k, j + 1}] = args[j]
	}
	r, _, no := unix.RawSyscall6(s.Nr, args[0], args[1], args[2], args[3], args[4], args[5])
	if no != 0 {
		return -int(no)
	}
	if s.FD && r > 2 {
		a.fds = append(a.fds, int(r))
	}
	return int(r)
}

func (a *app) value(g arg, turn int) uintptr {
	switch {
	case g.Z > 0:
		return a.keep(make([]byte, g.Z))
	case g.B == nil && g.Of != nil:
		return a.buffers[[2]int(g.Of)]
	case g.B == nil:
		v := g.I
		if g.R > 0 {
			v += int64(a.results[g.R-1])
		}
		if g.N {
			v += int64(turn)
		}
		return uintptr(v)
	}
	data := bytes.Clone(g.B)
	if g.N || g.R > 0 {
		if g.R > 0 {
			turn = a.results[g.R-1]
		}
		data = bytes.ReplaceAll(data, []byte("%d"), strconv.AppendInt(nil, int64(turn), 10))
	}
	for _, p := range g.At {
		binary.NativeEndian.PutUint64(data[p.Off:], uint64(a.value(p.Arg, turn)))
	}
	return a.keep(data)
}

// keep holds a buffer of the heap, which Go does not move.
func (a *app) keep(data []byte) uintptr {
	a.kept = append(a.kept, data)
	return uintptr(unsafe.Pointer(unsafe.SliceData(data)))
}

// machineCode runs code as a function without arguments.
func machineCode(code []byte) int {
	page, err := unix.Mmap(-1, 0, 4096, unix.PROT_READ|unix.PROT_WRITE|unix.PROT_EXEC, unix.MAP_PRIVATE|unix.MAP_ANON)
	if err != nil {
		return -number(err)
	}
	copy(page, code)
	entry := &page[0]
	call := &entry
	return (*(*func() int)(unsafe.Pointer(&call)))()
}

// openLinks says what the descriptors beyond the first three lead to.
func openLinks() string {
	names, _ := os.ReadDir("/proc/self/fd")
	var links []string
	for _, n := range names {
		fd, _ := strconv.Atoi(n.Name())
		link, err := os.Readlink("/proc/self/fd/" + n.Name())
		if fd > 2 && err == nil {
			links = append(links, link)
		}
	}
	return strings.Join(links, "\n")
}
