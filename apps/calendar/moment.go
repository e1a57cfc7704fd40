package calendar

import (
	"strings"
	"time"

	"secgpt/apps/builtin"
)

// parseMoment reads what a caller gives as a start or an end: a date, RFC 3339, or a
// local time such as 2026-11-26T14:00. What names the argument in the error.
func parseMoment(what, s string, local *zone) (stamp, error) {
	s = strings.TrimSpace(s)
	if t, err := time.Parse(time.DateOnly, s); err == nil && t.Year() > 0 {
		return stamp{wall: t, date: true, zone: local}, nil
	}
	for _, form := range []string{"2006-01-02T15:04:05", "2006-01-02T15:04", time.DateTime, "2006-01-02 15:04"} {
		if t, err := time.Parse(form, s); err == nil && t.Year() > 0 {
			return stamp{wall: t.Truncate(time.Second), zone: local}, nil
		}
	}
	for _, form := range []string{time.RFC3339, "2006-01-02T15:04Z07:00"} {
		if t, err := time.Parse(form, s); err == nil && t.Year() > 0 {
			return stamp{wall: clock(t.UTC()), zone: utc}, nil
		}
	}
	return stamp{}, builtin.Errorf("the %s %q is no date or time: write 2026-11-26, or 2026-11-26T14:00", what, short(s, 40))
}

// parseSpan reads the start and the end of an event. Without an end it takes an hour,
// or one day. The end of whole days is their last one.
func parseSpan(start, end string, local *zone) (stamp, length, error) {
	from, err := parseMoment("start", start, local)
	if err != nil {
		return from, length{}, err
	}
	if end == "" {
		if from.date {
			return from, length{days: 1}, nil
		}
		return from, length{exact: time.Hour}, nil
	}
	to, err := parseMoment("end", end, local)
	if err != nil {
		return from, length{}, err
	}
	l, err := span(from, to)
	return from, l, err
}

// span is the length from a start to an end as callers give it.
func span(from, to stamp) (length, error) {
	if from.date != to.date {
		return length{}, builtin.Errorf("the start and the end have to be both dates or both times")
	}
	if to.date {
		to.wall = to.wall.AddDate(0, 0, 1)
	}
	l, err := between(from, to)
	if err != nil || to.date && !to.wall.After(from.wall) {
		return length{}, builtin.Errorf("an event ends after it begins, and within ten years: this one is from %s to %s", from.text(), to.text())
	}
	return l, nil
}

// parseWindow reads the time that is asked for. Without a start it is today, without
// an end the day of the start; a date is meant from its first hour to its last. Searched
// says that a query is asked for: then it is from now on, and to a year after that.
func parseWindow(start, end string, searched bool, now time.Time, local *zone) (from, to time.Time, err error) {
	first := stamp{wall: local.wall(now).Truncate(24 * time.Hour), date: true, zone: local}
	if searched {
		first = stamp{wall: local.wall(now), zone: local}
	}
	if start != "" {
		if first, err = parseMoment("start", start, local); err != nil {
			return
		}
	}
	last := stamp{wall: first.in(local).day(), date: true, zone: local}
	if today := (stamp{wall: local.wall(now), zone: local}).day(); searched {
		if last.wall.Before(today) {
			last.wall = today
		}
		last.wall = last.wall.AddDate(1, 0, 0)
	}
	if end != "" {
		if last, err = parseMoment("end", end, local); err != nil {
			return
		}
	}
	if last.date {
		last.wall = last.wall.AddDate(0, 0, 1)
	}
	from, to = first.instant(), last.instant()
	if !to.After(from) {
		err = builtin.Errorf("the end %s is not after the start %s", end, first.text())
	}
	return
}
