package model

import (
	"regexp"
	"strings"
	"sync"
)

// A Stream passes an answer's text on while it comes and holds back what may turn
// out to be a plan. All that it passes on, put together, is the text that Split
// finds in the whole answer, less white space at the ends.
type Stream struct {
	onText func(string)
	isTool func(full string) bool
	all    strings.Builder
	passed int  // bytes of all that were passed on
	held   bool // a fence or a statement was seen: the rest waits for End
}

// NewStream returns a Stream that passes text to onText. isTool is as for Split.
func NewStream(onText func(string), isTool func(full string) bool) *Stream {
	return &Stream{onText: onText, isTool: isTool}
}

// Write takes the next piece of the answer.
func (s *Stream) Write(piece string) {
	s.all.WriteString(strings.ReplaceAll(piece, "\r", ""))
	for !s.held && s.passed < s.all.Len() {
		rest := s.all.String()[s.passed:]
		line := rest
		if i := strings.IndexByte(rest, '\n'); i >= 0 {
			line = rest[:i+1]
		}
		if s.passed == 0 || s.all.String()[s.passed-1] == '\n' {
			whole := strings.HasSuffix(line, "\n")
			if s.held = isFence(line) || begins(line); s.held || !whole && undecided(line) {
				return
			}
		}
		s.pass(s.passed + len(line))
	}
}

// pass hands on what comes before end.
func (s *Stream) pass(end int) {
	text := s.all.String()[s.passed:end]
	s.passed = end
	s.onText(text)
}

// End returns the answer's parts as Split does, after passing on what was held
// back and is no plan.
func (s *Stream) End() (text, plan string) {
	all := s.all.String()
	end, plan := split(all, s.isTool)
	if s.passed < end {
		s.pass(end)
	}
	return strings.TrimSpace(all[:end]), plan
}

// half matches a line so far that may still become a statement.
var half = sync.OnceValue(func() *regexp.Regexp {
	return regexp.MustCompile(`^([a-z_]\w*(\.\w*|\[[^\]]*\]?)*\s*(,\s*([a-z_]\w*)?\s*)*(=|\+=?)?|(if|for) .*)$`)
})

// undecided reports whether a line so far may become a fence or a statement.
func undecided(line string) bool {
	return strings.HasPrefix("```", strings.TrimSpace(line)) || half().MatchString(line)
}
