package rooms

import (
	"context"
	"fmt"
	"sync"
	"time"

	"secgpt/apps"
	"secgpt/apps/code"
	"secgpt/apps/link"
)

const (
	// freeDeaths is how often an app may end before it has to wait for its next start.
	freeDeaths = 3
	// firstWait doubles with each further end, up to maxWait.
	firstWait = 5 * time.Second
	maxWait   = 5 * time.Minute
)

// A slot is one app's place in a session: its room, if there is one, and what became
// of those before.
type slot struct {
	mu       sync.Mutex
	live     *room
	starting *start
	deaths   int
	notUntil time.Time
	locked   *Error
}

// A start is a room on its way. room and err are set before done is closed.
type start struct {
	done chan struct{}
	room *room
	err  error
}

func (s *slot) current() *room {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.live
}

// enter returns the live room, or the start to wait for, or why there is neither.
func (s *slot) enter(p *Pool, app apps.App) (*room, *start, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	switch {
	case s.locked != nil:
		return nil, nil, s.locked
	case s.live != nil:
		return s.live, nil, nil
	case s.starting != nil:
		return nil, s.starting, nil
	}
	if wait := s.notUntil.Sub(p.now()); wait > 0 {
		return nil, nil, &Error{App: app.Name, Kind: Died, Message: fmt.Sprintf(
			"%s has ended %d times in this session; it can be tried again in %s", app.Name, s.deaths, wait.Round(time.Second))}
	}
	st := &start{done: make(chan struct{})}
	s.starting = st
	p.wg.Go(func() {
		r, err := p.open(app, s)
		s.mu.Lock()
		defer s.mu.Unlock()
		s.starting = nil
		if err != nil {
			e := asError(app.Name, err)
			if e.Kind == Locked {
				s.locked = e
			}
			st.err = e
		} else {
			st.room = r
		}
		close(st.done)
	})
	return nil, st, nil
}

// settle makes a room the slot's live one, if it has not ended meanwhile.
func (s *slot) settle(r *room) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if r.ended() == nil {
		s.live = r
	}
}

// left takes note that a room has ended, and why.
func (s *slot) left(p *Pool, r *room, e *Error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.live == r {
		s.live = nil
	}
	if e.Kind == Locked {
		s.locked = e
	}
	if !e.Kind.ended() || p.ctx.Err() != nil {
		return
	}
	if s.deaths++; s.deaths >= freeDeaths {
		s.notUntil = p.now().Add(min(firstWait<<min(s.deaths-freeDeaths, 8), maxWait))
	}
}

// open starts a room and waits until its app has said what was agreed.
func (p *Pool) open(app apps.App, s *slot) (*room, error) {
	if err := app.Current(); err != nil {
		return nil, lockedBy(app, err)
	}
	r, tools, err := p.begin(app, s, unchanged)
	if err != nil {
		return nil, err
	}
	if apps.Pin(app.Command, tools) != apps.Pin(app.Command, app.Said) {
		return nil, r.changed(tools)
	}
	s.settle(r)
	if p.ctx.Err() != nil { // Close may have looked before there was something to see
		return nil, r.fail(errClosed(app.Name))
	}
	return r, nil
}

// begin starts a room and waits until its app has said what it can do. Before the app
// exists, check has looked at the files behind its command.
func (p *Pool) begin(app apps.App, s *slot, check func(apps.App, []code.Place) error) (*room, []link.Tool, error) {
	hosts, err := grantsOf(app)
	if err != nil {
		return nil, nil, err
	}
	made, err := p.spec(app, hosts)
	if err != nil {
		return nil, nil, err
	}
	checked := make(chan error, 1)
	go func() { checked <- check(app, made.places) }()
	raw, err := p.o.Starter(p.ctx, made.spec)
	bad := <-checked
	if bad == nil && p.ctx.Err() != nil {
		bad = errClosed(app.Name)
	}
	if bad != nil {
		if err == nil {
			_ = raw.Close()
		}
		return nil, nil, bad
	}
	if err != nil {
		return nil, nil, err
	}
	net, err := p.network(app, hosts, raw.Listeners)
	if err != nil {
		_ = raw.Close()
		return nil, nil, err
	}
	r := newRoom(p, s, app, raw, net)
	r.send(link.Frame{Kind: link.KindStart, Start: &made.start})
	limit := time.NewTimer(p.o.StartLimit)
	defer limit.Stop()
	select {
	case tools := <-r.hello:
		return r, tools, nil
	case <-r.done:
		return nil, nil, hinted(r.ended(), made.hints)
	case <-limit.C:
		return nil, nil, r.fail(&Error{App: app.Name, Kind: Hung, Message: fmt.Sprintf(
			"%s did not start within %s and was ended", app.Name, p.o.StartLimit)})
	case <-p.ctx.Done():
		return nil, nil, r.fail(errClosed(app.Name))
	}
}

// unchanged reports why an app must not start: the files behind its command are not
// those that were agreed to.
func unchanged(app apps.App, places []code.Place) error {
	if app.BuiltIn || app.Code == "" {
		return nil
	}
	same, now, err := code.Check(app.Dir, app.Code, places)
	if err != nil {
		return lockedBy(app, fmt.Errorf("the files behind its command can't be compared with what you agreed to: %w", err))
	}
	if same {
		return nil
	}
	changes := []string{"its command leads elsewhere"}
	if agreed, err := app.Agreement(); err == nil {
		changes = code.Diff(agreed.Code, now)
	}
	return notAgreed(app, changes)
}

// changed ends the room of an app that offers other tools than were agreed, for good.
func (r *room) changed(tools []link.Tool) *Error {
	e := notAgreed(r.app, apps.Diff(r.app.Said, tools))
	if err := r.app.MarkChanged(tools); err != nil {
		e.Message += fmt.Sprintf(" (that could not be written down: %v)", err)
	}
	return r.fail(e)
}

func notAgreed(app apps.App, changes []string) *Error {
	next := "look at it, then run: secgpt apps accept " + app.Name
	if app.BuiltIn {
		next = "this build of secgpt is broken; build it anew"
	}
	return &Error{App: app.Name, Kind: Locked, Message: fmt.Sprintf("%s is locked, for it is not what you agreed to: %s; %s",
		app.Name, apps.Brief(changes), next)}
}

func lockedBy(app apps.App, err error) *Error {
	return &Error{App: app.Name, Kind: Locked, Message: app.Name + " is locked: " + err.Error(), Err: err}
}

// A Starter makes a room that lives until its Close or the end of ctx.
type Starter func(ctx context.Context, spec Spec) (*Room, error)
