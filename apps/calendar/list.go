package calendar

import (
	"context"
	"encoding/json"
	"fmt"
	"strings"

	"secgpt/apps/builtin"
	"secgpt/apps/builtin/ics"
	"secgpt/apps/calendar/recur"
)

// An Event is one time of an event, as callers get it.
type Event struct {
	ID        string   `json:"id" jsonschema:"for update_event and delete_event"`
	Title     string   `json:"title"`
	Start     string   `json:"start" jsonschema:"RFC 3339, or a date if all_day"`
	End       string   `json:"end" jsonschema:"RFC 3339, or the last day if all_day"`
	AllDay    bool     `json:"all_day"`
	Location  string   `json:"location"`
	Calendar  string   `json:"calendar"`
	Attendees []string `json:"attendees"`
	Repeats   string   `json:"repeats" jsonschema:"how often, or empty"`
	Zone      string   `json:"zone" jsonschema:"the time zone that the event names, or empty"`
}

// Bounds of the fields of one event; what is cut ends with "…".
const (
	maxTitle     = 500 // bytes
	maxAttendees = 50
)

func (o occurrence) out() Event {
	part, start := o.event.part, o.event.shown(o.start)
	return Event{
		ID: o.id(), Title: short(part.Text("SUMMARY"), maxTitle),
		Start: start.text(), End: lastMoment(start, o.length), AllDay: start.date,
		Location: short(part.Text("LOCATION"), maxTitle), Calendar: o.series.file.calendar(),
		Attendees: attendees(part, maxAttendees), Repeats: o.series.rhythm(), Zone: start.zoneName(),
	}
}

// shown is a time in the zone that the event names, or else in the person's own.
func (e *event) shown(s stamp) stamp {
	if s.zone == utc {
		return s.in(e.local)
	}
	return s
}

func (s stamp) zoneName() string {
	if s.date {
		return ""
	}
	return s.zone.name
}

// lastMoment is the end as callers get it.
func lastMoment(start stamp, l length) string {
	end := l.after(start)
	if end.date {
		end.wall = end.wall.AddDate(0, 0, -1)
	}
	return end.text()
}

// attendees are the people of an event, each "Name <address>", n at most.
func attendees(part *ics.Component, n int) []string {
	all := []string{}
	for _, p := range part.Props {
		if p.Name != "ATTENDEE" {
			continue
		}
		if len(all) == n {
			return append(all, "…")
		}
		all = append(all, person(p))
	}
	return all
}

// person is the name and the address of an ATTENDEE or ORGANIZER.
func person(p ics.Prop) string {
	name, address := p.Param("CN"), p.Text()
	if len(address) > 7 && strings.EqualFold(address[:7], "mailto:") {
		address = address[7:]
	} else if name != "" {
		address = "" // some other kind of link
	}
	switch {
	case address == "":
		return short(name, maxTitle)
	case name == "" || name == address:
		return short(address, maxTitle)
	}
	return short(name+" <"+address+">", maxTitle)
}

// rhythm says how often a series comes.
func (s *series) rhythm() string {
	if s.master == nil || !s.master.repeats() {
		return ""
	}
	if len(s.master.rules) != 1 {
		return "on certain days"
	}
	rule := s.master.rules[0]
	every := [...]string{"every second", "every minute", "every hour", "daily", "weekly", "monthly", "yearly"}
	units := [...]string{"seconds", "minutes", "hours", "days", "weeks", "months", "years"}
	if rule.Interval > 1 {
		return fmt.Sprintf("every %d %s", rule.Interval, units[rule.Freq])
	}
	if rule.Freq == recur.Weekly && len(rule.ByDay) == 5 && !has(rule.ByDay, 0) && !has(rule.ByDay, 6) {
		return "every weekday"
	}
	return every[rule.Freq]
}

func has(days []recur.Day, weekday int) bool {
	for _, d := range days {
		if int(d.Weekday) == weekday {
			return true
		}
	}
	return false
}

type listIn struct {
	Start string `json:"start,omitempty" jsonschema:"a date, a local time or RFC 3339; without it today, or now if there is a query"`
	End   string `json:"end,omitempty" jsonschema:"the same; a date is included; without it the day of start, or a year later if there is a query"`
	Query string `json:"query,omitempty" jsonschema:"words of its title, place or people"`
}

// maxQuery bounds a query, in bytes.
const maxQuery = 500

// maxAnswer leaves room for problems beside the events.
const maxAnswer = builtin.MaxResult - 128<<10

func (a *app) listEvents(ctx context.Context, in listIn) (builtin.Out[[]Event], error) {
	var out builtin.Out[[]Event]
	if len(in.Query) > maxQuery {
		return out, builtin.Errorf("a query of %d bytes is too long: %d at most", len(in.Query), maxQuery)
	}
	now := a.now()
	from, to, err := parseWindow(in.Start, in.End, false, now, a.local)
	if err != nil {
		return out, err
	}
	q := newQuery(in, from, to, a.local)
	if !q.Empty() {
		if from, to, err = parseWindow(in.Start, in.End, true, now, a.local); err != nil {
			return out, err
		}
	}
	lib, err := load(ctx, a.dir, a.local)
	if err != nil {
		return out, err
	}
	w := &window{from: from, to: to, steps: allSteps}
	found, cut, guess, more := []occurrence(nil), false, "", false
	if q.Empty() {
		found, cut, err = lib.expand(ctx, w)
	} else {
		found, cut, guess, err = lib.search(ctx, in.Query, q, w)
	}
	if err != nil {
		return out, err
	}
	if !q.Empty() && in.Start == "" && in.End == "" {
		found, more = next(found)
	}
	lib.tell(w)
	size := 0
	for _, o := range found {
		e := o.out()
		b, err := json.Marshal(e)
		if err != nil {
			return out, err
		}
		if size += len(b) + 1; size > maxAnswer {
			cut = true
			break
		}
		out.Result = append(out.Result, e)
		a.guesses.Note(guess != "", e.ID)
	}
	if more {
		lib.problem("later times are not here: give a start and an end for them")
	}
	if cut {
		lib.problem("only the first %d events are here: ask for a shorter time", len(out.Result))
	}
	if guess != "" {
		out.Problems = append(out.Problems, guess)
	}
	out.Problems = append(out.Problems, lib.said()...)
	return out, nil
}

// tell names the series whose times may not be as they are shown.
func (lib *library) tell(w *window) {
	for i, e := range w.onward {
		if i == maxSaid {
			break
		}
		lib.problem("%s was changed %s, which is not followed: only that one time is shown as changed", quoted(e.part), e.since())
	}
	for i, s := range w.tired {
		if i == maxSaid {
			break
		}
		lib.problem("%s in %s repeats too often to be followed: some of its times may be missing",
			quoted(s.master.part), s.file.Name)
	}
	if lib.atlas.steps < 0 {
		lib.problem("the calendars have time zones of their own that are too intricate: some times may be an hour off")
	}
}

// since says from when an onward change holds.
func (e *event) since() string {
	return "for " + e.shown(*e.of).text() + " and all later times (RANGE=THISANDFUTURE)"
}

// maxSaid bounds the problems of one answer.
const maxSaid = 40

func (lib *library) said() []string {
	if n := len(lib.problems) - maxSaid; n > 0 {
		return append(lib.problems[:maxSaid:maxSaid], "and "+builtin.Count(n, "more problem", "more problems"))
	}
	return lib.problems
}
