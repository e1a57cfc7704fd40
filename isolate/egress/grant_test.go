package egress

import (
	"net/netip"
	"slices"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"
)

func TestParseGrant(t *testing.T) {
	addr := netip.MustParseAddr
	for text, want := range map[string]Grant{
		"api.example.com":                       {Host: "api.example.com", Ports: []int{443}, Protocol: TLS},
		"api.example.com:8443,443":              {Host: "api.example.com", Ports: []int{443, 8443}, Protocol: TLS},
		"tls://api.example.com:80":              {Host: "api.example.com", Ports: []int{80}, Protocol: TLS},
		"example.com:80":                        {Host: "example.com", Ports: []int{80}, Protocol: HTTP},
		"http://example.com":                    {Host: "example.com", Ports: []int{80}, Protocol: HTTP},
		"http://example.com:8080":               {Host: "example.com", Ports: []int{8080}, Protocol: HTTP},
		"xn--bcher-kva.example":                 {Host: "xn--bcher-kva.example", Ports: []int{443}, Protocol: TLS},
		"mail.example.com:25,587":               {Host: "mail.example.com", Ports: []int{25, 587}, Protocol: StartTLS, Dialogue: SMTP},
		"mail.example.com:143":                  {Host: "mail.example.com", Ports: []int{143}, Protocol: StartTLS, Dialogue: IMAP},
		"mail.example.com:110":                  {Host: "mail.example.com", Ports: []int{110}, Protocol: StartTLS, Dialogue: POP3},
		"starttls://mail.example.com:2525+smtp": {Host: "mail.example.com", Ports: []int{2525}, Protocol: StartTLS, Dialogue: SMTP},
		"raw://git.example.com:22":              {Host: "git.example.com", Ports: []int{22}, Protocol: Raw},
		"nas:8443@192.168.1.5":                  {Host: "nas", Ports: []int{8443}, Protocol: TLS, Addresses: []netip.Addr{addr("192.168.1.5")}},
		"nas.home@fd00::5,127.0.0.1":            {Host: "nas.home", Ports: []int{443}, Protocol: TLS, Addresses: []netip.Addr{addr("fd00::5"), addr("127.0.0.1")}},
		"a.example+ech+nosni":                   {Host: "a.example", Ports: []int{443}, Protocol: TLS, ECH: true, NoSNI: true},
		"1and1.com":                             {Host: "1and1.com", Ports: []int{443}, Protocol: TLS},
	} {
		g, err := ParseGrant(text)
		require.NoError(t, err, text)
		require.Equal(t, want, g, text)
		again, err := ParseGrant(g.String())
		require.NoError(t, err, g.String())
		require.Equal(t, g, again)
	}
}

func TestParseGrantRefuses(t *testing.T) {
	for text, says := range map[string]string{
		"":                                      "a host is missing",
		":443":                                  "a host is missing",
		"*.example.com":                         "wildcard",
		"example.com.":                          "final dot: example.com",
		"Example.com":                           "lower case: example.com",
		"bücher.example":                        "xn-- form",
		"https://example.com":                   "leave out https://",
		"ftp://example.com":                     `no protocol "ftp"`,
		"http://example.com/":                   "leave out the path",
		"example.com/a":                         "leave out the path",
		"10.0.0.1":                              "write NAME@10.0.0.1",
		"10.0.0.1:443":                          "write NAME@10.0.0.1",
		"::1":                                   "write NAME@::1",
		"[::1]:443":                             "write NAME@::1",
		"[::1]":                                 "write NAME@::1",
		"127.1":                                 "as an address",
		"0x7f.0x1":                              "as an address",
		"2130706433":                            "as an address",
		"localhost":                             "is the room itself",
		"a.localhost":                           "is the room itself",
		"a..b":                                  "part of a host name",
		"-a.example":                            "part of a host name",
		"a-.example":                            "part of a host name",
		"a_b.example":                           "'_' can't be",
		"a b":                                   "' ' can't be",
		"a\x00.example":                         `'\x00' can't be`,
		strings.Repeat("a", 64) + ".b":          "part of a host name",
		strings.Repeat("a.", 127) + "b.example": "253 at most",
		strings.Repeat("a", 600):                "512 at most",
		"a.example:0":                           "is no port",
		"a.example:65536":                       "is no port",
		"a.example:0443":                        "is no port",
		"a.example:":                            "is no port",
		"a.example:443,443":                     "each once",
		"a.example:80,443":                      "write two grants",
		"a.example:25,143":                      "write a grant for each",
		"raw://a.example":                       "write raw://a.example:PORT",
		"starttls://a.example:2525":             "add +smtp, +imap or +pop3",
		"a.example@":                            "is no address",
		"a.example@b.example":                   "is no address",
		"a.example@::ffff:10.0.0.1":             "as 10.0.0.1",
		"a.example@fe80::1%eth0":                "zone",
		"a.example@0.0.0.0":                     "nothing listens",
		"a.example@224.0.0.1":                   "nothing listens",
		"a.example@10.0.0.1,10.0.0.1":           "twice",
		"a.example@10.0.0.1:443":                "is no address",
		"a.example+tls13":                       "option",
		"a.example+ech+ech":                     "option",
		"a.example+":                            "option",
		"a.example+smtp":                        "is about starttls",
		"raw://a.example:22+nosni":              "about TLS",
		"http://a.example+ech":                  "about TLS",
		"a.example:1,2,3,4,5,6,7,8,9,10,11,12,13,14,15,16,17": "1 to 16",
	} {
		_, err := ParseGrant(text)
		require.ErrorContains(t, err, says, text)
		require.NotContains(t, err.Error(), "\n")
	}
	require.Error(t, Grant{}.Check(), "the zero grant gives nothing")
}

