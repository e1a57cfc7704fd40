package main

import (
	"context"
	"fmt"
	"os"
	"strings"
	"time"

	"secgpt/bench/room/ask"
)

const (
	touchLimit  = 256    // MiB, of the room that takes more
	askedTouch  = 500.0  // ms, from its limit to its end
	askedOrphan = 1000.0 // ms, from the kill of a program to the end of its room
)

// left is a room with processes that don't want to end: eight in sessions of their own,
// deaf to whatever may be ignored.
const left = `trap '' HUP INT TERM; i=0; while [ $i -lt 8 ]; do setsid sleep 1000 & i=$((i+1)); done; echo up; read x`

// leftLeast is how many processes that are, with the shell and the first one.
const leftLeast = 10

// ends measures how long it takes until nothing of a room is left: of one that takes
// more memory than it may, and of one whose program is killed.
func ends(ctx context.Context, b *bench) error {
	const title = "the end of a room that nobody closes"
	a, err := b.asker(ctx, "small", b.programs.small)
	if err != nil {
		return err
	}
	var had []float64
	memory := &variant{name: fmt.Sprintf("shared memory, from %d MiB, all that it may have, to its end", touchLimit), do: func() (float64, error) {
		r, err := a.ask(ask.Request{Do: "touch", N: touchLimit})
		had = append(had, float64(r.Bytes)/1e6)
		return ms(r.Took), err
	}}
	orphan := &variant{name: "its program is killed, to the end of the last process", do: func() (float64, error) {
		took, err := b.orphan(ctx)
		return ms(took), err
	}}
	if err := takeTurns(ctx, b.fewer(5), b.pause, []*variant{memory, orphan}); err != nil {
		return err
	}
	b.rows = append(b.rows,
		newRow(title, memory.name, "ms", memory.took).askAlmost(memory.took, askedTouch),
		newRow(title, "  what it had by then", "MB", had[1:]),
		newRow(title, orphan.name, "ms", orphan.took).askAlmost(orphan.took, askedOrphan))
	return nil
}

// orphan kills a program that holds a room, and says how long it took until the last
// process of it was gone.
func (b *bench) orphan(ctx context.Context) (time.Duration, error) {
	a, err := b.asker(ctx, "secgpt that is killed", b.programs.whole)
	if err != nil {
		return 0, err
	}
	r, err := a.ask(ask.Request{Do: "hold", Argv: []string{"/bin/sh", "-c", left}})
	if err != nil {
		return 0, err
	}
	if len(r.Pids) < leftLeast {
		return 0, fmt.Errorf("the room has %d processes, not at least %d", len(r.Pids), leftLeast)
	}
	for _, pid := range r.Pids {
		if !lives(pid) {
			return 0, fmt.Errorf("process %d of the room had ended before", pid)
		}
	}
	began := time.Now()
	if err := a.cmd.Process.Kill(); err != nil {
		return 0, err
	}
	for _, pid := range r.Pids {
		for lives(pid) {
			if err := ctx.Err(); err != nil {
				return 0, err
			}
			time.Sleep(time.Millisecond)
		}
	}
	return time.Since(began), nil
}

// lives tells whether a process has not ended. One that has, and that its parent has
// not asked for, has.
func lives(pid int) bool {
	stat, err := os.ReadFile(fmt.Sprintf("/proc/%d/stat", pid))
	if err != nil {
		return false
	}
	_, rest, _ := strings.Cut(string(stat), ") ")
	return !strings.HasPrefix(rest, "Z") && !strings.HasPrefix(rest, "X")
}
