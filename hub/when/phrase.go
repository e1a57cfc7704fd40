package when

import (
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"
)

// A phrase is one time in words: a day or several, a time, or both, in any order.
type phrase struct {
	toks []string
	now  time.Time

	dated bool // a date was named
	day   Span // AllDay, unless a moment was named: "in two hours"
	month time.Month
	week  *time.Weekday // a weekday, alone or beside a date

	timed    bool
	from     clock
	to       *clock
	part     [2]int // hours of a morning, an afternoon, …
	lasts    time.Duration
	problems error
}

// span reads all tokens and puts together what they say.
func (p *phrase) span(text string) (Span, error) {
	for i := 0; i < len(p.toks); {
		n := p.duration(i)
		if n == 0 {
			n = p.date(i)
		}
		if n == 0 {
			n = p.time(i)
		}
		if n == 0 && filler(p.toks[i]) && i+1 < len(p.toks) {
			n = 1
		}
		if p.problems != nil {
			return Span{}, p.problems
		}
		if n == 0 {
			return Span{}, unknown(text)
		}
		i += n
	}
	if err := p.weekdays(); err != nil {
		return Span{}, err
	}
	return p.join(text)
}

func filler(t string) bool {
	return slices.Contains([]string{"on", "at", "the", "of", "for", "since", "from", "during", "in", "by"}, t)
}

// weekdays settles a weekday: it is the day, or must be that of the date.
func (p *phrase) weekdays() error {
	if p.week == nil {
		return nil
	}
	today := midnight(p.now)
	if !p.dated {
		p.setDay(ahead(today, int(*p.week-today.Weekday()+7)%7))
		return nil
	}
	if week := p.day; week.AllDay && ahead(week.Start, 7).Equal(week.End) { // "Friday next week"
		p.day = days(ahead(week.Start, int(*p.week-week.Start.Weekday()+7)%7), ahead(week.Start, int(*p.week-week.Start.Weekday()+7)%7+1))
		return nil
	}
	if got := p.day.Start.Weekday(); got != *p.week {
		return fmt.Errorf("%s is a %s, not a %s: leave one of them out", p.day.Start.Format("2 January 2006"), got, *p.week)
	}
	return nil
}

// join puts the day and the time together.
func (p *phrase) join(text string) (Span, error) {
	hasTime := p.timed || p.part[1] > 0
	switch {
	case !p.dated && !hasTime:
		return Span{}, unknown(text)
	case p.dated && !p.day.AllDay:
		if hasTime {
			return Span{}, errors.New("two times are named here: write one")
		}
		return p.long(p.day), nil
	case !hasTime:
		if p.lasts > 0 {
			return Span{}, errors.New("this says how long, but not when: add a time, as in \"at 3pm for 2 hours\"")
		}
		return p.day, nil
	case p.dated && ahead(p.day.Start, 1).Before(p.day.End):
		return Span{}, errors.New("a time needs one day, and this names several: write the day")
	}
	base := midnight(p.now)
	if p.dated {
		base = p.day.Start
	}
	s, err := p.on(base)
	if err == nil && !p.dated && !s.End.After(p.now) || err == nil && !p.dated && p.timed && s.Start.Before(p.now) && p.to == nil {
		s, err = p.on(ahead(base, 1))
	}
	return p.long(s), err
}

// long applies "for two hours".
func (p *phrase) long(s Span) Span {
	if p.lasts > 0 {
		s.End = s.Start.Add(p.lasts)
	}
	return s
}

// on is the phrase's time on one day.
func (p *phrase) on(day time.Time) (Span, error) {
	if !p.timed {
		from, err := at(day, clock{h: p.part[0]})
		if err != nil {
			return Span{}, err
		}
		to := ahead(day, 1)
		if p.part[1] < 24 {
			to, err = at(day, clock{h: p.part[1]})
		}
		return Span{Start: from, End: to}, err
	}
	c := p.from
	if p.part[1] > 12 && c.bare && c.h < 12 { // "at 8 in the evening"
		c.h += 12
	}
	if p.part == [2]int{6, 12} && c.bare && c.h > 12 { // "at 3 in the morning"
		c.h -= 12
	}
	start, err := at(day, c)
	if err != nil || p.to == nil {
		return hour(start), err
	}
	end, err := at(day, *p.to)
	if err == nil && !end.After(start) {
		end, err = at(ahead(day, 1), *p.to)
	}
	return Span{Start: start, End: end}, err
}

// at is a time of a day, which the clocks may have skipped.
func at(day time.Time, c clock) (time.Time, error) {
	t := time.Date(day.Year(), day.Month(), day.Day(), c.h, c.m, 0, 0, day.Location())
	if t.Hour() != c.h || t.Minute() != c.m {
		return t, fmt.Errorf("there is no %02d:%02d on %s: the clocks go forward", c.h, c.m, day.Format("2 January 2006"))
	}
	if first := t.Add(-time.Hour); first.Hour() == c.h && first.Minute() == c.m {
		return first, nil // the clocks go back, and this is the second time
	}
	return t, nil
}

// ahead is the midnight n days after t's.
func ahead(t time.Time, n int) time.Time {
	return midnight(time.Date(t.Year(), t.Month(), t.Day()+n, 12, 0, 0, 0, t.Location()))
}

func (p *phrase) setDay(d time.Time) { p.set(days(d, ahead(d, 1))) }

func (p *phrase) set(s Span) {
	if p.dated {
		p.problems = errors.New("two dates are named here: write one, or \"from Monday to Wednesday\"")
	}
	if err := inYears(s.Start.Year()); err != nil {
		p.problems = err
	}
	p.dated, p.day = true, s
}

// duration reads "for two hours".
func (p *phrase) duration(i int) int {
	if p.toks[i] != "for" {
		return 0
	}
	d, used := length(p.toks[i+1:])
	if used == 0 {
		return 0
	}
	p.lasts = d
	return used + 1
}

// time reads a time of day, a part of the day, or a range of times.
func (p *phrase) time(i int) int {
	part, ok := map[string][2]int{"morning": {6, 12}, "afternoon": {12, 18}, "evening": {18, 22}, "night": {18, 24}, "tonight": {18, 24}}[p.toks[i]]
	if ok && p.part[1] == 0 {
		p.part = part
		if p.toks[i] == "tonight" {
			p.setDay(midnight(p.now))
		}
		return 1
	}
	start := i
	lead := p.toks[i]
	led := slices.Contains([]string{"at", "from", "between"}, lead)
	if led {
		i++
	}
	if i == len(p.toks) || p.timed {
		return 0
	}
	ranged := i+2 < len(p.toks) && joins(p.toks[i+1], lead == "between")
	var to clock
	if ranged {
		to, ranged = readClock(p.toks[i+2], led || p.dated || p.week != nil)
	}
	from, ok := readClock(p.toks[i], led || ranged && (to.suffix != "" || strings.Contains(p.toks[i+2], ":") || p.dated || p.week != nil))
	if !ok {
		return 0
	}
	p.timed, p.from = true, from
	if !ranged {
		return i + 1 - start
	}
	if from.bare && to.suffix != "" { // "2-4pm", "11-1pm"
		from = clock{h: (from.h+11)%12 + 1, m: from.m, suffix: to.suffix}
		from.settle()
		if from.h*60+from.m > to.h*60+to.m {
			from.h = (from.h + 12) % 24
		}
		p.from = from
	}
	if to.bare && to.h < p.from.h && to.h+12 < 24 && to.h+12 > p.from.h { // "from 2 to 8"
		to.h += 12
	}
	p.to = &to
	return i + 3 - start
}
