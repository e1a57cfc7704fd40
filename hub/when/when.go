// Package when reads the words by which a person means a time: "tomorrow at 3",
// "next Friday", "Nov 26", "this week".
//
// Start with Read. What is ambiguous is settled by these rules, and by nothing else:
//
//   - A day of the week is the next such day, today included: "Friday", said on a
//     Friday, is today. "next Friday" is the Friday of the next week, "last Friday" the
//     one before today. Weeks begin on Monday.
//   - A date without a year, a month and a day of the month are the next ones, those
//     that hold today included.
//   - "26.11." is a day and a month, in this order. "11/26" and "26/11" are read where
//     one of the numbers is no month; "3/4" is refused.
//   - An hour from 1 to 6 without am or pm is in the afternoon, unless it is written
//     with a leading zero: "at 3" is 15:00, "03:00" is 3:00.
//   - A time without a date is the next such time. A time without an end lasts an hour.
//   - A morning is from 6 to 12, an afternoon from 12 to 18, an evening from 18 to 22, a
//     night from 18 to 24.
//   - "in two weeks" is a day, "in two hours" a time. "the next 3 days" are today and the
//     three after it, "the last 7 days" the seven before today, and today.
//   - "end of the month" is its last day, "beginning of next week" its first.
//   - A weekday beside a date must be its weekday.
//
// All times are in the location of now, but of a time beside a zone or a city, "3pm CET",
// "9am New York time", which is read as that place sees it (zone.go). A time that a day skips because the clocks go
// forward is refused; of one that it has twice, the first is meant.
package when

import (
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"

	"secgpt/mediator/label"
)

// maxText bounds what is read, in bytes: nobody names a time in more words.
const maxText = 100

// The years that are read.
const minYear, maxYear = 1900, 2200

// A Span is a stretch of time. End is the first moment after it.
type Span struct {
	Start, End time.Time
	AllDay     bool   // whole days: Start and End are midnights
	HasTime    bool   // the words named a time; the opposite of AllDay
	Text       string // the words
}

// Read reads words for a time, as seen from now. What it can't read, or only in
// several ways, is an error that says what is accepted.
func Read(text string, now time.Time) (Span, error) {
	s, err := read(text, now)
	if err != nil {
		return Span{}, err
	}
	s.HasTime, s.Text = !s.AllDay, text
	return s, nil
}

func read(text string, now time.Time) (Span, error) {
	if len(text) > maxText {
		return Span{}, fmt.Errorf("a time has %d bytes at most, as in \"next Friday at 3pm\"", maxText)
	}
	t, err := time.Parse(time.RFC3339, strings.TrimSpace(text))
	if err != nil {
		t, err = time.Parse("2006-01-02T15:04Z07:00", strings.TrimSpace(text))
	}
	if err == nil {
		if err := inYears(t.Year()); err != nil {
			return Span{}, err
		}
		return hour(t.In(now.Location())), nil
	}
	toks := scan(text)
	if len(toks) == 0 {
		return Span{}, unknown(text)
	}
	toks, loc, err := takeZone(toks, now.Location())
	if err != nil {
		return Span{}, err
	}
	if loc == nil {
		return readTokens(toks, now, text)
	}
	// The whole phrase is read as its place sees it: tomorrow is that place's.
	there, err := readTokens(toks, now.In(loc), text)
	if err == nil && there.AllDay {
		err = unknown(text)
	}
	if err != nil {
		return Span{}, err
	}
	there.Start, there.End = there.Start.In(now.Location()), there.End.In(now.Location())
	return there, nil
}

func readTokens(toks []string, now time.Time, text string) (Span, error) {
	if s, ok, err := readRange(toks, now); ok || err != nil {
		return s, err
	}
	p := &phrase{toks: toks, now: now}
	return p.span(text)
}

// readRange reads "Monday to Wednesday": two dates with a word between them. A range
// of times within a day is part of a phrase.
func readRange(toks []string, now time.Time) (Span, bool, error) {
	between := toks[0] == "between"
	if toks[0] == "from" || between {
		toks = toks[1:]
	}
	for i, t := range toks {
		if i == 0 || i == len(toks)-1 || !joins(t, between) {
			continue
		}
		a, b := &phrase{toks: toks[:i], now: now}, &phrase{toks: toks[i+1:], now: now}
		if s, ok := dayToDay(toks[:i], toks[i+1:], now); ok {
			return s, true, nil
		}
		from, err1 := a.span("")
		if err1 != nil || !a.dated {
			continue
		}
		// "Nov 26 to 28": the second day is in the month of the first.
		if n, ok := dayNumber(toks[i+1]); ok && i+2 == len(toks) && from.AllDay && a.month != 0 {
			d, err := date(from.Start.Year(), a.month, n, now.Location())
			if err == nil && !d.Before(from.Start) {
				return days(from.Start, d.AddDate(0, 0, 1)), true, nil
			}
		}
		to, err2 := b.span("")
		if err2 != nil || !b.dated {
			continue
		}
		// "Monday to Wednesday next week": what stands behind the second day holds for both.
		if a.week != nil && i == 1 && b.week != nil && len(b.toks) > 1 {
			both := &phrase{toks: slices.Concat(toks[:1], toks[i+2:]), now: now}
			if s, err := both.span(""); err == nil && s.AllDay && !s.Start.After(to.Start) {
				from = s
			}
		}
		if !to.End.After(from.Start) && (b.week != nil || b.month != 0) { // the next one after the first
			b = &phrase{toks: toks[i+1:], now: from.Start}
			if to, err2 = b.span(""); err2 != nil {
				continue
			}
		}
		if !to.End.After(from.Start) {
			return Span{}, false, errors.New("this time ends before it begins")
		}
		return Span{Start: from.Start, End: to.End, AllDay: from.AllDay && to.AllDay}, true, nil
	}
	return Span{}, false, nil
}

