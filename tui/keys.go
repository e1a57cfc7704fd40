package tui

import (
	"strings"

	tea "charm.land/bubbletea/v2"
)

// press gives a key to whoever has the keys: the card if Tab moved there, else the
// draft. Ctrl+C always leaves.
func (m *model) press(k tea.KeyPressMsg) tea.Cmd {
	m.hint = ""
	name := k.Keystroke()
	switch name {
	case "ctrl+c":
		m.interrupted = true
		return m.leave()
	case "tab":
		if len(m.cards) > 0 && !k.IsRepeat {
			if m.cards[0].typing() {
				return nil
			}
			m.focus = !m.focus
			return nil
		}
	case "pgup", "shift+up":
		if !m.focus || name == "shift+up" {
			m.scroll(name, -1)
			return nil
		}
	case "pgdown", "shift+down":
		if !m.focus || name == "shift+down" {
			m.scroll(name, +1)
			return nil
		}
	}
	if m.focus && len(m.cards) > 0 {
		return m.pressCard(k)
	}
	return m.pressDraft(k)
}

// scroll moves the transcript: a line with shift, else most of a window.
func (m *model) scroll(key string, dir int) {
	n := 1
	if strings.HasPrefix(key, "pg") {
		n = max(1, m.height*2/3)
	}
	m.list.Scroll(dir * n)
}

// wheel scrolls the transcript, or the question if the keys are there. Clicks do
// nothing anywhere.
func (m *model) wheel(b tea.MouseButton) {
	n := map[tea.MouseButton]int{tea.MouseWheelUp: -3, tea.MouseWheelDown: 3}[b]
	if c := m.first(); c != nil && m.focus {
		c.scroll(n)
		return
	}
	m.list.Scroll(n)
}

// paste goes where typing goes, but never to a card's letters.
func (m *model) paste(s string) {
	if m.focus && len(m.cards) > 0 {
		m.cards[0].paste(s)
		return
	}
	if !m.draft.Paste(s) {
		m.hint = "that paste is too large: 1 MiB and 64 pastes fit in one request"
	}
}

// pressDraft is a key for the draft.
func (m *model) pressDraft(k tea.KeyPressMsg) tea.Cmd {
	d := &m.draft
	if d.Searching() && m.pressSearch(k) {
		return nil
	}
	switch name := k.Keystroke(); name {
	case "enter", "kpenter":
		return m.enter()
	case "alt+enter", "shift+enter", "ctrl+j":
		d.Insert("\n")
	case "esc":
		m.cancel()
	case "ctrl+d":
		if d.Empty() {
			return m.leave()
		}
		d.Delete()
	case "ctrl+r":
		d.Search()
	case "up", "ctrl+p":
		m.up()
	case "down", "ctrl+n":
		m.down()
	default:
		if edit, ok := edits[name]; ok {
			edit(d)
		} else if k.Text != "" {
			d.Insert(k.Text)
			m.list.Follow()
		}
	}
	return nil
}

// pressSearch is a key while looking back. It reports false for a key that ends
// the search and then does its usual work.
func (m *model) pressSearch(k tea.KeyPressMsg) bool {
	d := &m.draft
	switch k.Keystroke() {
	case "ctrl+r":
		d.Search()
	case "esc", "ctrl+g":
		d.SearchDone(false)
	case "enter", "tab":
		d.SearchDone(true)
	case "backspace":
		d.SearchType("")
	default:
		if k.Text == "" {
			d.SearchDone(true)
			return false
		}
		d.SearchType(k.Text)
	}
	return true
}

// up and down move in the draft; at its edges they pick a suggestion or look
// through what was asked before.
func (m *model) up() {
	switch {
	case m.picking():
		n := len(m.status.Suggestions)
		m.pick = (m.pick + n - 1) % n
	case !m.draft.Up(m.draftWidth()) && !m.draft.Older():
		m.hint = "nothing was asked before this"
	}
}

func (m *model) down() {
	switch {
	case m.picking():
		m.pick = (m.pick + 1) % len(m.status.Suggestions)
	case !m.draft.Down(m.draftWidth()):
		m.draft.Newer()
	}
}

// picking reports whether the first screen's suggestions are what keys pick from.
func (m *model) picking() bool {
	return m.list.Empty() && m.draft.Empty() && len(m.status.Suggestions) > 0
}

// cancel ends what runs. Without anything running Esc does nothing: a draft is
// never thrown away by one key.
func (m *model) cancel() {
	if m.turn == nil {
		return
	}
	m.turn.stopping = true
	m.turn.cancel()
}
