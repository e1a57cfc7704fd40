package hub

import (
	"fmt"
	"strconv"
	"strings"

	"secgpt/isolate/egress"
	"secgpt/mediator/audit"
	"secgpt/mediator/label"
)

// connected writes a connection of an app to the record: its beginning before a
// byte leaves, and its end. What it names was granted; nothing is the app's words.
func (h *Hub) connected(app string, e egress.Event, of int64) (int64, error) {
	entry := Connection(app, e, of)
	entry.Session, entry.Private = h.session, h.opt.Private
	return h.record.Append(entry)
}

// Connection is what the record says of a connection of an app, or of a command in a room.
func Connection(app string, e egress.Event, of int64) audit.Entry {
	entry := audit.Entry{
		Kind: audit.Net, App: label.Source(app), Leaves: true,
		Host: fmt.Sprintf("%s %s:%d", e.Protocol, e.Host, e.Port), BytesIn: e.In, BytesOut: e.Out, Why: unquoted(e.Why), Of: of,
	}
	if e.Address.IsValid() {
		entry.Address = e.Address.String()
	}
	switch e.Kind {
	case egress.Opened:
		entry.Decision, entry.By = "allow", "grant"
	case egress.Refused:
		entry.Decision, entry.By, entry.Leaves = "deny", "grant", false
	}
	return entry
}

// unquoted is why with … for what is quoted in it: that is what the app said, the name
// of another host say, and could be anything that the app knows.
func unquoted(why string) string {
	var b strings.Builder
	for {
		ours, rest, found := strings.Cut(why, `"`)
		b.WriteString(ours)
		if !found {
			return b.String()
		}
		b.WriteString("…")
		theirs, err := strconv.QuotedPrefix(`"` + rest)
		if err != nil {
			return b.String() // no end of it
		}
		why = rest[len(theirs)-1:]
	}
}
