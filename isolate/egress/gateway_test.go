package egress

import (
	"bytes"
	"errors"
	"io"
	"net"
	"net/netip"
	"os"
	"strings"
	"syscall"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/require"
)

func TestRawConnection(t *testing.T) {
	w := start(t, "raw://a.example:9", serve(t, echo), Limits{})
	c := w.connect()
	_, err := io.WriteString(c, "hello")
	require.NoError(t, err)
	require.NoError(t, c.CloseWrite())
	got, err := io.ReadAll(c)
	require.NoError(t, err)
	require.Equal(t, "hello", string(got), "an end passes through both ways")

	opened, closed := w.event(), w.event()
	require.Positive(t, opened.Took)
	require.GreaterOrEqual(t, closed.Took, opened.Took)
	opened.Took, closed.Took = 0, 0
	want := Event{Kind: Opened, Conn: 1, Host: "a.example", Port: 9, Protocol: Raw, Address: netip.AddrPortFrom(public, 9)}
	require.Equal(t, want, opened)
	want.Kind, want.In, want.Out = Closed, 5, 5
	require.Equal(t, want, closed)
}

// The app always sees the same: an end, and nothing before it.
func TestRefusals(t *testing.T) {
	for name, row := range map[string]struct {
		change func(*world)
		says   string
	}{
		"a private address": {func(w *world) { w.names.answers["a.example."] = []netip.Addr{netip.MustParseAddr("10.0.0.1")} }, "10.0.0.1 is a private network"},
		"no such name":      {func(w *world) { w.names.answers = nil }, "no such host"},
		"no address":        {func(w *world) { w.names.answers["a.example."] = nil }, "a.example has no address"},
		"nobody listens":    {func(w *world) { w.cable.to = "" }, "does not answer"},
		"not recorded":      {func(w *world) { w.fail = errors.New("disk full") }, "could not be recorded: disk full"},
		"revoked":           {func(w *world) { w.Revoke("a.example") }, "revoked"},
	} {
		got := make(chan string, 1)
		w := start(t, "raw://a.example:9", serve(t, func(c net.Conn) {
			all, _ := io.ReadAll(c)
			got <- string(all)
		}), Limits{})
		w.set(func() { row.change(w) })
		c := w.connect()
		_, _ = io.WriteString(c, "secret")
		all, err := io.ReadAll(c)
		require.Empty(t, all, name)
		if err != nil {
			require.ErrorIs(t, err, syscall.ECONNRESET, name)
		}
		e := w.event()
		if e.Kind == Opened {
			e = w.event()
		}
		require.Equal(t, Refused, e.Kind, name)
		require.Contains(t, e.Why, row.says, name)
		require.Zero(t, e.In+e.Out, name)
		if name == "not recorded" {
			require.Empty(t, <-got, "nothing left before it was recorded")
		}
	}
}

func TestNew(t *testing.T) {
	a, err := ParseGrant("a.example:443,8443")
	require.NoError(t, err)
	b, err := ParseGrant("raw://a.example:8443")
	require.NoError(t, err)
	_, err = New([]Grant{a, b}, Options{})
	require.EqualError(t, err, "host a.example: port 8443 is granted twice: keep one")
	_, err = New([]Grant{{Host: "A", Ports: []int{1}, Protocol: Raw}}, Options{})
	require.ErrorContains(t, err, "lower case")
	_, err = New(make([]Grant, grantsMax+1), Options{})
	require.ErrorContains(t, err, "64 at most")

	g, err := New([]Grant{a}, Options{})
	require.NoError(t, err)
	l, err := net.Listen("tcp", "127.0.0.1:0")
	require.NoError(t, err)
	require.ErrorContains(t, g.Serve(l, "a.example", 80), "not granted")
	_, err = l.Accept()
	require.ErrorIs(t, err, net.ErrClosed, "what is not served is not left open")
	g.Close()
	require.ErrorIs(t, g.Serve(l, "a.example", 443), errClosed)
}

// The battery's C34.
func TestRevoke(t *testing.T) {
	w := start(t, "raw://a.example:9", serve(t, echo), Limits{})
	c := w.connect()
	_, err := io.WriteString(c, "x")
	require.NoError(t, err)
	_, err = io.ReadFull(c, make([]byte, 1))
	require.NoError(t, err)
	before := time.Now()
	w.Revoke("a.example")
	_, err = io.ReadAll(c)
	require.Less(t, time.Since(before), time.Second)
	if err != nil {
		require.ErrorIs(t, err, syscall.ECONNRESET)
	}
	require.Equal(t, Opened, w.event().Kind)
	require.Equal(t, errRevoked.Error(), w.event().Why)
	_, _ = io.ReadAll(w.connect())
	require.Equal(t, Refused, w.event().Kind)
	require.Len(t, w.dialed(), 1)
}

