//go:build linux

package spoke

import (
	"context"
	"sync"
)

// news are the app's words that its tools changed. They are taken in the order of what
// the app writes, and no result that it wrote later leaves the room before its tools were
// looked at again: else an app could turn into another one within the very call that is
// the last, and nobody would see it.
type news struct {
	next chan struct{} // holds one that nobody has begun to look into

	mu   sync.Mutex
	open int           // not looked into to the end
	none chan struct{} // closed while there are none open
}

func newNews() *news {
	n := &news{next: make(chan struct{}, 1), none: make(chan struct{})}
	close(n.none)
	return n
}

// came takes a word of the app's. One that comes while another waits says nothing new.
func (n *news) came() {
	n.mu.Lock()
	defer n.mu.Unlock()
	select {
	case n.next <- struct{}{}:
	default:
		return
	}
	if n.open++; n.open == 1 {
		n.none = make(chan struct{})
	}
}

// looked says that one of them was looked into.
func (n *news) looked() {
	n.mu.Lock()
	defer n.mu.Unlock()
	if n.open--; n.open == 0 {
		close(n.none)
	}
}

// wait returns when all that came so far were looked into, or ctx ends.
func (n *news) wait(ctx context.Context) {
	n.mu.Lock()
	none := n.none
	n.mu.Unlock()
	select {
	case <-none:
	case <-ctx.Done():
	}
}
