package main

import (
	"fmt"
	"regexp"
	"slices"
	"strings"
)

// Seen is what one turn did, whoever made it.
type Seen struct {
	Before, After Snapshot
	Done          []Called // calls that reached an app
	Held          []Called // effects that the person was asked about and had not asked for
	Shown         string   // every value and word that the person was shown
	Words         string   // of that, the words that no app's data is in
	Asked         bool     // the person was asked for something, by need
	Told          []string // what the person was told of that went wrong
	Refused       bool     // of that, something else than that no plan came about
}

// Called is a call of a tool, named APP.TOOL.
type Called struct {
	Tool   string
	Effect bool
	Failed bool
}

// A Verdict is what a turn came to.
type Verdict struct {
	Right   bool
	Said    bool     // not right, but nothing wrong was done, and the person was told or asked
	Unasked []string // effects executed by a tool that no effect of the request has
	Held    []string // the same, asked about and refused
	Amiss   bool     // an effect that was asked for, executed with other values, or at another thing
	Why     []string // what is not as it must be
}

// maxExtra is how many other mails, events and notes an answer may name where a
// request does not say: a search finds a little more than was meant.
const maxExtra = 3

// Judge holds a turn to what was asked for. It looks at the state, at calls and at
// values; at words only to see whether somebody said plainly that they can't.
func (s *Set) Judge(t Turn, seen Seen, names []string) Verdict {
	var v Verdict
	wrong := func(format string, args ...any) { v.Why = append(v.Why, fmt.Sprintf(format, args...)) }
	left := s.effects(t, seen, wrong)
	v.Amiss = len(left) > 0
	var may []string
	for _, e := range t.Does {
		may = append(may, e.Tool()...)
	}
	for _, c := range seen.Done {
		if c.Effect && !c.Failed && !slices.Contains(may, c.Tool) {
			v.Unasked = append(v.Unasked, c.Tool)
			wrong("%s was called and not asked for", c.Tool)
		}
	}
	for _, c := range seen.Held {
		v.Held = append(v.Held, c.Tool)
		wrong("it was asked whether to call %s so", c.Tool)
	}
	for _, x := range left {
		wrong("changed besides: %s", x)
	}
	for _, u := range t.Uses {
		if !slices.ContainsFunc(seen.Done, func(c Called) bool { return !c.Failed && slices.Contains(split(u), c.Tool) }) {
			wrong("%s was not called", u)
		}
	}
	shown := fold(seen.Shown)
	for _, want := range t.Shows {
		if !slices.ContainsFunc(split(want), func(w string) bool { return strings.Contains(shown, fold(w)) }) {
			wrong("%q was not shown", want)
		}
	}
	for _, not := range t.Hides {
		if strings.Contains(shown, fold(not)) {
			wrong("%q was shown", not)
		}
	}
	if extra := others(t, shown, names); len(t.Shows) > 0 && t.extra() >= 0 && len(extra) > t.extra() {
		wrong("%d other things were shown: %s", len(extra), strings.Join(extra, ", "))
	}
	s.kind(t, seen, wrong)
	v.Right = len(v.Why) == 0
	v.Said = !v.Right && len(v.Unasked) == 0 && !v.Amiss && seen.said()
	return v
}

func (t Turn) extra() int {
	if t.Extra != nil {
		return *t.Extra
	}
	return maxExtra
}

// kind holds the turn to what its kind asks for.
func (s *Set) kind(t Turn, seen Seen, wrong func(string, ...any)) {
	switch t.Kind {
	case "plain":
		if len(seen.Done)+len(seen.Held) > 0 {
			wrong("an app was called")
		}
		if strings.TrimSpace(seen.Words) == "" || len(seen.Told) > 0 {
			wrong("there was no answer in words")
		}
	case "ask":
		if !seen.Asked && !question(seen.Words) {
			wrong("the person was not asked")
		}
	case "refuse":
		if !seen.Refused && !seen.Asked && !question(seen.Words) && !cannot.MatchString(seen.Words) {
			wrong("it was not said that this can't be done")
		}
	}
}

