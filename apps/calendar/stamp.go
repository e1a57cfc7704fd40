package calendar

import (
	"errors"
	"fmt"
	"strconv"
	"strings"
	"time"

	"secgpt/apps/builtin/ics"
)

// A stamp is a date, or what a wall clock in a zone reads.
type stamp struct {
	wall time.Time
	date bool
	zone *zone // never nil after propStamp; of a date: the person's own
}

const (
	dateForm = "20060102"
	timeForm = "20060102T150405"
)

// parseStamp reads 20261126, 20261126T140000 or 20261126T130000Z. Of the last the
// zone is utc, of the others it is not known yet.
func parseStamp(s string) (stamp, error) {
	s = strings.TrimSpace(s)
	if t, err := time.Parse(dateForm, s); err == nil {
		return stamp{wall: t, date: true}, nil
	}
	if t, err := time.Parse(timeForm+"Z", s); err == nil {
		return stamp{wall: t, zone: utc}, nil
	}
	for _, form := range []string{timeForm, "20060102T1504"} { // the second is some exporters'
		if t, err := time.Parse(form, s); err == nil {
			return stamp{wall: t}, nil
		}
	}
	return stamp{}, fmt.Errorf("%.40q is no date or time", s)
}

// propStamp reads the stamp of a property, in the zone that it names.
func propStamp(p ics.Prop, z *zones) (stamp, error) { return valueStamp(p, p.Value(), z) }

// valueStamp reads one of the values of a property that may have several.
func valueStamp(p ics.Prop, value string, z *zones) (stamp, error) {
	s, err := parseStamp(value)
	if err != nil {
		return s, err
	}
	if strings.EqualFold(p.Param("VALUE"), "DATE") && !s.date {
		s = stamp{wall: s.wall.Truncate(24 * time.Hour), date: true} // some write midnight
	}
	switch {
	case s.date:
		s.zone = z.local
	case s.zone == nil:
		s.zone = z.find(p.Param("TZID"))
	}
	return s, nil
}

func (s stamp) instant() time.Time { return s.zone.instant(s.wall) }

// in is the same moment on the clock of another zone; a date stays as it is.
func (s stamp) in(z *zone) stamp {
	if s.date || s.zone == z {
		return s
	}
	return stamp{wall: z.wall(s.instant()), zone: z}
}

// day is the date that a stamp falls on.
func (s stamp) day() time.Time { return s.wall.Truncate(24 * time.Hour) }

// text is how people and plans get a stamp: 2026-11-26, or RFC 3339 with the offset
// of its zone.
func (s stamp) text() string {
	if s.date {
		return s.wall.Format(time.DateOnly)
	}
	return s.instant().Format(time.RFC3339)
}

// key tells the times of one series apart. It is part of an id.
func (s stamp) key() string {
	if s.date {
		return s.wall.Format(dateForm)
	}
	return s.wall.Format(timeForm)
}

// A length is how long an event takes. Days are days of the calendar, which may have
// 23 or 25 hours.
type length struct {
	days  int
	exact time.Duration
}

// after is when an event of this length ends that begins at s; for dates, the day
// after the last one.
func (l length) after(s stamp) stamp {
	s.wall = s.wall.AddDate(0, 0, l.days)
	if l.exact != 0 {
		s.wall = s.zone.wall(s.instant().Add(l.exact))
	}
	return s
}

// bound is no shorter than the length can be.
func (l length) bound() time.Duration {
	return time.Duration(l.days+1)*24*time.Hour + l.exact
}

// maxLength bounds an event: longer ones are mistakes, and make every search long.
const maxLength = 3660 // days

var errLength = errors.New("it ends before it begins, or lasts more than ten years")

// between is the length from start to end.
func between(start, end stamp) (length, error) {
	if start.date {
		days := int(end.day().Sub(start.day()) / (24 * time.Hour))
		if !end.date && !end.wall.Equal(end.day()) {
			days++
		}
		if days < 0 || days > maxLength {
			return length{days: 1}, errLength
		}
		return length{days: max(1, days)}, nil // some write the same day twice
	}
	d := end.instant().Sub(start.instant())
	if d < 0 || d > maxLength*24*time.Hour {
		return length{}, errLength
	}
	return length{exact: d}, nil
}

// parseDuration reads P1D, PT1H30M, P2W or P1DT12H.
func parseDuration(s string) (length, error) {
	bad := fmt.Errorf("%.40q is no duration", s)
	rest, ok := strings.CutPrefix(strings.TrimPrefix(strings.TrimSpace(strings.ToUpper(s)), "+"), "P")
	if !ok || rest == "" {
		return length{}, bad
	}
	var l length
	inTime := false
	for rest != "" {
		if !inTime && rest[0] == 'T' {
			inTime, rest = true, rest[1:]
			continue
		}
		n := strings.IndexFunc(rest, func(r rune) bool { return r < '0' || r > '9' })
		if n < 1 {
			return length{}, bad
		}
		v, err := strconv.Atoi(rest[:n])
		if err != nil || v > maxLength*86400 {
			return length{}, bad
		}
		switch unit := rest[n]; {
		case unit == 'W' && !inTime:
			l.days += 7 * v
		case unit == 'D' && !inTime:
			l.days += v
		case unit == 'H' && inTime:
			l.exact += time.Duration(v) * time.Hour
		case unit == 'M' && inTime:
			l.exact += time.Duration(v) * time.Minute
		case unit == 'S' && inTime:
			l.exact += time.Duration(v) * time.Second
		default:
			return length{}, bad
		}
		rest = rest[n+1:]
	}
	if l.days > maxLength || l.exact < 0 || l.exact > maxLength*24*time.Hour {
		return length{}, errLength
	}
	return l, nil
}
