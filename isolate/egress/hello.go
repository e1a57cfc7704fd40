package egress

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"slices"
)

// What is read of TLS (RFC 8446, section 4.1.2; for older versions RFC 5246 has the
// same form). A record is
//
//	16 03 01 00 f4  …    type (22, handshake), version 3.x, length, then so many bytes
//
// and the records together hold one handshake message:
//
//	01 00 00 f0  …       type (1, ClientHello), length, then so many bytes
//
// A client may cut the message into as many records, and those into as many
// segments, as it likes.
const (
	recordChange    = 20
	recordHandshake = 22
	recordData      = 23
	recordMax       = 16384 // bytes of one, without its header
	clientHello     = 1
	serverHello     = 2

	extServerName = 0
	extECH        = 0xfe0d // RFC 9849
	extECHDrafts  = 0xfe00 // drafts 8 to 12 count up from here
	extECHOlder   = 0xff02 // drafts 6 and 7, and two numbers after it
	extESNI       = 0xffce // before it was called ECH
)

// A hello is what is asked of a ClientHello.
type hello struct {
	name string // the one name of its server_name extension; empty if it has none
	ech  bool   // it has an Encrypted ClientHello, real or as GREASE: they look alike
}

var errNotTLS = errors.New("it does not speak TLS")

// readRecord reads one record, and never a byte more.
func readRecord(r io.Reader) (kind byte, record []byte, err error) {
	record = make([]byte, 5, 512)
	if _, err := io.ReadFull(r, record); err != nil {
		return 0, nil, err
	}
	n := int(record[3])<<8 | int(record[4])
	// Also the form of SSL 2, whose first byte has the highest bit set.
	if record[0] < recordChange || record[0] > recordData || record[1] != 3 || n == 0 || n > recordMax+256 {
		return 0, nil, errNotTLS
	}
	record = append(record, make([]byte, n)...)
	if _, err := io.ReadFull(r, record[5:]); err != nil {
		return 0, nil, err
	}
	return record[0], record, nil
}

// readHello reads the records of one ClientHello. raw is all that was read: the
// message ends where the last record ends, or it is refused.
func readHello(r io.Reader) (raw []byte, h hello, err error) {
	var message []byte
	for {
		kind, record, err := readRecord(r)
		switch {
		case err != nil:
			return nil, h, err
		case kind != recordHandshake || len(record) > 5+recordMax:
			return nil, h, errNotTLS
		}
		raw, message = append(raw, record...), append(message, record[5:]...)
		if message[0] != clientHello {
			return nil, h, errNotTLS
		}
		if len(message) >= 4 {
			n := 4 + (int(message[1])<<16 | int(message[2])<<8 | int(message[3]))
			if n == len(message) {
				h, err = parseHello(message[4:])
				return raw, h, err
			}
			if n < len(message) {
				return nil, h, errors.New("there is more after its ClientHello")
			}
			if n > helloMax {
				return nil, h, fmt.Errorf("its ClientHello has %d bytes, %d at most", n, helloMax)
			}
		}
		if len(raw) > helloMax {
			return nil, h, fmt.Errorf("its ClientHello has more than %d bytes", helloMax)
		}
	}
}

var errHello = errors.New("its ClientHello is malformed")

// parseHello reads the body of a ClientHello. It must be well-formed to the last
// byte: a server that reads on where this stopped could find another name.
func parseHello(body []byte) (hello, error) {
	c := cursor{rest: body}
	c.take(2 + 32) // version, random
	session := c.vector(1)
	ciphers := c.vector(2)
	compression := c.vector(1)
	if c.bad || len(session) > 32 || len(ciphers) == 0 || len(ciphers)%2 != 0 || len(compression) == 0 {
		return hello{}, errHello
	}
	if len(c.rest) == 0 {
		return hello{}, nil // from before there were extensions
	}
	extensions := cursor{rest: c.vector(2)}
	if c.bad || len(c.rest) != 0 {
		return hello{}, errHello
	}
	var h hello
	var seen []int
	for len(extensions.rest) > 0 {
		kind := extensions.number(2)
		data := extensions.vector(2)
		if extensions.bad || slices.Contains(seen, kind) || len(seen) == extensionMax {
			return hello{}, errHello
		}
		seen = append(seen, kind)
		switch {
		case kind == extServerName:
			name, err := parseName(data)
			if err != nil {
				return hello{}, err
			}
			h.name = name
		case kind == extESNI, kind >= extECHDrafts && kind <= extECH, kind >= extECHOlder && kind <= extECHOlder+2:
			h.ech = true
		}
	}
	return h, nil
}

// parseName reads a server_name extension (RFC 6066, section 3).
func parseName(data []byte) (string, error) {
	c := cursor{rest: data}
	list := cursor{rest: c.vector(2)}
	kind := list.number(1)
	name := list.vector(2)
	switch {
	case c.bad || list.bad || len(c.rest) != 0 || kind != 0 || len(name) == 0 || bytes.IndexByte(name, 0) >= 0:
		return "", errHello
	case len(list.rest) != 0:
		return "", errors.New("its ClientHello has several names")
	}
	return string(name), nil
}

// A cursor reads big-endian numbers and vectors. After a read beyond the end it is
// bad, and all that it gives is empty.
type cursor struct {
	rest []byte
	bad  bool
}

func (c *cursor) take(n int) []byte {
	if c.bad || n > len(c.rest) {
		c.bad, c.rest = true, nil
		return nil
	}
	p := c.rest[:n]
	c.rest = c.rest[n:]
	return p
}

// number reads one of n bytes, at most three.
func (c *cursor) number(n int) int {
	v := 0
	for _, b := range c.take(n) {
		v = v<<8 | int(b)
	}
	return v
}

// vector reads a length of n bytes and so many bytes.
func (c *cursor) vector(n int) []byte { return c.take(c.number(n)) }
