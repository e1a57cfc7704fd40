package tui

import (
	"context"
	"fmt"

	tea "charm.land/bubbletea/v2"

	"secgpt/hub"
	"secgpt/mediator"
)

// maxFeed is how many events wait for the screen before a turn has to: a bound on
// memory, far above what a turn tells between two frames.
const maxFeed = 1024

// feed carries what a turn tells into the program, in order.
type feed struct {
	ch  chan any
	end <-chan struct{} // closed when the screen is gone: what is told then is not seen
}

// What a feed carries, besides hub events.
type (
	askedMsg struct {
		ctx    context.Context
		card   []mediator.Question
		answer chan []mediator.Answer // buffered: the screen never waits
	}
	neededMsg struct {
		ctx    context.Context
		need   hub.Need
		answer chan reply
	}
	// goneMsg says that nobody waits for an answer any more. It holds the channel
	// that the answer would have gone to.
	goneMsg struct{ answer any }
	doneMsg struct {
		result hub.Result
		status hub.Status
		crash  error
	}
	feedMsg []any
)

type reply struct {
	said hub.Given
	ok   bool
}

func (f feed) put(x any) {
	select {
	case f.ch <- x:
	case <-f.end:
	}
}

// next waits for the turn and takes whatever it told by then.
func (f feed) next() tea.Msg {
	var got feedMsg
	select {
	case x := <-f.ch:
		got = append(got, x)
	case <-f.end:
		return nil
	}
	for len(got) < maxFeed {
		select {
		case x := <-f.ch:
			got = append(got, x)
		default:
			return got
		}
	}
	return got
}

// person is the one at the keyboard, as a turn sees them.
type person struct{ feed feed }

var _ hub.Person = person{}

func (p person) Tell(e hub.Event) { p.feed.put(e) }

// Ask shows the card and waits. If the turn ends first the answer is no, also when
// the person answered at that very moment.
func (p person) Ask(ctx context.Context, card []mediator.Question) []mediator.Answer {
	ch := make(chan []mediator.Answer, 1)
	p.feed.put(askedMsg{ctx, card, ch})
	select {
	case a := <-ch:
		if ctx.Err() == nil {
			return a
		}
	case <-ctx.Done():
		p.feed.put(goneMsg{ch})
	}
	return nil
}

// Need asks for words. The bool is false if the turn ended or the person declined.
func (p person) Need(ctx context.Context, n hub.Need) (hub.Given, bool) {
	ch := make(chan reply, 1)
	p.feed.put(neededMsg{ctx, n, ch})
	select {
	case r := <-ch:
		if ctx.Err() == nil {
			return r.said, r.ok
		}
	case <-ctx.Done():
		p.feed.put(goneMsg{ch})
	}
	return hub.Given{}, false
}

// run does one turn away from the program's loop. A panic in it ends the chat with
// an error and not the process with a broken terminal.
func (m *model) run(ctx context.Context, turn func(context.Context, hub.Person) hub.Result) {
	m.turns.Add(1)
	go func() {
		defer m.turns.Done()
		done := doneMsg{}
		defer func() {
			if r := recover(); r != nil {
				done.crash = fmt.Errorf("the turn broke off: %v", r)
			}
			m.feed.put(done)
		}()
		done.result = turn(ctx, person{m.feed})
		done.status = m.engine.Status()
	}()
}
