package egress

import (
	"bytes"
	"crypto/ecdh"
	"crypto/rand"
	"crypto/tls"
	"encoding/binary"
	"io"
	"net"
	"testing"
	"testing/iotest"

	"github.com/stretchr/testify/require"
)

// echConfigs is a configuration list as a server would publish it in the DNS
// (RFC 9849, section 4), for a key that nobody kept.
func echConfigs(t *testing.T) []byte {
	t.Helper()
	key, err := ecdh.X25519().GenerateKey(rand.Reader)
	require.NoError(t, err)
	var c []byte
	c = append(c, 1, 0, 0x20, 0, 32) // id, X25519 with HKDF-SHA256, key
	c = append(c, key.PublicKey().Bytes()...)
	c = append(c, 0, 4, 0, 1, 0, 1, 32, byte(len("public.example"))) // HKDF-SHA256, AES-128-GCM; padding; name
	c = append(c, "public.example"...)
	c = append(c, 0, 0)
	c = ext(extECH, c)
	return append(binary.BigEndian.AppendUint16(nil, uint16(len(c))), c...)
}

// tlsServer answers every TLS connection with an echo.
func tlsServer(t *testing.T, change func(*tls.Config), names ...string) string {
	config := newAuthority().server(names...)
	if change != nil {
		change(config)
	}
	return serve(t, func(c net.Conn) { echo(tls.Server(c, config)) })
}

// talk makes a TLS connection and sends a word through it.
func talk(c net.Conn, config *tls.Config) error {
	s := tls.Client(c, config)
	if _, err := io.WriteString(s, "ping"); err != nil {
		return err
	}
	_, err := io.ReadFull(s, make([]byte, 4))
	return err
}

// C20 and C21: the name is the granted one, or nobody is dialled.
func TestTLSName(t *testing.T) {
	server := tlsServer(t, nil, "a.example", "b.example")
	for name, row := range map[string]struct {
		grant string
		said  *tls.Config
		says  string
	}{
		"granted":        {"a.example", newAuthority().client("a.example"), ""},
		"another":        {"a.example", newAuthority().client("b.example"), `names "b.example"`},
		"none":           {"a.example", &tls.Config{InsecureSkipVerify: true}, "no SNI"},
		"none, granted":  {"a.example+nosni", &tls.Config{InsecureSkipVerify: true}, ""},
		"an address":     {"a.example", newAuthority().client("127.0.0.1"), "no SNI"},
		"ECH":            {"a.example", &tls.Config{ServerName: "a.example", MinVersion: tls.VersionTLS13, EncryptedClientHelloConfigList: echConfigs(t)}, "ECH"},
		"TLS 1.2":        {"a.example", tls12(newAuthority().client("a.example")), ""},
		"TLS 1.2, other": {"a.example", tls12(newAuthority().client("b.example")), `names "b.example"`},
	} {
		w := start(t, row.grant, server, Limits{})
		err := talk(w.connect(), row.said)
		if row.says == "" {
			require.NoError(t, err, name)
			require.Equal(t, Opened, w.event().Kind)
			continue
		}
		require.Error(t, err, name)
		e := w.event()
		require.Equal(t, Refused, e.Kind, name)
		require.Contains(t, e.Why, row.says, name)
		require.Empty(t, w.dialed(), name)
		require.Empty(t, w.names.asked, name)
	}
}

func tls12(c *tls.Config) *tls.Config {
	c.MaxVersion = tls.VersionTLS12
	return c
}

// splitting sends its first words in records and segments of one byte.
type splitting struct {
	net.Conn
	began bool
}

func (s *splitting) Write(p []byte) (int, error) {
	if s.began {
		return s.Conn.Write(p)
	}
	s.began = true
	for _, b := range records(p[5:], 7) {
		if _, err := s.Conn.Write([]byte{b}); err != nil {
			return 0, err
		}
	}
	return len(p), nil
}

func TestSplitHello(t *testing.T) {
	server := tlsServer(t, nil, "a.example", "b.example")
	w := start(t, "a.example", server, Limits{})
	require.Error(t, talk(&splitting{Conn: w.connect()}, newAuthority().client("b.example")))
	require.Equal(t, Refused, w.event().Kind)
	require.NoError(t, talk(&splitting{Conn: w.connect()}, newAuthority().client("a.example")))
	require.Equal(t, Opened, w.event().Kind)
}

// A server asks for a second ClientHello when the first has no key of a group that
// it takes. With the same name that works; with another it is refused.
func TestSecondHello(t *testing.T) {
	server := tlsServer(t, func(c *tls.Config) { c.CurvePreferences = []tls.CurveID{tls.CurveP521} }, "a.example")
	w := start(t, "a.example", server, Limits{})
	config := newAuthority().client("a.example")
	config.CurvePreferences = []tls.CurveID{tls.X25519, tls.CurveP521}
	s := tls.Client(w.connect(), config)
	require.NoError(t, s.Handshake())
	require.True(t, s.ConnectionState().HelloRetryRequest, "the test must be about that")
	require.Equal(t, Opened, w.event().Kind)

	lying := func(second []byte) (Event, []byte) {
		got := make(chan []byte, 1)
		w := start(t, "a.example", serve(t, func(c net.Conn) {
			_, _, err := readHello(c)
			require.NoError(t, err)
			retry := append([]byte{serverHello, 0, 0, 36, 3, 3}, retryRandom...)
			_, _ = c.Write(records(append(retry, 0, 0), 99))
			all, _ := io.ReadAll(c)
			got <- all
		}), Limits{})
		c := w.connect()
		_, err := c.Write(wrap(sni("a.example")))
		require.NoError(t, err)
		_, err = c.Write(append([]byte{recordChange, 3, 3, 0, 1, 1}, second...))
		require.NoError(t, err)
		require.NoError(t, c.CloseWrite())
		_, _ = io.ReadAll(c)
		require.Equal(t, Opened, w.event().Kind)
		return w.event(), <-got
	}
	e, got := lying(wrap(sni("b.example")))
	require.Contains(t, e.Why, `asked again by the server: its ClientHello names "b.example"`)
	require.Equal(t, []byte{recordChange, 3, 3, 0, 1, 1}, got)
	e, got = lying(wrap(sni("a.example")))
	require.Empty(t, e.Why)
	require.True(t, bytes.HasSuffix(got, wrap(sni("a.example"))))
}

// A second connection goes by a session ticket.
func TestResumption(t *testing.T) {
	w := start(t, "a.example", tlsServer(t, nil, "a.example"), Limits{})
	config := newAuthority().client("a.example")
	config.ClientSessionCache = tls.NewLRUClientSessionCache(4)
	require.NoError(t, talk(w.connect(), config))
	s := tls.Client(w.connect(), config)
	_, err := io.WriteString(s, "ping")
	require.NoError(t, err)
	require.True(t, s.ConnectionState().DidResume)
}

func TestReadRecordReadsNoMore(t *testing.T) {
	r := bytes.NewReader([]byte{23, 3, 3, 0, 2, 'a', 'b', 'c'})
	kind, record, err := readRecord(iotest.HalfReader(r))
	require.NoError(t, err)
	require.EqualValues(t, recordData, kind)
	require.Len(t, record, 7)
	require.Equal(t, 1, r.Len())
}
