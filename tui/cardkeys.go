package tui

import (
	"slices"
	"strings"
	"time"

	tea "charm.land/bubbletea/v2"

	"secgpt/mediator"
	"secgpt/mediator/label"
	"secgpt/tui/draft"
)

// letters are the answers that allow, each with its own key.
var letters = []struct {
	key   string
	scope mediator.Scope
	word  string
}{
	{"a", mediator.Once, "once"}, {"t", mediator.Task, "this task"},
	{"s", mediator.Session, "session"}, {"w", mediator.Always, "always"},
}

// pressCard is a key for the first card. A held key counts once, and a no never
// waits; a yes and a rule wait for the gate.
func (m *model) pressCard(k tea.KeyPressMsg) tea.Cmd {
	c := m.cards[0]
	if k.IsRepeat && !scrolls(k.Keystroke()) && !c.typing() {
		return nil
	}
	switch name := k.Keystroke(); {
	case c.said != nil:
		return m.pressNeed(c, k)
	case c.typing():
		return m.write(c, k)
	case c.asking != answer:
		c.choose(k)
		return nil
	case name == "esc":
		m.focus = false
	case scrolls(name):
		c.scroll(map[string]int{"up": -1, "down": 1, "pgup": -c.page, "pgdown": c.page, "home": -1 << 20, "end": 1 << 20}[name])
	case name == "enter" || name == "kpenter":
		return m.answer(c, mediator.No)
	default:
		return m.letter(c, k.Text)
	}
	return nil
}

func scrolls(key string) bool {
	return slices.Contains([]string{"up", "down", "pgup", "pgdown", "home", "end"}, key)
}

// letter answers, or opens what a letter opens.
func (m *model) letter(c *card, key string) tea.Cmd {
	switch key {
	case "n":
		return m.answer(c, mediator.No)
	case "N":
		if c.offered(mediator.Never) && m.gate.allows(m.now()) {
			return m.answer(c, mediator.Never)
		}
	case "?":
		if c.why = !c.why; c.left() == 0 {
			c.scroll(1 << 20)
		}
	case "o":
		if c.together() {
			c.apart = true
			c.turnTo(0)
			return m.show(true)
		}
	case "x":
		c.open(withhold)
	case "e":
		c.open(edit)
	}
	for _, l := range letters {
		if key != l.key || !c.offered(l.scope) {
			continue
		}
		switch again := m.held.again(key, m.now(), c.ready()); {
		case again && c.ready():
			m.hint = "let go of the key, then press it once more"
		case c.ready():
			return m.answer(c, l.scope)
		}
	}
	return nil
}

// Times of a key that is held down, on terminals that don't tell: keyboards wait
// up to firstRepeat and then send at least every nextRepeat.
const (
	firstRepeat = 700 * time.Millisecond
	nextRepeat  = 150 * time.Millisecond
)

// held tells a letter that is held down from one that is pressed. A person who
// leans on a key until the gate opens has not answered what then stands there.
type held struct {
	key         string
	last, early time.Time // when it came, and when it came too early
}

// again notes a letter and reports whether it may be the repeat of one before.
func (h *held) again(key string, now time.Time, ready bool) bool {
	same := key == h.key && (now.Sub(h.last) < nextRepeat || now.Sub(h.early) < firstRepeat)
	if h.key, h.last = key, now; !ready {
		h.early = now
	}
	return same
}

// answer takes an answer in: to all that the card asks, or to the one decision that it
// shows. It goes on to the next one, or sends the answers off.
func (m *model) answer(c *card, s mediator.Scope) tea.Cmd {
	a := mediator.Answer{Scope: s}
	if c.together() {
		for _, q := range c.all {
			c.give(q, a)
		}
		return m.send(c)
	}
	if s != mediator.No && s != mediator.Never {
		a.Withhold = c.withheld
	}
	return m.decide(c, a)
}

// decide answers the decision that the card shows. What comes after a no, or after a
// yes to less, has to be shown anew.
func (m *model) decide(c *card, a mediator.Answer) tea.Cmd {
	c.give(c.q, a)
	planned := a.Scope != mediator.No && a.Scope != mediator.Never && len(a.Withhold) == 0 && len(a.Edit) == 0
	if next := len(c.given); planned && next < len(c.all) {
		c.turnTo(next)
		return m.show(true)
	}
	return m.send(c)
}

