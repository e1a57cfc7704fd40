// Requests asks secgpt everyday requests with a real model, runs the plans against small
// real data, and looks at what came of them:
//
//	go run ./bench/requests -model ollama:qwen2.5-coder:1.5b -half tune
//	go run ./bench/requests -model ollama:qwen2.5-coder:1.5b -half report -loop -json rows.jsonl
//	go run ./bench/requests -sum rows.jsonl
//
// The hub, the planner, the plan language, the mediator and the built-in apps are the
// product's; phrases that need no model are off. MCP servers are played over a small state,
// with their own tools and schemas. README.md has the layout of a set and what a judge
// can look at. Read set.go, then ours.go and judge.go.
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
	"regexp"
	"strings"
	"time"

	"secgpt/bench/vanilla/loop"
)

type options struct {
	dir, model, half, file, sum string
	only                        *regexp.Regexp
	n, context                  int
	loop, ours, verbose         bool
	retrieve                    bool
	others                      int
	limit                       time.Duration
}

func main() {
	var o options
	only := flag.String("only", "", "a regular expression: requests whose GROUP/ID it fits")
	flag.StringVar(&o.dir, "set", "bench/requests/set", "folder of the set")
	flag.StringVar(&o.model, "model", "ollama:qwen2.5-coder:1.5b", "a model of the local Ollama")
	flag.StringVar(&o.half, "half", "", "tune or report; both if empty")
	flag.StringVar(&o.file, "json", "", "file that gets one JSON object a line: each row, then the summary")
	flag.StringVar(&o.sum, "sum", "", "asks nothing: the tables of files that -json wrote, separated by commas")
	flag.IntVar(&o.n, "n", 0, "that many requests at most")
	flag.IntVar(&o.context, "context", 16384, "tokens that the model sees at once in the loop")
	flag.BoolVar(&o.loop, "loop", false, "also in an ordinary loop with the server's own tool calling")
	flag.BoolVar(&o.ours, "ours", true, "in secgpt")
	flag.DurationVar(&o.limit, "time", 5*time.Minute, "for one request, so that a model that repeats itself does not hold up the rest")
	flag.BoolVar(&o.retrieve, "retrieve", false, "asks no model: whether the right tools are in the prompt, with all servers of the set installed")
	flag.IntVar(&o.others, "others", 10_000, "generated tools that are installed besides, for -retrieve")
	flag.BoolVar(&o.verbose, "v", false, "plans and answers too")
	flag.Parse()
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt)
	defer stop()
	err := error(nil)
	if o.only, err = regexp.Compile(*only); err == nil {
		err = run(ctx, os.Stdout, o)
	}
	if err != nil {
		fmt.Fprintln(os.Stderr, "requests:", err)
		os.Exit(1)
	}
}

func run(ctx context.Context, out io.Writer, o options) error {
	if o.sum != "" {
		rows, err := read(strings.Split(o.sum, ","))
		if err != nil {
			return err
		}
		return report(out, nil, rows)
	}
	s, err := Load(o.dir)
	if err != nil {
		return err
	}
	s.asLocal()
	if o.retrieve {
		_, _, err := s.retrieve(ctx, out, o.others, o.n)
		return err
	}
	var file io.Writer
	if o.file != "" {
		f, err := os.Create(o.file)
		if err != nil {
			return err
		}
		defer f.Close()
		file = f
	}
	name, ok := strings.CutPrefix(o.model, "ollama:")
	if o.loop && !ok {
		return errors.New("the loop asks Ollama: give -model ollama:NAME")
	}
	var rows []Row
	all := func(f func(context.Context, Request) (Row, error)) error {
		for _, r := range s.Pick(o.half, o.only, o.n) {
			one, stop := context.WithTimeout(ctx, o.limit)
			row, err := f(one, r)
			stop()
			switch {
			case ctx.Err() != nil:
				return ctx.Err()
			case errors.Is(err, context.DeadlineExceeded):
				row.Right, row.Said, row.Late, row.Why = false, false, true, append(row.Why, "it took longer than "+o.limit.String())
			case err != nil:
				return fmt.Errorf("%s: %w", r.ID, err)
			}
			row.Model = o.model
			rows = append(rows, row)
			row.print(out, r, o.verbose)
			if err := row.write(file); err != nil {
				return err
			}
		}
		return nil
	}
	if o.ours {
		if err := all(func(ctx context.Context, r Request) (Row, error) { return s.ours(ctx, r, o.model, nil) }); err != nil {
			return err
		}
	}
	if o.loop { // after all others: a server loads a model anew when its context changes
		opt := loop.Options{Server: ollama(), Model: name, Context: o.context}
		if err := all(func(ctx context.Context, r Request) (Row, error) { return s.native(ctx, r, opt) }); err != nil {
			return err
		}
	}
	return report(out, file, rows)
}

func report(out, file io.Writer, rows []Row) error {
	if err := groups(out, rows); err != nil {
		return err
	}
	sum := summarize(rows)
	if file != nil {
		if err := json.NewEncoder(file).Encode(sum); err != nil {
			return err
		}
	}
	return table(out, sum)
}

// print is a row's line while the run lasts.
func (r *Row) print(out io.Writer, q Request, verbose bool) {
	fmt.Fprintf(out, "%-6s %-6s %-28s %2d calls %6d+%-4d tokens %6.2f s  %s\n", r.By, r.word(), r.ID, r.Calls, r.In, r.Out, r.First, strings.Join(r.Why, "; "))
	if !verbose {
		return
	}
	for i, p := range r.Plans {
		fmt.Fprintf(out, "    > %s\n%s\n    = %s\n", q.Say, indent(p), indent(r.Shown[i]))
	}
	for _, t := range r.Told {
		fmt.Fprintf(out, "    ! %s\n", t)
	}
}

func indent(s string) string { return strings.ReplaceAll(strings.TrimSpace(s), "\n", "\n      ") }

// asLocal makes the set's zone this process's own, as it is of the person in it.
func (s *Set) asLocal() {
	time.Local = s.Zone
	os.Setenv("TZ", s.Zone.String())
}

// ollama is where the local Ollama listens.
func ollama() string {
	host := os.Getenv("OLLAMA_HOST")
	switch {
	case host == "":
		return "http://127.0.0.1:11434"
	case strings.Contains(host, "://"):
		return host
	}
	return "http://" + host
}
