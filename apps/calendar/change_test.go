package calendar

import (
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"

	"github.com/stretchr/testify/require"

	"secgpt/apps/builtin"
	"secgpt/apps/builtin/apptest"
)

// work is a calendar with all that must survive a change of one event: another
// event, unknown properties, an alarm, a task, odd spelling and folding.
const work = `BEGIN:VCALENDAR
VERSION:2.0
X-WR-CALNAME:Work
BEGIN:VEVENT
UID:other
Summary:Untouched
 , folded	here
DTSTART:20261126T100000Z
X-UNKNOWN;P="a:b;c":1
END:VEVENT
BEGIN:VEVENT
UID:single
SUMMARY:Old title
DTSTART;TZID=Europe/Berlin:20261126T140000
DURATION:PT45M
X-KEEP:me
BEGIN:VALARM
TRIGGER:-PT15M
SUMMARY:Alarm
END:VALARM
END:VEVENT
BEGIN:VEVENT
UID:standup
SUMMARY:Standup
DTSTART;TZID=Europe/Berlin:20261123T090000
DTEND;TZID=Europe/Berlin:20261123T091500
RRULE:FREQ=DAILY
END:VEVENT
BEGIN:VTODO
UID:task
SUMMARY:Task
END:VTODO
END:VCALENDAR
`

// find is the listed event with a title.
func (c *client) find(title, day string) Event {
	c.T.Helper()
	for _, e := range c.list(day, day).Result {
		if e.Title == title {
			return e
		}
	}
	require.Fail(c.T, "not listed", title)
	return Event{}
}

func TestCreateAndUndo(t *testing.T) {
	for name, text := range map[string]string{"lf": work, "crlf": crlf(work)} {
		t.Run(name, func(t *testing.T) {
			c := start(t, map[string]string{"work.ics": text})
			got := call[Event](c, "create_event", map[string]any{
				"title": "Kickoff; really,\nnow", "start": "2026-11-26T14:00", "location": "Room 4.12",
				"attendees": []string{"Bob B <bob@example.org>", "Eve"},
			})
			require.Equal(t, "Kickoff; really,\nnow", got.Result.Title)
			require.Equal(t, "2026-11-26T14:00:00+01:00", got.Result.Start)
			require.Equal(t, "2026-11-26T15:00:00+01:00", got.Result.End, "an hour")
			require.Equal(t, []string{"Bob B <bob@example.org>", "Eve"}, got.Result.Attendees)
			require.Equal(t, got.Result, c.find("Kickoff; really,\nnow", "2026-11-26"))

			after := c.Read("work.ics")
			head, _, _ := strings.Cut(text, "END:VCALENDAR")
			require.True(t, strings.HasPrefix(after, head), "what was there stays byte for byte")
			require.Equal(t, name == "crlf", strings.Contains(after, "\r\n"))
			require.NotContains(t, after, "ORGANIZER")
			info, err := os.Stat(filepath.Join(c.Folder, "work.ics"))
			require.NoError(t, err)
			require.Equal(t, os.FileMode(0o640), info.Mode())

			require.True(t, c.Undo(got.Undo).Done)
			require.Equal(t, text, c.Read("work.ics"))
			require.True(t, c.Undo(got.Undo).Already)
		})
	}
}

func TestCreateChoosesTheCalendar(t *testing.T) {
	args := map[string]any{"title": "New", "start": "2026-11-26", "end": "2026-11-27"}
	for name, c := range map[string]struct {
		files map[string]string
		want  string
	}{
		"personal": {map[string]string{"a.ics": cal(), "personal.ics": cal()}, "personal"},
		"first":    {map[string]string{"b.ics": cal(), "a.ics": "junk", "c.ics": cal()}, "b"},
		"none":     {nil, "personal"},
		"damaged":  {map[string]string{"a.ics": "BEGIN:VCALENDAR\n", "b.ics": cal()}, "b"},
		"empty":    {map[string]string{"a.ics": ""}, "a"},
		"single":   {map[string]string{"home/u1.ics": cal(ev("UID:u1", "DTSTART:20260101T000000Z"))}, "home"},
	} {
		t.Run(name, func(t *testing.T) {
			cl := start(t, c.files)
			got := call[Event](cl, "create_event", args)
			require.Equal(t, c.want, got.Result.Calendar)
			require.True(t, got.Result.AllDay)
			require.Equal(t, []string{"2026-11-26", "2026-11-27"}, []string{got.Result.Start, got.Result.End})
			require.Len(t, cl.list("2026-11-27", "2026-11-27").Result, 1, "the end is its last day")
			require.True(t, cl.Undo(got.Undo).Done)
			require.Empty(t, cl.list("2026-11-26", "2026-11-27").Result)
		})
	}
}

