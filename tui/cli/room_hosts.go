package cli

import (
	"secgpt/isolate"
	"secgpt/isolate/egress"
)

// egress reads the hosts that a room may reach.
func (f roomFlags) egress() ([]egress.Grant, error) {
	all, err := egress.ParseGrants(f.hosts)
	if err != nil {
		return nil, usagef("--host: %w", err)
	}
	return all, nil
}

// newGateway judges what leaves the room, and tells the person what it refused. It
// is open from the start: the whole run is one call of the person's own.
func (c *command) newGateway(grants []egress.Grant) (*egress.Gateway, error) {
	g, err := egress.New(grants, egress.Options{Observe: func(e egress.Event) error {
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
		return nil, usage{err}
	}
	g.Open()
	return g, nil
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
