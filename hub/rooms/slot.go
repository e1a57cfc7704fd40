package rooms

import (
	"context"
	"fmt"
	"strings"
	"sync"
	"time"

	"secgpt/apps"
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
	if !e.Kind.ended() || p.ctx.Err() != nil {
		return
	}
	if s.deaths++; s.deaths >= freeDeaths {
		s.notUntil = p.now().Add(min(firstWait<<min(s.deaths-freeDeaths, 8), maxWait))
	}
}

// open starts a room and waits until its app has said what was agreed.
func (p *Pool) open(app apps.App, s *slot) (*room, error) {
	hosts, err := grantsOf(app)
	if err != nil {
		return nil, err
	}
	spec, begin, hints, err := p.spec(app, hosts)
	if err != nil {
		return nil, err
	}
	raw, err := p.o.Starter(p.ctx, spec)
	if p.ctx.Err() != nil {
		if err == nil {
			_ = raw.Close()
		}
		return nil, errClosed(app.Name)
	}
	if err != nil {
		return nil, err
	}
	net, err := p.network(app, hosts, raw.Listeners)
	if err != nil {
		_ = raw.Close()
		return nil, err
	}
	r := newRoom(p, s, app, raw, net)
	r.send(link.Frame{Kind: link.KindStart, Start: &begin})
	limit := time.NewTimer(p.o.StartLimit)
	defer limit.Stop()
	select {
	case tools := <-r.hello:
		if apps.Pin(app.Command, tools) != apps.Pin(app.Command, app.Tools) {
			return nil, r.fail(mismatch(app, tools))
		}
	case <-r.done:
		return nil, hinted(r.ended(), hints)
	case <-limit.C:
		return nil, r.fail(&Error{App: app.Name, Kind: Hung, Message: fmt.Sprintf(
			"%s did not start within %s and was ended", app.Name, p.o.StartLimit)})
	case <-p.ctx.Done():
		return nil, r.fail(errClosed(app.Name))
	}
	s.settle(r)
	if p.ctx.Err() != nil { // Close may have looked before there was something to see
		return nil, r.fail(errClosed(app.Name))
	}
	return r, nil
}

func mismatch(app apps.App, tools []link.Tool) *Error {
	next := "look at it, then run: secgpt apps accept " + app.Name
	if app.BuiltIn {
		next = "this build of secgpt is broken; build it anew"
	}
	return &Error{App: app.Name, Kind: Locked, Message: fmt.Sprintf("%s is locked, for it is not what you agreed to: %s; %s",
		app.Name, strings.Join(apps.Diff(app.Tools, tools), "; "), next)}
}

// A Starter makes a room that lives until its Close or the end of ctx.
type Starter func(ctx context.Context, spec Spec) (*Room, error)
