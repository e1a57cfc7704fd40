package main

import (
	"context"
	"encoding/json"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"

	"secgpt/bench/room/ask"
	"secgpt/isolate"
)

// pythonCPU prints its own time in nanoseconds, as ask.Work does.
const pythonCPU = `import time
t = time.monotonic_ns()
x = 0
for i in range(3_000_000):
    x = (x * 31 + i) & 0xffffffff
print(time.monotonic_ns() - t)`

// folder makes a folder of the measured disk that a room may have as its own.
func (b *bench) folder(name string) (string, error) {
	path := filepath.Join(b.temp, name)
	if err := os.Mkdir(path, 0o777); err != nil {
		return "", err
	}
	if os.Geteuid() == 0 {
		return path, os.Chown(path, ask.HostID, ask.HostID)
	}
	return path, nil
}

// work measures what is done inside beside the same outside: by the clock of the work
// itself, and from start to exit.
func work(ctx context.Context, b *bench) error {
	a, err := b.asker(ctx, "small", b.programs.small)
	if err != nil {
		return err
	}
	kinds := []struct {
		name string
		argv []string // nil is our own worker
		args []string
	}{
		{"processor, Go (sha256)", nil, []string{"cpu"}},
		{"processor, Python (a loop)", []string{"python3", "-c", pythonCPU}, nil},
		{"200 forks, sh", nil, []string{"forks"}},
	}
	for i, k := range kinds {
		inArgv, outArgv := append([]string{isolate.Self, ask.WorkMode}, k.args...), append([]string{b.programs.small, ask.WorkMode}, k.args...)
		if k.argv != nil {
			path := "/usr/bin/" + k.argv[0] // one that a room shows without a grant
			if _, err := exec.LookPath(path); err != nil {
				b.note("%s: not installed: apt-get install %s", k.name, k.argv[0])
				continue
			}
			inArgv = append([]string{path}, k.argv[1:]...)
			outArgv = inArgv
		}
		dir, err := b.folder(fmt.Sprint("work", i))
		if err != nil {
			return err
		}
		if err := b.compare(ctx, a, k.name,
			ask.Request{Do: "run", Argv: outArgv, Dir: dir},
			ask.Request{Do: "run", Argv: inArgv, Dir: dir, Room: true}); err != nil {
			return err
		}
	}
	return nil
}

// compare measures one kind of work, outside and inside in turns.
func (b *bench) compare(ctx context.Context, a *asker, name string, outside, inside ask.Request) error {
	const title = "work inside beside the same outside; by its own clock, from start to exit, and in processor time"
	more := make([]samples, 2)
	all := make([]*variant, 2)
	for i, q := range []ask.Request{outside, inside} {
		all[i] = &variant{name: name, do: func() (float64, error) {
			r, err := a.ask(q)
			if err != nil {
				return 0, err
			}
			var ns float64
			if err := json.Unmarshal([]byte(strings.TrimSpace(r.Output)), &ns); err != nil {
				return 0, fmt.Errorf("it wrote %q: %w", r.Output, err)
			}
			more[i].add(ns/1e6, r.CPU)
			return ms(r.Took), nil
		}}
	}
	if err := takeTurns(ctx, b.fewer(10), b.pause, all); err != nil {
		return err
	}
	in, out := more[1], more[0]
	b.rows = append(b.rows,
		newRow(title, name, "ms", in.other).beside("outside", in.other, out.other).askRatio(0, askedWork),
		newRow(title, "  with the start", "ms", all[1].took).beside("outside", all[1].took, all[0].took),
		newRow(title, "  processor time, with the start", "ms", in.cpu).beside("outside", in.cpu, out.cpu))
	return nil
}
