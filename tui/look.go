package tui

import (
	"strings"

	"charm.land/lipgloss/v2"

	"secgpt/tui/markdown"
	"secgpt/tui/render"
	"secgpt/tui/safe"
)

// look is how roles are coloured, for a dark or a light terminal. Without colours
// the words alone say everything.
type look struct {
	strong, dim, accent, warn, frame, key lipgloss.Style
	markdown                              markdown.Style
}

// newLook chooses colours that can be read on the background. Text itself keeps
// the terminal's own colour.
func newLook(dark bool) look {
	pick := lipgloss.LightDark(dark)
	color := func(light, dark string) lipgloss.Style {
		return lipgloss.NewStyle().Foreground(pick(lipgloss.Color(light), lipgloss.Color(dark)))
	}
	l := look{
		strong: lipgloss.NewStyle().Bold(true),
		dim:    color("#6a6f7a", "#858b98"),
		accent: color("#1f6a8c", "#7fb8d4"),
		warn:   color("#9a4d00", "#e5a75c"),
		frame:  color("#a9afba", "#565c69"),
	}
	l.key = l.accent.Bold(true)
	l.markdown = markdown.Style{
		Bold:    paints(l.strong),
		Italic:  paints(lipgloss.NewStyle().Italic(true)),
		Code:    paints(l.accent),
		Heading: paints(l.strong),
		Dim:     paints(l.dim),
	}
	return l
}

func paints(s lipgloss.Style) func(string) string {
	return func(t string) string { return s.Render(t) }
}

// role returns the style of a role of render's.
func (l *look) role(r render.Role) lipgloss.Style {
	switch r {
	case render.Name, render.Dim:
		return l.dim
	case render.Source:
		return l.accent
	case render.Warn:
		return l.warn
	case render.Strong:
		return l.strong
	}
	return lipgloss.NewStyle()
}

// line draws a line of render's, what stands at the right flush with width.
func (l *look) line(x render.Line, width int) string {
	var b strings.Builder
	if x.Bar {
		b.WriteString(l.accent.Render(strings.TrimRight(render.Bar, " ")) + " ")
	}
	for _, r := range x.Runs {
		b.WriteString(l.role(r.Role).Render(r.Text))
	}
	if x.Right.Text != "" {
		b.WriteString(strings.Repeat(" ", max(1, width-x.Cells()-safe.Width(x.Right.Text))))
		b.WriteString(l.role(x.Right.Role).Render(x.Right.Text))
	}
	return b.String()
}
