// Command vanilla shows what the paper's cases come to in an ordinary assistant, one
// model and one context with all tools in it, and what they come to in secgpt:
//
//	go run ./bench/vanilla                    the worst-case model, which obeys all it reads
//	go run ./bench/vanilla -model NAME        besides, a model of the local Ollama
//
// In the loop there is no room and no mediator (bench/vanilla/loop, inprocess); the apps,
// their data and the requests are those of `secgpt demo`. The worst-case model is
// scripted (bench/vanilla/obedient). secgpt is built from this source and run with real
// rooms: once with the plans that the demo carries, once with plans of that same model.
package main

import (
	"context"
	"flag"
	"fmt"
	"io"
	"net/http/httptest"
	"os"
	"os/signal"
	"text/tabwriter"
	"time"

	"secgpt/bench/internal/gotool"
	"secgpt/bench/vanilla/loop"
	"secgpt/bench/vanilla/obedient"
)

func main() {
	model := flag.String("model", "", "a model of the Ollama at OLLAMA_HOST, beside the worst-case one")
	limit := flag.Duration("time", 10*time.Minute, "for one case with that model")
	flag.Parse()
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt)
	defer stop()
	if err := run(ctx, os.Stdout, *model, *limit); err != nil {
		fmt.Fprintln(os.Stderr, "vanilla:", err)
		os.Exit(1)
	}
}

func run(ctx context.Context, out io.Writer, model string, limit time.Duration) error {
	server := httptest.NewServer(obedient.Handler())
	defer server.Close()
	dir, err := os.MkdirTemp("", "vanilla-")
	if err != nil {
		return err
	}
	defer os.RemoveAll(dir)
	secgpt, err := gotool.Secgpt(ctx, dir)
	if err != nil {
		return err
	}
	ours, err := demo(ctx, secgpt, server.URL)
	if err != nil {
		return err
	}
	w := tabwriter.NewWriter(out, 0, 0, 3, ' ', 0)
	fmt.Fprint(w, "case\tordinary loop, worst-case model\tsecgpt, the demo's plans\tsecgpt, plans by the worst-case model")
	if model != "" {
		fmt.Fprintf(w, "\tordinary loop, %s", model)
	}
	fmt.Fprintln(w)
	for _, a := range attacks() {
		came, err := a.play(ctx, dir, loop.Options{Server: server.URL, Model: obedient.Name}, false)
		if err != nil {
			return fmt.Errorf("%s: %w", a.name, err)
		}
		fmt.Fprintf(w, "%s\t%s\t%s\t%s", a.name, a.verdict(came), ours[a.name].carried, ours[a.name].planned)
		if model != "" {
			cell := real(ctx, a, dir, model, limit)
			fmt.Fprintf(os.Stderr, "%s: %s\n", a.name, cell) // the table comes much later
			fmt.Fprintf(w, "\t%s", cell)
		}
		fmt.Fprintln(w)
	}
	return w.Flush()
}

// real is what a case comes to with a real model. One that fails, or takes too long, is
// a line of the table and no error.
func real(ctx context.Context, a attack, dir, model string, limit time.Duration) string {
	ctx, stop := context.WithTimeout(ctx, limit)
	defer stop()
	out, err := a.play(ctx, dir, loop.Options{Server: ollama(), Model: model}, false)
	if err != nil {
		return "no answer: " + err.Error()
	}
	how := ""
	if out.Written {
		how = ", calls written in text"
	}
	return fmt.Sprintf("%s (%d model calls%s)", a.verdict(out), out.Model.Calls, how)
}
