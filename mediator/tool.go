package mediator

import (
	"fmt"
	"secgpt/mediator/label"
)

// Effect is what a call of a tool changes. The zero value is the strictest.
type Effect uint8

// The effects, strictest first.
const (
	Send  Effect = iota // sends, pays, deletes for good, gives access: can't be taken back
	Write               // a change that can be undone
	Read                // changes nothing
)

var effectNames = [...]string{"send", "write", "read"}

func (e Effect) String() string { return effectNames[e] }

// MarshalText writes an effect as manifests spell it.
func (e Effect) MarshalText() ([]byte, error) { return []byte(e.String()), nil }

// UnmarshalText reads an effect as manifests spell it.
func (e *Effect) UnmarshalText(b []byte) error {
	for i, n := range effectNames {
		if n == string(b) {
			*e = Effect(i)
			return nil
		}
	}
	return fmt.Errorf("effect %q: expected read, write or send", b)
}

// Role is what an argument is for. The zero value is deciding.
type Role uint8

// The roles. Target, Destination, Amount and Credential are deciding, and so is
// the Query of an open tool.
const (
	Target      Role = iota // what is acted upon; also every role nobody named
	Destination             // who or where it goes to
	Amount                  // how much
	Credential              // a key, a password, a code
	Query                   // what is looked for
	Content                 // what is carried
	Option                  // how it is done
	Ref                     // an untouched id from this app's own results, minted by the app
)

var roleNames = [...]string{"target", "destination", "amount", "credential", "query", "content", "option", "ref"}

func (r Role) String() string { return roleNames[r] }

// MarshalText writes a role as manifests spell it.
func (r Role) MarshalText() ([]byte, error) { return []byte(r.String()), nil }

// UnmarshalText reads a role as manifests spell it.
func (r *Role) UnmarshalText(b []byte) error {
	for i, n := range roleNames {
		if n == string(b) {
			*r = Role(i)
			return nil
		}
	}
	return fmt.Errorf("role %q: expected target, destination, amount, credential, query, content, option or ref", b)
}

// A Tool is what the mediator must know of a tool to judge a call of it.
type Tool struct {
	App     label.Source
	Name    string
	About   string // what a call does, in a person's words: "Add an event to your calendar"
	Effect  Effect
	Open    bool            // what enters it can leave the computer
	OneHost bool            // the app reaches at most one host
	Deletes bool            // something is gone afterwards, undoable or not
	Grants  bool            // gives somebody access
	Undo    bool            // the app can take the call back
	Model   bool            // a model on another computer: the person's own words leave too
	People  bool            // a read that tells who a name is: what it finds can be bound to the name
	Roles   map[string]Role // by parameter; a parameter that is missing here is a Target
	Mints   map[string]bool // dotted result fields that the app itself made up: "id"
}

// Deciding reports whether the argument decides what the call does to whom.
func (t Tool) Deciding(param string) bool {
	switch r := t.Roles[param]; r {
	case Target, Destination, Amount, Credential:
		return true
	case Query:
		return t.Open
	default:
		return false
	}
}

// String is the tool's full name, as rules and plans spell it. A model is one tool,
// and has no name besides `model:NAME`.
func (t Tool) String() string {
	if t.Name == "" {
		return string(t.App)
	}
	return string(t.App) + "." + t.Name
}
