package rooms

import (
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"secgpt/isolate/egress"
)

func TestNetAConnectionIsToldBeforeItsFirstByte(t *testing.T) {
	var l ledger
	s := newLiner(t, "127.0.0.1:0")
	var toldThen atomic.Int64
	s.onByte = func(string) { toldThen.Store(int64(len(l.of(egress.Opened)))) }
	grant, to := s.raw("lines.example")
	p := netPool(t, &l, map[string][]string{"caller": {grant}})

	d := p.dial(t, "caller", dialling{To: to, Say: "hello"})
	require.Equal(t, "HELLO\n", d.Got, d.Error)
	require.EqualValues(t, 1, toldThen.Load(), "the server had a byte, and nothing was told")
	eventually(t, "its end is told", func() bool { // even that takes a call: the end is passed on too
		p.echo(t, "caller")
		return len(l.of(egress.Closed)) == 1
	})
	require.Len(t, l.all, 2)
	opened, closed := l.all[0], l.all[1]
	require.Equal(t, "caller", opened.app)
	require.Equal(t, egress.Raw, opened.e.Protocol)
	require.Equal(t, "lines.example", opened.e.Host)
	require.Equal(t, s.l.Addr().String(), opened.e.Address.String())
	require.Zero(t, opened.of)
	require.Equal(t, egress.Closed, closed.e.Kind)
	require.EqualValues(t, 1, closed.of, "the end names its beginning")
	require.EqualValues(t, len("hello\n"), closed.e.Out)
	require.EqualValues(t, len("HELLO\n"), closed.e.In)
	require.Empty(t, closed.e.Why, "the app hung up")
}

func TestNetTLSAndHTTPAreJudged(t *testing.T) {
	var l ledger
	var asked atomic.Int64
	web := http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		asked.Add(1)
		fmt.Fprintf(w, "%s %s", r.Host, r.URL.Path)
	})
	plain, secure := httptest.NewServer(web), httptest.NewTLSServer(web)
	t.Cleanup(plain.Close)
	t.Cleanup(secure.Close)
	port := func(s *httptest.Server) int { return s.Listener.Addr().(*net.TCPAddr).Port }
	httpAt, tlsAt := fmt.Sprintf("web.example:%d", port(plain)), fmt.Sprintf("safe.example:%d", port(secure))
	p := netPool(t, &l, map[string][]string{"caller": {"http://" + httpAt + "@127.0.0.1", tlsAt + "@127.0.0.1"}})

	require.Equal(t, "200 OK "+httpAt+" /page", p.dial(t, "caller", dialling{How: "http", To: httpAt, Say: "page"}).Got)
	request := "GET / HTTP/1.1\r\nHost: " + tlsAt + "\r\nConnection: close\r\n\r"
	d := p.dial(t, "caller", dialling{How: "tls", To: tlsAt, Say: request})
	require.Equal(t, "HTTP/1.1 200 OK\r\n", d.Got, d.Error)
	require.EqualValues(t, 2, asked.Load())

	// The same sockets, and another name said on them.
	d = p.dial(t, "caller", dialling{How: "tls", To: tlsAt, SNI: "other.example", Say: request})
	require.NotEmpty(t, d.Error)
	eventually(t, "the first is told", func() bool { return len(l.of(egress.Refused)) == 1 })
	d = p.dial(t, "caller", dialling{To: httpAt, Say: "GET / HTTP/1.1\r\nHost: other.example\r\n\r"})
	require.Contains(t, d.Got, "403")
	require.EqualValues(t, 2, asked.Load(), "a server was reached under a name that was not granted")
	p.Close() // perhaps before the second is told, which loses nothing of it
	refused := l.of(egress.Refused)
	require.Len(t, refused, 2)
	require.Equal(t, "safe.example", refused[0].e.Host, "the grant's name, not what the app said")
	require.Contains(t, refused[0].e.Why, "its ClientHello names")
	require.Contains(t, refused[1].e.Why, "the request is for the host")
	require.Len(t, l.of(egress.Opened), 2)
	require.Len(t, l.of(egress.Closed), 2)
}

func TestNetNothingIsReachedWithoutAGrant(t *testing.T) {
	var l ledger
	s, other := newLiner(t, "127.0.0.1:0"), newLiner(t, "127.0.0.1:0")
	grant, _ := other.raw("other.example")
	_, to := s.raw("lines.example")
	p := netPool(t, &l, map[string][]string{"none": nil, "another": {grant}})
	for _, app := range []string{"none", "another"} {
		for _, at := range []string{to, fmt.Sprintf("127.0.0.1:%d", s.port()), fmt.Sprintf("[::1]:%d", s.port()), fmt.Sprintf("other.example:%d", s.port())} {
			d := p.dial(t, app, dialling{To: at, Say: "x"})
			require.NotEmpty(t, d.Error, "%s reached %s", app, at)
		}
	}
	require.Zero(t, s.accepted.Load())
	require.Empty(t, l.all)
}

