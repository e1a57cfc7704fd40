package ics

import (
	"strings"
	"unicode/utf8"
)

// scanner walks over logical lines: a line and the folded ones that continue it.
// Lines end with CRLF or LF; empty ones are skipped.
type scanner struct {
	text string
	at   int // after the logical line

	start int    // where the logical line begins
	line  string // unfolded, without its line end
}

func (s *scanner) next() bool {
	for s.at < len(s.text) {
		s.start = s.at
		s.line = s.physical()
		if s.folded() {
			s.unfold()
		}
		if strings.TrimSpace(s.line) != "" {
			return true
		}
	}
	return false
}

func (s *scanner) folded() bool {
	return s.at < len(s.text) && (s.text[s.at] == ' ' || s.text[s.at] == '\t')
}

func (s *scanner) unfold() {
	var b strings.Builder
	b.WriteString(s.line)
	for s.folded() {
		b.WriteString(s.physical()[1:])
	}
	s.line = b.String()
}

func (s *scanner) physical() string {
	rest := s.text[s.at:]
	n := strings.IndexByte(rest, '\n')
	if n < 0 {
		s.at = len(s.text)
		return strings.TrimSuffix(rest, "\r")
	}
	s.at += n + 1
	return strings.TrimSuffix(rest[:n], "\r")
}

// foldAt is how many bytes a physical line may have, its line end left out.
const foldAt = 75

// Fold writes a logical line as physical ones, each ended by eol. It never cuts a
// rune.
func Fold(line, eol string) string {
	var b strings.Builder
	room := foldAt
	for len(line) > room {
		cut := room
		for cut > 1 && !utf8.RuneStart(line[cut]) {
			cut--
		}
		b.WriteString(line[:cut] + eol + " ")
		line, room = line[cut:], foldAt-1
	}
	b.WriteString(line + eol)
	return b.String()
}
