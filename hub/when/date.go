package when

import (
	"errors"
	"slices"
	"strings"
	"time"
)

// date reads a date from the i-th token on, and tells how many tokens it is.
func (p *phrase) date(i int) int {
	for _, read := range []func(int) int{p.named, p.edge, p.counted, p.relative, p.calendar, p.numeric} {
		if n := read(i); n > 0 {
			return n
		}
	}
	return 0
}

// is reports whether these words stand from the i-th token on.
func (p *phrase) is(i int, words ...string) bool {
	return i+len(words) <= len(p.toks) && slices.Equal(p.toks[i:i+len(words)], words)
}

func (p *phrase) tok(i int) string {
	if i < len(p.toks) {
		return p.toks[i]
	}
	return ""
}

// named reads days that have a name of their own.
func (p *phrase) named(i int) int {
	today := midnight(p.now)
	switch {
	case p.is(i, "now"):
		p.set(hour(p.now.Truncate(time.Minute)))
		return 1
	case p.is(i, "today"):
		p.setDay(today)
		return 1
	case p.is(i, "tomorrow"):
		p.setDay(ahead(today, 1))
		return 1
	case p.is(i, "yesterday"):
		p.setDay(ahead(today, -1))
		return 1
	case p.is(i, "day", "after", "tomorrow"):
		p.setDay(ahead(today, 2))
		return 3
	case p.is(i, "day", "before", "yesterday"):
		p.setDay(ahead(today, -2))
		return 3
	}
	return 0
}

// relative reads "this week", "next Friday", "last month", "the weekend", "Friday".
func (p *phrase) relative(i int) int {
	which, used := 0, 0
	switch p.tok(i) {
	case "this", "coming":
		used = 1
	case "next":
		which, used = 1, 1
	case "last", "past":
		which, used = -1, 1
	}
	t := p.tok(i + used)
	if used == 1 && t == "coming" {
		used, t = 2, p.tok(i+2)
	}
	if used == 1 {
		if n := p.stretch(i+used, which); n > 0 {
			return used + n
		}
	}
	today := midnight(p.now)
	monday := ahead(today, -(int(today.Weekday())+6)%7)
	if d, ok := weekday(t); ok {
		switch {
		case used == 0:
			if p.week != nil {
				return 0
			}
			p.week = &d
		case which == 0:
			p.setDay(ahead(today, int(d-today.Weekday()+7)%7))
		case which > 0:
			p.setDay(ahead(monday, 7+(int(d)+6)%7))
		default:
			p.setDay(ahead(today, -1-(int(today.Weekday()-d)+6)%7))
		}
		return used + 1
	}
	first := time.Date(today.Year(), today.Month(), 1, 12, 0, 0, 0, today.Location())
	switch {
	case t == "weekend":
		p.set(days(ahead(monday, 5+7*which), ahead(monday, 7+7*which)))
	case used == 0:
		return 0
	case t == "week":
		p.set(days(ahead(monday, 7*which), ahead(monday, 7+7*which)))
	case t == "month":
		p.set(days(midnight(first.AddDate(0, which, 0)), midnight(first.AddDate(0, which+1, 0))))
	case t == "year":
		y := today.Year() + which
		p.set(days(newYear(y, today), newYear(y+1, today)))
	case slices.Contains([]string{"morning", "afternoon", "evening", "night"}, t) && which == 0:
		p.setDay(today)
		return used // the part of the day is read as a time
	case t == "night" && which < 0:
		p.setDay(ahead(today, -1))
		return used
	default:
		return 0
	}
	return used + 1
}

func newYear(y int, t time.Time) time.Time {
	return midnight(time.Date(y, time.January, 1, 12, 0, 0, 0, t.Location()))
}

