// Package draft is the text that a person is writing: several lines, a cursor,
// pastes as chips, a history.
//
// It promises that what was typed and what was pasted never mix. A long paste is
// one chip that can be stepped over or deleted, never edited, so a word of it
// can't pass for a word that the person typed. Start with Insert and Paste; lines.go
// draws, history.go remembers.
package draft

import (
	"slices"
	"strconv"
	"strings"
	"unicode/utf8"

	"github.com/charmbracelet/x/ansi"

	"secgpt/mediator/label"
	"secgpt/tui/safe"
)

// Limits of one draft: a request is words for a planner, and a plan at most
// 1 MiB; beyond them a key does nothing and Paste reports false.
const (
	maxCells = 64 << 10
	maxPaste = 1 << 20
	maxChips = 64
)

// typedPaste is how long a paste of one line may be to count as typed.
const typedPaste = 80

// A cell is what the cursor steps over: one character as people count them, a
// newline, or a chip.
type cell struct {
	text string
	chip bool
}

// Draft is a text being written. The zero Draft is empty and ready.
type Draft struct {
	cells  []cell
	cur    int
	past   [][]cell
	at     int    // where in past the person is looking; len(past) is their own draft
	own    []cell // their own draft meanwhile
	search *search
}

// Empty reports whether nothing is written.
func (d *Draft) Empty() bool { return len(d.cells) == 0 }

// Insert puts typed text at the cursor.
func (d *Draft) Insert(s string) {
	d.leaveSearch()
	s = strings.ReplaceAll(s, "\r", "\n")
	// A combining mark typed after its letter belongs to the same cell.
	if d.cur > 0 && !d.cells[d.cur-1].chip && d.cells[d.cur-1].text != "\n" {
		if g, _ := ansi.FirstGraphemeCluster(d.cells[d.cur-1].text+s, ansi.GraphemeWidth); len(g) > len(d.cells[d.cur-1].text) {
			s = d.cells[d.cur-1].text + s
			d.Backspace()
		}
	}
	var in []cell
	for len(s) > 0 && len(d.cells)+len(in) < maxCells {
		g, _ := ansi.FirstGraphemeCluster(s, ansi.GraphemeWidth)
		if g == "" {
			_, n := utf8.DecodeRuneInString(s)
			g = s[:n]
		}
		in = append(in, cell{text: g})
		s = s[len(g):]
	}
	d.put(in...)
}

// Paste puts a paste at the cursor: as typed text if it is one line of at most 80
// visible characters, as a chip otherwise. It reports false if there is no room.
func (d *Draft) Paste(s string) bool {
	d.leaveSearch()
	s = strings.NewReplacer("\r\n", "\n", "\r", "\n").Replace(s)
	if s == "" {
		return true
	}
	if utf8.RuneCountInString(s) <= typedPaste && !strings.Contains(s, "\n") && plain(s) {
		d.Insert(s)
		return true
	}
	chips := 0
	for _, c := range d.cells {
		if c.chip {
			chips++
		}
	}
	if len(s) > maxPaste || chips >= maxChips || len(d.cells) >= maxCells {
		return false
	}
	d.put(cell{text: s, chip: true})
	return true
}

// plain reports that nothing in s is hidden: what a person can't see they did not
// choose, so a short paste that hides something is a chip too.
func plain(s string) bool { return !strings.Contains(safe.Line(s), "⟨") }

func (d *Draft) put(in ...cell) {
	d.at = len(d.past)
	out := make([]cell, 0, len(d.cells)+len(in))
	out = append(append(append(out, d.cells[:d.cur]...), in...), d.cells[d.cur:]...)
	d.cells, d.cur = out, d.cur+len(in)
}

// Backspace deletes what is before the cursor.
func (d *Draft) Backspace() { d.cut(d.cur-1, d.cur) }

// Delete deletes what is after the cursor.
func (d *Draft) Delete() { d.cut(d.cur, d.cur+1) }

// KillWord deletes the word before the cursor.
func (d *Draft) KillWord() { d.cut(d.wordLeft(), d.cur) }

