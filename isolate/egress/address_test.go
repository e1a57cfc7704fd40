package egress

import (
	"context"
	"errors"
	"net/netip"
	"slices"
	"testing"

	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"
)

func TestRefuses(t *testing.T) {
	own := []netip.Addr{netip.MustParseAddr("8.8.4.4"), netip.MustParseAddr("2a00:1450::1")}
	for addr, says := range map[string]string{
		"0.0.0.0": "this machine", "0.1.2.3": "this machine", "127.0.0.1": "this machine", "127.255.255.254": "this machine",
		"10.0.0.1": "private", "172.16.0.1": "private", "172.31.255.255": "private", "192.168.1.1": "private",
		"100.64.0.1": "carrier", "100.127.255.255": "carrier",
		"169.254.169.254": "metadata", "100.100.100.200": "metadata", "168.63.129.16": "metadata", "192.0.0.192": "metadata",
		"169.254.170.2": "metadata", "fd00:ec2::254": "metadata", "fd20:ce::254": "metadata",
		"169.254.1.1": "local link", "192.0.0.1": "protocols",
		"192.0.2.1": "documentation", "198.51.100.1": "documentation", "203.0.113.1": "documentation",
		"192.88.99.1": "6to4", "198.18.0.1": "benchmarks", "198.19.255.255": "benchmarks",
		"224.0.0.1": "multicast", "239.255.255.250": "multicast", "240.0.0.1": "reserved", "255.255.255.255": "broadcast",
		"8.8.4.4": "this machine", "2a00:1450::1": "this machine",

		"::": "this machine", "::1": "this machine", "::7f00:1": "old IPv6 form", "::ffff:127.0.0.1": "mapped", "::ffff:8.8.8.8": "mapped",
		"::ffff:0:127.0.0.1": "SIIT", "64:ff9b::7f00:1": "NAT64", "64:ff9b::808:808": "NAT64", "64:ff9b:1::a00:1": "NAT64",
		"100::1": "discarded", "2001::1": "Teredo", "2001:0:4136:e378::1": "Teredo", "2001:10::1": "protocols", "2001:20::1": "protocols",
		"2001:2::1": "protocols", "2001:db8::1": "documentation", "3fff::1": "documentation", "2002:7f00:1::": "6to4", "2002:808:808::1": "6to4",
		"3ffe::1": "6bone", "fc00::1": "private", "fdff::1": "private", "fe80::1": "local link", "fe80::1%eth0": "local link",
		"febf::1": "local link", "fec0::1": "site-local", "ff02::1": "multicast", "ff0e::1": "multicast",
		"2a00:1450::5efe:a00:1": "ISATAP", "2a00:1450::200:5efe:a00:1": "ISATAP", "4000::1": "no address of the open", "5f00::1": "no address of the open",
		"1::1": "no address of the open", "200::1": "no address of the open",
	} {
		require.ErrorContains(t, refuses(netip.MustParseAddr(addr), own), says, addr)
	}
	for _, addr := range []string{
		"1.1.1.1", "8.8.8.8", "9.255.255.255", "11.0.0.1", "100.63.255.255", "100.128.0.1", "126.1.1.1", "128.0.0.1", "169.253.1.1",
		"172.15.0.1", "172.32.0.1", "192.0.1.1", "192.167.0.1", "192.169.0.1", "198.17.0.1", "198.20.0.1", "223.255.255.255",
		"2606:4700:4700::1111", "2a00:1450:4001:81b::200e", "2001:4860:4860::8888", "2001:200::1", "2003::1", "2620:fe::fe",
	} {
		require.NoError(t, refuses(netip.MustParseAddr(addr), own), addr)
	}
	require.Error(t, refuses(netip.Addr{}, nil))
}

// draw makes addresses of which about half are refused.
func draw(t *rapid.T) netip.Addr {
	var b [16]byte
	copy(b[:], rapid.SliceOfN(rapid.Byte(), 16, 16).Draw(t, "bytes"))
	switch rapid.IntRange(0, 4).Draw(t, "kind") {
	case 0:
		return netip.AddrFrom4([4]byte(b[:4]))
	case 1:
		b[0] = rapid.SampledFrom([]byte{10, 127, 0, 224, 255, 8}).Draw(t, "first")
		return netip.AddrFrom4([4]byte(b[:4]))
	case 2:
		wards := wards()
		base := wards[rapid.IntRange(0, len(wards)-1).Draw(t, "ward")].prefix
		return base.Addr()
	case 3:
		return netip.AddrFrom16(netip.AddrFrom4([4]byte(b[:4])).As16())
	}
	b[0] = 0x26
	return netip.AddrFrom16(b)
}

