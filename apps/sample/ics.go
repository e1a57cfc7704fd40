package sample

import (
	"fmt"
	"strings"
	"time"
	"unicode/utf8"
)

// An event as the sample describes it. Times are wall-clock times at a zone: a TZID,
// "UTC", or "" for a time that means the reader's own.
type event struct {
	uid, title, place, about string
	day                      time.Time // its date
	from, to                 string    // "10:00"; both empty: all day
	days                     int       // of an all-day event; 0 is 1
	zone                     string
	rule                     string // an RRULE
	except                   []time.Time
	people                   []string // "Name <address>"; the first organizes
}

// calendar is a VCALENDAR with all the time zones that its events use.
func calendar(name, method string, now time.Time, events []event) string {
	w := &icsWriter{}
	w.line("BEGIN:VCALENDAR")
	w.line("VERSION:2.0")
	w.line("PRODID:-//secgpt//sample//EN")
	w.line("CALSCALE:GREGORIAN")
	if method != "" {
		w.line("METHOD:" + method)
	}
	if name != "" {
		w.line("X-WR-CALNAME:" + escape(name))
	}
	done := map[string]bool{}
	for _, e := range events {
		if z, ok := zones[e.zone]; ok && !done[e.zone] {
			done[e.zone] = true
			for l := range strings.SplitSeq(strings.TrimSpace(z), "\n") {
				w.line(l)
			}
		}
	}
	for _, e := range events {
		w.event(e, now)
	}
	w.line("END:VCALENDAR")
	return w.b.String()
}

type icsWriter struct{ b strings.Builder }

// line folds at 75 bytes, as RFC 5545 wants it, and never inside a rune.
func (w *icsWriter) line(s string) {
	for room := 75; len(s) > room; room = 74 {
		cut := room
		for !utf8.RuneStart(s[cut]) {
			cut--
		}
		w.b.WriteString(s[:cut] + "\r\n ")
		s = s[cut:]
	}
	w.b.WriteString(s + "\r\n")
}

func (w *icsWriter) event(e event, now time.Time) {
	w.line("BEGIN:VEVENT")
	w.line("UID:" + e.uid + "@example.org")
	w.line("DTSTAMP:" + now.UTC().Format("20060102T150405Z"))
	w.line("SUMMARY:" + escape(e.title))
	if e.from == "" {
		w.line("DTSTART;VALUE=DATE:" + e.day.Format("20060102"))
		w.line("DTEND;VALUE=DATE:" + e.day.AddDate(0, 0, max(e.days, 1)).Format("20060102"))
	} else {
		w.line("DTSTART" + e.at(e.day, e.from))
		w.line("DTEND" + e.at(e.day, e.to))
	}
	if e.rule != "" {
		w.line("RRULE:" + e.rule)
	}
	for _, x := range e.except {
		w.line("EXDATE" + e.at(x, e.from))
	}
	if e.place != "" {
		w.line("LOCATION:" + escape(e.place))
	}
	if e.about != "" {
		w.line("DESCRIPTION:" + escape(e.about))
	}
	for i, p := range e.people {
		name, _, _ := strings.Cut(p, " <")
		if i == 0 {
			w.line("ORGANIZER;CN=" + name + ":mailto:" + addressOf(p))
		} else {
			w.line("ATTENDEE;CN=" + name + ";PARTSTAT=NEEDS-ACTION;RSVP=TRUE:mailto:" + addressOf(p))
		}
	}
	w.line("END:VEVENT")
}

// at is the parameters and the value of a date-time property.
func (e event) at(d time.Time, clock string) string {
	stamp := d.Format("20060102") + "T" + strings.ReplaceAll(clock, ":", "") + "00"
	switch e.zone {
	case "":
		return ":" + stamp
	case "UTC":
		return ":" + stamp + "Z"
	}
	return fmt.Sprintf(";TZID=%s:%s", e.zone, stamp)
}

var escaper = strings.NewReplacer(`\`, `\\`, ";", `\;`, ",", `\,`, "\n", `\n`)

func escape(s string) string { return escaper.Replace(s) }

// zones are the rules of the time zones that the sample uses.
var zones = map[string]string{
	"Europe/Berlin": `
BEGIN:VTIMEZONE
TZID:Europe/Berlin
BEGIN:DAYLIGHT
TZNAME:CEST
TZOFFSETFROM:+0100
TZOFFSETTO:+0200
DTSTART:19810329T020000
RRULE:FREQ=YEARLY;BYMONTH=3;BYDAY=-1SU
END:DAYLIGHT
BEGIN:STANDARD
TZNAME:CET
TZOFFSETFROM:+0200
TZOFFSETTO:+0100
DTSTART:19961027T030000
RRULE:FREQ=YEARLY;BYMONTH=10;BYDAY=-1SU
END:STANDARD
END:VTIMEZONE`,
	"America/New_York": `
BEGIN:VTIMEZONE
TZID:America/New_York
BEGIN:DAYLIGHT
TZNAME:EDT
TZOFFSETFROM:-0500
TZOFFSETTO:-0400
DTSTART:20070311T020000
RRULE:FREQ=YEARLY;BYMONTH=3;BYDAY=2SU
END:DAYLIGHT
BEGIN:STANDARD
TZNAME:EST
TZOFFSETFROM:-0400
TZOFFSETTO:-0500
DTSTART:20071104T020000
RRULE:FREQ=YEARLY;BYMONTH=11;BYDAY=1SU
END:STANDARD
END:VTIMEZONE`,
	"Asia/Tokyo": `
BEGIN:VTIMEZONE
TZID:Asia/Tokyo
BEGIN:STANDARD
TZNAME:JST
TZOFFSETFROM:+0900
TZOFFSETTO:+0900
DTSTART:19510101T000000
END:STANDARD
END:VTIMEZONE`,
}
