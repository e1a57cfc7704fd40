package egress

import (
	"errors"
	"fmt"
	"net/netip"
	"slices"
	"strconv"
	"strings"
)

// A Protocol says what is checked on a connection before anything of it leaves.
type Protocol string

// The protocols of a grant.
const (
	TLS      Protocol = "tls"      // the ClientHello names the granted host
	HTTP     Protocol = "http"     // each request is strict HTTP/1.1 whose Host is the granted host
	StartTLS Protocol = "starttls" // clear text up to STARTTLS and no further, then as TLS
	Raw      Protocol = "raw"      // nothing: any bytes, to that host and port
)

// A Dialogue is the protocol that comes before STARTTLS.
type Dialogue string

// The dialogues that are understood.
const (
	SMTP Dialogue = "smtp" // RFC 5321 and 3207
	IMAP Dialogue = "imap" // RFC 9051
	POP3 Dialogue = "pop3" // RFC 1939 and 2595
)

// A Grant is one host that a room may reach, and how.
//
// Its text is what a person writes after --host and in a manifest:
//
//	[PROTOCOL://]HOST[:PORT[,PORT…]][@ADDRESS[,ADDRESS…]][+OPTION…]
//
//	api.example.com                   TLS on 443
//	api.example.com:443,8443          TLS on two ports
//	http://example.com                plain HTTP on 80; http://example.com:8080 on another port
//	mail.example.com:587              STARTTLS, as 587 and 25 (SMTP), 143 (IMAP) and 110 (POP3) have it
//	starttls://mail.example.com:2525+smtp   the same on a port that does not say which
//	raw://git.example.com:22          any bytes at all
//	nas.home:8443@192.168.1.5         this very address, which may be private; the name is not looked up
//	api.example.com+ech+nosni         TLS that hides the name, or has none
//
// Without a protocol the ports say it: 80 is http, 25, 110, 143 and 587 are
// starttls, every other is tls.
type Grant struct {
	Host      string       // lower case letters, digits, hyphens and dots; xn-- forms as they are
	Ports     []int        // ascending
	Protocol  Protocol     // zero is no protocol, and refused
	Dialogue  Dialogue     // with StartTLS only
	Addresses []netip.Addr // if there are any, these are dialled, whatever they are, and no others
	ECH       bool         // Encrypted ClientHello is let through: then only the address is judged
	NoSNI     bool         // a ClientHello without a name is let through
}

const (
	grantText = 512 // bytes; a host name has 253
	portsMax  = 16  // each is a listener in the room
	pinsMax   = 8   // addresses of one grant
)

// ParseGrant reads the text of one grant. Its errors say what to write instead.
func ParseGrant(text string) (Grant, error) {
	g, err := parseGrant(text)
	if err == nil {
		err = g.Check()
	}
	if err != nil {
		return Grant{}, fmt.Errorf("host %.100q: %w", text, err)
	}
	return g, nil
}

func parseGrant(text string) (g Grant, err error) {
	if len(text) > grantText {
		return g, fmt.Errorf("it is %d bytes long, %d at most", len(text), grantText)
	}
	protocol, rest, found := strings.Cut(text, "://")
	if !found {
		protocol, rest = "", text
	}
	switch Protocol(protocol) {
	case TLS, HTTP, StartTLS, Raw:
		g.Protocol = Protocol(protocol)
	case "":
	case "https":
		return g, errors.New("leave out https://: TLS is what a host has by itself")
	default:
		return g, fmt.Errorf("no protocol %.20q: tls, http, starttls or raw", protocol)
	}
	if strings.ContainsAny(rest, "/?#") {
		return g, errors.New("a grant is a whole host: leave out the path")
	}
	rest, options, optioned := strings.Cut(rest, "+")
	if optioned {
		if err := g.options(options); err != nil {
			return g, err
		}
	}
	rest, addresses, pinned := strings.Cut(rest, "@")
	if pinned {
		if g.Addresses, err = parseAddresses(addresses); err != nil {
			return g, err
		}
	}
	if err := notAddress(rest); err != nil {
		return g, err
	}
	host, ports, ported := strings.Cut(rest, ":")
	g.Host = host
	if ported {
		if g.Ports, err = parsePorts(ports); err != nil {
			return g, err
		}
	}
	return g, g.defaults()
}

// options reads what stands after the first plus.
func (g *Grant) options(text string) error {
	for _, o := range strings.Split(text, "+") {
		switch {
		case o == "ech" && !g.ECH:
			g.ECH = true
		case o == "nosni" && !g.NoSNI:
			g.NoSNI = true
		case (o == string(SMTP) || o == string(IMAP) || o == string(POP3)) && g.Dialogue == "":
			g.Dialogue = Dialogue(o)
		default:
			return fmt.Errorf("option %.20q: ech, nosni, smtp, imap or pop3, each once", o)
		}
	}
	return nil
}

func parseAddresses(text string) ([]netip.Addr, error) {
	var all []netip.Addr
	for _, s := range strings.Split(text, ",") {
		a, err := netip.ParseAddr(s)
		if err != nil {
			return nil, fmt.Errorf("%.50q is no address; after the @ comes one like 192.168.1.5", s)
		}
		all = append(all, a)
	}
	return all, nil
}

