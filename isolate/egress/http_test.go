package egress

import (
	"bufio"
	"bytes"
	"context"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync"
	"testing"

	"github.com/stretchr/testify/require"
)

// C22 (in the clear), C29 and C31: what is answered here and goes nowhere.
func TestBadRequests(t *testing.T) {
	const get, host = "GET / HTTP/1.1\r\n", "Host: a.example\r\n"
	post := func(headers, body string) string { return "POST / HTTP/1.1\r\n" + host + headers + "\r\n" + body }
	for name, row := range map[string]struct {
		raw    string
		status int
	}{
		"CL.TE":                        {post("Content-Length: 6\r\nTransfer-Encoding: chunked\r\n", "0\r\n\r\nX"), 400},
		"TE.CL":                        {post("Transfer-Encoding: chunked\r\nContent-Length: 3\r\n", "1\r\nX\r\n0\r\n\r\n"), 400},
		"TE.TE":                        {post("Transfer-Encoding: chunked\r\nTransfer-Encoding: identity\r\n", ""), 400},
		"TE of two":                    {post("Transfer-Encoding: gzip, chunked\r\n", ""), 400},
		"TE in disguise":               {post("Transfer-Encoding: xchunked\r\n", ""), 400},
		"TE with vertical tab":         {post("Transfer-Encoding:\x0bchunked\r\n", ""), 400},
		"TE with a space":              {post("Transfer-Encoding : chunked\r\n", ""), 400},
		"TE empty":                     {post("Transfer-Encoding:\r\n", ""), 400},
		"two lengths":                  {post("Content-Length: 1\r\nContent-Length: 2\r\n", "xx"), 400},
		"two equal lengths":            {post("Content-Length: 1\r\nContent-Length: 1\r\n", "x"), 400},
		"a list of lengths":            {post("Content-Length: 1, 1\r\n", "x"), 400},
		"a signed length":              {post("Content-Length: +1\r\n", "x"), 400},
		"a length below zero":          {post("Content-Length: -1\r\n", "x"), 400},
		"a hexadecimal length":         {post("Content-Length: 0x1\r\n", "x"), 400},
		"no length in it":              {post("Content-Length:\r\n", "x"), 400},
		"a length that is too long":    {post("Content-Length: 99999999999999999999\r\n", "x"), 400},
		"two hosts":                    {get + host + "Host: evil.example\r\n\r\n", 400},
		"two equal hosts":              {get + host + host + "\r\n", 400},
		"no host":                      {get + "\r\n", 400},
		"a folded line":                {get + host + "X-A: b\r\n c\r\n\r\n", 400},
		"a folded host":                {get + "Host:\r\n a.example\r\n\r\n", 403},
		"a folded first line":          {get + " Host: evil.example\r\n" + host + "\r\n", 400},
		"a bare LF":                    {get + "Host: a.example\n\r\n", 400},
		"a bare LF in a value":         {get + host + "X-A: b\nHost: evil.example\r\n\r\n", 400},
		"a bare CR in a value":         {get + host + "X-A: b\rHost: evil.example\r\n\r\n", 400},
		"LF only":                      {"GET / HTTP/1.1\nHost: a.example\n\n", 400},
		"NUL":                          {get + host + "X-A: \x00\r\n\r\n", 400},
		"a space before the colon":     {get + "Host : a.example\r\n\r\n", 400},
		"a tab before the colon":       {get + "Host\t: a.example\r\n\r\n", 400},
		"no colon":                     {get + host + "X-A\r\n\r\n", 400},
		"no name":                      {get + host + ": b\r\n\r\n", 400},
		"a name that is no token":      {get + host + "X(A): b\r\n\r\n", 400},
		"another host":                 {get + "Host: evil.example\r\n\r\n", 403},
		"a host below":                 {get + "Host: x.a.example\r\n\r\n", 403},
		"a host above":                 {get + "Host: a.example.evil.example\r\n\r\n", 403},
		"a final dot":                  {get + "Host: a.example.\r\n\r\n", 403},
		"an account":                   {get + "Host: a.example@evil.example\r\n\r\n", 403},
		"another port":                 {get + "Host: a.example:81\r\n\r\n", 403},
		"no port after the colon":      {get + "Host: a.example:\r\n\r\n", 403},
		"an address":                   {get + "Host: 169.254.169.254\r\n\r\n", 403},
		"an empty host":                {get + "Host:\r\n\r\n", 403},
		"a URL of another host":        {"GET http://evil.example/ HTTP/1.1\r\n" + host + "\r\n", 400},
		"a URL of this host":           {"GET http://a.example/ HTTP/1.1\r\n" + host + "\r\n", 400},
		"CONNECT":                      {"CONNECT evil.example:443 HTTP/1.1\r\n" + host + "\r\n", 400},
		"CONNECT to a path":            {"CONNECT / HTTP/1.1\r\n" + host + "\r\n", 400},
		"Upgrade: h2c":                 {get + host + "Connection: Upgrade, HTTP2-Settings\r\nUpgrade: h2c\r\nHTTP2-Settings: AAMA\r\n\r\n", 400},
		"Upgrade: websocket":           {get + host + "Connection: Upgrade\r\nUpgrade: websocket\r\n\r\n", 400},
		"Upgrade alone":                {get + host + "Upgrade: h2c\r\n\r\n", 400},
		"HTTP/2 from the start":        {"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n", 400},
		"dropping a header":            {get + host + "Connection: close, Host\r\n\r\n", 400},
		"HTTP/1.0":                     {"GET / HTTP/1.0\r\n" + host + "\r\n", 400},
		"HTTP/0.9":                     {"GET /\r\n", 400},
		"HTTP/1.1 with more":           {"GET / HTTP/1.1 x\r\n" + host + "\r\n", 400},
		"two spaces":                   {"GET  / HTTP/1.1\r\n" + host + "\r\n", 400},
		"a space in the path":          {"GET /a b HTTP/1.1\r\n" + host + "\r\n", 400},
		"a tab in the path":            {"GET /a\tb HTTP/1.1\r\n" + host + "\r\n", 400},
		"an empty line first":          {"\r\n" + get + host + "\r\n", 400},
		"a method that is no token":    {"G(T / HTTP/1.1\r\n" + host + "\r\n", 400},
		"a star without OPTIONS":       {"GET * HTTP/1.1\r\n" + host + "\r\n", 400},
		"TLS":                          {"\x16\x03\x01\x00\x05hello\r\n", 400},
		"a header of 17 KiB":           {get + host + "X-A: " + strings.Repeat("a", 17<<10) + "\r\n\r\n", 400},
		"101 headers":                  {get + host + strings.Repeat("X-A: b\r\n", 101) + "\r\n", 400},
		"70 KiB of headers":            {get + host + strings.Repeat("X-A: "+strings.Repeat("b", 10<<10)+"\r\n", 7) + "\r\n", 400},
		"a request hidden in a header": {get + host + "X-A: b\r\n\n" + get + "Host: evil.example\r\n\r\n", 400},
	} {
		w := start(t, "http://a.example", "", Limits{})
		c := w.connect()
		go func() { _, _ = io.WriteString(c, row.raw) }()
		resp, err := http.ReadResponse(bufio.NewReader(c), nil)
		require.NoError(t, err, name)
		require.Equal(t, row.status, resp.StatusCode, name)
		require.True(t, resp.Close, name)
		said, err := io.ReadAll(resp.Body)
		require.NoError(t, err)
		e := w.event()
		require.Equal(t, Refused, e.Kind, name)
		require.Equal(t, e.Why+"\n", string(said), name)
		require.Empty(t, w.dialed(), name)
		require.Empty(t, w.names.asked, name)
		w.Close()
	}
}

