package render

import (
	"fmt"
	"slices"
	"strings"
	"time"

	"secgpt/hub"
	"secgpt/mediator"
	"secgpt/mediator/label"
	"secgpt/tui/safe"
)

// stepName is how wide the column of tool names is.
const stepName = 24

// StepLine is a call on one line: what is called, what is asked of it, how far it
// is. It never wraps, so that it can be replaced in place.
func StepLine(s hub.Step, o Options) Line {
	state := Run{Dim, ""}
	switch s.State {
	case hub.Working:
		state.Text = "working"
	case hub.Waiting:
		state = Run{Warn, "waits for you"}
	case hub.Done:
		state.Text = Took(s.Took)
	case hub.Denied:
		state = Run{Warn, "refused"}
	case hub.Broken:
		state = Run{Warn, "failed"}
	case hub.Skipped:
		state.Text = "not called"
	}
	room := o.width() - safe.Width(state.Text) - 2
	name := fit(safe.Line(s.Tool.String()), room)
	runs := []Run{{Text, name}}
	if about := safe.Line(s.About); about != "" {
		runs = []Run{{Text, pad(name, min(stepName, room))}}
		if left := room - cells(runs) - 1; left > 3 {
			runs = append(runs, Run{Dim, " " + fit(about, left)})
		}
	}
	return Line{Runs: runs, Right: state}
}

// Took writes how long a call took, as people say it.
func Took(d time.Duration) string {
	switch {
	case d < time.Millisecond:
		return "under 1 ms"
	case d < time.Second:
		return fmt.Sprintf("%d ms", d.Milliseconds())
	case d < time.Minute:
		return fmt.Sprintf("%.1f s", d.Seconds())
	}
	return d.Round(time.Second).String()
}

// Fold is what stays of a turn's steps, on one line: how many, what went where and
// who allowed it. It is empty for a turn without calls.
func Fold(r hub.Result) string {
	if len(r.Calls) == 0 {
		return ""
	}
	parts := []string{Count(len(r.Calls), "step")}
	for _, c := range r.Calls {
		if s := judged(c); s != "" && !slices.Contains(parts, s) {
			parts = append(parts, s)
		}
	}
	// What went over without a question is only worth its words if nothing else
	// says that the two met.
	for _, c := range r.Calls {
		s := flow(c)
		met := func(p string) bool { return p == s || strings.HasPrefix(p, s+", ") }
		if len(Foreign(c)) > 0 && len(c.Decision.Reasons) == 0 && !slices.ContainsFunc(parts, met) {
			parts = append(parts, s)
		}
	}
	return strings.Join(parts, " · ")
}

func flow(c hub.CallResult) string {
	return names(Foreign(c)) + " → " + safe.Line(string(c.Call.Tool.App))
}

// judged says what became of a call that needed an answer, or was refused.
func judged(c hub.CallResult) string {
	d := c.Decision
	if d.Allow && len(d.Reasons) == 0 {
		return ""
	}
	by := ""
	switch d.By {
	case "", "default", "nobody":
	case "person":
		by = " by you"
		if d.Allow && d.Scope != mediator.No {
			by = " " + scopes[d.Scope] + by
		}
	default:
		by = " by " + safe.Line(d.By)
	}
	switch {
	case d.Dry:
		return flow(c) + ", not called: a dry run"
	case !d.Allow:
		return flow(c) + ", refused" + by
	case len(d.Withheld) > 0:
		return flow(c) + ", allowed in part" + by
	}
	return flow(c) + ", allowed" + by
}

// scopes are how long an answer holds, as the folded line says it.
var scopes = map[mediator.Scope]string{
	mediator.Once: "once", mediator.Task: "for this task", mediator.Session: "for this session", mediator.Always: "always",
}

// Foreign are the sources of a call's arguments besides the called app.
func Foreign(c hub.CallResult) []label.Source {
	l := label.Person()
	for _, a := range c.Call.Args {
		l = l.Join(a.Value.All())
	}
	return slices.DeleteFunc(l.Sources(), func(s label.Source) bool { return s == c.Call.Tool.App })
}