func TestCreateRefuses(t *testing.T) {
	c := start(t, map[string]string{"personal.ics": cal()})
	for want, args := range map[string]map[string]any{
		"needs a title":    {"title": " ", "start": "2026-11-26"},
		"is no date":       {"title": "x", "start": "someday"},
		"both dates":       {"title": "x", "start": "2026-11-26", "end": "2026-11-26T10:00"},
		"ends after":       {"title": "x", "start": "2026-11-26T10:00", "end": "2026-11-26T09:00"},
		"within ten years": {"title": "x", "start": "2026-11-26", "end": "2126-11-26"},
		"too long":         {"title": strings.Repeat("x", 3000), "start": "2026-11-26"},
		"too many":         {"title": "x", "start": "2026-11-26", "attendees": make([]string, 300)},
	} {
		_, failure := try[Event](c, "create_event", args)
		require.Contains(t, failure, want)
	}
	require.Equal(t, cal(), c.Read("personal.ics"))
}

// What is written can't end its line and begin another.
func TestTextsCantBreakOut(t *testing.T) {
	c := start(t, nil)
	evil := "x\r\nEND:VEVENT\nBEGIN:VEVENT\rSUMMARY:y\x00\"; CN=\"z"
	call[Event](c, "create_event", map[string]any{"title": evil, "start": "2026-11-26T10:00", "location": evil, "attendees": []string{evil}})
	got := c.list("2026-11-26", "2026-11-26")
	require.Len(t, got.Result, 1)
	require.Empty(t, got.Problems)
	require.Equal(t, 1, strings.Count(c.Read("personal.ics"), "\r\nBEGIN:VEVENT"))
}

func TestTheSameEventTwice(t *testing.T) {
	c := start(t, nil)
	args := map[string]any{"title": "Twice", "start": "2026-11-26T10:00"}
	a, b := call[Event](c, "create_event", args), call[Event](c, "create_event", args)
	require.NotEqual(t, a.Result.ID, b.Result.ID)
	require.Len(t, c.list("2026-11-26", "2026-11-26").Result, 2)
	// The first is taken back, though the file changed since: it is the event that counts.
	require.True(t, c.Undo(a.Undo).Done)
	require.Equal(t, b.Result.ID, c.find("Twice", "2026-11-26").ID)
}

func TestUpdateKeepsEverythingElse(t *testing.T) {
	c := start(t, map[string]string{"work.ics": crlf(work)})
	id := c.find("Old title", "2026-11-26").ID
	got := call[Event](c, "update_event", map[string]any{"id": id, "title": "New title", "start": "2026-11-27T15:00"})
	require.Equal(t, id, got.Result.ID)
	require.Equal(t, "2026-11-27T15:00:00+01:00", got.Result.Start)
	require.Equal(t, "2026-11-27T15:45:00+01:00", got.Result.End, "as long as before")
	after := c.Read("work.ics")
	require.Contains(t, after, "DTSTART;TZID=Europe/Berlin:20261127T150000\r\n", "the event keeps its zone")
	require.Contains(t, after, "X-KEEP:me\r\nDTEND;TZID=Europe/Berlin:20261127T154500\r\nLAST-MODIFIED:")
	require.Contains(t, after, "SUMMARY:Alarm\r\n")
	require.NotContains(t, after, "DURATION")
	want := strings.Split(crlf(work), "UID:single")
	require.True(t, strings.HasPrefix(after, want[0]))
	_, tail, _ := strings.Cut(want[1], "BEGIN:VALARM")
	require.True(t, strings.HasSuffix(after, tail))
	require.True(t, c.Undo(got.Undo).Done)
	require.Equal(t, crlf(work), c.Read("work.ics"))
}

func TestUpdateTurnsAnEventIntoADayAndBack(t *testing.T) {
	c := start(t, map[string]string{"work.ics": work})
	id := c.find("Old title", "2026-11-26").ID
	day := call[Event](c, "update_event", map[string]any{"id": id, "start": "2026-11-28"}).Result
	require.Equal(t, []any{"2026-11-28", "2026-11-28", true}, []any{day.Start, day.End, day.AllDay})
	timed := call[Event](c, "update_event", map[string]any{"id": id, "start": "2026-11-28T10:00", "end": "2026-11-28T10:20"}).Result
	require.Equal(t, []any{"2026-11-28T10:00:00+01:00", "2026-11-28T10:20:00+01:00", false}, []any{timed.Start, timed.End, timed.AllDay})
}

