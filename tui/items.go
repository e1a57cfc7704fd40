package tui

import (
	"fmt"
	"strings"

	"secgpt/hub"
	"secgpt/mediator/label"
	"secgpt/tui/draft"
	"secgpt/tui/markdown"
	"secgpt/tui/render"
	"secgpt/tui/safe"
)

// Widths of the transcript. Lines of text longer than maxText columns are hard to
// read back to their beginning.
const (
	indent  = 3
	maxText = 100
)

// textWidth is how wide the text of an item is in a window of width columns.
func textWidth(width int) int { return max(8, min(width, maxText)-indent-1) }

// item is a part of the transcript that can't change any more, or says so by ver.
type item struct {
	ver  int
	draw func(width int) []string
}

func (i *item) Version() int             { return i.ver }
func (i *item) Lines(width int) []string { return i.draw(width) }

// newAsked is what the person asked, pastes by name.
func newAsked(m *model, words []label.Span) *item {
	d := draft.Of(words)
	return &item{draw: func(width int) []string {
		out := []string{""}
		lines, _, _ := d.Lines(textWidth(width))
		for i, l := range lines {
			head := "   "
			if i == 0 {
				head = m.look.accent.Render(" ›") + " "
			}
			out = append(out, head+m.pieces(l, true))
		}
		return out
	}}
}

// newLines is text of render's, each part already escaped there.
func newLines(m *model, lay func(render.Options) []render.Line) *item {
	return &item{draw: func(width int) []string {
		out := []string{""}
		w := textWidth(width)
		for _, l := range lay(render.Options{Width: w, Now: m.now()}) {
			out = append(out, strings.Repeat(" ", indent)+m.look.line(l, w))
		}
		return out
	}}
}

// newNote is a remark in our own words; what it quotes was made safe before.
func newNote(m *model, text string, warn bool) *item {
	return &item{draw: func(width int) []string {
		style := m.look.dim
		if warn {
			style = m.look.warn
		}
		out := []string{""}
		for _, l := range markdown.Wrap(text, textWidth(width)) {
			out = append(out, strings.Repeat(" ", indent)+style.Render(l))
		}
		return out
	}}
}

// say puts a remark of ours into the transcript.
func (m *model) say(text string) {
	m.list.Add(newLines(m, func(o render.Options) []render.Line { return render.Prose(text, o) }))
	m.list.Follow()
}

// newHelp lists keys and commands.
func newHelp(m *model) *item {
	return &item{draw: func(width int) []string {
		out := []string{""}
		w := textWidth(width)
		for _, h := range help {
			lines := markdown.Wrap(h[1], max(w-16, 12))
			for i, l := range lines {
				name := ""
				if i == 0 {
					name = h[0]
				}
				out = append(out, strings.Repeat(" ", indent)+m.look.accent.Render(pad(name, 16))+l)
			}
		}
		return out
	}}
}

// said is a model's own text, as it comes in.
type said struct {
	m      *model
	stream markdown.Stream
	ver    int
	shade  int // the colours that the stream was drawn in
}

func (s *said) Version() int { return s.ver }

func (s *said) add(text string) {
	s.stream.Add(text)
	s.ver++
}

func (s *said) Lines(width int) []string {
	if s.shade != s.m.shade {
		s.shade = s.m.shade
		s.stream.Restyle()
	}
	lines := s.stream.Lines(textWidth(width), s.m.look.markdown)
	if len(lines) == 0 {
		return nil
	}
	out := []string{""}
	for _, l := range lines {
		out = append(out, strings.Repeat(" ", indent)+l)
	}
	if n := s.stream.Cut(); n > 0 {
		out = append(out, strings.Repeat(" ", indent)+s.m.look.warn.Render(fmt.Sprintf("%d more bytes of this answer were not shown", n)))
	}
	return out
}

// blocks is an answer of a plan.
func (m *model) blocks(b []hub.Block) *item {
	return newLines(m, func(o render.Options) []render.Line { return render.Blocks(b, o) })
}

func pad(s string, n int) string { return s + strings.Repeat(" ", max(0, n-safe.Width(s))) }
