package rooms

import (
	"fmt"
	"path/filepath"
	"slices"
	"sync"
	"time"

	"secgpt/apps"
	"secgpt/isolate"
	"secgpt/isolate/egress"
)

// grantsOf reads what an app's manifest says of hosts. An app with one that can't be
// granted is locked, by an *Error that says what to write instead.
func grantsOf(app apps.App) ([]egress.Grant, error) {
	grants, err := egress.ParseGrants(app.Grants.Hosts)
	if err != nil {
		return nil, &Error{App: app.Name, Kind: Locked, Message: fmt.Sprintf("%s is locked: %v; hosts stand in %s",
			app.Name, err, filepath.Join(app.Dir, "app.toml")), Err: err}
	}
	return grants, nil
}

// HostsOf are the names and ports that a room listens on for these grants.
func HostsOf(grants []egress.Grant) []isolate.Host {
	var hosts []isolate.Host
	for _, g := range grants {
		at := slices.IndexFunc(hosts, func(h isolate.Host) bool { return h.Name == g.Host })
		if at < 0 {
			at, hosts = len(hosts), append(hosts, isolate.Host{Name: g.Host})
		}
		hosts[at].Ports = append(hosts[at].Ports, g.Ports...)
	}
	return hosts
}

// A network is the way out of one room: its gateway, and who tells what passes there.
type network struct {
	*egress.Gateway
	teller *teller
}

// network serves the sockets of a room that was granted hosts; nil if it was granted
// none. Each connection is told to the pool's Connected before a byte of it leaves.
func (p *Pool) network(app apps.App, grants []egress.Grant, listeners []isolate.Listener) (*network, error) {
	if len(grants) == 0 {
		return nil, nil
	}
	if p.o.Connected == nil {
		return nil, fmt.Errorf("%s was granted hosts, and nobody records its connections", app.Name)
	}
	t := &teller{now: p.now, tell: func(e egress.Event, of int64) (int64, error) { return p.o.Connected(app.Name, e, of) }}
	gw, err := egress.New(grants, egress.Options{Observe: t.observe})
	if err != nil {
		return nil, err
	}
	for _, l := range listeners {
		if err := gw.Serve(l.Listener, l.Host, l.Port); err != nil {
			gw.Close()
			return nil, err
		}
	}
	return &network{gw, t}, nil
}

// Close cuts what is open and tells of it. When it returns, nothing is told any more.
func (n *network) Close() {
	n.Gateway.Close()
	n.teller.rest()
}

// maxRefused bounds the refusals of a room that are told in a minute: an app can make
// as many as it likes, at any time, and each is a line on the disk. What was opened is
// told whatever there is of it, and bounded by egress.
const maxRefused = 60

// A teller passes on what becomes of a room's connections.
type teller struct {
	now  func() time.Time
	tell func(e egress.Event, of int64) (int64, error)

	opened sync.Map // number of a connection: entry of the record

	mu      sync.Mutex
	minute  time.Time    // when the refusals began to be counted
	refused int          // since then
	untold  int          // since the last that was told
	last    egress.Event // that was not told
}

// Told makes an egress.Options.Observe of what writes connections down: tell gets the
// number that it gave to the beginning of one with its end. rest is for the end of all.
func Told(tell func(e egress.Event, of int64) (int64, error)) (observe func(egress.Event) error, rest func()) {
	t := &teller{now: time.Now, tell: tell}
	return t.observe, t.rest
}

// observe is an egress.Options.Observe.
func (t *teller) observe(e egress.Event) error {
	if e.Kind == egress.Refused && !t.counts(&e) {
		return nil
	}
	of, _ := t.opened.LoadAndDelete(e.Conn)
	first, _ := of.(int64)
	n, err := t.tell(e, first)
	if e.Kind == egress.Opened && err == nil {
		t.opened.Store(e.Conn, n)
	}
	return err
}

// counts tells whether a refusal is told, and adds to it how many before it were not.
func (t *teller) counts(e *egress.Event) bool {
	t.mu.Lock()
	defer t.mu.Unlock()
	if now := t.now(); now.Sub(t.minute) >= time.Minute {
		t.minute, t.refused = now, 0
	}
	if t.refused++; t.refused > maxRefused {
		t.untold, t.last = t.untold+1, *e
		return false
	}
	if t.untold > 0 {
		e.Why = fmt.Sprintf("%s (%d before it were refused too fast to write each down)", e.Why, t.untold)
		t.untold = 0
	}
	return true
}

// rest tells of the last refusals, when there will be no more.
func (t *teller) rest() {
	t.mu.Lock()
	last, untold := t.last, t.untold
	t.untold = 0
	t.mu.Unlock()
	if untold > 0 {
		last.Why = fmt.Sprintf("%s (the last of %d that were refused too fast to write each down)", last.Why, untold)
		_, _ = t.tell(last, 0) // what was refused stays so, whoever knows of it
	}
}
