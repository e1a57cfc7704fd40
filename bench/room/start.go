package main

import (
	"context"
	"fmt"

	"secgpt/bench/room/ask"
)

// hubMiB is the memory of the large hub.
const hubMiB = 1024

// What is asked for. A start beside bwrap's is issue 4's number; "unchanged" with a
// large hub means within a tenth.
const (
	askedCold  = 1.5
	askedWarm  = 0.6
	askedSame  = 0.1
	trueBinary = "/bin/true"
)

// start measures /bin/true from start to exit, asked of running programs.
func start(ctx context.Context, b *bench) error {
	title := "start to exit of /bin/true, asked of a running program"
	whole, err := b.asker(ctx, "secgpt", b.programs.whole)
	if err != nil {
		return err
	}
	small, err := b.asker(ctx, "small", b.programs.small)
	if err != nil {
		return err
	}
	warm, err := b.asker(ctx, "secgpt with a warm room", b.programs.whole)
	if err != nil {
		return err
	}
	large, err := b.asker(ctx, "large secgpt", b.programs.whole)
	if err != nil {
		return err
	}
	if _, err := large.ask(ask.Request{Do: "heap", N: hubMiB}); err != nil {
		return err
	}
	room := ask.Request{Do: "run", Room: true, Argv: []string{trueBinary}}
	kept := room
	kept.Warm = true
	plain := &variant{name: "plain", do: asks(whole, ask.Request{Do: "run", Argv: []string{trueBinary}})}
	cold := &variant{name: fmt.Sprintf("room, cold, secgpt (%s)", size(b.programs.whole)), do: asks(whole, room)}
	coldSmall := &variant{name: fmt.Sprintf("room, cold, small program (%s)", size(b.programs.small)), do: asks(small, room)}
	coldLarge := &variant{name: "room, cold, secgpt of 1 GB", do: asks(large, room)}
	warmed := &variant{name: "room, warm, secgpt", do: asks(warm, kept)}
	version := &variant{name: "secgpt version, plain", do: asks(whole, ask.Request{Do: "run", Argv: []string{b.programs.whole, "version"}})}
	all := []*variant{plain, version, cold, warmed, coldSmall, coldLarge}
	peers := b.peers(ctx, whole)
	all = append(all, peers...)
	if err := takeTurns(ctx, b.rounds, b.pause, all); err != nil {
		return err
	}
	var bwrap []float64
	for _, p := range peers {
		if p.name == bwrapName {
			bwrap = p.took
		}
	}
	for _, v := range all {
		r := newRow(title, v.name, "ms", v.took)
		switch v {
		case coldLarge:
			r = r.beside("the same, small", v.took, cold.took).askRatio(1-askedSame, 1+askedSame)
		default:
			if bwrap != nil {
				r = r.beside(bwrapName, v.took, bwrap)
			}
			if asked := map[*variant]float64{cold: askedCold, coldSmall: askedCold, warmed: askedWarm}[v]; asked > 0 {
				r = r.askRatio(0, asked)
			}
		}
		b.rows = append(b.rows, r)
	}
	return nil
}
