// Command roommutants switches off one rule of the room at a time and shows what
// notices: a row of the battery, a line of the proof at the start, or another test.
//
//	go run ./bench/roommutants [-only REGEX] [-json FILE] [-list]
//
// A mutant is a room of which one rule is off, in a throwaway of its own, as the
// battery has it. Rules that are data (the filter, flags of mounts, rights, limits,
// steps, namespaces) are found by the test binary of package isolate in what
// production code says, and changed while the room is made: see its mutant_test.go.
// Rules that are code are replaced in the source, by an overlay of the build: see
// code.go. The rows are done by the Go app, in a room without grants, beside grants,
// and with a folder of its own; by root, and if root's rooms notice nothing, by an
// ordinary user.
//
// Where one lock hides another, the second can't be seen. Such a mutant is tried as
// a pair: the first lock is off in both of two runs, the second in one of them, and
// it is noticed if they differ.
//
// Start reading at try.go: what is done to one mutant. ask.go runs the test binary,
// findings.go and table.go read what it says, reasons.go knows why some rules can't be
// noticed.
//
// The exit status is 1 if less than 95 % are noticed.
package main

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"io"
	"os"
	"os/signal"
	"regexp"
	"syscall"
	"time"

	"secgpt/bench/internal/gotool"
	"secgpt/bench/internal/trial"
)

// atLeast is the share of rules that must be noticed.
const atLeast = 0.95

// together is how many mutants are tried at once: a room fills memory and starts
// processes up to its limits, and machines that test have two processors or more.
const together = 2

func main() {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	err := run(ctx, os.Args[1:], os.Stdout)
	stop()
	if errors.Is(err, flag.ErrHelp) {
		return
	}
	if err != nil {
		fmt.Fprintln(os.Stderr, "roommutants:", err)
		os.Exit(1)
	}
}

func run(ctx context.Context, args []string, out io.Writer) error {
	flags := flag.NewFlagSet("roommutants", flag.ContinueOnError)
	only := flags.String("only", "", "mutants whose name matches this regular expression")
	file := flags.String("json", "", "write what was found to this file")
	list := flags.Bool("list", false, "print the names and do nothing")
	if err := flags.Parse(args); err != nil {
		return err
	}
	wanted, err := regexp.Compile(*only)
	if err != nil {
		return err
	}
	began := time.Now()
	b, err := newBench(ctx)
	if err != nil {
		return err
	}
	defer b.close()
	all, err := b.mutants(ctx, wanted)
	if err != nil {
		return err
	}
	if *list {
		for _, m := range all {
			_, _ = fmt.Fprintln(out, m.Name)
		}
		return nil
	}
	if err := b.sound(ctx, all); err != nil {
		return err
	}
	results := trial.Each(ctx, all, together, b.try, func(r result) { r.print(out) })
	if err := ctx.Err(); err != nil {
		return err
	}
	if *file != "" {
		if err := gotool.WriteJSON(*file, results); err != nil {
			return err
		}
	}
	return summary(out, results, time.Since(began))
}
