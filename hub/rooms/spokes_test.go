package rooms

import (
	"bytes"
	"context"
	"encoding/json"
	"io"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"secgpt/apps/link"
)

// inside is a spoke that runs in the test, to break what a real one never would.
func inside(spoke func(c *link.Conn, w io.Writer)) Starter {
	return func(context.Context, Spec) (*Room, error) {
		hubIn, spokeOut := io.Pipe()
		spokeIn, hubOut := io.Pipe()
		go func() {
			spoke(link.New(spokeIn, spokeOut), spokeOut)
			spokeOut.Close()
			_, _ = io.Copy(io.Discard, spokeIn)
		}()
		closing := sync.OnceFunc(func() { hubIn.Close(); spokeIn.Close(); hubOut.Close() })
		return &Room{In: hubOut, Out: hubIn,
			Stderr: func() []byte { return []byte("goroutine 1 [running]") },
			Close:  func() error { closing(); return nil }}, nil
	}
}

func greet(c *link.Conn) {
	_ = c.Write(link.Frame{Kind: link.KindHello, Hello: &link.Hello{Tools: agreed}})
}

func TestSpokesThatBreakTheRulesAreEnded(t *testing.T) {
	ok := &link.Result{Value: json.RawMessage(`1`)}
	// Each gets the frames of the hub: first start, then after its hello a call.
	for name, c := range map[string]struct {
		kind  Kind
		words string
		spoke func(c *link.Conn, w io.Writer)
	}{
		"ends without a word": {Died, `without saying why: "goroutine 1 [running]"`, func(c *link.Conn, _ io.Writer) {
			_, _ = c.Read()
		}},
		"ends in a call": {Died, "without saying why", func(c *link.Conn, _ io.Writer) {
			_, _ = c.Read()
			greet(c)
			_, _ = c.Read()
		}},
		"never says hello": {Hung, "did not start within", func(c *link.Conn, _ io.Writer) {
			_, _ = c.Read()
			_, _ = c.Read()
		}},
		"answers before hello": {Garbage, "answered call 1, which is not open", func(c *link.Conn, _ io.Writer) {
			_ = c.Write(link.Frame{Kind: link.KindResult, ID: 1, Result: ok})
		}},
		"says hello twice": {Garbage, "said hello twice", func(c *link.Conn, _ io.Writer) {
			greet(c)
			_, _ = c.Read()
			_, _ = c.Read()
			greet(c)
			_, _ = c.Read()
		}},
		"changes before hello": {Garbage, "changed its tools before it had any", func(c *link.Conn, _ io.Writer) {
			_, _ = c.Read()
			_ = c.Write(link.Frame{Kind: link.KindChanged, Changed: &link.Hello{Tools: agreed}})
			_, _ = c.Read()
		}},
		"answers another call": {Garbage, "answered call 99, which is not open", func(c *link.Conn, _ io.Writer) {
			_, _ = c.Read()
			greet(c)
			_, _ = c.Read()
			_ = c.Write(link.Frame{Kind: link.KindResult, ID: 99, Result: ok})
			_, _ = c.Read()
		}},
		"calls the hub": {Garbage, "a frame of kind call, which is for the hub to send", func(c *link.Conn, _ io.Writer) {
			_, _ = c.Read()
			_ = c.Write(link.Frame{Kind: link.KindCall, ID: 1, Call: &link.Call{Tool: "mail.send", Args: json.RawMessage(`{}`)}})
			_, _ = c.Read()
		}},
		"claims a huge frame": {Garbage, "a frame of 4294967295 bytes", func(c *link.Conn, w io.Writer) {
			_, _ = c.Read()
			_, _ = w.Write(bytes.Repeat([]byte{0xff}, 8))
			_, _ = c.Read()
		}},
		"writes no frames": {Garbage, "broke the rules", func(c *link.Conn, w io.Writer) {
			_, _ = c.Read()
			_, _ = io.WriteString(w, strings.Repeat("\x00\x00\x00\x02{}", 3))
			_, _ = c.Read()
		}},
		"complains without end": {Flood, "more than 16 notes", func(c *link.Conn, _ io.Writer) {
			_, _ = c.Read()
			greet(c)
			for c.Write(link.Frame{Kind: link.KindNote, Note: &link.Note{Text: "x"}}) == nil {
			}
		}},
		"does not read": {Hung, "did not answer echo", func(c *link.Conn, _ io.Writer) {
			_, _ = c.Read()
			greet(c)
			<-t.Context().Done()
		}},
	} {
		t.Run(name, func(t *testing.T) {
			p := newPool(t, Options{Starter: inside(c.spoke), CallLimit: time.Second, StartLimit: time.Second}, "precise")
			_, err := p.try(t, "precise", "echo", `{}`)
			requireKind(t, err, c.kind, c.words)
		})
	}
}

// A second result for a call that already has one.
func TestAnIDIsAnsweredOnce(t *testing.T) {
	ok := link.Frame{Kind: link.KindResult, ID: 1, Result: &link.Result{Value: json.RawMessage(`1`)}}
	p := newPool(t, Options{Starter: inside(func(c *link.Conn, _ io.Writer) {
		_, _ = c.Read()
		greet(c)
		_, _ = c.Read()
		_ = c.Write(ok)
		_, _ = c.Read()
		_ = c.Write(ok)
		_, _ = c.Read()
	})}, "precise")
	_, err := p.try(t, "precise", "echo", `{}`)
	require.NoError(t, err)
	_, err = p.try(t, "precise", "echo", `{}`)
	requireKind(t, err, Garbage, "answered call 1, which is not open")
}

// A spoke that does not give up a cancelled call is ended, and the call's own error
// stays the context's.
func TestACancelIsHeeded(t *testing.T) {
	called := make(chan struct{})
	p := newPool(t, Options{CancelLimit: 50 * time.Millisecond, Starter: inside(func(c *link.Conn, _ io.Writer) {
		_, _ = c.Read()
		greet(c)
		_, _ = c.Read()
		close(called)
		for {
			if _, err := c.Read(); err != nil {
				return
			}
		}
	})}, "precise")
	ctx, cancel := context.WithCancel(context.Background())
	go func() { <-called; cancel() }()
	_, err := p.Call(ctx, p.app(t, "precise"), "echo", json.RawMessage(`{}`))
	require.ErrorIs(t, err, context.Canceled)
	eventually(t, "the room is ended", func() bool {
		s := p.slots["precise"]
		return s.current() == nil && func() bool { s.mu.Lock(); defer s.mu.Unlock(); return s.deaths == 1 }()
	})
}

func TestAnEndSaysWhy(t *testing.T) {
	p := newPool(t, Options{Starter: inside(func(c *link.Conn, _ io.Writer) {
		_, _ = c.Read()
		_ = c.Write(link.Frame{Kind: link.KindEnd, End: &link.End{Why: link.Flood, Text: "a line", Said: strings.Repeat("y", 1<<19)}})
	})}, "precise")
	_, err := p.try(t, "precise", "echo", `{}`)
	e := requireKind(t, err, Flood, "precise wrote too much and was ended")
	require.LessOrEqual(t, len(e.Said), 2*link.MaxSaid, "bounded, whatever the spoke sends")
}
