package main

import (
	"fmt"
	"io"
	"strings"
	"text/tabwriter"
)

// A row is one line of the table.
type row struct {
	Group string `json:"group"`
	Name  string `json:"name"`
	Unit  string `json:"unit"` // of Median, P10 and P90
	N     int    `json:"n"`

	Median float64 `json:"median"`
	P10    float64 `json:"p10"`
	P90    float64 `json:"p90"`
	P99    float64 `json:"p99,omitempty"`

	Beside string  `json:"beside,omitempty"` // what Ratio is to
	Ratio  float64 `json:"ratio,omitempty"`
	Low    float64 `json:"low,omitempty"` // of the 95 % interval
	High   float64 `json:"high,omitempty"`

	Asked   string `json:"asked,omitempty"`   // "≤ 1.50x"
	Verdict string `json:"verdict,omitempty"` // "met", "MISSED", with "?" if noise could turn it
}

// newRow sums up what was measured.
func newRow(group, name, unit string, all []float64) row {
	all = present(all)
	return row{Group: group, Name: name, Unit: unit, N: len(all),
		Median: median(all), P10: quantile(all, 0.1), P90: quantile(all, 0.9)}
}

// beside adds the ratio to something else.
func (r row) beside(name string, over, under []float64) row {
	r.Beside = name
	r.Ratio, r.Low, r.High = ratio(over, under)
	return r
}

// askRatio judges the ratio: from low to high; low 0 is no lower bound.
func (r row) askRatio(low, high float64) row {
	r.Asked = fmt.Sprintf("≤ %.2fx", high)
	if low > 0 {
		r.Asked = fmt.Sprintf("%.2f–%.2fx", low, high)
	}
	if r.Beside == "" {
		r.Verdict = "unknown" // what it would stand beside is not there
		return r
	}
	in := func(v float64) bool { return low <= v && v <= high }
	r.Verdict = verdict(in(r.Ratio), in(r.Low) && in(r.High), r.Low > high || r.High < low)
	return r
}

// askMost judges the median.
func (r row) askMost(most float64) row {
	r.Asked = fmt.Sprintf("≤ %.4g %s", most, r.Unit)
	r.Verdict = verdict(r.Median <= most, r.P90 <= most, r.P10 > most)
	return r
}

// askAlmost judges what 99 of 100 of all are not above; most 0 asks for nothing.
func (r row) askAlmost(all []float64, most float64) row {
	r.P99 = almost(all)
	if most > 0 {
		r.Asked = fmt.Sprintf("99 %% ≤ %.4g %s", most, r.Unit)
		low, high := interval(all, almost)
		r.Verdict = verdict(r.P99 <= most, high <= most, low > most)
	}
	return r
}

// verdict says whether a bound is met, and if that is sure.
func verdict(met, surelyMet, surelyMissed bool) string {
	switch {
	case surelyMet:
		return "met"
	case surelyMissed:
		return "MISSED"
	case met:
		return "met?"
	}
	return "MISSED?"
}

// printTable writes the rows, group by group as they come, and the notes.
func printTable(out io.Writer, rows []row, notes []string) {
	w := tabwriter.NewWriter(out, 0, 8, 2, ' ', 0)
	group := ""
	for _, r := range rows {
		if r.Group != group {
			group = r.Group
			fmt.Fprintf(w, "\n%s\n", group)
			fmt.Fprintln(w, "  \tmedian\t10 to 90 %\t99 %\tratio\t95 %\tto\tasked\t\tn")
		}
		cells := []string{"  " + r.Name, number(r.Median) + " " + r.Unit, number(r.P10) + "–" + number(r.P90), "", "", "", r.Beside, r.Asked, r.Verdict, fmt.Sprint(r.N)}
		if r.P99 > 0 {
			cells[3] = number(r.P99)
		}
		if r.Beside != "" {
			cells[4] = fmt.Sprintf("%.3fx", r.Ratio)
			cells[5] = fmt.Sprintf("%.2f–%.2f", r.Low, r.High)
		}
		fmt.Fprintln(w, strings.Join(cells, "\t"))
	}
	_ = w.Flush()
	if len(notes) > 0 {
		fmt.Fprintln(out)
	}
	for _, n := range notes {
		fmt.Fprintln(out, n)
	}
}

// number has three digits that count.
func number(v float64) string {
	switch {
	case v >= 100:
		return fmt.Sprintf("%.0f", v)
	case v >= 10:
		return fmt.Sprintf("%.1f", v)
	}
	return fmt.Sprintf("%.2f", v)
}
