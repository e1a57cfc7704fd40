package main

import (
	"encoding/json"
	"io"
	"maps"
	"slices"
	"time"
)

// A Row is what a request came to, in secgpt or in the loop. It is a line of -json.
type Row struct {
	ID      string   `json:"id"`
	Group   string   `json:"group"`
	Half    string   `json:"half"`
	By      string   `json:"by"` // secgpt or loop
	Model   string   `json:"model"`
	Right   bool     `json:"right"`
	Said    bool     `json:"said"` // not right, and the person was told so
	Amiss   bool     `json:"amiss"`
	Unasked []string `json:"unasked,omitempty"`
	Held    []string `json:"held,omitempty"`
	Calls   int      `json:"calls"` // of the model
	In      int      `json:"tokens_in"`
	Out     int      `json:"tokens_out"`
	First   float64  `json:"seconds"`        // to the plan, or the first native call, of the first turn
	Late    bool     `json:"late,omitempty"` // it was given up at -time: wrong, and in no ratio
	Why     []string `json:"why,omitempty"`
	Plans   []string `json:"plans"`
	Shown   []string `json:"shown"`
	Told    []string `json:"told,omitempty"`

	judged int
}

func (r *Row) count(turn int, first bool, plan time.Duration, calls, in, out int) {
	if turn == 0 && first {
		r.First = plan.Seconds()
	}
	r.Calls, r.In, r.Out = r.Calls+calls, r.In+in, r.Out+out
}

// judge takes in the verdict of a turn: a conversation is right if all of it is.
func (r *Row) judge(v Verdict) {
	r.Right = v.Right && (r.judged == 0 || r.Right)
	r.Said = !r.Right && (v.Right || v.Said) && (r.judged == 0 || r.Said || len(r.Why) == 0)
	r.Amiss = r.Amiss || v.Amiss
	r.Unasked, r.Held, r.Why = append(r.Unasked, v.Unasked...), append(r.Held, v.Held...), append(r.Why, v.Why...)
	r.judged++
}

// word is the row's cell: right, said, or wrong.
func (r *Row) word() string {
	switch {
	case r.Right:
		return "right"
	case r.Said:
		return "said"
	}
	return "WRONG"
}

func (r *Row) write(w io.Writer) error {
	if w == nil {
		return nil
	}
	return json.NewEncoder(w).Encode(r)
}

func sorted[V any](m map[string]V) []string { return slices.Sorted(maps.Keys(m)) }
