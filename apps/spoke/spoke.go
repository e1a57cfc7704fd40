//go:build linux

// Package spoke is the first process in a room: it starts the app, speaks MCP with
// it, and passes calls and results between the app and the hub.
//
// It promises that nothing the app writes reaches the hub except as a frame of
// link's: bounded, strict JSON, one result for each call. The MCP library is linked
// here and in the built-in apps alone, so that a fault in it owns one room. The app
// is offered nothing: no roots, no sampling, no elicitation.
//
// The spoke runs inside the room, beside the app, and the hub trusts it no more
// than the app. It ends when its standard input does, and takes the app with it.
//
// Start reading at Main; child.go starts the app, wire.go judges each line that it
// writes, session.go speaks MCP over what is left, calls.go answers the hub, ask.go is
// the loop of the app's model.
package spoke

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"math"
	"os"
	"slices"
	"sync"

	"golang.org/x/sys/unix"

	"secgpt/apps/link"
)

// Main runs the spoke on standard input and output, which are its link to the hub,
// and returns its exit code: 0 if the hub ended it, 1 if the app ended, 2 if the hub
// broke the link's rules.
func Main() int {
	// A room hands over no descriptor but 0, 1 and 2; whoever starts a spoke
	// elsewhere may. Where the call is refused, in a room, there are none.
	_ = unix.CloseRange(3, math.MaxUint32, unix.CLOSE_RANGE_CLOEXEC)
	return serve(os.Stdin, os.Stdout)
}

// A fault is how an app ended.
type fault struct {
	why  link.Why
	text string
	said string
}

func (f *fault) Error() string { return f.text }

func faultf(why link.Why, format string, args ...any) *fault {
	return &fault{why: why, text: fmt.Sprintf(format, args...)}
}

// A spoke is one run of one app.
type spoke struct {
	conn *link.Conn
	app  *session

	mu    sync.Mutex
	calls map[int64]context.CancelFunc // under way, asks among them
	asks  map[int64]*asking
	wg    sync.WaitGroup // of calls
}

func serve(in io.Reader, out io.Writer) int {
	s := &spoke{conn: link.New(in, out), calls: map[int64]context.CancelFunc{}, asks: map[int64]*asking{}}
	first, err := s.conn.Read()
	if err != nil || first.Kind != link.KindStart {
		return 2
	}
	// The end of the hub's frames ends everything, whatever else is under way: ctx
	// is the hub.
	ctx, stop := context.WithCancelCause(context.Background())
	defer stop(nil)
	frames := make(chan link.Frame)
	go func() {
		for {
			f, err := s.conn.Read()
			if err != nil {
				stop(err)
				return
			}
			select {
			case frames <- f:
			case <-ctx.Done():
				return
			}
		}
	}()
	code := s.run(ctx, *first.Start, frames)
	if errors.Is(context.Cause(ctx), link.ErrBroken) {
		return 2
	}
	return code
}

func (s *spoke) run(ctx context.Context, start link.Start, frames <-chan link.Frame) int {
	app, tools, err := open(ctx, start)
	if ctx.Err() != nil {
		return 0
	}
	if err != nil {
		return s.end(err)
	}
	defer app.close()
	s.app = app
	s.note()
	hello := link.Frame{Kind: link.KindHello, Hello: &link.Hello{Tools: tools}}
	if err := s.conn.Write(hello); err != nil {
		return s.end(faultf(link.Flood, "it describes its tools in more than %d bytes", link.MaxFrame))
	}
	looked := make(chan error, maxNews)
	var asked int
	for {
		select {
		case <-ctx.Done():
			return 0
		case <-app.wire.over:
			return s.over()
		case <-app.app.done:
			return s.over()
		case <-app.wire.news.next:
			if asked++; asked > maxNews {
				return s.end(faultf(link.Flood, "it said more than %d times that its tools changed", maxNews))
			}
			go func() {
				err := s.lookAgain(ctx, tools)
				app.wire.news.looked()
				looked <- err
			}()
		case err := <-looked:
			if err != nil {
				return s.end(err)
			}
		case f := <-frames:
			if !s.take(ctx, f) {
				return 2
			}
		}
	}
}

// maxNews bounds how often a server may say that its tools changed. Honest ones do when
// they have logged in somewhere.
const maxNews = 32

// lookAgain tells the hub if the app's tools are no longer those that it said at first.
func (s *spoke) lookAgain(ctx context.Context, first []link.Tool) error {
	ctx, stop := context.WithTimeout(ctx, openLimit)
	defer stop()
	now, err := s.app.tools(ctx)
	if err != nil {
		return s.app.explain(ctx, err)
	}
	same := slices.EqualFunc(first, now, func(a, b link.Tool) bool {
		return a.Name == b.Name && a.About == b.About && bytes.Equal(a.Input, b.Input) && bytes.Equal(a.Output, b.Output)
	})
	if same {
		return nil
	}
	if s.conn.Write(link.Frame{Kind: link.KindChanged, Changed: &link.Hello{Tools: now}}) != nil {
		return faultf(link.Flood, "it describes its tools in more than %d bytes", link.MaxFrame)
	}
	return nil
}

// over ends a session whose app has ended. What the app answered before that still
// counts; the end is the answer to the rest.
func (s *spoke) over() int {
	err := s.app.cause()
	s.app.close()
	s.mu.Lock()
	for id := range s.asks {
		s.calls[id]() // whoever asks the hub would wait for an answer that nobody reads
	}
	s.mu.Unlock()
	s.wg.Wait()
	return s.end(err)
}

// end tells the hub why there is no app any more.
func (s *spoke) end(err error) int {
	f := &fault{why: link.Died, text: err.Error()}
	errors.As(err, &f)
	// Nothing is left to do if the hub does not want to hear it.
	_ = s.conn.Write(link.Frame{Kind: link.KindEnd, End: &link.End{
		Why: f.why, Text: cut(f.text), Said: cut(f.said),
	}})
	return 1
}

// note passes on what was wrong with the app's output since the last time.
func (s *spoke) note() {
	for _, text := range s.app.wire.complaints() {
		_ = s.conn.Write(link.Frame{Kind: link.KindNote, Note: &link.Note{Text: cut(text)}})
	}
}
