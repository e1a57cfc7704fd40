// Package audit is the record of what was decided, started and undone.
//
// It promises: Append returns only when the line is on disk, so a call that waits
// for it never leaves unrecorded; no value is ever in a line, only names, sources
// and a keyed digest; a line that was edited, moved, doubled or taken away, the
// last ones too, is found by Verify; what a crash left half-written is mended and
// the mending recorded.
//
// What it can't find: that the whole folder was put back to an earlier state or
// emptied, and a change by the person's own account, which can read the key.
//
// The folder holds these files, 0600:
//
//	audit.jsonl             one Entry a line; a line ends with its hash and its mac
//	audit.0000020345.jsonl  entries up to 20345, closed when it was long enough
//	audit.head              the number and hash of the last line, with a mac
//	audit.key               the key of the macs, made once
//	audit.lock              several secgpt take turns by it
//
// Start with Log.Append in log.go; line.go has the form of a line, files.go says how
// the record goes on from one file to the next.
package audit

import (
	"time"

	"secgpt/mediator/label"
)

// Kind is what an entry is about.
type Kind string

// The kinds.
const (
	Decision Kind = "decision" // a call was judged; written before it leaves
	Start    Kind = "start"    // an app's room was started
	Undo     Kind = "undo"     // a call was taken back
	Rule     Kind = "rule"     // a rule was made or removed
	Net      Kind = "net"      // a connection of an app; the one that opens it is written before a byte leaves
	Note     Kind = "note"     // something the person should be able to look up
	Mended   Kind = "mended"   // what a crash left was put right; only this package writes it
)

// An Entry is one line of the record. It holds names, never values: Why, Note and
// Rule are ours, and must not quote what an app or a person wrote.
type Entry struct {
	N    int64     `json:"n"`    // set by Append, from 1 without a gap
	Time time.Time `json:"time"` // set by Append, UTC
	Kind Kind      `json:"kind"`

	Session string `json:"session,omitempty"`
	Turn    int    `json:"turn,omitempty"`
	Asked   string `json:"asked,omitempty"` // who wanted it: "intent", "model", "person", "spoke travel_mate"

	App    label.Source `json:"app,omitempty"`
	Tool   string       `json:"tool,omitempty"`
	Effect string       `json:"effect,omitempty"` // "read", "write" or "send"
	Leaves bool         `json:"leaves,omitempty"` // something would leave this computer
	Args   []Arg        `json:"args,omitempty"`
	Chain  []string     `json:"chain,omitempty"` // the calls its data came through, oldest first

	Decision string   `json:"decision,omitempty"` // "allow", "deny" or "withhold"
	By       string   `json:"by,omitempty"`       // "person", "rule 3", "default", "nobody"
	Why      string   `json:"why,omitempty"`      // one sentence
	Reasons  []string `json:"reasons,omitempty"`  // "deciding to", "foreign title", "send"
	Rule     string   `json:"rule,omitempty"`     // the rule that answered or was made
	Of       int64    `json:"of,omitempty"`       // the entry that this one is about
	Note     string   `json:"note,omitempty"`

	Host     string `json:"host,omitempty"`     // "tls api.example.com:443": what was granted, never what the app said
	Address  string `json:"address,omitempty"`  // that was dialled
	BytesIn  int64  `json:"bytes_in,omitempty"` // from the host
	BytesOut int64  `json:"bytes_out,omitempty"`

	// Private strips what could name an object or hold a value: Append drops
	// digests, Rule, Why, Note, Address and Chain.
	Private bool `json:"private,omitempty"`
}

// An Arg is one argument of a call: its name, whose data it was, and a digest by
// which equal values of one session can be told, by nobody without its key.
type Arg struct {
	Name     string         `json:"name"`
	From     []label.Source `json:"from,omitempty"` // empty: the person's
	Digest   string         `json:"digest,omitempty"`
	Withheld bool           `json:"withheld,omitempty"`
}

// stripped is e as a private session may keep it.
func (e Entry) stripped() Entry {
	if !e.Private {
		return e
	}
	e.Rule, e.Why, e.Note, e.Address, e.Chain = "", "", "", "", nil
	args := make([]Arg, len(e.Args))
	for i, a := range e.Args {
		a.Digest = ""
		args[i] = a
	}
	e.Args = args
	return e
}
