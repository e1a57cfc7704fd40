package egress

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"strings"
)

// judge tells whether a ClientHello may go to the granted host. It is the whole
// rule for TLS.
//
// A real Encrypted ClientHello and a sham one (GREASE, RFC 9849 section 6.2) are
// made to look alike, so nobody can tell which it is: without a grant both are
// refused. curl, git, Node, Python and Go send neither unless they are told to;
// browsers do. With a grant the name that can be seen is the provider's and says
// nothing, so then only the address counts.
func (h hello) judge(g Grant) error {
	switch {
	case h.ech && !g.ECH:
		return fmt.Errorf("its ClientHello is encrypted, or says so (ECH): what it asks for can't be seen; if that is meant, grant %s+ech", g.Host)
	case h.ech:
		return nil
	case h.name == "" && !g.NoSNI:
		return fmt.Errorf("its ClientHello names no host (no SNI); if that is meant, grant %s+nosni", g.Host)
	case h.name == "":
		return nil
	case !sameName(h.name, g.Host):
		return fmt.Errorf("its ClientHello names %.100q, and granted is %s", h.name, g.Host)
	}
	return nil
}

// sameName compares as the DNS does: only the case of ASCII letters does not count.
func sameName(said, granted string) bool { return ascii(said) && strings.EqualFold(said, granted) }

func ascii(s string) bool {
	for i := range len(s) {
		if s[i] > 127 {
			return false
		}
	}
	return true
}

// hello reads and judges a ClientHello.
func (c *conn) hello(r io.Reader) ([]byte, error) {
	raw, h, err := readHello(r)
	if err == nil {
		err = h.judge(c.grant)
	}
	return raw, err
}

// carryTLS hands on the ClientHello that was judged, and all that follows, except
// for a second one, which is judged as well: a server may ask for it, and then go
// by the name in that (RFC 8446, section 4.1.4).
func (c *conn) carryTLS() error {
	if _, err := c.up.Write(c.words.raw); err != nil {
		return err
	}
	again, err := c.answer()
	if err != nil {
		return err
	}
	if again {
		if err := c.secondHello(); err != nil {
			return err
		}
	}
	return c.splice()
}

// retryRandom is the random of a ServerHello that asks for another ClientHello.
const retryRandom = "\xcf\x21\xad\x74\xe5\x9a\x61\x11\xbe\x1d\x8c\x02\x1e\x65\xb8\x91\xc2\xa2\x11\x16\x7a\xbb\x8c\x5e\x07\x9e\x09\xe2\xc8\xa8\x33\x9c"

// answer hands on the server's first record and tells whether it asks for another
// ClientHello. A server always answers before it needs more from the client. One
// that hides the question, in tiny records say, is in league with the app, and
// then the app could as well ask inside the connection.
func (c *conn) answer() (again bool, err error) {
	done := c.deadline(c.server)
	kind, record, err := readRecord(c.server)
	done()
	if err != nil {
		return false, fmt.Errorf("the server's answer: %w", err)
	}
	random := 5 + 4 + 2 // record, message, version
	again = kind == recordHandshake && record[5] == serverHello &&
		len(record) >= random+32 && bytes.Equal(record[random:random+32], []byte(retryRandom))
	_, err = c.down.Write(record)
	return again, err
}

// secondHello hands on what comes before the second ClientHello, judges that, and
// hands it on.
func (c *conn) secondHello() error {
	defer c.deadline(c.client)()
	for skipped := 0; skipped <= helloMax; {
		kind, record, err := readRecord(c.client)
		if err != nil {
			return err
		}
		if kind == recordHandshake {
			rest := struct{ io.Reader }{io.MultiReader(bytes.NewReader(record), c.client)}
			raw, err := c.hello(rest)
			if err != nil {
				return fmt.Errorf("asked again by the server: %w", err)
			}
			_, err = c.up.Write(raw)
			return err
		}
		// A dummy change of ciphers, and data that was sent early and that the
		// server throws away.
		skipped += len(record)
		if _, err := c.up.Write(record); err != nil {
			return err
		}
	}
	return errors.New("no second ClientHello came")
}
