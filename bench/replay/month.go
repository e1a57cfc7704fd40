package main

import (
	"errors"
	"io/fs"
	"os"
	"path/filepath"
)

// A Month is the tasks of a part as one person's month: in order, on one profile,
// each in a session of its own. Answers hold as long as the questions offer, so that
// "always" rules and lists of names grow.
type Month struct {
	Cards, Decisions int
	Life             *Life // with the rules and names at its end
}

// month lives through a part's tasks. The caller ends its life.
func month(p *Part, plans []*Plan, set Setting, person string) (Month, error) {
	l, err := newLife(p, set)
	if err != nil {
		return Month{}, err
	}
	m := Month{Life: l}
	for _, pl := range plans {
		o := l.turn(pl, nil, &Person{Kind: person, Widest: true, Seed: pl.Task.ID})
		m.Cards += o.Cards
		m.Decisions += len(o.Asked)
		l.hub.Close()
		if err := l.open(); err != nil {
			return m, err
		}
	}
	return m, nil
}

// ruled reports whether a month left any rule or name behind.
func (m Month) ruled() bool {
	for _, name := range kept {
		if _, err := os.Stat(filepath.Join(m.Life.dir, name)); err == nil {
			return true
		}
	}
	return false
}

// kept are the files that hold what a person answered for longer.
var kept = []string{"config/policy.toml", "data/names.json"}

// copyRules takes rules and names from one profile to another. The history of what
// entered the apps is left behind: with fewer sources in a call, a rule covers it
// more easily.
func copyRules(from, to string) error {
	for _, name := range kept {
		data, err := os.ReadFile(filepath.Join(from, name))
		if errors.Is(err, fs.ErrNotExist) {
			continue
		}
		if err == nil {
			err = os.WriteFile(filepath.Join(to, name), data, 0o600)
		}
		if err != nil {
			return err
		}
	}
	return nil
}
