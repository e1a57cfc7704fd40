package egress

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"net/netip"
	"sync/atomic"
	"time"
)

// A conn is one connection of the app and, once it is opened, the server's end.
type conn struct {
	g      *Gateway
	ctx    context.Context // its end closes both ends
	cancel context.CancelCauseFunc
	grant  Grant
	port   int
	client net.Conn
	server net.Conn // nil until dialled
	up     *flow    // to the server
	down   *flow    // to the client
	words  opening
	last   atomic.Int64 // when something was carried, in nanoseconds
}

// An opening is what the app said first, read and found to fit the grant.
type opening struct {
	raw     []byte   // TLS: the records of its ClientHello
	request *request // HTTP
}

// errReplied ends a connection whose app has been told why, in its own protocol. The
// record says the same, also where the room ended before it was written.
type errReplied struct{ error }

// serve is the life of one connection.
func (g *Gateway) serve(client net.Conn, grant Grant, port int) {
	began := time.Now()
	c := &conn{g: g, grant: grant, port: port, client: client}
	c.ctx, c.cancel = context.WithCancelCause(g.ctx)
	stop := context.AfterFunc(c.ctx, func() { _ = client.Close() })
	event := Event{Kind: Refused, Conn: g.serial.Add(1), Host: grant.Host, Port: port, Protocol: grant.Protocol}

	err := g.enter(c)
	if err == nil {
		defer g.leave(c)
		event.Address, err = c.connect()
	}
	if err == nil {
		event.Kind, event.Took = Opened, time.Since(began)
		if err = g.options.Observe(event); err != nil {
			event.Kind, err = Refused, fmt.Errorf("it could not be recorded: %w", err)
		} else {
			event.Kind = Closed
			err = c.carry()
		}
		event.In, event.Out = c.down.moved.Load(), c.up.moved.Load()
	}
	replied := errors.As(err, new(errReplied))
	if c.ctx.Err() != nil && !replied {
		err = context.Cause(c.ctx) // why its ends were closed, not what that broke
	}
	event.Took, event.Why = time.Since(began), why(err)
	if event.Kind == Refused && event.Why == "" {
		event.Why = "the app hung up before it had said what it wants"
	}
	_ = g.options.Observe(event)
	if c.ctx.Err() == nil && (err == nil || replied) {
		c.linger()
	}
	c.end(nil)
	stop()
	_ = client.Close()
	if c.server != nil {
		_ = c.server.Close()
	}
}

// connect does all that comes before the first byte to the server.
func (c *conn) connect() (netip.AddrPort, error) {
	none := netip.AddrPort{}
	if err := c.hold(); err != nil {
		return none, err
	}
	if err := c.listen(); err != nil {
		return none, err
	}
	if err := c.hold(); err != nil {
		return none, err
	}
	server, to, err := c.g.dial(c.ctx, c.grant, c.port)
	if err != nil {
		return none, err
	}
	c.server = server
	context.AfterFunc(c.ctx, func() { _ = server.Close() })

	c.touch()
	c.g.work.Go(c.watch)
	l := c.g.options.Limits
	c.up = &flow{ctx: c.ctx, gate: c.g.gate, rate: c.g.rate, room: c.g.up, dst: server, verb: "sent", most: l.Up, alive: c.touch}
	c.down = &flow{ctx: c.ctx, gate: c.g.gate, rate: c.g.rate, room: c.g.down, dst: c.client, verb: "received", most: l.Down, alive: c.touch}
	return to, c.ctx.Err()
}

// end closes both ends. That one of them is gone is news for the other: like any
// byte it waits while the gate is shut, unless the whole connection is cut.
func (c *conn) end(why error) {
	if c.server != nil {
		_ = c.g.gate.wait(c.ctx)
	}
	c.cancel(why)
}

// touch notes that something was carried.
func (c *conn) touch() { c.last.Store(time.Now().UnixNano()) }

// watch ends the connection when nothing was carried for too long while it could.
func (c *conn) watch() {
	idle := c.g.options.Limits.Idle
	timer := time.NewTimer(idle)
	defer timer.Stop()
	for {
		select {
		case <-timer.C:
		case <-c.ctx.Done():
			return
		}
		if !c.g.gate.isOpen() {
			c.touch()
		}
		left := idle - time.Since(time.Unix(0, c.last.Load()))
		if left <= 0 {
			c.cancel(fmt.Errorf("cut: nothing came or went for %s", idle))
			return
		}
		timer.Reset(left)
	}
}

// hold waits for the gate, for a while.
func (c *conn) hold() error {
	ctx, cancel := context.WithTimeoutCause(c.ctx, c.g.options.Limits.Hold, errors.New("no call of the app is under way"))
	defer cancel()
	return c.g.gate.wait(ctx)
}

// listen reads and judges what the app says first.
func (c *conn) listen() (err error) {
	defer c.deadline(c.client)()
	switch c.grant.Protocol {
	case TLS:
		c.words.raw, err = c.hello(c.client)
	case HTTP:
		if c.words.request, err = readRequest(c.client, c.grant.Host, c.port); err != nil {
			err = c.reply(err)
		}
	}
	return err
}

// carry moves the bytes, after the check that can only be made with the server.
func (c *conn) carry() error {
	switch c.grant.Protocol {
	case TLS:
		return c.carryTLS()
	case HTTP:
		return c.carryHTTP()
	case StartTLS:
		return c.carryStartTLS()
	}
	return c.splice()
}

// deadline bounds reading from the ends until the returned function is called.
func (c *conn) deadline(ends ...net.Conn) func() {
	until := time.Now().Add(c.g.options.Limits.Handshake)
	for _, e := range ends {
		_ = e.SetReadDeadline(until)
	}
	return func() {
		for _, e := range ends {
			_ = e.SetReadDeadline(time.Time{})
		}
	}
}

// splice carries both directions until both have ended or one has failed.
func (c *conn) splice() error {
	ended := make(chan error, 2)
	pump := func(f *flow, from net.Conn) { ended <- c.pump(f, from) }
	go pump(c.up, c.client)
	go pump(c.down, c.server)
	first := <-ended
	if first != nil {
		c.end(first)
	}
	return errors.Join(first, <-ended)
}

// pump carries one direction to its end, and passes the end on.
func (c *conn) pump(f *flow, from io.Reader) error {
	// The bare interfaces keep io.Copy from handing the sockets to the kernel.
	_, err := io.CopyBuffer(struct{ io.Writer }{f}, struct{ io.Reader }{from}, make([]byte, chunkSize))
	if err == nil {
		err = f.end()
	}
	return err
}

// linger lets the app read the last words: a socket that is closed with unread
// bytes in it is reset, and takes with it what it has sent.
func (c *conn) linger() {
	half, ok := c.client.(interface{ CloseWrite() error })
	if !ok || half.CloseWrite() != nil {
		return
	}
	_ = c.client.SetReadDeadline(time.Now().Add(lingerMax))
	_, _ = io.CopyN(io.Discard, c.client, lingerBytes)
}

// why puts the end of a connection in words; one that an end of it closed needs none.
func why(err error) string {
	var broken *net.OpError
	switch {
	case err == nil, errors.Is(err, io.EOF), errors.Is(err, io.ErrUnexpectedEOF):
		return ""
	case !errors.As(err, &broken) || broken.Op == "dial":
		return err.Error()
	case broken.Timeout():
		return "the app or the server said nothing for too long"
	}
	return "broken off: " + broken.Err.Error()
}
