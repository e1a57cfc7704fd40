package calendar

import (
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
	"go.uber.org/goleak"

	"secgpt/apps/builtin"
	"secgpt/apps/builtin/apptest"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

// A client talks to the app over pipes, as a spoke does.
type client struct{ *apptest.App }

// start runs the app on a folder with these files, in the zone Europe/Berlin.
func start(t *testing.T, files map[string]string) *client {
	t.Helper()
	t.Setenv("TZ", "Europe/Berlin")
	return &client{apptest.Open(t, "calendar", files, Server)}
}

// try calls a tool; failure is what it says if it refuses.
func try[T any](c *client, tool string, args map[string]any) (out builtin.Out[T], failure string) {
	c.T.Helper()
	if args == nil {
		args = map[string]any{}
	}
	return apptest.Try[T](c.T, c.MCP, tool, args)
}

// call calls a tool that must not refuse.
func call[T any](c *client, tool string, args map[string]any) builtin.Out[T] {
	c.T.Helper()
	out, failure := try[T](c, tool, args)
	require.Empty(c.T, failure)
	return out
}

func (c *client) list(from, to string) builtin.Out[[]Event] {
	c.T.Helper()
	return call[[]Event](c, "list_events", map[string]any{"start": from, "end": to})
}

// lines are events in short: "2026-11-26T14:00:00+01:00 Title".
func lines(events []Event) []string {
	all := []string{}
	for _, e := range events {
		all = append(all, e.Start+" "+e.Title)
	}
	return all
}

// cal wraps events into a calendar with CRLF line ends.
func cal(events ...string) string {
	return crlf("BEGIN:VCALENDAR\nVERSION:2.0\nPRODID:-//test//EN\n" + strings.Join(events, "") + "END:VCALENDAR\n")
}

// ev is a VEVENT with these lines.
func ev(lines ...string) string {
	return "BEGIN:VEVENT\n" + strings.Join(lines, "\n") + "\nEND:VEVENT\n"
}

func crlf(s string) string { return strings.ReplaceAll(s, "\n", "\r\n") }
