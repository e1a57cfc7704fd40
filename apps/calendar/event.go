package calendar

import (
	"errors"
	"fmt"
	"strings"

	"secgpt/apps/builtin"
	"secgpt/apps/builtin/ics"
	"secgpt/apps/calendar/recur"
)

// An event is one VEVENT: an event, the rule of a series, or one changed time of a
// series.
type event struct {
	part  *ics.Component
	uid   string
	local *zone // the person's own

	start  stamp
	length length
	of     *stamp // which time of the series this one stands for: RECURRENCE-ID
	onward bool   // and for all later ones: RANGE=THISANDFUTURE, which is said and not done

	rules, except []recur.Rule
	more          []extra
	without       []stamp
	cancelled     bool
}

// An extra is a time of a series that its rule does not have: RDATE.
type extra struct {
	start  stamp
	length length
}

// Bounds of one event.
const (
	maxRules = 20     // RRULE and EXRULE; there should be one
	maxDates = 10_000 // RDATE and EXDATE
	maxName  = 100    // bytes of a name that a sentence quotes
)

// newEvent reads a VEVENT.
func newEvent(part *ics.Component, z *zones) (*event, error) {
	e := &event{part: part, uid: part.Text("UID"), local: z.local, cancelled: strings.EqualFold(part.Text("STATUS"), "CANCELLED")}
	if !part.Ended {
		return nil, errors.New("its end is missing")
	}
	start, ok := part.Get("DTSTART")
	if !ok {
		return nil, errors.New("it has no start")
	}
	var err error
	if e.start, err = propStamp(start, z); err != nil {
		return nil, err
	}
	if err := e.readLength(z); err != nil {
		return nil, err
	}
	if p, ok := part.Get("RECURRENCE-ID"); ok {
		s, err := propStamp(p, z)
		if err != nil {
			return nil, err
		}
		e.of, e.onward = &s, strings.EqualFold(p.Param("RANGE"), "THISANDFUTURE")
	}
	if err := e.readRules(); err != nil {
		return nil, err
	}
	if err := e.readDates(z); err != nil {
		return nil, err
	}
	e.spotAllDay(z)
	return e, nil
}

func (e *event) readLength(z *zones) (err error) {
	end, hasEnd := e.part.Get("DTEND")
	duration, hasDuration := e.part.Get("DURATION")
	switch {
	case hasEnd:
		s, err := propStamp(end, z)
		if err != nil {
			return err
		}
		e.length, err = between(e.start, s)
		return err
	case hasDuration:
		e.length, err = parseDuration(duration.Value())
		if e.start.date {
			e.length = length{days: max(1, e.length.days)}
		}
		return err
	case e.start.date:
		e.length = length{days: 1}
	}
	return nil
}

func (e *event) readRules() error {
	for _, p := range e.part.Props {
		if p.Name != "RRULE" && p.Name != "EXRULE" {
			continue
		}
		rule, err := recur.Parse(p.Value())
		if err != nil {
			return err
		}
		if len(e.rules)+len(e.except) >= maxRules {
			return fmt.Errorf("it has more than %d rules", maxRules)
		}
		// Of a date, the time in UNTIL means nothing, whatever its zone.
		if rule.UntilUTC && !e.start.date {
			rule.Until = e.start.zone.wall(rule.Until)
		}
		if p.Name == "RRULE" {
			e.rules = append(e.rules, rule)
		} else {
			e.except = append(e.except, rule)
		}
	}
	return nil
}

func (e *event) readDates(z *zones) error {
	for _, p := range e.part.Props {
		if p.Name != "RDATE" && p.Name != "EXDATE" {
			continue
		}
		for value := range strings.SplitSeq(p.Value(), ",") {
			if strings.TrimSpace(value) == "" {
				continue
			}
			if len(e.more)+len(e.without) >= maxDates {
				return fmt.Errorf("it has more than %d dates", maxDates)
			}
			if p.Name == "EXDATE" {
				s, err := valueStamp(p, value, z)
				if err != nil {
					return err
				}
				e.without = append(e.without, s)
				continue
			}
			x, err := e.readExtra(p, value, z)
			if err != nil {
				return err
			}
			e.more = append(e.more, x)
		}
	}
	return nil
}

// readExtra reads a value of RDATE, which may be a period: START/END or START/LENGTH.
func (e *event) readExtra(p ics.Prop, value string, z *zones) (extra, error) {
	first, second, period := strings.Cut(value, "/")
	start, err := valueStamp(p, first, z)
	if err != nil {
		return extra{}, err
	}
	x := extra{start.in(e.start.zone), e.length}
	if !period {
		return x, nil
	}
	if end, err := valueStamp(p, second, z); err == nil {
		x.length, err = between(start, end)
		return x, err
	}
	x.length, err = parseDuration(second)
	return x, err
}

// spotAllDay turns Outlook's all-day events, written as midnight to midnight with a
// flag, into dates.
func (e *event) spotAllDay(z *zones) {
	flagged := strings.EqualFold(e.part.Text("X-MICROSOFT-CDO-ALLDAYEVENT"), "TRUE")
	end := e.length.after(e.start)
	if !flagged || e.start.date || e.repeats() || e.of != nil ||
		!e.start.wall.Equal(e.start.day()) || !end.wall.Equal(end.day()) || !end.wall.After(e.start.wall) {
		return
	}
	days, err := between(stamp{wall: e.start.wall, date: true}, stamp{wall: end.wall, date: true})
	if err == nil {
		e.start, e.length = stamp{wall: e.start.wall, date: true, zone: z.local}, days
	}
}

func (e *event) repeats() bool { return len(e.rules) > 0 || len(e.more) > 0 }

// short cuts what others wrote, so that it fits a sentence or a field.
func short(s string, n int) string { return builtin.Cut(strings.TrimSpace(s), n) }
