package tui

import (
	"strconv"

	tea "charm.land/bubbletea/v2"

	"secgpt/hub"
	"secgpt/tui/draft"
	"secgpt/tui/render"
	"secgpt/tui/safe"
)

// maxChoices is how many choices of a need are listed. The person can type one
// that is not.
const maxChoices = 30

func newNeed(m *model, n neededMsg) *card {
	c := &card{m: m, ctx: n.ctx, need: n.need, said: n.answer, input: &draft.Draft{}, choice: -1}
	c.need.Choices = n.need.Choices[:min(len(n.need.Choices), maxChoices)]
	return c
}

// needLines is the question in words, and the choices, each with its source.
func (c *card) needLines(o render.Options) []render.Line {
	out := render.Prose(c.need.Question, o)
	if len(c.need.Choices) > 0 {
		out = append(out, render.Line{})
	}
	for i, v := range c.need.Choices {
		mark, role := "  ", render.Text
		if i == c.choice {
			mark, role = "▸ ", render.Strong
		}
		from := fit(safe.Line(v.All().String()), o.Width/4)
		inner := o
		inner.Width = max(8, o.Width-safe.Width(from)-8)
		for j, l := range render.Prose(asText(v), inner) {
			head := "     "
			if j == 0 {
				head = mark + pad(strconv.Itoa(i+1), 3)
				l.Right = render.Run{Role: render.Source, Text: from}
			}
			for k := range l.Runs {
				l.Runs[k].Role = role
			}
			l.Runs = append([]render.Run{{Role: render.Name, Text: head}}, l.Runs...)
			out = append(out, l)
		}
	}
	return out
}

// pressNeed is a key for a need: text, or ↑ and ↓ among the choices. Enter answers
// once the question has been seen.
func (m *model) pressNeed(c *card, k tea.KeyPressMsg) tea.Cmd {
	n := len(c.need.Choices)
	switch k.Keystroke() {
	case "esc":
		m.focus = false
	case "up":
		if n > 0 {
			c.choice = max(c.choice-1, -1)
		}
		c.scroll(-1)
	case "down":
		if n > 0 {
			c.choice = min(c.choice+1, n-1)
		}
		c.scroll(1)
	case "pgup":
		c.scroll(-c.page)
	case "pgdown":
		c.scroll(c.page)
	case "enter", "kpenter":
		text := c.input.Text()
		chosen := c.choice
		if i, err := strconv.Atoi(text); err == nil && !c.input.Pasted() && strconv.Itoa(i) == text && i <= n { // as it is numbered
			chosen = i - 1
		} else if !c.input.Empty() {
			chosen = -1
		}
		if chosen >= 0 {
			text = asText(c.need.Choices[chosen])
		}
		if text == "" || !c.ready() {
			return nil
		}
		c.said <- reply{hub.Given{Text: text, Pasted: c.input.Pasted()}, true}
		m.cards = m.cards[1:]
		return m.changed(c)
	default:
		c.typed(k)
	}
	return nil
}

// inputName is what stands before the line that is typed.
func (c *card) inputName() string {
	if c.said != nil {
		return "›"
	}
	return fit(safe.Line(c.q.Args[c.field].Name), 16)
}

func (c *card) inputIndent() int         { return safe.Width(c.inputName()) + 1 }
func (c *card) inputWidth(width int) int { return max(8, width-c.inputIndent()-1) }

// inputLines draws the line that is typed, the part around the cursor.
func (c *card) inputLines(width, most int) []string {
	lines, _, y := c.input.Lines(c.inputWidth(width))
	from := max(0, y-most+1)
	var out []string
	for i := from; i < min(len(lines), from+most); i++ {
		head := pad("", c.inputIndent())
		if i == from {
			head = c.m.look.accent.Render(c.inputName()) + " "
		}
		out = append(out, head+c.m.pieces(lines[i], false))
	}
	return out
}
