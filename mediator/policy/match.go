package policy

import (
	"slices"
	"strings"
	"time"

	"secgpt/mediator/label"
)

// A Set is rules that hold together. Its order does not change what is allowed,
// only which of several fitting rules is named.
type Set []Rule

// A Query is what a rule is asked for.
type Query struct {
	App  label.Source
	Tool string
	Now  time.Time
	// From is whose data it is about. The empty label is the person's own; the
	// zero Label reads as unknown, which no allow covers.
	From label.Label
	// Args are the call's arguments, for conditions. Names must not repeat.
	Args map[string]label.Value

	// Named and Pinned make Allows stricter: only a rule that names the tool, or
	// that has a condition on each of these arguments.
	Named  bool
	Pinned []string

	// Loose are the arguments of the call that decide and are not the person's own: a
	// rule with brackets must pin each.
	Loose []string
}

// Denied returns the first rule that denies the call: one that names its tool or
// app and any source in it. `any` denies everything, the person's and unlabelled
// data too; `person` denies what is the person's alone.
func (s Set) Denied(q Query) (Rule, bool) {
	return s.first(q, func(r Rule) bool {
		return r.Deny && (r.Any || r.namesSome(q.From))
	})
}

// Allows returns the first rule that allows the flow: one rule that names every
// source in From. `any` stands for all but unknown. It does not look at deny
// rules: ask Denied first.
func (s Set) Allows(q Query) (Rule, bool) {
	return s.first(q, func(r Rule) bool {
		if r.Deny || q.Named && r.Tool == "" || !all(q.Pinned, r.Pins) {
			return false
		}
		if r.Closed && !all(q.Loose, r.Pins) {
			return false
		}
		return r.namesAll(q.From)
	})
}

// first returns the first rule for this tool, day and arguments that fits.
func (s Set) first(q Query, fits func(Rule) bool) (Rule, bool) {
	seen, read := map[string]string{}, map[string][]leaf{}
	holds := func(r Rule) bool {
		return all(r.Args, func(c Condition) bool { return r.Deny && c.caught(q.Args, read) || !r.Deny && c.meets(q.Args, seen) })
	}
	for _, r := range s {
		switch {
		case r.App != q.App, r.Tool != "" && r.Tool != q.Tool, r.Expired(q.Now):
		case fits(r) && holds(r):
			return r, true
		}
	}
	return Rule{}, false
}

// meets reports whether the argument is there and exactly the value. Written
// values are kept in seen, since arguments can be long and rules many.
func (c Condition) meets(args map[string]label.Value, seen map[string]string) bool {
	s, ok := seen[c.Arg]
	if !ok {
		if v, there := args[c.Arg]; there && !tooLong(v) {
			s, _ = exact(v) // what can't be written is "", which no condition is
		}
		seen[c.Arg] = s
	}
	return s != "" && s == c.JSON
}

func (r Rule) namesAll(l label.Label) bool {
	if l.Empty() {
		return r.Any || slices.Contains(r.From, Person)
	}
	return all(l.Sources(), func(s label.Source) bool {
		return r.Any && nameable(s) || r.names(s)
	})
}

func (r Rule) namesSome(l label.Label) bool {
	if l.Empty() {
		return slices.Contains(r.From, Person)
	}
	return slices.ContainsFunc(l.Sources(), r.names)
}

// names reports whether From names the source itself, or `web` for a page of it.
func (r Rule) names(s label.Source) bool {
	if !nameable(s) {
		return false
	}
	return slices.Contains(r.From, s) ||
		strings.HasPrefix(string(s), string(label.Web)+"/") && slices.Contains(r.From, label.Web)
}

// nameable is false for what an allow must never cover: data that nobody
// labelled, and a source that calls itself the person.
func nameable(s label.Source) bool { return s != label.Unknown && s != Person && s != "" }

func all[T any](xs []T, f func(T) bool) bool {
	return !slices.ContainsFunc(xs, func(x T) bool { return !f(x) })
}
