// Package ics reads the text of calendars (iCalendar, RFC 5545) and of address books
// (vCard, RFC 6350), which have the same lines, into components that remember where
// they stand: so one event or card can be changed and every other byte left alone.
//
// It promises never to fail on damage that can be stepped over: a line that is no
// property is counted, a component that was not ended is marked, and the rest
// is read. Only what breaks a bound of Limits ends the reading. Start at Parse; edit.go
// changes the text of one component.
//
//	BEGIN:VCALENDAR
//	BEGIN:VEVENT
//	SUMMARY:A title that was
//	  folded over two lines
//	DTSTART;TZID=Europe/Berlin:20261126T140000
//	END:VEVENT
//	END:VCALENDAR
package ics

import (
	"errors"
	"fmt"
	"strings"
)

// Limits bound what Parse reads. A zero field is no bound.
type Limits struct {
	Lines      int // logical lines
	Line       int // bytes of one logical line, unfolded
	Components int
	Depth      int
}

// A Component is what stands between a BEGIN and its END.
type Component struct {
	Name     string // in capitals: "VEVENT"
	Props    []Prop
	Children []*Component

	// Start and End are where it stands in the text that was parsed: from the B of
	// BEGIN to after the line end of END.
	Start, End int
	// Ended is false if its END is missing.
	Ended bool
	// Odd counts lines directly in it that are no properties.
	Odd int
}

// A Prop is one property line.
type Prop struct {
	Name       string // in capitals: "DTSTART"
	Start, End int    // like Component's

	line  string // unfolded
	value int    // where the value begins in line
}

// utf8BOM is what some editors and Outlook put in front of a file.
const utf8BOM = "\ufeff"

// Parse reads text, a whole calendar or a part of one, and returns its outermost
// components. An error means that a limit was broken or that text is no UTF-8 or
// ASCII text at all.
func Parse(text string, lim Limits) ([]*Component, error) {
	if strings.HasPrefix(text, "\xff\xfe") || strings.HasPrefix(text, "\xfe\xff") {
		return nil, errors.New("it is UTF-16 text, save it as UTF-8")
	}
	p := parser{lim: lim, root: &Component{}}
	p.open = []*Component{p.root}
	lines := scanner{text: text}
	if strings.HasPrefix(text, utf8BOM) {
		lines.at = len(utf8BOM)
	}
	for n := 1; lines.next(); n++ {
		if lim.Lines > 0 && n > lim.Lines {
			return nil, fmt.Errorf("more than %d lines", lim.Lines)
		}
		if lim.Line > 0 && len(lines.line) > lim.Line {
			return nil, fmt.Errorf("a line of %d bytes, %d at most", len(lines.line), lim.Line)
		}
		if err := p.take(lines.line, lines.start, lines.at); err != nil {
			return nil, err
		}
	}
	p.closeTo(0, len(text))
	return p.root.Children, nil
}

// parser holds the components that are open, outermost first; open[0] is the text
// itself.
type parser struct {
	lim   Limits
	root  *Component
	open  []*Component
	count int
}

func (p *parser) take(line string, start, end int) error {
	inner := p.open[len(p.open)-1]
	name, value, ok := cutLine(line)
	if !ok {
		inner.Odd++
		return nil
	}
	switch name {
	case "BEGIN":
		return p.begin(componentName(line[value:]), start)
	case "END":
		p.end(componentName(line[value:]), start, end)
	default:
		inner.Props = append(inner.Props, Prop{Name: name, Start: start, End: end, line: line, value: value})
	}
	return nil
}

func (p *parser) begin(name string, start int) error {
	// An event can't stand in an event: the one before was never ended.
	if name == "VEVENT" {
		for i := len(p.open) - 1; i > 0; i-- {
			if p.open[i].Name == name {
				p.closeTo(i-1, start)
				break
			}
		}
	}
	if p.count++; p.lim.Components > 0 && p.count > p.lim.Components {
		return fmt.Errorf("more than %d parts", p.lim.Components)
	}
	if p.lim.Depth > 0 && len(p.open) > p.lim.Depth {
		return fmt.Errorf("parts nested deeper than %d", p.lim.Depth)
	}
	c := &Component{Name: name, Start: start}
	outer := p.open[len(p.open)-1]
	outer.Children = append(outer.Children, c)
	p.open = append(p.open, c)
	return nil
}

func (p *parser) end(name string, start, end int) {
	for i := len(p.open) - 1; i > 0; i-- {
		if p.open[i].Name == name {
			p.closeTo(i, start)
			p.open[i].End, p.open[i].Ended = end, true
			p.open = p.open[:i]
			return
		}
	}
	p.open[len(p.open)-1].Odd++
}

// closeTo ends all but the first n+1 open components at a place where they should
// have been ended before.
func (p *parser) closeTo(n, at int) {
	for _, c := range p.open[n+1:] {
		c.End = at
	}
	p.open = p.open[:n+1]
}

func componentName(s string) string { return strings.ToUpper(strings.TrimSpace(s)) }

// cutLine finds the name of a content line, and where its value begins. A colon in a
// quoted parameter does not end the parameters, unless the quote is never closed.
func cutLine(line string) (name string, value int, ok bool) {
	i := strings.IndexAny(line, ";:")
	if i <= 0 || !isName(line[:i]) {
		return "", 0, false
	}
	colon := unquoted(line, i, ":")
	if colon < 0 {
		if colon = strings.IndexByte(line, ':'); colon < 0 {
			return "", 0, false
		}
	}
	return strings.ToUpper(line[:i]), colon + 1, true
}

func isName(s string) bool {
	for i := range len(s) {
		c := s[i]
		if !('a' <= c && c <= 'z' || 'A' <= c && c <= 'Z' || '0' <= c && c <= '9' || c == '-' || c == '_' || c == '.') {
			return false
		}
	}
	return true
}

// unquoted is the index of the first of chars in s, from from on, outside quotes.
func unquoted(s string, from int, chars string) int {
	quoted := false
	for i := from; i < len(s); i++ {
		switch {
		case s[i] == '"':
			quoted = !quoted
		case !quoted && strings.IndexByte(chars, s[i]) >= 0:
			return i
		}
	}
	return -1
}