// calendar reads dates with a month in words, and days of the month: "Nov 26",
// "26 November 2026", "26th of Nov", "November", "the 26th".
func (p *phrase) calendar(i int) int {
	if m, ok := month(p.tok(i)); ok {
		if d, ok := dayNumber(p.tok(i + 1)); ok && !p.isClock(i+1) {
			y, used := p.year(i + 2)
			p.dayOf(y, m, d)
			return 2 + used
		}
		y, used := p.year(i + 1)
		if p.month = m; y == 0 {
			if y = p.now.Year(); m < p.now.Month() {
				y++
			}
		}
		first := time.Date(y, m, 1, 12, 0, 0, 0, p.now.Location())
		p.set(days(midnight(first), midnight(first.AddDate(0, 1, 0))))
		return 1 + used
	}
	d, ok := dayNumber(p.tok(i))
	if !ok {
		return 0
	}
	of := btoi(p.is(i+1, "of"))
	if m, ok := month(p.tok(i + 1 + of)); ok {
		y, used := p.year(i + 2 + of)
		p.dayOf(y, m, d)
		return 2 + of + used
	}
	if t := p.tok(i); isDigit(t[len(t)-1]) {
		return 0 // a number alone may be anything
	}
	for n := range 12 { // the next month that has such a day
		first := time.Date(p.now.Year(), p.now.Month()+time.Month(n), 1, 12, 0, 0, 0, p.now.Location())
		t, err := date(first.Year(), first.Month(), d, p.now.Location())
		if err == nil && !t.Before(midnight(p.now)) {
			p.month = t.Month()
			p.setDay(t)
			return 1
		}
	}
	return 0
}

// isClock tells the hour in "November 3pm" or "26 Nov 14:00" from a day or a year.
func (p *phrase) isClock(i int) bool {
	_, ok := readClock(p.tok(i), false)
	return ok
}

// year reads a year of four digits, if one stands there.
func (p *phrase) year(i int) (y, used int) {
	t := p.tok(i)
	if n, ok := digits(t, 4); ok && len(t) == 4 {
		return n, 1
	}
	return 0, 0
}

// dayOf sets a day; without a year it is the next one.
func (p *phrase) dayOf(y int, m time.Month, d int) {
	p.month = m
	if y != 0 {
		t, err := date(y, m, d, p.now.Location())
		if err != nil {
			p.problems = err
			return
		}
		p.setDay(t)
		return
	}
	var err error
	for n := range 9 { // 29 February comes every eighth year at least
		var t time.Time
		if t, err = date(p.now.Year()+n, m, d, p.now.Location()); err == nil && !t.Before(midnight(p.now)) {
			p.setDay(t)
			return
		}
	}
	p.problems = err
}

// numeric reads 2026-11-26, 26.11.2026, 26.11., 26/11/2026 and a year alone.
func (p *phrase) numeric(i int) int {
	t := p.tok(i)
	if len(t) == 10 && isISO(t) {
		y, _ := digits(t[:4], 4)
		m, _ := digits(t[5:7], 2)
		d, _ := digits(t[8:], 2)
		p.dayOf(max(y, 1), time.Month(m), d)
		return 1
	}
	if y, ok := digits(t, 4); ok && len(t) == 4 && y >= minYear && y < maxYear {
		p.set(days(newYear(y, p.now), newYear(y+1, p.now)))
		return 1
	}
	sep := "."
	if strings.Contains(t, "/") {
		sep = "/"
	}
	parts := strings.Split(t, sep)
	if len(parts) < 2 || len(parts) > 3 || sep == "." && len(parts) == 2 {
		return 0
	}
	d, ok1 := digits(parts[0], 2)
	m, ok2 := digits(parts[1], 2)
	y, ok3 := 0, true
	if len(parts) == 3 && parts[2] != "" {
		if y, ok3 = digits(parts[2], 4); len(parts[2]) == 2 {
			y += 2000
		} else if len(parts[2]) != 4 {
			ok3 = false
		}
	}
	if !ok1 || !ok2 || !ok3 || y == 0 && len(parts) == 3 && parts[2] != "" {
		return 0
	}
	if sep == "/" {
		if d <= 12 && m <= 12 && d != m {
			p.problems = errors.New("this date can be read in two ways: write 2026-11-26 or 26 Nov")
			return 1
		}
		if m > 12 {
			d, m = m, d
		}
	}
	if m < 1 || m > 12 {
		return 0
	}
	p.dayOf(y, time.Month(m), d)
	return 1
}
