package model

import (
	"errors"
	"fmt"
	"strings"
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
	Remote  Kind = "remote"  // the model or the server is not on this computer
	Slow    Kind = "slow"    // a deadline passed
	Cut     Kind = "cut"     // the answer broke off
	Garbage Kind = "garbage" // the server does not speak Ollama's language
	Failed  Kind = "failed"  // the server said that it failed
	Small   Kind = "small"   // the request does not fit the model's context
)

// An Error says why there is no answer and what to do about it, in one line.
type Error struct {
	Kind Kind
	What string // what happened, to what
	Do   string // what to do next
	Err  error  // the cause, if there is one
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
