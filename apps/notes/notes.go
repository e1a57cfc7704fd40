// Package notes is the built-in app notes: Markdown files in a folder.
//
// Each *.md file in the granted folder is a note; its title is its first heading, or
// else its first line. It promises never to write over a file, and that no path comes
// from a caller: a note is found by an id that was minted here, and a new one gets a
// name made of the letters and digits of its title.
//
// It runs in a room, and takes the files and its caller for hostile: everything is
// bounded, a note that can't be read is named and the others are served. Start at Run.
package notes

import (
	"context"
	"io"

	"secgpt/apps/builtin"
	"secgpt/apps/builtin/folder"
	"secgpt/apps/builtin/match"
)

// Run serves the app on in and out until in ends or ctx does.
func Run(ctx context.Context, in io.Reader, out io.Writer) error {
	return Server(builtin.New("notes")).Serve(ctx, in, out)
}

// app is what the tools share.
type app struct {
	dir     folder.Folder
	journal *builtin.Journal
	guesses match.Guesses
}

// Server gives s the app's tools. Its folders must be set before.
func Server(s *builtin.Server) *builtin.Server {
	a := &app{dir: folder.Folder(s.Folder), journal: builtin.NewJournal(s.Data)}
	builtin.Add(s, "add", "Write a note", a.add)
	builtin.Add(s, "search", "Search your notes", a.search)
	builtin.Add(s, "delete", "Delete a note", a.delete)
	builtin.AddUndo(s, a.journal, a.current, a.restore)
	return s
}
