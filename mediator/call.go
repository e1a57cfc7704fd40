package mediator

import (
	"context"
	"slices"
	"time"

	"secgpt/mediator/label"
)

// A Call is one call of one tool that somebody wants to make.
type Call struct {
	N        int // its number in the session, from 1
	Tool     Tool
	Args     []Arg
	Control  label.Label     // of the branches and loops it stands in; joined into each argument already
	Required map[string]bool // parameters that the tool can't do without
	Planned  bool            // a plan of this turn or a `may` of it names the tool
	Unasked  bool            // a model wants it, not a plan: what no rule answers is refused, with no question
	Unbidden bool            // a plan of a model's names it, and no word of the person's asks for it
	Chain    []string        // the calls its data came through, oldest first: "mail.search"
}

// An Arg is one argument of a call.
type Arg struct {
	Name  string
	Value label.Value
}

// A Reason is why a call needs an answer. A call without any goes.
type Reason struct {
	Kind ReasonKind
	Arg  string         // the argument it is about; "" if it is the whole call
	From []label.Source // whose data it is
}

// ReasonKind is one of the reasons.
type ReasonKind uint8

// The reasons, as DESIGN.md numbers them.
const (
	Deciding ReasonKind = 1 + iota // a deciding argument is not the person's
	Planner                        // a deciding literal was written next to app words
	Foreign                        // another app's data enters a call that changes or leaves
	Sends                          // it sends, and not everything in it is the person's
	Stopped                        // an earlier change of this plan did not happen; no rule answers this
	Leaves                         // the person's own words would go to a model on another computer
	Unbidden                       // it changes something, and no word of the person's asks for it
)

func (k ReasonKind) String() string {
	return [...]string{"", "deciding", "planner", "foreign", "send", "stopped", "leaves", "unbidden"}[k]
}

// A Question is what a person is asked about one call: one decision. Everything in
// it was computed by the mediator from the decoded call; what is shown is what runs.
type Question struct {
	Call    Call
	Reasons []Reason
	Args    []Shown        // deciding ones first
	From    []label.Source // whose data would go in; empty: only the person's
	Leaves  bool           // something would leave this computer
	Undo    bool           // it can be taken back
	Scopes  []Scope        // the answers offered, besides no
	Rule    string         // the rule that would answer it: "allow mail -> notes.add"
	Pins    []string       // the arguments that the rule holds to the values they have here
	Binds   []Bound        // what a yes puts on the list of names
	Digest  [32]byte       // of the call as shown
	Of      int            // how many decisions are known to come, all on this card included
}

// Offers reports whether an answer is one of the question's.
func (q Question) Offers(s Scope) bool { return slices.Contains(q.Scopes, s) }

// A Bound is a name that the person typed and the value that stands for it from
// then on.
type Bound struct{ Name, Value string }

// A Shown is an argument as the question shows it.
type Shown struct {
	Arg
	Deciding     bool
	NotInWords   bool     // it decides and is not in the person's words
	Unsaid       bool     // it decides nothing, is nobody's data, and not in the person's words
	Withholdable bool     // the target takes other fields too and can do without this one
	Notes        []string // "looks like an account number", "holds hidden characters"
}

// Scope is how long an answer holds.
type Scope uint8

// The scopes. No is the zero value.
const (
	No Scope = iota
	Once
	Task
	Session
	Always
	Never
)

func (s Scope) String() string {
	return [...]string{"no", "once", "task", "session", "always", "never"}[s]
}

// An Answer is what the person said to one question. The zero Answer is no.
type Answer struct {
	Scope    Scope
	Withhold []string          // arguments to leave out
	Edit     map[string]string // arguments to replace by the person's own text
	Digest   [32]byte          // of the question that was on the screen
	By       string            // "person"; "nobody" where nobody could be asked
}

// An Asker puts a card to the person: the questions of one plan that are known
// together, in the plan's order. It returns an answer for each, from the first on.
// What is missing at the end was not answered and is asked anew, as it then stands;
// so it can stop after a no. No answer at all is no to everything: nobody can be
// asked, or ctx ended.
type Asker interface {
	Ask(ctx context.Context, card []Question) []Answer
}

// A Decision is what became of a call. The zero Decision is no.
type Decision struct {
	Allow      bool
	By         string // "person", "rule 3", "default", "nobody"
	Scope      Scope  // how long, if a person just said so
	Unrecorded bool   // the record can't be written, and Why says so
	Dry        bool   // nothing spoke against it but that this is a dry run
	Why        string // one sentence for people
	Reasons    []Reason
	Withheld   []string
	From       []label.Source // whose data would go in
	Args       []Arg          // what may be sent: the call's, less what was withheld or edited
	Digest     [32]byte       // of the call as it may leave
	Bytes      []byte         // Args as the JSON object that leaves, and no other bytes
	Remedy     string         // the rule that would allow it, where one could
	Entry      int64          // its line in the record
	At         time.Time

	shown *[32]byte // what the person approved
}
