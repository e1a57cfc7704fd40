// Package calendar is the built-in app calendar: events in local .ics files.
//
// Each *.ics file in the granted folder is a calendar, or one event of a folder that
// is a calendar. It promises to change nothing but the event that a call is about: the
// other bytes of its file stay as they are. Ids are minted here, from the file and the
// UID, which whoever sent the event chose; no path and no UID comes from a caller.
//
// It runs in a room, and takes the files and its caller for hostile: everything is
// bounded, a damaged calendar is named and the others are served. Start at Run; load.go
// reads, expand.go works out times, query.go finds, change.go writes, invitation.go reads
// what others sent.
package calendar

import (
	"context"
	"io"
	"time"

	"secgpt/apps/builtin"
	"secgpt/apps/builtin/folder"
	"secgpt/apps/builtin/match"
)

// Run serves the app on in and out until in ends or ctx does.
func Run(ctx context.Context, in io.Reader, out io.Writer) error {
	return Server(builtin.New("calendar")).Serve(ctx, in, out)
}

// app is what the tools share.
type app struct {
	dir     folder.Folder
	local   *zone
	journal *builtin.Journal
	now     func() time.Time
	guesses match.Guesses
}

// Server gives s the app's tools. Its folders must be set before.
func Server(s *builtin.Server) *builtin.Server {
	a := &app{dir: folder.Folder(s.Folder), local: localZone(), journal: builtin.NewJournal(s.Data), now: s.Now}
	builtin.Add(s, "list_events", "List the events on your calendar", a.listEvents)
	builtin.Add(s, "create_event", "Add an event to your calendar", a.createEvent)
	builtin.Add(s, "update_event", "Change an event on your calendar", a.updateEvent)
	builtin.Add(s, "delete_event", "Delete an event from your calendar", a.deleteEvent)
	builtin.Add(s, "read_invitation", "Read an invitation", a.readInvitation)
	builtin.AddUndo(s, a.journal, a.current, a.restore)
	return s
}
