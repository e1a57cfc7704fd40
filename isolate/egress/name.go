package egress

import (
	"errors"
	"fmt"
	"net/netip"
	"strings"
)

// checkHost accepts the names that every client, resolver and server reads alike.
func checkHost(name string) error {
	switch {
	case name == "":
		return errors.New("a host is missing: write a name like api.example.com")
	case strings.ContainsRune(name, '*'):
		return errors.New("a wildcard can't be granted: write each name")
	case strings.HasSuffix(name, "."):
		return fmt.Errorf("leave out the final dot: %s", strings.TrimRight(name, "."))
	case len(name) > 253:
		return fmt.Errorf("a name of %d bytes; 253 at most (RFC 1035)", len(name))
	}
	if err := notAddress(name); err != nil {
		return err
	}
	labels := strings.Split(name, ".")
	for _, label := range labels {
		if err := checkLabel(name, label); err != nil {
			return err
		}
	}
	last := labels[len(labels)-1]
	if last == "localhost" {
		// curl and browsers never ask for it (RFC 6761): it could not work.
		return errors.New("localhost is the room itself: give the server another name, NAME@127.0.0.1")
	}
	if digits := strings.TrimPrefix(last, "0x"); strings.Trim(digits, "0123456789") == "" || digits != last && strings.Trim(digits, "0123456789abcdef") == "" {
		// inet_aton and URL parsers read 127.1 and 0x7f.1 as addresses.
		return fmt.Errorf("some programs read %s as an address: a room reaches names", name)
	}
	return nil
}

func checkLabel(name, label string) error {
	for _, r := range label {
		switch {
		case r >= 'a' && r <= 'z', r >= '0' && r <= '9', r == '-':
		case r >= 'A' && r <= 'Z':
			return fmt.Errorf("write it in lower case: %s", strings.ToLower(name))
		case r > 127:
			return errors.New("write the name in its xn-- form, as it is in the DNS")
		default:
			return fmt.Errorf("%q can't be in a host name", r)
		}
	}
	if label == "" || len(label) > 63 || label[0] == '-' || label[len(label)-1] == '-' {
		return fmt.Errorf("%q can't be a part of a host name: 1 to 63 letters, digits and inner hyphens", label)
	}
	return nil
}

// notAddress refuses addresses in the place of a name. The room's /etc/hosts can't
// lead an address anywhere, so such a grant could never work.
func notAddress(text string) error {
	bare := strings.TrimPrefix(text, "[")
	bare, _, _ = strings.Cut(bare, "]")
	a, err := netip.ParseAddr(bare)
	if err != nil {
		ap, apErr := netip.ParseAddrPort(text)
		a, err = ap.Addr(), apErr
	}
	if err == nil {
		return fmt.Errorf("a room reaches names, not addresses: write NAME@%s, and let the app use that name", a)
	}
	return nil
}
