package isolate

import "fmt"

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
