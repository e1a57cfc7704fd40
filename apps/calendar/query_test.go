package calendar

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"secgpt/apps/builtin"
	"secgpt/apps/builtin/apptest"
)

// at runs the app at noon of Thursday, 26 November 2026, in the zone Europe/Berlin.
func at(t *testing.T, files map[string]string) *client {
	t.Helper()
	t.Setenv("TZ", "Europe/Berlin")
	return &client{apptest.Open(t, "calendar", files, func(s *builtin.Server) *builtin.Server {
		s.Now = func() time.Time { return time.Date(2026, 11, 26, 11, 0, 0, 0, time.UTC) }
		return Server(s)
	})}
}

func (c *client) query(query string) builtin.Out[[]Event] {
	c.T.Helper()
	return call[[]Event](c, "list_events", map[string]any{"query": query})
}

func busy() map[string]string {
	return map[string]string{"a.ics": cal(
		ev("UID:old", "SUMMARY:Dentist", "DTSTART:20260301T080000"),
		ev("UID:past", "SUMMARY:Dentist this morning", "DTSTART:20261126T080000", "DURATION:PT30M"),
		ev("UID:far", "SUMMARY:Dentist", "DTSTART:20280301T080000"),
		ev("UID:dentist", "SUMMARY:Dentist's check-up", "DTSTART:20261215T081500", "LOCATION:Linden Street 4"),
		ev("UID:now", "SUMMARY:Long workshop", "DTSTART:20261126T090000", "DTEND:20261126T170000"),
		ev("UID:lunch", "SUMMARY:Lunch with Alice", "DTSTART:20261127T123000", "ATTENDEE;CN=Bob Keller:mailto:bob@example.org"),
		ev("UID:alice", "SUMMARY:Alice's birthday", "DTSTART;VALUE=DATE:20231202", "RRULE:FREQ=YEARLY"),
		ev("UID:choir", "SUMMARY:Choir", "DTSTART:20261103T193000", "DURATION:PT1H", "RRULE:FREQ=WEEKLY", "LOCATION:Church hall"),
		ev("UID:choir", "SUMMARY:Choir concert", "RECURRENCE-ID:20261208T193000", "DTSTART:20261208T200000", "LOCATION:Old theatre"),
		ev("UID:off", "SUMMARY:Theatre called off", "DTSTART:20261210T193000", "STATUS:CANCELLED"),
		ev("UID:kickoff", "SUMMARY:Kickoff", "DTSTART:20261130T140000", "ORGANIZER;CN=Chidi Obi:mailto:chidi@example.org"),
	)}
}

func TestAQueryFindsWhatComes(t *testing.T) {
	c := at(t, busy())
	for query, want := range map[string][]string{
		"dentist":                           {"2026-12-15T08:15:00+01:00 Dentist's check-up"},
		"my next dentist appointment":       {"2026-12-15T08:15:00+01:00 Dentist's check-up"},
		"dentists at linden street":         {"2026-12-15T08:15:00+01:00 Dentist's check-up"},
		"workshop":                          {"2026-11-26T09:00:00+01:00 Long workshop"},
		"Alice":                             {"2026-11-27T12:30:00+01:00 Lunch with Alice", "2026-12-02 Alice's birthday"},
		"alice's birthday":                  {"2026-12-02 Alice's birthday"},
		"appointments with bob@example.org": {"2026-11-27T12:30:00+01:00 Lunch with Alice"},
		"Chidi":                             {"2026-11-30T14:00:00+01:00 Kickoff"},
		"concert":                           {"2026-12-08T20:00:00+01:00 Choir concert"},
		"theatre":                           {"2026-12-08T20:00:00+01:00 Choir concert"},
		"lunch on Friday":                   {"2026-11-27T12:30:00+01:00 Lunch with Alice"},
		"alice, wednesday":                  {"2026-12-02 Alice's birthday"},
		"penguins":                          {},
	} {
		got := c.query(query)
		require.Equal(t, want, lines(got.Result), query)
		require.Empty(t, got.Problems, query)
	}
	got := c.query("choir")
	require.Equal(t, []string{
		"2026-12-01T19:30:00+01:00 Choir", "2026-12-08T20:00:00+01:00 Choir concert", "2026-12-15T19:30:00+01:00 Choir",
		"2026-12-22T19:30:00+01:00 Choir", "2026-12-29T19:30:00+01:00 Choir",
	}, lines(got.Result))
	require.Equal(t, []string{"later times are not here: give a start and an end for them"}, got.Problems)
}

