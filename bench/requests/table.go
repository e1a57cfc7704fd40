package main

import (
	"bufio"
	"encoding/json"
	"fmt"
	"io"
	"os"
	"slices"
	"strings"
	"text/tabwriter"
)

// A Summary is the table as numbers. Ratios are secgpt's over the loop's, of the
// requests that both were asked; 0 is none.
type Summary struct {
	Requests      int     `json:"requests"`
	Right         float64 `json:"right_percent"`
	RightLoop     float64 `json:"right_percent_loop"`
	RightRatio    float64 `json:"right_ratio"`
	RightOrSaid   float64 `json:"right_or_said_percent"`
	Unasked       int     `json:"unasked_executed"`
	UnaskedLoop   int     `json:"unasked_executed_loop"`
	Amiss         int     `json:"amiss"`
	Held          float64 `json:"asked_about_percent"`
	CallsRatio    float64 `json:"model_calls_mean_ratio"`
	CallsWithin   float64 `json:"model_calls_within_percent"`
	TokensRatio   float64 `json:"tokens_ratio"`
	SecondsRatio  float64 `json:"seconds_median_ratio"`
	Seconds       float64 `json:"seconds_median"`
	SecondsLoop   float64 `json:"seconds_median_loop"`
	ComparedPairs int     `json:"compared"`
}

func summarize(rows []Row) Summary {
	ours, theirs := map[string]Row{}, map[string]Row{}
	for _, r := range rows {
		if r.By == "loop" {
			theirs[r.ID] = r
		} else {
			ours[r.ID] = r
		}
	}
	s := Summary{Requests: len(ours)}
	var right, said, held, loopRight, pairRight, late, within, calls, loopCalls, tokens, loopTokens int
	var seconds, loopSeconds, ratios []float64
	for _, id := range sorted(ours) {
		r := ours[id]
		right, said = right+one(r.Right), said+one(r.Right || r.Said)
		s.Unasked, s.Amiss, held = s.Unasked+len(r.Unasked), s.Amiss+one(r.Amiss), held+one(len(r.Held) > 0)
		seconds = append(seconds, r.First)
		l, ok := theirs[id]
		if !ok {
			continue
		}
		s.ComparedPairs++
		pairRight, loopRight = pairRight+one(r.Right), loopRight+one(l.Right)
		s.UnaskedLoop += len(l.Unasked)
		if r.Late || l.Late {
			late++
			continue
		}
		calls, loopCalls, within = calls+r.Calls, loopCalls+l.Calls, within+one(r.Calls <= l.Calls)
		tokens, loopTokens = tokens+r.In+r.Out, loopTokens+l.In+l.Out
		loopSeconds = append(loopSeconds, l.First)
		if l.First > 0 {
			ratios = append(ratios, r.First/l.First)
		}
	}
	s.Right, s.RightOrSaid, s.Held = percent(right, s.Requests), percent(said, s.Requests), percent(held, s.Requests)
	s.RightLoop, s.CallsWithin = percent(loopRight, s.ComparedPairs), percent(within, s.ComparedPairs-late)
	s.RightRatio, s.CallsRatio, s.TokensRatio = ratio(pairRight, loopRight), ratio(calls, loopCalls), ratio(tokens, loopTokens)
	s.Seconds, s.SecondsLoop, s.SecondsRatio = median(seconds), median(loopSeconds), median(ratios)
	return s
}

func one(b bool) int {
	if b {
		return 1
	}
	return 0
}

func percent(n, of int) float64 { return ratio(100*n, of) }

func ratio(a, b int) float64 {
	if b == 0 {
		return 0
	}
	return float64(a) / float64(b)
}

func median(xs []float64) float64 {
	if len(xs) == 0 {
		return 0
	}
	xs = slices.Sorted(slices.Values(xs))
	return (xs[(len(xs)-1)/2] + xs[len(xs)/2]) / 2
}

// table prints a summary as issue 6 asks for it.
func table(out io.Writer, s Summary) error {
	w := tabwriter.NewWriter(out, 0, 0, 3, ' ', 0)
	fmt.Fprintf(w, "requests\t%d, %d of them also in the loop\n", s.Requests, s.ComparedPairs)
	fmt.Fprintf(w, "right at the first answer\t%.1f %%\tthe loop %.1f %%\tratio %.2f\n", s.Right, s.RightLoop, s.RightRatio)
	fmt.Fprintf(w, "right, or said what was not understood\t%.1f %%\n", s.RightOrSaid)
	fmt.Fprintf(w, "effects nobody asked for, executed\t%d\tthe loop %d\n", s.Unasked, s.UnaskedLoop)
	fmt.Fprintf(w, "requests with an effect that came out otherwise than asked\t%d\n", s.Amiss)
	fmt.Fprintf(w, "requests that asked about an effect nobody wanted\t%.1f %%\n", s.Held)
	fmt.Fprintf(w, "model calls\t%.2fx mean\tno more than the loop in %.1f %%\n", s.CallsRatio, s.CallsWithin)
	fmt.Fprintf(w, "tokens in and out\t%.2fx\n", s.TokensRatio)
	fmt.Fprintf(w, "seconds to a plan, median\t%.2f\tfirst native call %.2f\tratio, median %.2fx\n", s.Seconds, s.SecondsLoop, s.SecondsRatio)
	return w.Flush()
}

// groups prints how many of each group are right.
func groups(out io.Writer, rows []Row) error {
	count := map[string]map[string]int{}
	for _, r := range rows {
		k := r.Group + "\t" + r.By
		if count[k] == nil {
			count[k] = map[string]int{}
		}
		count[k][r.word()]++
	}
	w := tabwriter.NewWriter(out, 0, 0, 3, ' ', 0)
	fmt.Fprintln(w, "group\tby\tright\tsaid\twrong")
	for _, k := range sorted(count) {
		fmt.Fprintf(w, "%s\t%d\t%d\t%d\n", k, count[k]["right"], count[k]["said"], count[k]["WRONG"])
	}
	return w.Flush()
}

// read reads the rows of earlier runs, of which a later one of the same request counts.
func read(paths []string) ([]Row, error) {
	var rows []Row
	for _, p := range paths {
		f, err := os.Open(p)
		if err != nil {
			return nil, err
		}
		defer f.Close()
		lines := bufio.NewScanner(f)
		lines.Buffer(nil, 1<<20)
		for lines.Scan() {
			var r Row
			if strings.HasPrefix(lines.Text(), `{"requests"`) {
				continue // a summary
			}
			if err := json.Unmarshal(lines.Bytes(), &r); err != nil {
				return nil, fmt.Errorf("%s: %w", p, err)
			}
			rows = append(rows, r)
		}
		if err := lines.Err(); err != nil {
			return nil, err
		}
	}
	last := map[string]Row{}
	for _, r := range rows {
		last[r.By+" "+r.ID] = r
	}
	rows = rows[:0]
	for _, k := range sorted(last) {
		rows = append(rows, last[k])
	}
	return rows, nil
}
