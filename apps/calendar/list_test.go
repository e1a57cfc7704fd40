package calendar

import (
	"fmt"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
)

func TestListsWhatIsOn(t *testing.T) {
	c := start(t, map[string]string{"work.ics": cal(
		ev("UID:1", "SUMMARY:Late", "DTSTART:20261126T170000Z", "DTEND:20261126T180000Z"),
		ev("UID:kickoff@sender.example", "SUMMARY:Early\\, with a comma", "DTSTART;TZID=Europe/Berlin:20261126T080000", "DTEND;TZID=Europe/Berlin:20261126T090000",
			"LOCATION:Room 4.12", "ATTENDEE;CN=Bob:mailto:bob@example.org", "ATTENDEE:MAILTO:eve@example.org"),
		ev("UID:3", "SUMMARY:Holiday", "DTSTART;VALUE=DATE:20261125", "DTEND;VALUE=DATE:20261128"),
		ev("UID:4", "SUMMARY:Floating", "DTSTART:20261126T120000", "DURATION:PT30M"),
		ev("UID:5", "SUMMARY:Next day", "DTSTART:20261127T000000", "DURATION:PT30M"),
		ev("UID:6", "SUMMARY:Overnight", "DTSTART:20261125T230000", "DTEND:20261126T010000"),
		ev("UID:7", "SUMMARY:Ends at midnight", "DTSTART:20261125T230000", "DTEND:20261126T000000"),
		ev("UID:8", "SUMMARY:Called off", "DTSTART:20261126T120000", "STATUS:CANCELLED"),
	)})
	got := c.list("2026-11-26", "2026-11-26")
	require.Empty(t, got.Problems)
	require.Equal(t, []string{
		"2026-11-25 Holiday",
		"2026-11-25T23:00:00+01:00 Overnight",
		"2026-11-26T08:00:00+01:00 Early, with a comma",
		"2026-11-26T12:00:00+01:00 Floating",
		"2026-11-26T18:00:00+01:00 Late",
	}, lines(got.Result))
	holiday, early := got.Result[0], got.Result[2]
	require.True(t, holiday.AllDay)
	require.Equal(t, "2026-11-27", holiday.End, "the last day, not the one after")
	require.Equal(t, "Europe/Berlin", early.Zone)
	require.Equal(t, "2026-11-26T09:00:00+01:00", early.End)
	require.Equal(t, []string{"Bob <bob@example.org>", "eve@example.org"}, early.Attendees)
	require.Equal(t, "Room 4.12", early.Location)
	require.Equal(t, "work", early.Calendar)
	require.NotContains(t, early.ID, "kickoff", "an id is not the sender's UID")
}

