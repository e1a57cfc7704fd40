package match

import (
	"sync"

	"secgpt/apps/builtin"
)

// maxGuesses bounds the ids that an app remembers; beyond it some are forgotten. A plan
// makes 200 calls, each of which guesses at few items.
const maxGuesses = 10_000

// Guesses are the items that the last search which gave them only guessed at (Hits.Take).
// A plan takes the first one found without looking at it; so what would change such an
// item asks Sure first. The zero value is ready, for calls side by side too.
type Guesses struct {
	mu  sync.Mutex
	ids map[string]bool
}

// Note remembers ids that were given, and whether they were guessed at.
func (g *Guesses) Note(guessed bool, ids ...string) {
	g.mu.Lock()
	defer g.mu.Unlock()
	for _, id := range ids {
		if !guessed {
			delete(g.ids, id)
			continue
		}
		if g.ids == nil {
			g.ids = map[string]bool{}
		}
		for forgotten := range g.ids {
			if len(g.ids) < maxGuesses {
				break
			}
			delete(g.ids, forgotten)
		}
		g.ids[id] = true
	}
}

// Sure is nil, or an error that says to look for the item by its title. What is "note".
func (g *Guesses) Sure(what, id, title string) error {
	g.mu.Lock()
	defer g.mu.Unlock()
	if !g.ids[id] {
		return nil
	}
	return builtin.Errorf("the %s %q was not touched: it does not have all the words that were looked for. If it is the right one, ask for it by its title", what, builtin.Cut(title, maxSaid))
}
