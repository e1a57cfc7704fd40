package main

import (
	"fmt"
	"io"
	"strings"
)

// questions prints which tasks see a question, and why, as the reasons stand.
func questions(w io.Writer, s Suite, set Setting) error {
	tasks, asked, cards, decisions := 0, 0, 0, 0
	why := map[string]int{}
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
			for _, a := range b.Asked {
				var parts []string
				for _, r := range a.Reasons {
					why[fmt.Sprintf("%s of a %s, role %s", r.Kind, a.Tool.Labels.Effect, a.Tool.Labels.Roles[r.Arg])]++
					parts = append(parts, strings.TrimSpace(fmt.Sprintf("%s %s %v", r.Kind, r.Arg, r.From)))
				}
				fmt.Fprintf(w, "%s/%s %s.%s: %s\n", p.Name, b.Task.ID, a.Tool.App, a.Tool.Name, strings.Join(parts, "; "))
			}
		}
	}
	fmt.Fprintf(w, "\n%s, labels %s, send %s: %d of %d tasks see a question; %d cards, %d decisions\n", s.Name, set.Labels, set.Send, asked, tasks, cards, decisions)
	for _, k := range sorted(why) {
		fmt.Fprintf(w, "%6d  %s\n", why[k], k)
	}
	return nil
}
