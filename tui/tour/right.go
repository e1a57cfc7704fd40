package tour

import (
	"slices"
	"strings"
	"time"

	"secgpt/hub"
	"secgpt/mediator/label"
	"secgpt/tui/render"
)

// A check looks at what a turn came to. Each step has one: the tour says so if it does
// not go as told.
type check = func(hub.Result) bool

func both(all ...check) check {
	return func(r hub.Result) bool {
		return !slices.ContainsFunc(all, func(c check) bool { return !c(r) })
	}
}

// shown is the answer as a script would print it.
func shown(r hub.Result) string {
	return render.Plain(r.Blocks, render.Options{Now: time.Now()}) + r.Text
}

// shows holds the answer to have all of these.
func shows(texts ...string) check {
	return func(r hub.Result) bool {
		return !slices.ContainsFunc(texts, func(s string) bool { return !strings.Contains(shown(r), s) })
	}
}

// hides holds it to have none of these.
func hides(texts ...string) check {
	return func(r hub.Result) bool {
		return !slices.ContainsFunc(texts, func(s string) bool { return strings.Contains(shown(r), s) })
	}
}

// answers holds it to say anything.
func answers(r hub.Result) bool { return r.Exit == hub.ExitDone && strings.TrimSpace(shown(r)) != "" }

// asks holds the turn to that many questions.
func asks(n int) check { return func(r hub.Result) bool { return r.Questions == n } }

// only holds it to have called these tools, at least one of them, and no other.
func only(tools ...string) check {
	return func(r hub.Result) bool {
		return len(r.Calls) > 0 && !slices.ContainsFunc(r.Calls, func(c hub.CallResult) bool { return !slices.Contains(tools, c.Call.Tool.String()) })
	}
}

// refused holds it to have been kept from this call.
func refused(tool string) check {
	return func(r hub.Result) bool {
		return slices.ContainsFunc(r.Calls, func(c hub.CallResult) bool { return c.Call.Tool.String() == tool && !c.Decision.Allow })
	}
}

// never holds it to have let none of these calls go.
func never(tools ...string) check {
	return func(r hub.Result) bool {
		return !slices.ContainsFunc(r.Calls, func(c hub.CallResult) bool {
			return c.Decision.Allow && slices.Contains(tools, c.Call.Tool.String())
		})
	}
}

// failed holds it to name an app as what failed.
func failed(app string) check {
	return func(r hub.Result) bool {
		return slices.ContainsFunc(r.Errors, func(f hub.Failed) bool { return f.App == app })
	}
}

// keepsFrom holds all that left for an app to have none of these in it.
func keepsFrom(app string, texts ...string) check {
	return func(r hub.Result) bool {
		return !slices.ContainsFunc(r.Calls, func(c hub.CallResult) bool {
			return c.Call.Tool.App == label.Source(app) && c.Decision.Allow &&
				slices.ContainsFunc(texts, func(s string) bool { return strings.Contains(string(c.Decision.Bytes), s) })
		})
	}
}
