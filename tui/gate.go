package tui

import "time"

// Times of the gate.
const (
	// minShown is how long a question must have stood before a key can allow: a
	// multiplexer answers queries before its own screen is drawn.
	minShown = 400 * time.Millisecond
	// quiet is how long no key may come before a question counts as seen on a
	// terminal that has never answered a query.
	quiet = 1500 * time.Millisecond
	// again is when a query that got no answer is asked anew.
	again = 5 * time.Second
)

// gate decides whether a key may allow what is on the screen.
//
// A terminal handles what it is sent in order: a query written after a frame is
// answered after that frame was drawn, and every key that comes before the answer
// was pressed by somebody who could not have seen it. The program writes queued
// queries just before it draws, so one answer does not yet prove the frame; the
// answer to a second query, queued after the first was answered, does.
//
// Each change of what must be seen opens a new view, and the gate starts over.
// Answers come in the order of the queries and carry no mark; each is taken for
// the oldest that is still open, so a lost one only makes the gate stricter.
type gate struct {
	view     int // counts what had to be seen
	closed   bool
	open     []query
	answered bool // this terminal has answered a query
	armed    bool
	since    time.Time // when the question came up
	key      time.Time // the last key
}

type query struct{ view, step int }

// An errand is what the gate wants done; the program does it after the frame.
type errand struct {
	view  int
	query bool          // send a query now
	wake  time.Duration // come back after this long; 0 is never
}

// show opens a new view; fresh means that the question itself is new.
func (g *gate) show(now time.Time, fresh bool) errand {
	g.view++
	g.armed, g.closed = false, false
	if fresh {
		g.since, g.key = now, time.Time{}
	}
	return errand{view: g.view}
}

// drawn is told once the frame of a view was handed to the renderer.
func (g *gate) drawn(view int) errand {
	if view != g.view || g.closed {
		return errand{}
	}
	return g.ask(1)
}

func (g *gate) ask(step int) errand {
	g.open = append(g.open, query{g.view, step})
	wake := again
	if !g.answered {
		wake = quiet
	}
	return errand{view: g.view, query: true, wake: wake}
}

// reply is an answer of the terminal.
func (g *gate) reply(now time.Time) errand {
	g.answered = true
	if len(g.open) == 0 {
		return errand{}
	}
	q := g.open[0]
	g.open = g.open[1:]
	switch {
	case q.view != g.view || g.closed:
		return errand{}
	case q.step == 1:
		return g.ask(2)
	}
	g.armed = true
	return errand{view: g.view, wake: max(0, g.since.Add(minShown).Sub(now))}
}

// woke is called when a wake is due.
func (g *gate) woke(view int, now time.Time) errand {
	switch {
	case view != g.view || g.closed || g.armed:
		return errand{}
	case g.answered:
		return g.ask(1)
	}
	last := g.since
	if g.key.After(last) {
		last = g.key
	}
	if left := last.Add(quiet).Sub(now); left > 0 {
		return errand{view: g.view, wake: left}
	}
	g.armed = true
	return errand{}
}

// pressed notes a key.
func (g *gate) pressed(now time.Time) { g.key = now }

// close disarms until the next view: the question is gone, or the person is.
func (g *gate) close() { g.closed, g.armed = true, false }

// allows reports whether a key that comes now may allow.
func (g *gate) allows(now time.Time) bool {
	return g.armed && !g.closed && now.Sub(g.since) >= minShown
}
