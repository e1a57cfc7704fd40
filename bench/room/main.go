// Command room measures what a locked room costs, and prints each number beside the
// one that is asked for.
//
//	go run ./bench/room [-n ROUNDS] [-only GROUP,…] [-json FILE] [-install]
//
// It builds the program as it is shipped (no cgo) with one file more, which makes it
// answer the benchmark; and a small program that uses the package isolate alone. All
// that is compared runs in one run, once a round, in an order drawn anew for each
// round, so that noise and the aftermath of the variant before hit all alike.
// Numbers are medians, ratios are the medians of each round's, with the interval that
// holds 95 % of resampled ones; where it has the bound in it, a verdict has a "?". What
// must hold each time, as a key that is seen, is judged by what 99 of 100 are not above.
//
// What is compared with is used if it is there: bwrap, firejail and nsjail from the
// PATH; -install fetches the npm packages into the cache folder.
//
// The groups echo and ends run rooms that mean ill, within their limits: busy loops, a fork
// bomb, floods of output and of memory. They load the machine for minutes.
//
// Start reading at groups; start.go, mcp.go, work.go, files.go, inside.go, echo.go and ends.go hold
// them, ask is the program that asks for rooms, stats.go and table.go are the arithmetic.
package main

import (
	"context"
	"encoding/json"
	"errors"
	"flag"
	"fmt"
	"io"
	"os"
	"os/signal"
	"runtime"
	"slices"
	"strings"
	"time"
)

// A group is a set of numbers that are measured together.
type group struct {
	name string
	do   func(context.Context, *bench) error
}

var groups = []group{
	{"start", start},
	{"mcp", mcp},
	{"work", work},
	{"files", files},
	{"memory", memory},
	{"many", many},
	{"calls", calls},
	{"echo", echo},
	{"ends", ends},
}

// A bench is one run.
type bench struct {
	rounds  int           // of starts; what takes longer has fewer
	pause   time.Duration // before each start
	install bool
	temp    string // a folder of this run, on the disk that is measured
	rows    []row
	notes   []string
	log     io.Writer

	programs programs
	askers   []*asker
}

func main() {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt)
	defer stop()
	if err := command(ctx, os.Args[1:], os.Stdout, os.Stderr); err != nil {
		fmt.Fprintln(os.Stderr, "bench/room:", err)
		os.Exit(1)
	}
}

// command is the whole of it.
func command(ctx context.Context, args []string, out, log io.Writer) error {
	names := make([]string, len(groups))
	for i, g := range groups {
		names[i] = g.name
	}
	f := flag.NewFlagSet("room", flag.ContinueOnError)
	f.SetOutput(log)
	n := f.Int("n", 200, "rounds of the starts; the rest is scaled to it")
	only := f.String("only", "", "measure only these, with commas: "+strings.Join(names, ", "))
	file := f.String("json", "", "write the rows to `FILE`, too")
	install := f.Bool("install", false, "fetch npm packages that are not there into the cache folder")
	pause := f.Duration("pause", 20*time.Millisecond, "before each start; the kernel still clears up after the last one")
	dir := f.String("dir", "", "`FOLDER` on the disk to measure; default is the one for temporary files")
	switch err := f.Parse(args); {
	case errors.Is(err, flag.ErrHelp):
		return nil
	case err != nil:
		return err
	case f.NArg() > 0 || *n < 2:
		return fmt.Errorf("%q: expected flags only, and at least 2 rounds", args)
	}
	wanted := names
	if *only != "" {
		wanted = strings.Split(*only, ",")
	}
	for _, name := range wanted {
		if !slices.Contains(names, name) {
			return fmt.Errorf("there is no group %q; there are %s", name, strings.Join(names, ", "))
		}
	}
	temp, err := os.MkdirTemp(*dir, "secgpt-bench-")
	if err != nil {
		return err
	}
	defer os.RemoveAll(temp)
	b := &bench{rounds: *n, pause: *pause, install: *install, temp: temp, log: log}
	defer b.close()
	if load, err := os.ReadFile("/proc/loadavg"); err == nil {
		b.notes = append(b.notes, busy(string(load), runtime.NumCPU())...)
	}
	if err := b.measure(ctx, wanted); err != nil {
		return err
	}
	printTable(out, b.rows, b.notes)
	if *file == "" {
		return nil
	}
	text, err := json.MarshalIndent(b.rows, "", "\t")
	if err != nil {
		return err
	}
	return os.WriteFile(*file, append(text, '\n'), 0o644)
}

func (b *bench) measure(ctx context.Context, wanted []string) error {
	if err := os.Chmod(b.temp, 0o755); err != nil { // a room's id must reach what is in it
		return err
	}
	var err error
	if b.programs, err = build(ctx, b.temp); err != nil {
		return err
	}
	for _, g := range groups {
		if !slices.Contains(wanted, g.name) {
			continue
		}
		began := time.Now()
		if err := g.do(ctx, b); err != nil {
			return fmt.Errorf("%s: %w", g.name, err)
		}
		fmt.Fprintf(b.log, "%s: %.0f s\n", g.name, time.Since(began).Seconds())
	}
	return nil
}

// busy warns of a machine that had other work before this began: load is a line of
// /proc/loadavg. Waiting for a processor is then most of what a clock sees.
func busy(load string, processors int) []string {
	var minute float64
	if _, err := fmt.Sscan(load, &minute); err != nil || minute < float64(processors)/2 {
		return nil
	}
	return []string{fmt.Sprintf("the machine was busy: a load of %.1f on %d processors; trust processor time only, or measure again", minute, processors)}
}

// fewer is the number of rounds of what takes times as long as a start.
func (b *bench) fewer(times int) int { return max(2, b.rounds/times) }

func (b *bench) note(format string, args ...any) {
	b.notes = append(b.notes, fmt.Sprintf(format, args...))
}

func (b *bench) close() {
	for _, a := range b.askers {
		a.close()
	}
}
