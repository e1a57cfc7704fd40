package main

import (
	"context"
	"fmt"
	"io"
	"slices"
	"time"

	"secgpt/mediator"
	"secgpt/mediator/label"
)

// timing prints what one judgement costs: every call of every task, with its labelled
// arguments, is judged again by the real monitor, rules, lists and record included, by
// a person who says yes at once. The record is on a memory file system. Of five times
// the least counts, so that other work of the machine does not.
func timing(out io.Writer, s Suite, set Setting) error {
	var took []time.Duration
	models := 0
	for _, p := range s.Parts {
		w, err := newWorld(p, set, "")
		if err != nil {
			return err
		}
		for i := range p.Tasks {
			pl := newPlan(p, &p.Tasks[i])
			l, err := newLife(p, set)
			if err != nil {
				return err
			}
			who := &Person{Kind: "yes"}
			o := l.turn(pl, nil, who)
			models += o.Models - 1 - len(pl.Asks)
			words := []label.Span{{Text: pl.Task.Prompt, Label: label.Person()}}
			for _, c := range o.Result.Calls {
				least := time.Hour
				for range 5 {
					turn := w.monitor.NewTurn(i+1, mediator.NewWords(words, true))
					began := time.Now()
					w.monitor.Decide(context.Background(), c.Call, turn, who, false)
					least = min(least, time.Since(began))
				}
				took = append(took, least)
			}
			l.end()
		}
		w.end()
	}
	slices.Sort(took)
	if n := len(took); n > 0 {
		fmt.Fprintf(out, "%s: %d judgements: p50 %v, p95 %v, longest %v; model calls beside the planner's and the plan's own: %d\n",
			s.Name, n, took[n/2].Round(time.Microsecond), took[(n*95+99)/100-1].Round(time.Microsecond), took[n-1].Round(time.Microsecond), models)
	}
	return nil
}
