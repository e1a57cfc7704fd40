// Package ask is the program that asks for rooms while bench/room measures: it is
// linked into a small program and into the whole one, so that both are measured by
// the same lines.
//
// It answers one request a line on standard input with one line on standard output,
// and does everything itself that is timed, so that no pipe to the benchmark is in
// the numbers. It is nobody's peer but the benchmark's, and is in no release.
//
// Start reading at Serve.
package ask

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"time"

	"golang.org/x/sys/unix"

	"secgpt/isolate"
)

// The first arguments by which a program with this package in it is started.
const (
	Mode     = "bench:ask"  // Serve on standard input and output
	WorkMode = "bench:work" // Work, with the name of the work behind it
)

// limit bounds one request: the slowest, 10,000 files on a slow disk, takes seconds.
const limit = 2 * time.Minute

// A Request says what to do, where.
type Request struct {
	Do   string   // run, mcp, spoke, init, many, heap, hold, end, touch or turns
	Argv []string // of run, mcp, many, hold and turns
	Room bool     // in a room; else plainly
	Warm bool     // in a room that was kept warm
	Dir  string   // host folder: /data in a room, else the working folder
	Read []string // host folders that a room may read
	N    int      // many: rooms; heap: MiB to touch; touch: MiB that the room may have; turns: of each

	Inside []string // turns: what a room has in place of Argv
}

// A Reply says how it went. Err is "" if it went well.
type Reply struct {
	Took   time.Duration      // from the first call to the end of what was asked for
	Then   time.Duration      // mcp: until the list of tools, too
	CPU    time.Duration      // processor time of the processes that have ended meanwhile; end: and of the room's
	Output string             // run: what the program wrote; end, touch: which limit ended the room
	Bytes  int64              // spoke and init: private dirty memory of process 1; end: output; touch: memory
	Pids   []int              // hold: of all processes below this one
	Turns  [2][]time.Duration // turns: each part's own time, outside and inside
	Err    string
	Remedy string // if a room can't be had here
}

var doings = map[string]func(context.Context, Request) (Reply, error){
	"run": run, "mcp": mcp, "spoke": spokeMemory, "init": initMemory, "many": many, "heap": heap,
	"hold": hold, "end": end, "touch": touchMemory, "turns": turns,
}

// Main serves or works if this process was started to, and then does not return.
// The caller has called isolate.Main.
func Main() {
	if len(os.Args) < 2 {
		return
	}
	var err error
	switch os.Args[1] {
	case Mode:
		err = Serve(os.Stdin, os.Stdout)
	case WorkMode:
		err = Work(os.Args[2:], os.Stdin, os.Stdout)
	default:
		return
	}
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
	os.Exit(0)
}

// Serve answers requests until in ends.
func Serve(in io.Reader, out io.Writer) error {
	from, to := json.NewDecoder(in), json.NewEncoder(out)
	for {
		var q Request
		if err := from.Decode(&q); err == io.EOF {
			return nil
		} else if err != nil {
			return err
		}
		if err := to.Encode(answer(q)); err != nil {
			return err
		}
	}
}

func answer(q Request) Reply {
	do := doings[q.Do]
	if do == nil {
		return Reply{Err: fmt.Sprintf("nothing is called %q", q.Do)}
	}
	ctx, stop := context.WithTimeout(context.Background(), limit)
	defer stop()
	if q.Warm {
		if err := warm(ctx); err != nil {
			return Reply{Err: err.Error()}
		}
	}
	before := childrenCPU()
	a, err := do(ctx, q)
	a.CPU += childrenCPU() - before
	if err != nil {
		a.Err = err.Error()
		var le *isolate.LayerError
		if errors.As(err, &le) {
			a.Remedy = le.Remedy
		}
	}
	return a
}

// childrenCPU is the processor time of all ended children and of theirs, as far as
// they were waited for.
func childrenCPU() time.Duration {
	var used unix.Rusage
	if err := unix.Getrusage(unix.RUSAGE_CHILDREN, &used); err != nil {
		return 0
	}
	return time.Duration(used.Utime.Nano() + used.Stime.Nano())
}

// held is what heap has touched.
var held [][]byte

// heap makes this process one of q.N MiB.
func heap(_ context.Context, q Request) (Reply, error) {
	for range q.N {
		block := make([]byte, 1<<20)
		for i := 0; i < len(block); i += os.Getpagesize() {
			block[i] = 1
		}
		held = append(held, block)
	}
	return Reply{}, nil
}
