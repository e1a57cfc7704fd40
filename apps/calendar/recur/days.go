package recur

import (
	"slices"
	"time"
)

// days are the days of a period of a day or more that the rule has.
func (e expansion) days(period time.Time) []time.Time {
	end := period
	switch e.Freq {
	case Yearly:
		end = date(period.Year()+1, 1, 1)
	case Monthly:
		end = date(period.Year(), period.Month()+1, 1)
	case Weekly:
		end = period.AddDate(0, 0, 7)
	default:
		end = period.AddDate(0, 0, 1)
	}
	var days []time.Time
	for d := period; d.Before(end); d = d.AddDate(0, 0, 1) {
		if d.Day() == 1 && e.skipsMonth(d) {
			d = date(d.Year(), d.Month()+1, 0)
			continue
		}
		if e.hasDay(d) {
			days = append(days, d)
		}
	}
	return days
}

func (e expansion) skipsMonth(t time.Time) bool {
	return len(e.ByMonth) > 0 && !slices.Contains(e.ByMonth, int(t.Month()))
}

// cost is how many days, or shorter periods, one period makes us look at.
func (e expansion) cost() int {
	switch {
	case e.Freq == Yearly && len(e.ByMonth) > 0:
		return 31 * len(e.ByMonth)
	case e.Freq == Yearly:
		return 366
	case e.Freq == Monthly:
		return 31
	case e.Freq == Weekly:
		return 7
	}
	return 1
}

// hasDay reports whether every part of the rule that speaks of days has the day of t.
func (e expansion) hasDay(t time.Time) bool {
	if e.skipsMonth(t) {
		return false
	}
	if len(e.ByMonthDay) > 0 && !either(e.ByMonthDay, t.Day(), daysIn(t.Year(), t.Month())) {
		return false
	}
	if len(e.ByYearDay) > 0 && !either(e.ByYearDay, t.YearDay(), daysInYear(t.Year())) {
		return false
	}
	if len(e.ByWeekNo) > 0 && e.Freq == Yearly {
		if n, of := e.week(t); !either(e.ByWeekNo, n, of) {
			return false
		}
	}
	return len(e.ByDay) == 0 || e.hasWeekday(t)
}

func (e expansion) hasWeekday(t time.Time) bool {
	// "The second Monday" counts in the month or the year, and means nothing in
	// shorter periods or beside week numbers, where any Monday is meant.
	n, of := t.Day(), daysIn(t.Year(), t.Month())
	if e.Freq == Yearly && len(e.ByMonth) == 0 {
		n, of = t.YearDay(), daysInYear(t.Year())
	}
	counts := e.Freq >= Monthly && len(e.ByWeekNo) == 0
	for _, d := range e.ByDay {
		if d.Weekday != t.Weekday() {
			continue
		}
		if d.N == 0 || !counts || d.N == (n-1)/7+1 || d.N == -((of-n)/7+1) {
			return true
		}
	}
	return false
}

// week is the number of t's week and how many weeks that week's year has. A week
// belongs to the year in which its fourth day is.
func (e expansion) week(t time.Time) (n, of int) {
	fourth := t.AddDate(0, 0, 3-daysBetween(e.WeekStart, t.Weekday()))
	n = (fourth.YearDay()-1)/7 + 1
	return n, n + (daysInYear(fourth.Year())-fourth.YearDay())/7
}

// either reports whether list has n, or the negative number that means the same one
// of of.
func either(list []int, n, of int) bool {
	return slices.Contains(list, n) || slices.Contains(list, n-of-1)
}

// daysBetween is how many days after the weekday from the weekday to comes.
func daysBetween(from, to time.Weekday) int { return (int(to) - int(from) + 7) % 7 }

func date(y int, m time.Month, d int) time.Time { return time.Date(y, m, d, 0, 0, 0, 0, time.UTC) }

func daysIn(y int, m time.Month) int { return date(y, m+1, 0).Day() }

func daysInYear(y int) int { return date(y, 12, 31).YearDay() }
