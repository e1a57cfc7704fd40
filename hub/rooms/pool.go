// Package rooms keeps the rooms of a session: it starts an app's room when the app
// is first called, sends calls there, and ends every room that breaks a rule.
//
// It promises that a call ends: with a reply, with the app's own error, with an
// *Error that names what the app did, or with its context. It promises too that
// Close leaves no process and no goroutine. It judges nothing: what comes here has
// passed the mediator.
//
// Start reading at Pool.Call; slot.go starts rooms, room.go is one of them.
package rooms

import (
	"cmp"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"sync"
	"time"

	"secgpt/apps"
	"secgpt/apps/link"
	"secgpt/isolate"
	"secgpt/isolate/egress"
)

const (
	// callLimit is how long one call may take. A search through 100,000 mails on a
	// slow disk takes some ten seconds.
	callLimit = 60 * time.Second
	// startLimit is how long a room may take to say hello. The spoke gives up a
	// little sooner, and says more.
	startLimit = 30 * time.Second
	// cancelLimit is how long a cancelled call may take to be given up.
	cancelLimit = 5 * time.Second
	// maxUndo bounds an undo token, in bytes. It only names what the app itself keeps,
	// and is written to a list that all apps share.
	maxUndo = 256
)

// Options make a Pool. Registry is needed, the rest has defaults.
type Options struct {
	Registry *apps.Registry
	Starter  Starter  // nil is Isolated
	Self     string   // this binary as rooms see it; "" is isolate.SelfPath
	TZ       string   // the person's time zone; "" is this computer's
	Private  []string // folders that no grant may reach, beside those of the apps

	// Connected records a connection of an app, before a byte of it leaves, and its end,
	// and returns the number of the entry; of is that of its beginning, 0 if there is
	// none. An error refuses the connection. Of the refusals of a room at most 60 in a
	// minute are told, and how many were not with the next. It is called from many
	// goroutines, and without it an app with hosts is not started.
	Connected func(app string, e egress.Event, of int64) (int64, error)
	Warm      int // rooms that are kept begun, so that an app's first call is quick

	CallLimit   time.Duration // for one call; 0 is 60 s
	StartLimit  time.Duration // until the app has said hello; 0 is 30 s
	CancelLimit time.Duration // until a cancelled call is given up; 0 is 5 s
}

// A Pool holds the rooms of one session, one for each app at most. Its methods may
// be called from many goroutines.
type Pool struct {
	o      Options
	now    func() time.Time
	others []apps.App // that are installed beside each

	ctx  context.Context // ends all rooms
	stop context.CancelFunc
	wg   sync.WaitGroup // everything that must be gone when Close returns

	mu     sync.Mutex
	closed bool
	slots  map[string]*slot // by app
}

// New returns a Pool without any room yet.
func New(o Options) *Pool {
	o.Self = cmp.Or(o.Self, isolate.SelfPath)
	o.TZ = cmp.Or(o.TZ, Zone())
	o.CallLimit = cmp.Or(o.CallLimit, callLimit)
	o.StartLimit = cmp.Or(o.StartLimit, startLimit)
	o.CancelLimit = cmp.Or(o.CancelLimit, cancelLimit)
	if o.Starter == nil {
		o.Starter = Isolated
		isolate.Warm(o.Warm)
	}
	p := &Pool{o: o, now: time.Now, slots: map[string]*slot{}}
	if o.Registry != nil {
		p.others = o.Registry.List()
	}
	p.ctx, p.stop = context.WithCancel(context.Background())
	return p
}

// A Reply is what came back from a call. All of it is the app's words, except that
// Notes are the spoke's about the app.
type Reply struct {
	Value    json.RawMessage
	Problems []string // what the app could not read or do
	Undo     string   // the token for its undo tool; "" if there is nothing to undo
	Notes    []string // "3 lines that it wrote were not JSON and were dropped"
}

