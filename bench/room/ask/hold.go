package ask

import (
	"bufio"
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"time"

	"golang.org/x/sys/unix"

	"secgpt/isolate"
)

// BesideName as the name of a program with this package in it (the argument before
// the first) has it answer on two more descriptors while it does what it is for.
const BesideName = "bench:beside"

// Beside serves on descriptors 3 and 4 if this process has that name. Nothing may be
// asked for before the program has called isolate.Main.
func Beside() {
	if os.Args[0] != BesideName {
		return
	}
	const in, out = 3, 4
	unix.CloseOnExec(in)
	unix.CloseOnExec(out)
	go func() { _ = Serve(os.NewFile(in, "requests"), os.NewFile(out, "replies")) }()
}

// A heldRoom is one that lives from one request to another.
type heldRoom struct {
	*isolate.Room
	began time.Time
	other []int      // processes below this one that are not of the room
	read  chan int64 // how much it wrote, once it has ended
	exit  chan isolate.Exit
}

// holding is the one that this process has.
var holding *heldRoom

// hold starts a room and returns once its program has written a line. What it writes
// after that is read as fast as it comes, and thrown away. Pids are all processes below
// this one then.
func hold(_ context.Context, q Request) (Reply, error) {
	if holding != nil {
		return Reply{}, errors.New("there is a held room already")
	}
	other := below(os.Getpid())
	spec := q.spec()
	spec.Init, spec.Limits.Wall = true, limit
	r, err := isolate.Start(context.Background(), spec)
	if err != nil {
		return Reply{}, err
	}
	h := &heldRoom{Room: r, began: time.Now(), other: other, read: make(chan int64, 1), exit: make(chan isolate.Exit, 1)}
	out := bufio.NewReader(r.Out)
	if _, err := out.ReadString('\n'); err != nil {
		_ = r.Close()
		return Reply{}, fmt.Errorf("%q in a room: %w: %s", q.Argv, err, bytes.TrimSpace(r.Stderr()))
	}
	go func() {
		n, _ := io.Copy(io.Discard, out)
		h.read <- n
	}()
	go func() { h.exit <- r.Wait() }()
	holding = h
	return Reply{Pids: below(os.Getpid())}, nil
}

// end ends the held room, and says how long it was there and what it took: those
// whom the kernel ends with process 1 are in no sum of ended children. That it has ended
// before is an error; but if a limit of the whole room ended it, Output says which.
func end(context.Context, Request) (Reply, error) {
	h := holding
	if h == nil {
		return Reply{}, errors.New("there is no held room")
	}
	holding = nil
	a := Reply{Took: time.Since(h.began)}
	var err error
	select {
	case e := <-h.exit:
		if a.Output = e.Limit; a.Output == "" {
			err = fmt.Errorf("the held room had ended: %+v: %s", e, bytes.TrimSpace(h.Stderr()))
		}
	default:
	}
	for _, pid := range below(os.Getpid()) {
		if !slices.Contains(h.other, pid) {
			a.CPU += processCPU(pid)
		}
	}
	_ = h.Close()
	a.Bytes = <-h.read
	return a, err
}

// processCPU is the processor time of a process and of those of its children that it
// has waited for. Its own is summed up thread by thread in nanoseconds: of many processes
// that each had little, ticks would tell nothing.
func processCPU(pid int) (sum time.Duration) {
	tasks, _ := filepath.Glob(fmt.Sprintf("/proc/%d/task/*/schedstat", pid))
	for _, path := range tasks {
		text, _ := os.ReadFile(path) // a thread that has ended has none
		own, _, _ := strings.Cut(string(text), " ")
		ns, _ := strconv.ParseInt(own, 10, 64)
		sum += time.Duration(ns)
	}
	const first, count, tick = 13, 2, 10 * time.Millisecond // cutime and cstime, counted from the state
	stat, _ := os.ReadFile(fmt.Sprintf("/proc/%d/stat", pid))
	_, rest, _ := strings.Cut(string(stat), ") ")
	if all := strings.Fields(rest); len(all) >= first+count {
		for _, ticks := range all[first : first+count] {
			n, _ := strconv.ParseInt(ticks, 10, 64)
			sum += time.Duration(n) * tick
		}
	}
	return sum
}

// below lists all processes below one.
func below(pid int) (all []int) {
	for _, c := range children(pid) {
		all = append(append(all, c), below(c)...)
	}
	return all
}
