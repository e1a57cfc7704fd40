package render

import (
	"slices"
	"strings"

	"secgpt/tui/safe"
)

// minBeside is the least room that a body has beside its lead on a wide line.
const minBeside = 24

// A row is what belongs on one line if it fits: a lead, such as the name of a
// field, and a body that is wrapped beside it. Line ends in the body are kept.
type row struct {
	bar   bool
	lead  []Run
	body  []Run
	right Run
}

// lines wraps rows to width. Where a row of the group has something at the right,
// no line of the group reaches below it.
func lines(rows []row, width int) []Line {
	right := 0
	for _, r := range rows {
		right = max(right, safe.Width(r.right.Text))
	}
	if right > 0 {
		right += 2
	}
	var out []Line
	for _, r := range rows {
		out = append(out, r.lines(width-right)...)
	}
	return out
}

func (r row) lines(width int) []Line {
	if r.bar {
		width -= barCells
	}
	lead, indent := r.lead, cells(r.lead)
	var out []Line
	if width-indent < min(minBeside, width/2) { // no room beside it
		if lead = trimRight(lead); len(lead) > 0 {
			for _, l := range wrap(lead, width) {
				out = append(out, Line{Bar: r.bar, Runs: l})
			}
		}
		lead, indent = []Run{{Text: "    "}}, 4
		if len(r.body) == 0 {
			lead = nil
		}
	}
	for _, l := range wrap(r.body, width-indent) {
		if len(lead) > 0 {
			l = append(append([]Run{}, lead...), l...)
			lead = []Run{{Text: strings.Repeat(" ", indent)}}
		}
		out = append(out, Line{Bar: r.bar, Runs: l})
	}
	out[0].Right = r.right
	return out
}

// A glyph is a part of a text that must not be broken.
type glyph struct {
	text  string
	cells int
	role  Role
}

// wrap breaks runs into lines of at most width cells, at spaces where there are
// any, else anywhere. It returns one line at least. Spaces at a break are
// dropped; those that begin a line of the text stay.
func wrap(runs []Run, width int) [][]Run {
	w := wrapper{width: max(width, 4), space: -1, indent: true}
	for _, r := range runs {
		for at := 0; at < len(r.Text); {
			if r.Text[at] == '\n' {
				w.end()
				w.indent = true
				at++
				continue
			}
			size, cells := safe.Cell(r.Text[at:])
			w.add(glyph{r.Text[at : at+size], cells, r.Role})
			at += size
		}
	}
	w.end()
	return w.out
}

// A wrapper fills one line after the other.
type wrapper struct {
	width  int
	out    [][]Run
	line   []glyph
	used   int  // cells of line
	space  int  // where in line it can break: its last space, or -1
	indent bool // only spaces so far, and they begin a line of the text
}

func (w *wrapper) add(g glyph) {
	isSpace := g.text == " "
	if isSpace && len(w.line) == 0 && !w.indent {
		return // behind a break
	}
	for w.used+g.cells > w.width && len(w.line) > 0 {
		if isSpace && !w.indent {
			w.end()
			return
		}
		w.breakLine()
	}
	switch {
	case !isSpace:
		w.indent = false
	case !w.indent:
		w.space = len(w.line)
	}
	w.line, w.used = append(w.line, g), w.used+g.cells
}

// end closes the line where it is.
func (w *wrapper) end() {
	w.out = append(w.out, join(w.line))
	w.line, w.used, w.space, w.indent = nil, 0, -1, false
}

// breakLine closes the line at its last space, or where it is if it has none.
func (w *wrapper) breakLine() {
	var rest []glyph
	if w.space > 0 {
		rest = w.line[w.space+1:]
		w.line = w.line[:w.space]
	}
	w.end()
	w.line = rest
	for _, g := range rest {
		w.used += g.cells
	}
}

// trimRight drops the spaces that fill a lead up to its column.
func trimRight(runs []Run) []Run {
	for n := len(runs); n > 0; n-- {
		last := runs[n-1]
		if last.Text = strings.TrimRight(last.Text, " "); last.Text != "" {
			return append(slices.Clone(runs[:n-1]), last)
		}
	}
	return nil
}

// join makes runs of glyphs, without the spaces at the end.
func join(line []glyph) []Run {
	for len(line) > 0 && line[len(line)-1].text == " " {
		line = line[:len(line)-1]
	}
	var out []Run
	var b strings.Builder
	for i, g := range line {
		b.WriteString(g.text)
		if i+1 == len(line) || line[i+1].role != g.role {
			out = append(out, Run{g.role, b.String()})
			b.Reset()
		}
	}
	return out
}

// fit cuts a text to n cells, with … at the end if something was left out. It is
// for columns of our own tables, where the whole text stands elsewhere.
func fit(s string, n int) string {
	if safe.Width(s) <= n {
		return s
	}
	used, at := 0, 0
	for at < len(s) {
		size, w := safe.Cell(s[at:])
		if used+w > n-1 {
			break
		}
		used, at = used+w, at+size
	}
	return s[:at] + "…"
}

// pad fills a text up to n cells.
func pad(s string, n int) string {
	return s + strings.Repeat(" ", max(0, n-safe.Width(s)))
}
