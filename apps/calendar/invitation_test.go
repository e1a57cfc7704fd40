package calendar

import (
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"secgpt/apps/builtin"
)

const google = `BEGIN:VCALENDAR
PRODID:-//Google Inc//Google Calendar 70.9054//EN
VERSION:2.0
CALSCALE:GREGORIAN
METHOD:REQUEST
BEGIN:VEVENT
DTSTART:20261126T130000Z
DTEND:20261126T140000Z
DTSTAMP:20261101T090000Z
ORGANIZER;CN=Bob:mailto:bob@example.org
UID:7kukuqrfedlm2f9t0vr6n4@google.com
ATTENDEE;CUTYPE=INDIVIDUAL;ROLE=REQ-PARTICIPANT;PARTSTAT=NEEDS-ACTION;RSVP=
 TRUE;CN=me@example.org;X-NUM-GUESTS=0:mailto:me@example.org
ATTENDEE;CN="Doe, Jane":mailto:jane@example.org
DESCRIPTION:Agenda:\n1\; hello\, world
LOCATION:Room 4.12
SUMMARY:Project kickoff
END:VEVENT
END:VCALENDAR
`

func TestReadInvitation(t *testing.T) {
	c := start(t, nil)
	for _, text := range []string{google, crlf(google), "\ufeff" + google} {
		got := call[Invitation](c, "read_invitation", map[string]any{"ics": text})
		require.Empty(t, got.Problems)
		require.Equal(t, Invitation{
			Title: "Project kickoff", Start: "2026-11-26T14:00:00+01:00", End: "2026-11-26T15:00:00+01:00",
			Location: "Room 4.12", Organizer: "Bob <bob@example.org>",
			Attendees:   []string{"me@example.org", "Doe, Jane <jane@example.org>"},
			Description: "Agenda:\n1; hello, world", Method: "REQUEST",
		}, got.Result)
		// What was read can be added as it is.
		made := call[Event](c, "create_event", map[string]any{
			"title": got.Result.Title, "start": got.Result.Start, "end": got.Result.End,
			"location": got.Result.Location, "attendees": got.Result.Attendees,
		}).Result
		require.Equal(t, got.Result.Start, made.Start)
		require.Equal(t, got.Result.Attendees, made.Attendees)
	}
}

func TestInvitationsOfOtherKinds(t *testing.T) {
	c := start(t, nil)
	read := func(text string) builtin.Out[Invitation] {
		return call[Invitation](c, "read_invitation", map[string]any{"ics": text})
	}
	got := read(outlook)
	require.Equal(t, "2026-07-01T14:00:00+02:00", got.Result.Start)
	require.Equal(t, "Customized Time Zone", got.Result.Zone)
	require.Contains(t, got.Problems[0], "3 more events")

	got = read(cal(ev("UID:1", "SUMMARY:One", "DTSTART;VALUE=DATE:20261126"), ev("UID:1", "RECURRENCE-ID;VALUE=DATE:20261127", "DTSTART;VALUE=DATE:20261128")))
	require.True(t, got.Result.AllDay)
	require.Equal(t, "2026-11-26", got.Result.End)
	require.Contains(t, got.Problems[0], "1 more time of this event, which is not shown")
}

func TestHostileInvitations(t *testing.T) {
	c := start(t, nil)
	one := ev("UID:1", "DTSTART:20261126T100000Z")
	for want, text := range map[string]string{
		"the invitation has 262145 bytes": strings.Repeat("x", maxInvitation+1),
		"no calendar in it":               "hello",
		"no event in it":                  cal(),
		"has no start":                    cal(ev("SUMMARY:Nothing")),
		"more than 200 parts":             cal(strings.Repeat(one, 300)),
		"more than 5000 lines":            cal(strings.Repeat("X:1\n", 6000)),
		"nested deeper":                   cal(strings.Repeat("BEGIN:VALARM\n", 20)),
		"a line of":                       cal(ev("DESCRIPTION:" + strings.Repeat(strings.Repeat("x", 70)+"\n ", 1500))),
		"UTF-16":                          "\xff\xfeB\x00",
		"its end is missing":              "BEGIN:VCALENDAR\nBEGIN:VEVENT\nDTSTART:20261126T100000Z",
		"how often":                       cal(ev("DTSTART:20261126T100000Z", "RRULE:X-A=1")),
	} {
		_, failure := parseFor(c, text)
		require.Contains(t, failure, want)
		require.Less(t, len(failure), 300)
		require.NotContains(t, failure, "\n")
	}
}

// parseFor reads an invitation; JSON can't carry what is no UTF-8, so that goes in
// directly.
func parseFor(c *client, text string) (builtin.Out[Invitation], string) {
	if strings.HasPrefix(text, "\xff") {
		_, err := parseInvitation(text, localZone())
		return builtin.Out[Invitation]{}, err.Error()
	}
	return try[Invitation](c, "read_invitation", map[string]any{"ics": text})
}

func FuzzReadInvitation(f *testing.F) {
	for _, s := range []string{google, outlook, crlf(work), "BEGIN:VCALENDAR\nBEGIN:VEVENT\nDTSTART:20261126\nEND:VEVENT"} {
		f.Add(s)
	}
	local := localZone()
	f.Fuzz(func(t *testing.T, text string) {
		out, err := parseInvitation(text, local)
		if err != nil {
			require.NotContains(t, err.Error(), "\n")
			return
		}
		r := out.Result
		form := time.RFC3339
		if r.AllDay {
			form = time.DateOnly
		}
		first, err := time.Parse(form, r.Start)
		require.NoError(t, err)
		last, err := time.Parse(form, r.End)
		require.NoError(t, err)
		require.False(t, last.Before(first))
		require.LessOrEqual(t, len(r.Attendees), maxInvited+1)
		require.LessOrEqual(t, len(r.Description), maxDescription+3)
	})
}
