package egress

import (
	"bytes"
	"crypto/tls"
	"encoding/binary"
	"errors"
	"io"
	"net"
	"strings"
	"testing"
	"testing/iotest"

	"github.com/stretchr/testify/require"
)

// realHello is the first flight of Go's own client.
func realHello(t testing.TB, config *tls.Config) []byte {
	t.Helper()
	client, server := net.Pipe()
	sent := make(chan []byte, 1)
	go func() {
		p := make([]byte, 1<<16)
		n, _ := server.Read(p)
		sent <- p[:n]
		_ = server.Close()
	}()
	require.Error(t, tls.Client(client, config).Handshake())
	_ = client.Close()
	return <-sent
}

// ext makes one extension.
func ext(kind uint16, data []byte) []byte {
	p := binary.BigEndian.AppendUint16(nil, kind)
	return append(binary.BigEndian.AppendUint16(p, uint16(len(data))), data...)
}

// sni makes a server_name extension with these names.
func sni(names ...string) []byte {
	var list []byte
	for _, n := range names {
		list = append(list, 0)
		list = append(binary.BigEndian.AppendUint16(list, uint16(len(n))), n...)
	}
	return ext(extServerName, append(binary.BigEndian.AppendUint16(nil, uint16(len(list))), list...))
}

// body makes a ClientHello's body with these extensions.
func body(extensions ...[]byte) []byte {
	p := append([]byte{3, 3}, bytes.Repeat([]byte{7}, 32)...)
	p = append(p, 0, 0, 2, 0x13, 1, 1, 0)
	all := bytes.Join(extensions, nil)
	return append(binary.BigEndian.AppendUint16(p, uint16(len(all))), all...)
}

// message puts a body into a handshake message, records into records of n bytes.
func message(body []byte) []byte {
	return append([]byte{clientHello, byte(len(body) >> 16), byte(len(body) >> 8), byte(len(body))}, body...)
}

func records(message []byte, n int) []byte {
	var raw []byte
	for len(message) > 0 {
		k := min(n, len(message))
		raw = append(raw, recordHandshake, 3, 1, byte(k>>8), byte(k))
		raw, message = append(raw, message[:k]...), message[k:]
	}
	return raw
}

func wrap(extensions ...[]byte) []byte { return records(message(body(extensions...)), recordMax) }

func TestReadHelloOfRealClients(t *testing.T) {
	for _, version := range []uint16{tls.VersionTLS10, tls.VersionTLS12, tls.VersionTLS13} {
		raw := realHello(t, &tls.Config{ServerName: "api.example.com", MinVersion: version, MaxVersion: version})
		got, h, err := readHello(bytes.NewReader(raw))
		require.NoError(t, err)
		require.Equal(t, raw, got)
		require.Equal(t, hello{name: "api.example.com"}, h)
	}
	_, h, err := readHello(bytes.NewReader(realHello(t, &tls.Config{InsecureSkipVerify: true})))
	require.NoError(t, err)
	require.Empty(t, h.name)
}

// However it is cut up, it is read the same, and nothing beyond it.
func TestReadHelloInPieces(t *testing.T) {
	whole := realHello(t, &tls.Config{ServerName: "api.example.com"})
	for _, size := range []int{1, 2, 3, 50, 400} {
		raw := records(whole[5:], size)
		after := append(bytes.Clone(raw), "early data"...)
		r := bytes.NewReader(after)
		got, h, err := readHello(iotest.OneByteReader(r))
		require.NoError(t, err, size)
		require.Equal(t, "api.example.com", h.name)
		require.Equal(t, raw, got)
		require.Equal(t, len("early data"), r.Len())
	}
}

func TestReadHelloRefuses(t *testing.T) {
	good := sni("a.example")
	zero := records(message(body(good)), 9)
	zero = append([]byte{recordHandshake, 3, 1, 0, 0}, zero...)
	long := body(ext(21, make([]byte, 60000)), good)
	for name, raw := range map[string][]byte{
		"SSL 2":                       {0x80, 0x2e, 1, 0, 2, 0, 0x15, 0, 0, 0, 0x10},
		"HTTP":                        []byte("GET / HTTP/1.1\r\nHost: a.example\r\n\r\n"),
		"SSH":                         []byte("SSH-2.0-OpenSSH_9.2\r\n"),
		"an alert":                    {21, 3, 1, 0, 2, 2, 40},
		"data":                        {23, 3, 3, 0, 1, 0},
		"another message":             records([]byte{2, 0, 0, 1, 0}, 99),
		"version 4":                   {22, 4, 0, 0, 1, 1},
		"an empty record":             zero,
		"a record that is too long":   append([]byte{22, 3, 1, 0x40, 1}, make([]byte, 0x4001)...),
		"more in the record":          records(append(message(body(good)), 0), recordMax),
		"a second one in the record":  records(append(message(body(good)), message(body(sni("b.example")))...), recordMax),
		"two names":                   wrap(sni("a.example", "b.example")),
		"twice server_name":           wrap(good, good),
		"twice another":               wrap(good, ext(43, nil), ext(43, nil)),
		"no name in the list":         wrap(sni()),
		"an empty name":               wrap(sni("")),
		"another kind of name":        wrap(ext(0, []byte{0, 4, 1, 0, 1, 'a'})),
		"a list that is too short":    wrap(ext(0, []byte{0, 3, 0, 0, 1, 'a'})),
		"more after the list":         wrap(ext(0, []byte{0, 4, 0, 0, 1, 'a', 'b'})),
		"an empty server_name":        wrap(ext(0, nil)),
		"NUL in the name":             wrap(sni("a.example\x00.b.example")),
		"an extension cut off":        wrap(good, []byte{0, 43, 0}),
		"an extension too long":       wrap(good, []byte{0, 43, 0, 9, 1}),
		"more after the extensions":   records(message(append(body(good), 1)), recordMax),
		"an odd list of ciphers":      records(message(append(append([]byte{3, 3}, make([]byte, 32)...), 0, 0, 1, 1, 1, 0)), 99),
		"no ciphers":                  records(message(append(append([]byte{3, 3}, make([]byte, 32)...), 0, 0, 0, 1, 0)), 99),
		"a session of 33 bytes":       records(message(append(append(append([]byte{3, 3}, make([]byte, 32)...), 33), make([]byte, 60)...)), 999),
		"nothing in it":               records(message(nil), 9),
		"65 extensions":               wrap(append([][]byte{good}, many(64)...)...),
		"declared as 16 MiB":          records([]byte{1, 0xff, 0xff, 0xff, 3, 3}, 99),
		"records of one byte, 70 KiB": records(message(long), 1),
	} {
		_, _, err := readHello(bytes.NewReader(raw))
		require.Error(t, err, name)
		require.NotErrorIs(t, err, io.ErrUnexpectedEOF, name)
		require.NotErrorIs(t, err, io.EOF, name)
	}
	raw := records(message(long), recordMax)
	_, h, err := readHello(bytes.NewReader(raw))
	require.NoError(t, err, "one of 60 kB is long, and still one")
	require.Equal(t, "a.example", h.name)
	for n := 0; n < len(raw); n += 499 {
		_, _, err := readHello(bytes.NewReader(raw[:n:n]))
		require.True(t, errors.Is(err, io.EOF) || errors.Is(err, io.ErrUnexpectedEOF), "cut at %d: %v", n, err)
	}
}

