package main

import (
	"encoding/json"
	"fmt"
	"io"
	"slices"
	"strings"
)

// questions prints which tasks see a question, and why, as the reasons stand: each
// decision with its card, what it is about and what the card waited for.
func questions(w io.Writer, s Suite, set Setting) error {
	tasks, asked, cards, decisions := 0, 0, 0, 0
	why, later := map[string]int{}, map[string]int{}
	for _, p := range s.Parts {
		for i := range p.Tasks {
			pl := newPlan(p, &p.Tasks[i])
			l, err := newLife(p, set)
			if err != nil {
				return err
			}
			b := benign(l, pl, &Person{Kind: "ideal"})
			l.end()
			tasks++
			asked += count(b.Cards > 0)
			cards += b.Cards
			decisions += b.Decisions
			if b.Cards > 0 {
				fmt.Fprintf(w, "\n%s/%s: %s\n%s", p.Name, b.Task.ID, b.Task.Prompt, indent(pl.Source))
			}
			for n, a := range b.Asked {
				if a.Card > 1 && b.Asked[n-1].Card < a.Card {
					cause := pl.waitedFor(a.Card, b.Asked)
					later[cause]++
					fmt.Fprintf(w, "  card %d, after %s:\n", a.Card, cause)
				} else if n == 0 {
					fmt.Fprintln(w, "  card 1:")
				}
				var parts []string
				for _, r := range a.Reasons {
					why[fmt.Sprintf("%s of a %s, role %s", r.Kind, a.Tool.Labels.Effect, a.Tool.Labels.Roles[r.Arg])]++
					parts = append(parts, strings.TrimSpace(fmt.Sprintf("%s %s %v", r.Kind, r.Arg, r.From)))
				}
				args, err := json.Marshal(a.Args)
				if err != nil {
					return err
				}
				fmt.Fprintf(w, "    %s.%s %.300s: %s\n", a.Tool.App, a.Tool.Name, args, strings.Join(parts, "; "))
			}
		}
	}
	fmt.Fprintf(w, "\n%s, labels %s, send %s: %d of %d tasks see a question; %d cards, %d decisions\n", s.Name, set.Labels, set.Send, asked, tasks, cards, decisions)
	for _, k := range sorted(later) {
		fmt.Fprintf(w, "%6d cards after the first of a task wait for %s\n", later[k], k)
	}
	for _, k := range sorted(why) {
		fmt.Fprintf(w, "%6d  %s\n", why[k], k)
	}
	return nil
}

func indent(s string) string {
	return "    " + strings.ReplaceAll(strings.TrimSpace(s), "\n", "\n    ") + "\n"
}

// What a card after the first waits for.
const (
	forResult = "what a call of an earlier card brings"
	forEffect = "what comes only after a change of an earlier card, such as a code"
	forOrder  = "a read of an app that an earlier card changes"
)

// waitedFor tells why the decisions of a card were not on the one before.
func (pl *Plan) waitedFor(card int, asked []Asked) string {
	before := map[int]bool{}
	for _, a := range asked {
		before[a.Step] = before[a.Step] || a.Card < card
	}
	cause := forOrder
	for _, a := range asked {
		if a.Card != card || a.Step < 0 {
			continue
		}
		for _, d := range pl.needs(a.Step) {
			switch {
			case before[d]:
				return forResult
			case len(pl.causes(d)) > 0 && pl.Steps[d].Tool.reads():
				cause = forEffect
			}
		}
	}
	return cause
}

// needs are the steps whose results are in the arguments of step i, directly or by way
// of other steps.
func (pl *Plan) needs(i int) []int {
	var all []int
	for _, l := range pl.Steps[i].Leaves {
		for _, d := range pl.from(l.From) {
			if !slices.Contains(all, d) {
				all = append(all, d)
				all = append(all, pl.needs(d)...)
			}
		}
	}
	return all
}
