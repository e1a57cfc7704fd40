package calendar

import (
	"slices"
	"strconv"
	"time"

	"secgpt/apps/builtin/ics"
	"secgpt/apps/calendar/recur"
)

// zoneRules are the rules of a VTIMEZONE: when its clocks change, and to what.
type zoneRules struct {
	parts []zonePart
	years map[int][]clockChange // worked out as needed
	steps *int                  // of recur that are left
}

// A zonePart is a STANDARD or DAYLIGHT part.
type zonePart struct {
	from, to time.Duration // offsets before and after
	start    time.Time
	rule     *recur.Rule
	dates    []time.Time
}

// A clockChange is the wall-clock time, by the old offset, at which a new one begins.
type clockChange struct {
	at       time.Time
	from, to time.Duration
}

// Bounds of one VTIMEZONE. Real ones have two parts, or some dozens with history.
const (
	maxZoneParts = 200
	maxZoneYears = 300 // years that are kept
)

// newZoneRules reads a VTIMEZONE. It is nil if nothing in it can be used.
func newZoneRules(c *ics.Component, steps *int) *zoneRules {
	z := &zoneRules{years: map[int][]clockChange{}, steps: steps}
	for _, part := range c.Children {
		if p, ok := newZonePart(part); ok && len(z.parts) < maxZoneParts {
			z.parts = append(z.parts, p)
		}
	}
	if len(z.parts) == 0 {
		return nil
	}
	slices.SortStableFunc(z.parts, func(a, b zonePart) int { return a.start.Compare(b.start) })
	return z
}

func newZonePart(c *ics.Component) (zonePart, bool) {
	var p zonePart
	from, ok1 := parseOffset(c.Text("TZOFFSETFROM"))
	to, ok2 := parseOffset(c.Text("TZOFFSETTO"))
	start, err := parseStamp(c.Text("DTSTART"))
	if !ok1 || !ok2 || err != nil {
		return p, false
	}
	p = zonePart{from: from, to: to, start: start.wall, dates: []time.Time{start.wall}}
	if text := c.Text("RRULE"); text != "" {
		rule, err := recur.Parse(text)
		if err != nil || rule.Freq != recur.Yearly { // clocks change by the year
			return p, false
		}
		if rule.UntilUTC {
			rule.Until = rule.Until.Add(from)
		}
		p.rule = &rule
	}
	for _, prop := range c.All("RDATE") {
		if s, err := parseStamp(prop.Value()); err == nil && len(p.dates) < maxZoneParts {
			p.dates = append(p.dates, s.wall)
		}
	}
	return p, true
}

// offsetAtWall is the offset when the wall clock reads w. What it reads twice is
// taken for the first time.
func (z *zoneRules) offsetAtWall(w time.Time) time.Duration {
	return z.last(w.Year(), func(c clockChange) bool { return !c.at.After(w) })
}

// offsetAt is the offset at an instant.
func (z *zoneRules) offsetAt(t time.Time) time.Duration {
	t = t.UTC()
	return z.last(t.Year()+1, func(c clockChange) bool { return !c.at.Add(-c.from).After(t) })
}

// last is the offset after the last change that is past, of a year and the two
// before it.
func (z *zoneRules) last(year int, past func(clockChange) bool) time.Duration {
	for y := year; y > year-3; y-- {
		for _, c := range slices.Backward(z.changes(y)) {
			if past(c) {
				return c.to
			}
		}
	}
	// No change lately: the part that began last.
	for _, p := range slices.Backward(z.parts) {
		if past(clockChange{p.start, p.from, p.to}) {
			return p.to
		}
	}
	return z.parts[0].from
}

// changes are the clock changes of a year, in order.
func (z *zoneRules) changes(year int) []clockChange {
	if got, ok := z.years[year]; ok {
		return got
	}
	from, to := time.Date(year, 1, 1, 0, 0, 0, 0, time.UTC), time.Date(year+1, 1, 1, 0, 0, 0, 0, time.UTC)
	var all []clockChange
	for _, p := range z.parts {
		for _, d := range p.dates {
			if d.Year() == year {
				all = append(all, clockChange{d, p.from, p.to})
			}
		}
		if p.rule == nil || *z.steps < 0 {
			continue
		}
		for at := range p.rule.Between(p.start, from, to, z.steps) {
			all = append(all, clockChange{at, p.from, p.to})
		}
	}
	slices.SortStableFunc(all, func(a, b clockChange) int { return a.at.Compare(b.at) })
	if len(z.years) < maxZoneYears {
		z.years[year] = all
	}
	return all
}

// parseOffset reads +0100, -0530 or +013045.
func parseOffset(s string) (time.Duration, bool) {
	if len(s) != 5 && len(s) != 7 || s[0] != '+' && s[0] != '-' {
		return 0, false
	}
	n, err := strconv.ParseUint(s[1:], 10, 32)
	if err != nil {
		return 0, false
	}
	if len(s) == 5 {
		n *= 100
	}
	h, m, sec := n/10000, n/100%100, n%100
	if h > 18 || m > 59 || sec > 59 {
		return 0, false
	}
	off := time.Duration(h*3600+m*60+sec) * time.Second
	if s[0] == '-' {
		off = -off
	}
	return off, true
}