// A record that can't be written lets nothing out.
func TestNetWhatCannotBeToldDoesNotLeave(t *testing.T) {
	l := ledger{full: errors.New("no space left on device")}
	s := newLiner(t, "127.0.0.1:0")
	grant, to := s.raw("lines.example")
	p := netPool(t, &l, map[string][]string{"caller": {grant}})
	d := p.dial(t, "caller", dialling{To: to, Say: "secret"})
	require.NotEmpty(t, d.Error)
	require.Equal(t, io.EOF, soon(t, s.gone, "the server's end of it"), "it was connected and nothing came")
	require.Empty(t, s.lines)
	l.mu.Lock()
	l.full = nil
	l.mu.Unlock()
	require.Equal(t, "SECRET\n", p.dial(t, "caller", dialling{To: to, Say: "secret"}).Got, "as soon as it can be told again")

	o := p.o
	o.Connected = nil
	q := New(o)
	t.Cleanup(q.Close)
	_, err := q.try(t, "caller", "echo", `{}`)
	requireKind(t, err, RoomError, "nobody records its connections")
}

// What an app sends on a kept connection after its answer goes with its next call,
// and what the server sends waits as well.
func TestNetNothingFlowsBetweenCalls(t *testing.T) {
	var l ledger
	s := newLiner(t, "127.0.0.1:0")
	grant, to := s.raw("lines.example")
	p := netPool(t, &l, map[string][]string{"caller": {grant}, "other": nil})
	require.Equal(t, "FIRST\n", p.dial(t, "caller", dialling{How: "keep", To: to, Say: "first"}).Got)
	require.Equal(t, "first\n", soon(t, s.lines, "the first line"))

	data := p.app(t, "caller").Data
	there := func(name string) bool { _, err := os.Stat(filepath.Join(data, name)); return err == nil }
	require.NoError(t, os.WriteFile(filepath.Join(data, goFile), nil, 0o644))
	eventually(t, "the app has sent", func() bool { return there(sentFile) })
	_, err := io.WriteString(soon(t, s.conns, "its connection"), "from the server\n")
	require.NoError(t, err)
	p.echo(t, "other") // a call of another app is none of this one's
	select {
	case line := <-s.lines:
		t.Fatalf("%q left the room while no call was under way", line)
	case <-time.After(300 * time.Millisecond):
	}
	require.False(t, there(gotFile), "something came into the room while no call was under way")
	eventually(t, "both have what was sent", func() bool { // calls are short; each lets it go on
		p.echo(t, "caller")
		got, _ := os.ReadFile(filepath.Join(data, gotFile))
		return len(s.lines) > 0 && string(got) == "from the server\n"
	})
	require.Equal(t, "late\n", <-s.lines)
}

func TestNetARoomThatEndsCutsItsConnections(t *testing.T) {
	for name, end := range map[string]func(*Pool){
		"closed": func(p *Pool) { p.Close() },
		"died": func(p *Pool) {
			_, err := p.try(t, "caller", "dial", `{"how":"die"}`)
			requireKind(t, err, Died, "exit status 7")
		},
	} {
		t.Run(name, func(t *testing.T) {
			var l ledger
			s := newLiner(t, "127.0.0.1:0")
			grant, to := s.raw("lines.example")
			p := netPool(t, &l, map[string][]string{"caller": {grant}})
			require.NotEmpty(t, p.dial(t, "caller", dialling{How: "keep", To: to, Say: "x"}).Got)
			require.Empty(t, l.of(egress.Closed))
			end(p)
			soon(t, s.gone, "the server sees the end")
			eventually(t, "its end is told", func() bool { return len(l.of(egress.Closed)) == 1 })
			p.Close()
			require.Len(t, l.all, 2)
			require.EqualValues(t, 1, l.all[1].of)
		})
	}
}

