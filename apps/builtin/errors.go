package builtin

import (
	"fmt"
	"strings"
)

// An Error was written for the person: it says what happened, to what, and what to
// do next. It is shown as it is.
type Error struct{ text string }

func (e *Error) Error() string { return e.text }

// Errorf returns an Error.
func Errorf(format string, args ...any) error {
	return &Error{fmt.Sprintf(format, args...)}
}

// maxNamed bounds how many bad files one sentence names; the count tells of the rest.
const maxNamed = 5

// maxReason bounds, in bytes, what a parser says about one bad file: it quotes the file.
const maxReason = 160

// Bad gathers the files that could not be read, so that the good ones are served and
// the bad ones named. Set What to the plural of what a file holds.
type Bad struct {
	What  string // "messages"
	Total int    // how many files were looked at, the bad ones included

	count int
	named []string
}

// Add names a file that could not be read, and why.
func (b *Bad) Add(file string, err error) {
	b.count++
	if len(b.named) < maxNamed {
		b.named = append(b.named, Cut(file, maxReason)+": "+Cut(err.Error(), maxReason))
	}
}

// Problems is what to put into Out: nothing, or the sentence
// "2 of 17 messages could not be read: cur/123.M1: no header; cur/124.M1: too large".
func (b *Bad) Problems() []string {
	if b.count == 0 {
		return nil
	}
	more := ""
	if n := b.count - len(b.named); n > 0 {
		more = fmt.Sprintf("; and %d more", n)
	}
	return []string{fmt.Sprintf("%d of %d %s could not be read: %s%s",
		b.count, b.Total, b.What, strings.Join(b.named, "; "), more)}
}

// Count is "1 " and one, or n and many: Count(2, "file was", "files were").
func Count(n int, one, many string) string {
	if n == 1 {
		return "1 " + one
	}
	return fmt.Sprintf("%d %s", n, many)
}

// Cut shortens s to at most n bytes, at a rune's end, and marks the cut with "…".
func Cut(s string, n int) string {
	if len(s) <= n {
		return s
	}
	return strings.ToValidUTF8(s[:n], "") + "…"
}
