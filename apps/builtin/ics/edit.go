package ics

import "strings"

// An Edit changes the properties of one component.
type Edit struct {
	Set  []Line   // replaces every property of that name, in the place of the first
	Drop []string // names of properties that go
	Add  []string // whole logical lines that come on top
}

// A Line is a property to write: Text is the whole logical line, unfolded.
type Line struct{ Name, Text string }

// Apply returns the text of c, which stands in source, changed by e. What e does not
// name keeps its bytes; new lines end like the component's first.
func (e Edit) Apply(source string, c *Component) string {
	eol := LineEnd(source[c.Start:c.End])
	var b strings.Builder
	at := c.Start
	written := make([]bool, len(e.Set))
	for _, p := range c.Props {
		i, drop := e.find(p.Name)
		if i < 0 && !drop {
			continue
		}
		b.WriteString(source[at:p.Start])
		at = p.End
		if i >= 0 && !written[i] {
			b.WriteString(Fold(e.Set[i].Text, eol))
			written[i] = true
		}
	}
	// New properties go in front of the first alarm, or else of END.
	end := lastLine(source[c.Start:c.End]) + c.Start
	if len(c.Children) > 0 {
		end = c.Children[0].Start
	}
	if end > at {
		b.WriteString(source[at:end])
		at = end
	}
	for i, l := range e.Set {
		if !written[i] {
			b.WriteString(Fold(l.Text, eol))
		}
	}
	for _, l := range e.Add {
		b.WriteString(Fold(l, eol))
	}
	b.WriteString(source[at:c.End])
	return b.String()
}

func (e Edit) find(name string) (set int, drop bool) {
	for i, l := range e.Set {
		if l.Name == name {
			return i, false
		}
	}
	for _, d := range e.Drop {
		if d == name {
			return -1, true
		}
	}
	return -1, false
}

// LineEnd is how the first line of text ends; CRLF if there is none.
func LineEnd(text string) string {
	n := strings.IndexByte(text, '\n')
	if n < 0 || n > 0 && text[n-1] == '\r' {
		return "\r\n"
	}
	return "\n"
}

// lastLine is where the last line that is not empty begins.
func lastLine(text string) int {
	return strings.LastIndexByte(strings.TrimRight(text, "\r\n \t"), '\n') + 1
}
