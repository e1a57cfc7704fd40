package main

import (
	"fmt"
	"io"
	"strings"
	"time"
)

// shown is how many of those that noticed are printed.
const shown = 3

func (r result) print(out io.Writer) {
	by := strings.TrimSuffix("NOT NOTICED: "+r.Why, ": ")
	if r.By != "" {
		by = r.By
		if r.As != asRoot {
			by += ", " + r.As
		}
		first := r.Noticed[:min(shown, len(r.Noticed))]
		by += ": " + strings.Join(first, "; ")
		if more := len(r.Noticed) - len(first); more > 0 {
			by += fmt.Sprintf("; %d more", more)
		}
	}
	_, _ = fmt.Fprintf(out, "%-64s %.200s\n", r.Name, strings.ReplaceAll(by, "\n", " "))
}

// group is the first word of a name.
func (r result) group() string {
	group, _, _ := strings.Cut(r.Name, ":")
	return group
}

// summary counts, and fails if too few rules were noticed.
func summary(out io.Writer, results []result, took time.Duration) error {
	type count struct {
		all, noticed int
		by           map[string]int
	}
	groups, order := map[string]*count{}, []string{}
	total := count{by: map[string]int{}}
	for _, r := range results {
		g := groups[r.group()]
		if g == nil {
			g = &count{by: map[string]int{}}
			groups[r.group()], order = g, append(order, r.group())
		}
		for _, c := range []*count{g, &total} {
			c.all++
			if r.By != "" {
				c.noticed++
				c.by[r.By]++
			}
		}
	}
	line := func(name string, c *count) {
		_, _ = fmt.Fprintf(out, "%-12s %4d of %4d (%5.1f %%): %d by rows, %d by a refused start, %d by the filter alone, %d by other tests, %d as pairs\n",
			name, c.noticed, c.all, 100*float64(c.noticed)/float64(max(1, c.all)), c.by[byRow], c.by[byProof], c.by[byFilter], c.by[byTest], c.by[byPair])
	}
	_, _ = fmt.Fprintln(out)
	for _, name := range order {
		line(name, groups[name])
	}
	line("all", &total)
	_, _ = fmt.Fprintf(out, "in %v\n", took.Round(time.Second))
	for _, r := range results {
		if r.By == "" {
			why := r.Why
			if why == "" {
				why = "no reason is known: a rule that is useless or untested"
			}
			_, _ = fmt.Fprintf(out, "not noticed: %s: %s\n", r.Name, why)
		}
	}
	if float64(total.noticed) < atLeast*float64(total.all) {
		return fmt.Errorf("%d of %d rules are noticed, at least %.0f %% must be", total.noticed, total.all, 100*atLeast)
	}
	return nil
}
