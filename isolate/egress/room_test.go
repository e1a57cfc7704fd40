//go:build linux && (amd64 || arm64)

package egress

import (
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"secgpt/isolate"
	"secgpt/isolate/program"
	"secgpt/isolate/roomtest"
)

const (
	roomID     = isolate.HostIDBase + 3 // as root
	firstHost  = "127.83.71.1"          // where a room's /etc/hosts leads the first of its names
	outputMost = 1 << 20
)

// A lodger runs programs in real rooms, whose hosts lead to the gateways of the test.
type lodger struct {
	data  string // /data of each room
	ca    string
	hosts []isolate.Host
	at    map[string]*place // by host
}

func newLodger(t *testing.T, room, small, mail *place) *lodger {
	t.Helper()
	roomtest.Need(t)
	dir, err := os.MkdirTemp("", "lodger") // t.TempDir is nothing that a room's id may enter
	require.NoError(t, err)
	t.Cleanup(func() { require.NoError(t, os.RemoveAll(dir)) })
	require.NoError(t, os.Chmod(dir, 0o755))
	l := &lodger{data: filepath.Join(dir, "data"), ca: filepath.Join(dir, "ca.pem"),
		hosts: []isolate.Host{{Name: "api.example", Ports: []int{443, 80}}, {Name: "small.example", Ports: []int{443}},
			{Name: "mail.example", Ports: []int{587, 143, 110}}},
		at: map[string]*place{"api.example": room, "small.example": small, "mail.example": mail}}
	require.NoError(t, os.Mkdir(l.data, 0o755))
	require.NoError(t, os.WriteFile(l.ca, newAuthority().pem, 0o644))
	require.NoError(t, os.WriteFile(filepath.Join(l.data, "BIG"), make([]byte, bigSize/16), 0o644))
	if os.Geteuid() == 0 {
		require.NoError(t, os.Chown(l.data, roomID, roomID))
	}
	return l
}

// run runs a command as an app is run, and gives both of its streams.
func (l *lodger) run(t *testing.T, args ...string) (string, error) {
	t.Helper()
	p := program.Program{Argv: append([]string{isolate.Self}, args[1:]...)}
	if args[0] != itself {
		var err error
		p, err = program.Find(args, program.Env{Vars: os.Environ(), Dir: "/"})
		require.NoError(t, err)
	}
	s := isolate.Spec{Name: filepath.Base(args[0]), Argv: p.Argv, Data: l.data, Hosts: l.hosts, HostID: roomID,
		Files: []isolate.Grant{{Path: l.ca, At: "/authorities.pem"}}, Env: append(p.Env, clientEnv("/data", "/authorities.pem")...)}
	for i, a := range s.Argv {
		s.Argv[i] = strings.ReplaceAll(a, roomAt, firstHost)
	}
	for _, r := range p.Reads {
		s.Files = append(s.Files, isolate.Grant{Path: r.Path, At: r.At})
	}
	r, err := isolate.Start(t.Context(), s)
	require.NoError(t, err)
	defer func() { require.NoError(t, r.Close()) }()
	for _, listener := range r.Listeners {
		require.NoError(t, l.at[listener.Host].Serve(listener.Listener, listener.Host, listener.Port))
	}
	require.NoError(t, r.In.Close())
	out, err := io.ReadAll(io.LimitReader(r.Out, outputMost))
	require.NoError(t, err)
	both := func() string { return string(out) + string(r.Stderr()) }
	if exit := r.Wait(); exit != (isolate.Exit{}) {
		return both(), fmt.Errorf("it ended with %+v", exit)
	}
	return both(), nil
}
