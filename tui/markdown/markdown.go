// Package markdown draws a model's own text: paragraphs, headings, lists, quotes,
// code and tables, wrapped to a width.
//
// The text is escaped before it is parsed, so no byte of it can steer the
// terminal. Links are never emitted: an address stands beside its words. Start
// with Stream, which draws text that is still coming in; blocks.go walks the
// document, inline.go wraps lines.
package markdown

import (
	"strings"

	"github.com/yuin/goldmark"
	"github.com/yuin/goldmark/extension"
	"github.com/yuin/goldmark/parser"
	"github.com/yuin/goldmark/text"

	"secgpt/tui/safe"
)

// maxText bounds one answer; the rest is cut and the cut is said.
const maxText = 256 << 10

// Style colours the parts. Each function gets text without line ends and returns
// it with nothing but colour and weight added; nil leaves it plain.
type Style struct {
	Bold, Italic, Code, Heading, Dim func(string) string
}

// parse is built at first use, to keep it out of the start-up time.
func parse(src []byte) *document {
	p := goldmark.New(goldmark.WithExtensions(extension.Table, extension.Strikethrough), goldmark.WithParserOptions(parser.WithAttribute())).Parser()
	return &document{src: src, root: p.Parse(text.NewReader(src))}
}

// Render draws a whole text. No line is wider than width.
func Render(s string, width int, st Style) []string {
	r := renderer{style: st, width: max(width, 8)}
	r.document(parse([]byte(safe.Text(s))))
	return r.lines
}

// Stream is a text that grows. What can no longer change is drawn once.
type Stream struct {
	text   string
	cut    int // bytes that did not fit
	stable int // text before this is drawn in done
	done   []string
	width  int
}

// Add appends a piece.
func (s *Stream) Add(piece string) {
	if room := maxText - len(s.text); len(piece) > room {
		s.cut += len(piece) - room
		piece = strings.ToValidUTF8(piece[:room], "")
	}
	s.text += piece
}

// Text is what came so far.
func (s *Stream) Text() string { return s.text }

// Cut is how many bytes were left out.
func (s *Stream) Cut() int { return s.cut }

// Restyle forgets what was drawn, for other colours.
func (s *Stream) Restyle() { s.stable, s.done = 0, nil }

// Lines draws the text.
func (s *Stream) Lines(width int, st Style) []string {
	if width != s.width {
		s.Restyle()
		s.width = width
	}
	if n := boundary(s.text, s.stable); n > s.stable {
		s.done = join(s.done, Render(s.text[s.stable:n], width, st))
		s.stable = n
	}
	return join(s.done, Render(s.text[s.stable:], width, st))
}

// join puts a blank line between two drawn parts; it never changes a.
func join(a, b []string) []string {
	switch {
	case len(b) == 0:
		return a
	case len(a) == 0:
		return b
	}
	return append(append(append(make([]string, 0, len(a)+len(b)+1), a...), ""), b...)
}

// boundary returns the last place from which on the text can be drawn alone: after
// a blank line outside of code, before a line that starts a plain paragraph or a
// heading. A text that defines links is drawn as a whole.
func boundary(s string, from int) int {
	if strings.Contains(s, "]:") {
		return from
	}
	best, at, fence := from, from, false
	blank := false
	for at < len(s) {
		end := strings.IndexByte(s[at:], '\n')
		if end < 0 {
			break
		}
		line := s[at : at+end]
		trimmed := strings.TrimSpace(line)
		if blank && !fence && at > from && starts(line) {
			best = at
		}
		if strings.HasPrefix(trimmed, "```") || strings.HasPrefix(trimmed, "~~~") {
			fence = !fence
		}
		blank = trimmed == ""
		at += end + 1
	}
	return best
}

// starts reports that a line begins a block of its own, whatever came before.
func starts(line string) bool {
	if line == "" {
		return false
	}
	c := line[0]
	return c == '#' || c >= 'A' && c <= 'Z' || c >= 'a' && c <= 'z' || c >= 0x80
}
