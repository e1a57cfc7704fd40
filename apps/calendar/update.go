package calendar

import (
	"context"

	"secgpt/apps/builtin"
	"secgpt/apps/builtin/ics"
)

type updateIn struct {
	ID       string `json:"id" jsonschema:"of list_events; of an event that repeats, this one time is changed"`
	Title    string `json:"title,omitempty" jsonschema:"left out: stays"`
	Start    string `json:"start,omitempty" jsonschema:"left out: stays; alone, the event takes as long as before"`
	End      string `json:"end,omitempty" jsonschema:"left out: stays, or moves with the start"`
	Location string `json:"location,omitempty" jsonschema:"left out: stays"`
}

func (a *app) updateEvent(ctx context.Context, in updateIn) (builtin.Out[Event], error) {
	var out builtin.Out[Event]
	if in.Title == "" && in.Start == "" && in.End == "" && in.Location == "" {
		return out, builtin.Errorf("nothing to change: give a title, a start, an end or a location")
	}
	if n := max(len(in.Title), len(in.Location)); n > maxWritten {
		return out, builtin.Errorf("a title or a place of %d bytes is too long: %d at most", n, maxWritten)
	}
	lib, unlock, err := a.begin(ctx)
	if err != nil {
		return out, err
	}
	defer unlock()
	o, err := lib.changeable(in.ID)
	if err != nil {
		return out, err
	}
	if err := a.guesses.Sure("event", in.ID, o.event.part.Text("SUMMARY")); err != nil {
		return out, err
	}
	if err := o.alone(); err != nil {
		return out, err
	}
	start, l, err := o.moved(in, a.local)
	if err != nil {
		return out, err
	}
	f, part := o.series.file, o.event.part
	edit := o.edit(in, start, l)
	edit.Set = append(edit.Set, ics.Line{Name: "LAST-MODIFIED", Text: "LAST-MODIFIED:" + a.now().UTC().Format(timeForm+"Z")})
	change := splice{part.Start, part.End, ""}
	if o.isOneOfMany() {
		// The series stays; a changed time is written behind it.
		change.start = part.End
		edit.Drop = append(edit.Drop, "RRULE", "RDATE", "EXRULE", "EXDATE")
		edit.Set = append(edit.Set, ics.Line{Name: "RECURRENCE-ID", Text: o.line("RECURRENCE-ID", o.start)})
	}
	change.text = edit.Apply(f.text, part)
	text := spliced(f.text, []splice{change})
	if out.Undo, err = a.commit(f, seriesID(f.Name, o.series.uid), text); err != nil {
		return out, err
	}
	out.Result, err = a.outOf(f, text, in.ID)
	return out, err
}

// changeable finds the event with an id, if it is one that can be changed.
func (lib *library) changeable(id string) (occurrence, error) {
	o, err := lib.find(id)
	if err != nil {
		return o, err
	}
	if s := o.series; s.uid == "" || s.id != seriesID(s.file.Name, s.uid) {
		return o, builtin.Errorf("this event has no UID of its own in %s, so it can't be changed here", s.file.Name)
	}
	return o, nil
}

// alone makes sure that a change of this one time changes no other, and is not undone
// by a change that other programs see and we don't follow.
func (o occurrence) alone() error {
	for _, c := range o.series.changed {
		if c.onward && o.key >= o.series.keyOf(*c.of) {
			return builtin.Errorf("%s was changed %s, so none of these can be changed alone here; nothing was changed: use the program that did it",
				quoted(c.part), c.since())
		}
	}
	return nil
}

// isOneOfMany reports whether the text of the event is that of a whole series.
func (o occurrence) isOneOfMany() bool { return o.key != "" && o.event.of == nil }

// moved is when the event is after the update.
func (o occurrence) moved(in updateIn, local *zone) (start stamp, l length, err error) {
	start, l = o.start, o.length
	if in.Start != "" {
		if start, err = parseMoment("start", in.Start, local); err != nil {
			return
		}
		if start.date != o.start.date { // the old length has no meaning any more
			if start, l, err = parseSpan(in.Start, in.End, local); err != nil {
				return
			}
		}
	}
	if in.End != "" {
		end, err := parseMoment("end", in.End, local)
		if err != nil {
			return start, l, err
		}
		if l, err = span(start, end); err != nil {
			return start, l, err
		}
	}
	if !start.date && !o.start.date {
		start = start.in(o.start.zone)
	}
	return start, l, nil
}

// edit is what the update does to the event's text.
func (o occurrence) edit(in updateIn, start stamp, l length) ics.Edit {
	var e ics.Edit
	if in.Title != "" {
		e.Set = append(e.Set, ics.Line{Name: "SUMMARY", Text: "SUMMARY:" + ics.Escape(in.Title)})
	}
	if in.Location != "" {
		e.Set = append(e.Set, ics.Line{Name: "LOCATION", Text: "LOCATION:" + ics.Escape(in.Location)})
	}
	if in.Start != "" || in.End != "" || o.isOneOfMany() {
		if start.date != o.start.date && !start.date {
			start = start.in(utc)
		}
		e.Set = append(e.Set, ics.Line{Name: "DTSTART", Text: o.line("DTSTART", start)})
		if l == (length{}) {
			e.Drop = append(e.Drop, "DTEND") // the standard has no end at the start
		} else {
			e.Set = append(e.Set, ics.Line{Name: "DTEND", Text: o.line("DTEND", l.after(start))})
		}
		e.Drop = append(e.Drop, "DURATION", "X-MICROSOFT-CDO-ALLDAYEVENT")
	}
	return e
}

// line writes a stamp the way the event writes its start, in the same zone.
func (o occurrence) line(name string, s stamp) string {
	tzid := ""
	if p, ok := o.event.part.Get("DTSTART"); ok && !s.date && s.zone == o.event.start.zone && s.zone != utc {
		tzid = p.Param("TZID")
	}
	return stampLine(name, s, tzid)
}
