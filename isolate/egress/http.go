package egress

import (
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"sync/atomic"
	"time"
)

// carryHTTP carries one request and its answer. Clients open another connection
// for the next, as the answer tells them to.
func (c *conn) carryHTTP() error {
	r := c.words.request
	if _, err := io.WriteString(c.up, r.head()); err != nil {
		return err
	}
	var answered atomic.Bool
	sent := make(chan struct{})
	go func() {
		defer close(sent)
		// A server that takes no more of the body may still answer, mostly to say why.
		if err := r.sendBody(c.up); err != nil && !answered.Load() && !toServer(err) {
			c.end(err)
		}
	}()
	err := c.pump(c.down, c.server)
	answered.Store(true) // what is still to be sent, nobody waits for
	_ = c.client.SetReadDeadline(time.Unix(1, 0))
	_ = c.server.Close()
	<-sent
	return err
}

// toServer tells whether an error is one of writing to the server.
func toServer(err error) bool {
	var broken *net.OpError
	return errors.As(err, &broken) && broken.Op == "write"
}

// reply answers a request that goes nowhere.
func (c *conn) reply(err error) error {
	var b *badRequest
	if !errors.As(err, &b) {
		return err
	}
	_ = c.client.SetWriteDeadline(time.Now().Add(lingerMax))
	_, _ = fmt.Fprintf(c.client, "HTTP/1.1 %d %s\r\nContent-Type: text/plain; charset=utf-8\r\nContent-Length: %d\r\nConnection: close\r\n\r\n%s\n",
		b.status, http.StatusText(b.status), len(b.text)+1, b.text)
	return errReplied{err}
}
