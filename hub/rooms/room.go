package rooms

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"slices"
	"strings"
	"sync"
	"time"

	"secgpt/apps"
	"secgpt/apps/link"
)

const (
	// maxNotes bounds the notes between two results. A spoke has a handful of kinds
	// of complaint, and sums them up.
	maxNotes = 16
	// maxHeard bounds what is kept of a room's standard error.
	maxHeard = 2 << 10
)

// A room is one running room and the calls in it. It ends once, by fail.
type room struct {
	pool *Pool
	slot *slot
	app  apps.App
	raw  *Room
	net  *network // nil if it was granted no host
	conn *link.Conn

	out   chan link.Frame  // to the writer
	hello chan []link.Tool // the app's, once
	turns chan struct{}    // holds one for each call under way
	done  chan struct{}    // closed when the room has ended

	mu      sync.Mutex
	err     *Error // why it ended
	last    int64  // id
	pending map[int64]*waiting
	notes   []string
	noted   int // since the last result
}

// waiting is a call that has no result yet.
type waiting struct {
	result chan link.Result // takes one
	giveUp *time.Timer      // set once the call is cancelled: nobody listens any more
	asks   chan link.Frame  // of an ask: takes the one question that can be open; else nil
	open   bool             // a question has no answer yet
}

func newRoom(p *Pool, s *slot, app apps.App, raw *Room, net *network) *room {
	r := &room{
		pool: p, slot: s, app: app, raw: raw, net: net, conn: link.New(raw.Out, raw.In),
		// A start, and for each call under way a call, a cancel and, in an ask, an answer to
		// the one question that can be open: send never blocks.
		out:   make(chan link.Frame, 1+3*link.MaxCalls),
		hello: make(chan []link.Tool, 1), turns: make(chan struct{}, link.MaxCalls),
		done: make(chan struct{}), pending: map[int64]*waiting{},
	}
	p.wg.Go(r.write)
	p.wg.Go(r.read)
	return r
}

// call sends one call and waits for its result.
func (r *room) call(ctx context.Context, tool string, args json.RawMessage) (link.Result, []string, error) {
	w := &waiting{result: make(chan link.Result, 1)}
	id, err := r.enter(ctx, w)
	if err != nil {
		return link.Result{}, nil, err
	}
	if r.net != nil {
		r.net.Open() // nothing flows while no call is under way
		defer r.net.Shut()
	}
	r.send(link.Frame{Kind: link.KindCall, ID: id, Call: &link.Call{Tool: tool, Args: args}})

	limit := time.NewTimer(r.pool.o.CallLimit)
	defer limit.Stop()
	select {
	case res := <-w.result:
		return res, r.takeNotes(), nil
	case <-r.done:
		select {
		case res := <-w.result: // it came before the end
			return res, r.takeNotes(), nil
		default:
			return link.Result{}, r.takeNotes(), r.ended()
		}
	case <-ctx.Done():
		r.cancel(id, tool)
		return link.Result{}, nil, ctx.Err()
	case <-limit.C:
		return link.Result{}, r.takeNotes(), r.fail(&Error{App: r.app.Name, Kind: Hung, Message: fmt.Sprintf(
			"%s did not answer %s within %s and was ended", r.app.Name, tool, r.pool.o.CallLimit)})
	}
}

// enter waits for a turn and gives the call its id.
func (r *room) enter(ctx context.Context, w *waiting) (int64, error) {
	select {
	case r.turns <- struct{}{}: // given back by whoever takes the call out of pending
	case <-r.done:
		return 0, r.ended()
	case <-ctx.Done():
		return 0, ctx.Err()
	}
	r.mu.Lock()
	defer r.mu.Unlock()
	r.last++
	r.pending[r.last] = w
	return r.last, nil
}

// cancel tells the spoke that a call is no longer wanted. Its result must still
// come, and is dropped.
func (r *room) cancel(id int64, tool string) {
	r.mu.Lock()
	w := r.pending[id]
	if w != nil {
		w.giveUp = time.AfterFunc(r.pool.o.CancelLimit, func() {
			r.fail(&Error{App: r.app.Name, Kind: Hung, Message: fmt.Sprintf(
				"%s did not stop %s when it was asked to and was ended", r.app.Name, tool)})
		})
	}
	r.mu.Unlock()
	if w != nil {
		r.send(link.Frame{Kind: link.KindCancel, ID: id})
	}
}

// send queues a frame. The queue holds all that can be under way.
func (r *room) send(f link.Frame) {
	select {
	case r.out <- f:
	case <-r.done:
	}
}

func (r *room) write() {
	for {
		select {
		case f := <-r.out:
			if err := r.conn.Write(f); err != nil {
				// The reader sees the end of the room too, and may know more.
				if errors.Is(err, link.ErrBroken) {
					r.fail(r.died(err.Error()))
				}
				return
			}
		case <-r.done:
			return
		}
	}
}

