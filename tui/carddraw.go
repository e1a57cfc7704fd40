package tui

import (
	"fmt"
	"strings"

	"github.com/charmbracelet/x/ansi"

	"secgpt/mediator"
	"secgpt/tui/render"
	"secgpt/tui/safe"
)

// draw returns the card's lines, and where the cursor stands if it types.
func (c *card) draw(width, height int) (out []string, x, y int, typing bool) {
	inner := width - 4
	body, rows := c.lay(inner), c.rows(width, height)
	look := &c.m.look
	frame := look.frame
	if c.m.focus {
		frame = look.accent
	}
	edge := func(left, text, right, corner string, style func(...string) string) string {
		room := width - 4 - safe.Width(right)
		if right != "" {
			room -= 3
		}
		text = fit(text, max(room, 4))
		line := frame.Render(left+" ") + style(text) + " "
		fill := width - 4 - safe.Width(text)
		if right != "" && fill > safe.Width(right)+3 {
			fill -= safe.Width(right) + 3
			return line + frame.Render(strings.Repeat("─", fill)) + " " + look.dim.Render(right) + " " + frame.Render("─"+corner)
		}
		return line + frame.Render(strings.Repeat("─", max(fill, 0))+corner)
	}
	side := func(s string) string {
		return frame.Render("│") + " " + s + strings.Repeat(" ", max(0, inner-ansi.StringWidth(s))) + " " + frame.Render("│")
	}
	out = append(out, edge("╭", c.title(), c.queue(), "╮", look.strong.Render))
	for _, l := range body[c.top:min(len(body), c.top+rows)] {
		out = append(out, side(l))
	}
	bottom := c.bottom(inner, height-3)
	if c.input != nil && len(bottom) > 0 {
		_, cx, cy := c.input.Lines(c.inputWidth(inner))
		x, y, typing = 2+c.inputIndent()+cx, len(out)+min(cy, len(bottom)-1), c.m.focus
	}
	for _, l := range bottom {
		out = append(out, side(l))
	}
	foot := look.dim
	if c.m.focus && !c.ready() {
		foot = look.warn
	}
	return append(out, edge("╰", c.footer(width-6), "", "╯", foot.Render)), x, y, typing
}

// title says who gives what to whom.
func (c *card) title() string {
	if c.yes == nil {
		return "a question about your request"
	}
	if c.together() {
		return render.CardTitle(c.all)
	}
	if n := len(c.all); n > 1 {
		return fmt.Sprintf("%s · %d of %d", render.Title(c.q), len(c.given)+1, n)
	}
	return render.Title(c.q)
}

// queue says how many questions come after this one.
func (c *card) queue() string {
	n := max(len(c.m.cards)-1, c.q.Of-len(c.all))
	if n < 1 {
		return ""
	}
	return fmt.Sprintf("%d more waiting", n)
}

// bottom are the lines under the body: the keys, or the line that is typed in. At
// most most of them.
func (c *card) bottom(width, most int) []string {
	most = max(most, 1)
	if c.input != nil {
		return c.inputLines(width, min(most, 4))
	}
	out := c.keys(width, false)
	if len(out) > 1 && width < smallWidth {
		out = c.keys(width, true)
	}
	return out[:min(len(out), most)]
}

// keys names the keys and what they do. What can't be pressed now is dim.
func (c *card) keys(width int, short bool) []string {
	type key struct {
		text string
		on   bool
	}
	focus, ready := c.m.focus, c.m.focus && c.ready()
	var ks []key
	answers, split := 0, -1
	switch {
	case c.asking != answer:
		ks = append(ks, key{map[what]string{withhold: "leave out:", edit: "write anew:"}[c.asking], true})
		for i, f := range c.fields(c.asking) {
			ks = append(ks, key{picks[i:i+1] + " " + fit(safe.Line(f), 24), true})
		}
	default:
		no, once := "n no", "once"
		if c.together() {
			no, once = "n no to all", "all once"
		}
		ks = append(ks, key{map[bool]string{true: "▸ "}[focus] + no, focus})
		for _, l := range letters {
			if c.offered(l.scope) {
				ks = append(ks, key{l.key + " " + strings.Replace(l.word, "once", once, 1), ready})
			}
		}
		if c.offered(mediator.Never) {
			ks = append(ks, key{"N never", focus && c.m.gate.allows(c.m.now())})
		}
		answers = len(ks)
		if c.together() {
			ks = append(ks, key{"o one by one", focus})
		}
		if len(c.fields(edit)) > 0 {
			ks = append(ks, key{"e edit", focus})
		}
		if len(c.fields(withhold)) > 0 {
			ks = append(ks, key{"x withhold", focus})
		}
		ks = append(ks, key{"? why", focus})
		total := 0
		for _, k := range ks {
			total += safe.Width(k.text) + 3
		}
		if total-3 > width && !short { // answers on a line of their own
			split = answers
		}
	}
	sep := " · "
	if short {
		sep = "  "
	}
	var out []string
	line, used := "", 0
	for i, k := range ks {
		style := c.m.look.dim
		switch {
		case i == 0 && k.on:
			style = c.m.look.key
		case k.on:
			style = c.m.look.accent
		}
		if w := safe.Width(k.text); used > 0 && (i == split || used+safe.Width(sep)+w > width) {
			out, line, used = append(out, line), "", 0
		}
		if used > 0 {
			line += c.m.look.dim.Render(sep)
			used += safe.Width(sep)
		}
		line += style.Render(k.text)
		used += safe.Width(k.text)
	}
	return append(out, line)
}

// footer says what a key would do now; the longest that fits.
func (c *card) footer(width int) string {
	more := ""
	if n := c.left(); n > 0 {
		more = render.Count(n, "more line")
	}
	var say []string
	switch {
	case !c.m.focus && more != "":
		say = []string{"Tab to answer; your typing goes to the draft · " + more, "Tab to answer, typing goes below · " + more, "Tab answers · " + more}
	case !c.m.focus:
		say = []string{"Tab to answer; your typing goes to the draft", "Tab to answer, typing goes below", "Tab answers"}
	case c.input != nil && c.said == nil:
		say = []string{"Enter asks anew with this text · Esc drops it", "Enter asks anew"}
	case c.asking != answer:
		say = []string{"press its number · Esc back", "Esc back"}
	case more != "":
		say = []string{"↓ " + more + " to read before you can allow", "↓ " + more + " to read"}
	case !c.ready():
		say = []string{"wait: this has only just come up", "wait"}
	case c.said != nil:
		say = []string{"Enter answers · Esc back to the draft", "Enter answers"}
	case c.together():
		say = []string{"Enter says no to all · Esc back to the draft", "Enter says no to all"}
	default:
		say = []string{"Enter says no · Esc back to the draft", "Enter says no"}
	}
	for _, s := range say {
		if safe.Width(s) <= width {
			return s
		}
	}
	return say[len(say)-1]
}