func many(n int) (all [][]byte) {
	for i := range n {
		all = append(all, ext(uint16(1000+i), nil))
	}
	return all
}

func TestJudgeHello(t *testing.T) {
	grant := Grant{Host: "api.example.com"}
	for _, row := range []struct {
		h          hello
		ech, nosni bool
		says       string
	}{
		{hello{name: "api.example.com"}, false, false, ""},
		{hello{name: "API.Example.COM"}, false, false, ""},
		{hello{name: "evil.example.com"}, true, true, `names "evil.example.com", and granted is api.example.com`},
		{hello{name: "api.example.com."}, false, false, "granted is"},
		{hello{name: "api.example.com.evil.example"}, false, false, "granted is"},
		{hello{name: "a.api.example.com"}, false, false, "granted is"},
		{hello{name: "example.com"}, false, false, "granted is"},
		{hello{name: "api.example.coM"}, false, false, ""},
		{hello{}, false, false, "grant api.example.com+nosni"},
		{hello{}, true, false, "+nosni"},
		{hello{}, false, true, ""},
		{hello{name: "api.example.com", ech: true}, false, false, "grant api.example.com+ech"},
		{hello{name: "api.example.com", ech: true}, false, true, "+ech"},
		{hello{name: "public.provider.example", ech: true}, true, false, ""},
	} {
		grant.ECH, grant.NoSNI = row.ech, row.nosni
		err := row.h.judge(grant)
		if row.says == "" {
			require.NoError(t, err, row)
		} else {
			require.ErrorContains(t, err, row.says)
		}
	}
	require.Error(t, hello{name: "\u212aey.example"}.judge(Grant{Host: "key.example"}), "the Kelvin sign folds to k")
}

// ECH is seen in all its forms, also what Go sends with a configuration of a server.
func TestECHIsSeen(t *testing.T) {
	for _, kind := range []uint16{0xfe0d, 0xfe08, 0xfe09, 0xfe0a, 0xfe0c, 0xff02, 0xffce} {
		_, h, err := readHello(bytes.NewReader(wrap(sni("a.example"), ext(kind, []byte{0, 0, 1}))))
		require.NoError(t, err)
		require.Equal(t, hello{name: "a.example", ech: true}, h, "%#x", kind)
	}
	_, h, err := readHello(bytes.NewReader(wrap(sni("a.example"), ext(0xfe0d, []byte{1}))))
	require.NoError(t, err)
	require.True(t, h.ech, "the inner form")

	raw := realHello(t, &tls.Config{ServerName: "secret.example", MinVersion: tls.VersionTLS13, EncryptedClientHelloConfigList: echConfigs(t)})
	_, h, err = readHello(bytes.NewReader(raw))
	require.NoError(t, err)
	require.Equal(t, hello{name: "public.example", ech: true}, h)
}

// No input makes it fail otherwise than by an error, and what it accepts it returns
// byte for byte.
func FuzzReadHello(f *testing.F) {
	f.Add(wrap(sni("a.example")))
	f.Add(records(message(body(sni("a.example"), ext(0xfe0d, []byte{0}))), 3))
	f.Add([]byte{0x80, 0x2e, 1, 0, 2})
	f.Fuzz(func(t *testing.T, raw []byte) {
		got, h, err := readHello(bytes.NewReader(raw))
		if err != nil {
			return
		}
		if !bytes.HasPrefix(raw, got) || len(got) > helloMax+recordMax+5 {
			t.Fatal("not what was read")
		}
		if h.name != "" && (!bytes.Contains(bytes.Join(payloads(got), nil), []byte(h.name)) || strings.ContainsRune(h.name, 0)) {
			t.Fatalf("where does %q come from?", h.name)
		}
	})
}

// payloads are the records without their headers.
func payloads(raw []byte) (all [][]byte) {
	for len(raw) >= 5 {
		n := 5 + int(raw[3])<<8 + int(raw[4])
		all, raw = append(all, raw[5:n]), raw[n:]
	}
	return all
}
