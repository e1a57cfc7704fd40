package model

import (
	"errors"
	"strings"
)

// The bounds of an answer, for a server that keeps none.
const (
	// maxText bounds an answer in bytes, whatever the server counts as a token.
	maxText = 256 << 10
	// maxTokenBytes is more than a token has on average: an answer with more bytes for
	// each token that it may have did not stop where it was told to.
	maxTokenBytes = 32
	// maxThoughts bounds what a model thinks aloud before it answers, in bytes.
	maxThoughts = 1 << 20
)

// What a model that repeats itself does: the same block, of this many bytes or more,
// this many times in a row. Tables and lists of people repeat less.
const (
	minBlock = 40
	maxBlock = 1024
	maxTimes = 8
)

var (
	errTooLong = errors.New("too long")
	errRepeats = errors.New("it repeats itself")
	errThinks  = errors.New("it only thinks")
)

// answer gathers the pieces of one. Thoughts are no part of it.
type answer struct {
	Answer
	onText      func(string)
	bound       int // tokens that were asked for at most
	text        strings.Builder
	thoughts    int // bytes
	looked      int // bytes of text that were looked through for repetition
	thinker     thinker
	began, done bool
}

// say takes the next piece of the text.
func (a *answer) say(piece string) error {
	piece, thought := a.thinker.part(piece)
	if err := a.think(thought); err != nil {
		return err
	}
	return a.keep(piece)
}

func (a *answer) keep(piece string) error {
	if piece == "" {
		return nil
	}
	if a.text.Len()+len(piece) > min(maxText, a.bound*maxTokenBytes) {
		return errTooLong
	}
	a.text.WriteString(piece)
	if a.onText != nil {
		a.onText(piece)
	}
	if a.text.Len()-a.looked >= minBlock {
		a.looked = a.text.Len()
		if repeats(a.text.String()) {
			return errRepeats
		}
	}
	return nil
}

// think counts what is thought aloud.
func (a *answer) think(bytes int) error {
	if a.thoughts += bytes; a.thoughts > min(maxThoughts, a.bound*maxTokenBytes) {
		return errThinks
	}
	return nil
}

// finish closes the answer.
func (a *answer) finish() {
	_ = a.keep(a.thinker.rest()) // a few bytes that turned out to be no mark
	a.Text = a.text.String()
}

// repeats reports whether a text ends with one block over and over.
func repeats(s string) bool {
	for n := minBlock; n <= maxBlock && n*maxTimes <= len(s); n++ {
		tail := s[len(s)-n*maxTimes:]
		if tail[:len(tail)-n] == tail[n:] {
			return true
		}
	}
	return false
}

// The marks between which some models think aloud, at the start of their answer,
// where their server does not take it apart.
const (
	thinkBegins = "<think>"
	thinkEnds   = "</think>"
	// maxUnsure is how many bytes of white space may stand before one.
	maxUnsure = 256
)

// thinker takes thoughts out of a stream. Only what stands first is one: a text may
// speak of the marks.
type thinker struct {
	held  string // bytes that may be a mark, or part of one
	state thinking
}

type thinking uint8

const (
	unsure thinking = iota // nothing but space came
	aloud
	after // between a thought and the answer
	over
)

// part returns what of a piece belongs to the answer, and how many bytes are thought.
func (t *thinker) part(piece string) (text string, thought int) {
	if t.state == over {
		return piece, 0
	}
	s := t.held + piece
	t.held = ""
	if t.state == unsure {
		began := strings.TrimLeft(s, " \r\n\t")
		switch {
		case strings.HasPrefix(began, thinkBegins):
			s, t.state = began[len(thinkBegins):], aloud
		case len(s) <= maxUnsure && strings.HasPrefix(thinkBegins, began):
			t.held = s
			return "", 0
		default:
			t.state = over
			return s, 0
		}
	}
	if t.state == aloud {
		at := strings.Index(s, thinkEnds)
		if at < 0 {
			keep := min(len(s), len(thinkEnds)-1)
			t.held = s[len(s)-keep:]
			return "", len(s) - keep
		}
		s, thought, t.state = s[at+len(thinkEnds):], at, after
	}
	if s = strings.TrimLeft(s, " \r\n\t"); s != "" {
		t.state = over
	}
	return s, thought
}

// rest is what was held and is no mark, once the answer is over.
func (t *thinker) rest() string {
	if t.state != unsure {
		return ""
	}
	s := t.held
	t.held, t.state = "", over
	return s
}
