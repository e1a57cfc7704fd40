package main

import (
	"context"
	"fmt"
	"os/exec"
	"strconv"
	"time"

	"secgpt/bench/room/ask"
	"secgpt/isolate"
)

// 10,000 small files are made in parts, inside and outside in turns: a disk's noise lasts
// for longer than a part.
const (
	partFiles = 500
	turnsEach = 10_000 / partFiles
)

// pythonFiles does what ask.Work does for "files".
var pythonFiles = fmt.Sprintf(`import os, sys, time
for _ in sys.stdin:
    t = time.monotonic_ns()
    for i in range(%[1]d):
        with open(f"small-{i}", "wb") as f: f.write(bytes(200))
    for i in range(%[1]d):
        with open(f"small-{i}", "rb") as f: f.read()
    for i in range(%[1]d):
        os.unlink(f"small-{i}")
    print(time.monotonic_ns() - t, flush=True)`, partFiles)

// files measures work on small files inside beside the same outside, in the same folder.
func files(ctx context.Context, b *bench) error {
	a, err := b.asker(ctx, "small", b.programs.small)
	if err != nil {
		return err
	}
	goWork := []string{ask.WorkMode, "files", strconv.Itoa(partFiles)}
	python := []string{"/usr/bin/python3", "-c", pythonFiles} // a room shows /usr without a grant
	for _, w := range []struct {
		name            string
		outside, inside []string
	}{
		{"Go", append([]string{b.programs.small}, goWork...), append([]string{isolate.Self}, goWork...)},
		{"Python", python, python},
	} {
		if _, err := exec.LookPath(w.outside[0]); err != nil {
			b.note("small files, %s: not installed", w.name)
			continue
		}
		if err := b.inTurns(ctx, a, w.name, w.outside, w.inside); err != nil {
			return err
		}
	}
	return nil
}

// inTurns measures one language's files.
func (b *bench) inTurns(ctx context.Context, a *asker, name string, outside, inside []string) error {
	dir, err := b.folder("files-" + name)
	if err != nil {
		return err
	}
	var took [2][]float64 // a file, in microseconds
	for range b.fewer(10) {
		if err := ctx.Err(); err != nil {
			return err
		}
		r, err := a.ask(ask.Request{Do: "turns", Argv: outside, Inside: inside, Dir: dir, N: turnsEach})
		if err != nil {
			return err
		}
		for who, parts := range r.Turns {
			for _, part := range parts {
				took[who] = append(took[who], float64(part)/float64(time.Microsecond)/partFiles)
			}
		}
	}
	b.rows = append(b.rows, newRow("small files, written, read and deleted, inside and outside in turns",
		"10,000 of them, a file, "+name, "µs", took[1]).beside("outside", took[1], took[0]).askRatio(0, askedWork))
	return nil
}
