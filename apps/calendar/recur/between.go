package recur

import (
	"iter"
	"slices"
	"time"
)

// lastYear is where every expansion ends; RFC 3339 can't write later ones.
const lastYear = 9999

// Between gives the times of the rule that are not before start and not before from,
// and before to, in order. Start is the event's first time, from which the rule takes
// what it does not say; it is given only if the rule itself has it.
//
// Each day or shorter period that is looked at and each time that is found takes one
// step off *steps; below zero the expansion ended early, and the caller should say so.
func (r Rule) Between(start, from, to time.Time, steps *int) iter.Seq[time.Time] {
	e := expansion{Rule: r.filled(start), start: start}
	return func(yield func(time.Time) bool) {
		found := 0
		for k := e.first(from); ; k++ {
			if *steps -= e.cost(); *steps < 0 {
				return
			}
			period, ok := e.period(k)
			if !ok || !period.Before(to) {
				return
			}
			if skip := e.emptyUntil(period); skip > 0 {
				k += skip - 1
				continue
			}
			for t := range e.times(period) {
				if t.Before(start) {
					continue
				}
				if !t.Before(to) || !r.Until.IsZero() && t.After(r.Until) {
					return
				}
				if found++; r.Count > 0 && found > r.Count {
					return
				}
				if *steps--; *steps < 0 || !t.Before(from) && !yield(t) {
					return
				}
			}
		}
	}
}

// expansion is a rule in which nothing is left to be taken from the start.
type expansion struct {
	Rule
	start time.Time
}

// filled takes from start what the rule does not say.
func (r Rule) filled(start time.Time) Rule {
	noDay := len(r.ByDay) == 0 && len(r.ByMonthDay) == 0 && len(r.ByYearDay) == 0
	switch {
	case !noDay:
	case r.Freq == Yearly && len(r.ByWeekNo) > 0:
		r.ByDay = []Day{{Weekday: start.Weekday()}}
	case r.Freq == Yearly:
		if len(r.ByMonth) == 0 {
			r.ByMonth = []int{int(start.Month())}
		}
		r.ByMonthDay = []int{start.Day()}
	case r.Freq == Monthly:
		r.ByMonthDay = []int{start.Day()}
	case r.Freq == Weekly:
		r.ByDay = []Day{{Weekday: start.Weekday()}}
	}
	if r.Freq > Hourly && len(r.ByHour) == 0 {
		r.ByHour = []int{start.Hour()}
	}
	if r.Freq > Minutely && len(r.ByMinute) == 0 {
		r.ByMinute = []int{start.Minute()}
	}
	if r.Freq > Secondly && len(r.BySecond) == 0 {
		r.BySecond = []int{start.Second()}
	}
	for _, list := range []*[]int{&r.ByHour, &r.ByMinute, &r.BySecond} {
		*list = slices.Compact(slices.Sorted(slices.Values(*list)))
	}
	return r
}

// origin is the beginning of the period that start is in.
func (e expansion) origin() time.Time {
	y, m, d := e.start.Date()
	switch e.Freq {
	case Yearly:
		return date(y, 1, 1)
	case Monthly:
		return date(y, m, 1)
	case Weekly:
		return date(y, m, d-daysBetween(e.WeekStart, e.start.Weekday()))
	case Daily:
		return date(y, m, d)
	}
	return e.start.Truncate(e.unit())
}

// unit is the length of a period whose length never varies.
func (e expansion) unit() time.Duration {
	return [...]time.Duration{time.Second, time.Minute, time.Hour, 24 * time.Hour, 7 * 24 * time.Hour}[e.Freq]
}

// period is where the k-th period begins; false beyond the calendar.
func (e expansion) period(k int) (time.Time, bool) {
	o, n := e.origin(), k*e.Interval
	switch {
	case n > lastYear*366*86400 || e.Freq == Yearly && n > lastYear || e.Freq == Monthly && n > lastYear*12:
		return o, false
	case e.Freq == Yearly:
		o = date(o.Year()+n, 1, 1)
	case e.Freq == Monthly:
		o = date(o.Year(), o.Month()+time.Month(n), 1)
	default:
		// Seconds, since a Duration ends after 292 years.
		o = time.Unix(o.Unix()+int64(n)*int64(e.unit()/time.Second), 0).UTC()
	}
	return o, o.Year() <= lastYear
}

// first is the number of a period that is not after from. A rule with a count has to
// be counted from its beginning.
func (e expansion) first(from time.Time) int {
	if e.Count > 0 || !from.After(e.start) {
		return 0
	}
	o := e.origin()
	n := 0
	switch e.Freq {
	case Yearly:
		n = from.Year() - o.Year()
	case Monthly:
		n = (from.Year()-o.Year())*12 + int(from.Month()-o.Month())
	default:
		n = int((from.Unix() - o.Unix()) / int64(e.unit()/time.Second))
	}
	return max(0, n/e.Interval-1)
}

// emptyUntil says how many periods, this one included, can be passed over because
// they begin on a day that the rule does not have. It is 0 for periods of a day and
// more: times looks at those.
func (e expansion) emptyUntil(period time.Time) int {
	if e.Freq >= Daily || e.hasDay(period) {
		return 0
	}
	left := int64(86400 - (period.Hour()*3600 + period.Minute()*60 + period.Second()))
	step := int64(e.unit()/time.Second) * int64(e.Interval)
	return int(max(1, (left+step-1)/step))
}

// times gives the times of one period, in order.
func (e expansion) times(period time.Time) iter.Seq[time.Time] {
	days, hours, minutes, seconds := []time.Time{date(period.Date())}, e.ByHour, e.ByMinute, e.BySecond
	if e.Freq >= Daily {
		days = e.days(period)
	}
	// A period of an hour or less has one hour, which the list of hours must allow.
	narrow := func(list []int, has int) []int {
		if len(list) > 0 && !slices.Contains(list, has) {
			return nil
		}
		return []int{has}
	}
	if e.Freq <= Hourly {
		hours = narrow(hours, period.Hour())
	}
	if e.Freq <= Minutely {
		minutes = narrow(minutes, period.Minute())
	}
	if e.Freq == Secondly {
		seconds = narrow(seconds, period.Second())
	}
	nm, ns := len(minutes), len(seconds)
	daily := len(hours) * nm * ns
	at := func(i int) time.Time {
		in := i % daily
		y, m, d := days[i/daily].Date()
		return time.Date(y, m, d, hours[in/(nm*ns)], minutes[in/ns%nm], seconds[in%ns], 0, time.UTC)
	}
	return func(yield func(time.Time) bool) {
		for i := range e.positions(len(days) * daily) {
			if !yield(at(i)) {
				return
			}
		}
	}
}

// positions are the indexes that BYSETPOS picks out of a period's n times, in order.
func (e expansion) positions(n int) iter.Seq[int] {
	if len(e.BySetPos) == 0 {
		return func(yield func(int) bool) {
			for i := 0; i < n && yield(i); i++ {
			}
		}
	}
	var picked []int
	for _, p := range e.BySetPos {
		if p < 0 {
			p += n + 1
		}
		if 1 <= p && p <= n {
			picked = append(picked, p-1)
		}
	}
	slices.Sort(picked)
	return slices.Values(slices.Compact(picked))
}
