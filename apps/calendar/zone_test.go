package calendar

import (
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"secgpt/apps/builtin/ics"
)

// A zone that only its file knows, on the other side of the world: three and a half
// hours behind, with summer from October.
const farZone = `BEGIN:VCALENDAR
BEGIN:VTIMEZONE
TZID:Far Away
BEGIN:STANDARD
DTSTART:20000401T030000
RRULE:FREQ=YEARLY;BYMONTH=4;BYDAY=1SU
TZOFFSETFROM:-0230
TZOFFSETTO:-0330
END:STANDARD
BEGIN:DAYLIGHT
DTSTART:20001001T020000
RRULE:FREQ=YEARLY;BYMONTH=10;BYDAY=1SU;UNTIL=20261231T000000Z
TZOFFSETFROM:-0330
TZOFFSETTO:-0230
END:DAYLIGHT
END:VTIMEZONE
END:VCALENDAR
`

func farAway(t *testing.T) *zone {
	roots, err := ics.Parse(farZone, fileLimits)
	require.NoError(t, err)
	z := newZones(newAtlas(localZone()), roots)
	got := z.find("Far Away")
	require.Empty(t, z.unknown)
	return got
}

func TestZoneOfTheFileItself(t *testing.T) {
	z := farAway(t)
	for wall, want := range map[string]string{
		"2026-07-01T12:00:00": "2026-07-01T12:00:00-03:30",
		"2026-12-01T12:00:00": "2026-12-01T12:00:00-02:30",
		"2026-04-05T02:59:59": "2026-04-05T02:59:59-02:30", // the first Sunday of April
		"2026-04-05T03:00:00": "2026-04-05T03:00:00-03:30",
		"2028-12-01T12:00:00": "2028-12-01T12:00:00-03:30", // summer was given up
		"1990-01-01T00:00:00": "1990-01-01T00:00:00-02:30", // before all rules
	} {
		w, err := time.Parse("2006-01-02T15:04:05", wall)
		require.NoError(t, err)
		at := z.instant(w)
		require.Equal(t, want, at.Format(time.RFC3339))
		require.True(t, z.wall(at).Equal(w), "and back: %v", z.wall(at))
	}
}

// A zone whose rules cost much is given up, in bounded time.
func TestHostileZoneEnds(t *testing.T) {
	part := "BEGIN:STANDARD\nDTSTART:00010101T000000\nRRULE:FREQ=YEARLY;COUNT=99999;BYDAY=MO\nTZOFFSETFROM:+0100\nTZOFFSETTO:+0200\nEND:STANDARD\n"
	roots, err := ics.Parse("BEGIN:VCALENDAR\nBEGIN:VTIMEZONE\nTZID:X\n"+strings.Repeat(part, 300)+"END:VTIMEZONE\nEND:VCALENDAR\n", fileLimits)
	require.NoError(t, err)
	a := newAtlas(localZone())
	z := newZones(a, roots).find("X")
	for year := range 2000 {
		z.instant(time.Date(year, 1, 1, 0, 0, 0, 0, time.UTC))
	}
	require.Negative(t, a.steps, "not as costly as it should be")
	require.Greater(t, a.steps, -100_000)
}

func TestZoneNames(t *testing.T) {
	for name, want := range map[string]string{
		"Europe/Berlin": "Europe/Berlin",
		"/freeassociation.sourceforge.net/Europe/Berlin": "Europe/Berlin",
		"/mozilla.org/20050126_1/America/New_York":       "America/New_York",
		"America/Argentina/Buenos_Aires":                 "America/Argentina/Buenos_Aires",
		"w. europe standard time":                        "Europe/Berlin",
		"Pacific Standard Time":                          "America/Los_Angeles",
		"CET":                                            "CET",
		"UTC":                                            "",
	} {
		got := knownZone(name)
		require.NotNil(t, got, name)
		require.Equal(t, want, got.name)
	}
	for _, name := range []string{"", "Local", "Mars/Olympus", "../../etc/passwd", "/etc/passwd", strings.Repeat("a/", 1000)} {
		require.Nil(t, knownZone(name), name)
	}
}

// Wall clock and instant fit each other around every change of a year.
func TestInstantAndWallAgree(t *testing.T) {
	loc, err := time.LoadLocation("Europe/Berlin")
	require.NoError(t, err)
	for _, z := range []*zone{{loc: loc}, farAway(t), utc} {
		for at := time.Date(2026, 1, 1, 0, 0, 0, 0, time.UTC); at.Year() == 2026; at = at.Add(30 * time.Minute) {
			back := z.instant(z.wall(at))
			if !back.Equal(at) { // only the second of two equal clock times reads as the first
				require.Equal(t, time.Hour, at.Sub(back), "%v", at)
			}
		}
	}
}

func TestMoments(t *testing.T) {
	t.Setenv("TZ", "America/New_York")
	local := localZone()
	for s, want := range map[string]string{
		"2026-11-26":                "2026-11-26",
		"2026-11-26T14:00":          "2026-11-26T14:00:00-05:00",
		"2026-07-26 14:00:30":       "2026-07-26T14:00:30-04:00",
		"2026-11-26T14:00:00+01:00": "2026-11-26T13:00:00Z",
		" 2026-11-26T14:00Z ":       "2026-11-26T14:00:00Z",
	} {
		got, err := parseMoment("start", s, local)
		require.NoError(t, err)
		require.Equal(t, want, got.text())
	}
	from, to, err := parseWindow("", "", false, time.Date(2026, 11, 24, 3, 0, 0, 0, time.UTC), local)
	require.NoError(t, err)
	require.Equal(t, "2026-11-23T00:00:00-05:00", from.Format(time.RFC3339), "it is still yesterday there")
	require.Equal(t, "2026-11-24T00:00:00-05:00", to.Format(time.RFC3339))
	from, to, err = parseWindow("2026-11-24T10:00", "", false, time.Time{}, local)
	require.NoError(t, err)
	require.Equal(t, 14*time.Hour, to.Sub(from), "until midnight")
}

func TestDurations(t *testing.T) {
	for s, want := range map[string]length{
		"PT45M": {exact: 45 * time.Minute}, "P1D": {days: 1}, "P1W": {days: 7}, "+P1DT12H30M5S": {1, 12*time.Hour + 30*time.Minute + 5*time.Second},
	} {
		got, err := parseDuration(s)
		require.NoError(t, err)
		require.Equal(t, want, got)
	}
	for _, s := range []string{"", "P", "PT", "1D", "P1H", "PT1D", "-P1D", "P99999999999D", "PT9999999999H", "P9999D", "P1"} {
		l, err := parseDuration(s)
		require.True(t, err != nil || l == length{}, s)
	}
}