func TestGrantsOfOneRoom(t *testing.T) {
	all := func(host string) string { return "raw://" + host + ":1,2,3,4,5,6,7,8,9,10,11,12,13,14,15,16" }
	full := []string{all("a.example"), all("b.example"), all("c.example"), all("d.example")}
	grants, err := ParseGrants(full)
	require.NoError(t, err)
	require.Len(t, grants, 4)
	for want, texts := range map[string][]string{
		"the hosts have 65 ports, 64 at most: leave some out":                            append(slices.Clone(full), "e.example"),
		"65 hosts are granted, 64 at most":                                               slices.Repeat([]string{"a.example"}, 65),
		"host a.example: port 443 is granted twice: keep one":                            {"a.example", "b.example", "a.example:443"},
		`host "https://b.example": leave out https://: TLS is what a host has by itself`: {"a.example", "https://b.example"},
	} {
		grants, err := ParseGrants(texts)
		require.EqualError(t, err, want)
		require.Nil(t, grants)
	}
}

// What a grant writes, it reads; and a program reads the name as we do.
func TestGrantRoundTrip(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		ports := rapid.SliceOfNDistinct(rapid.IntRange(1, 65535), 1, 4, rapid.ID[int]).Draw(t, "ports")
		ports = append(ports, rapid.SampledFrom([]int{80, 443, 25, 143, 110}).Draw(t, "usual"))
		slices.Sort(ports)
		g := Grant{
			Host:     rapid.StringMatching(`[a-z][a-z0-9]{0,5}(\.[a-z][a-z0-9-]{0,3}[a-z]){0,3}`).Draw(t, "host"),
			Ports:    slices.Compact(ports),
			Protocol: rapid.SampledFrom([]Protocol{TLS, HTTP, StartTLS, Raw}).Draw(t, "protocol"),
		}
		if g.Protocol == TLS || g.Protocol == StartTLS {
			g.ECH, g.NoSNI = rapid.Bool().Draw(t, "ech"), rapid.Bool().Draw(t, "nosni")
		}
		if g.Protocol == StartTLS {
			g.Dialogue = rapid.SampledFrom([]Dialogue{SMTP, IMAP, POP3}).Draw(t, "dialogue")
		}
		if rapid.Bool().Draw(t, "pinned") {
			g.Addresses = []netip.Addr{netip.AddrFrom4([4]byte{10, 1, 2, rapid.Byte().Draw(t, "last")})}
		}
		if g.Check() != nil {
			return
		}
		again, err := ParseGrant(g.String())
		if err != nil || !grantsEqual(g, again) {
			t.Fatalf("%q: %v, %v", g.String(), again, err)
		}
	})
}

func grantsEqual(a, b Grant) bool {
	return a.Host == b.Host && slices.Equal(a.Ports, b.Ports) && a.Protocol == b.Protocol && a.Dialogue == b.Dialogue &&
		slices.Equal(a.Addresses, b.Addresses) && a.ECH == b.ECH && a.NoSNI == b.NoSNI
}
