package pipe

import (
	"sync"

	"secgpt/hub"
)

// An inbox keeps what a turn tells in order with what it asks: both write to the
// same terminal, and come from different goroutines. While a question stands,
// what is told waits, so that it neither holds up the turn nor runs into the
// question.
type inbox struct {
	handle func(hub.Event) // called from one goroutine at a time

	mu     sync.Mutex
	asking bool
	held   []hub.Event
	one    sync.Mutex // one question at a time
}

// Tell hands an event on, or keeps it until the question is answered.
func (b *inbox) Tell(e hub.Event) {
	b.mu.Lock()
	defer b.mu.Unlock()
	if b.asking {
		b.held = append(b.held, e)
		return
	}
	b.handle(e)
}

// aside runs a question.
func (b *inbox) aside(ask func()) {
	b.one.Lock()
	defer b.one.Unlock()
	b.mu.Lock()
	b.asking = true
	b.mu.Unlock()
	defer func() {
		b.mu.Lock()
		defer b.mu.Unlock()
		b.asking = false
		for _, e := range b.held {
			b.handle(e)
		}
		b.held = nil
	}()
	ask()
}