// recorder is a server that keeps what it got, byte for byte. It answers once it has
// as much as it was told to expect.
func recorder(t *testing.T) (server string, expect chan int, got chan string) {
	expect, got = make(chan int, 10), make(chan string, 10)
	return serve(t, func(c net.Conn) {
		p := make([]byte, <-expect)
		n, _ := io.ReadFull(c, p)
		_, _ = io.WriteString(c, "HTTP/1.1 200 OK\r\n\r\n")
		_ = c.(*net.TCPConn).CloseWrite()
		rest, _ := io.ReadAll(c)
		got <- string(p[:n]) + string(rest)
	}), expect, got
}

// C30: a second request on the connection never gets anywhere.
func TestOnlyTheFirstRequestGoes(t *testing.T) {
	got := make(chan string, 10)
	server := serve(t, func(c net.Conn) {
		r := bufio.NewReader(c)
		req, err := http.ReadRequest(r)
		require.NoError(t, err)
		body, _ := io.ReadAll(req.Body)
		_, _ = io.WriteString(c, "HTTP/1.1 200 OK\r\nConnection: close\r\nContent-Length: 2\r\n\r\nok")
		_ = c.(*net.TCPConn).CloseWrite()
		rest, _ := io.ReadAll(r)
		got <- req.Host + "|" + string(body) + "|" + string(rest)
	})
	second := "GET / HTTP/1.1\r\nHost: evil.example\r\n\r\n"
	for raw, want := range map[string]string{
		"GET / HTTP/1.1\r\nHost: a.example\r\n\r\n" + second:                                                         "a.example||",
		"POST / HTTP/1.1\r\nHost: a.example\r\nContent-Length: 3\r\n\r\nabc" + second:                                "a.example|abc|",
		"POST / HTTP/1.1\r\nHost: a.example\r\nTransfer-Encoding: chunked\r\n\r\n3\r\nabc\r\n0\r\n\r\n" + second:     "a.example|abc|",
		"GET / HTTP/1.1\r\nHost: a.example\r\nConnection: keep-alive\r\nContent-Length: 0\r\n\r\n" + second + second: "a.example||",
	} {
		w := start(t, "http://a.example", server, Limits{})
		c := w.connect()
		_, err := io.WriteString(c, raw)
		require.NoError(t, err)
		all, err := io.ReadAll(c)
		require.NoError(t, err, "the answer is not lost to a reset")
		require.True(t, bytes.HasSuffix(all, []byte("\r\n\r\nok")))
		require.Equal(t, want, <-got)
		require.Len(t, w.dialed(), 1)
	}
}

