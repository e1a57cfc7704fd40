package egress

import (
	"context"
	"errors"
	"fmt"
	"net"
	"net/netip"
	"slices"
	"strconv"
	"strings"
)

// A Resolver looks up the addresses of a name. It is asked once for a connection.
// An A record is answered as an IPv4 address: the IPv6 form of one is refused.
type Resolver interface {
	LookupNetIP(ctx context.Context, network, host string) ([]netip.Addr, error)
}

// A Dialer opens connections. It only ever gets a literal address.
type Dialer interface {
	DialContext(ctx context.Context, network, address string) (net.Conn, error)
}

// system is Go's own resolver. It hands out A records in IPv6 form, and can't tell
// them from an AAAA record that holds one; as IPv4 they are judged as what they are.
type system struct{ net.Resolver }

// LookupNetIP implements Resolver.
func (s *system) LookupNetIP(ctx context.Context, network, host string) ([]netip.Addr, error) {
	all, err := s.Resolver.LookupNetIP(ctx, network, host)
	for i := range all {
		all[i] = all[i].Unmap()
	}
	return all, err
}

// own lists the addresses of this machine's interfaces.
func own() ([]netip.Addr, error) {
	all, err := net.InterfaceAddrs()
	if err != nil {
		return nil, err
	}
	var addrs []netip.Addr
	for _, a := range all {
		if n, ok := a.(*net.IPNet); ok {
			if addr, ok := netip.AddrFromSlice(n.IP); ok {
				addrs = append(addrs, addr.Unmap())
			}
		}
	}
	return addrs, nil
}

// addresses are what may be dialled for a grant, best first. It is the one place
// where a name becomes addresses, and is called once for a connection.
func (g *Gateway) addresses(ctx context.Context, grant Grant) ([]netip.Addr, error) {
	if len(grant.Addresses) > 0 {
		return grant.Addresses, nil
	}
	ctx, cancel := context.WithTimeout(ctx, resolveMax)
	defer cancel()
	name := grant.Host
	if strings.Contains(name, ".") {
		name += "." // this name, not one in a search domain
	}
	found, err := g.options.Resolver.LookupNetIP(ctx, "ip", name)
	if err != nil {
		return nil, fmt.Errorf("%s can't be looked up: %w", grant.Host, err)
	}
	own, err := g.options.own()
	if err != nil {
		return nil, fmt.Errorf("this machine's own addresses are not known: %w", err)
	}
	err = fmt.Errorf("%s has no address", grant.Host)
	var allowed []netip.Addr
	for _, a := range found[:min(len(found), answersMax)] {
		if refused := refuses(a, own); refused != nil {
			err = fmt.Errorf("%s leads to an address that is not granted: %w; if it is meant, grant %s@%s", grant.Host, refused, grant.Host, a)
		} else if !slices.Contains(allowed, a) {
			allowed = append(allowed, a)
		}
	}
	if len(allowed) == 0 {
		return nil, err
	}
	return allowed, nil
}

// dial connects to the first address that answers.
func (g *Gateway) dial(ctx context.Context, grant Grant, port int) (net.Conn, netip.AddrPort, error) {
	all, err := g.addresses(ctx, grant)
	if err != nil {
		return nil, netip.AddrPort{}, err
	}
	ctx, cancel := context.WithTimeout(ctx, dialMax)
	defer cancel()
	var failed []error
	for _, a := range all[:min(len(all), triesMax)] {
		one, cancel := context.WithTimeout(ctx, dialOneMax)
		to := netip.AddrPortFrom(a, uint16(port))
		conn, err := g.options.Dialer.DialContext(one, "tcp", net.JoinHostPort(a.String(), strconv.Itoa(port)))
		cancel()
		if err == nil {
			return conn, to, nil
		}
		failed = append(failed, fmt.Errorf("%s: %w", to, err))
		if ctx.Err() != nil {
			break
		}
	}
	return nil, netip.AddrPort{}, fmt.Errorf("%s does not answer: %w", grant.Host, errors.Join(failed...))
}
