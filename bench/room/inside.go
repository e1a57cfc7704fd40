package main

import (
	"context"
	"encoding/json"
	"fmt"

	"secgpt/bench/room/ask"
	"secgpt/isolate"
)

const (
	askedInit  = 4.0  // MB, process 1 as an init
	askedSpoke = 12.0 // MB, process 1 as a spoke
	askedRooms = 64   // at once
)

// memory measures the private dirty memory of process 1, seen from outside.
func memory(ctx context.Context, b *bench) error {
	const title = "private dirty memory of process 1"
	a, err := b.asker(ctx, "secgpt", b.programs.whole)
	if err != nil {
		return err
	}
	for _, m := range []struct {
		do, name string
		most     float64
	}{{"init", "as an init, above a shell", askedInit}, {"spoke", "as a spoke, above the calendar, after a call", askedSpoke}} {
		var all []float64
		for range b.fewer(20) {
			r, err := a.ask(ask.Request{Do: m.do})
			if err != nil {
				b.note("%s, %s: can't be measured: %v", title, m.name, err)
				break
			}
			all = append(all, float64(r.Bytes)/1e6)
		}
		if len(all) > 0 {
			b.rows = append(b.rows, newRow(title, m.name, "MB", all).askMost(m.most))
		}
	}
	return ctx.Err()
}

// many measures how long it takes until the last of many rooms is up.
func many(ctx context.Context, b *bench) error {
	a, err := b.asker(ctx, "secgpt", b.programs.whole)
	if err != nil {
		return err
	}
	v := &variant{do: asks(a, ask.Request{Do: "many", N: askedRooms, Argv: []string{"/bin/cat"}})}
	for range b.fewer(40) {
		took, err := v.do()
		if err != nil {
			return err
		}
		v.took = append(v.took, took)
	}
	r := newRow("rooms at once", fmt.Sprintf("%d rooms, until the last is up", askedRooms), "ms", v.took)
	r.Asked, r.Verdict = "all come up", "met"
	b.rows = append(b.rows, r)
	return nil
}

// calls measures single system calls under all layers.
func calls(ctx context.Context, b *bench) error {
	const title = "one system call, inside beside outside"
	a, err := b.asker(ctx, "small", b.programs.small)
	if err != nil {
		return err
	}
	took := [2]map[string][]float64{{}, {}}
	all := make([]*variant, 2)
	for i, q := range []ask.Request{
		{Do: "run", Argv: []string{b.programs.small, ask.WorkMode, "calls"}},
		{Do: "run", Argv: []string{isolate.Self, ask.WorkMode, "calls"}, Room: true},
	} {
		all[i] = &variant{name: "calls", do: func() (float64, error) {
			r, err := a.ask(q)
			if err != nil {
				return 0, err
			}
			var one map[string]float64
			if err := json.Unmarshal([]byte(r.Output), &one); err != nil {
				return 0, fmt.Errorf("it wrote %q: %w", r.Output, err)
			}
			for name, ns := range one {
				took[i][name] = append(took[i][name], ns)
			}
			return ms(r.Took), nil
		}}
	}
	if err := takeTurns(ctx, b.fewer(20), b.pause, all); err != nil {
		return err
	}
	for _, name := range []string{"getppid", "stat", "open+close"} {
		b.rows = append(b.rows, newRow(title, name, "ns", took[1][name]).beside("outside", took[1][name], took[0][name]))
	}
	return nil
}
