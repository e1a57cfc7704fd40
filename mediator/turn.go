package mediator

import (
	"fmt"
	"slices"
	"sync"

	"secgpt/mediator/label"
	"secgpt/mediator/policy"
)

// Turn is what one turn brings to its judgements. Its methods may be called from
// several goroutines; decisions are made one at a time. Answers given for calls of a
// turn end with it.
type Turn struct {
	N       int
	Shaped  label.Label // see Situation
	By      string      // who makes the plan: "intent", "model" or "person"
	monitor *Monitor

	one sync.Mutex // held for a decision, also while the person is asked

	mu     sync.Mutex // guards what follows
	words  *Words
	task   policy.Set     // answered for this task
	named  map[int]string // call → the name in the person's words that it looked up
	stops  int            // changes that did not happen as planned
	why    string         // the last of them; while there is any, nothing changes without a yes
	kept   []kept         // words of calls that wait
	given  map[int]given  // call → what the person answered ahead
	edited map[int][]Arg  // call → its arguments as the person wrote them anew

	misread map[int]map[string]string // call → arguments whose edit could not be taken, and why
	left    map[int][]string          // call → arguments that were withheld before it was edited
}

// kept are the person's words that a waiting call will use.
type kept struct {
	call  int
	spans []stretch
}

// NewTurn begins a turn with what the person said in it.
func (m *Monitor) NewTurn(n int, w *Words) *Turn {
	return &Turn{
		N: n, Shaped: label.Person(), monitor: m, words: w,
		named: map[int]string{}, given: map[int]given{}, edited: map[int][]Arg{}, misread: map[int]map[string]string{}, left: map[int][]string{},
	}
}

// Stop records that a change of this turn did not happen: no later change goes
// without a yes that was given in knowledge of it.
func (t *Turn) Stop(why string) {
	t.mu.Lock()
	defer t.mu.Unlock()
	t.stops++
	t.why = why
}

// Stopped reports whether a change of this turn did not happen as planned.
func (t *Turn) Stopped() bool {
	t.mu.Lock()
	defer t.mu.Unlock()
	return t.stops > 0
}

// stopped says what did not happen, in words that differ after each further change
// that did not: a yes to "go on?" is for what the person knew of.
func (t *Turn) stopped() string {
	if t.stops > 1 {
		return fmt.Sprintf("%d changes did not happen, the last: %s", t.stops, t.why)
	}
	return t.why
}

// keptBefore are the words that calls which come before call n still wait to use.
func (t *Turn) keptBefore(n int) []stretch {
	var spans []stretch
	for _, k := range t.kept {
		if k.call < n {
			spans = append(spans, k.spans...)
		}
	}
	return spans
}

// serve marks the words of an allowed call as used up, and the name it looks for.
func (t *Turn) serve(v verdict) {
	t.mu.Lock()
	defer t.mu.Unlock()
	t.words.take(v.spans)
	t.remember(v.call)
}

// forget drops what was kept for a call that is decided. An answer serves once.
func (t *Turn) forget(n int) {
	t.mu.Lock()
	defer t.mu.Unlock()
	t.kept = slices.DeleteFunc(t.kept, func(k kept) bool { return k.call == n })
	delete(t.given, n)
	delete(t.edited, n)
	delete(t.misread, n)
	delete(t.left, n)
}
