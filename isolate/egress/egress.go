// Package egress is the only way out of a room that has no network.
//
// Such a room has a loopback and nothing else. For each host that it may reach
// there is a listening socket on one of its loopback addresses, held by a process
// outside, and its /etc/hosts leads the name there. A Gateway serves those
// sockets: programs in the room need no proxy setting, see no DNS, and reach
// nothing that was not granted.
//
// What a Gateway promises:
//   - which host a connection is for is known by the socket it came on, never by
//     what the app says; what the app says must fit it (tls.go, http.go, starttls.go);
//   - the name is looked up here, once for each connection, and what is dialled is
//     an address that was checked (address.go, dial.go);
//   - no byte crosses while no call is under way (gate.go), none before the record
//     of it was taken (event.go), and no more than was allowed (limits.go, meter.go);
//   - Revoke and Close end what is open.
//
// What it can't do: see inside TLS. A granted host is a way out for all that the
// app knows, and if that host carries others (a CDN), so are they.
//
// Read grant.go first, then conn.go, which has a connection's life from top to
// bottom. The package knows nothing of rooms: any net.Listener will do.
package egress

import (
	"context"
	"errors"
	"fmt"
	"net"
	"net/netip"
	"slices"
	"sync"
	"sync/atomic"
	"time"
)

// Options say what a Gateway works with. Zero fields mean the defaults.
type Options struct {
	Limits   Limits
	Resolver Resolver // Go's own, with this machine's configuration
	Dialer   Dialer   // a net.Dialer

	// Observe gets every Event, from several goroutines at once. An error for an
	// Opened event refuses that connection; for others it changes nothing. It must
	// not call Close.
	Observe func(Event) error

	own func() ([]netip.Addr, error) // this machine's addresses
}

// A Gateway carries the connections of one room. It starts shut.
type Gateway struct {
	grants  []Grant
	options Options
	gate    *gate
	rate    *bucket
	turns   *bucket // one for each new connection
	up      *quota
	down    *quota

	ctx    context.Context // ends with Close
	cancel context.CancelCauseFunc
	work   sync.WaitGroup
	serial atomic.Uint64

	mu      sync.Mutex
	closed  bool
	revoked []string
	conns   map[*conn]struct{} // under way, also those that still wait
}

var (
	errClosed  = errors.New("the room has ended")
	errRevoked = errors.New("the host was revoked")
)

// New makes a Gateway for these grants. It fails on a grant that is not valid, and
// on two for the same host and port.
func New(grants []Grant, o Options) (*Gateway, error) {
	var kept []Grant
	if err := fit(grants); err != nil {
		return nil, err
	}
	for _, g := range grants {
		g.Ports, g.Addresses = slices.Clone(g.Ports), slices.Clone(g.Addresses) // not the caller's to change
		kept = append(kept, g)
		if err := g.Check(); err != nil {
			return nil, fmt.Errorf("host %.100q: %w", g.Host, err)
		}
	}
	o.Limits = o.Limits.orDefaults()
	if o.Resolver == nil {
		o.Resolver = &system{net.Resolver{PreferGo: true}}
	}
	if o.Dialer == nil {
		o.Dialer = &net.Dialer{}
	}
	if o.Observe == nil {
		o.Observe = func(Event) error { return nil }
	}
	if o.own == nil {
		o.own = own
	}
	l := o.Limits
	g := &Gateway{
		grants:  kept,
		options: o,
		gate:    newGate(),
		rate:    newBucket(float64(l.Rate), float64(max(l.Rate/4, chunkSize))),
		turns:   newBucket(float64(l.PerMinute)/60, float64(l.PerMinute)),
		up:      &quota{most: l.RoomUp},
		down:    &quota{most: l.RoomDown},
		conns:   map[*conn]struct{}{},
	}
	g.ctx, g.cancel = context.WithCancelCause(context.Background())
	return g, nil
}

func find(grants []Grant, host string, port int) (Grant, bool) {
	for _, g := range grants {
		if g.Host == host && slices.Contains(g.Ports, port) {
			return g, true
		}
	}
	return Grant{}, false
}

// Serve takes the connections of one listener, which stands for one port of a
// granted host, until Close or until the listener is closed. The listener is the
// Gateway's from now on. It returns at once.
func (g *Gateway) Serve(l net.Listener, host string, port int) error {
	grant, ok := find(g.grants, host, port)
	g.mu.Lock()
	defer g.mu.Unlock()
	switch {
	case g.closed:
		return errors.Join(errClosed, l.Close())
	case !ok:
		return errors.Join(fmt.Errorf("port %d of %.100q is not granted", port, host), l.Close())
	}
	g.work.Go(func() { g.accept(l, grant, port) })
	return nil
}

// Open lets bytes through until the matching Shut. Calls are counted: it is open
// while any is under way.
func (g *Gateway) Open() { g.gate.open() }

// Shut ends what Open began. If it was the last, then when Shut returns no byte
// crosses in either direction; what is under way waits, and goes on with the next
// Open.
func (g *Gateway) Shut() { g.gate.shut() }

// Revoke cuts all connections to a host, at once, and refuses new ones.
func (g *Gateway) Revoke(host string) {
	g.mu.Lock()
	defer g.mu.Unlock()
	if !slices.Contains(g.revoked, host) {
		g.revoked = append(g.revoked, host)
	}
	for c := range g.conns {
		if c.grant.Host == host {
			c.cancel(errRevoked)
		}
	}
}

// Close cuts everything and closes the listeners. When it returns, every
// connection has had its last event and no goroutine is left.
func (g *Gateway) Close() {
	g.mu.Lock()
	g.closed = true
	g.mu.Unlock()
	g.cancel(errClosed)
	g.work.Wait()
}

// accept takes connections as fast as the limit for new ones allows: the others
// wait in the kernel's short queue. So nobody can flood the record either.
func (g *Gateway) accept(l net.Listener, grant Grant, port int) {
	stop := context.AfterFunc(g.ctx, func() { _ = l.Close() })
	defer func() {
		if stop() {
			_ = l.Close()
		}
	}()
	for {
		client, err := l.Accept()
		switch {
		case errors.Is(err, net.ErrClosed):
			return
		case err != nil:
			select {
			case <-time.After(acceptPause):
				continue
			case <-g.ctx.Done():
				return
			}
		}
		if g.turns.take(g.ctx, 1) != nil {
			_ = client.Close()
			return
		}
		g.work.Go(func() { g.serve(client, grant, port) })
	}
}

// enter adds a connection to those under way, or tells why it can't be.
func (g *Gateway) enter(c *conn) error {
	g.mu.Lock()
	defer g.mu.Unlock()
	switch {
	case slices.Contains(g.revoked, c.grant.Host):
		return errRevoked
	case len(g.conns) >= g.options.Limits.Conns:
		return fmt.Errorf("the room has %d connections already, and may have no more at once", len(g.conns))
	case !g.up.left():
		return fmt.Errorf("the room has sent %s, all that it may until it starts again", size(g.up.most))
	case !g.down.left():
		return fmt.Errorf("the room has received %s, all that it may until it starts again", size(g.down.most))
	}
	g.conns[c] = struct{}{}
	return nil
}

func (g *Gateway) leave(c *conn) {
	g.mu.Lock()
	defer g.mu.Unlock()
	delete(g.conns, c)
}
