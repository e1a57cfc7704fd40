package hub

import (
	"fmt"
	"io"
	"net"
	"net/netip"
	"os"
	"path/filepath"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"secgpt/isolate/egress"
	"secgpt/mediator/audit"
)

// recording is a hub that has a record, and a look at what stands there.
func recording(t *testing.T, private bool) (h *Hub, entries func() []audit.Entry, dir string) {
	t.Helper()
	dir = t.TempDir()
	record, err := audit.Open(dir)
	require.NoError(t, err)
	return &Hub{opt: Options{Private: private}, session: "abc", record: record}, func() []audit.Entry {
		all, err := audit.Read(dir, nil, 100)
		require.NoError(t, err)
		for i := range all {
			all[i].Time = time.Time{}
		}
		return all
	}, dir
}

func TestConnectionsAreEntries(t *testing.T) {
	at := netip.MustParseAddrPort("192.0.2.7:443")
	e := egress.Event{Kind: egress.Opened, Conn: 9, Host: "api.example.com", Port: 443, Protocol: egress.TLS, Address: at}
	h, entries, _ := recording(t, false)
	n, err := h.connected("weather", e, 0)
	require.NoError(t, err)
	require.EqualValues(t, 1, n)
	e.Kind, e.In, e.Out = egress.Closed, 3071, 512
	_, err = h.connected("weather", e, n)
	require.NoError(t, err)
	_, err = h.connected("weather", egress.Event{Kind: egress.Refused, Host: "mail.example.com", Port: 587, Protocol: egress.StartTLS,
		Why: `the app sent "PASS \"hunter2" in clear text: before STARTTLS only EHLO may be`}, 0)
	require.NoError(t, err)
	require.Equal(t, []audit.Entry{
		{N: 1, Kind: audit.Net, Session: "abc", App: "weather", Leaves: true, Host: "tls api.example.com:443", Address: "192.0.2.7:443", Decision: "allow", By: "grant"},
		{N: 2, Kind: audit.Net, Session: "abc", App: "weather", Leaves: true, Host: "tls api.example.com:443", Address: "192.0.2.7:443", Of: 1, BytesIn: 3071, BytesOut: 512},
		{N: 3, Kind: audit.Net, Session: "abc", App: "weather", Host: "starttls mail.example.com:587", Decision: "deny", By: "grant",
			Why: "the app sent … in clear text: before STARTTLS only EHLO may be"},
	}, entries())

	h, entries, _ = recording(t, true)
	_, err = h.connected("weather", e, 0)
	require.NoError(t, err)
	require.Empty(t, entries()[0].Address)
	require.True(t, entries()[0].Private)
}

// What an app said stands quoted in a reason, and nowhere in the record.
func TestUnquoted(t *testing.T) {
	for why, want := range map[string]string{
		"":                          "",
		"nothing of theirs":         "nothing of theirs",
		`names "x", granted is y`:   "names …, granted is y",
		`"a" and "b\"c\\" and d`:    "… and … and d",
		`no end: "abc`:              "no end: …",
		`a bad escape: "\q" secret`: "a bad escape: …",
		fmt.Sprintf("names %.100q, and", "\"\x00\xff\\\n\u202e"): "names …, and",
	} {
		require.Equal(t, want, unquoted(why), why)
	}
}

// The line of a connection is on the disk before its first byte is at the server, and
// where it can't be, none comes.
func TestNoByteLeavesBeforeItsLineIsWritten(t *testing.T) {
	h, entries, dir := recording(t, false)
	server, err := net.Listen("tcp", "127.0.0.1:0")
	require.NoError(t, err)
	defer server.Close()
	port := server.Addr().(*net.TCPAddr).Port
	grant, err := egress.ParseGrant(fmt.Sprintf("raw://lines.example:%d@127.0.0.1", port))
	require.NoError(t, err)
	ended := make(chan error, 2)
	gw, err := egress.New([]egress.Grant{grant}, egress.Options{Observe: func(e egress.Event) error {
		_, err := h.connected("guest", e, 0)
		if e.Kind != egress.Opened {
			ended <- err
		}
		return err
	}})
	require.NoError(t, err)
	defer gw.Close()
	room, err := net.Listen("tcp", "127.0.0.1:0")
	require.NoError(t, err)
	require.NoError(t, gw.Serve(room, "lines.example", port))
	gw.Open()
	// arrives connects as an app, sends a byte, and returns what the server gets.
	arrives := func() string {
		app, err := net.Dial("tcp", room.Addr().String())
		require.NoError(t, err)
		defer app.Close()
		_, err = io.WriteString(app, "x")
		require.NoError(t, err)
		got, err := server.Accept()
		require.NoError(t, err)
		defer got.Close()
		require.NoError(t, got.SetDeadline(time.Now().Add(20*time.Second)))
		b := make([]byte, 1)
		n, _ := got.Read(b)
		return string(b[:n])
	}
	require.Equal(t, "x", arrives())
	all := entries()
	require.NotEmpty(t, all, "it was at the server and not in the record")
	require.Equal(t, "allow", all[0].Decision)
	require.NoError(t, <-ended)

	log := filepath.Join(dir, "audit.jsonl")
	require.NoError(t, os.Rename(log, log+".away"))
	require.NoError(t, os.Mkdir(log, 0o700))
	require.Empty(t, arrives())
	require.Error(t, <-ended)
}
