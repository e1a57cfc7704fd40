package calendar

import (
	"context"

	"secgpt/apps/builtin"
	"secgpt/apps/builtin/ics"
)

type deleteIn struct {
	ID     string `json:"id" jsonschema:"of list_events; of an event that repeats, this one time is deleted"`
	Series bool   `json:"series,omitempty" jsonschema:"delete every time of an event that repeats"`
}

func (a *app) deleteEvent(ctx context.Context, in deleteIn) (builtin.Out[Event], error) {
	var out builtin.Out[Event]
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
	if !in.Series {
		if err := o.alone(); err != nil {
			return out, err
		}
	}
	out.Result = o.out()
	f, id := o.series.file, seriesID(o.series.file.Name, o.series.uid)
	all := in.Series || o.series.master == nil && len(o.series.changed) == 1 || o.key == ""
	if all && f.holdsOne() {
		out.Undo, err = a.remove(f)
		return out, err
	}
	out.Undo, err = a.commit(f, id, spliced(f.text, o.removal(all)))
	return out, err
}

// removal takes one time out of a series, or all of it out of its file.
func (o occurrence) removal(all bool) []splice {
	s := o.series
	var splices []splice
	drop := func(e *event) { splices = append(splices, splice{start: e.part.Start, end: e.part.End}) }
	if all {
		for _, c := range s.changed {
			drop(c)
		}
		if s.master != nil {
			drop(s.master)
		}
		return splices
	}
	if o.event.of != nil {
		drop(o.event)
	}
	if s.master != nil {
		first := occurrence{series: s, event: s.master}
		start, _ := parseStamp(o.key) // a key of this series, so it is a stamp
		start.zone = s.master.start.zone
		edit := ics.Edit{Add: []string{first.line("EXDATE", start)}}
		splices = append(splices, splice{s.master.part.Start, s.master.part.End, edit.Apply(s.file.text, s.master.part)})
	}
	return splices
}
