package egress

import (
	"context"
	"fmt"
	"net"
	"sync"
	"sync/atomic"
	"time"
)

// A bucket spreads tokens over time: at most burst at once, and rate in a second.
type bucket struct {
	mu          sync.Mutex
	rate, burst float64
	tokens      float64
	last        time.Time
}

func newBucket(rate, burst float64) *bucket {
	return &bucket{rate: rate, burst: burst, tokens: burst, last: time.Now()}
}

// take waits until n tokens are there. Who comes first goes first.
func (b *bucket) take(ctx context.Context, n int) error {
	b.mu.Lock()
	now := time.Now()
	b.tokens = min(b.burst, b.tokens+b.rate*now.Sub(b.last).Seconds()) - float64(n)
	b.last = now
	short := -b.tokens
	b.mu.Unlock()
	if short <= 0 {
		return nil
	}
	timer := time.NewTimer(time.Duration(short / b.rate * float64(time.Second)))
	defer timer.Stop()
	select {
	case <-timer.C:
		return nil
	case <-ctx.Done():
		return context.Cause(ctx)
	}
}

// A quota is what all connections of a room may carry in one direction.
type quota struct {
	used atomic.Int64
	most int64
}

// left tells whether anything may still be carried.
func (q *quota) left() bool { return q.used.Load() < q.most }

// A flow is one direction of a connection. Writing to it counts, waits for its turn
// and for the gate, and writes to the peer. A byte that would be one too many ends it.
type flow struct {
	ctx   context.Context
	gate  *gate
	rate  *bucket
	room  *quota
	dst   net.Conn
	verb  string // "sent"
	most  int64
	moved atomic.Int64
	alive func() // told after each write
}

// overError says that a cap was reached.
type overError struct{ text string }

func (e *overError) Error() string { return e.text }

// Write implements io.Writer.
func (f *flow) Write(p []byte) (int, error) {
	done := 0
	for done < len(p) {
		n := min(len(p)-done, chunkSize)
		if f.moved.Load()+int64(n) > f.most {
			return done, &overError{fmt.Sprintf("cut: it would have %s more than %s, which one connection may", f.verb, size(f.most))}
		}
		if f.room.used.Add(int64(n)) > f.room.most {
			return done, &overError{fmt.Sprintf("cut: the room would have %s more than %s since it started", f.verb, size(f.room.most))}
		}
		if err := f.rate.take(f.ctx, n); err != nil {
			return done, err
		}
		wrote, err := f.gate.write(f.ctx, f.dst, p[done:done+n])
		f.moved.Add(int64(wrote))
		f.alive()
		done += wrote
		if err != nil {
			return done, err
		}
	}
	return done, nil
}

// end passes on that this direction has ended.
func (f *flow) end() error { return f.gate.closeWrite(f.ctx, f.dst) }

// size writes a number of bytes for a person.
func size(n int64) string {
	for _, unit := range []string{"bytes", "KiB", "MiB"} {
		if n < 1024 || n%1024 != 0 {
			return fmt.Sprintf("%d %s", n, unit)
		}
		n /= 1024
	}
	return fmt.Sprintf("%d GiB", n)
}
