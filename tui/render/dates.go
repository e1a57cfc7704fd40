package render

import (
	"fmt"
	"regexp"
	"strings"
	"time"
)

// A moment is a date as apps write it.
type moment struct {
	t   time.Time
	day bool // a date without a time
}

// full finds dates with a time inside a text; a date alone may be anything.
var full = regexp.MustCompile(`\d{4}-\d{2}-\d{2}T\d{2}:\d{2}(?::\d{2}(?:\.\d{1,9})?)?(?:Z|[+-]\d{2}:\d{2})`)

// readMoment reads a whole text as a date: RFC 3339, with or without seconds, or
// a day alone. Anything else is no date and is shown as it is.
func readMoment(s string) (moment, bool) {
	if len(s) < 10 || len(s) > 40 || s[0] < '0' || s[0] > '9' {
		return moment{}, false
	}
	for _, layout := range []string{time.RFC3339Nano, "2006-01-02T15:04Z07:00"} {
		if t, err := time.Parse(layout, s); err == nil {
			return moment{t: t}, true
		}
	}
	t, err := time.Parse(time.DateOnly, s)
	return moment{t, true}, err == nil
}

// here is the moment in the person's zone. A day alone has none.
func (o Options) here(m moment) time.Time {
	if m.day {
		return m.t
	}
	return m.t.In(o.zone())
}

// dayOf writes a day, with its year unless that is this one.
func (o Options) dayOf(t time.Time) string {
	if !o.Now.IsZero() && t.Year() == o.Now.In(o.zone()).Year() {
		return t.Format("Mon 2 Jan")
	}
	return t.Format("Mon 2 Jan 2006")
}

// clock writes a time of day as answers do: nobody meets at a second.
func clock(t time.Time) string { return t.Format("15:04") }

// exactClock leaves nothing out.
func exactClock(t time.Time) string {
	if t.Second() != 0 || t.Nanosecond() != 0 {
		return t.Format("15:04:05.999999999")
	}
	return t.Format("15:04")
}

// when writes a date in the person's own zone.
func (o Options) when(m moment) string {
	t := o.here(m)
	if m.day {
		return o.dayOf(t)
	}
	return o.dayOf(t) + ", " + clock(t)
}

// exactly writes a date as it will be sent: with its year and in its own zone,
// which is named, with the person's time, where it is not theirs.
func (o Options) exactly(m moment) string {
	if m.day {
		return m.t.Format("Mon 2 Jan 2006")
	}
	s := m.t.Format("Mon 2 Jan 2006, ") + exactClock(m.t)
	mine := o.here(m)
	_, there := m.t.Zone()
	name, here := mine.Zone()
	if there == here {
		if z := o.zone().String(); z != "Local" && z != "" {
			name = z
		}
		return fmt.Sprintf("%s (%s)", s, name)
	}
	if mine.Day() != m.t.Day() {
		return fmt.Sprintf("%s (%s; here %s, %s)", s, m.t.Format("UTC-07:00"), mine.Format("Mon 2 Jan"), clock(mine))
	}
	return fmt.Sprintf("%s (%s; here %s)", s, m.t.Format("UTC-07:00"), clock(mine))
}

// span writes from when to when something lasts, without repeating the day.
func (o Options) span(start, end moment) string {
	a, b := o.here(start), o.here(end)
	switch {
	case start.day && end.day:
		// As in calendars, the end is the day after the last.
		if last := b.AddDate(0, 0, -1); last.After(a) {
			return o.dayOf(a) + "–" + o.dayOf(last)
		}
		return o.dayOf(a)
	case a.Format(time.DateOnly) == b.Format(time.DateOnly):
		return o.when(start) + "–" + clock(b)
	}
	return o.when(start) + "–" + o.when(end)
}

// between reports whether a text between two dates means "until".
func between(s string) bool {
	switch strings.TrimSpace(s) {
	case "-", "–", "to", "until", "till":
		return true
	}
	return false
}