// Call makes one call of one tool, in the app's room, which it starts if need be.
// args is a JSON object, and exactly these bytes arrive, but for the app's own names
// in the place of their aliases. An error is an *Error, or
// ctx's; with an error too, the Reply may hold notes.
func (p *Pool) Call(ctx context.Context, app apps.App, tool string, args json.RawMessage) (Reply, error) {
	if app.Locked != nil {
		return Reply{}, lockedBy(app, app.Locked)
	}
	if !slices.ContainsFunc(app.Tools, func(t link.Tool) bool { return t.Name == tool }) {
		return Reply{}, &Error{App: app.Name, Kind: Failed, Message: fmt.Sprintf("%s has no tool %.80q", app.Name, tool)}
	}
	if err := link.CheckJSON(args); err != nil {
		return Reply{}, &Error{App: app.Name, Kind: Failed, Message: fmt.Sprintf("%s.%s: the arguments can't be sent: %v", app.Name, tool, err), Err: err}
	}
	if len(args) > link.MaxResult {
		return Reply{}, &Error{App: app.Name, Kind: Limit, Message: fmt.Sprintf("%s.%s: the arguments are %d bytes, %d at most; pass on less", app.Name, tool, len(args), link.MaxResult)}
	}
	r, err := p.room(ctx, app)
	if err != nil {
		return Reply{}, err
	}
	own, args := app.Own(tool, args)
	res, notes, err := r.call(ctx, own, args)
	if err != nil {
		return Reply{Notes: notes}, err
	}
	if res.Error != "" {
		return Reply{Notes: notes}, &Error{App: app.Name, Kind: Failed, Message: fmt.Sprintf("%s could not do %s", app.Name, tool), Said: res.Error}
	}
	reply := Reply{Notes: notes}
	reply.Value, reply.Problems, reply.Undo = apps.Unwrap(res.Value)
	if n := len(reply.Undo); n > maxUndo {
		reply.Undo = ""
		reply.Notes = append(reply.Notes, fmt.Sprintf("%s can't be taken back: its undo token has %d bytes, %d at most", tool, n, maxUndo))
	}
	return reply, nil
}

// Close ends all rooms and returns when they are gone. Calls under way end with an
// error.
func (p *Pool) Close() {
	p.mu.Lock()
	p.closed = true
	slots := p.slots
	p.slots = nil
	p.mu.Unlock()
	p.stop()
	for _, s := range slots {
		if r := s.current(); r != nil {
			r.fail(errClosed(r.app.Name))
		}
	}
	p.wg.Wait()
	if p.o.Warm > 0 {
		isolate.Warm(0)
	}
}

func errClosed(app string) *Error {
	return &Error{App: app, Kind: Died, Message: app + "'s room was closed", Err: context.Canceled}
}

// room returns the app's room, and starts one if there is none. Many callers wait
// for one start.
func (p *Pool) room(ctx context.Context, app apps.App) (*room, error) {
	p.mu.Lock()
	if p.closed {
		p.mu.Unlock()
		return nil, errClosed(app.Name)
	}
	s := p.slots[app.Name]
	if s == nil {
		s = &slot{}
		p.slots[app.Name] = s
	}
	r, st, err := s.enter(p, app) // under p.mu, so that Close can't come between
	p.mu.Unlock()
	if r != nil || err != nil {
		return r, err
	}
	select {
	case <-st.done:
		return st.room, st.err
	case <-ctx.Done():
		return nil, ctx.Err()
	}
}

// Kind is what an app did, or what was wrong with its room.
type Kind string

// The kinds.
const (
	Died      Kind = "died"    // it ended by itself, or never began
	Hung      Kind = "hung"    // it did not answer in time and was ended
	Garbage   Kind = "garbage" // it wrote what is no protocol, or not its turn, and was ended
	Flood     Kind = "flood"   // it wrote more than anybody needs, and was ended
	Failed    Kind = "error"   // it answered with an error; it is still there
	RoomError Kind = "room"    // a room can't be had
	Locked    Kind = "locked"  // it must not run until the person has looked at it
	Limit     Kind = "limit"   // the call is too large to send
)

// ended reports whether an app that did this is gone, and not by our fault.
func (k Kind) ended() bool { return k == Died || k == Hung || k == Garbage || k == Flood }

// An Error says which app failed, and how.
type Error struct {
	App     string
	Kind    Kind
	Message string // in our words; whatever is the app's is quoted
	Said    string // the app's own words, at most 8 KiB: escape and mark them
	Err     error  // the cause, if there is one: an *isolate.LayerError
}

func (e *Error) Error() string {
	if e.Said != "" {
		return fmt.Sprintf("%s: %q", e.Message, e.Said)
	}
	return e.Message
}

func (e *Error) Unwrap() error { return e.Err }

// asError returns err as an *Error about app's room.
func asError(app string, err error) *Error {
	var e *Error
	if errors.As(err, &e) {
		return e
	}
	return &Error{App: app, Kind: RoomError, Message: fmt.Sprintf("%s was not started: %v", app, err), Err: err}
}
