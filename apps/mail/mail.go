// Package mail is the built-in mail app: it searches and reads a Maildir, and puts
// what is sent into an outbox of its own.
//
// The Maildir is only read. Every message in it was written by
// somebody else, so each is parsed within bounds, and one that is damaged is named
// and left out, never in the way of the others. Text is handed on as it is, hidden
// characters included: what shows it makes them visible.
//
// A turn of reading goes: maildir.go finds the files, message.go takes one apart,
// html.go makes text of HTML, search.go and read.go answer. send.go stands alone.
package mail

import (
	"context"
	"io"

	"secgpt/apps/builtin"
)

// Run serves the app on in and out until in ends.
func Run(ctx context.Context, in io.Reader, out io.Writer) error {
	return Server(builtin.New("mail")).Serve(ctx, in, out)
}

// app is what the tools share.
type app struct {
	folder string // the person's Maildir
	data   string // the app's own
}

// Server gives s the app's tools. Its folders must be set before.
func Server(s *builtin.Server) *builtin.Server {
	a := &app{folder: s.Folder, data: s.Data}
	builtin.Add(s, "search", "Find mails, newest first", a.search)
	builtin.Add(s, "read", "Read one mail", a.read)
	builtin.Add(s, "attachments", "Get what is attached to a mail, with its content", a.attachments)
	builtin.Add(s, "send", "Send a mail", a.send)
	return s
}

// An Attachment is a part of a message that is not its body. The same object can be
// handed to send.
type Attachment struct {
	Name     string `json:"name" jsonschema:"file name"`
	Type     string `json:"type,omitempty" jsonschema:"media type, such as text/calendar"`
	Size     int    `json:"size,omitempty" jsonschema:"bytes of the whole part"`
	Content  string `json:"content" jsonschema:"its text, or base64 if encoding says so"`
	Encoding string `json:"encoding,omitempty" jsonschema:"empty for text, or base64"`
	Cut      int    `json:"cut,omitempty" jsonschema:"bytes that were left out at the end"`
}

// An AttachmentName is what search and read say of an attachment.
type AttachmentName struct {
	Name string `json:"name"`
	Type string `json:"type"`
}
