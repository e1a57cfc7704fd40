package isolate

import (
	"fmt"
	"strconv"
	"strings"
	"unicode"
)

// An opError says which operation failed.
type opError struct {
	op  string
	err error
}

func (e *opError) Error() string { return e.op + ": " + e.err.Error() }
func (e *opError) Unwrap() error { return e.err }

// op names an error after what was tried; nil stays nil.
func op(err error, format string, args ...any) error {
	if err == nil {
		return nil
	}
	return &opError{fmt.Sprintf(format, args...), err}
}

// oneLine escapes in a text of paths and names what would begin a new line or steer a
// terminal.
func oneLine(s string) string {
	if strings.IndexFunc(s, func(r rune) bool { return !unicode.IsPrint(r) || r == unicode.ReplacementChar }) < 0 {
		return s
	}
	quoted := strconv.Quote(s)
	return quoted[1 : len(quoted)-1]
}
