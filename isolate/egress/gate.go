package egress

import (
	"context"
	"errors"
	"net"
	"os"
	"sync"
	"time"
)

// A gate lets writes through while at least one call is under way. When shut
// returns, no write is under way and none begins until the next open: what the
// kernel took before that goes on, and nothing else.
type gate struct {
	mu     sync.Mutex
	calls  int
	opened chan struct{}         // closed while calls > 0
	writes map[net.Conn]struct{} // under way
	ended  *sync.Cond            // a write ended
}

func newGate() *gate {
	g := &gate{opened: make(chan struct{}), writes: map[net.Conn]struct{}{}}
	g.ended = sync.NewCond(&g.mu)
	return g
}

func (g *gate) open() {
	g.mu.Lock()
	defer g.mu.Unlock()
	g.calls++
	if g.calls == 1 {
		close(g.opened)
	}
}

func (g *gate) shut() {
	g.mu.Lock()
	defer g.mu.Unlock()
	if g.calls == 0 {
		return
	}
	g.calls--
	if g.calls > 0 {
		return
	}
	g.opened = make(chan struct{})
	for conn := range g.writes {
		_ = conn.SetWriteDeadline(time.Unix(1, 0)) // long past: it returns with what it has written
	}
	for g.calls == 0 && len(g.writes) > 0 {
		g.ended.Wait()
	}
}

func (g *gate) isOpen() bool {
	g.mu.Lock()
	defer g.mu.Unlock()
	return g.calls > 0
}

// wait returns once the gate is open, or with the cause of the context's end.
func (g *gate) wait(ctx context.Context) error {
	g.mu.Lock()
	opened := g.opened
	g.mu.Unlock()
	select {
	case <-opened:
		return nil
	case <-ctx.Done():
		return context.Cause(ctx)
	}
}

// through runs do, which writes to conn, while the gate is open. Shutting it makes
// the write fail with os.ErrDeadlineExceeded.
func (g *gate) through(ctx context.Context, conn net.Conn, do func() error) error {
	for {
		if err := g.wait(ctx); err != nil {
			return err
		}
		g.mu.Lock()
		if g.calls > 0 {
			break
		}
		g.mu.Unlock()
	}
	g.writes[conn] = struct{}{}
	err := conn.SetWriteDeadline(time.Time{})
	g.mu.Unlock()
	if err == nil {
		err = do()
	}
	g.mu.Lock()
	delete(g.writes, conn)
	g.mu.Unlock()
	g.ended.Broadcast()
	return err
}

// write writes all of p, waiting wherever the gate is shut. Only one write to a
// connection is under way at a time.
func (g *gate) write(ctx context.Context, conn net.Conn, p []byte) (int, error) {
	sent := 0
	for {
		err := g.through(ctx, conn, func() error {
			n, err := conn.Write(p[sent:])
			sent += n
			return err
		})
		if !errors.Is(err, os.ErrDeadlineExceeded) {
			return sent, err
		}
	}
}

// closeWrite tells the peer that nothing more comes.
func (g *gate) closeWrite(ctx context.Context, conn net.Conn) error {
	half, ok := conn.(interface{ CloseWrite() error })
	if !ok {
		return conn.Close()
	}
	return g.through(ctx, conn, half.CloseWrite)
}
