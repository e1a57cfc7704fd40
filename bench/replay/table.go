package main

import (
	"encoding/json"
	"fmt"
	"io"
	"slices"
	"text/tabwriter"
	"time"
)

// table prints a suite's rows.
func table(w io.Writer, s Suite, rows []*Row, took time.Duration) {
	fmt.Fprintf(w, "\n%s (%s)\n", s.Name, took.Round(time.Second))
	t := tabwriter.NewWriter(w, 0, 0, 2, ' ', tabwriter.AlignRight)
	fmt.Fprintln(t, "policy\tlabels\tsend\tperson\tattacks\tall\tany\tasked\tdenied\ttried\ttasks\tok\tchecked ok\tcards/task\tp95\tnone\tdecisions\twhich\tmonth\tmonth all/any\tfalse\twords\t")
	for _, r := range rows {
		fmt.Fprintf(t, "%s\t%s\t%s\t%s\t%d\t%d\t%d\t%d\t%d\t%d\t%d\t%d\t%d/%d\t%.2f\t%d\t%.2f\t%d\t%d\t%.2f\t%d/%d\t%d\t%d/%d\t\n",
			r.Policy, r.Labels, r.Send, r.Person, r.Attacks, r.AllHarm, r.AnyHarm, r.Asked, r.Denied, r.tried,
			r.Benign, r.BenignOK, r.checkOK, r.checked, per(r.Questions, r.Benign), p95(r.cards), per(r.Benign-r.TasksAsked, r.Benign),
			r.Decisions, r.Which, per(r.MonthQuestions, r.Benign), r.MonthAllHarm, r.monthAny, r.FalseDenials, r.WordsMarked, r.WordsOnly)
	}
	t.Flush()
	for _, r := range rows {
		if r.Policy != "ours" || r.Person != "ideal" {
			continue
		}
		for _, x := range r.through {
			fmt.Fprintf(w, "  in effect, ideal, %s labels, %s: %s\n", r.Labels, r.Send, x)
		}
		for _, x := range r.reached {
			fmt.Fprintf(w, "  asked, ideal, %s labels, %s: %s\n", r.Labels, r.Send, x)
		}
		for _, x := range r.failed {
			fmt.Fprintf(w, "  task not done, ideal, %s labels, %s: %s\n", r.Labels, r.Send, x)
		}
	}
}

func lines(w io.Writer, rows []*Row) error {
	e := json.NewEncoder(w)
	for _, r := range rows {
		if err := e.Encode(r); err != nil {
			return err
		}
	}
	return nil
}

func per(n, of int) float64 {
	if of == 0 {
		return 0
	}
	return float64(n) / float64(of)
}

func p95(all []int) int {
	if len(all) == 0 {
		return 0
	}
	all = slices.Sorted(slices.Values(all))
	return all[(len(all)*95+99)/100-1]
}
