package markdown

import (
	"strings"

	"github.com/yuin/goldmark/ast"

	"secgpt/tui/safe"
)

// Kinds of text, as bits.
const (
	bold = 1 << iota
	italic
	code
	heading
	dim
)

// span is text of one kind; a line end in it breaks the line.
type span struct {
	text string
	kind int
}

// inlines flattens what stands inside a block.
func (r *renderer) inlines(n ast.Node, kind int) []span {
	var out []span
	for c := n.FirstChild(); c != nil; c = c.NextSibling() {
		switch c := c.(type) {
		case *ast.Text:
			s := string(c.Segment.Value(r.src))
			if !c.IsRaw() {
				s = unescape(s)
			}
			out = append(out, span{s, kind})
			if c.HardLineBreak() {
				out = append(out, span{"\n", kind})
			} else if c.SoftLineBreak() {
				out = append(out, span{" ", kind})
			}
		case *ast.String:
			out = append(out, span{string(c.Value), kind})
		case *ast.Emphasis:
			k := italic
			if c.Level > 1 {
				k = bold
			}
			out = append(out, r.inlines(c, kind|k)...)
		case *ast.CodeSpan:
			out = append(out, r.inlines(c, kind|code)...)
		case *ast.Link:
			out = append(out, r.inlines(c, kind)...)
			out = append(out, address(c.Destination))
		case *ast.Image:
			out = append(out, r.inlines(c, kind)...)
			out = append(out, address(c.Destination))
		case *ast.AutoLink:
			out = append(out, span{string(c.URL(r.src)), kind})
		case *ast.RawHTML:
			for i := range c.Segments.Len() {
				seg := c.Segments.At(i)
				out = append(out, span{string(seg.Value(r.src)), kind})
			}
		default:
			out = append(out, r.inlines(c, kind)...)
		}
	}
	return out
}

func address(to []byte) span { return span{" (" + string(to) + ")", dim} }

// unescape takes the backslash from an escaped sign, as Markdown has it.
func unescape(s string) string {
	if !strings.Contains(s, `\`) {
		return s
	}
	var b strings.Builder
	for i := 0; i < len(s); i++ {
		if s[i] == '\\' && i+1 < len(s) && strings.IndexByte("!\"#$%&'()*+,-./:;<=>?@[\\]^_`{|}~", s[i+1]) >= 0 {
			i++
		}
		b.WriteByte(s[i])
	}
	return b.String()
}

// wrap breaks spans into lines at spaces. The text was escaped before it was
// parsed, and references such as &#27; are left as they were written.
func (r *renderer) wrap(spans []span) {
	var line strings.Builder
	room := r.room()
	used := 0
	flush := func() {
		r.put(line.String())
		line.Reset()
		used = 0
	}
	gap, before := false, 0
	for _, s := range spans {
		for _, word := range split(s.text) {
			switch word {
			case "\n":
				flush()
				gap = false
				continue
			case " ":
				gap = used > 0
				continue
			}
			for i, part := range chop(word, room) {
				w := safe.Width(part)
				need := w
				if gap && i == 0 {
					need++
				}
				if used > 0 && used+need > room {
					flush()
					gap = false
				}
				if gap && i == 0 {
					line.WriteString(r.paint(" ", s.kind&before&^code))
					used++
				}
				line.WriteString(r.paint(part, s.kind))
				used += w
			}
			gap, before = false, s.kind
		}
	}
	if used > 0 || r.first != "" {
		flush()
	}
}

// split cuts text into words, single spaces and line ends.
func split(s string) []string {
	var out []string
	for s != "" {
		i := strings.IndexAny(s, " \n")
		switch {
		case i < 0:
			return append(out, s)
		case i > 0:
			out = append(out, s[:i])
		}
		if s[i] == '\n' {
			out = append(out, "\n")
		} else {
			out = append(out, " ")
		}
		s = s[i+1:]
	}
	return out
}

// chop cuts text, safe already, into parts of at most width columns.
func chop(s string, width int) []string {
	var out []string
	from, at, used := 0, 0, 0
	for at < len(s) {
		size, cells := safe.Cell(s[at:])
		if used+cells > width && at > from {
			out = append(out, s[from:at])
			from, used = at, 0
		}
		at += size
		used += cells
	}
	return append(out, s[from:])
}

func plain(spans []span) string {
	var b strings.Builder
	for _, s := range spans {
		b.WriteString(s.text)
	}
	return strings.ReplaceAll(b.String(), "\n", " ")
}

func (r *renderer) paint(s string, kind int) string {
	for _, p := range []struct {
		bit int
		f   func(string) string
	}{{code, r.style.Code}, {italic, r.style.Italic}, {bold, r.style.Bold}, {heading, r.style.Heading}, {dim, r.style.Dim}} {
		if kind&p.bit != 0 && p.f != nil && s != "" {
			s = p.f(s)
		}
	}
	return s
}

// Wrap lays out plain text that safe has made: no marks are read, line ends stay.
func Wrap(s string, width int) []string {
	r := renderer{width: width}
	for l := range strings.SplitSeq(s, "\n") {
		n := len(r.lines)
		if r.wrap([]span{{text: l}}); len(r.lines) == n {
			r.lines = append(r.lines, "")
		}
	}
	return r.lines
}
