package ask

import (
	"bytes"
	"context"
	"fmt"
	"io"
	"os"
	"os/exec"
	"slices"
	"sync"
	"time"

	"secgpt/isolate"
)

// env is the whole environment of whatever is run, inside and outside.
var env = []string{"PATH=/usr/local/bin:/usr/bin:/bin", "LANG=C.UTF-8", "HOME=/tmp"}

// HostID is who a room runs as, under root.
const HostID = isolate.HostIDBase + 1

func (q Request) spec() isolate.Spec {
	s := isolate.Spec{Argv: q.Argv, Env: env, Data: q.Dir, HostID: HostID}
	for _, path := range q.Read {
		s.Files = append(s.Files, isolate.Grant{Path: path})
	}
	return s
}

func (q Request) command(ctx context.Context) *exec.Cmd {
	cmd := exec.CommandContext(ctx, q.Argv[0], q.Argv[1:]...)
	cmd.Dir, cmd.Env = q.Dir, env
	return cmd
}

// run runs a program from start to exit.
func run(ctx context.Context, q Request) (Reply, error) {
	began := time.Now()
	if !q.Room {
		var out, stderr bytes.Buffer
		cmd := q.command(ctx)
		cmd.Stdout, cmd.Stderr = &out, &stderr
		err := cmd.Run()
		took := time.Since(began)
		if err != nil {
			err = fmt.Errorf("%v: %w: %s", q.Argv, err, bytes.TrimSpace(stderr.Bytes()))
		}
		return Reply{Took: took, Output: out.String()}, err
	}
	r, err := isolate.Start(ctx, q.spec())
	if err != nil {
		return Reply{}, err
	}
	defer func() { _ = r.Close() }()
	out, err := io.ReadAll(r.Out)
	exit := r.Wait()
	took := time.Since(began)
	if exit.Code != 0 {
		err = fmt.Errorf("%q in a room: exit code %d %s: %s", q.Argv, exit.Code, exit.Signal, bytes.TrimSpace(r.Stderr()))
	}
	return Reply{Took: took, Output: string(out)}, err
}

// settles is how long a room that has just begun has for what it does before it waits: a
// few milliseconds.
const settles = 30 * time.Millisecond

// warm returns once a room is kept warm. One is begun half a second after each start, so a
// process that was asked for this measures no cold start any more.
func warm(ctx context.Context) error {
	isolate.Warm(1)
	for !slices.ContainsFunc(children(os.Getpid()), isFirst) {
		select {
		case <-time.After(time.Millisecond):
		case <-ctx.Done():
			return fmt.Errorf("no warm room came up: %w", ctx.Err())
		}
	}
	time.Sleep(settles)
	return nil
}

// many starts q.N rooms at once and says when the last was up.
func many(ctx context.Context, q Request) (Reply, error) {
	rooms, errs := make([]*isolate.Room, q.N), make([]error, q.N)
	spec := q.spec()
	var up sync.WaitGroup
	began := time.Now()
	for i := range rooms {
		up.Go(func() { rooms[i], errs[i] = isolate.Start(ctx, spec) })
	}
	up.Wait()
	took := time.Since(began)
	var first error
	failed := 0
	var down sync.WaitGroup
	for i, r := range rooms {
		if r == nil {
			failed++
			first = errs[i]
			continue
		}
		down.Go(func() { _ = r.Close() })
	}
	down.Wait()
	if failed > 0 {
		return Reply{}, fmt.Errorf("%d of %d rooms did not come up: %w", failed, q.N, first)
	}
	return Reply{Took: took}, nil
}
