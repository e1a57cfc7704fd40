package calendar

import (
	"context"
	"net/mail"
	"path"
	"strings"
	"time"

	"secgpt/apps/builtin"
	"secgpt/apps/builtin/ics"
)

type createIn struct {
	Title     string   `json:"title" jsonschema:"what it is called"`
	Start     string   `json:"start" jsonschema:"a date for whole days, a local time such as 2026-11-26T14:00, or RFC 3339"`
	End       string   `json:"end,omitempty" jsonschema:"the same; of whole days the last one; without it an hour, or one day"`
	Location  string   `json:"location,omitempty"`
	Attendees []string `json:"attendees,omitempty" jsonschema:"names or addresses; nobody is told"`
}

// Bounds of what a caller may write into an event.
const (
	maxWritten = 2000 // bytes of a title, a place or a person
	maxInvited = 200
)

// personal is the calendar that new events go to.
const personal = "personal.ics"

func (a *app) createEvent(ctx context.Context, in createIn) (builtin.Out[Event], error) {
	var out builtin.Out[Event]
	event, uid, err := newText(in, a.local, a.now())
	if err != nil {
		return out, err
	}
	lib, unlock, err := a.begin(ctx)
	if err != nil {
		return out, err
	}
	defer unlock()
	target, name := lib.target(a, uid)
	text := wrapped(event)
	if target != nil && len(target.roots) > 0 {
		root := target.roots[0]
		end := endOf(target.text, root)
		eol := ics.LineEnd(target.text)
		text = spliced(target.text, []splice{{end, end, strings.ReplaceAll(event, "\r\n", eol)}})
	}
	id := seriesID(name, uid)
	if target != nil {
		out.Undo, err = a.commit(target, id, text)
	} else {
		target = &file{}
		target.Name = name
		out.Undo, err = a.create(name, text, id, name != personal)
	}
	if err != nil {
		return out, err
	}
	out.Result, err = a.outOf(target, text, id)
	return out, err
}

// target is the file for a new event: personal.ics, or the first that can be written
// and does not belong to one event. Without one it is nil, and name is that of the
// file to make.
func (lib *library) target(a *app, uid string) (f *file, name string) {
	var first *file
	collection := ""
	for _, f := range lib.files {
		usable := a.dir.Writable(f.File) && (len(f.roots) == 0 || f.roots[0].Ended)
		switch {
		case !usable:
		case path.Base(f.Name) == personal:
			return f, f.Name
		case f.holdsOne() && collection == "":
			collection = path.Join(path.Dir(f.Name), uid+".ics")
		case first == nil && !f.holdsOne():
			first = f
		}
	}
	switch {
	case first != nil:
		return first, first.Name
	case collection != "":
		return nil, collection
	}
	return nil, personal
}

// newText is the text of a new VEVENT. Nobody is named as organizer, so that no server
// that the folder is synced with sends invitations.
func newText(in createIn, local *zone, now time.Time) (text, uid string, err error) {
	if strings.TrimSpace(in.Title) == "" {
		return "", "", builtin.Errorf("an event needs a title")
	}
	start, l, err := parseSpan(in.Start, in.End, local)
	if err != nil {
		return "", "", err
	}
	if len(in.Attendees) > maxInvited {
		return "", "", builtin.Errorf("%d attendees are too many: %d at most", len(in.Attendees), maxInvited)
	}
	uid = builtin.NewID("uid")
	start = start.in(utc)
	lines := []string{
		"BEGIN:VEVENT", "UID:" + uid, "DTSTAMP:" + now.UTC().Format(timeForm+"Z"),
		stampLine("DTSTART", start, ""), stampLine("DTEND", l.after(start), ""),
		"SUMMARY:" + ics.Escape(in.Title),
	}
	if in.Location != "" {
		lines = append(lines, "LOCATION:"+ics.Escape(in.Location))
	}
	for _, a := range in.Attendees {
		lines = append(lines, attendeeLine(a))
	}
	var b strings.Builder
	for _, l := range append(lines, "END:VEVENT") {
		b.WriteString(ics.Fold(l, "\r\n"))
	}
	for _, s := range append([]string{in.Title, in.Location}, in.Attendees...) {
		if len(s) > maxWritten {
			return "", "", builtin.Errorf("a title, a place or a name of %d bytes is too long: %d at most", len(s), maxWritten)
		}
	}
	return b.String(), uid, nil
}

// wrapped is a whole calendar that holds one event.
func wrapped(event string) string {
	return "BEGIN:VCALENDAR\r\nVERSION:2.0\r\nPRODID:-//secgpt//calendar//EN\r\n" + event + "END:VCALENDAR\r\n"
}

// stampLine writes a stamp: a date, an instant, or, with the zone's name in the file,
// what the clock reads there.
func stampLine(name string, s stamp, tzid string) string {
	switch {
	case s.date:
		return name + ";VALUE=DATE:" + s.wall.Format(dateForm)
	case tzid != "":
		return name + ";TZID=" + ics.EscapeParam(tzid) + ":" + s.wall.Format(timeForm)
	case s.zone == utc:
		return name + ":" + s.wall.Format(timeForm) + "Z"
	}
	return name + ":" + s.wall.Format(timeForm)
}

func attendeeLine(who string) string {
	if a, err := mail.ParseAddress(who); err == nil {
		name := a.Name
		if name == "" {
			name = a.Address
		}
		return "ATTENDEE;CN=" + ics.EscapeParam(name) + ":mailto:" + ics.Escape(a.Address)
	}
	return "ATTENDEE;CN=" + ics.EscapeParam(who) + ":invalid:nomail" // as other programs write a name alone
}

// outOf is the event with an id as it stands in the text that was just written.
func (a *app) outOf(f *file, text, id string) (Event, error) {
	again, err := a.reread(f, text)
	if err != nil {
		return Event{}, err
	}
	lib := &library{files: []*file{again}}
	o, err := lib.find(id)
	if err != nil {
		return Event{}, err
	}
	return o.out(), nil
}