// The battery's C36: the cap holds to the byte, and the record says so.
func TestByteCaps(t *testing.T) {
	const most = 100_000
	for name, row := range map[string]struct {
		limits Limits
		says   string
	}{
		"up":        {Limits{Up: most}, "cut: it would have sent more than 100000 bytes, which one connection may"},
		"down":      {Limits{Down: most}, "cut: it would have received more than 100000 bytes"},
		"room up":   {Limits{RoomUp: most}, "cut: the room would have sent more than 100000 bytes since it started"},
		"room down": {Limits{RoomDown: most}, "cut: the room would have received more"},
	} {
		w := start(t, "raw://a.example:9", serve(t, echo), row.limits)
		c := w.connect()
		go func() { _, _ = io.Copy(c, io.LimitReader(zeros{}, 10*most)) }()
		_, _ = io.Copy(io.Discard, c)
		require.Equal(t, Opened, w.event().Kind)
		e := w.event()
		require.Contains(t, e.Why, row.says, name)
		if strings.HasSuffix(name, "up") {
			require.LessOrEqual(t, e.Out, int64(most))
		} else {
			require.LessOrEqual(t, e.In, int64(most))
		}
		if strings.HasPrefix(name, "room") {
			_, _ = io.ReadAll(w.connect())
			require.Contains(t, w.event().Why, "all that it may until it starts again", name)
		}
	}
}

type zeros struct{}

func (zeros) Read(p []byte) (int, error) { clear(p); return len(p), nil }

func TestConnectionsAtOnce(t *testing.T) {
	w := start(t, "raw://a.example:9", serve(t, echo), Limits{Conns: 2})
	first := w.connect()
	w.connect()
	require.Equal(t, Opened, w.event().Kind)
	require.Equal(t, Opened, w.event().Kind)
	_, _ = io.ReadAll(w.connect())
	require.Equal(t, "the room has 2 connections already, and may have no more at once", w.event().Why)
	require.NoError(t, first.Close())
	require.Equal(t, Closed, w.event().Kind)
	require.Eventually(t, func() bool { w.Gateway.mu.Lock(); defer w.Gateway.mu.Unlock(); return len(w.conns) == 1 }, 5*time.Second, time.Millisecond)
	w.connect()
	require.Equal(t, Opened, w.event().Kind)
}

// Whoever says nothing is cut; C32: a flood waits for its turn.
func TestSilenceAndFloods(t *testing.T) {
	w := start(t, "a.example", "", Limits{Handshake: 20 * time.Millisecond})
	_, _ = io.ReadAll(w.connect())
	require.Equal(t, "the app or the server said nothing for too long", w.event().Why)

	w = start(t, "raw://a.example:9", serve(t, echo), Limits{Idle: 20 * time.Millisecond})
	_, _ = io.ReadAll(w.connect())
	require.Equal(t, Opened, w.event().Kind)
	require.Equal(t, "cut: nothing came or went for 20ms", w.event().Why)

	synctest.Test(t, func(t *testing.T) {
		b := newBucket(10, 100)
		began := time.Now()
		for range 160 {
			require.NoError(t, b.take(t.Context(), 1))
		}
		require.InDelta(t, 6, time.Since(began).Seconds(), 0.2, "100 at once, then 10 in a second")
		time.Sleep(time.Hour)
		require.LessOrEqual(t, b.tokens, 100.0)
	})
	w = start(t, "raw://a.example:9", "", Limits{PerMinute: 3})
	for range 3 {
		w.connect()
		require.Equal(t, Refused, w.event().Kind)
	}
	waiting := w.connect()
	require.NoError(t, waiting.SetReadDeadline(time.Now().Add(100*time.Millisecond)))
	_, err := waiting.Read(make([]byte, 1))
	require.ErrorIs(t, err, os.ErrDeadlineExceeded, "it waits, and is not even refused")
	w.Close()
}

// The bytes of all connections together keep to the rate.
func TestRate(t *testing.T) {
	w := start(t, "raw://a.example:9", serve(t, echo), Limits{Rate: 1 << 20})
	c := w.connect()
	began := time.Now()
	go func() { _, _ = c.Write(make([]byte, 512<<10)); _ = c.CloseWrite() }()
	n, err := io.Copy(io.Discard, c)
	require.NoError(t, err)
	require.EqualValues(t, 512<<10, n)
	// 1 MiB in both directions, a quarter of it at once.
	require.Greater(t, time.Since(began), 600*time.Millisecond)
}