// What goes to the server is written anew, and has one meaning.
func TestRequestAsSent(t *testing.T) {
	server, expect, got := recorder(t)
	for raw, want := range map[string]string{
		"GET /x?y=1 HTTP/1.1\r\nhOsT: \t A.example \r\nX-A:b\r\nConnection: keep-alive, TE\r\nTE: trailers\r\nKeep-Alive: 5\r\n\r\n": "GET /x?y=1 HTTP/1.1\r\nhOsT: A.example\r\nX-A: b\r\nConnection: close\r\n\r\n",
		"OPTIONS * HTTP/1.1\r\nHost: a.example:80\r\n\r\n":                                                                           "OPTIONS * HTTP/1.1\r\nHost: a.example:80\r\nConnection: close\r\n\r\n",
		"PUT / HTTP/1.1\r\nHost: a.example\r\nTransfer-Encoding: CHUNKED\r\n\r\n0A\r\n0123456789\r\n0\r\n\r\nmore":                   "PUT / HTTP/1.1\r\nHost: a.example\r\nTransfer-Encoding: CHUNKED\r\nConnection: close\r\n\r\na\r\n0123456789\r\n0\r\n\r\n",
		"PUT / HTTP/1.1\r\nHost: a.example\r\nContent-Length: 05\r\n\r\n01234more":                                                   "PUT / HTTP/1.1\r\nHost: a.example\r\nContent-Length: 05\r\nConnection: close\r\n\r\n01234",
	} {
		expect <- len(want)
		w := start(t, "http://a.example", server, Limits{})
		c := w.connect()
		_, err := io.WriteString(c, raw)
		require.NoError(t, err)
		_, err = io.ReadAll(c)
		require.NoError(t, err)
		require.Equal(t, want, <-got)
	}
}

