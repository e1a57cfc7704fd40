// Package memory keeps conversations, so that they can be looked up and gone on with.
//
// It promises: a session is a file that is only ever added to, and that nobody else can
// write; what a crash left unfinished is mended and said; a value comes back with every
// source that it had, and never with fewer. What can't be read has a label that no rule
// covers, or is not there at all. Nothing here decides anything: a resumed value is judged
// like one that was never away.
//
// The folder, 0700, is state/secgpt/sessions, and holds, 0600:
//
//	5f0c…e1.jsonl   one session, by its id
//	removed.jsonl   the apps that were removed; see removed.go
//
// A session is JSON lines. The first says what it is, each other what happened:
//
//	{"kind":"session","v":1,"id":"5f0c…e1","at":"2026-11-23T14:02:03Z","sum":"…"}
//	{"kind":"request","n":1,"at":"…","words":[{"t":"what is new","from":[]}],"sum":"…"}
//	{"kind":"turn","n":1,"by":"intent","plan":"…","blocks":[VALUE],"calls":[…],…,
//	 "set":[{"name":"trip","v":VALUE,"taint":[]}],
//	 "state":{"vars":[["trip",341]],"none":[],"revealed":[],"calls":3,"removed":0},"sum":"…"}
//	{"kind":"mended","n":2,"bytes":132,"set":[…],"state":{…},"sum":"…"}
//
// A request stands there before anything of its turn happens, and the turn once all of it
// has. `set` holds the variables that changed, `state` names all that there are, each with
// the place of the line that set it last. So the end of a file is enough to go on, however
// long it is. VALUE is described in value.go.
//
// `sum` is the first half of the SHA-256 of the sum of the line before, and of all of this
// line that stands before `,"sum"`. It finds torn and edited lines, and lines in another
// place; not somebody who can write the file and wants to lie, who could write the rules
// as well.
//
// One process at a time has a session open, under a lock on its file.
//
// Start with Store.New and Session.Add; Store.Resume is the way back.
package memory

import (
	"errors"
	"time"

	"secgpt/mediator/label"
)

// The bounds of what is kept. What does not fit is named; see Session.Add.
const (
	// MaxSessions is how many sessions there can be: years of a busy person, and what a
	// list reads in a moment. A script that runs every minute gets there in a week.
	MaxSessions = 10_000
	// MaxSession bounds one session's file, in bytes: about 100,000 turns.
	MaxSession = 256 << 20
	// MaxValue bounds one variable, argument or block as it is kept, in bytes. What an app
	// can return at once, with its labels, fits.
	MaxValue = 4 << 20
	// MaxLine bounds a line, in bytes: it is held in memory when it is read.
	MaxLine = 16 << 20
)

// A Turn is what is kept of one turn.
type Turn struct {
	N     int
	Began time.Time
	// Ended is false of a turn that a crash cut short: only N, Began, Words and Plan are
	// known, and Plan only if the person wrote it.
	Ended bool
	Took  time.Duration

	Words []label.Span // the request; empty if the person gave a plan
	By    string       // who made the plan: "intent", "model" or "person"
	Plan  string
	Text  string // the planner's plain text

	Blocks    []label.Value
	Calls     []Call
	Asks      []Ask
	Errors    []Failure
	Model     Model
	Questions int
	Decisions int
	Exit      int

	// Past is what the planner may know of this turn later.
	Past []Past
	// Left names what did not fit.
	Left []string
}

// A Call is one call and what was decided over it.
type Call struct {
	N        int
	App      string
	Tool     string
	Args     []Arg
	Allow    bool
	Withheld []string
	By, Why  string
	Took     time.Duration
}

// An Arg is an argument of a call.
type Arg struct {
	Name  string
	Value label.Value
}

// An Ask is what was said between an app's model and its room in one ask, call N.
type Ask struct {
	N     int
	App   string
	Steps []Step
}

// A Step is one piece of it. Who is "rules" or "told", what the room had its model read,
// "model", what that said, or "note", which is ours.
type Step struct {
	Who  string
	Text label.Value
}

// A Failure is an error of a turn. Said is in the words of App.
type Failure struct {
	App, Kind, Message, Said string
}

// Model counts what a turn asked of models.
type Model struct {
	Name         string
	Calls        int
	PromptTokens int
	OutputTokens int
}

// Past is a turn as the planner knows it: words and a plan, never what came back.
type Past struct {
	Words string `json:"words"`
	Plan  string `json:"plan,omitempty"`
}

// A Var is a variable. One that is not Set has no value, and a Taint all the same: that
// it has none may tell something.
type Var struct {
	Name  string
	Value label.Value
	Set   bool
	Taint label.Label
}

// State is what a conversation goes on with.
type State struct {
	Vars     []Var       // by their last assignment, oldest first
	None     label.Label // of names that are no variables any more
	Revealed label.Label // of all that the planner was let see
	Shaped   label.Label // of the apps, not built in, whose words it read
	Calls    int         // the number of the last call
}

// Errors that a person can do something about.
var (
	ErrNone    = errors.New("there is no such session")
	ErrMany    = errors.New("that can be several sessions")
	ErrOpen    = errors.New("the session is open in another secgpt")
	ErrFull    = errors.New("no more is kept")
	ErrDamaged = errors.New("the session's file is damaged")
)
