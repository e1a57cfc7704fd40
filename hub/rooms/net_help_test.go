package rooms

import (
	"bufio"
	"encoding/json"
	"fmt"
	"io"
	"net"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"testing/fstest"
	"time"

	"github.com/stretchr/testify/require"

	"secgpt/apps"
	"secgpt/isolate/egress"
	"secgpt/isolate/roomtest"
)

// A ledger is the record that connections are told to.
type ledger struct {
	mu   sync.Mutex
	all  []entry
	full error // of all that is told from now on
}

type entry struct {
	app string
	e   egress.Event
	of  int64 // counted from 1, as the entries are
}

func (l *ledger) connected(app string, e egress.Event, of int64) (int64, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.full != nil {
		return 0, l.full
	}
	l.all = append(l.all, entry{app, e, of})
	return int64(len(l.all)), nil
}

// of are the entries of one kind.
func (l *ledger) of(kind egress.Kind) []entry {
	l.mu.Lock()
	defer l.mu.Unlock()
	var some []entry
	for _, e := range l.all {
		if e.e.Kind == kind {
			some = append(some, e)
		}
	}
	return some
}

// netPool is a pool of real rooms with an app for each name, and its hosts.
func netPool(t *testing.T, l *ledger, hosts map[string][]string) *Pool {
	t.Helper()
	roomtest.Need(t)
	tools, err := json.Marshal(agreed)
	require.NoError(t, err)
	files := fstest.MapFS{}
	for name, list := range hosts {
		granted, err := json.Marshal(append([]string{}, list...))
		require.NoError(t, err)
		files[name+"/manifest.toml"] = &fstest.MapFile{Data: fmt.Appendf(nil,
			"name = %q\nabout = \"A test\"\ncommand = [\"secgpt\", \"app\", %[1]q]\n[grants]\nhosts = %s\n", name, granted)}
		files[name+"/tools.json"] = &fstest.MapFile{Data: tools}
	}
	o := isolated(Options{Connected: l.connected, CallLimit: 30 * time.Second})
	o.Registry, err = apps.Open(apps.Options{DataDir: t.TempDir(), Home: t.TempDir(), BuiltIn: files})
	require.NoError(t, err)
	p := New(o)
	t.Cleanup(p.Close)
	return p
}

// dial lets an app connect somewhere.
func (p *Pool) dial(t *testing.T, app string, d dialling) dialling {
	t.Helper()
	args, err := json.Marshal(d)
	require.NoError(t, err)
	r, err := p.try(t, app, "dial", string(args))
	require.NoError(t, err)
	require.NoError(t, json.Unmarshal(r.Value, &d))
	return d
}

// A liner answers each line with itself in capitals.
type liner struct {
	t        *testing.T
	l        net.Listener
	accepted atomic.Int64
	lines    chan string        // each line, before it is answered
	gone     chan error         // how each connection ended
	onByte   func(first string) // on the first line, before the answer
	conns    chan net.Conn      // all that were accepted
}

func newLiner(t *testing.T, address string) *liner {
	t.Helper()
	l, err := net.Listen("tcp", address)
	require.NoError(t, err)
	s := &liner{t: t, l: l, lines: make(chan string, 2000), gone: make(chan error, 2000), conns: make(chan net.Conn, 2000), onByte: func(string) {}}
	var wg sync.WaitGroup
	wg.Go(func() {
		for {
			c, err := l.Accept()
			if err != nil {
				return
			}
			s.accepted.Add(1)
			s.conns <- c
			stop := make(chan struct{})
			wg.Go(func() {
				select {
				case <-stop:
				case <-t.Context().Done():
				}
				c.Close()
			})
			wg.Go(func() { defer close(stop); s.gone <- s.serve(c) })
		}
	})
	t.Cleanup(func() { l.Close(); wg.Wait() })
	return s
}

func (s *liner) serve(c net.Conn) error {
	r := bufio.NewReader(c)
	for first := true; ; first = false {
		line, err := r.ReadString('\n')
		if err != nil {
			return err
		}
		if first {
			s.onByte(line)
		}
		s.lines <- line
		if _, err := io.WriteString(c, strings.ToUpper(line)); err != nil {
			return err
		}
	}
}

func (s *liner) port() int { return s.l.Addr().(*net.TCPAddr).Port }

// raw is a grant of this server under a name, and how the app calls it.
func (s *liner) raw(name string) (grant, to string) {
	a := s.l.Addr().(*net.TCPAddr)
	return fmt.Sprintf("raw://%s:%d@%s", name, a.Port, a.IP), fmt.Sprintf("%s:%d", name, a.Port)
}

// soon waits for something on a channel.
func soon[T any](t *testing.T, c <-chan T, what string) T {
	t.Helper()
	select {
	case v := <-c:
		return v
	case <-time.After(20 * time.Second):
		t.Fatalf("waited in vain: %s", what)
		panic("unreachable")
	}
}
