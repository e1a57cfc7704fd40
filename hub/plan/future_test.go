package plan

import (
	"context"
	"errors"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/require"

	"secgpt/mediator/label"
)

// A timed host runs each call in a goroutine of its own, as the hub does. Each takes
// 100 ms.
type timed struct {
	*fake
	wg sync.WaitGroup
}

func (h *timed) Begin(ctx context.Context, c Call) (func(context.Context) (label.Value, error), bool) {
	inner, _ := h.fake.Begin(ctx, c)
	done := make(chan struct{})
	h.wg.Go(func() { time.Sleep(100 * time.Millisecond); close(done) })
	return func(ctx context.Context) (label.Value, error) {
		select {
		case <-done:
			return inner(ctx)
		case <-ctx.Done():
			return label.Value{}, ctx.Err()
		}
	}, false
}

func TestReadsRunSideBySide(t *testing.T) {
	for _, c := range []struct {
		plan string
		want time.Duration
	}{
		{"a = mail.search()\nb = notes.search()\nc = mail.count()\nreply(a, b, c)", 100 * time.Millisecond},
		{"reply([mail.read(id = str(i)) for i in range(5)])", 100 * time.Millisecond},
		{"reply(mail.count() + mail.count(), [mail.count()], {\"a\": mail.count()})", 300 * time.Millisecond},
		{"reply(mail.search(), notes.search())", 100 * time.Millisecond},
		{"notes.add(text = \"a\")\nnotes.add(text = \"b\")\nreply(notes.search())", 300 * time.Millisecond},
		{"n = notes.search()\nnotes.add(text = \"a\")\nreply(1)", 200 * time.Millisecond},
		{"n = mail.search()\nnotes.add(text = \"a\")\nreply(n)", 100 * time.Millisecond},
		{"x = mail.search()\ny = x\nz = mail.count()\nreply(y, z)", 100 * time.Millisecond},
		{"x = mail.search()\nreply(1)", 100 * time.Millisecond}, // a variable lives on, so its value is waited for
	} {
		synctest.Test(t, func(t *testing.T) {
			p, err := Parse("", c.plan, tools)
			require.NoError(t, err)
			h := &timed{fake: &fake{result: mailbox}}
			start := time.Now()
			require.NoError(t, p.Run(t.Context(), h, &Vars{}))
			require.Equal(t, c.want, time.Since(start), c.plan)
			h.wg.Wait()
		})
	}
}

func TestStoppingIsSeenAtOnce(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		p, err := Parse("", "x = mail.search()\nreply(x)\nnotes.add(text = \"never\")", tools)
		require.NoError(t, err)
		h := &timed{fake: &fake{result: mailbox}}
		ctx, cancel := context.WithTimeout(t.Context(), 30*time.Millisecond)
		defer cancel()
		start := time.Now()
		vars := &Vars{}
		err = p.Run(ctx, h, vars)
		require.Equal(t, 30*time.Millisecond, time.Since(start))
		require.ErrorIs(t, err, context.DeadlineExceeded)
		var e *Error
		require.True(t, errors.As(err, &e) && e.Kind == Stopped)
		require.Equal(t, "mail.search()\n", h.lines())
		require.Empty(t, vars.Names())
		h.wg.Wait()
	})
}

func TestALoopCanBeStopped(t *testing.T) {
	p, err := Parse("", "for i in range(1000):\n  for j in range(1000): x = sorted(range(100))", tools)
	require.NoError(t, err)
	ctx, cancel := context.WithCancel(context.Background())
	cancel()
	require.ErrorIs(t, p.Run(ctx, &fake{}, &Vars{}), context.Canceled)
}