func TestRepeatingEvents(t *testing.T) {
	for name, c := range map[string]struct {
		event []string
		from  string
		to    string
		want  []string
	}{
		"nine o'clock stays nine when clocks change": {
			[]string{ev("UID:1", "SUMMARY:S", "DTSTART;TZID=Europe/Berlin:20261023T090000", "DTEND;TZID=Europe/Berlin:20261023T093000", "RRULE:FREQ=DAILY")},
			"2026-10-24", "2026-10-25", []string{"2026-10-24T09:00:00+02:00 S", "2026-10-25T09:00:00+01:00 S"}},
		"a time that clocks skip is counted on": {
			[]string{ev("UID:1", "SUMMARY:S", "DTSTART;TZID=Europe/Berlin:20260328T023000", "RRULE:FREQ=DAILY")},
			"2026-03-29", "2026-03-29", []string{"2026-03-29T03:30:00+02:00 S"}},
		"a time that comes twice is its first": {
			[]string{ev("UID:1", "SUMMARY:S", "DTSTART;TZID=Europe/Berlin:20261024T023000", "RRULE:FREQ=DAILY")},
			"2026-10-25", "2026-10-25", []string{"2026-10-25T02:30:00+02:00 S"}},
		"excluded, in its zone, in UTC and as a day": {
			[]string{ev("UID:1", "SUMMARY:S", "DTSTART;TZID=Europe/Berlin:20261123T090000", "RRULE:FREQ=DAILY;COUNT=6",
				"EXDATE;TZID=Europe/Berlin:20261124T090000", "EXDATE:20261125T080000Z", "EXDATE;VALUE=DATE:20261126")},
			"2026-11-23", "2026-12-24", []string{"2026-11-23T09:00:00+01:00 S", "2026-11-27T09:00:00+01:00 S", "2026-11-28T09:00:00+01:00 S"}},
		"extra dates, and a period": {
			[]string{ev("UID:1", "SUMMARY:S", "DTSTART:20261123T090000Z", "RRULE:FREQ=WEEKLY;COUNT=1",
				"RDATE:20261124T090000Z,20261123T090000Z", "RDATE;VALUE=PERIOD:20261125T090000Z/PT2H")},
			"2026-11-23", "2026-12-24", []string{"2026-11-23T10:00:00+01:00 S", "2026-11-24T10:00:00+01:00 S", "2026-11-25T10:00:00+01:00 S"}},
		"one time moved, one renamed, one called off": {
			[]string{ev("UID:1", "SUMMARY:S", "DTSTART;TZID=Europe/Berlin:20261123T090000", "DTEND;TZID=Europe/Berlin:20261123T093000", "RRULE:FREQ=DAILY;COUNT=4"),
				ev("UID:1", "SUMMARY:Moved", "RECURRENCE-ID:20261124T080000Z", "DTSTART:20261201T080000Z", "DTEND:20261201T090000Z"),
				ev("UID:1", "SUMMARY:Renamed", "RECURRENCE-ID;TZID=Europe/Berlin:20261125T090000", "DTSTART;TZID=Europe/Berlin:20261125T090000"),
				ev("UID:1", "STATUS:CANCELLED", "RECURRENCE-ID;TZID=Europe/Berlin:20261126T090000", "DTSTART;TZID=Europe/Berlin:20261126T090000")},
			"2026-11-23", "2026-12-24", []string{"2026-11-23T09:00:00+01:00 S", "2026-11-25T09:00:00+01:00 Renamed", "2026-12-01T09:00:00+01:00 Moved"}},
		"until is the last instant, in UTC": {
			[]string{ev("UID:1", "SUMMARY:S", "DTSTART;TZID=Europe/Berlin:20261123T090000", "RRULE:FREQ=DAILY;UNTIL=20261124T080000Z")},
			"2026-11-23", "2026-12-24", []string{"2026-11-23T09:00:00+01:00 S", "2026-11-24T09:00:00+01:00 S"}},
		"whole days until an instant, as Google writes": {
			[]string{ev("UID:1", "SUMMARY:S", "DTSTART;VALUE=DATE:20261123", "DTEND;VALUE=DATE:20261124", "RRULE:FREQ=DAILY;UNTIL=20261124T000000Z", "EXDATE;VALUE=DATE:20261123")},
			"2026-11-23", "2026-12-24", []string{"2026-11-24 S"}},
		"a long event that began before": {
			[]string{ev("UID:1", "SUMMARY:S", "DTSTART;VALUE=DATE:20260101", "DTEND;VALUE=DATE:20260111", "RRULE:FREQ=MONTHLY")},
			"2026-11-10", "2026-11-10", []string{"2026-11-01 S"}},
		"a changed time without its series": {
			[]string{ev("UID:1", "SUMMARY:S", "RECURRENCE-ID:20261124T080000Z", "DTSTART:20261124T090000Z")},
			"2026-11-23", "2026-12-24", []string{"2026-11-24T10:00:00+01:00 S"}},
	} {
		t.Run(name, func(t *testing.T) {
			got := start(t, map[string]string{"a.ics": cal(c.event...)}).list(c.from, c.to)
			require.Empty(t, got.Problems)
			require.Equal(t, c.want, lines(got.Result))
			ids := map[string]bool{}
			for _, e := range got.Result {
				require.False(t, ids[e.ID], "two events with one id")
				ids[e.ID] = true
			}
		})
	}
}

