package cli

import (
	"io"
	"os"
	"sync"
	"unicode/utf8"

	"github.com/charmbracelet/x/term"

	"secgpt/tui/safe"
)

// streams are where a room's output goes: untouched to a file or pipe, escaped to a
// terminal, whose owner the room must reach through us alone.
type streams struct {
	out, err io.Writer
	eyes     []*eyes
}

func openStreams() *streams {
	t := &streams{}
	both := &sync.Mutex{}
	open := func(f *os.File) io.Writer {
		if !term.IsTerminal(f.Fd()) {
			return onlyWriter{f}
		}
		e := &eyes{both: both, out: f}
		t.eyes = append(t.eyes, e)
		return e
	}
	t.out, t.err = open(os.Stdout), open(os.Stderr)
	return t
}

// onlyWriter keeps io.Copy from the shortcuts of os.File: with them, a reader that
// went away is an error instead of the signal that ends programs in a pipeline.
type onlyWriter struct{ io.Writer }

// show copies what the room writes until it writes no more.
func (t *streams) show(from io.Reader) error {
	_, err := io.CopyBuffer(t.out, onlyReader{from}, make([]byte, 64<<10))
	return err
}

// onlyReader is onlyWriter for the other side. A room that was closed meanwhile has
// nothing more to say, which is no error of the copy.
type onlyReader struct{ io.Reader }

func (r onlyReader) Read(p []byte) (int, error) {
	n, err := r.Reader.Read(p)
	if err != nil {
		err = io.EOF
	}
	return n, err
}

// flush shows what was held back, at the end.
func (t *streams) flush() {
	for _, e := range t.eyes {
		e.flush()
	}
}

// eyes shows on a terminal what a room writes, escaped, as it comes: a prompt
// without a line end is seen at once. Only what another byte could still change is
// held back: a rune that is not whole, and a carriage return that may belong to a
// line end. A mark that comes alone, parted from its letter, is spelled.
type eyes struct {
	both *sync.Mutex // one for standard output and error: neither cuts into the other
	out  io.Writer
	held []byte
}

func (e *eyes) Write(p []byte) (int, error) {
	e.both.Lock()
	defer e.both.Unlock()
	text := append(e.held, p...)
	whole := len(text) - unfinished(text)
	e.held = append([]byte(nil), text[whole:]...)
	if _, err := io.WriteString(e.out, safe.Text(string(text[:whole]))); err != nil {
		return 0, err
	}
	return len(p), nil
}

func (e *eyes) flush() {
	e.both.Lock()
	defer e.both.Unlock()
	_, _ = io.WriteString(e.out, safe.Text(string(e.held)))
	e.held = nil
}

// unfinished is how many bytes at the end of text may be part of more.
func unfinished(text []byte) int {
	if n := len(text); n > 0 && text[n-1] == '\r' {
		return 1
	}
	for n := 1; n < utf8.UTFMax && n <= len(text); n++ {
		if tail := text[len(text)-n:]; utf8.RuneStart(tail[0]) {
			if utf8.FullRune(tail) {
				return 0
			}
			return n
		}
	}
	return 0
}
