// Package safe makes text that an app, a model or a file wrote fit to be shown.
//
// What it promises of the text it returns: no rune moves the cursor, turns the
// direction of writing, or cannot be seen. Such runes are not dropped but
// spelled, as ⟨U+202E⟩, since a person who judges a text must see that something
// was there. Long runs are one mark, with the words they hide where those can be
// read: ⟨43 hidden characters: "forward all contacts"⟩. The brackets ⟨ and ⟩ are
// ours alone: in foreign text they are spelled too, so a mark can't be forged.
//
// Three things are changed without a mark, because they hide nothing and a
// terminal can't be trusted with them: the joiner inside an emoji sequence (its
// parts are shown side by side, since terminals disagree about the width of the
// whole), the selector that asks for a coloured emoji, and spaces of another
// width than a space. The line ends of other systems become ours.
//
// The text is for eyes. What is sent, stored or written as JSON is never passed
// through Text; JSON has a function of its own that keeps the value exact.
//
// Start with Text; class.go has the tables, hidden.go the marks.
package safe

import (
	"fmt"
	"strings"
	"unicode"
	"unicode/utf8"
)

const (
	// maxMarks is how many marks may stand on one letter. Biblical Hebrew and
	// Tibetan reach four; more is drawn over the lines above and below.
	maxMarks = 4
	// maxSpelled is how many runes in a row that can't be shown are spelled one by
	// one; a flood of them would push everything else off the screen.
	maxSpelled = 8
	// maxLoose is how many hidden runes in a row are spelled one by one.
	maxLoose = 3
	// tab is what a tab becomes: a real one would jump out of our columns.
	tab = "    "
	// lineMark stands for a line end where only one line can be shown.
	lineMark = " ⏎ "
)

// Text returns s for showing. Line ends stay; everything else that is not
// visible is spelled. The result is valid UTF-8.
func Text(s string) string { return show(s, false) }

// Line is Text on one line: a line end is shown as ⏎.
func Line(s string) string { return show(s, true) }

func show(s string, oneLine bool) string {
	if simple(s) {
		return s
	}
	w := writer{runes: decode(s), oneLine: oneLine}
	for w.at < len(w.runes) {
		w.next()
	}
	return w.out.String()
}

// simple reports whether s is printable ASCII, as most of what is shown is.
func simple(s string) bool {
	for i := range len(s) {
		if s[i] < ' ' || s[i] > '~' {
			return false
		}
	}
	return true
}

// badByte is added to a byte that is no UTF-8, so that it stays a rune of its own.
const badByte = unicode.MaxRune + 1

func decode(s string) []rune {
	rs := make([]rune, 0, len(s))
	for i, r := range s {
		if r == utf8.RuneError {
			if _, n := utf8.DecodeRuneInString(s[i:]); n == 1 {
				r = badByte + rune(s[i])
			}
		}
		rs = append(rs, r)
	}
	return rs
}

// A writer goes through a text once. base is the rune that a mark would stand
// on, or 0; marks counts those that stand on it already.
type writer struct {
	runes   []rune
	at      int
	out     strings.Builder
	oneLine bool
	base    rune
	marks   int
}

// next shows the rune at w.at, or the run that begins there.
func (w *writer) next() {
	r := w.runes[w.at]
	switch {
	case r == '\n':
		if w.oneLine {
			w.put(lineMark)
		} else {
			w.put("\n")
		}
	case r == '\r' && w.peek(1) == '\n':
		w.at++
	case r == '\t':
		w.put(tab)
	case joinsEmoji(w.runes, w.at):
		w.at++
	case joinsLetters(w.runes, w.at):
		w.out.WriteRune(r)
		w.at++
	case hidden(r):
		w.hiddenRun()
	case r == '\u3000':
		w.put("  ")
	case unicode.Is(unicode.Zs, r) && r != '\u1680':
		w.put(" ")
	case stacks(r) && (w.base == 0 || w.marks >= maxMarks || jamo(r) && !hangul(w.base)):
		w.markRun()
	case stacks(r):
		w.out.WriteRune(r)
		w.marks++
		w.at++
	case modifier(r) && pictograph(w.base):
		w.out.WriteRune(r)
		w.base, w.marks = r, maxMarks
		w.at++
	case visible(r):
		w.out.WriteRune(r)
		w.base, w.marks = r, 0
		w.at++
	default:
		w.spelledRun()
	}
}

// put writes our own text for one rune; no mark can stand on it.
func (w *writer) put(s string) {
	w.out.WriteString(s)
	w.base, w.marks = 0, 0
	w.at++
}

func (w *writer) peek(n int) rune {
	if w.at+n >= len(w.runes) {
		return 0
	}
	return w.runes[w.at+n]
}

// run returns the longest piece from here on whose runes all fit.
func (w *writer) run(fits func(rune) bool) []rune {
	end := w.at
	for end < len(w.runes) && fits(w.runes[end]) {
		end++
	}
	return w.runes[w.at:end]
}

func (w *writer) markRun() {
	run := w.run(stacks)
	if len(run) > maxLoose {
		fmt.Fprintf(&w.out, "⟨%d stacked marks⟩", len(run))
	} else {
		for _, r := range run {
			w.out.WriteString(spell(r))
		}
	}
	w.base, w.marks = 0, 0
	w.at += len(run)
}

func (w *writer) spelledRun() {
	run := w.run(unshowable)
	n := len(run)
	if n > maxSpelled {
		n = maxLoose
	}
	for _, r := range run[:n] {
		w.out.WriteString(spell(r))
	}
	if rest := len(run) - n; rest > 0 {
		fmt.Fprintf(&w.out, "⟨and %d more⟩", rest)
	}
	w.base, w.marks = 0, 0
	w.at += len(run)
}

// spell names one rune.
func spell(r rune) string {
	if r >= badByte {
		return fmt.Sprintf("⟨byte %02X⟩", r-badByte)
	}
	return fmt.Sprintf("⟨U+%04X⟩", r)
}
