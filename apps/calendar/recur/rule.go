// Package recur expands the recurrence rules of calendars (RFC 5545, 3.3.10).
//
// It works on wall-clock times, which are time.Time values in UTC whose clock reads
// what the wall clock does: a meeting at nine stays at nine when the clocks change.
// What instant that is, the caller's time zone says.
//
// It promises to be bounded: Rule.Between does no more steps than it is allowed,
// whatever the rule says, and jumps over the years before the asked time where the
// rule has no COUNT. Start at Parse and Between.
package recur

import (
	"fmt"
	"strconv"
	"strings"
	"time"
)

// Freq is how often a period of a rule comes.
type Freq uint8

// The frequencies.
const (
	Secondly Freq = iota
	Minutely
	Hourly
	Daily
	Weekly
	Monthly
	Yearly
)

var freqNames = [...]string{"SECONDLY", "MINUTELY", "HOURLY", "DAILY", "WEEKLY", "MONTHLY", "YEARLY"}

// A Rule is one RRULE.
type Rule struct {
	Freq     Freq
	Interval int // at least 1
	Count    int // 0: no count
	// Until is the last time that can be, zero if there is none. If UntilUTC, it is
	// an instant, and the caller turns it into a wall-clock time before Between.
	Until    time.Time
	UntilUTC bool

	BySecond, ByMinute, ByHour  []int
	ByMonthDay, ByYearDay       []int
	ByWeekNo, ByMonth, BySetPos []int
	ByDay                       []Day
	WeekStart                   time.Weekday
}

// A Day is a weekday, or the Nth one of its month or year (from the end if negative).
type Day struct {
	N       int
	Weekday time.Weekday
}

// Bounds of a rule. Real ones are far below; more only costs time.
const (
	maxRule     = 4096      // bytes of the text
	maxInterval = 1_000_000 // periods; beyond, adding overflows or leaves the calendar
	maxTimes    = 1440      // times in one day: BYHOUR × BYMINUTE × BYSECOND
)

// Parse reads the text of an RRULE: "FREQ=WEEKLY;BYDAY=MO,WE;COUNT=10".
func Parse(text string) (Rule, error) {
	r := Rule{Interval: 1, WeekStart: time.Monday}
	if len(text) > maxRule {
		return r, fmt.Errorf("its rule has %d bytes, %d at most", len(text), maxRule)
	}
	hasFreq := false
	for part := range strings.SplitSeq(strings.ToUpper(strings.TrimSpace(text)), ";") {
		if part == "" {
			continue // Outlook ends rules with a semicolon
		}
		key, value, ok := strings.Cut(part, "=")
		if !ok {
			return r, fmt.Errorf("its rule has %.40q where NAME=VALUE is expected", part)
		}
		key = strings.TrimSpace(key)
		hasFreq = hasFreq || key == "FREQ"
		if err := r.set(key, strings.TrimSpace(value)); err != nil {
			return r, err
		}
	}
	if !hasFreq {
		return r, fmt.Errorf("its rule does not say how often it repeats")
	}
	if max(1, len(r.ByHour))*max(1, len(r.ByMinute))*max(1, len(r.BySecond)) > maxTimes {
		return r, fmt.Errorf("its rule has more than %d times a day", maxTimes)
	}
	return r, nil
}

func (r *Rule) set(key, value string) (err error) {
	switch key {
	case "FREQ":
		r.Freq, err = parseFreq(value)
	case "INTERVAL":
		r.Interval, err = number(key, value, 1, maxInterval)
	case "COUNT":
		r.Count, err = number(key, value, 1, 1<<31-1)
	case "UNTIL":
		r.Until, r.UntilUTC, err = parseUntil(value)
	case "WKST":
		r.WeekStart, err = parseWeekday(value)
	case "BYDAY":
		r.ByDay, err = parseDays(value)
	case "BYSECOND":
		r.BySecond, err = numbers(key, value, 0, 60, false)
	case "BYMINUTE":
		r.ByMinute, err = numbers(key, value, 0, 59, false)
	case "BYHOUR":
		r.ByHour, err = numbers(key, value, 0, 23, false)
	case "BYMONTHDAY":
		r.ByMonthDay, err = numbers(key, value, 1, 31, true)
	case "BYYEARDAY":
		r.ByYearDay, err = numbers(key, value, 1, 366, true)
	case "BYWEEKNO":
		r.ByWeekNo, err = numbers(key, value, 1, 53, true)
	case "BYMONTH":
		r.ByMonth, err = numbers(key, value, 1, 12, false)
	case "BYSETPOS":
		r.BySetPos, err = numbers(key, value, 1, 366, true)
	default:
		if !strings.HasPrefix(key, "X-") {
			err = fmt.Errorf("its rule has the unknown part %.40q", key)
		}
	}
	return err
}

func parseFreq(s string) (Freq, error) {
	for i, n := range freqNames {
		if n == s {
			return Freq(i), nil
		}
	}
	return 0, fmt.Errorf("its rule repeats %.40q, which is unknown", s)
}

// parseUntil reads 20261231, 20261231T235959 or 20261231T225959Z. A date means the
// end of that day.
func parseUntil(s string) (t time.Time, utc bool, err error) {
	if t, err = time.Parse("20060102", s); err == nil {
		return t.Add(24*time.Hour - time.Second), false, nil
	}
	if t, err = time.Parse("20060102T150405", s); err == nil {
		return t, false, nil
	}
	if t, err = time.Parse("20060102T150405Z", s); err == nil {
		return t, true, nil
	}
	return t, false, fmt.Errorf("its rule ends at %.40q, which is no date", s)
}

var weekdays = map[string]time.Weekday{
	"SU": time.Sunday, "MO": time.Monday, "TU": time.Tuesday, "WE": time.Wednesday,
	"TH": time.Thursday, "FR": time.Friday, "SA": time.Saturday,
}

func parseWeekday(s string) (time.Weekday, error) {
	d, ok := weekdays[s]
	if !ok {
		return 0, fmt.Errorf("its rule has the unknown weekday %.40q", s)
	}
	return d, nil
}

func parseDays(s string) ([]Day, error) {
	var days []Day
	for f := range strings.SplitSeq(s, ",") {
		f = strings.TrimSpace(f)
		cut := max(0, len(f)-2)
		d, err := parseWeekday(f[cut:])
		if err != nil {
			return nil, err
		}
		n := 0
		if cut > 0 {
			if n, err = strconv.Atoi(f[:cut]); err != nil || n == 0 || n < -53 || n > 53 {
				return nil, fmt.Errorf("its rule has the unknown day %.40q", f)
			}
		}
		days = append(days, Day{n, d})
	}
	return days, nil
}

func number(key, s string, least, most int) (int, error) {
	n, err := strconv.Atoi(s)
	if err != nil || n < least || n > most {
		return 0, fmt.Errorf("its rule has %s=%.40s, expected %d to %d", key, s, least, most)
	}
	return n, nil
}

func numbers(key, s string, least, most int, negative bool) ([]int, error) {
	var all []int
	for f := range strings.SplitSeq(s, ",") {
		f = strings.TrimSpace(f)
		digits := strings.TrimPrefix(f, "+")
		if negative {
			digits = strings.TrimPrefix(digits, "-")
		}
		n, err := number(key, digits, least, most)
		if err != nil {
			return nil, err
		}
		if strings.HasPrefix(f, "-") {
			n = -n
		}
		all = append(all, n)
	}
	return all, nil
}
