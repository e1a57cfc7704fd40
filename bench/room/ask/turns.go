package ask

import (
	"bufio"
	"bytes"
	"context"
	"fmt"
	"io"
	"strconv"
	"strings"
	"time"
)

// turns has q.Argv outside and q.Inside in a room do one part of their work at a time,
// in turns, q.N times each in the same folder: what a disk does meanwhile for reasons
// of its own hits both alike, and no start is in the numbers. A worker does a part for
// each line that it reads, and writes its own time in nanoseconds, as Parts does.
func turns(ctx context.Context, q Request) (a Reply, err error) {
	ctx, stop := context.WithCancel(ctx)
	defer stop() // ends both
	began := time.Now()
	inside := q
	inside.Argv, inside.Room = q.Inside, true
	var part [2]func() (time.Duration, error)
	for i, w := range []Request{q, inside} {
		in, out, end, err := w.start(ctx)
		if err != nil {
			return a, err
		}
		defer end()
		defer in.Close()
		lines := bufio.NewReader(out)
		part[i] = func() (time.Duration, error) {
			took, err := onePart(in, lines)
			if err != nil {
				in.Close()
				err = fmt.Errorf("%q: %w: %s", w.Argv, err, bytes.TrimSpace(end()))
			}
			return took, err
		}
	}
	for i := range 2 * (q.N + 1) {
		who := (i + i/2) % 2 // a b b a a b: who follows whom is in neither's numbers
		took, err := part[who]()
		if err != nil {
			return a, err
		}
		if i >= 2 { // the first of each is not counted
			a.Turns[who] = append(a.Turns[who], took)
		}
	}
	a.Took = time.Since(began)
	return a, nil
}

func onePart(in io.Writer, out *bufio.Reader) (time.Duration, error) {
	if _, err := io.WriteString(in, "\n"); err != nil {
		return 0, err
	}
	line, err := out.ReadString('\n')
	if err != nil {
		return 0, err
	}
	ns, err := strconv.ParseInt(strings.TrimSpace(line), 10, 64)
	return time.Duration(ns), err
}

// parts writes, reads and deletes n small files for each line of in, and writes how
// many nanoseconds that took.
func parts(n int, in io.Reader, out io.Writer) error {
	lines := bufio.NewScanner(in)
	for lines.Scan() {
		began := time.Now()
		if err := files(n); err != nil {
			return err
		}
		if _, err := fmt.Fprintln(out, time.Since(began).Nanoseconds()); err != nil {
			return err
		}
	}
	return lines.Err()
}
