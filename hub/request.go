package hub

import "secgpt/mediator/label"

// A Request is what a person wants of one turn.
type Request struct {
	// Words is the request in pieces: typed text carries the empty label, a paste
	// of more than one line or 80 characters label.Paste, a file label.File.
	Words []label.Span
	// Endorses is true for keys typed in the chat and for -p. A request from
	// standard input endorses nothing.
	Endorses bool
	// Script is true where the request comes from a script (-p, standard input) and not from
	// a chat: exit code 3 tells it that a model is missing, and no guess is made instead.
	Script bool
	// Plan, if not empty, is a plan that the person wrote; Words is ignored.
	Plan string
	// Name is the plan's file name, for errors; "" if it has none.
	Name string
	// Stdin is data beside -p, or nil.
	Stdin *string
}

// Text is the request as one string.
func (r Request) Text() string {
	s := ""
	for _, w := range r.Words {
		s += w.Text
	}
	return s
}

// Status is what the chat's status line and first screen say. It changes only
// between turns.
type Status struct {
	Profile     string   // "secgpt", "secgpt demo"
	Made        string   // the demo's paragraphs, one a line: "15 mails, 2 calendars, …, made for this demo. Nothing of yours is read."
	Suggestions []string // requests to pick
	Model       string   // "no model", or the model's name
	ModelHint   string   // one line that says how to start a model; "" if there is one
	Apps        int
	Next        string   // a guide's next request: Enter asks it where the draft is empty
	Aside       []string // what a guide says now, a paragraph each; said once
	Rooms       string   // "rooms: all layers", or why there are none
	RoomHint    string   // what to do about that, one copyable line
}

// HasModel reports whether a model was found.
func (s Status) HasModel() bool { return s.Model != noModel && s.Model != "" }

// noModel stands in Status.Model where none was found, or none was looked for yet.
const noModel = "no model"