func TestBadBodies(t *testing.T) {
	server, expect, got := recorder(t)
	head := "POST / HTTP/1.1\r\nHost: a.example\r\nTransfer-Encoding: chunked\r\n\r\n"
	for raw, says := range map[string]string{
		head + "3;x=y\r\nabc\r\n0\r\n\r\n":                                   "a chunk has the size",
		head + "0x3\r\nabc\r\n0\r\n\r\n":                                     "a chunk has the size",
		head + " 3\r\nabc\r\n0\r\n\r\n":                                      "a chunk has the size",
		head + "\r\nabc\r\n0\r\n\r\n":                                        "a chunk has the size",
		head + "fffffffff\r\nabc\r\n0\r\n\r\n":                               "a chunk has the size",
		head + "3\nabc\r\n0\r\n\r\n":                                         "does not end in CR LF",
		head + "3\r\nabcd\r\n0\r\n\r\n":                                      "does not end where it must",
		head + "3\r\nabc\n0\r\n\r\n":                                         "does not end where it must",
		head + "0\r\nX-Trailer: Host\r\n\r\n":                                "has trailers",
		head + "00000000000000000003\r\nabc\r\n":                             "more than 16 bytes",
		"POST / HTTP/1.1\r\nHost: a.example\r\nContent-Length: 9\r\n\r\nabc": "ended its request in the middle",
	} {
		w := start(t, "http://a.example", server, Limits{})
		c := w.connect()
		_, err := io.WriteString(c, raw)
		require.NoError(t, err)
		require.NoError(t, c.CloseWrite())
		expect <- 1 << 10 // more than comes
		_, _ = io.ReadAll(c)
		require.Equal(t, Opened, w.event().Kind, raw)
		require.Contains(t, w.event().Why, says, raw)
		require.NotContains(t, <-got, "Trailer")
	}
}

// On another port than 80 the Host must have it.
func TestHostWithPort(t *testing.T) {
	for host, fits := range map[string]bool{"a.example:8080": true, "a.example": false, "a.example:80": false, "a.example:08080": false} {
		_, err := readRequest(strings.NewReader("GET / HTTP/1.1\r\nHost: "+host+"\r\n\r\n"), "a.example", 8080)
		if fits {
			require.NoError(t, err)
		} else {
			require.ErrorContains(t, err, "granted is a.example:8080", host)
		}
	}
}

// Refused or answered early, an app reads all of the answer, whatever it still
// sends, and nothing waits for what it does not.
func TestAnswerBeforeTheEnd(t *testing.T) {
	w := start(t, "http://a.example", "", Limits{})
	c := w.connect()
	_, err := io.WriteString(c, "POST / HTTP/1.1\r\nHost: b.example\r\nContent-Length: 100000\r\n\r\n"+strings.Repeat("x", 100_000))
	require.NoError(t, err)
	require.NoError(t, c.CloseWrite())
	require.Equal(t, Refused, w.event().Kind)
	all, err := io.ReadAll(c)
	require.NoError(t, err, "not reset")
	require.Contains(t, string(all), "403 Forbidden")

	w = start(t, "http://a.example", serve(t, func(c net.Conn) {
		_, _ = c.Read(make([]byte, 1<<10))
		_, _ = io.WriteString(c, "HTTP/1.1 413 Content Too Large\r\nConnection: close\r\n\r\n")
	}), Limits{})
	c = w.connect()
	_, err = io.WriteString(c, "POST / HTTP/1.1\r\nHost: a.example\r\nContent-Length: 100000\r\n\r\nx")
	require.NoError(t, err)
	require.Equal(t, Opened, w.event().Kind)
	require.Equal(t, Closed, w.event().Kind, "although the body is not whole")
	all, err = io.ReadAll(c)
	require.NoError(t, err)
	require.Contains(t, string(all), "413")
}

// A told is the app's end of a connection; its room ends while the app is told why it
// was refused.
type told struct {
	net.Conn
	ended  chan struct{} // closed with the connection
	closed sync.Once
	end    func()
}

func (c *told) Write(b []byte) (int, error) {
	c.end()
	<-c.ended
	return len(b), nil
}

func (c *told) Close() error {
	c.closed.Do(func() { close(c.ended) })
	return c.Conn.Close()
}

