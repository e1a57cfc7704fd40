package tui

import (
	"slices"
	"strings"

	"secgpt/hub"
	"secgpt/mediator"
	"secgpt/tui/markdown"
	"secgpt/tui/render"
	"secgpt/tui/safe"
)

// maxSteps is how many steps stand on the screen while a turn runs: the newest. All
// of them are in the record.
const maxSteps = 12

// marks move beside a step that works. They add to the word, which says it.
var marks = [...]string{"⠋", "⠙", "⠹", "⠸", "⠼", "⠴", "⠦", "⠧", "⠇", "⠏"}

// lines draws the steps, one line each, and what went wrong under it.
func (t *turn) lines(width int) []string {
	look, w := &t.m.look, textWidth(width)
	steps, out := t.steps, []string{""}
	if n := len(steps) - maxSteps; n > 0 {
		steps = steps[n:]
		out = append(out, strings.Repeat(" ", indent)+look.dim.Render(render.Count(n, "step")+" before these"))
	}
	for _, s := range steps {
		mark := " "
		if s.State == hub.Working {
			mark = look.accent.Render(marks[t.beats%len(marks)])
		}
		out = append(out, " "+mark+" "+look.line(render.StepLine(s, render.Options{Width: w}), w))
		if s.Error != "" {
			for _, l := range markdown.Wrap(safe.Line(s.Error), w-2) {
				out = append(out, strings.Repeat(" ", indent+2)+look.warn.Render(l))
			}
		}
	}
	return out
}

// refused says what did not happen, and who said so.
func (t *turn) refused() []string {
	if t.stopping {
		return []string{"Cancelled."}
	}
	var out []string
	for _, d := range t.decided {
		if d.Decision.Allow {
			continue
		}
		line := safe.Line(d.Decision.Why)
		if d.Decision.By == "person" || line == "" {
			line = render.SaidNo(d.Call.Tool)
		}
		if !slices.Contains(out, line) {
			out = append(out, line)
		}
	}
	return out
}

// fold is what stays of the steps: how many, what went where and who allowed it
// for how long, and what can be done now.
func (t *turn) fold(r hub.Result) string {
	line := render.Fold(r)
	switch {
	case len(t.steps) == 0:
		return ""
	case line == "":
		line = render.Count(len(t.steps), "step")
	}
	if how := t.scope(); how != "" {
		line = strings.ReplaceAll(line, ", allowed by you", ", allowed "+how+" by you")
	}
	line += " · /why"
	if r.Undo {
		line += " · /undo"
	}
	return line
}

// scope is how long the person's yes holds, if all of them were alike.
func (t *turn) scope() string {
	found := map[mediator.Scope]bool{}
	for _, a := range t.answers {
		if a.Scope != mediator.No && a.Scope != mediator.Never {
			found[a.Scope] = true
		}
	}
	if len(found) != 1 {
		return ""
	}
	for s := range found {
		return map[mediator.Scope]string{
			mediator.Once: "once", mediator.Task: "for this task",
			mediator.Session: "for this session", mediator.Always: "from now on",
		}[s]
	}
	return ""
}

// newFold is the line that is left of a turn.
func newFold(m *model, line string) *item {
	return &item{draw: func(width int) []string {
		var out []string
		for _, l := range markdown.Wrap(line, textWidth(width)) {
			out = append(out, strings.Repeat(" ", indent)+m.look.dim.Render(l))
		}
		return out
	}}
}

// fit cuts a column of ours to n cells; the whole text stands elsewhere.
func fit(s string, n int) string {
	if safe.Width(s) <= n {
		return s
	}
	used := 0
	for at := 0; at < len(s); {
		size, w := safe.Cell(s[at:])
		if used+w > n-1 {
			return s[:at] + strings.Repeat("…", min(1, max(n, 0)))
		}
		used, at = used+w, at+size
	}
	return s
}
