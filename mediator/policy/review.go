package policy

import (
	"fmt"
	"slices"
	"strconv"
	"strings"
	"time"

	"secgpt/mediator/label"
)

// A Finding is what a person should know of one of their rules: that it does nothing,
// or less than it says.
type Finding struct {
	Rule Rule
	Kind Kind
	By   Rule  // the rule that makes it so; zero for Ended and Wins
	Over []int // of Wins: the rules that it beats, those that never apply if there are any
	Dead bool  // of Wins: they never apply
}

// Kind is what is the matter with a rule.
type Kind uint8

// The kinds.
const (
	Ended   Kind = 1 + iota // its last day is over
	Same                    // an earlier rule says the same
	Covered                 // another rule says that and more
	Never                   // an allow that a deny always beats
	Partly                  // an allow that a deny beats in some calls
	Wins                    // a deny that beats an allow: the same, told of the deny
)

// String is the finding as a person reads it.
func (f Finding) String() string {
	by := fmt.Sprintf("rule %d", f.By.Number)
	switch f.Kind {
	case Ended:
		return "ended on " + f.Rule.Until.Format(dateForm)
	case Same:
		return "says the same as " + by
	case Covered:
		return "adds nothing: " + by + " covers it"
	case Never:
		return "never applies: " + by + " denies it"
	case Wins:
		return f.wins()
	}
	return "where both fit, " + by + " denies"
}

// maxOver bounds how many rules one line names.
const maxOver = 6

func (f Finding) wins() string {
	names := make([]string, min(len(f.Over), maxOver))
	for i := range names {
		names[i] = strconv.Itoa(f.Over[i])
	}
	rules, plural := "rule "+names[0], len(f.Over) > 1
	if plural {
		rules = "rules " + strings.Join(names, ", ")
	}
	if n := len(f.Over) - len(names); n > 0 {
		rules += fmt.Sprintf(" and %d more", n)
	}
	switch {
	case !f.Dead:
		return "wins over " + rules + " where both fit"
	case plural:
		return rules + " never apply beside it"
	}
	return rules + " never applies beside it"
}

// Review looks at each rule beside the others and returns what is the matter, one
// finding a rule, the gravest.
func (s Set) Review(now time.Time) []Finding {
	byApp := map[label.Source]Set{}
	for _, r := range s {
		if !r.Expired(now) {
			byApp[r.App] = append(byApp[r.App], r)
		}
	}
	var all []Finding
	for _, r := range s {
		if f, ok := byApp[r.App].find(r, now); ok {
			all = append(all, f)
		}
	}
	return all
}

// find compares one rule with the living ones of its app.
func (s Set) find(r Rule, now time.Time) (Finding, bool) {
	if r.Expired(now) {
		return Finding{Rule: r, Kind: Ended}, true
	}
	best := Finding{Rule: r}
	for _, o := range s {
		if o.Number == r.Number {
			continue
		}
		k := relation(r, o)
		if k != 0 && (best.Kind == 0 || grave(k) > grave(best.Kind)) {
			best.Kind, best.By = k, o
		}
	}
	if best.Kind == 0 && r.Deny {
		best.Over, best.Dead = s.beaten(r)
		if len(best.Over) > 0 {
			best.Kind = Wins
		}
	}
	return best, best.Kind != 0
}

func grave(k Kind) int { return slices.Index([]Kind{Partly, Covered, Same, Never}, k) }

// beaten are the rules that a deny leaves without effect, or if there is none those that
// it leaves with less.
func (s Set) beaten(deny Rule) (over []int, dead bool) {
	var some, all []int
	for _, o := range s {
		switch relation(o, deny) {
		case Never:
			all = append(all, o.Number)
		case Partly:
			some = append(some, o.Number)
		}
	}
	if len(all) > 0 {
		return all, true
	}
	return some, false
}

// relation is what o means for r.
func relation(r, o Rule) Kind {
	switch {
	case r.String() == o.String():
		if o.Number < r.Number {
			return Same
		}
	case r.Deny && o.Deny:
		if o.reaches(r) && o.namesEach(r) {
			return Covered
		}
	case !r.Deny && !o.Deny:
		if o.allowsAll(r) {
			return Covered
		}
	case !r.Deny && o.Deny:
		switch {
		case o.reaches(r) && o.namesEach(r):
			return Never
		case o.crosses(r):
			return Partly
		}
	}
	return 0
}

// reaches reports whether o holds of every call and day that r does.
func (o Rule) reaches(r Rule) bool {
	return o.App == r.App && (o.Tool == "" || o.Tool == r.Tool) && o.outlives(r) &&
		all(o.Args, func(c Condition) bool {
			return slices.ContainsFunc(r.Args, func(d Condition) bool { return c == d || o.Deny && c.Arg == d.Arg && c.catches(d) })
		})
}

// allowsAll reports whether o allows all that r does. A rule without conditions
// answers less than one that pins an argument, and one for a whole app less than one
// that names the tool; brackets also say what may not be there.
func (o Rule) allowsAll(r Rule) bool {
	return o.App == r.App && o.Tool == r.Tool && o.outlives(r) && slices.Equal(o.Args, r.Args) && o.namesEach(r) &&
		(r.Closed || !o.Closed)
}

// crosses reports whether some call can fit both.
func (o Rule) crosses(r Rule) bool {
	apart := func(c Condition) bool {
		return slices.ContainsFunc(r.Args, func(d Condition) bool { return d.Arg == c.Arg && d.JSON != c.JSON && !(o.Deny && c.catches(d)) })
	}
	return o.App == r.App && (o.Tool == "" || r.Tool == "" || o.Tool == r.Tool) && !slices.ContainsFunc(o.Args, apart) &&
		(o.Any || r.Any || slices.ContainsFunc(o.From, func(s label.Source) bool { return r.alike(s) || r.within(s) }))
}

// namesEach reports whether o names every source that r does.
func (o Rule) namesEach(r Rule) bool {
	if o.Any || r.Any {
		return o.Any
	}
	return all(r.From, o.alike)
}

// alike reports whether the rule names a source as rules spell it, `person` and `web`
// among them.
func (o Rule) alike(s label.Source) bool { return slices.Contains(o.From, s) || o.names(s) }

// within reports whether the rule names a page of the source.
func (o Rule) within(s label.Source) bool {
	return s == label.Web && slices.ContainsFunc(o.From, func(own label.Source) bool { return Rule{From: []label.Source{s}}.names(own) })
}

// outlives reports whether o holds on the last day of r.
func (o Rule) outlives(r Rule) bool {
	return o.Until.IsZero() || !r.Until.IsZero() && !r.Until.After(o.Until)
}
