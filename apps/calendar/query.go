package calendar

import (
	"context"
	"slices"
	"strings"
	"time"

	"secgpt/apps/builtin/match"
)

// nouns are what people call an event: no words of one.
var nouns = strings.Fields(`calendar calendars event events appointment appointments agenda schedule scheduled
entry entries termin termine kalender rendezvous rdv calendrier evenement evenements cita citas evento eventos
calendario`)

// Bounds of what a query gives if no time is named, so that what comes each day does not
// bury what comes once.
const (
	maxNext = 5   // times of one event that repeats
	maxOpen = 100 // times in all
)

const (
	maxPeople = 1000 // attendees whose names are searched
	saidDays  = 7    // of a window, whose names in a query are no words of a title
)

// newQuery is what to look for in the titles of a window's events. The days of a window
// that was named are left out: "dentist on Friday", for a Friday.
func newQuery(in listIn, from, to time.Time, local *zone) match.Query {
	q := match.New(in.Query, nouns...)
	if in.Start == "" && in.End == "" {
		return q
	}
	var days []string
	first, last := local.wall(from), local.wall(to)
	for day := first; day.Before(last) && len(days) < saidDays; day = day.AddDate(0, 0, 1) {
		days = append(days, day.Format("2006 01 02 1 2 January Monday"))
	}
	return q.Without(match.TextOf(days...))
}

// words are what an event is found by: its title, its place and its people.
func (e *event) words() match.Text {
	texts := append(attendees(e.part, maxPeople), e.part.Text("SUMMARY"), e.part.Text("LOCATION"))
	if p, ok := e.part.Get("ORGANIZER"); ok {
		texts = append(texts, person(p))
	}
	return match.TextOf(texts...)
}

// events are the texts of a series: its own, and those of its changed times.
func (s *series) events() []*event {
	if s.master == nil {
		return s.changed
	}
	return append([]*event{s.master}, s.changed...)
}

// search gives the times in w of the events that have all words of q, in order. If there
// are none, days of the week in the query may say when: "meteors on Sunday". If there are
// still none, it gives those of the events in w that have the most of the words, and a
// sentence about that. All of it is no more work than w allows.
func (lib *library) search(ctx context.Context, query string, q match.Query, w *window) (found []occurrence, cut bool, guess string, err error) {
	has, err := lib.strict(ctx, q, w)
	if err != nil {
		return nil, false, "", err
	}
	if found, cut, err = lib.expand(ctx, w); err != nil || len(found) > 0 || !q.MayGuess() {
		return found, cut, "", err
	}
	if days, names := weekdays(query); len(days) > 0 {
		if rest := q.Without(match.TextOf(names...)); !rest.Empty() {
			if _, err := lib.strict(ctx, rest, w); err != nil {
				return nil, false, "", err
			}
			found, cut, err = lib.expand(ctx, w)
			found = slices.DeleteFunc(found, func(o occurrence) bool {
				return !slices.Contains(days, o.event.shown(o.start).wall.Weekday())
			})
			if err != nil || len(found) > 0 {
				return found, cut, "", err
			}
		}
	}
	half := &window{from: w.from, to: w.to, steps: w.steps / 2}
	near, guess, err := lib.nearest(ctx, q, has, half)
	if err != nil {
		return nil, false, "", err
	}
	w.of = map[*event]bool{}
	for _, e := range near {
		w.of[e] = true
	}
	w.onward, w.tired, w.steps = nil, nil, w.steps/2
	found, cut, err = lib.expand(ctx, w)
	return found, cut, guess, err
}

// strict lets w mean the events that have all words of q, and tells which each has.
func (lib *library) strict(ctx context.Context, q match.Query, w *window) (map[*event]match.Has, error) {
	has := map[*event]match.Has{}
	w.of, w.onward, w.tired = map[*event]bool{}, nil, nil
	for _, f := range lib.files {
		for _, s := range f.series {
			if err := ctx.Err(); err != nil {
				return nil, err
			}
			for _, e := range s.events() {
				if has[e] = q.In(e.words()); q.All(has[e]) {
					w.of[e] = true
				}
			}
		}
	}
	return has, nil
}

// weekdays are the days of the week that a query names, in English.
func weekdays(query string) (days []time.Weekday, names []string) {
	said := match.Words(query)
	for day := time.Sunday; day <= time.Saturday; day++ {
		if slices.Contains(said, match.Fold(day.String())) {
			days, names = append(days, day), append(names, day.String())
		}
	}
	return days, names
}

// nearest are the events in w that have the most of q's words, and what to say of it.
// Whether one that has none of them is in w does not matter for how rare a word is.
func (lib *library) nearest(ctx context.Context, q match.Query, has map[*event]match.Has, w *window) ([]*event, string, error) {
	hits := match.Hits[*event]{Query: q}
	first := map[*event]time.Time{}
	for _, f := range lib.files {
		for _, s := range f.series {
			if err := ctx.Err(); err != nil {
				return nil, "", err
			}
			some := func(e *event) bool { return has[e] != 0 || q.Idle() }
			if slices.ContainsFunc(s.events(), some) {
				for _, o := range s.occurrences(w) {
					if at, seen := first[o.event], o.start.instant(); at.IsZero() || seen.Before(at) {
						first[o.event] = seen
					}
				}
			}
			for _, e := range s.events() {
				if _, in := first[e]; in || !some(e) {
					hits.Add(e, has[e])
				}
			}
		}
	}
	near, guess := hits.Take(func(a, b *event) int { return first[a].Compare(first[b]) })
	return near, guess, nil
}

// next are the soonest times: of each event that repeats a few. More says that there are
// others.
func next(found []occurrence) (soonest []occurrence, more bool) {
	times := map[*series]int{}
	for _, o := range found {
		if times[o.series]++; times[o.series] > maxNext || len(soonest) == maxOpen {
			more = true
			continue
		}
		soonest = append(soonest, o)
	}
	return soonest, more
}
