package egress

import (
	"net/netip"
	"time"
)

// A Kind says what became of a connection.
type Kind string

// Each connection has one Refused event, or one Opened and later one Closed.
const (
	Refused Kind = "refused" // nothing of the app's left, but the look-up of a granted name and an attempt to connect
	Opened  Kind = "opened"  // the server is connected; told before the first byte goes to it
	Closed  Kind = "closed"
)

// An Event is one line of the record of a room's connections.
type Event struct {
	Kind     Kind
	Conn     uint64 // numbers the room's connections from 1; Opened and Closed have the same
	Host     string // of the grant, never what the app said
	Port     int
	Protocol Protocol
	Address  netip.AddrPort // that was dialled; zero if none was
	In, Out  int64          // bytes from the server and to it
	Took     time.Duration  // since the app connected
	Why      string         // plain words: why it was refused or cut; empty if an end of it closed it
}
