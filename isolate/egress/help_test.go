package egress

import (
	"context"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/tls"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/pem"
	"errors"
	"fmt"
	"io"
	"math/big"
	"net"
	"net/http"
	"net/netip"
	"os"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"go.uber.org/goleak"

	"secgpt/isolate"
)

func TestMain(m *testing.M) {
	isolate.Main()
	if len(os.Args) == 3 && os.Args[1] == goGets {
		if err := goGet(os.Args[2]); err != nil {
			fmt.Fprintln(os.Stderr, err)
			os.Exit(1)
		}
		os.Exit(0)
	}
	goleak.VerifyTestMain(m, goleak.IgnoreAnyFunction("secgpt/isolate.serveStarts"))
}

// goGets is the first argument that makes the test binary a client; see goGet.
const goGets = "egress:get"

// goGet prints 20 answers from one place.
func goGet(url string) error {
	for range 20 {
		resp, err := http.Get(url)
		if err != nil {
			return err
		}
		_, err = io.Copy(os.Stdout, resp.Body)
		if err := errors.Join(err, resp.Body.Close()); err != nil {
			return err
		}
	}
	return nil
}

// public is an address that is nobody's here, and may be dialled.
var public = netip.MustParseAddr("93.184.215.14")

// names is a resolver that answers with what a test says, and counts.
type names struct {
	mu      sync.Mutex
	answers map[string][]netip.Addr
	asked   []string
}

func (n *names) LookupNetIP(_ context.Context, network, host string) ([]netip.Addr, error) {
	n.mu.Lock()
	defer n.mu.Unlock()
	n.asked = append(n.asked, host)
	if all, ok := n.answers[host]; ok && network == "ip" {
		return all, nil
	}
	return nil, &net.DNSError{Err: "no such host", Name: host, IsNotFound: true}
}

// cable is a dialer that notes which address was meant, and connects to a server
// of the test.
type cable struct {
	mu     sync.Mutex
	to     string // the server's address; empty is one where nobody listens
	dialed []string
	dead   []string // addresses that do not answer
}

func (c *cable) DialContext(ctx context.Context, network, address string) (net.Conn, error) {
	c.mu.Lock()
	c.dialed = append(c.dialed, address)
	to := c.to
	for _, d := range c.dead {
		if d == address {
			to = ""
		}
	}
	c.mu.Unlock()
	if to == "" {
		return nil, &net.OpError{Op: "dial", Net: network, Err: errors.New("connection refused")}
	}
	return (&net.Dialer{}).DialContext(ctx, network, to)
}

// A world is a gateway between a room, which is the test, and a server of the test.
type world struct {
	*Gateway
	t     *testing.T
	names *names
	cable *cable
	room  net.Addr // where the room connects

	mu     sync.Mutex
	events []Event
	fail   error         // what Observe answers to Opened
	news   chan struct{} // an event came
}

// start makes a world with one grant and a server; an empty address is none.
func start(t *testing.T, grant, server string, l Limits) *world {
	t.Helper()
	g, err := ParseGrant(grant)
	require.NoError(t, err)
	w := &world{
		t: t, news: make(chan struct{}, 1000),
		names: &names{answers: map[string][]netip.Addr{g.Host + ".": {public}}},
		cable: &cable{to: server},
	}
	w.Gateway, err = New([]Grant{g}, Options{
		Limits: l, Resolver: w.names, Dialer: w.cable, Observe: w.observe,
		own: func() ([]netip.Addr, error) { return nil, nil },
	})
	require.NoError(t, err)
	socket, err := net.Listen("tcp", "127.0.0.1:0")
	require.NoError(t, err)
	w.room = socket.Addr()
	require.NoError(t, w.Serve(socket, g.Host, g.Ports[0]))
	t.Cleanup(w.Close)
	w.Open()
	return w
}

func (w *world) observe(e Event) error {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.events = append(w.events, e)
	w.news <- struct{}{}
	if e.Kind == Opened {
		return w.fail
	}
	return nil
}

