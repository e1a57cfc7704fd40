// Package render lays out what a turn gave back: answers, questions and steps, as
// lines for a screen and as text for a script. The chat and pipe mode share it,
// so that a question reads the same in both.
//
// What it promises: every text in a Line was made safe (tui/safe) and can't carry
// a style, since a style is a Role beside the text and never a code inside it. No
// line is wider than Options.Width. The bar at the left and the sources at the
// right are fields of the Line and no text: whatever an app wrote stays between.
//
// Start with Blocks for answers and Question for the consent card. Both make
// rows, and wrap.go turns rows into lines.
package render

import (
	"strings"
	"time"

	"secgpt/tui/safe"
)

// Role is what a piece of a line is, for whoever styles it.
type Role uint8

// The roles. Text is foreign or the person's own; the others are our voice.
const (
	Text   Role = iota
	Name        // the name of a field or an argument
	Source      // where something came from
	Dim         // what may be overlooked
	Warn        // what must not be
	Strong      // titles
)

// A Run is a piece of a line in one role. Its text is safe to print.
type Run struct {
	Role Role
	Text string
}

// A Line is one line of the screen. It has no line end.
type Line struct {
	Bar   bool  // draw our bar before it: what follows is an app's
	Runs  []Run // what is between the margins
	Right Run   // at the right margin; empty on most lines
}

// Bar is drawn before a line that belongs to an app.
const Bar = "┃ "

const (
	barCells = 2
	// minWidth is the least that is laid out for. Below it lines are cut off by
	// the terminal, and nothing is readable anyway.
	minWidth = 20
)

// Options say for whom to lay out.
type Options struct {
	Width int            // cells of a line; 0 is 80
	Whole bool           // addresses in full
	Now   time.Time      // decides which year goes without saying
	Zone  *time.Location // the person's; nil is time.Local
}

func (o Options) width() int {
	if o.Width == 0 {
		return 80
	}
	return max(o.Width, minWidth)
}

func (o Options) zone() *time.Location {
	if o.Zone == nil {
		return time.Local
	}
	return o.Zone
}

// Cells is how wide the line is at most, without Right.
func (l Line) Cells() int {
	n := 0
	if l.Bar {
		n = barCells
	}
	return n + cells(l.Runs)
}

// Plain is the line without any style, Right flush with width.
func (l Line) Plain(width int) string {
	var b strings.Builder
	if l.Bar {
		b.WriteString(Bar)
	}
	for _, r := range l.Runs {
		b.WriteString(r.Text)
	}
	if l.Right.Text != "" {
		b.WriteString(strings.Repeat(" ", max(1, width-l.Cells()-safe.Width(l.Right.Text))))
		b.WriteString(l.Right.Text)
	}
	return strings.TrimRight(b.String(), " ")
}

func cells(runs []Run) int {
	n := 0
	for _, r := range runs {
		n += safe.Width(r.Text)
	}
	return n
}