// Close ends everything, wherever it stands. TestMain looks for what was left.
func TestClose(t *testing.T) {
	w := start(t, "raw://a.example:9", serve(t, echo), Limits{})
	open := w.connect()
	require.Equal(t, Opened, w.event().Kind)
	w.Shut()
	held := w.connect()
	full := bytes.Repeat([]byte("x"), 1<<20)
	go func() { _, _ = open.Write(full) }()
	require.Eventually(t, func() bool { return w.serial.Load() == 2 }, 5*time.Second, time.Millisecond)
	w.Close()
	for range 2 {
		require.Equal(t, errClosed.Error(), w.event().Why)
	}
	for _, c := range []net.Conn{open, held} {
		_, err := io.Copy(io.Discard, c)
		require.NotErrorIs(t, err, os.ErrDeadlineExceeded)
	}
	_, err := net.Dial("tcp", w.room.String())
	require.ErrorIs(t, err, syscall.ECONNREFUSED)
	w.Close()
}

// The battery's C35: what the caller does later to what it gave changes nothing.
func TestGrantsAreKept(t *testing.T) {
	a, err := ParseGrant("a.example@10.0.0.1")
	require.NoError(t, err)
	grants := []Grant{a}
	g, err := New(grants, Options{})
	require.NoError(t, err)
	defer g.Close()
	grants[0].Host, a.Ports[0], a.Addresses[0] = "b.example", 22, netip.MustParseAddr("10.0.0.2")
	require.Equal(t, "a.example@10.0.0.1", g.grants[0].String())
}

// Nobody who hangs up early goes unnamed.
func TestHangingUp(t *testing.T) {
	for grant, says := range map[string]string{"a.example": "hung up before", "http://a.example": "hung up before"} {
		w := start(t, grant, "", Limits{})
		require.NoError(t, w.connect().Close())
		e := w.event()
		require.Equal(t, Refused, e.Kind)
		require.Contains(t, e.Why, says)
	}
	w := start(t, "a.example", serve(t, func(c net.Conn) { _, _ = io.WriteString(c, "SSH-2.0-OpenSSH_9.2\r\n"); _, _ = io.Copy(io.Discard, c) }), Limits{})
	c := w.connect()
	_, err := c.Write(wrap(sni("a.example")))
	require.NoError(t, err)
	got, _ := io.ReadAll(c)
	require.Empty(t, got)
	require.Equal(t, Opened, w.event().Kind)
	require.Equal(t, "the server's answer: it does not speak TLS", w.event().Why)
}

// BenchmarkSplice carries 64 KiB there and back, and beside it the same without us.
func BenchmarkSplice(b *testing.B) {
	l, err := net.Listen("tcp", "127.0.0.1:0")
	require.NoError(b, err)
	defer func() { _ = l.Close() }()
	go func() {
		for {
			c, err := l.Accept()
			if err != nil {
				return
			}
			go func() { echo(c); _ = c.Close() }()
		}
	}()
	grant, err := ParseGrant("raw://a.example:9@127.0.0.1")
	require.NoError(b, err)
	grant.Ports = []int{l.Addr().(*net.TCPAddr).Port}
	g, err := New([]Grant{grant}, Options{Limits: Limits{Rate: 1 << 50, Up: 1 << 60, Down: 1 << 60, RoomUp: 1 << 60, RoomDown: 1 << 60, PerMinute: 1 << 30}})
	require.NoError(b, err)
	defer g.Close()
	g.Open()
	room, err := net.Listen("tcp", "127.0.0.1:0")
	require.NoError(b, err)
	require.NoError(b, g.Serve(room, "a.example", grant.Ports[0]))
	for name, to := range map[string]string{"direct": l.Addr().String(), "gateway": room.Addr().String()} {
		b.Run(name, func(b *testing.B) {
			c, err := net.Dial("tcp", to)
			require.NoError(b, err)
			defer func() { _ = c.Close() }()
			p := make([]byte, 64<<10)
			b.SetBytes(2 * int64(len(p)))
			for b.Loop() {
				go func() { _, _ = c.Write(p) }()
				_, err := io.ReadFull(c, make([]byte, len(p)))
				require.NoError(b, err)
			}
		})
		b.Run(name+" connect", func(b *testing.B) {
			for b.Loop() {
				c, err := net.Dial("tcp", to)
				require.NoError(b, err)
				_, _ = c.Write([]byte("x"))
				_, err = io.ReadFull(c, make([]byte, 1))
				require.NoError(b, err)
				_ = c.Close()
			}
		})
	}
}
