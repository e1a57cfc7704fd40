package hub

import (
	"context"
	"time"

	"secgpt/mediator"
	"secgpt/mediator/label"
)

// A Person is whoever sits at the other end: the chat, plain mode or a script.
// Tell is called from one goroutine at a time, in the order of what happened, and
// must not block for long. Ask and Need may block until ctx ends.
type Person interface {
	mediator.Asker
	Tell(Event)
	// Need asks for something missing. The bool is false if nobody answered.
	Need(ctx context.Context, n Need) (Given, bool)
}

// Given is an answer in words. What was pasted (more than one line, or 80 characters) is
// not the person's, as in a request.
type Given struct {
	Text   string
	Pasted bool
}

// Need is a question in words. Choices that came from a value are the app's words.
type Need struct {
	Question string
	Choices  []label.Value
}

// An Event is something that happened in a turn.
type Event interface{ event() }

// The events, in the order in which a turn tells them.
type (
	// Began opens a turn.
	Began struct {
		Turn int
		Text string
		By   string // "intent", "model" or "person": who makes the plan
	}
	// Said is a piece of the planner's plain text, as it streams in. It is a model's
	// words: escape them.
	Said struct{ Text string }
	// Planned is the plan that is about to run.
	Planned struct {
		Source string
		By     string
	}
	// Step is a call that changed its state. The same N replaces the one before.
	Step struct {
		N     int
		Tool  mediator.Tool
		About string // what is asked of it, in short: `from Bob, newest first`
		State StepState
		Took  time.Duration
		Error string
	}
	// Decided is what became of a question, or of a call that was judged without one.
	Decided struct {
		Call     mediator.Call
		Decision mediator.Decision
	}
	// Replied is what the plan shows.
	Replied struct{ Blocks []Block }
	// Noted is something that the person should know, in our words, or in those of
	// the app From.
	Noted struct {
		Text string
		From string
	}
	// Failed is an app, a model or a limit that failed, in our words.
	Failed struct {
		App     string
		Kind    string // "died", "hung", "garbage", "flood", "error", "model", "limit", "plan", "room"
		Message string
		Said    string // what the app itself said, in its words
	}
	// Ended closes a turn.
	Ended struct{ Result Result }
)

func (Began) event()   {}
func (Said) event()    {}
func (Planned) event() {}
func (Step) event()    {}
func (Decided) event() {}
func (Replied) event() {}
func (Noted) event()   {}
func (Failed) event()  {}
func (Ended) event()   {}

// StepState is how far a call is.
type StepState uint8

// The states of a step.
const (
	Working StepState = iota
	Waiting           // for the person
	Done
	Denied
	Broken
	Skipped // in a dry run, which calls nothing that changes something
)

// A Block is one part of an answer: a paragraph, an object or a list.
type Block struct {
	Value label.Value
}

// Result is a turn as scripts see it; `--output json` prints it.
type Result struct {
	Blocks    []Block
	Text      string // the planner's plain text, if it made no plan
	Plan      string
	By        string
	Calls     []CallResult
	Questions int // cards that the person was asked, or would have been
	Decisions int // questions on them: each is answered, judged and recorded alone
	Model     ModelUse
	Errors    []Failed
	Denied    []Denial
	Session   string
	Exit      int
	Took      time.Duration
	Undo      bool // something of this turn can be taken back
}

// CallResult is one call with what was decided.
type CallResult struct {
	Call     mediator.Call
	Decision mediator.Decision
	Took     time.Duration
}

// ModelUse counts what a turn asked of models.
type ModelUse struct {
	Name                       string // of the one that was asked last
	Calls                      int
	PromptTokens, OutputTokens int
	Told, Tools                int           // of how many tools the planner was told, and how many there are
	Took                       time.Duration // of all calls
	Loading                    time.Duration // of that, until a model was in memory
	Plan                       time.Duration // from the request to the plan; 0 if none was made
}

// Denial is a flow that was refused because nobody could be asked.
type Denial struct {
	From   []label.Source
	Tool   mediator.Tool
	Remedy string // the rule that would allow it
	Why    string
	// Unbidden: no word of the request asks for it, so that saying one would do too.
	Unbidden bool
}