// read takes the spoke's frames until the room ends.
func (r *room) read() {
	greeted := false
	for {
		f, err := r.conn.Read()
		if err != nil {
			r.fail(r.readError(err))
			return
		}
		var e *Error
		switch f.Kind {
		case link.KindHello:
			if greeted {
				e = r.broke("said hello twice")
				break
			}
			greeted = true
			r.hello <- f.Hello.Tools
		case link.KindChanged:
			switch {
			case !greeted:
				e = r.broke("changed its tools before it had any")
			case apps.Pin(r.app.Command, f.Changed.Tools) != apps.Pin(r.app.Command, r.app.Said):
				e = r.changed(f.Changed.Tools)
			}
		case link.KindThink, link.KindMay:
			e = r.question(f)
		case link.KindResult:
			e = r.result(f.ID, *f.Result)
		case link.KindNote:
			e = r.note(f.Note.Text)
		case link.KindEnd:
			e = r.end(*f.End)
		default:
			e = r.broke(fmt.Sprintf("sent a frame of kind %s, which is for the hub to send", f.Kind))
		}
		if e != nil {
			r.fail(e)
			return
		}
	}
}

// result gives a result to whoever waits for it.
func (r *room) result(id int64, res link.Result) *Error {
	r.mu.Lock()
	defer r.mu.Unlock()
	w := r.pending[id]
	if w == nil {
		return r.broke(fmt.Sprintf("answered call %d, which is not open", id))
	}
	if w.asks == nil && res.Needs != "" {
		return r.broke(fmt.Sprintf("answered call %d as if it were an ask", id))
	}
	delete(r.pending, id)
	r.noted = 0
	if w.giveUp != nil {
		w.giveUp.Stop()
	}
	res.Error = clip(res.Error, link.MaxSaid)
	w.result <- res
	<-r.turns
	return nil
}

func (r *room) note(text string) *Error {
	r.mu.Lock()
	defer r.mu.Unlock()
	if r.noted++; r.noted > maxNotes {
		return &Error{App: r.app.Name, Kind: Flood, Message: fmt.Sprintf("%s's room sent more than %d notes and was ended", r.app.Name, maxNotes)}
	}
	if len(r.notes) < maxNotes {
		r.notes = append(r.notes, clip(text, link.MaxSaid))
	}
	return nil
}

// takeNotes returns the notes that no reply has carried yet.
func (r *room) takeNotes() []string {
	r.mu.Lock()
	defer r.mu.Unlock()
	notes := r.notes
	r.notes = nil
	return notes
}

var endings = map[link.Why]string{
	link.Died:    "%s ended by itself",
	link.Hung:    "%s did not answer and was ended",
	link.Garbage: "%s wrote what is no answer and was ended",
	link.Flood:   "%s wrote too much and was ended",
}

func (r *room) end(e link.End) *Error {
	said := slices.DeleteFunc([]string{clip(e.Text, link.MaxSaid), clip(e.Said, link.MaxSaid)}, func(s string) bool { return s == "" })
	return &Error{App: r.app.Name, Kind: Kind(e.Why), Message: fmt.Sprintf(endings[e.Why], r.app.Name), Said: strings.Join(said, "\n")}
}

// readError says what the end of a room's output means, when no end frame came.
func (r *room) readError(err error) *Error {
	if errors.Is(err, link.ErrBroken) {
		return r.broke(strings.TrimPrefix(err.Error(), link.ErrBroken.Error()+": "))
	}
	if errors.Is(err, io.EOF) {
		return r.died("")
	}
	return r.died(err.Error())
}

// died is for a room that ended without a word.
func (r *room) died(how string) *Error {
	e := &Error{App: r.app.Name, Kind: Died, Message: r.app.Name + "'s room ended without saying why"}
	if how != "" {
		e.Message += " (" + how + ")"
	}
	if r.raw.Stderr != nil {
		heard := strings.ToValidUTF8(strings.TrimSpace(string(r.raw.Stderr())), "\uFFFD")
		if n := len(heard) - maxHeard; n > 0 {
			heard = "…" + strings.ToValidUTF8(heard[n:], "")
		}
		e.Said = heard
	}
	return e
}

func (r *room) broke(how string) *Error {
	return &Error{App: r.app.Name, Kind: Garbage, Message: fmt.Sprintf("%s's room broke the rules and was ended: it %s", r.app.Name, how)}
}

// ended returns why the room has ended; nil if it has not.
func (r *room) ended() *Error {
	r.mu.Lock()
	defer r.mu.Unlock()
	return r.err
}

// fail ends the room for the reason e, if it has not ended yet, and returns the
// reason for which it did. The first one wins: what follows is only its echo.
func (r *room) fail(e *Error) *Error {
	r.mu.Lock()
	if r.err != nil {
		defer r.mu.Unlock()
		return r.err
	}
	if r.pool.ctx.Err() != nil {
		e = errClosed(r.app.Name) // whatever was seen of it
	}
	r.err = e
	for _, w := range r.pending {
		if w.giveUp != nil {
			w.giveUp.Stop()
		}
	}
	r.mu.Unlock()
	// The next call must find the slot empty before this one learns of its end.
	r.slot.left(r.pool, r, e)
	close(r.done)
	r.pool.wg.Go(func() {
		if r.net != nil {
			r.net.Close()
		}
		_ = r.raw.Close()
	})
	return e
}

func clip(text string, n int) string {
	if len(text) <= n {
		return text
	}
	return strings.ToValidUTF8(text[:n], "") + fmt.Sprintf("… (%d bytes more)", len(text)-n)
}
