package calendar

import (
	"context"
	"fmt"
	"strings"

	"secgpt/apps/builtin"
	"secgpt/apps/builtin/ics"
)

// Bounds of an invitation, which a stranger wrote. Real ones have some kilobytes.
const (
	maxInvitation  = 256 << 10 // bytes
	maxDescription = 16 << 10  // bytes; what is cut ends with "…"
)

var invitationLimits = ics.Limits{Lines: 5000, Line: 64 << 10, Components: 200, Depth: 5}

type invitationIn struct {
	ICS string `json:"ics" jsonschema:"the text of an .ics file or a text/calendar part"`
}

// An Invitation is the first event of an invitation's text.
type Invitation struct {
	Title       string   `json:"title"`
	Start       string   `json:"start" jsonschema:"RFC 3339, or a date if all_day"`
	End         string   `json:"end" jsonschema:"RFC 3339, or the last day if all_day"`
	AllDay      bool     `json:"all_day"`
	Location    string   `json:"location"`
	Organizer   string   `json:"organizer"`
	Attendees   []string `json:"attendees"`
	Description string   `json:"description"`
	Method      string   `json:"method" jsonschema:"REQUEST, CANCEL, REPLY, or empty"`
	Repeats     string   `json:"repeats" jsonschema:"how often, or empty"`
	Zone        string   `json:"zone" jsonschema:"the time zone that the event names, or empty"`
}

func (a *app) readInvitation(_ context.Context, in invitationIn) (builtin.Out[Invitation], error) {
	return parseInvitation(in.ICS, a.local)
}

func parseInvitation(text string, local *zone) (builtin.Out[Invitation], error) {
	var out builtin.Out[Invitation]
	if len(text) > maxInvitation {
		return out, builtin.Errorf("the invitation has %d bytes, %d at most", len(text), maxInvitation)
	}
	roots, err := ics.Parse(text, invitationLimits)
	if err != nil {
		return out, builtin.Errorf("the invitation can't be read: %v", err)
	}
	i := 0
	for i < len(roots) && roots[i].Name != "VCALENDAR" {
		i++
	}
	if i == len(roots) {
		return out, builtin.Errorf("this is no invitation: there is no calendar in it")
	}
	root := roots[i]
	zones := newZones(newAtlas(local), roots)
	first, times, others := invited(root)
	if first == nil {
		return out, builtin.Errorf("the invitation has no event in it")
	}
	e, err := newEvent(first, zones)
	if err != nil {
		return out, builtin.Errorf("the event %s of the invitation can't be read: %v", quoted(first), err)
	}
	out.Result = e.invitation(root)
	if e.onward {
		out.Problems = append(out.Problems, "the invitation changes this time of an event that repeats and all later ones; only this one is shown")
	}
	if times > 0 {
		out.Problems = append(out.Problems, "the invitation changes "+builtin.Count(times, "more time of this event, which is not shown", "more times of this event, which are not shown"))
	}
	if others > 0 {
		out.Problems = append(out.Problems, "the invitation has "+builtin.Count(others, "more event, which is not shown", "more events, which are not shown"))
	}
	if len(zones.unknown) > 0 {
		out.Problems = append(out.Problems, fmt.Sprintf("the invitation names an unknown time zone, which is read as yours: %q", short(zones.unknown[0], maxName)))
	}
	return out, nil
}

// invited finds the event that an invitation is about: the first one, but rather a
// series than one changed time of it. It counts the rest.
func invited(root *ics.Component) (first *ics.Component, times, others int) {
	isTime := func(c *ics.Component) bool { _, ok := c.Get("RECURRENCE-ID"); return ok }
	for _, c := range root.Children {
		if c.Name == "VEVENT" && (first == nil || isTime(first) && !isTime(c)) {
			first = c
		}
	}
	for _, c := range root.Children {
		switch {
		case c.Name != "VEVENT" || c == first:
		case c.Text("UID") == first.Text("UID"):
			times++
		default:
			others++
		}
	}
	return first, times, others
}

func (e *event) invitation(root *ics.Component) Invitation {
	s, start := &series{master: e}, e.shown(e.start)
	out := Invitation{
		Title: short(e.part.Text("SUMMARY"), maxTitle),
		Start: start.text(), End: lastMoment(start, e.length), AllDay: start.date,
		Location:    short(e.part.Text("LOCATION"), maxTitle),
		Attendees:   attendees(e.part, maxInvited),
		Description: short(e.part.Text("DESCRIPTION"), maxDescription),
		Method:      short(strings.ToUpper(root.Text("METHOD")), maxName),
		Repeats:     s.rhythm(),
		Zone:        start.zoneName(),
	}
	if p, ok := e.part.Get("ORGANIZER"); ok {
		out.Organizer = person(p)
	}
	return out
}
