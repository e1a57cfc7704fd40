package egress

import "time"

// Limits bound what one room may carry out and in. Zero fields mean the defaults
// below, which suit an app that talks to a web service or a mail server.
type Limits struct {
	Conns     int   // connections at once; one more is refused
	PerMinute int   // new connections in a minute; one more waits for its turn
	Up        int64 // bytes that one connection may send
	Down      int64 // bytes that one connection may receive
	RoomUp    int64 // bytes that all connections of the room may send together
	RoomDown  int64 // bytes that all connections of the room may receive together
	Rate      int64 // bytes in a second, both directions of the room together

	Handshake time.Duration // until the app has said whom it wants, and for all of a STARTTLS dialogue
	Idle      time.Duration // without a byte in either direction; it does not end a connection while the gate is shut
	Hold      time.Duration // how long a new connection waits for the gate to open
}

const (
	// connsMax: clients open six to a host, and a room has 256 descriptors.
	connsMax = 64
	// perMinuteMax: ten in a second is more than an app that asks anew each time
	// needs, and makes looking through ports or names by trying worthless.
	perMinuteMax = 600
	// upMax: a large attachment or a git push goes through, a disk image does not.
	upMax = 256 << 20
	// downMax: a clone of a big repository, or one film.
	downMax = 4 << 30
	// roomUpMax and roomDownMax: four such in one session.
	roomUpMax, roomDownMax = 4 * upMax, 4 * downMax
	// rateMax: a line of 1 Gbit/s is not slowed, a faster one is not filled.
	rateMax = 128 << 20
	// handshakeMax: a client sends its first words at once; the rest is a slow line.
	handshakeMax = 15 * time.Second
	// idleMax: servers drop a connection that is kept alive after one to five minutes.
	idleMax = 5 * time.Minute
	// holdMax: long enough for the next call of a session at work, shorter than the
	// patience of most clients.
	holdMax = 10 * time.Second
)

// Bounds that nothing needs to set.
const (
	grantsMax    = 64              // grants of a room: each costs a listener for each port
	listenersMax = 64              // of a room, as package isolate makes them
	answersMax   = 32              // addresses of one name that are looked at; big sites have eight
	triesMax     = 6               // addresses that are dialled one after another
	resolveMax   = 5 * time.Second // for the one look-up
	dialOneMax   = 5 * time.Second // for one address; a dead one must leave time for the next
	dialMax      = 15 * time.Second
	acceptPause  = 100 * time.Millisecond // after an accept that failed: no descriptors left
	chunkSize    = 32 << 10               // bytes carried in one step, and all that is held back while the gate is shut
	lingerMax    = time.Second            // for an app to read the last answer before its connection is reset
	lingerBytes  = 256 << 10              // of what it still sends then, thrown away
	helloMax     = 64 << 10               // bytes of a ClientHello with its record headers; with post-quantum keys they have 2 KiB
	extensionMax = 64                     // extensions of a ClientHello; browsers send 20
)

// orDefaults fills the zero fields.
func (l Limits) orDefaults() Limits {
	fill(&l.Conns, connsMax)
	fill(&l.PerMinute, perMinuteMax)
	fill(&l.Up, upMax)
	fill(&l.Down, downMax)
	fill(&l.RoomUp, roomUpMax)
	fill(&l.RoomDown, roomDownMax)
	fill(&l.Rate, rateMax)
	fill(&l.Handshake, handshakeMax)
	fill(&l.Idle, idleMax)
	fill(&l.Hold, holdMax)
	return l
}

// Defaults are the limits of a Gateway that is told none.
func Defaults() Limits { return Limits{}.orDefaults() }

// fill sets what is not positive: a limit can be moved, never be taken away.
func fill[T int | int64 | time.Duration](field *T, value T) {
	if *field <= 0 {
		*field = value
	}
}
