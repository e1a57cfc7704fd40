package pipe

import (
	"errors"
	"fmt"
	"io"
	"os"
)

// A terminal reads lines from a terminal, one at a time and never ahead: what was
// not asked for stays in the terminal, where it can be thrown away.
type terminal struct {
	in    *os.File
	out   io.Writer
	fd    int
	owned bool // close closes in
}

// errNoTerminal is returned for files that are no terminal.
var errNoTerminal = errors.New("it is no terminal")

func (t *terminal) close() {
	if t.owned {
		_ = t.in.Close()
	}
}

func (t *terminal) printf(format string, args ...any) { fmt.Fprintf(t.out, format, args...) }