// set changes what the world does.
func (w *world) set(change func()) {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.names.mu.Lock()
	defer w.names.mu.Unlock()
	w.cable.mu.Lock()
	defer w.cable.mu.Unlock()
	change()
}

// event waits for the next event that was not asked for yet.
func (w *world) event() Event {
	w.t.Helper()
	select {
	case <-w.news:
	case <-time.After(10 * time.Second):
		require.Fail(w.t, "no event")
	}
	w.mu.Lock()
	defer w.mu.Unlock()
	e := w.events[0]
	w.events = w.events[1:]
	return e
}

func (w *world) dialed() []string {
	w.cable.mu.Lock()
	defer w.cable.mu.Unlock()
	return append([]string{}, w.cable.dialed...)
}

// connect is a program of the room.
func (w *world) connect() *net.TCPConn {
	w.t.Helper()
	c, err := net.Dial("tcp", w.room.String())
	require.NoError(w.t, err)
	w.t.Cleanup(func() { _ = c.Close() })
	require.NoError(w.t, c.SetDeadline(time.Now().Add(20*time.Second)))
	return c.(*net.TCPConn)
}

// serve runs a server for the test, one goroutine for each connection.
func serve(t *testing.T, handle func(net.Conn)) string {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	require.NoError(t, err)
	serveOn(t, l, handle)
	return l.Addr().String()
}

func serveOn(t *testing.T, l net.Listener, handle func(net.Conn)) {
	t.Helper()
	var work sync.WaitGroup
	var mu sync.Mutex
	var conns []net.Conn
	work.Go(func() {
		for {
			c, err := l.Accept()
			if err != nil {
				return
			}
			mu.Lock()
			conns = append(conns, c)
			mu.Unlock()
			work.Go(func() {
				defer func() { _ = c.Close() }()
				handle(c)
			})
		}
	})
	t.Cleanup(func() {
		_ = l.Close()
		mu.Lock()
		for _, c := range conns {
			_ = c.Close()
		}
		mu.Unlock()
		work.Wait()
	})
}

// echo is a server that sends back what it gets.
func echo(c net.Conn) { _, _ = io.Copy(c, c) }

// An authority signs the certificates of the test's servers.
type authority struct {
	cert *x509.Certificate
	key  *ecdsa.PrivateKey
	pem  []byte
}

var newAuthority = sync.OnceValue(func() *authority {
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	must(err)
	a := &authority{key: key, cert: &x509.Certificate{
		SerialNumber: big.NewInt(1), Subject: pkix.Name{CommonName: "test"}, IsCA: true, BasicConstraintsValid: true,
		NotBefore: time.Now().Add(-time.Hour), NotAfter: time.Now().Add(time.Hour), KeyUsage: x509.KeyUsageCertSign,
	}}
	der, err := x509.CreateCertificate(rand.Reader, a.cert, a.cert, &key.PublicKey, key)
	must(err)
	a.pem = pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: der})
	return a
})

func must(err error) {
	if err != nil {
		panic(err)
	}
}

// server is a TLS configuration for these names.
func (a *authority) server(names ...string) *tls.Config {
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	must(err)
	cert := &x509.Certificate{
		SerialNumber: big.NewInt(2), DNSNames: names, NotBefore: a.cert.NotBefore, NotAfter: a.cert.NotAfter,
		KeyUsage: x509.KeyUsageDigitalSignature, ExtKeyUsage: []x509.ExtKeyUsage{x509.ExtKeyUsageServerAuth},
	}
	der, err := x509.CreateCertificate(rand.Reader, cert, a.cert, &key.PublicKey, a.key)
	must(err)
	return &tls.Config{Certificates: []tls.Certificate{{Certificate: [][]byte{der}, PrivateKey: key}}}
}

// client is a TLS configuration that trusts the authority.
func (a *authority) client(name string) *tls.Config {
	pool := x509.NewCertPool()
	pool.AppendCertsFromPEM(a.pem)
	return &tls.Config{ServerName: name, RootCAs: pool}
}