// What the app was told stands on the record too, though its room has ended since.
func TestAnsweredWhileTheRoomEnds(t *testing.T) {
	w := start(t, "http://a.example", "", Limits{})
	app, ours := net.Pipe()
	t.Cleanup(func() { _ = app.Close() })
	closed := make(chan struct{})
	c := &told{Conn: ours, ended: make(chan struct{}), end: func() {
		go func() { w.Close(); close(closed) }()
	}}
	w.work.Go(func() { w.serve(c, w.grants[0], 80) })
	_, err := io.WriteString(app, "GET / HTTP/1.1\r\nHost: b.example\r\n\r\n")
	require.NoError(t, err)
	e := w.event()
	require.Equal(t, Refused, e.Kind)
	require.Contains(t, e.Why, "the request is for the host")
	<-closed
}

// Go's own client and server: bodies, keep-alive that is refused, an early answer.
func TestHTTPClient(t *testing.T) {
	server := httptest.NewServer(http.HandlerFunc(func(rw http.ResponseWriter, r *http.Request) {
		if r.URL.Path == "/early" {
			http.Error(rw, "no", http.StatusRequestEntityTooLarge)
			return
		}
		n, err := io.Copy(io.Discard, r.Body)
		_, _ = fmt.Fprint(rw, r.Method, r.Host, n, err)
	}))
	defer server.Close()
	w := start(t, "http://a.example:8080", server.Listener.Addr().String(), Limits{})
	transport := &http.Transport{DialContext: func(context.Context, string, string) (net.Conn, error) { return net.Dial("tcp", w.room.String()) }}
	defer transport.CloseIdleConnections()
	client := &http.Client{Transport: transport}
	post := func(path string, body io.Reader) (int, string) {
		resp, err := client.Post("http://a.example:8080"+path, "text/plain", body)
		require.NoError(t, err)
		defer func() { require.NoError(t, resp.Body.Close()) }()
		all, err := io.ReadAll(resp.Body)
		require.NoError(t, err)
		return resp.StatusCode, string(all)
	}
	for range 3 {
		_, got := post("/", strings.NewReader(strings.Repeat("x", 100_000)))
		require.Equal(t, "POSTa.example:8080100000 <nil>", got)
	}
	_, got := post("/", io.LimitReader(zeros{}, 3<<20)) // chunked
	require.Equal(t, "POSTa.example:80803145728 <nil>", got)
	status, _ := post("/early", strings.NewReader("x"))
	require.Equal(t, http.StatusRequestEntityTooLarge, status)
	require.Len(t, w.dialed(), 5, "one connection for each request")
}

// What is accepted has one reading: Go's own server reads the same from it.
func FuzzReadRequest(f *testing.F) {
	f.Add([]byte("GET / HTTP/1.1\r\nHost: a.example\r\n\r\n"))
	f.Add([]byte("POST /x HTTP/1.1\r\nHost: a.example:80\r\nTransfer-Encoding: chunked\r\n\r\n3\r\nabc\r\n0\r\n\r\n"))
	f.Add([]byte("POST /x HTTP/1.1\r\nContent-Length: 3\r\nHost: a.example\r\n\r\nabcdef"))
	f.Fuzz(func(t *testing.T, raw []byte) {
		r, err := readRequest(bytes.NewReader(raw), "a.example", 80)
		if err != nil {
			return
		}
		var sent bytes.Buffer
		sent.WriteString(r.head())
		if r.sendBody(&sent) != nil {
			return
		}
		rest := bufio.NewReader(&sent)
		again, err := http.ReadRequest(rest)
		if err != nil {
			// Go refuses some paths and bytes that are allowed.
			return
		}
		if !sameName(strings.TrimSuffix(again.Host, ":80"), "a.example") || !again.Close {
			t.Fatalf("%q: host %q", raw, again.Host)
		}
		if _, err := io.Copy(io.Discard, again.Body); err != nil {
			t.Fatalf("%q: %v", raw, err)
		}
		if left, _ := io.ReadAll(rest); len(left) > 0 {
			t.Fatalf("%q: %q is left for a second request", raw, left)
		}
	})
}
