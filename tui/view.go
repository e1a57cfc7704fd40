package tui

import (
	"fmt"
	"strings"

	tea "charm.land/bubbletea/v2"

	"secgpt/tui/draft"
	"secgpt/tui/markdown"
	"secgpt/tui/render"
	"secgpt/tui/safe"
)

// Sizes of the window. Below small a question takes all of it; below least nothing
// in it counts as seen.
const (
	smallWidth, smallHeight = 60, 15
	leastWidth, leastHeight = 24, 6
	maxDraft                = 8 // lines of the draft that are shown at once
	minContent              = 3 // lines of the transcript that a question leaves, where it can
)

// frame is where everything stands in a window of this size.
type frame struct {
	full    bool // a question has the window to itself, but for the draft
	content int
	card    int // lines of the first card, its border included; 0 is none
	draft   int
}

// frame shares the lines out: the draft gets what it needs, then the card, then
// the transcript.
func (m *model) frame() frame {
	lines, _, _ := m.draft.Lines(m.draftWidth())
	f := frame{draft: min(len(lines), maxDraft, max(1, m.height/4))}
	left := m.height - f.draft
	c := m.first()
	f.full = c != nil && (m.width < smallWidth || m.height < smallHeight)
	if f.full {
		f.draft = 1
		f.card = min(m.height-1, c.height(m.cardWidth()))
		return f
	}
	left -= 3 // status, hint, and a blank line before the draft
	if c != nil {
		f.card = min(c.height(m.cardWidth()), max(left-min(minContent, m.height/8), 4))
		left -= f.card
	}
	f.content = max(0, left)
	return f
}

func (m *model) draftWidth() int { return max(8, min(m.width, maxText)-indent-2) }
func (m *model) cardWidth() int  { return max(16, min(m.width-2, maxText)) }

// View draws the window. It never panics past here: Update ends the program then.
func (m *model) View() (v tea.View) {
	defer func() {
		if r := recover(); r != nil {
			v = tea.View{AltScreen: true}
			if m.crash == nil {
				m.crash = fmt.Errorf("the screen failed: %v", r)
				m.feed.put(doneMsg{crash: m.crash, status: m.status})
			}
		}
	}()
	v = tea.View{AltScreen: true, ReportFocus: true, MouseMode: tea.MouseModeCellMotion}
	v.KeyboardEnhancements.ReportEventTypes = true
	// Only as escape codes do letters tell whether they are held down; text for the
	// draft comes as terminals usually send it.
	v.KeyboardEnhancements.ReportAllKeysAsEscapeCodes = m.focus
	v.KeyboardEnhancements.ReportAssociatedText = m.focus
	if m.width == 0 || m.crash != nil {
		return v
	}
	f := m.frame()
	var lines []string
	if !f.full {
		lines = append(lines, m.statusLine())
		if m.list.Empty() {
			lines = append(lines, m.welcome(f.content)...)
		} else {
			m.list.Size(m.width, f.content)
			lines = append(lines, m.list.View()...)
		}
		lines = append(lines, "")
	}
	var at *tea.Cursor
	if c := m.first(); c != nil {
		drawn, x, y, typing := c.draw(m.cardWidth(), f.card)
		if typing {
			at = tea.NewCursor(x+1, len(lines)+y)
		}
		for _, l := range drawn {
			lines = append(lines, " "+l)
		}
	}
	top := len(lines)
	drawn, x, y := m.draftLines(f.draft)
	lines = append(lines, drawn...)
	if !m.focus {
		at = tea.NewCursor(x, top+y)
	}
	if !f.full {
		lines = append(lines, m.hintLines()...)
	}
	if at != nil {
		at.Shape = tea.CursorBar
	}
	v.Cursor = at
	v.SetContent(strings.Join(lines[:min(len(lines), m.height)], "\n"))
	return v
}

// statusLine says whose profile this is at the left, and who thinks, how many apps
// and how well they are locked at the right. What does not fit is left out from
// the right end: the profile is never.
func (m *model) statusLine() string {
	left := " " + safe.Line(m.status.Profile)
	rooms := m.status.Rooms
	if !m.tried && rooms == "" {
		rooms = "rooms: trying one"
	}
	parts := []string{safe.Line(m.status.Model), render.Count(m.status.Apps, "app"), safe.Line(rooms)}
	for ; len(parts) > 0; parts = parts[:len(parts)-1] {
		right := strings.Join(parts, " · ")
		if gap := m.width - safe.Width(left) - safe.Width(right) - 1; gap >= 2 {
			return m.look.strong.Render(left) + strings.Repeat(" ", gap) + m.look.dim.Render(right)
		}
	}
	return m.look.strong.Render(fit(left, m.width))
}

