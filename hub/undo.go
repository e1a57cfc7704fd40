package hub

import (
	"bufio"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"sync"
	"time"

	"secgpt/hub/history"
	"secgpt/hub/profile"
)

// A change is something that can be taken back, by its app or, of what the app remembers,
// by the hub. The list is JSON lines in the
// state folder, so that `secgpt undo` works in another process than the one that
// made the change; what was there before is kept by the app, not here.
//
//	{"n":4,"session":"5f…","app":"calendar","tool":"create_event","token":"…","at":"…"}
//	{"app":"calendar","token":"…","done":true}
//	{"n":5,"session":"5f…","app":"mail","tool":"remember","fact":2,"at":"…"}  the hub takes this back
//	{"gone":"calendar"}  no change of it before this line can be taken back
type change struct {
	N       int       `json:"n,omitempty"`
	Session string    `json:"session,omitempty"`
	App     string    `json:"app,omitempty"`
	Tool    string    `json:"tool,omitempty"`
	Token   string    `json:"token,omitempty"`
	Fact    int       `json:"fact,omitempty"` // of what the app remembers: its number
	At      time.Time `json:"at,omitzero"`
	Done    bool      `json:"done,omitempty"`
	Gone    string    `json:"gone,omitempty"`
}

// EndChanges records that what an app changed so far can't be taken back any more: it
// was removed, or its data is gone. Its tokens must not reach another app of its name.
func EndChanges(p profile.Profile, app string) error {
	return (&undoList{path: p.Undo(), keep: true}).add(change{Gone: app})
}

// undoList is what can be taken back, oldest first.
type undoList struct {
	mu   sync.Mutex
	path string
	keep bool     // false: in memory only
	mine []change // of this process, when nothing is kept
}

// add records a change.
func (u *undoList) add(c change) error {
	u.mu.Lock()
	defer u.mu.Unlock()
	if !u.keep {
		u.mine = append(u.mine, c)
		return nil
	}
	data, err := json.Marshal(c)
	if err != nil {
		return err
	}
	return history.AddLine(u.path, data)
}

// done marks a change as taken back.
func (u *undoList) done(c change) error {
	return u.add(change{App: c.App, Token: c.Token, Fact: c.Fact, Done: true})
}

// find returns change n, or the last one if n is 0. Numbers count within a
// session; the latest session wins.
func (u *undoList) find(n int) (change, error) {
	all, err := u.read()
	if err != nil {
		return change{}, err
	}
	back := map[string]bool{} // by app and token: no app can speak of another's
	gone := map[string]bool{} // apps
	id := func(c change) string { return fmt.Sprintf("%s %d %s", c.App, c.Fact, c.Token) }
	for i := len(all) - 1; i >= 0; i-- {
		c := all[i]
		switch {
		case c.Gone != "":
			gone[c.Gone] = true
		case gone[c.App]:
		case c.Done:
			back[id(c)] = true
		case n == 0 && back[id(c)]:
		case n == 0 || c.N == n:
			if back[id(c)] {
				return change{}, fmt.Errorf("%s.%s (%d) was taken back already", c.App, c.Tool, c.N)
			}
			return c, nil
		}
	}
	if n == 0 {
		return change{}, errors.New("there is nothing to take back")
	}
	return change{}, fmt.Errorf("there is no change %d to take back", n)
}

func (u *undoList) read() ([]change, error) {
	u.mu.Lock()
	defer u.mu.Unlock()
	if !u.keep {
		return u.mine, nil
	}
	f, err := os.Open(u.path)
	if errors.Is(err, fs.ErrNotExist) {
		return nil, nil
	}
	if err != nil {
		return nil, err
	}
	defer f.Close()
	var all []change
	lines := bufio.NewScanner(f)
	for lines.Scan() {
		var c change
		if json.Unmarshal(lines.Bytes(), &c) == nil { // a torn line was never confirmed to anybody
			all = append(all, c)
		}
	}
	return all, lines.Err()
}
