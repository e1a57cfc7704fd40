package audit

import (
	"os"
	"path/filepath"
	"strconv"
	"testing"

	"github.com/stretchr/testify/require"
)

// Entries of connections, as the hub writes them.
var (
	netOpened = Entry{Kind: Net, App: "weather", Session: "s", Leaves: true, Host: "tls api.example.com:443",
		Address: "192.0.2.7:443", Decision: "allow", By: "grant"}
	netClosed = Entry{Kind: Net, App: "weather", Session: "s", Leaves: true, Host: "tls api.example.com:443",
		Address: "192.0.2.7:443", Of: 1, BytesOut: 512, BytesIn: 3071, Why: "the room has ended"}
	netRefused = Entry{Kind: Net, App: "weather", Session: "s", Host: "tls api.example.com:443",
		Decision: "deny", By: "grant", Why: "its ClientHello names …, and granted is api.example.com"}
)

func connections(t *testing.T, private bool) string {
	t.Helper()
	dir := t.TempDir()
	l, err := Open(dir)
	require.NoError(t, err)
	for _, e := range []Entry{netOpened, netClosed, netRefused} {
		e.Private = private
		_, err := l.Append(e)
		require.NoError(t, err)
	}
	return dir
}

func TestExplainTellsOfConnections(t *testing.T) {
	dir := connections(t, false)
	got, err := Read(dir, nil, 3)
	require.NoError(t, err)
	for i, want := range []string{
		"Weather was connected to api.example.com:443 (tls, at 192.0.2.7:443), a host that it was granted; this was written before its first byte left.\nEntry 2: it ended; it sent 512 bytes and got 3071.",
		"The connection of weather to api.example.com:443 (tls, at 192.0.2.7:443), opened by entry 1, ended; it sent 512 bytes and got 3071.\nThe room has ended.",
		"Weather wanted to reach api.example.com:443 (tls) and could not.\nIts ClientHello names …, and granted is api.example.com.",
	} {
		text, err := Explain(dir, int64(i+1))
		require.NoError(t, err)
		when := "Entry " + strconv.Itoa(i+1) + ", " + got[i].Time.Local().Format("2 Jan 2006 15:04:05") + ".\n"
		require.Equal(t, when+want, text)
	}
}

// A private session keeps that something was reached, and how much went there, but no
// address and no reason, in which one could stand.
func TestAPrivateConnectionHasNoAddress(t *testing.T) {
	dir := connections(t, true)
	b, err := os.ReadFile(filepath.Join(dir, "audit.jsonl"))
	require.NoError(t, err)
	require.NotContains(t, string(b), "192.0.2.7")
	require.NotContains(t, string(b), "ClientHello")
	got, err := Read(dir, nil, 3)
	require.NoError(t, err)
	require.Equal(t, "tls api.example.com:443", got[0].Host)
	require.EqualValues(t, 512, got[1].BytesOut)
	text, err := Explain(dir, 1)
	require.NoError(t, err)
	require.Contains(t, text, "Weather was connected to api.example.com:443 (tls), a host that it was granted")
	require.Contains(t, text, "It was a private session")
}