func TestAQueryInATimeThatIsNamed(t *testing.T) {
	c := at(t, busy())
	for name, x := range map[string]struct {
		args map[string]any
		want []string
	}{
		"a day":            {map[string]any{"query": "alice", "start": "2026-11-27", "end": "2026-11-27"}, []string{"2026-11-27T12:30:00+01:00 Lunch with Alice"}},
		"the day said too": {map[string]any{"query": "lunch on Friday, 27 November", "start": "2026-11-27", "end": "2026-11-27"}, []string{"2026-11-27T12:30:00+01:00 Lunch with Alice"}},
		"only the day":     {map[string]any{"query": "on Friday", "start": "2026-11-27"}, []string{"2026-11-27T12:30:00+01:00 Lunch with Alice"}},
		"until":            {map[string]any{"query": "alice", "end": "2026-11-30"}, []string{"2026-11-27T12:30:00+01:00 Lunch with Alice"}},
		"the past": {map[string]any{"query": "dentist", "start": "2026-01-01"}, []string{
			"2026-03-01T08:00:00+01:00 Dentist", "2026-11-26T08:00:00+01:00 Dentist this morning", "2026-12-15T08:15:00+01:00 Dentist's check-up"}},
		"from a later day": {map[string]any{"query": "alice", "start": "2026-12-01"}, []string{"2026-12-02 Alice's birthday"}},
		"no query":         {map[string]any{"query": " ", "start": "2026-11-30"}, []string{"2026-11-30T14:00:00+01:00 Kickoff"}},
		"all times":        {map[string]any{"query": "choir", "start": "2026-12-01", "end": "2027-02-28"}, nil},
	} {
		got := call[[]Event](c, "list_events", x.args)
		require.Empty(t, got.Problems, name)
		if x.want == nil {
			require.Len(t, got.Result, 13)
			continue
		}
		require.Equal(t, x.want, lines(got.Result), name)
	}
	_, failure := try[[]Event](c, "list_events", map[string]any{"query": strings.Repeat("x", maxQuery+1)})
	require.Contains(t, failure, "too long")
}

// A guess is said, and nothing is changed or deleted by it.
func TestAGuessChangesNothing(t *testing.T) {
	c := at(t, busy())
	guess := c.query("lunch meeting in the garden")
	require.Equal(t, []string{"2026-11-27T12:30:00+01:00 Lunch with Alice"}, lines(guess.Result))
	require.Equal(t, []string{`nothing has all of the words "lunch", "meeting", "garden"; these have the most`}, guess.Problems)
	id, before := guess.Result[0].ID, c.Read("a.ics")
	_, failure := try[Event](c, "delete_event", map[string]any{"id": id})
	require.Contains(t, failure, `the event "Lunch with Alice" was not touched`)
	_, failure = try[Event](c, "update_event", map[string]any{"id": id, "title": "x"})
	require.Contains(t, failure, "was not touched")
	require.Equal(t, before, c.Read("a.ics"))
	for _, sure := range []map[string]any{{"query": "lunch with alice"}, {"start": "2026-11-27"}} {
		c.query("lunch meeting in the garden")
		call[[]Event](c, "list_events", sure)
		_, failure = try[Event](c, "update_event", map[string]any{"id": id, "location": "The garden"})
		require.Empty(t, failure)
	}
	require.Contains(t, c.Read("a.ics"), "The garden")
	require.Len(t, c.query("lunch on Sunday").Problems, 1, "it is on a Friday")
	require.Empty(t, c.query("on Sunday").Result)
	all := c.query("my events")
	require.Contains(t, all.Problems[0], "this is what there is")
	require.Len(t, all.Result, 10)
}

// What repeats without end, and takes all the work there may be, hides nothing that has
// the words.
func TestOthersDoNotHideWhatIsAskedFor(t *testing.T) {
	var events []string
	for i := range 60 {
		events = append(events, ev(fmt.Sprintf("UID:%d", i), "SUMMARY:Tick", "DTSTART:19700101T000000Z", "RRULE:FREQ=SECONDLY;COUNT=2000000000"))
	}
	events = append(events, ev("UID:z", "SUMMARY:Dentist", "DTSTART:20261101T080000", "RRULE:FREQ=YEARLY"))
	got := at(t, map[string]string{"a.ics": cal(events...)}).query("dentist")
	require.Equal(t, []string{"2027-11-01T08:00:00+01:00 Dentist"}, lines(got.Result))
	require.Empty(t, got.Problems)
}
