package model

import (
	"errors"
	"fmt"
	"io"
	"net"
	"strings"
	"time"
	"unicode"
)

// Kind is why there is no answer.
type Kind string

// The kinds.
const (
	None    Kind = "none"    // the person wants no model
	Spec    Kind = "spec"    // --model or the config names nothing that can be used
	Away    Kind = "away"    // no server answers
	Missing Kind = "missing" // the server does not have the model, or none at all
	Remote  Kind = "remote"  // the model or the server is not where it was said to be
	Slow    Kind = "slow"    // a deadline passed
	Cut     Kind = "cut"     // the answer broke off
	Loop    Kind = "loop"    // the answer repeats itself or has no end, and was stopped
	Garbage Kind = "garbage" // the server does not speak the language it should
	Busy    Kind = "busy"    // the server takes no more requests now
	Key     Kind = "key"     // the server wants a key, or the key can't be had
	Failed  Kind = "failed"  // the server said that it failed
	Small   Kind = "small"   // the request does not fit the model's context
)

// An Error says why there is no answer and what to do about it, in one line.
type Error struct {
	Kind Kind
	What string // what happened, to what
	Do   string // what to do next
	Err  error  // the cause, if there is one

	Unspent bool          // nothing was done for the request: it can be made again, or elsewhere
	After   time.Duration // when to ask again, if the server said so

	loading bool // the server is loading the model
}

func (e *Error) Error() string {
	if e.Do == "" {
		return e.What
	}
	return e.What + ": " + e.Do
}

// Unwrap returns the cause.
func (e *Error) Unwrap() error { return e.Err }

// Is reports whether err is an *Error of this kind.
func Is(err error, k Kind) bool {
	var e *Error
	return errors.As(err, &e) && e.Kind == k
}

func fail(k Kind, do, format string, args ...any) *Error {
	return &Error{Kind: k, What: fmt.Sprintf(format, args...), Do: do}
}

// said makes what a server wrote fit for our own line: short, and nothing in it
// that a terminal would obey.
func said(s string) string {
	s = strings.Join(strings.FieldsFunc(s, func(r rune) bool { return r == ' ' || !unicode.IsPrint(r) }), " ")
	if r := []rune(s); len(r) > maxSaid {
		return string(r[:maxSaid]) + "…"
	}
	return s
}

// maxSaid is how many characters of a server's own error are shown.
const maxSaid = 160

// network reports whether the connection, not the server, ended things.
func network(err error) bool {
	var op *net.OpError
	return errors.As(err, &op) || errors.Is(err, io.ErrUnexpectedEOF) || errors.Is(err, io.EOF)
}

// unreached reports whether no connection was made.
func unreached(err error) bool {
	var dial *net.OpError
	return errors.As(err, &dial) && dial.Op == "dial"
}

// What to do about a model that fails, whatever its server speaks.
const (
	askAgain = "ask again"
	smaller  = "ask again, or take a smaller model with --model"
	shorter  = "ask for something shorter, or take another model with --model"
)

// common explains what can go wrong with any server; nil if it is nothing of that.
func (t *talk) common(name string, err error) *Error {
	switch {
	case errors.Is(err, errSlow) && t.began:
		return fail(Slow, smaller, "%s said nothing for %s", name, t.limit)
	case errors.Is(err, errSlow):
		return fail(Slow, smaller, "%s did not begin to answer within %s", name, t.limit)
	case errors.Is(err, errEndless):
		return fail(Loop, shorter, "%s was still answering after %s and was stopped", name, t.whole)
	case errors.Is(err, errRepeats):
		return fail(Loop, "ask in other words, or take another model with --model", "%s repeats itself and was stopped", name)
	case errors.Is(err, errThinks):
		return fail(Loop, shorter, "%s thought aloud without end and was stopped", name)
	case errors.Is(err, errTooLong) && t.bound > 0:
		return fail(Loop, shorter, "%s answered more than %d bytes and was stopped", name, min(maxText, t.bound*maxTokenBytes))
	case errors.Is(err, errTooLong):
		return fail(Garbage, askAgain, "%s sent more than %d bytes", name, maxBody)
	}
	return nil
}

// broke is an answer that ended too early.
func broke(name string) *Error {
	return fail(Cut, askAgain, "%s broke off in the middle of its answer", name)
}

// unspent marks an error after which nothing was done for the request.
func unspent(e *Error) *Error {
	e.Unspent = true
	return e
}
