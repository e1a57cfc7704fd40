package calendar

import (
	"context"
	"slices"
	"time"
)

// An occurrence is one time of an event.
type occurrence struct {
	series *series
	event  *event // whose text it has
	start  stamp
	length length
	key    string // which time of the series, "" if there is only one
}

func (o occurrence) end() stamp { return o.length.after(o.start) }

// id is the series' own, and which of its times is meant. All of it is ours: the key
// is a time that we worked out.
func (o occurrence) id() string {
	if o.key == "" {
		return o.series.id
	}
	return o.series.id + "-" + o.key
}

// Bounds of one expansion.
const (
	maxOccurrences = 5000      // in one answer
	maxGathered    = 50_000    // before the earliest are taken
	seriesSteps    = 400_000   // of recur, for one series: a thousand years of days
	allSteps       = 4_000_000 // for all of them: some seconds
)

// A window is the asked time, and how much work may go into it.
type window struct {
	from, to time.Time       // to is left out
	of       map[*event]bool // whose times are meant; nil for all
	steps    int             // left for all series
	tired    []*series       // those that were not followed to their end
	onward   []*event        // those that would change later times too
}

func (w *window) means(e *event) bool { return w.of == nil || w.of[e] }

// touches reports whether something from start to end is in the window. What takes
// no time is in it if it begins there.
func (w *window) touches(start, end time.Time) bool {
	if !end.After(start) {
		return !start.Before(w.from) && start.Before(w.to)
	}
	return end.After(w.from) && start.Before(w.to)
}

// expand gives every occurrence in the window, in order. Cut says that there are more.
func (lib *library) expand(ctx context.Context, w *window) (all []occurrence, cut bool, err error) {
	for _, f := range lib.files {
		for _, s := range f.series {
			if err := ctx.Err(); err != nil {
				return nil, false, err
			}
			all = append(all, s.occurrences(w)...)
			if len(all) > maxGathered {
				all, cut = earliest(all), true
			}
		}
	}
	if n := len(all); n > maxOccurrences {
		cut = true
	}
	return earliest(all), cut, nil
}

// earliest sorts by time and keeps as many as an answer may have.
func earliest(all []occurrence) []occurrence {
	type timed struct {
		occurrence
		at time.Time
	}
	sorted := make([]timed, len(all))
	for i, o := range all {
		sorted[i] = timed{o, o.start.instant()}
	}
	slices.SortStableFunc(sorted, func(a, b timed) int {
		if c := a.at.Compare(b.at); c != 0 {
			return c
		}
		return days(b.start) - days(a.start) // whole days first
	})
	kept := all[:min(len(all), maxOccurrences)]
	for i := range kept {
		kept[i] = sorted[i].occurrence
	}
	return kept
}

func days(s stamp) int {
	if s.date {
		return 1
	}
	return 0
}

// occurrences are the times of the series in the window, unsorted.
func (s *series) occurrences(w *window) []occurrence {
	var all []occurrence
	add := func(o occurrence) {
		if !o.event.cancelled && w.means(o.event) && w.touches(o.start.instant(), o.end().instant()) {
			all = append(all, o)
		}
	}
	for _, c := range s.changed {
		add(occurrence{s, c, c.start, c.length, s.keyOf(*c.of)})
		if c.onward && w.means(c) && c.of.instant().Before(w.to) {
			w.onward = append(w.onward, c)
		}
	}
	if s.master == nil || s.master.cancelled || !w.means(s.master) {
		return all
	}
	if !s.master.repeats() {
		if len(s.changed) == 0 || !s.replaced(s.master.start) {
			add(occurrence{s, s.master, s.master.start, s.master.length, ""})
		}
		return all
	}
	for _, x := range s.times(w) {
		add(occurrence{s, s.master, x.start, x.length, x.start.key()})
	}
	return all
}

// keyOf is the key of a time of the series, however its changed time spells it.
func (s *series) keyOf(of stamp) string {
	if s.master == nil {
		return of.key()
	}
	if of.date && !s.master.start.date { // Outlook names the day
		clock := s.master.start.wall.Sub(s.master.start.day())
		return stamp{wall: of.wall.Add(clock)}.key()
	}
	if s.master.start.date {
		return stamp{wall: of.day(), date: true}.key()
	}
	return of.in(s.master.start.zone).key()
}

// replaced reports whether a changed time stands for this one.
func (s *series) replaced(at stamp) bool {
	return slices.ContainsFunc(s.changed, func(c *event) bool { return s.keyOf(*c.of) == at.key() })
}

// times are those that the master gives, less the excluded and the changed ones.
func (s *series) times(w *window) []extra {
	m := s.master
	zone := m.start.zone
	// A day more on both sides: the clock may have been changed in between.
	from := zone.wall(w.from).Add(-m.length.bound() - 24*time.Hour)
	to := zone.wall(w.to).Add(24 * time.Hour)
	steps := min(seriesSteps, w.steps)
	given := steps

	seen, left := map[string]bool{}, map[int64]bool{} // left out by a rule, which may be each second of a week
	for _, rule := range m.except {
		for t := range rule.Between(m.start.wall, from, to, &steps) {
			left[t.Unix()] = true
		}
	}
	days := map[string]bool{}
	for _, x := range m.without {
		if x.date && !m.start.date {
			days[x.key()] = true
		}
		seen[s.keyOf(x)] = true
	}
	for _, c := range s.changed {
		seen[s.keyOf(*c.of)] = true
	}
	var all []extra
	add := func(x extra) {
		if x.start.date == m.start.date && left[x.start.wall.Unix()] || !w.touches(x.start.instant(), x.length.after(x.start).instant()) {
			return
		}
		key, day := x.start.key(), stamp{wall: x.start.wall, date: true}.key()
		if seen[key] || days[day] {
			return
		}
		seen[key] = true
		all = append(all, x)
	}
	add(extra{m.start, m.length})
	for _, x := range m.more {
		add(x)
	}
	for _, rule := range m.rules {
		for t := range rule.Between(m.start.wall, from, to, &steps) {
			add(extra{stamp{wall: t, date: m.start.date, zone: zone}, m.length})
			if len(all) > maxOccurrences { // more than an answer may have; the rest comes later
				break
			}
		}
	}
	if steps < 0 {
		w.tired = append(w.tired, s)
	}
	w.steps -= given - max(0, steps)
	return all
}
