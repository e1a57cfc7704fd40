package cli

import (
	"fmt"

	"secgpt/hub"
	"secgpt/hub/rooms"
	"secgpt/isolate"
	"secgpt/isolate/egress"
	"secgpt/mediator/audit"
)

// egress reads the hosts that a room may reach.
func (f roomFlags) egress() ([]egress.Grant, error) {
	all, err := egress.ParseGrants(f.hosts)
	if err != nil {
		return nil, usagef("--host: %w", err)
	}
	return all, nil
}

// roomName is who a command in a room is in the record; no app can be called so.
const roomName = "room"

// onRecord writes the connections of the room down, as those of apps are. A record that
// can't be written keeps them from being made.
func (c *command) onRecord(grants []egress.Grant) (observe func(egress.Event) error, rest func(), err error) {
	if len(grants) == 0 {
		return func(egress.Event) error { return nil }, func() {}, nil
	}
	p, err := c.openProfile()
	if p.State == "" { // it is known even where the configuration can't be read
		return nil, nil, err
	}
	record, err := audit.Open(p.State)
	if err != nil {
		return nil, nil, fmt.Errorf("the record in %s can't be opened: %w", p.State, err)
	}
	observe, rest = rooms.Told(func(e egress.Event, of int64) (int64, error) {
		entry := hub.Connection(roomName, e, of)
		entry.Private = c.private
		return record.Append(entry)
	})
	return observe, rest, nil
}

// newGateway judges what leaves the room, has it written down, and tells the person what
// was refused. It is open from the start: the whole run is one call of the person's own.
// What it returns besides ends it.
func (c *command) newGateway(grants []egress.Grant) (*egress.Gateway, func(), error) {
	record, rest, err := c.onRecord(grants)
	if err != nil {
		return nil, nil, err
	}
	g, err := egress.New(grants, egress.Options{Observe: func(e egress.Event) error {
		if err := record(e); err != nil {
			return err
		}
		switch {
		case e.Kind == egress.Refused:
			c.note("%s:%d was refused: %s", e.Host, e.Port, e.Why)
		case e.Kind == egress.Closed && e.Why != "":
			c.note("%s:%d was cut: %s", e.Host, e.Port, e.Why)
		case c.verbose:
			c.note("%s:%d (%s) %s: %d bytes out, %d in", e.Host, e.Port, e.Address, e.Kind, e.Out, e.In)
		}
		return nil
	}})
	if err != nil {
		return nil, nil, usage{err}
	}
	g.Open()
	return g, func() { g.Close(); rest() }, nil
}

// serve hands the room's sockets to the gateway.
func serve(g *egress.Gateway, room *isolate.Room) error {
	for _, l := range room.Listeners {
		if err := g.Serve(l.Listener, l.Host, l.Port); err != nil {
			return err
		}
	}
	return nil
}