const outlook = "\ufeff" + `BEGIN:VCALENDAR
PRODID:-//Microsoft Corporation//Outlook 16.0 MIMEDIR//EN
VERSION:2.0
METHOD:PUBLISH
BEGIN:VTIMEZONE
TZID:Customized Time Zone
BEGIN:STANDARD
DTSTART:16011028T030000
RRULE:FREQ=YEARLY;BYDAY=-1SU;BYMONTH=10
TZOFFSETFROM:+0200
TZOFFSETTO:+0100
END:STANDARD
BEGIN:DAYLIGHT
DTSTART:16010325T020000
RRULE:FREQ=YEARLY;BYDAY=-1SU;BYMONTH=3
TZOFFSETFROM:+0100
TZOFFSETTO:+0200
END:DAYLIGHT
END:VTIMEZONE
BEGIN:VEVENT
CLASS:PUBLIC
UID:040000008200E00074C5B7101A82E0080000000000
SUMMARY;LANGUAGE=de:Gro
 ße Runde
DTSTART;TZID="Customized Time Zone":20260701T140000
DTEND;TZID="Customized Time Zone":20260701T150000
X-MICROSOFT-CDO-BUSYSTATUS:BUSY
BEGIN:VALARM
TRIGGER:-PT15M
ACTION:DISPLAY
DESCRIPTION:Reminder
END:VALARM
END:VEVENT
BEGIN:VEVENT
UID:2
SUMMARY:Windows zone
DTSTART;TZID=W. Europe Standard Time:20260701T160000
DTEND;TZID=W. Europe Standard Time:20260701T170000
END:VEVENT
BEGIN:VEVENT
UID:3
SUMMARY:All day as midnight
DTSTART;TZID="Customized Time Zone":20260701T000000
DTEND;TZID="Customized Time Zone":20260702T000000
X-MICROSOFT-CDO-ALLDAYEVENT:TRUE
END:VEVENT
BEGIN:VEVENT
UID:4
SUMMARY:Only an offset
DTSTART;TZID="(UTC-05:00) Somewhere":20260701T160000
END:VEVENT
END:VCALENDAR
`

func TestOutlookFile(t *testing.T) {
	for name, text := range map[string]string{"lf": outlook, "crlf": crlf(outlook)} {
		t.Run(name, func(t *testing.T) {
			got := start(t, map[string]string{"o.ics": text}).list("2026-07-01", "2026-07-01")
			require.Empty(t, got.Problems)
			require.Equal(t, []string{
				"2026-07-01 All day as midnight",
				"2026-07-01T14:00:00+02:00 Große Runde",
				"2026-07-01T16:00:00+02:00 Windows zone",
				"2026-07-01T16:00:00-05:00 Only an offset",
			}, lines(got.Result))
			require.Equal(t, "Europe/Berlin", got.Result[2].Zone)
		})
	}
}

func TestDamagedCalendarsAreNamedAndTheRestIsServed(t *testing.T) {
	good := ev("UID:1", "SUMMARY:Good", "DTSTART:20261126T100000")
	c := start(t, map[string]string{
		"good.ics":     cal(good),
		"binary.ics":   "\x00\x01\x02 not a calendar",
		"utf16.ics":    "\xff\xfeB\x00E\x00",
		"empty.ics":    "",
		"partly.ics":   cal(ev("UID:2", "SUMMARY:No start"), ev("UID:3", "SUMMARY:Bad start", "DTSTART:soon"), ev("UID:4", "SUMMARY:Fine", "DTSTART:20261126T110000"), ev("UID:5", "SUMMARY:Bad rule", "DTSTART:20261126T110000", "RRULE:FREQ=SOMETIMES")),
		"cut.ics":      "BEGIN:VCALENDAR\n" + strings.ReplaceAll(good, "Good", "Before the cut") + "BEGIN:VEVENT\nUID:9\nSUMMARY:Cut\nDTSTART:20261126T1",
		"nested.ics":   strings.Repeat("BEGIN:X\n", 50),
		"notended.ics": "BEGIN:VCALENDAR\nBEGIN:VEVENT\nUID:a\nSUMMARY:Open\nDTSTART:20261126T120000\n" + strings.ReplaceAll(good, "Good", "After") + "END:VCALENDAR\n",
		"odd.ics":      cal("what is this\n", ev("UID:6", "SUMMARY:Odd", "DTSTART:20261126T130000", "DTSTART;VALUE=DATE", "=;:")),
		"zone.ics":     cal(ev("UID:7", "SUMMARY:Mars", "DTSTART;TZID=Mars/Olympus:20261126T140000")),
		"back.ics":     cal(ev("UID:8", "SUMMARY:Backwards", "DTSTART:20261126T140000Z", "DTEND:20261126T130000Z")),
		"latin1.ics":   cal(ev("UID:9", "SUMMARY:Caf\xe9", "DTSTART:20261126T150000")),
	})
	got := c.list("2026-11-26", "2026-11-26")
	require.Equal(t, []string{
		"2026-11-26T10:00:00+01:00 Before the cut", "2026-11-26T10:00:00+01:00 Good", "2026-11-26T10:00:00+01:00 After",
		"2026-11-26T11:00:00+01:00 Fine", "2026-11-26T13:00:00+01:00 Odd", "2026-11-26T14:00:00+01:00 Mars", "2026-11-26T15:00:00+01:00 Caf\uFFFD",
	}, lines(got.Result))
	said := strings.Join(got.Problems, "\n")
	for _, want := range []string{
		"3 of 12 calendars could not be read", "binary.ics: there is no calendar in it", "nested.ics: parts nested deeper", "utf16.ics: it is UTF-16",
		"3 of 4 events in partly.ics", `"No start": it has no start`, `"Bad start": "soon" is no date`, "SOMETIMES",
		`1 of 2 events in cut.ics could not be read: "Cut": its end is missing`, "cut.ics ends too early",
		`1 of 2 events in notended.ics could not be read: "Open": its end is missing`,
		"odd.ics has 3 lines that are not of a calendar",
		`zone.ics names unknown time zones, which are read as yours: "Mars/Olympus"`,
		`"Backwards": it ends before it begins`,
	} {
		require.Contains(t, said, want)
	}
}

