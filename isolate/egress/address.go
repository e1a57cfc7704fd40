package egress

import (
	"errors"
	"fmt"
	"net/netip"
	"slices"
	"sync"
)

// A ward is a range of addresses that no name leads an app to.
type ward struct {
	prefix netip.Prefix
	why    string
}

// wards are the ranges of the IANA special-purpose registries (RFC 6890 and its
// updates) and the places where clouds keep their credentials. The first that
// holds an address names the reason.
var wards = sync.OnceValue(func() []ward {
	var all []ward
	for _, w := range [][2]string{
		{"169.254.169.254/32", "a cloud's metadata service"},
		{"169.254.170.2/32", "a cloud's metadata service"}, // credentials of AWS containers
		{"100.100.100.200/32", "a cloud's metadata service"},
		{"168.63.129.16/32", "a cloud's metadata service"},
		{"192.0.0.192/32", "a cloud's metadata service"},
		{"fd00:ec2::/32", "a cloud's metadata service"},
		{"fd20:ce::254/128", "a cloud's metadata service"},
		{"0.0.0.0/8", "this machine"},
		{"10.0.0.0/8", "a private network"},
		{"100.64.0.0/10", "a carrier's inner network"},
		{"127.0.0.0/8", "this machine"},
		{"169.254.0.0/16", "the local link"},
		{"172.16.0.0/12", "a private network"},
		{"192.0.0.0/24", "reserved for protocols"},
		{"192.0.2.0/24", "for documentation"},
		{"192.88.99.0/24", "a relay to IPv6 (6to4)"},
		{"192.168.0.0/16", "a private network"},
		{"198.18.0.0/15", "for benchmarks"},
		{"198.51.100.0/24", "for documentation"},
		{"203.0.113.0/24", "for documentation"},
		{"224.0.0.0/4", "multicast"},
		{"255.255.255.255/32", "broadcast"},
		{"240.0.0.0/4", "reserved"},

		{"::/128", "this machine"},
		{"::1/128", "this machine"},
		{"::/96", "an IPv4 address in an old IPv6 form"},
		{"::ffff:0:0:0/96", "an IPv4 address in IPv6 form (SIIT)"},
		{"64:ff9b::/96", "an IPv4 address in IPv6 form (NAT64)"},
		{"64:ff9b:1::/48", "an IPv4 address in IPv6 form (NAT64)"},
		{"100::/16", "discarded"},
		{"2001::/32", "an IPv4 address in IPv6 form (Teredo)"},
		{"2001::/23", "reserved for protocols"},
		{"2001:db8::/32", "for documentation"},
		{"2002::/16", "an IPv4 address in IPv6 form (6to4)"},
		{"3ffe::/16", "a network that has ended (6bone)"},
		{"3fff::/20", "for documentation"},
		{"fc00::/7", "a private network"},
		{"fe80::/10", "the local link"},
		{"fec0::/10", "a private network (site-local)"},
		{"ff00::/8", "multicast"},
	} {
		all = append(all, ward{netip.MustParsePrefix(w[0]), w[1]})
	}
	return all
})

// global is what of IPv6 is given out as addresses of the open internet.
var global = sync.OnceValue(func() netip.Prefix { return netip.MustParsePrefix("2000::/3") })

// refuses tells why an address that a name resolved to is not dialled; nil means
// that it may be. own are the addresses of this machine. What a network translates
// to IPv4 under a prefix of its own (RFC 6052) can't be told from the outside.
func refuses(a netip.Addr, own []netip.Addr) error {
	switch {
	case !a.IsValid():
		return errors.New("it is no address")
	case a.Is4In6():
		return fmt.Errorf("%s is an IPv4 address in IPv6 form (mapped)", a)
	case a.Zone() != "":
		return fmt.Errorf("%s is on the local link", a)
	case slices.Contains(own, a):
		return fmt.Errorf("%s is this machine", a)
	}
	for _, w := range wards() {
		if w.prefix.Contains(a) {
			return fmt.Errorf("%s is %s", a, w.why)
		}
	}
	if b := a.As16(); a.Is6() && (b[8]&^2 == 0 && b[9] == 0 && b[10] == 0x5e && b[11] == 0xfe) {
		return fmt.Errorf("%s is an IPv4 address in IPv6 form (ISATAP)", a)
	}
	if a.Is6() && !global().Contains(a) {
		return fmt.Errorf("%s is no address of the open internet", a)
	}
	return nil
}