// dayToDay reads "3 to 5 December", "the 3rd to the 5th of May".
func dayToDay(first, second []string, now time.Time) (Span, bool) {
	if len(first) > 1 && first[0] == "the" {
		first = first[1:]
	}
	n, ok := dayNumber(first[0])
	b := &phrase{toks: second, now: now}
	if len(first) != 1 || !ok {
		return Span{}, false
	}
	named := slices.ContainsFunc(second, func(t string) bool { _, is := month(t); return is })
	to, err := b.span("")
	if err != nil || !named || b.month == 0 || !to.AllDay {
		return Span{}, false
	}
	from, err := date(to.Start.Year(), b.month, n, now.Location())
	if err != nil || from.After(to.Start) {
		return Span{}, false
	}
	return days(from, to.End), true
}

// joins tells the words that make a range of two times. Only "between" makes one of
// "and": "Friday and Monday" are two days.
func joins(t string, between bool) bool {
	return t == "to" || t == "-" || t == "until" || t == "till" || t == "through" || t == "and" && between
}

func unknown(text string) error {
	return fmt.Errorf("%q is no time that I can read: write it like \"tomorrow at 3pm\", \"next Friday\", \"in two weeks\", \"this month\", \"26 Nov 14:00-15:00\" or \"2026-11-26\"", text)
}

func inYears(y int) error {
	if y < minYear || y > maxYear {
		return fmt.Errorf("the year %d is out of reach: %d to %d", y, minYear, maxYear)
	}
	return nil
}

// days is a span of whole days.
func days(from, to time.Time) Span { return Span{Start: from, End: to, AllDay: true} }

func hour(t time.Time) Span { return Span{Start: t, End: t.Add(time.Hour)} }

// midnight is the first moment of t's day. Where the clocks skip midnight it is the
// first moment after.
func midnight(t time.Time) time.Time {
	m := time.Date(t.Year(), t.Month(), t.Day(), 0, 0, 0, 0, t.Location())
	for range 8 {
		if m.Day() == t.Day() {
			break
		}
		m = m.Add(15 * time.Minute)
	}
	return m
}

func date(y int, m time.Month, d int, loc *time.Location) (time.Time, error) {
	if err := inYears(y); err != nil {
		return time.Time{}, err
	}
	// Noon names the day safely where midnight is skipped.
	t := time.Date(y, m, d, 12, 0, 0, 0, loc)
	if d < 1 || t.Day() != d || t.Month() != m {
		return time.Time{}, fmt.Errorf("there is no %d %s %d", d, m, y)
	}
	return midnight(t), nil
}

// Hint is the span in a few words, for a line beside a request: "2026-11-27", "2026-11-23
// to 2026-11-29" or "2026-11-27T15:00+01:00".
func (s Span) Hint() string {
	if !s.AllDay {
		return s.Start.Format("2006-01-02T15:04Z07:00")
	}
	first, last := s.Start.Format(time.DateOnly), s.End.Add(-time.Second).Format(time.DateOnly)
	if first == last {
		return first
	}
	return first + " to " + last
}

// Value is the span as a plan uses it: an object with start and end, date, time (empty
// if it is whole days), all_day and text. Whole days are written 2006-01-02, and end
// is the last of them; times are RFC 3339, and end is when it is over.
func (s Span) Value() label.Value {
	made := label.Origin{How: label.When, Read: s.Text}
	text := func(name, v string) label.Field {
		return label.Field{Name: name, Value: label.TextOf(v, label.Person()).Made(made)}
	}
	start, end, clock := s.Start.Format(time.RFC3339), s.End.Format(time.RFC3339), s.Start.Format("15:04")
	if s.AllDay {
		last := s.End.Add(-time.Second)
		start, end, clock = s.Start.Format(time.DateOnly), last.Format(time.DateOnly), ""
	}
	return label.ObjectOf([]label.Field{
		text("start", start), text("end", end), text("date", s.Start.Format(time.DateOnly)), text("time", clock),
		{Name: "all_day", Value: label.BoolOf(s.AllDay, label.Person()).Made(made)}, text("text", s.Text),
	}, label.Person()).Made(made)
}

// ReadTime reads a time of day and gives it as "15:04".
func ReadTime(text string) (string, error) {
	if len(text) <= maxText {
		toks := scan(text)
		if len(toks) > 0 && toks[0] == "at" {
			toks = toks[1:]
		}
		if len(toks) == 1 {
			if c, ok := readClock(toks[0], true); ok {
				return fmt.Sprintf("%02d:%02d", c.h, c.m), nil
			}
		}
	}
	return "", fmt.Errorf("%.*q is no time of day: write it like \"3pm\", \"15:30\" or \"noon\"", maxText, text)
}
