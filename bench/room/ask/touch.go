package ask

import (
	"bufio"
	"bytes"
	"context"
	"fmt"
	"io"
	"os"
	"strconv"
	"strings"
	"time"

	"golang.org/x/sys/unix"

	"secgpt/isolate"
)

const (
	touchMost = 4096 // MiB, of a program that nobody ends
	touchStep = 16   // MiB
)

// touch takes shared memory as fast as it can, and after each step writes how much it
// has, in MiB, and the time, in nanoseconds since 1970: a room has its own of the other
// clocks.
func touch(most int, out io.Writer) error {
	memory, err := unix.Mmap(-1, 0, most<<20, unix.PROT_READ|unix.PROT_WRITE, unix.MAP_SHARED|unix.MAP_ANON)
	if err != nil {
		return err
	}
	defer func() { _ = unix.Munmap(memory) }()
	for has := touchStep; has <= most; has += touchStep {
		step := memory[(has-touchStep)<<20 : has<<20]
		for i := 0; i < len(step); i += os.Getpagesize() {
			step[i] = 1
		}
		if _, err := fmt.Fprintln(out, has, time.Now().UnixNano()); err != nil {
			return err
		}
	}
	return nil
}

// touchMemory has a room of q.N MiB take more. Took is the time from its last step
// below the limit to the end of its last process, Bytes what it said that it has.
func touchMemory(ctx context.Context, q Request) (Reply, error) {
	q.Argv = []string{isolate.Self, WorkMode, "touch", strconv.Itoa(touchMost)}
	spec := q.spec()
	spec.Limits.Total = int64(q.N) << 20
	r, err := isolate.Start(ctx, spec)
	if err != nil {
		return Reply{}, err
	}
	defer func() { _ = r.Close() }()
	var has int
	var below int64
	for lines := bufio.NewScanner(r.Out); lines.Scan(); {
		var at int64
		if _, err := fmt.Sscan(lines.Text(), &has, &at); err != nil {
			return Reply{}, fmt.Errorf("it wrote %q: %w", lines.Text(), err)
		}
		if has < q.N {
			below = at
		}
	}
	exit := r.Wait()
	ended := time.Now().UnixNano()
	if below == 0 || has < q.N {
		return Reply{}, fmt.Errorf("it had %d MiB at its end: %+v: %s", has, exit, bytes.TrimSpace(r.Stderr()))
	}
	if !strings.HasPrefix(exit.Limit, "memory: ") || !strings.Contains(exit.Limit, fmt.Sprintf(" %d MiB", q.N)) {
		return Reply{}, fmt.Errorf("it was not ended by its limit: %+v: %s", exit, bytes.TrimSpace(r.Stderr()))
	}
	return Reply{Took: time.Duration(ended - below), Bytes: int64(has) << 20, Output: exit.Limit}, nil
}