func TestTooManyAreCutAndSaid(t *testing.T) {
	c := start(t, map[string]string{"a.ics": cal(
		ev("UID:1", "SUMMARY:Tick", "DTSTART:20200101T000000Z", "RRULE:FREQ=SECONDLY"),
		ev("UID:2", "SUMMARY:Endless", "DTSTART:19700101T000000Z", "RRULE:FREQ=SECONDLY;COUNT=2000000000"),
		ev("UID:3", "SUMMARY:Never", "DTSTART:20200101T040000Z", "RRULE:FREQ=HOURLY;INTERVAL=24;BYHOUR=5"),
		ev("UID:4", "SUMMARY:Lunch", "DTSTART:20261126T000001Z"),
	)})
	got := c.list("2026-11-26T01:00", "2026-11-27")
	require.LessOrEqual(t, len(got.Result), maxOccurrences)
	require.Greater(t, len(got.Result), 1000)
	require.Contains(t, lines(got.Result[:5]), "2026-11-26T01:00:01+01:00 Lunch", "the earliest are kept, of all events")
	said := strings.Join(got.Problems, "\n")
	require.Contains(t, said, fmt.Sprintf("only the first %d events are here", len(got.Result)))
	require.Contains(t, said, `"Endless" in a.ics repeats too often to be followed`)
}

func TestBadWindows(t *testing.T) {
	c := start(t, nil)
	for _, args := range []map[string]any{
		{"start": "tomorrow"}, {"start": "2026-11-26", "end": "2026-11-25"}, {"end": "26.11.2026"}, {"start": "2026-02-30"},
	} {
		_, failure := try[[]Event](c, "list_events", args)
		require.NotEmpty(t, failure, args)
	}
	require.Empty(t, c.list("2026-11-26", "2026-11-26").Result)
	require.NotNil(t, call[[]Event](c, "list_events", nil).Result, "today, without arguments")
}

func TestFolderOfSingleEvents(t *testing.T) {
	c := start(t, map[string]string{
		"home/ab-1.ics": cal(ev("UID:ab-1", "SUMMARY:One", "DTSTART:20261126T100000")),
		"home/ab-2.ics": cal(ev("UID:ab-2", "SUMMARY:Two", "DTSTART:20261126T110000")),
		".cache/x.ics":  cal(ev("UID:x", "SUMMARY:Hidden", "DTSTART:20261126T110000")),
	})
	got := c.list("2026-11-26", "2026-11-26")
	require.Equal(t, []string{"2026-11-26T10:00:00+01:00 One", "2026-11-26T11:00:00+01:00 Two"}, lines(got.Result))
	require.Equal(t, "home", got.Result[0].Calendar)
}

func TestWindowsZonesExist(t *testing.T) {
	require.Greater(t, len(windowsZones()), 100)
	for name, iana := range windowsZones() {
		require.NotNil(t, knownZone(iana), "%s is not known, for %s", iana, name)
	}
}
