// Package contacts is the built-in app contacts: people in local vCard files.
//
// Each *.vcf file in the granted folder holds one card or many, of vCard 3.0 or 4.0. It
// promises that a new card changes no byte of the others, and that ids are minted
// here: a card's UID, which whoever sent the card chose, is none.
//
// It runs in a room, and takes the files and its caller for hostile: everything is
// bounded, a damaged card is named and the others are served. Start at Run; card.go
// reads cards, find.go finds them, add.go writes them.
package contacts

import (
	"context"
	"io"

	"secgpt/apps/builtin"
	"secgpt/apps/builtin/folder"
)

// Run serves the app on in and out until in ends or ctx does.
func Run(ctx context.Context, in io.Reader, out io.Writer) error {
	return Server(builtin.New("contacts")).Serve(ctx, in, out)
}

// app is what the tools share.
type app struct {
	dir     folder.Folder
	journal *builtin.Journal
}

// Server gives s the app's tools. Its folders must be set before.
func Server(s *builtin.Server) *builtin.Server {
	a := &app{dir: folder.Folder(s.Folder), journal: builtin.NewJournal(s.Data)}
	builtin.Add(s, "find", "Find people in your contacts", a.find)
	builtin.Add(s, "add", "Add a person to your contacts", a.add)
	builtin.AddUndo(s, a.journal, a.current, a.restore)
	return s
}
