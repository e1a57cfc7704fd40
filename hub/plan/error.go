package plan

import (
	"errors"
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
	// Absent is the tool, APP.TOOL as the plan calls it, that nothing installed has; "" if
	// that is not what is wrong.
	Absent string
	// Missing is what the person has to say for a call to be made, "recipient"; "" if that is
	// not what is wrong. For is the tool.
	Missing, For string
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
	// Label has the sources of all that decided that the call failed: of what went into it
	// and, where its result was empty, of what made the plan take something from that.
	Label label.Label
	// Call is the number of the call whose whole result was empty; 0 if it failed otherwise.
	Call int
}

func (e *CallError) Error() string { return fullName(e.App, e.Tool) + " failed: " + e.Err.Error() }

// Unwrap gives what the host said.
func (e *CallError) Unwrap() error { return e.Err }

// Ours reports whether the call did what was asked and the plan could not go on from what
// came of it. Its host, which tells of all other failures, knows nothing of that.
func (e *CallError) Ours() bool { return errors.As(e.Err, new(ownError)) }

// ownError is a reason of the interpreter's own, in words behind the name of a call.
type ownError string

func (e ownError) Error() string { return string(e) }

// ErrNothing is why a plan can't go on that takes the first of what a tool did not find.
const ErrNothing = ownError("it found nothing")

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

// Nearest returns the name that is most like the one given, or "". Names are short
// and few, so the plain table of edit distances does.
func Nearest(name string, names []string) string {
	best, bestD := "", len(name)/3+1
	for _, n := range names {
		if len(n) > 64 || len(name) > 64 {
			continue
		}
		if d := unlike(name, n); d < bestD {
			best, bestD = n, d
		}
	}
	return best
}

// same reports whether two names differ only in how they are written: create_event,
// createEvent.
func same(a, b string) bool { return a == b || bare(a) == bare(b) && bare(a) != "" }

func bare(name string) string {
	return strings.ToLower(strings.NewReplacer("_", "", "-", "").Replace(name))
}

// unlike is how far apart two names are. One that begins with the other is near.
func unlike(name, n string) int {
	a, b := bare(name), bare(n)
	if len(a) >= 3 && len(b) >= 3 && (strings.HasPrefix(a, b) || strings.HasPrefix(b, a)) {
		return min(1, distance(a, b))
	}
	return distance(a, b)
}

// distance counts the letters to put in, take out, change or swap with the next.
func distance(a, b string) int {
	before, row := make([]int, len(b)+1), make([]int, len(b)+1)
	for j := range row {
		row[j] = j
	}
	for i := range len(a) {
		now := make([]int, len(b)+1)
		now[0] = i + 1
		for j := range len(b) {
			now[j+1] = min(row[j+1]+1, now[j]+1, row[j]+btoi(a[i] != b[j]))
			if i > 0 && j > 0 && a[i] == b[j-1] && a[i-1] == b[j] {
				now[j+1] = min(now[j+1], before[j-1]+1)
			}
		}
		before, row = row, now
	}
	return row[len(b)]
}

// maxNamed bounds the names that one sentence lists.
const maxNamed = 12

// didYouMean ends a sentence with all there is, the likeliest first.
func didYouMean(name string, names []string) string {
	n := Nearest(name, names)
	switch {
	case n != "" && len(names) == 1:
		return fmt.Sprintf(": did you mean %s?", n)
	case n != "":
		return fmt.Sprintf(": did you mean %s? There is %s", n, listed(names))
	case len(names) == 0:
		return ""
	}
	return ": there is " + listed(names)
}

func listed(names []string) string {
	more := ""
	if len(names) > maxNamed {
		names, more = names[:maxNamed], ", …"
	}
	return strings.Join(names, ", ") + more
}