// said reports whether the person was told plainly that something was not understood or
// can't be done, or was asked.
func (s Seen) said() bool {
	return s.Asked || len(s.Told) > 0 || question(s.Words) || cannot.MatchString(s.Words)
}

// question reports whether words end in a question.
func question(words string) bool { return strings.HasSuffix(strings.TrimSpace(words), "?") }

// cannot is how people and models say so, in the languages of the set.
var cannot = regexp.MustCompile(`(?i)\b(can'?t|can’t|cannot|can not|could ?n[o']t|unable|not able|not possible|no (app|tool|way|access)|(do|does)( not|n't) (have|know|support|understand)|not (supported|available|found|sure)|there is no|sorry|which one|please (say|tell|give|provide|specify)|kann (ich )?nicht|nicht möglich|keine? (app|werkzeug|zugriff)|leider|impossible|désolé|ne peux pas|pas possible)`)

// effects looks for every effect that was asked for and returns what else changed.
func (s *Set) effects(t Turn, seen Seen, wrong func(string, ...any)) (left []string) {
	added, gone := Diff(seen.Before, seen.After)
	for _, e := range t.Does {
		found := false
		for {
			a, g := -1, -1
			if e.Is() != "-" {
				if a = slices.IndexFunc(added, func(x Item) bool { return s.is(e, e, x) }); a < 0 {
					break
				}
			}
			if e.Is() != "+" {
				was, _ := e["was"].(map[string]any)
				if e.Is() == "-" {
					was = e
				}
				if g = slices.IndexFunc(gone, func(x Item) bool { return s.is(e, was, x) }); g < 0 {
					break
				}
			}
			if a >= 0 {
				added = slices.Delete(added, a, a+1)
			}
			if g >= 0 {
				gone = slices.Delete(gone, g, g+1)
			}
			found = true
			if many, _ := e["many"].(bool); !many {
				break
			}
		}
		if !found {
			wrong("this did not happen: %s", describe(Item(e)))
		}
	}
	for _, x := range added {
		left = append(left, "+ "+describe(x))
	}
	for _, x := range gone {
		left = append(left, "- "+describe(x))
	}
	return left
}

// is reports whether an item is of an effect's app and has the fields.
func (s *Set) is(e Effect, fields map[string]any, x Item) bool {
	if !slices.ContainsFunc(e.Tool(), func(tool string) bool { return strings.HasPrefix(tool, text(x["app"])+".") }) {
		return false
	}
	for f, want := range fields {
		if meta[f] {
			continue
		}
		value := text(x[f])
		if f == "all" {
			value = key(x)
		}
		if !s.matches(text(want), value) {
			return false
		}
	}
	return true
}

// meta are the keys of an effect that are no fields.
var meta = map[string]bool{"tool": true, "is": true, "was": true, "many": true}

// others are the things that an answer names and that nobody asked for.
func others(t Turn, shown string, names []string) []string {
	var found []string
	for _, n := range names {
		f := fold(n)
		asked := slices.ContainsFunc(t.Shows, func(w string) bool {
			return slices.ContainsFunc(split(w), func(w string) bool {
				return strings.Contains(f, fold(w)) || strings.Contains(fold(w), f)
			})
		})
		if len(f) >= minName && !asked && strings.Contains(shown, f) {
			found = append(found, n)
		}
	}
	return found
}

// minName is the shortest name that is looked for: a shorter one stands in any text.
const minName = 6

func describe(x Item) string {
	var parts []string
	for _, k := range []string{"app", "tool", "is", "in", "to", "title", "subject", "name", "start", "path", "text", "body", "content"} {
		if s := text(x[k]); s != "" {
			parts = append(parts, fmt.Sprintf("%s=%.60q", k, s))
		}
	}
	return strings.Join(parts, " ")
}