// KillStart deletes the line up to the cursor.
func (d *Draft) KillStart() { d.cut(d.lineStart(), d.cur) }

// KillEnd deletes the line from the cursor on.
func (d *Draft) KillEnd() { d.cut(d.cur, d.lineEnd()) }

func (d *Draft) cut(from, to int) {
	from, to = max(from, 0), min(to, len(d.cells))
	if from >= to {
		return
	}
	d.cells = append(append([]cell{}, d.cells[:from]...), d.cells[to:]...)
	d.cur = from
}

// Left moves the cursor back by one character, newline or chip.
func (d *Draft) Left() { d.cur = max(0, d.cur-1) }

// Right moves it on by one.
func (d *Draft) Right() { d.cur = min(len(d.cells), d.cur+1) }

// WordLeft moves the cursor to the beginning of the word before it.
func (d *Draft) WordLeft() { d.cur = d.wordLeft() }

// WordRight moves it to the end of the word after it.
func (d *Draft) WordRight() { d.cur = d.wordRight() }

// Home moves the cursor to the beginning of its line.
func (d *Draft) Home() { d.cur = d.lineStart() }

// End moves it to the end.
func (d *Draft) End() { d.cur = d.lineEnd() }

func (d *Draft) wordLeft() int {
	i := d.cur
	for i > 0 && d.cells[i-1].space() {
		i--
	}
	for i > 0 && !d.cells[i-1].space() {
		i--
	}
	return i
}

func (d *Draft) wordRight() int {
	i := d.cur
	for i < len(d.cells) && d.cells[i].space() {
		i++
	}
	for i < len(d.cells) && !d.cells[i].space() {
		i++
	}
	return i
}

func (d *Draft) lineStart() int {
	i := d.cur
	for i > 0 && d.cells[i-1].text != "\n" {
		i--
	}
	return i
}

func (d *Draft) lineEnd() int {
	i := d.cur
	for i < len(d.cells) && d.cells[i].text != "\n" {
		i++
	}
	return i
}

func (c cell) space() bool { return !c.chip && strings.TrimSpace(c.text) == "" }

// Clear empties the draft; the history stays.
func (d *Draft) Clear() { d.cells, d.cur, d.at, d.search = nil, 0, len(d.past), nil }

// Text returns the text with every chip written out.
func (d *Draft) Text() string {
	var b strings.Builder
	for _, c := range d.cells {
		b.WriteString(c.text)
	}
	return b.String()
}

// Words returns the draft in pieces as a request carries them: typed text is the
// person's, each chip is a paste.
func (d *Draft) Words() []label.Span { return words(d.cells) }

func words(cells []cell) []label.Span {
	var spans []label.Span
	typed := false
	for _, c := range cells {
		switch {
		case c.chip:
			spans = append(spans, label.Span{Text: c.text, Label: label.Of(label.Paste)})
		case typed:
			spans[len(spans)-1].Text += c.text
		default:
			spans = append(spans, label.Span{Text: c.text, Label: label.Person()})
		}
		typed = !c.chip
	}
	return spans
}

// Pasted reports whether a paste that is not the person's own words is in the draft.
func (d *Draft) Pasted() bool {
	return slices.ContainsFunc(d.cells, func(c cell) bool { return c.chip })
}

// chipName is what stands for a paste: `[paste 3 lines]`.
func chipName(s string) string {
	if n := strings.Count(strings.TrimRight(s, "\n"), "\n") + 1; n > 1 {
		return "[paste " + strconv.Itoa(n) + " lines]"
	}
	return "[paste " + strconv.Itoa(utf8.RuneCountInString(s)) + " characters]"
}

// Of returns a draft that reads as these words, to draw what was asked.
func Of(words []label.Span) Draft {
	d := Draft{}
	for _, w := range words {
		if w.Label.Has(label.Paste) {
			d.put(cell{text: w.Text, chip: true})
		} else {
			d.Insert(w.Text)
		}
	}
	return d
}