// give notes an answer.
func (c *card) give(q mediator.Question, a mediator.Answer) {
	a.Digest, a.By = q.Digest, "person"
	c.given = append(c.given, a)
	if c.m.turn != nil {
		c.m.turn.answers[q.Call.N] = a
	}
}

// send hands the answers over, and goes on to the next card if there is one.
func (m *model) send(c *card) tea.Cmd {
	c.yes <- c.given
	m.cards = m.cards[1:]
	return m.changed(c)
}

// fields are the arguments that a key of the card is about.
func (c *card) fields(w what) []string {
	if c.together() {
		return nil
	}
	var out []string
	for _, a := range c.q.Args {
		k := a.Value.Kind()
		if w == withhold && a.Withholdable || w == edit && k != label.List && k != label.Object {
			out = append(out, a.Name)
		}
	}
	return out[:min(len(out), len(picks))]
}

// picks are the keys that choose one of several fields.
const picks = "123456789abcdfghijklmopqrstuvwyz"

// open asks which field, or takes the only one.
func (c *card) open(w what) {
	switch f := c.fields(w); len(f) {
	case 0:
	case 1:
		c.take(w, f[0])
	default:
		c.asking = w
	}
}

func (c *card) choose(k tea.KeyPressMsg) {
	w := c.asking
	if k.Keystroke() == "esc" || k.Keystroke() == "enter" {
		c.asking = answer
		return
	}
	f := c.fields(w)
	if i := strings.Index(picks, k.Text); k.Text != "" && i >= 0 && i < len(f) {
		c.asking = answer
		c.take(w, f[i])
	}
}

// take leaves a field out or takes it back in, or opens it to be written anew.
func (c *card) take(w what, name string) {
	if w == withhold {
		if i := slices.Index(c.withheld, name); i >= 0 {
			c.withheld = slices.Delete(c.withheld, i, i+1)
		} else {
			c.withheld = append(c.withheld, name)
		}
		c.redraw()
		return
	}
	c.field = slices.IndexFunc(c.q.Args, func(a mediator.Shown) bool { return a.Name == name })
	c.input = &draft.Draft{}
	c.input.Insert(asText(c.q.Args[c.field].Value))
}

// asText is a value as a person would type it.
func asText(v label.Value) string {
	if v.Kind() == label.Text {
		return v.Str()
	}
	b, err := v.JSON()
	if err != nil || v.Kind() == label.Null {
		return ""
	}
	return string(b)
}

// redraw forgets the drawing, whatever it was for.
func (c *card) redraw() { c.drawn = drawn{} }

// write is a key while a field is written anew. Enter hands the text over, which
// allows nothing: the mediator judges the call anew and asks again, always.
func (m *model) write(c *card, k tea.KeyPressMsg) tea.Cmd {
	switch name := k.Keystroke(); name {
	case "esc":
		c.input = nil
	case "enter", "kpenter":
		if m.gate.allows(m.now()) {
			edit := map[string]string{c.q.Args[c.field].Name: c.input.Text()}
			return m.decide(c, mediator.Answer{Scope: mediator.Once, Withhold: c.withheld, Edit: edit})
		}
	default:
		c.typed(k)
	}
	return nil
}

// typed is a key of text or cursor for the card's own line.
func (c *card) typed(k tea.KeyPressMsg) {
	name := k.Keystroke()
	if name == "alt+enter" || name == "shift+enter" || name == "ctrl+j" {
		c.input.Insert("\n")
	} else if e, ok := edits[name]; ok {
		e(c.input)
	} else if k.Text != "" {
		c.input.Insert(k.Text)
	}
}

// paste goes into a line that is being typed, as one line of text, and nowhere
// else: it never answers.
func (c *card) paste(s string) {
	switch {
	case c.input == nil:
		c.m.hint = "a paste answers nothing: Esc goes back to the draft"
	case !c.input.Paste(s):
		c.m.hint = "that paste is too large"
	}
}
