package when

import (
	"slices"
	"time"
)

// counted reads "in two weeks", "3 days ago", "a month from now".
func (p *phrase) counted(i int) int {
	in := btoi(p.is(i, "in"))
	if p.is(i+in, "half", "an", "hour") {
		return p.halfHour(i, in)
	}
	n, ok := amount(p.tok(i + in))
	unit, known := units[p.tok(i+in+1)]
	if !ok || !known {
		return 0
	}
	used := in + 2
	switch {
	case p.is(i+used, "ago"):
		n, used = -n, used+1
	case p.is(i+used, "from", "now"):
		used += 2
	case in == 0:
		return 0
	}
	today := midnight(p.now)
	switch unit {
	case "minute":
		p.set(hour(p.now.Truncate(time.Minute).Add(time.Duration(n) * time.Minute)))
	case "hour":
		p.set(hour(p.now.Truncate(time.Minute).Add(time.Duration(n) * time.Hour)))
	case "day":
		p.setDay(ahead(today, n))
	case "week":
		p.setDay(ahead(today, 7*n))
	case "month":
		p.setDay(monthsAhead(today, n))
	case "year":
		p.setDay(monthsAhead(today, 12*n))
	}
	return used
}

// length reads "two hours", "90 minutes", "half an hour", "an hour and a half", and tells
// how many tokens it is.
func length(toks []string) (d time.Duration, used int) {
	begins := func(words ...string) bool { return len(toks) >= len(words) && slices.Equal(toks[:len(words)], words) }
	switch {
	case begins("half", "an", "hour"):
		return 30 * time.Minute, 3
	case begins("half", "hour"):
		return 30 * time.Minute, 2
	case begins("an", "hour", "and", "a", "half"):
		return 90 * time.Minute, 5
	case len(toks) < 2:
		return 0, 0
	}
	n, ok := amount(toks[0])
	d = map[string]time.Duration{"minute": time.Minute, "hour": time.Hour}[units[toks[1]]]
	if !ok || n == 0 || d == 0 {
		return 0, 0
	}
	return time.Duration(n) * d, 2
}

// Lengths are the lengths of time that a text names, as in "block half an hour on Thursday
// at 11": what begins at a time that it names may end that much later. It searches as much
// as Find.
func Lengths(text string) (found []time.Duration) {
	toks := scan(text[:min(len(text), maxFind)])
	for i := 0; i < len(toks) && len(found) < maxSpans; i++ {
		d, used := length(toks[i:])
		if used == 0 {
			continue
		}
		away := i > 0 && slices.Contains([]string{"in", "within", "every", "each", "last", "next", "past", "the"}, toks[i-1]) ||
			i+used < len(toks) && slices.Contains([]string{"before", "later", "ago", "earlier", "after", "from", "ahead", "prior"}, toks[i+used])
		if !away { // "in two hours" is no length of anything
			found = append(found, d)
		}
		i += used - 1
	}
	return found
}

// units are the words for stretches of time.
var units = map[string]string{
	"minute": "minute", "minutes": "minute", "min": "minute", "mins": "minute", "hour": "hour", "hours": "hour", "hr": "hour", "hrs": "hour", "h": "hour",
	"day": "day", "days": "day", "week": "week", "weeks": "week", "month": "month", "months": "month", "year": "year", "years": "year",
}

// halfHour reads "in half an hour" and "half an hour ago".
func (p *phrase) halfHour(i, in int) int {
	d, used := 30*time.Minute, in+3
	switch {
	case p.is(i+used, "ago"):
		d, used = -d, used+1
	case p.is(i+used, "from", "now"):
		used += 2
	case in == 0:
		return 0
	}
	p.set(hour(p.now.Truncate(time.Minute).Add(d)))
	return used
}

// edge reads "end of the month", "beginning of next week".
func (p *phrase) edge(i int) int {
	first := p.tok(i) == "beginning" || p.tok(i) == "start"
	if !first && p.tok(i) != "end" {
		return 0
	}
	used := 1 + btoi(p.is(i+1, "of"))
	rest := slices.Clone(p.toks[min(i+used, len(p.toks)):])
	skip := 0
	switch {
	case len(rest) > 1 && rest[0] == "the" && edges[rest[1]]:
		rest[0] = "this"
	case len(rest) > 0 && edges[rest[0]]:
		rest, skip = append([]string{"this"}, rest...), -1
	case len(rest) > 0 && rest[0] == "the":
		rest, skip = rest[1:], 1
	}
	of := &phrase{toks: rest, now: p.now}
	n := 0
	if len(rest) > 0 {
		n = of.date(0)
	}
	if n == 0 || of.problems != nil || !of.dated || !of.day.AllDay {
		return 0
	}
	if first {
		p.setDay(of.day.Start)
	} else {
		p.setDay(midnight(of.day.End.Add(-time.Second)))
	}
	return used + skip + n
}

var edges = map[string]bool{"week": true, "month": true, "year": true}

// stretch reads "next 3 days", "last two hours", from the number on.
func (p *phrase) stretch(i, which int) int {
	n, ok := amount(p.tok(i))
	unit, known := units[p.tok(i+1)]
	if !ok || !known || which == 0 || n == 0 {
		return 0
	}
	today, back := midnight(p.now), which < 0
	var to time.Time
	switch unit {
	case "minute", "hour":
		d := map[string]time.Duration{"minute": time.Minute, "hour": time.Hour}[unit] * time.Duration(n)
		at := p.now.Truncate(time.Minute)
		if back {
			at = at.Add(-d)
		}
		p.set(Span{Start: at, End: at.Add(d)})
		return 2
	case "day":
		to = ahead(today, which*n)
	case "week":
		to = ahead(today, which*7*n)
	case "month":
		to = monthsAhead(today, which*n)
	case "year":
		to = monthsAhead(today, which*12*n)
	}
	if back {
		p.set(days(to, ahead(today, 1)))
	} else {
		p.set(days(today, ahead(to, 1)))
	}
	return 2
}

// monthsAhead keeps the day, or takes the month's last if it has none such.
func monthsAhead(t time.Time, n int) time.Time {
	first := time.Date(t.Year(), t.Month()+time.Month(n), 1, 12, 0, 0, 0, t.Location())
	last := first.AddDate(0, 1, -1).Day()
	return ahead(first, min(t.Day(), last)-1)
}

func btoi(b bool) int {
	if b {
		return 1
	}
	return 0
}
