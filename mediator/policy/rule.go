// Package policy holds the rules that a person wrote or answered.
//
// A rule is one sentence: `allow mail -> calendar.create_event`. Parse reads it
// and String writes it back in one fixed spelling. A Set answers the mediator's
// two questions: is this call denied, and does one rule allow it. A Store keeps
// the Set that lasts in policy.toml; what was answered for a task or a session is
// a Set in memory, judged by the same two methods.
//
// What it promises: a rule covers what it names and nothing else, `deny` wins over
// every `allow`, data that nobody labelled is covered by no `allow`, and a file
// that can't be read whole allows nothing.
//
// Start with Query in match.go; Denied and Allows fit on one screen.
package policy

import (
	"slices"
	"strings"
	"time"

	"secgpt/mediator/label"
)

// Person is how a rule names the empty label: what the person typed and what the
// hub made. It is a word of rules and never a source in a label.
const Person label.Source = "person"

// A Rule allows or denies that data of some sources enters a tool.
type Rule struct {
	Number int  // its number in the Store, never used twice; 0 in memory
	Deny   bool // false: allow
	// Any covers every source, and From is empty then. Otherwise From names them,
	// sorted; `web` covers all of web/HOST.
	Any  bool
	From []label.Source
	App  label.Source // the target: an app, or model:NAME
	Tool string       // "" is every tool of App
	Args []Condition  // sorted by name; all must hold
	// Closed: brackets stand in the rule, with conditions or empty. The call has no
	// other deciding argument then than those that are pinned or the person's own.
	Closed bool
	Until  time.Time // the last day on which it holds, as a UTC midnight; zero is no end
	Made   time.Time // the day it was made, as a UTC midnight; zero if nobody said
	By     By        // who made it; "" if nobody said
}

// A Condition wants one argument to be exactly one value; in a deny rule, to hold it in one
// of the ways to write it that catch.go knows.
type Condition struct {
	Arg  string
	JSON string // the value as canonical JSON; see exact
}

// By tells how a rule came to be.
type By string

// The ways.
const (
	Answer  By = "answer"  // the person answered a question with it
	Command By = "command" // `secgpt policy add`
	ByHand  By = "person"  // the person wrote it into the file
)

const dateForm = "2006-01-02"

// String is the rule's one spelling: Parse gives the same rule again, less Number,
// Made and By.
func (r Rule) String() string {
	var b strings.Builder
	b.WriteString(r.verb() + " ")
	b.WriteString(r.sources())
	b.WriteString(" -> " + string(r.App))
	if r.Tool != "" {
		b.WriteString("." + r.Tool)
	}
	if r.Closed {
		conds := make([]string, len(r.Args))
		for i, c := range r.Args {
			conds[i] = c.Arg + "=" + c.JSON
		}
		b.WriteString("(" + strings.Join(conds, ", ") + ")")
	}
	if !r.Until.IsZero() {
		b.WriteString(" until " + r.Until.Format(dateForm))
	}
	return b.String()
}

func (r Rule) verb() string {
	if r.Deny {
		return "deny"
	}
	return "allow"
}

func (r Rule) sources() string {
	if r.Any {
		return "any"
	}
	names := make([]string, len(r.From))
	for i, s := range r.From {
		names[i] = string(s)
	}
	return strings.Join(names, ", ")
}

// Expired reports whether the rule's last day is over where now is.
func (r Rule) Expired(now time.Time) bool {
	return !r.Until.IsZero() && day(now).After(r.Until)
}

// Pins reports whether the rule has a condition on the argument.
func (r Rule) Pins(arg string) bool {
	return slices.ContainsFunc(r.Args, func(c Condition) bool { return c.Arg == arg })
}

// day is the date of t where t is, as Until and Made hold it.
func day(t time.Time) time.Time {
	y, m, d := t.Date()
	return time.Date(y, m, d, 0, 0, 0, 0, time.UTC)
}
