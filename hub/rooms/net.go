package rooms

import (
	"fmt"
	"slices"
	"sync"

	"secgpt/apps"
	"secgpt/isolate"
	"secgpt/isolate/egress"
)

// grantsOf reads what an app's manifest says of hosts.
func grantsOf(app apps.App) ([]egress.Grant, error) {
	var grants []egress.Grant
	for _, text := range app.Grants.Hosts {
		g, err := egress.ParseGrant(text)
		if err != nil {
			return nil, fmt.Errorf("host %.100q, which it was granted: %w", text, err)
		}
		grants = append(grants, g)
	}
	return grants, nil
}

// HostsOf are the names and ports that a room listens on for these grants.
func HostsOf(grants []egress.Grant) []isolate.Host {
	var hosts []isolate.Host
	for _, g := range grants {
		at := slices.IndexFunc(hosts, func(h isolate.Host) bool { return h.Name == g.Host })
		if at < 0 {
			at, hosts = len(hosts), append(hosts, isolate.Host{Name: g.Host})
		}
		hosts[at].Ports = append(hosts[at].Ports, g.Ports...)
	}
	return hosts
}

// gateway carries the connections of a room that was granted hosts; nil if it was
// granted none. Each is told to the pool's Connected before a byte of it leaves.
func (p *Pool) gateway(app apps.App, raw *Room) (*egress.Gateway, error) {
	grants, err := grantsOf(app)
	if err != nil || len(grants) == 0 {
		return nil, err
	}
	if p.o.Connected == nil {
		return nil, fmt.Errorf("%s was granted hosts, and nobody records its connections", app.Name)
	}
	var opened sync.Map // number of a connection: entry of the record
	gw, err := egress.New(grants, egress.Options{Observe: func(e egress.Event) error {
		of, _ := opened.LoadAndDelete(e.Conn)
		first, _ := of.(int64)
		n, err := p.o.Connected(app.Name, e, first)
		if e.Kind == egress.Opened && err == nil {
			opened.Store(e.Conn, n)
		}
		return err
	}})
	if err != nil {
		return nil, err
	}
	for _, l := range raw.Listeners {
		if err := gw.Serve(l.Listener, l.Host, l.Port); err != nil {
			gw.Close()
			return nil, err
		}
	}
	return gw, nil
}