// Whatever a name resolves to: what is refused is never dialled, what is dialled
// came from the one answer, and nothing is asked twice.
func TestRefusedIsNeverDialled(t *testing.T) {
	grant, err := ParseGrant("api.example.com")
	require.NoError(t, err)
	rapid.Check(t, func(t *rapid.T) {
		answer := rapid.SliceOfN(rapid.Custom(draw), 0, 40).Draw(t, "answer")
		n, c := &names{answers: map[string][]netip.Addr{"api.example.com.": answer}}, &cable{}
		g, err := New([]Grant{grant}, Options{Resolver: n, Dialer: c, own: func() ([]netip.Addr, error) { return []netip.Addr{public}, nil }})
		if err != nil {
			t.Fatal(err)
		}
		defer g.Close()
		if _, _, err := g.dial(context.Background(), grant, 443); err == nil {
			t.Fatal("nobody listens, and yet")
		}
		if len(n.asked) != 1 || len(c.dialed) > triesMax {
			t.Fatalf("asked %v, dialled %v", n.asked, c.dialed)
		}
		for _, d := range c.dialed {
			a := netip.MustParseAddrPort(d).Addr()
			if refuses(a, []netip.Addr{public}) != nil || !slices.Contains(answer, a) {
				t.Fatalf("dialled %s of %v", d, answer)
			}
		}
		if len(c.dialed) == 0 && slices.ContainsFunc(answer[:min(len(answer), answersMax)], func(a netip.Addr) bool { return refuses(a, []netip.Addr{public}) == nil }) {
			t.Fatalf("nothing of %v was dialled", answer)
		}
	})
}

// A name that changes between two look-ups gains nothing: there is only one.
func TestDial(t *testing.T) {
	w := start(t, "raw://a.example:9", serve(t, echo), Limits{})
	grant := w.grants[0]
	second := netip.MustParseAddr("2606:4700::1")
	w.names.answers["a.example."] = []netip.Addr{netip.MustParseAddr("10.0.0.1"), public, second}
	w.cable.dead = []string{public.String() + ":9"}
	conn, to, err := w.dial(t.Context(), grant, 9)
	require.NoError(t, err)
	require.NoError(t, conn.Close())
	require.Equal(t, netip.AddrPortFrom(second, 9), to)
	require.Equal(t, []string{public.String() + ":9", "[2606:4700::1]:9"}, w.dialed(), "never the private one")
	require.Equal(t, []string{"a.example."}, w.names.asked)

	w.names.answers["a.example."] = []netip.Addr{netip.MustParseAddr("10.0.0.1")}
	_, _, err = w.dial(t.Context(), grant, 9)
	require.EqualError(t, err, "a.example leads to an address that is not granted: 10.0.0.1 is a private network; if it is meant, grant a.example@10.0.0.1")

	many := slices.Repeat(w.names.answers["a.example."], answersMax)
	w.names.answers["a.example."] = append(many, public)
	_, _, err = w.dial(t.Context(), grant, 9)
	require.ErrorContains(t, err, "10.0.0.1", "an answer of thousands is not looked through")

	grant.Addresses = []netip.Addr{netip.MustParseAddr("10.0.0.1")}
	asked := len(w.names.asked)
	conn, to, err = w.dial(t.Context(), grant, 9)
	require.NoError(t, err)
	require.NoError(t, conn.Close())
	require.Equal(t, "10.0.0.1:9", to.String())
	require.Len(t, w.names.asked, asked, "a granted address needs no look-up")

	grant.Addresses = nil
	w.options.own = func() ([]netip.Addr, error) { return nil, errors.New("no netlink") }
	_, _, err = w.dial(t.Context(), grant, 9)
	require.ErrorContains(t, err, "not known")
}

func TestSystemResolver(t *testing.T) {
	all, err := own()
	require.NoError(t, err)
	require.NotEmpty(t, all)
	for _, a := range all {
		require.False(t, a.Is4In6())
		require.Error(t, refuses(a, all))
	}
	s := &system{}
	s.PreferGo = true
	got, err := s.LookupNetIP(t.Context(), "ip", "127.0.0.1")
	require.NoError(t, err)
	require.Equal(t, []netip.Addr{netip.MustParseAddr("127.0.0.1")}, got)
}