// More connections than anybody needs are slowed down, and of refusals most are only
// counted.
func TestNetTheRecordIsNotFlooded(t *testing.T) {
	t.Run("opened", func(t *testing.T) {
		var l ledger
		s := newLiner(t, "127.0.0.1:0")
		grant, to := s.raw("lines.example")
		p := netPool(t, &l, map[string][]string{"caller": {grant}})
		began := time.Now()
		require.Equal(t, 620, p.dial(t, "caller", dialling{How: "many", To: to, Say: "x", Times: 620}).Done)
		took := time.Since(began)
		require.Greater(t, took, 1500*time.Millisecond, "620 connections: 600 at once, then 10 in a second")
		p.Close()
		require.Len(t, l.of(egress.Opened), 620, "each that was opened is told")
		require.Len(t, l.of(egress.Closed), 620)
	})
	t.Run("refused", func(t *testing.T) {
		var l ledger
		s := newLiner(t, "127.0.0.1:0")
		grant, to := s.raw("lines.example")
		s.l.Close() // nobody is there
		p := netPool(t, &l, map[string][]string{"caller": {grant}})
		d := p.dial(t, "caller", dialling{How: "many", To: to, Say: "x", Times: 200})
		require.Zero(t, d.Done)
		p.Close()
		require.Empty(t, l.of(egress.Opened))
		refused := l.of(egress.Refused)
		require.Len(t, refused, maxRefused+1)
		require.Contains(t, refused[0].e.Why, "connection refused")
		require.Contains(t, refused[maxRefused].e.Why, "the last of 140 that were refused too fast")
	})
}

func TestNetCountedRefusalsAreToldWithTheNext(t *testing.T) {
	at := time.Now()
	var told []string
	n := &teller{now: func() time.Time { return at }, tell: func(e egress.Event, _ int64) (int64, error) {
		told = append(told, e.Why)
		return 1, nil
	}}
	for range maxRefused + 5 {
		require.NoError(t, n.observe(egress.Event{Kind: egress.Refused, Why: "no"}))
	}
	require.Len(t, told, maxRefused)
	at = at.Add(time.Minute)
	require.NoError(t, n.observe(egress.Event{Kind: egress.Refused, Why: "no"}))
	require.Equal(t, "no (5 before it were refused too fast to write each down)", told[maxRefused])
	n.rest()
	require.Len(t, told, maxRefused+1)
}

// One name can be two places, for two apps.
func TestNetTwoAppsHaveTheirOwn(t *testing.T) {
	var l ledger
	one := newLiner(t, "127.0.0.1:0")
	two := newLiner(t, fmt.Sprintf("127.0.0.2:%d", one.port()))
	first, to := one.raw("shop.example")
	second, _ := two.raw("shop.example")
	p := netPool(t, &l, map[string][]string{"one": {first}, "two": {second}})
	require.NotEmpty(t, p.dial(t, "one", dialling{To: to, Say: "from one"}).Got)
	require.NotEmpty(t, p.dial(t, "two", dialling{To: to, Say: "from two"}).Got)
	require.Equal(t, "from one\n", <-one.lines)
	require.Equal(t, "from two\n", <-two.lines)
	require.Empty(t, one.lines)
	require.Empty(t, two.lines)
	for _, e := range l.of(egress.Opened) {
		require.Equal(t, map[string]string{"one": "127.0.0.1", "two": "127.0.0.2"}[e.app], e.e.Address.Addr().String())
	}
}

// A host that can't be granted locks its app, with what to write instead, and no other.
func TestNetABadHostLocksItsApp(t *testing.T) {
	many := func(host string) string {
		for port := 1000; port < 1015; port++ {
			host += fmt.Sprintf(",%d", port)
		}
		return host
	}
	for hosts, want := range map[string]string{
		"https://api.example.com":             `host "https://api.example.com": leave out https://`,
		"192.168.1.5":                         `a room reaches names, not addresses: write NAME@192.168.1.5`,
		"api.example.com/v1":                  `leave out the path`,
		"localhost:8080":                      `give the server another name, NAME@127.0.0.1`,
		"raw://git.example.com":               `write raw://git.example.com:PORT`,
		"api.example.com:80,443":              `write two grants, or the protocol in front`,
		"api.example.com@mars":                `"mars" is no address`,
		"api.example.com api.example.com:443": `host api.example.com: port 443 is granted twice: keep one`,
		many("a.example:1") + " " + many("b.example:1") + " " + many("c.example:1") + " " + many("d.example:1") + " e.example": `the hosts have 65 ports, 64 at most: leave some out`,
	} {
		t.Run(strings.Fields(hosts)[0], func(t *testing.T) {
			p := netPool(t, &ledger{}, map[string][]string{"bad": strings.Fields(hosts), "good": nil})
			_, err := p.try(t, "bad", "echo", `{}`)
			e := requireKind(t, err, Locked, want)
			require.Contains(t, e.Error(), "bad is locked: ")
			require.Contains(t, e.Error(), filepath.Join(p.app(t, "bad").Dir, "app.toml"))
			require.NotContains(t, e.Error(), "\n")
			_, err = p.try(t, "bad", "echo", `{}`)
			require.Same(t, e, err, "it stays locked")
			if want == "leave out the path" {
				p.echo(t, "good")
			}
		})
	}
}
