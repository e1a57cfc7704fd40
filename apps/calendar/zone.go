package calendar

import (
	"os"
	"strings"
	"time"
	_ "time/tzdata" // a room, and a small machine, may have no zone files

	"secgpt/apps/builtin/ics"
)

// A zone turns what a wall clock reads into an instant, and back. Wall-clock times
// are time.Time values in UTC; recur explains why.
type zone struct {
	name  string         // for people: "Europe/Berlin"; "" if the event names none
	loc   *time.Location // nil if rules is set
	rules *zoneRules     // of a VTIMEZONE that nobody but this file knows
}

var utc = &zone{loc: time.UTC}

// localZone is the person's own: TZ names it, since a room has no /etc/localtime.
func localZone() *zone {
	if name := strings.TrimPrefix(os.Getenv("TZ"), ":"); name != "" {
		if loc, err := time.LoadLocation(name); err == nil {
			return &zone{loc: loc}
		}
	}
	return &zone{loc: time.Local}
}

// instant is when the wall clock reads w. A time that comes twice, when clocks go
// back, is its first; one that clocks skip is counted on from before the skip.
func (z *zone) instant(w time.Time) time.Time {
	if z.rules != nil {
		off := z.rules.offsetAtWall(w)
		return w.Add(-off).In(time.FixedZone(z.name, int(off/time.Second)))
	}
	before := w.Add(-offset(z.loc, w.Add(-24*time.Hour))).In(z.loc)
	if sameClock(before, w) {
		return before
	}
	y, m, d := w.Date()
	t := time.Date(y, m, d, w.Hour(), w.Minute(), w.Second(), 0, z.loc)
	if sameClock(t, w) {
		return t
	}
	return before
}

// wall is what the wall clock reads at t.
func (z *zone) wall(t time.Time) time.Time {
	if z.rules != nil {
		return t.UTC().Add(z.rules.offsetAt(t))
	}
	return clock(t.In(z.loc))
}

// clock drops the zone of t and keeps what the clock reads.
func clock(t time.Time) time.Time {
	y, m, d := t.Date()
	return time.Date(y, m, d, t.Hour(), t.Minute(), t.Second(), 0, time.UTC)
}

func sameClock(t, w time.Time) bool { return clock(t).Equal(clock(w)) }

// offset is how far loc is ahead of UTC when a clock in UTC reads w.
func offset(loc *time.Location, w time.Time) time.Duration {
	_, s := w.In(loc).Zone()
	return time.Duration(s) * time.Second
}

// An atlas is what the files of one request share: zones that were looked up, and
// how much work may still go into zones that only a file knows.
type atlas struct {
	local *zone
	known map[string]*zone
	steps int
}

// zoneSteps is more than a hundred zones of files need for a century.
const zoneSteps = 5_000_000

func newAtlas(local *zone) *atlas {
	return &atlas{local: local, known: map[string]*zone{}, steps: zoneSteps}
}

// zones finds the zones that one calendar file names.
type zones struct {
	*atlas
	defined map[string]*ics.Component // its VTIMEZONEs
	found   map[string]*zone
	unknown []string // names that mean nothing to us; the local zone stands in
}

func newZones(a *atlas, roots []*ics.Component) *zones {
	z := &zones{atlas: a, defined: map[string]*ics.Component{}, found: map[string]*zone{}}
	for _, root := range roots {
		for _, c := range root.Children {
			if c.Name == "VTIMEZONE" {
				z.defined[c.Text("TZID")] = c
			}
		}
	}
	return z
}

// maxZones bounds how many different names one file may use, and maxKnown all files:
// finding one can mean reading a zone file.
const (
	maxZones = 500
	maxKnown = 5000
)

// find is the zone that TZID names. Known names win over what the file says of
// them: a file's rules are often cut down to one year.
func (z *zones) find(tzid string) *zone {
	if tzid == "" {
		return z.local
	}
	if got, ok := z.found[tzid]; ok {
		return got
	}
	if len(z.found) >= maxZones {
		return z.local
	}
	got := z.resolve(tzid)
	if got == nil {
		got = z.local
		z.unknown = append(z.unknown, tzid)
	}
	z.found[tzid] = got
	return got
}

func (z *zones) resolve(tzid string) *zone {
	if got := z.lookUp(tzid); got != nil {
		return got
	}
	c := z.defined[tzid]
	if c == nil {
		return fixedZone(tzid)
	}
	if got := z.lookUp(c.Text("X-LIC-LOCATION")); got != nil {
		return got
	}
	if rules := newZoneRules(c, &z.steps); rules != nil {
		return &zone{name: short(tzid, maxName), rules: rules}
	}
	return fixedZone(tzid)
}

// lookUp is knownZone, done once for each name.
func (a *atlas) lookUp(name string) *zone {
	got, ok := a.known[name]
	if !ok && len(a.known) < maxKnown {
		got = knownZone(name)
		a.known[name] = got
	}
	return got
}

// knownZone finds "Europe/Berlin", Windows' "W. Europe Standard Time", and names with
// a maker in front: "/freeassociation.sourceforge.net/Europe/Berlin".
func knownZone(name string) *zone {
	name = strings.TrimSpace(name)
	if iana := windowsZone(name); iana != "" {
		name = iana
	}
	if strings.EqualFold(name, "UTC") || strings.EqualFold(name, "Etc/UTC") || strings.EqualFold(name, "GMT") {
		return utc
	}
	if name == "" || name == "Local" { // LoadLocation takes these for UTC and for ours
		return nil
	}
	parts := strings.Split(strings.Trim(name, "/"), "/")
	for i := max(0, len(parts)-3); i < max(1, len(parts)-1); i++ {
		candidate := strings.Join(parts[i:], "/")
		if loc, err := time.LoadLocation(candidate); err == nil {
			return &zone{name: candidate, loc: loc}
		}
	}
	return nil
}

// fixedZone finds names that are only an offset: "GMT+0100", "UTC-05:00",
// "(UTC+01:00) Amsterdam, Berlin".
func fixedZone(name string) *zone {
	s := strings.TrimPrefix(strings.TrimSpace(name), "(")
	if len(s) < 4 || !strings.EqualFold(s[:3], "UTC") && !strings.EqualFold(s[:3], "GMT") {
		return nil
	}
	s, _, _ = strings.Cut(s[3:], ")")
	off, ok := parseOffset(strings.ReplaceAll(s, ":", ""))
	if !ok {
		return nil
	}
	return &zone{name: short(name, maxName), loc: time.FixedZone(s, int(off/time.Second))}
}
