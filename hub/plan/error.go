package plan

import (
	"fmt"
	"strings"

	"secgpt/mediator/label"
)

// Kind is what is wrong with a plan.
type Kind uint8

// The kinds. Syntax and Name come from Parse alone.
const (
	Syntax  Kind = 1 + iota // not the language, or not a part of it that is allowed
	Name                    // an app, tool, argument, function or variable that is not there
	Type                    // a value of the wrong kind
	Missing                 // a field, an item or a variable that has no value
	Limit                   // too long, too large, too many: limits.go
	Stopped                 // the context ended
)

func (k Kind) String() string {
	return [...]string{"", "syntax", "name", "type", "missing", "limit", "stopped"}[k]
}

// An Error is an error of the plan itself. It ends the plan.
type Error struct {
	Name      string // the plan's file name; "" if it has none
	Line, Col int    // from 1; 0 if the whole plan is meant
	Kind      Kind
	Msg       string // one sentence; where that can be said, with what to write instead
	// Label has the sources of everything that decided that there is an error, and of
	// the words of the app that Msg may quote.
	Label label.Label
	Err   error // Kind == Stopped: why the context ended
}

func (e *Error) Error() string {
	at := ""
	if e.Line > 0 {
		at = fmt.Sprintf("%d:%d: ", e.Line, e.Col)
		if e.Name != "" {
			at = e.Name + ":" + at
		} else {
			at = "line " + at
		}
	}
	return at + e.Msg
}

// Unwrap gives the reason why the context ended, or nil.
func (e *Error) Unwrap() error { return e.Err }

// A CallError is a call that failed. What depends on it was skipped.
type CallError struct {
	App, Tool string // App is "" for ask, need, reveal and when
	Line      int
	Err       error
}

func (e *CallError) Error() string { return fullName(e.App, e.Tool) + " failed: " + e.Err.Error() }

// Unwrap gives what the host said.
func (e *CallError) Unwrap() error { return e.Err }

// A DeniedError is returned by a Host for a call that was not allowed. What depends
// on its result is skipped, and the plan goes on.
type DeniedError struct {
	App, Tool string
	Reason    string // one sentence for people; may be empty
}

func (e *DeniedError) Error() string {
	s := fullName(e.App, e.Tool) + " was not allowed"
	if e.Reason != "" {
		s += ": " + e.Reason
	}
	return s
}

func fullName(app, tool string) string {
	if app == "" {
		return tool
	}
	return app + "." + tool
}

// nearest returns the name that is most like the one given, or "". Names are short
// and few, so the plain table of edit distances does.
func nearest(name string, names []string) string {
	best, bestD := "", len(name)/3+2
	for _, n := range names {
		if len(n) > 64 || len(name) > 64 {
			continue
		}
		if d := distance(strings.ToLower(name), strings.ToLower(n)); d < bestD {
			best, bestD = n, d
		}
	}
	return best
}

func distance(a, b string) int {
	row := make([]int, len(b)+1)
	for j := range row {
		row[j] = j
	}
	for i := range len(a) {
		diag := row[0]
		row[0] = i + 1
		for j := range len(b) {
			next := min(row[j+1]+1, row[j]+1)
			if a[i] == b[j] {
				next = min(next, diag)
			} else {
				next = min(next, diag+1)
			}
			diag, row[j+1] = row[j+1], next
		}
	}
	return row[len(b)]
}

// didYouMean ends a sentence with a suggestion or, without one, with all there is.
func didYouMean(name string, names []string) string {
	if n := nearest(name, names); n != "" {
		return fmt.Sprintf(": did you mean %s?", n)
	}
	if len(names) == 0 {
		return ""
	}
	more := ""
	if len(names) > 12 {
		names, more = names[:12], ", …"
	}
	return ": there is " + strings.Join(names, ", ") + more
}