func TestOneTimeOfASeries(t *testing.T) {
	c := start(t, map[string]string{"work.ics": work})
	id := c.find("Standup", "2026-11-25").ID
	moved := call[Event](c, "update_event", map[string]any{"id": id, "start": "2026-11-25T11:00", "title": "Late standup"})
	require.Equal(t, id, moved.Result.ID)
	require.Equal(t, "2026-11-25T11:15:00+01:00", moved.Result.End)
	again := call[Event](c, "update_event", map[string]any{"id": id, "location": "Kitchen"})
	require.Equal(t, "Kitchen", again.Result.Location)
	require.Equal(t, []string{"2026-11-24T09:00:00+01:00 Standup", "2026-11-25T11:00:00+01:00 Late standup"},
		lines(c.list("2026-11-24", "2026-11-25").Result))

	gone := call[Event](c, "delete_event", map[string]any{"id": id})
	require.Equal(t, "Late standup", gone.Result.Title)
	require.Empty(t, c.list("2026-11-25", "2026-11-25").Result)
	require.Len(t, c.list("2026-11-24", "2026-11-24").Result, 1)
	_, failure := try[Event](c, "delete_event", map[string]any{"id": id})
	require.Contains(t, failure, "list the events again")

	for _, undo := range []string{gone.Undo, again.Undo, moved.Undo} {
		require.True(t, c.Undo(undo).Done)
	}
	require.Equal(t, work, c.Read("work.ics"))
}

func TestDeleteAWholeSeries(t *testing.T) {
	c := start(t, map[string]string{"work.ics": work})
	id := c.find("Standup", "2026-11-25").ID
	call[Event](c, "update_event", map[string]any{"id": id, "title": "Other"})
	before := c.Read("work.ics")
	gone := call[Event](c, "delete_event", map[string]any{"id": id, "series": true})
	require.Empty(t, c.list("2026-11-24", "2026-11-25").Result)
	require.NotContains(t, c.Read("work.ics"), "standup")
	require.True(t, c.Undo(gone.Undo).Done)
	require.Equal(t, before, c.Read("work.ics"))
}

func TestDeleteTheFileOfASingleEvent(t *testing.T) {
	text := cal(ev("UID:u1", "SUMMARY:One", "DTSTART:20261126T100000"))
	c := start(t, map[string]string{"home/u1.ics": text})
	gone := call[Event](c, "delete_event", map[string]any{"id": c.find("One", "2026-11-26").ID})
	require.NoFileExists(t, filepath.Join(c.Folder, "home/u1.ics"))
	require.True(t, c.Undo(gone.Undo).Done)
	require.Equal(t, text, c.Read("home/u1.ics"))
}

func TestUndoOfAnEventThatChangedSinceAsks(t *testing.T) {
	c := start(t, map[string]string{"work.ics": work})
	id := c.find("Old title", "2026-11-26").ID
	first := call[Event](c, "update_event", map[string]any{"id": id, "title": "Second"})
	call[Event](c, "update_event", map[string]any{"id": id, "title": "Third"})
	u := c.Undo(first.Undo)
	require.True(t, u.Changed)
	require.Contains(t, u.Now, "Third")
	require.Contains(t, u.Before, "Old title")
	require.Equal(t, "Third", c.find("Third", "2026-11-26").Title)
	u = call[builtin.Undone](c, "undo", map[string]any{"token": first.Undo, "force": true}).Result
	require.True(t, u.Done)
	require.Equal(t, work, c.Read("work.ics"))
}

func TestForeignIDsAreNotThere(t *testing.T) {
	c := start(t, map[string]string{"work.ics": work, "nouid.ics": cal(ev("SUMMARY:No uid", "DTSTART:20261126T100000"))})
	standup := c.find("Standup", "2026-11-25").ID
	for _, id := range []string{"", "single", "standup", "../work.ics", "e0000000000000000", standup + "x", standup[:17], standup[:17] + "-20261125T090001"} {
		_, failure := try[Event](c, "delete_event", map[string]any{"id": id})
		require.Contains(t, failure, "no event has the id", id)
	}
	_, failure := try[Event](c, "delete_event", map[string]any{"id": c.find("No uid", "2026-11-26").ID})
	require.Contains(t, failure, "no UID")
	_, failure = try[Event](c, "update_event", map[string]any{"id": standup})
	require.Contains(t, failure, "nothing to change")
	require.Equal(t, work, c.Read("work.ics"))
}

func TestChangesSideBySideAllArrive(t *testing.T) {
	c := start(t, nil)
	var all sync.WaitGroup
	for range 20 {
		all.Go(func() {
			_, failure := try[Event](c, "create_event", map[string]any{"title": "One of many", "start": "2026-11-26T10:00"})
			if failure != "" {
				t.Error(failure)
			}
		})
	}
	all.Wait()
	require.Len(t, c.list("2026-11-26", "2026-11-26").Result, 20)
}

func TestAFolderForReadingOnly(t *testing.T) {
	if !apptest.OrdinaryUser(t) {
		return
	}
	c := start(t, map[string]string{"work.ics": work})
	id := c.find("Old title", "2026-11-26").ID
	require.NoError(t, os.Chmod(c.Folder, 0o500))
	t.Cleanup(func() { _ = os.Chmod(c.Folder, 0o700) })
	_, failure := try[Event](c, "delete_event", map[string]any{"id": id})
	require.Contains(t, failure, "reading only")
}
