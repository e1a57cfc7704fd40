//go:build linux && (amd64 || arm64)

package isolate

import (
	"io"
	"testing"

	"github.com/stretchr/testify/require"
)

// A room reaches what it was given by name, through a socket that its holder
// accepts on, also on a port that is otherwise root's; and nothing else.
func TestHosts(t *testing.T) {
	needRooms(t)
	s := testSpec("/bin/bash", "-c", `for at in api.example.com/443 nas/8080; do
		exec 3<>/dev/tcp/$at && echo "GET $at" >&3 && read -r line <&3 && echo "$line"; done
	(exec 3<>/dev/tcp/other.example.com/443) 2>/dev/null || echo no name
	(exec 3<>/dev/tcp/api.example.com/80) 2>/dev/null || echo no port
	(exec 3<>/dev/tcp/1.1.1.1/443) 2>/dev/null || echo no way`)
	s.Hosts = []Host{{"api.example.com", []int{443}}, {"nas", []int{8080, 81}}}
	r := open(t, s)
	require.Len(t, r.Listeners, 3)
	for i, want := range []struct {
		host string
		port int
	}{{"api.example.com", 443}, {"nas", 8080}, {"nas", 81}} {
		l := r.Listeners[i]
		require.Equal(t, want.host, l.Host)
		require.Equal(t, want.port, l.Port)
	}
	for _, l := range r.Listeners[:2] {
		conn, err := l.Accept()
		require.NoError(t, err)
		buf := make([]byte, 64)
		n, err := conn.Read(buf)
		require.NoError(t, err)
		_, err = conn.Write([]byte("got " + string(buf[:n])))
		require.NoError(t, err)
		require.NoError(t, conn.Close())
	}
	out, err := io.ReadAll(r.Out)
	require.NoError(t, err)
	require.Equal(t, "got GET api.example.com/443\ngot GET nas/8080\nno name\nno port\nno way\n", string(out))
	require.Equal(t, Exit{}, r.Wait())
	require.NoError(t, r.Close())
	_, err = r.Listeners[0].Accept()
	require.Error(t, err, "closed with the room")
}

// The addresses are the room's, but what listens on them is not its own to take.
func TestHostsCantBeTaken(t *testing.T) {
	needRooms(t)
	s := testSpec("/usr/bin/perl", "-MSocket", "-e", `for my $port (8080, 443) {
		socket(my $s, PF_INET, SOCK_STREAM, 0); setsockopt($s, SOL_SOCKET, SO_REUSEPORT, 1);
		bind($s, sockaddr_in($port, inet_aton("127.83.71.1"))); print "$!\n" }`)
	s.Hosts = []Host{{"api.example.com", []int{443, 8080}}}
	out, _ := output(t, s)
	require.Equal(t, "Address already in use\nPermission denied\n", out)
}

func TestHostsThatAreRefused(t *testing.T) {
	for want, hosts := range map[string][]Host{
		`host "a b": expected a name`:            {{"a b", []int{1}}},
		`host "x\n127.0.0.1 bank": expected`:     {{"x\n127.0.0.1 bank", []int{1}}},
		`host "API.example": expected a name`:    {{"API.example", []int{1}}},
		`host "": expected a name`:               {{"", []int{1}}},
		`host "a..b": expected a name`:           {{"a..b", []int{1}}},
		"host a is named twice":                  {{"a", []int{1}}, {"a", []int{2}}},
		"host localhost is named twice":          {{"localhost", []int{1}}},
		"host a: port 0 is none":                 {{"a", []int{0}}},
		"host a: port 65536 is none":             {{"a", []int{65536}}},
		"host a: port 1 is none, or named twice": {{"a", []int{1, 1}}},
		"host a has no port":                     {{"a", nil}},
		"65 hosts, a room takes 64":              make([]Host, 65),
	} {
		_, err := listens(hosts)
		require.ErrorContains(t, err, want)
	}
	many := Host{Name: "a"}
	for port := range 65 {
		many.Ports = append(many.Ports, port+1)
	}
	_, err := listens([]Host{many})
	require.ErrorContains(t, err, "65 ports of hosts, a room takes 64")
}
