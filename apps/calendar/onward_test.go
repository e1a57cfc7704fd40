package calendar

import (
	"testing"

	"github.com/stretchr/testify/require"
)

// moved is a daily series of which 26 November and all that follows was moved by an
// hour. We show the first of these moved and say that we don't follow the rest.
func moved() string {
	return cal(
		ev("UID:u", "SUMMARY:Standup", "DTSTART;TZID=Europe/Berlin:20261123T090000", "DTEND;TZID=Europe/Berlin:20261123T091500", "RRULE:FREQ=DAILY;COUNT=6"),
		ev("UID:u", "SUMMARY:Late standup", "RECURRENCE-ID;RANGE=THISANDFUTURE;TZID=Europe/Berlin:20261126T090000",
			"DTSTART;TZID=Europe/Berlin:20261126T100000", "DTEND;TZID=Europe/Berlin:20261126T101500"),
	)
}

func TestAChangeOfAllLaterTimesIsSaid(t *testing.T) {
	c := start(t, map[string]string{"work.ics": moved()})
	got := c.list("2026-11-23", "2026-11-27")
	require.Equal(t, []string{
		"2026-11-23T09:00:00+01:00 Standup", "2026-11-24T09:00:00+01:00 Standup", "2026-11-25T09:00:00+01:00 Standup",
		"2026-11-26T10:00:00+01:00 Late standup", "2026-11-27T09:00:00+01:00 Standup",
	}, lines(got.Result))
	require.Equal(t, []string{`"Late standup" was changed for 2026-11-26T09:00:00+01:00 and all later times (RANGE=THISANDFUTURE), which is not followed: only that one time is shown as changed`}, got.Problems)
	require.Empty(t, c.list("2026-11-23", "2026-11-25").Problems, "before the change all is well")
	require.NotEmpty(t, c.list("2026-11-28", "2026-11-28").Problems)
}

func TestNoTimeIsChangedAloneAfterAChangeOfAllLaterOnes(t *testing.T) {
	c := start(t, map[string]string{"work.ics": moved()})
	for title, day := range map[string]string{"Late standup": "2026-11-26", "Standup": "2026-11-27"} {
		id := c.find(title, day).ID
		for tool, args := range map[string]map[string]any{"update_event": {"id": id, "title": "New"}, "delete_event": {"id": id}} {
			_, failure := try[Event](c, tool, args)
			require.Contains(t, failure, "none of these can be changed alone here", tool)
		}
	}
	require.Equal(t, moved(), c.Read("work.ics"))

	before := call[Event](c, "update_event", map[string]any{"id": c.find("Standup", "2026-11-25").ID, "title": "Last early one"})
	require.Equal(t, "Last early one", before.Result.Title)
	require.True(t, c.Undo(before.Undo).Done)
	call[Event](c, "delete_event", map[string]any{"id": c.find("Late standup", "2026-11-26").ID, "series": true})
	require.Empty(t, c.list("2026-11-23", "2026-11-30").Result)
}

func TestAnInvitationToAllLaterTimesSaysSo(t *testing.T) {
	c := start(t, nil)
	got := call[Invitation](c, "read_invitation", map[string]any{"ics": cal(
		ev("UID:u", "SUMMARY:Late standup", "RECURRENCE-ID;RANGE=THISANDFUTURE:20261126T080000Z", "DTSTART:20261126T090000Z"))})
	require.Equal(t, []string{"the invitation changes this time of an event that repeats and all later ones; only this one is shown"}, got.Problems)
}
