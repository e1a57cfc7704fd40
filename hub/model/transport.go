package model

import (
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/netip"
	"strconv"
	"strings"
	"syscall"
	"time"
)

// The bounds of what a server sends. An answer of DefaultTokens has a few hundred
// bytes of JSON for each; a list of a thousand models under a megabyte.
const (
	maxBody   = 8 << 20
	dialLimit = 5 * time.Second
)

var (
	errNotLocal   = errors.New("not on this computer")
	errNotPrivate = errors.New("no address of a private network")
)

// reach is how far a client goes.
type reach uint8

const (
	thisComputer reach = iota // loopback alone
	privateNet                // an address that no network outside routes
	anywhere                  // with TLS
)

// client is the way to a server that is so far away, and to no other: whatever the
// name resolves to or a redirect says, only an address within reach is dialled. The
// person's proxy is used for what is anywhere; it sees no more than the host.
func (r reach) client() *http.Client {
	d := &net.Dialer{Timeout: dialLimit, Control: func(_, address string, _ syscall.RawConn) error {
		a, err := netip.ParseAddrPort(address)
		if err != nil {
			return fmt.Errorf("%s is %w", address, errNotLocal)
		}
		return r.allows(a.Addr().Unmap())
	}}
	t := &http.Transport{
		DialContext:       d.DialContext,
		DisableKeepAlives: true, // a new connection costs little, an idle one a goroutine
		// A server that takes the request and says nothing is the talk's to end.
		TLSHandshakeTimeout: dialLimit,
	}
	if r == anywhere {
		t.Proxy = http.ProxyFromEnvironment
	}
	return &http.Client{
		Transport:     bounded{t},
		CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse },
	}
}

func (r reach) allows(a netip.Addr) error {
	switch {
	case r == thisComputer && !a.IsLoopback():
		return fmt.Errorf("%s is %w", a, errNotLocal)
	case r == privateNet && !a.IsPrivate() && !a.IsLinkLocalUnicast() && !a.IsLoopback():
		return fmt.Errorf("%s is %w", a, errNotPrivate)
	}
	return nil
}

// afterKey is where a request's context wants to be told when to ask again.
type afterKey struct{}

// bounded ends a response that is too long, and one of Ollama's that is no JSON lines.
type bounded struct{ next http.RoundTripper }

func (b bounded) RoundTrip(r *http.Request) (*http.Response, error) {
	res, err := b.next.RoundTrip(r)
	if err != nil {
		return nil, err
	}
	if res.StatusCode >= 300 && res.StatusCode < 400 {
		res.Body.Close()
		return nil, fmt.Errorf("%w: it answered with a redirect", errForm)
	}
	if p, ok := r.Context().Value(afterKey{}).(*time.Duration); ok {
		*p = retryAfter(res.Header.Get("Retry-After"), time.Now())
	}
	fine, most := res.StatusCode < 400, maxBody
	if r.URL.Path == pullPath {
		most = maxPull
	}
	switch accept := r.Header.Get("Accept"); {
	case strings.Contains(accept, "event-stream"): // sse.go reads it
		fine = false
	case fine:
		res.Body = &body{ReadCloser: res.Body, left: most, start: true, lines: strings.Contains(accept, "ndjson")}
	}
	if !fine {
		res.Body = &body{ReadCloser: res.Body, left: maxBody}
	}
	return res, nil
}

// retryAfter reads the header of that name: seconds, or a date.
func retryAfter(s string, now time.Time) time.Duration {
	if n, err := strconv.ParseUint(s, 10, 31); err == nil {
		return time.Duration(n) * time.Second
	}
	if at, err := http.ParseTime(s); err == nil {
		return max(0, at.Sub(now))
	}
	return 0
}

var errForm = errors.New("not the language of such a server")

// body lets through a JSON object, in a stream one a line. Error pages pass: they
// may be plain text, and only a piece of them is shown.
type body struct {
	io.ReadCloser
	left  int
	start bool // the next byte must begin an object
	lines bool // so must each line
}

func (b *body) Read(p []byte) (int, error) {
	n, err := b.ReadCloser.Read(p)
	if b.left -= n; b.left < 0 {
		return 0, errTooLong
	}
	for _, c := range p[:n] {
		blank := c == '\n' || c == '\r'
		if b.start && c != '{' && (b.lines || !blank) {
			return 0, errForm
		}
		b.start = b.start && blank || b.lines && c == '\n'
	}
	return n, err
}
