package egress

import (
	"context"
	"errors"
	"io"
	"net"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/require"
)

// counted is an end that counts what is written to it.
type counted struct {
	net.Conn
	wrote *atomic.Int64
}

func (c counted) Write(p []byte) (int, error) {
	n, err := c.Conn.Write(p)
	c.wrote.Add(int64(n))
	return n, err
}

// No byte crosses while the gate is shut, in either direction, also not of a write
// that was under way; then it goes on, and nothing is lost or comes twice.
func TestNothingCrossesWhileShut(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		g := newGate()
		var wrote atomic.Int64
		near, far := net.Pipe()
		dst := counted{near, &wrote}
		want := make([]byte, 100_000)
		for i := range want {
			want[i] = byte(i * 7)
		}
		done := make(chan error, 1)
		go func() {
			_, err := g.write(t.Context(), dst, want)
			done <- errors.Join(err, near.Close())
		}()
		synctest.Wait()
		require.Zero(t, wrote.Load(), "it starts shut")

		var got []byte
		for range 50 {
			g.open()
			p := make([]byte, 1234)
			_, err := io.ReadFull(far, p)
			require.NoError(t, err)
			got = append(got, p...)
			g.shut() // in the middle of one write: it must not wait for the reader
			require.NoError(t, far.SetReadDeadline(time.Now().Add(time.Hour)))
			n, err := far.Read(p)
			require.Zero(t, n)
			require.Error(t, err)
			require.NoError(t, far.SetReadDeadline(time.Time{}))
		}
		g.open()
		rest, err := io.ReadAll(far)
		require.NoError(t, err)
		require.NoError(t, <-done)
		require.Equal(t, want, append(got, rest...))
	})
}

func TestGateCounts(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		g := newGate()
		g.shut() // one too many is not a debt
		g.open()
		g.open()
		g.shut()
		require.True(t, g.isOpen())
		require.NoError(t, g.wait(t.Context()))
		g.shut()
		require.False(t, g.isOpen())
		ctx, cancel := context.WithCancelCause(t.Context())
		cancel(errRevoked)
		require.ErrorIs(t, g.wait(ctx), errRevoked)
		_, err := g.write(ctx, nil, []byte("x"))
		require.ErrorIs(t, err, errRevoked)
	})
}

// The same through a whole gateway: what the app sends and what the server sends
// between two calls arrives with the second, on the same connection.
func TestPoolSurvivesBetweenCalls(t *testing.T) {
	fromServer, toApp := make(chan string), make(chan string)
	w := start(t, "raw://a.example:9", serve(t, func(c net.Conn) {
		go func() {
			for s := range toApp {
				_, _ = io.WriteString(c, s)
			}
		}()
		p := make([]byte, 64)
		for {
			n, err := c.Read(p)
			if err != nil {
				return
			}
			fromServer <- string(p[:n])
		}
	}), Limits{Idle: 50 * time.Millisecond})
	defer close(toApp)
	c := w.connect()
	_, err := io.WriteString(c, "one")
	require.NoError(t, err)
	require.Equal(t, "one", <-fromServer)

	w.Shut()
	_, err = io.WriteString(c, "two")
	require.NoError(t, err)
	toApp <- "three"
	require.NoError(t, c.SetReadDeadline(time.Now().Add(200*time.Millisecond))) // four times the idle limit
	_, err = c.Read(make([]byte, 8))
	require.ErrorContains(t, err, "timeout")
	select {
	case s := <-fromServer:
		require.Fail(t, "crossed", s)
	default:
	}
	w.Open()
	require.Equal(t, "two", <-fromServer)
	require.NoError(t, c.SetReadDeadline(time.Now().Add(10*time.Second)))
	p := make([]byte, 8)
	n, err := c.Read(p)
	require.NoError(t, err)
	require.Equal(t, "three", string(p[:n]))
	require.Equal(t, Opened, w.event().Kind)
}

// A connection made between two calls waits a while for the next; until then the
// name is not even looked up.
func TestConnectionsWaitForACall(t *testing.T) {
	w := start(t, "raw://a.example:9", serve(t, echo), Limits{Hold: 10 * time.Second})
	w.Shut()
	c := w.connect()
	_, err := io.WriteString(c, "x")
	require.NoError(t, err)
	require.Eventually(t, func() bool { return w.serial.Load() == 1 }, 5*time.Second, time.Millisecond)
	require.NoError(t, c.SetReadDeadline(time.Now().Add(50*time.Millisecond)))
	_, err = c.Read(make([]byte, 1))
	require.ErrorContains(t, err, "timeout")
	require.Empty(t, w.names.asked)
	require.Empty(t, w.dialed())
	w.Open()
	require.NoError(t, c.SetReadDeadline(time.Now().Add(10*time.Second)))
	_, err = io.ReadFull(c, make([]byte, 1))
	require.NoError(t, err)

	w = start(t, "raw://a.example:9", serve(t, echo), Limits{Hold: 10 * time.Millisecond})
	w.Shut()
	_, _ = io.ReadAll(w.connect())
	e := w.event()
	require.Equal(t, Refused, e.Kind)
	require.Equal(t, "no call of the app is under way", e.Why)
	require.Empty(t, w.dialed())
}
