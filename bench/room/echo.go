package main

import (
	"context"
	"errors"
	"fmt"
	"os/exec"
	"runtime"
	"time"

	"secgpt/bench/room/ask"
)

// What is asked of 99 keys in 100, in ms.
const (
	askedEcho  = 50.0
	askedForks = 100.0
)

// What rooms do that mean ill. Each says a line when it has begun. Processes in
// sessions of their own are apart because a kernel may share its processors out among
// sessions first (sched_autogroup): then as many sessions are as many parts.
const (
	spins    = `i=0; while [ $i -lt %d ]; do (while :; do :; done) & i=$((i+1)); done; echo up; read x`
	sessions = `i=0; while [ $i -lt %d ]; do setsid sh -c 'while :; do :; done' & i=$((i+1)); done; echo up; read x`
	forks    = `exec perl -e '$| = 1; print "up\n"; fork while 1'`
	flood    = `echo up; exec cat /dev/zero`
)

// sessionCount is how many that are, of the 128 processes that a room may have.
const sessionCount = 64

// betweenKeys bounds the pause between two keys, which is drawn: the screen is drawn
// sixty times a second, and no key must always come at the same moment of that.
const betweenKeys = 50 * time.Millisecond

// A misdeed is what a room does, in a shell, and what is asked of keys meanwhile.
type misdeed struct {
	name, script string
	asked        float64
}

// echo measures how long a key takes, from the press to the screen, while a room of
// the same program misbehaves.
func echo(ctx context.Context, b *bench) error {
	const title = "a key in the chat, from the press to the screen, while one of its rooms misbehaves"
	c, err := b.chat(ctx)
	switch {
	case errors.Is(err, errNoTerminal):
		b.note("%s: can't be measured: %v", title, err)
		return nil
	case err != nil:
		return err
	}
	defer c.close()
	busy := 2 * runtime.NumCPU()
	kinds := []misdeed{
		{"nothing else runs", "", 0},
		{fmt.Sprintf("%d busy loops", busy), fmt.Sprintf(spins, busy), askedEcho},
		{fmt.Sprintf("%d busy loops, each in a session of its own", sessionCount), fmt.Sprintf(sessions, sessionCount), askedEcho},
		{"a flood of output, which is read", flood, askedEcho},
	}
	const bomb = "a fork bomb, within its limit"
	if _, err := exec.LookPath("/usr/bin/perl"); err == nil { // one that a room shows without a grant
		kinds = append(kinds, misdeed{bomb, forks, askedForks})
	} else {
		b.note("%s: not installed: apt-get install perl", bomb)
	}
	all, keys, taken := make([]*variant, len(kinds)), make([][]float64, len(kinds)), make([]samples, len(kinds))
	for i, k := range kinds {
		all[i] = &variant{name: k.name, do: func() (float64, error) {
			r, took, err := b.types(ctx, c, k.script)
			switch {
			case err != nil:
				return 0, err
			case r.Output != "":
				b.note("%s: not counted once, as the room was ended meanwhile: %s", k.name, r.Output)
				return absent, nil
			}
			if taken[i].add(r.CPU.Seconds()/r.Took.Seconds(), r.CPU); taken[i].runs > 1 {
				keys[i] = append(keys[i], took...)
			}
			return median(took), nil
		}}
	}
	if err := takeTurns(ctx, b.fewer(20), b.pause, all); err != nil {
		return err
	}
	quiet := newRow(title, kinds[0].name, "ms", keys[0]).askAlmost(keys[0], 0)
	b.rows = append(b.rows, quiet)
	for i, k := range kinds {
		if i == 0 || len(keys[i]) == 0 {
			continue
		}
		r := newRow(title, k.name, "ms", keys[i]).askAlmost(keys[i], k.asked)
		if quiet.P99 > k.asked {
			r.Verdict = "unknown" // keys wait as long without a room: for something else
		}
		b.rows = append(b.rows, r.beside(kinds[0].name, all[i].took, all[0].took),
			newRow(title, "  processors that the room took", fmt.Sprint("of ", runtime.NumCPU()), taken[i].other))
	}
	return nil
}

// types presses keys while a room runs a script, "" for none, and says how long each
// took, in ms. Output of the reply is not "" if a limit of the room ended it meanwhile.
func (b *bench) types(ctx context.Context, c *chat, script string) (r ask.Reply, took []float64, err error) {
	if script != "" {
		if _, err := c.ask(ask.Request{Do: "hold", Argv: []string{"/bin/sh", "-c", script}}); err != nil {
			return r, nil, err
		}
	}
	for range b.fewer(5) {
		if err := ctx.Err(); err != nil {
			return r, nil, err
		}
		time.Sleep(time.Duration(c.draw.Int64N(int64(betweenKeys))))
		one, err := c.key()
		if err != nil {
			return r, nil, err
		}
		took = append(took, ms(one))
	}
	if script != "" {
		r, err = c.ask(ask.Request{Do: "end"})
	}
	return r, took, err
}