// welcome is the first screen: what was made, and requests to pick. Where there is
// no room for both, the requests stay.
func (m *model) welcome(rows int) []string {
	var out, picks []string
	w := min(m.width, maxText) - 2
	add := func(text string, paint func(...string) string) {
		for _, l := range markdown.Wrap(safe.Line(text), w) {
			out = append(out, " "+paint(l))
		}
	}
	for i, p := range strings.Split(m.status.Made, "\n") {
		if i > 0 {
			out = append(out, "")
		}
		if p != "" {
			add(p, m.look.dim.Render)
		}
	}
	if m.status.RoomHint != "" {
		out = append(out, "")
		add(m.status.Rooms, m.look.warn.Render)
		add(m.status.RoomHint, m.look.strong.Render)
	}
	for i, s := range m.status.Suggestions {
		s = fit(safe.Line(s), w-4)
		if i == m.pick && m.draft.Empty() {
			picks = append(picks, m.look.accent.Render("   ▸ ")+m.look.strong.Render(s))
		} else {
			picks = append(picks, "     "+s)
		}
	}
	if len(picks) > rows {
		from := min(max(0, m.pick-rows+1), len(picks)-rows)
		return picks[from : from+rows]
	}
	out = append(out, "")
	if room := rows - len(picks); len(out) > room {
		out = out[:room]
	}
	return append(out, picks...)
}

// draftLines draws the part of the draft around the cursor.
func (m *model) draftLines(rows int) (out []string, x, y int) {
	lines, x, y := m.draft.Lines(m.draftWidth())
	from := max(0, min(y-rows+1, len(lines)-rows))
	if y < from {
		from = y
	}
	for i := from; i < min(len(lines), from+rows); i++ {
		head := "   "
		if i == 0 {
			head = m.look.accent.Render(" ›") + " "
		}
		out = append(out, head+m.pieces(lines[i], false))
	}
	return out, x + indent, y - from
}

// pieces draws a line of a draft, chips apart from what was typed.
func (m *model) pieces(line []draft.Piece, strong bool) string {
	var b strings.Builder
	for _, p := range line {
		switch {
		case p.Chip:
			b.WriteString(m.look.accent.Render(p.Text))
		case strong:
			b.WriteString(m.look.strong.Render(p.Text))
		default:
			b.WriteString(p.Text)
		}
	}
	return b.String()
}

// hintLines say what keys do now, the most useful first. Before the first request
// a word on the model stands beside it, or below where there is no room.
func (m *model) hintLines() []string {
	s := "   " + safe.Line(m.keyHint())
	for safe.Width(s) >= m.width && strings.Contains(s, " · ") { // the last is the least useful
		s = s[:strings.LastIndex(s, " · ")]
	}
	out := []string{m.look.dim.Render(fit(s, m.width-1))}
	hint := safe.Line(m.status.ModelHint)
	if hint == "" || !m.list.Empty() || m.turn != nil {
		return out
	}
	if safe.Width(s)+3+safe.Width(hint) < m.width {
		return []string{m.look.dim.Render(s + " · " + hint)}
	}
	for _, l := range markdown.Wrap(hint, m.width-indent-1) {
		out = append(out, m.look.dim.Render("   "+l))
	}
	return out
}

func (m *model) keyHint() string {
	switch {
	case m.hint != "":
		return m.hint
	case m.draft.Searching():
		return "Ctrl+R older · Enter takes it · Esc back"
	case m.first() != nil && m.focus:
		return "Esc twice cancels the request"
	case m.first() != nil:
		return "Tab to the question · Esc cancels the request"
	case m.turn != nil && m.turn.stopping:
		return "stopping"
	case m.turn != nil:
		return "working, " + fmt.Sprintf("%d s", int(m.now().Sub(m.turn.began).Seconds())) + " · Esc cancels"
	case strings.HasPrefix(m.draft.Text(), "/"):
		return commands
	case m.picking():
		return "Enter asks · ↑ picks · /help"
	case m.guided():
		return "Enter goes on: " + m.status.Next + " · PgUp scrolls · /quit"
	case m.list.Empty():
		return "Enter asks · Alt+Enter new line · /help"
	case !m.list.Following():
		return "PgDn to the newest · Enter asks · /help"
	}
	return "Enter asks · ↑ earlier requests · PgUp scrolls · /help"
}

// redraw forgets every drawing, for other colours.
func (m *model) redraw(dark bool) {
	m.look = newLook(dark)
	m.shade++
	m.list.Redraw()
}
