// Command labelmutants drops a label at one place of the code after the other and shows
// which test of the plan language notices.
//
//	go run ./bench/labelmutants [-only REGEX] [-every N] [-checks N] [-json FILE] [-list]
//
// A place is a call in hub/plan or mediator/label that joins labels, gives a value one or
// takes that of a whole value. All places are found by reading the source, each gets a
// switch by an overlay of the build, and the tests are built once and run once for each.
// The first of three groups that fails has noticed: the reference interpreter
// (TestNoSourceIsLost), runs on two contents (TestNoLabelIsLost…), the rest.
//
// What is not noticed is printed to be read by a person: a label that is joined twice on
// its way makes both places look idle.
package main

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"go/ast"
	"go/token"
	"io"
	"os"
	"os/exec"
	"os/signal"
	"path/filepath"
	"regexp"
	"strings"
	"syscall"
	"time"

	"secgpt/bench/internal/gotool"
	"secgpt/bench/internal/trial"
)

// together is how many mutants are tried at once.
const together = 2

// patience bounds one run of the tests: a dropped label makes none of them longer.
const patience = 10 * time.Minute

// groups of tests, in the order in which they are asked.
var groups = []struct{ name, run, skip string }{
	{"reference", "^TestNoSourceIsLost$", ""},
	{"two contents", "^TestNoLabelIsLost", ""},
	{"rest", ".", "^TestNo(Source|Label)IsLost"},
}

func main() {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	err := run(ctx, os.Args[1:], os.Stdout)
	stop()
	if errors.Is(err, flag.ErrHelp) {
		return
	}
	if err != nil {
		fmt.Fprintln(os.Stderr, "labelmutants:", err)
		os.Exit(1)
	}
}

// A result is what became of a mutant.
type result struct {
	mutant
	By string `json:"by,omitempty"` // the group that noticed; empty: none
}

func run(ctx context.Context, args []string, out io.Writer) error {
	flags := flag.NewFlagSet("labelmutants", flag.ContinueOnError)
	only := flags.String("only", "", "mutants whose line matches this regular expression")
	every := flags.Int("every", 1, "try each N-th of them alone")
	checks := flags.Int("checks", 1500, "how many plans each property tries")
	file := flags.String("json", "", "write what was found to this file")
	list := flags.Bool("list", false, "print the mutants and do nothing")
	if err := flags.Parse(args); err != nil {
		return err
	}
	wanted, err := regexp.Compile(*only)
	if err != nil {
		return err
	}
	temp, err := os.MkdirTemp("", "labelmutants")
	if err != nil {
		return err
	}
	defer os.RemoveAll(temp)
	all, binaries, err := build(ctx, temp)
	if err != nil {
		return err
	}
	var mutants []mutant
	for i, m := range all {
		if i%max(*every, 1) == 0 && wanted.MatchString(m.At+" "+m.What) {
			mutants = append(mutants, m)
		}
	}
	if *list {
		for _, m := range mutants {
			fmt.Fprintf(out, "%4d  %-32s %s\n", m.Number, m.At, m.What)
		}
		return nil
	}
	b := bench{temp, binaries, *checks}
	if by := b.noticed(ctx, 0); by != "" {
		return fmt.Errorf("with no label dropped, the tests fail (%s)", by)
	}
	results := trial.Each(ctx, mutants, together, b.try, func(r result) {
		by := r.By
		if by == "" {
			by = "NOT NOTICED"
		}
		fmt.Fprintf(out, "%4d  %-32s %-52s %s\n", r.Number, r.At, r.What, by)
	})
	if err := ctx.Err(); err != nil {
		return err
	}
	if *file != "" {
		if err := gotool.WriteJSON(*file, results); err != nil {
			return err
		}
	}
	by := map[string]int{}
	for _, r := range results {
		by[r.By]++
	}
	n := len(results) - by[""]
	fmt.Fprintf(out, "\n%d of %d (%.1f %%) noticed", n, len(results), 100*float64(n)/float64(max(len(results), 1)))
	for _, g := range groups {
		fmt.Fprintf(out, ", %d by %s", by[g.name], g.name)
	}
	fmt.Fprintln(out)
	return nil
}

// build makes the test binaries in which every mutant can be switched on.
func build(ctx context.Context, temp string) ([]mutant, []string, error) {
	module, err := gotool.Module(ctx)
	if err != nil {
		return nil, nil, err
	}
	overlay := map[string]string{}
	r := &rewriter{fset: token.NewFileSet(), dropped: map[ast.Expr]bool{}}
	dirs := []string{"hub/plan", "mediator/label"}
	for _, dir := range dirs {
		if err := r.rewrite(module, dir, temp, overlay); err != nil {
			return nil, nil, err
		}
	}
	file, err := gotool.Overlay(temp, overlay)
	if err != nil {
		return nil, nil, err
	}
	var binaries []string
	for _, dir := range dirs {
		binary := filepath.Join(temp, filepath.Base(dir)+".test")
		if _, err := gotool.Run(ctx, module, "test", "-c", "-vet=off", "-overlay", file, "-o", binary, "./"+dir); err != nil {
			return nil, nil, err
		}
		binaries = append(binaries, binary)
	}
	return r.mutants, binaries, nil
}

type bench struct {
	temp     string
	binaries []string
	checks   int
}

func (b *bench) try(ctx context.Context, m mutant) result { return result{m, b.noticed(ctx, m.Number)} }

// noticed is the first group of tests that fails with a mutant on; 0 is none on.
func (b *bench) noticed(ctx context.Context, number int) string {
	ctx, cancel := context.WithTimeout(ctx, patience)
	defer cancel()
	for _, g := range groups {
		for _, binary := range b.binaries {
			args := []string{"-test.run", g.run, "-test.skip", g.skip, "-test.failfast",
				fmt.Sprintf("-rapid.checks=%d", b.checks), "-rapid.nofailfile", "-rapid.shrinktime=0s"}
			if strings.HasPrefix(filepath.Base(binary), "label") {
				if g.name != "rest" {
					continue
				}
				args = args[:5]
			}
			c := exec.CommandContext(ctx, binary, args...)
			c.Dir, c.Env = b.temp, append(os.Environ(), fmt.Sprintf("LABELMUTANT=%d", number))
			if c.Run() != nil && ctx.Err() == nil {
				return g.name
			}
		}
	}
	return ""
}
