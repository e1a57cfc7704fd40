package main

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"time"

	"secgpt/bench/room/ask"
)

// An asker is a running program that asks for rooms when it is told to.
type asker struct {
	name string
	cmd  *exec.Cmd
	in   io.WriteCloser
	to   *json.Encoder
	from *json.Decoder
}

// asker starts a program. It lives until the end of the run: what is asked for is a
// start by a running program.
func (b *bench) asker(ctx context.Context, name, program string) (*asker, error) {
	cmd := exec.CommandContext(ctx, program, ask.Mode)
	cmd.Stderr = os.Stderr
	in, err := cmd.StdinPipe()
	if err != nil {
		return nil, err
	}
	out, err := cmd.StdoutPipe()
	if err != nil {
		return nil, err
	}
	if err := cmd.Start(); err != nil {
		return nil, err
	}
	a := &asker{name: name, cmd: cmd, in: in, to: json.NewEncoder(in), from: json.NewDecoder(out)}
	b.askers = append(b.askers, a)
	return a, nil
}

func (a *asker) ask(q ask.Request) (ask.Reply, error) {
	var r ask.Reply
	if err := a.to.Encode(q); err != nil {
		return r, err
	}
	switch err := a.from.Decode(&r); {
	case err != nil:
		return r, fmt.Errorf("%s did not answer: %w", a.name, err)
	case r.Remedy != "":
		return r, fmt.Errorf("%w: %s; %s", errNoRooms, r.Err, r.Remedy)
	case r.Err != "":
		return r, errors.New(r.Err)
	}
	return r, nil
}

// errNoRooms means that this machine has none; nothing can be measured.
var errNoRooms = errors.New("no rooms on this machine")

func (a *asker) close() {
	_ = a.in.Close()
	_ = a.cmd.Wait()
}

// A variant is one way to do a thing, and how long it took each time.
type variant struct {
	name  string
	do    func() (took float64, err error)
	took  []float64 // by round; absent where it sat out
	every int       // rounds; 0 is each: what is very slow need not hold up the rest
}

// asks is a variant's do that takes the time that the asker measured, in ms.
func asks(a *asker, q ask.Request) func() (float64, error) {
	return func() (float64, error) {
		r, err := a.ask(q)
		return ms(r.Took), err
	}
}

// samples are what more was measured at each run of a variant, in ms, without the
// run that is not counted.
type samples struct {
	other, cpu []float64
	runs       int
}

func (s *samples) add(other float64, cpu time.Duration) {
	if s.runs++; s.runs > 1 {
		s.other, s.cpu = append(s.other, other), append(s.cpu, ms(cpu))
	}
}

func ms(d time.Duration) float64 { return float64(d) / 1e6 }

// takeTurns runs every variant once a round, in an order drawn for each round. One
// round before the first fills caches and is not counted.
func takeTurns(ctx context.Context, rounds int, pause time.Duration, all []*variant) error {
	draw := newDraw()
	for round := -1; round < rounds; round++ {
		for _, i := range draw.Perm(len(all)) {
			v := all[i]
			if v.every > 1 && round >= 0 && round%v.every != 0 {
				v.took = append(v.took, absent)
				continue
			}
			if err := ctx.Err(); err != nil {
				return err
			}
			time.Sleep(pause)
			took, err := v.do()
			if err != nil {
				return fmt.Errorf("%s: %w", v.name, err)
			}
			if round >= 0 {
				v.took = append(v.took, took)
			}
		}
	}
	return nil
}
