package calendar

import (
	"strings"
	"time"

	"secgpt/apps/builtin"
)

// find looks an id up. An id is one that list_events gave; anything else is not there.
func (lib *library) find(id string) (occurrence, error) {
	base, key, _ := strings.Cut(id, "-")
	for _, f := range lib.files {
		for _, s := range f.series {
			if s.id != base {
				continue
			}
			if o, ok := s.at(key); ok {
				return o, nil
			}
		}
	}
	return occurrence{}, builtin.Errorf("no event has the id %q: list the events again", short(id, 40))
}

// at is the time of the series that a key names.
func (s *series) at(key string) (occurrence, bool) {
	for _, c := range s.changed {
		if s.keyOf(*c.of) == key {
			return occurrence{s, c, c.start, c.length, key}, true
		}
	}
	if s.master == nil {
		return occurrence{}, false
	}
	if !s.master.repeats() {
		return occurrence{s, s.master, s.master.start, s.master.length, ""}, key == ""
	}
	start, err := parseStamp(key)
	if err != nil || start.date != s.master.start.date {
		return occurrence{}, false
	}
	start.zone = s.master.start.zone
	w := &window{from: start.instant(), to: start.instant().Add(time.Second), steps: seriesSteps}
	for _, x := range s.times(w) {
		if x.start.key() == key {
			return occurrence{s, s.master, x.start, x.length, key}, true
		}
	}
	return occurrence{}, false
}