func parsePorts(text string) ([]int, error) {
	var all []int
	for _, s := range strings.Split(text, ",") {
		p, err := strconv.ParseUint(s, 10, 16)
		if err != nil || p == 0 || s != strconv.FormatUint(p, 10) {
			return nil, fmt.Errorf("%.20q is no port: a number from 1 to 65535", s)
		}
		all = append(all, int(p))
	}
	slices.Sort(all)
	return all, nil
}

// defaults fills in the port that a protocol has and the protocol that a port has.
func (g *Grant) defaults() error {
	if len(g.Ports) == 0 {
		switch g.Protocol {
		case "", TLS:
			g.Ports = []int{443}
		case HTTP:
			g.Ports = []int{80}
		default:
			return fmt.Errorf("%s has no port of its own: write %s://%s:PORT", g.Protocol, g.Protocol, g.Host)
		}
	}
	if g.Protocol == "" {
		g.Protocol, _ = usual(g.Ports[0])
		for _, p := range g.Ports {
			if other, _ := usual(p); other != g.Protocol {
				return fmt.Errorf("port %d is for %s and port %d for %s: write two grants, or the protocol in front", g.Ports[0], g.Protocol, p, other)
			}
		}
	}
	if g.Protocol == StartTLS && g.Dialogue == "" {
		_, g.Dialogue = usual(g.Ports[0])
		for _, p := range g.Ports {
			if _, other := usual(p); other != g.Dialogue {
				return errors.New("those ports have different dialogues: write a grant for each")
			}
		}
	}
	return nil
}

// usual is what a port has if nothing else is said.
func usual(port int) (Protocol, Dialogue) {
	switch port {
	case 80:
		return HTTP, ""
	case 25, 587:
		return StartTLS, SMTP
	case 143:
		return StartTLS, IMAP
	case 110:
		return StartTLS, POP3
	}
	return TLS, ""
}

// Check tells what is wrong with a grant that was not parsed.
func (g Grant) Check() error {
	if err := checkHost(g.Host); err != nil {
		return err
	}
	if len(g.Ports) == 0 || len(g.Ports) > portsMax {
		return fmt.Errorf("%d ports: 1 to %d", len(g.Ports), portsMax)
	}
	for i, p := range g.Ports {
		if p < 1 || p > 65535 || i > 0 && p <= g.Ports[i-1] {
			return fmt.Errorf("port %d: 1 to 65535, ascending, each once", p)
		}
	}
	tls := g.Protocol == TLS || g.Protocol == StartTLS
	switch {
	case !tls && g.Protocol != HTTP && g.Protocol != Raw:
		return fmt.Errorf("no protocol %.20q: tls, http, starttls or raw", string(g.Protocol))
	case !tls && (g.ECH || g.NoSNI):
		return fmt.Errorf("ech and nosni are about TLS, and this is %s", g.Protocol)
	case g.Protocol != StartTLS && g.Dialogue != "":
		return fmt.Errorf("%.20s is about starttls, and this is %s", string(g.Dialogue), g.Protocol)
	case g.Protocol == StartTLS && g.Dialogue != SMTP && g.Dialogue != IMAP && g.Dialogue != POP3:
		return errors.New("which dialogue comes before STARTTLS? add +smtp, +imap or +pop3")
	case len(g.Addresses) > pinsMax:
		return fmt.Errorf("%d addresses, %d at most", len(g.Addresses), pinsMax)
	}
	for i, a := range g.Addresses {
		switch {
		case a.Is4In6():
			return fmt.Errorf("write %s as %s", a, a.Unmap())
		case a.Zone() != "":
			return fmt.Errorf("address %s: a zone can't be granted", a)
		case !a.IsValid(), a.IsUnspecified(), a.IsMulticast(), a == netip.AddrFrom4([4]byte{255, 255, 255, 255}):
			return fmt.Errorf("nothing listens at address %s", a)
		case slices.Contains(g.Addresses[:i], a):
			return fmt.Errorf("address %s stands twice", a)
		}
	}
	return nil
}

// String is the shortest text that ParseGrant reads as this grant.
func (g Grant) String() string {
	var b strings.Builder
	bare := g.Protocol == TLS || g.Protocol == StartTLS
	for _, p := range g.Ports {
		protocol, _ := usual(p)
		bare = bare && protocol == g.Protocol
	}
	if !bare {
		b.WriteString(string(g.Protocol) + "://")
	}
	b.WriteString(g.Host)
	if !(g.Protocol == TLS && slices.Equal(g.Ports, []int{443}) || g.Protocol == HTTP && slices.Equal(g.Ports, []int{80})) {
		for i, p := range g.Ports {
			b.WriteByte(":,"[min(i, 1)])
			b.WriteString(strconv.Itoa(p))
		}
	}
	for i, a := range g.Addresses {
		b.WriteByte("@,"[min(i, 1)])
		b.WriteString(a.String())
	}
	if g.ECH {
		b.WriteString("+ech")
	}
	if g.NoSNI {
		b.WriteString("+nosni")
	}
	for _, p := range g.Ports {
		if _, d := usual(p); g.Dialogue != "" && d != g.Dialogue {
			b.WriteString("+" + string(g.Dialogue))
			break
		}
	}
	return b.String()
}
