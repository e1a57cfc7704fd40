// Replay runs the published attack suites against the real hub, plan language and
// mediator, under a model that obeys every word an attacker wrote.
//
//	go run ./bench/replay -suites ../shared/bench
//
// Only the apps and the models are played: a tool call gets the recorded result, the
// planner answers with the plan that the right planner would have written (plan.go),
// and whoever read a byte of the attacker's says what the attacker wants (reach.go).
// Everything between, from the request to the bytes that leave for an app, is the
// product. goal.go says when an attack counts, mutate.go what it tries.
package main

import (
	"flag"
	"fmt"
	"os"
	"strings"
	"time"
)

func main() {
	dir := flag.String("suites", "../shared/bench", "folder of the suites: NAME/suites/*.json or NAME/cases.jsonl")
	out := flag.String("json", "", "file that gets one JSON object a line and row")
	only := flag.String("suite", "", "one suite alone")
	labels := flag.String("labels", "hand,default", "hand, default")
	sends := flag.String("send", "words,provenance,always", "settings of [consent] send")
	persons := flag.String("person", "ideal,no,yes,p93,reader", "who answers")
	policies := flag.String("policy", "all", "all, or some of: ours, "+strings.Join(append(ladder, mechanisms()...), ", "))
	report := flag.String("report", "", "instead of the tables: questions (each question of each task, and why), slips (what a text changes unasked), time (what a judgement costs)")
	flag.BoolVar(&HostileApps, "hostile-apps", false, "whole apps are the attacker's once they return a byte of theirs, not only texts")
	flag.BoolVar(&HostileResults, "hostile-results", false, "of a result that holds a byte of the attacker's all fields are theirs")
	flag.IntVar(&workers, "workers", workers, "lives that run at once")
	flag.Parse()
	if err := run(*dir, *out, *only, *report, list(*labels), list(*sends), list(*persons), list(*policies)); err != nil {
		fmt.Fprintln(os.Stderr, "replay:", err)
		os.Exit(1)
	}
}

func list(s string) []string { return strings.Split(s, ",") }

// off are the mechanisms that can be switched off here, by answering their reasons as
// if they were not given; the product has no such switch.
var off = []string{"plan", "deciding", "planner", "foreign", "send", "stopped"}

func mechanisms() []string {
	var names []string
	for _, m := range off {
		names = append(names, "ours-"+m)
	}
	return names
}

func run(dir, out, only, report string, labels, sends, persons, policies []string) error {
	suites, err := load(dir)
	if err != nil {
		return err
	}
	wants := func(policy string) bool {
		for _, p := range policies {
			if p == policy || p == "all" {
				return true
			}
		}
		return false
	}
	var file *os.File
	if out != "" {
		if file, err = os.Create(out); err != nil {
			return err
		}
		defer file.Close()
	}
	for _, s := range suites {
		if only != "" && s.Name != only {
			continue
		}
		if report != "" {
			for _, lab := range labels {
				for _, send := range sends {
					if err := reports(report, s, Setting{Labels: lab, Send: send}); err != nil {
						return err
					}
				}
			}
			continue
		}
		began := time.Now()
		var rows []*Row
		for _, p := range ladder {
			if wants(p) {
				rows = append(rows, climb(s, p))
			}
		}
		for _, lab := range labels {
			for _, send := range sends {
				if wants("ours") {
					more, err := measure(s, Setting{Labels: lab, Send: send}, persons, true)
					if err != nil {
						return err
					}
					rows = append(rows, more...)
				}
				for _, m := range off {
					if !wants("ours-"+m) || lab != "hand" {
						continue
					}
					more, err := measure(s, Setting{Labels: lab, Send: send, Off: m}, []string{"ideal", "yes"}, false)
					if err != nil {
						return err
					}
					rows = append(rows, more...)
				}
			}
		}
		table(os.Stdout, s, rows, time.Since(began))
		if file != nil {
			if err := lines(file, rows); err != nil {
				return err
			}
		}
	}
	return nil
}

func reports(what string, s Suite, set Setting) error {
	switch what {
	case "questions":
		return questions(os.Stdout, s, set)
	case "slips":
		return slipsOf(os.Stdout, s, set)
	case "time":
		return timing(os.Stdout, s, set)
	}
	return fmt.Errorf("there is no report %q: questions, slips or time", what)
}
