package model

import (
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/netip"
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
	errNotLocal = errors.New("not on this computer")
	errTooLong  = errors.New("too long")
)

// localOnly is the way to a server on this computer, and to no other: whatever the
// name resolves to, a proxy or a redirect says, only a loopback address is dialled.
func localOnly() *http.Client {
	d := &net.Dialer{Timeout: dialLimit, Control: func(_, address string, _ syscall.RawConn) error {
		a, err := netip.ParseAddrPort(address)
		if err != nil || !a.Addr().Unmap().IsLoopback() {
			return fmt.Errorf("%s is %w", address, errNotLocal)
		}
		return nil
	}}
	return &http.Client{
		Transport: bounded{&http.Transport{
			Proxy: nil, DialContext: d.DialContext,
			DisableKeepAlives: true, // a new connection costs nothing here, an idle one a goroutine
		}},
		CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse },
	}
}

// bounded ends a response that is too long, and one that is no JSON lines.
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
	stream := strings.Contains(r.Header.Get("Accept"), "ndjson")
	res.Body = &body{ReadCloser: res.Body, left: maxBody, start: res.StatusCode < 400, lines: stream && res.StatusCode < 400}
	return res, nil
}

var errForm = errors.New("not Ollama's language")

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
