//go:build linux && (amd64 || arm64)

package isolate

import (
	"encoding/binary"
	"encoding/json"

	"golang.org/x/sys/unix"
)

// The escape battery. A row is one hostile thing that an app could try, written as
// a few raw system calls, and what must come of it. The same rows are done by a Go
// program (battery_go_test.go), by CPython (testdata/battery.py) and by Node
// (testdata/battery.js), in rooms made by root, by an ordinary user and in another
// user namespace. battery_room_test.go runs them, hostile_test.go compares.
//
// Everything happens inside a throwaway (outer_test.go). There each row is also
// done without a room, where it must come to something else: a row that can't fail
// is found that way. Rows choose their arguments for that: where the kernel itself
// would refuse a call, they ask for it with a bad pointer, which the kernel says
// and a filter does not.
type row struct {
	ID string `json:"id"`
	Do []step `json:"do"`

	// Thread: done on a thread that is not the first. Alone: by a process that does
	// nothing else and is killed afterwards, with its children.
	Thread bool `json:"thread,omitempty"`
	Alone  bool `json:"-"`

	// What must come of it: the name of an errno, "ok", a signal or a text. Another
	// step than the last is named: "EPERM at 1". "|" splits alternatives, for files
	// whose owner depends on the machine. "" means that the row is not for this kind
	// of room.
	Want    string `json:"-"`
	Granted string `json:"-"` // in a room that sees a folder of the host; "" is Want
	User    string `json:"-"` // in a room of an ordinary user; "" is as root
	// Judge reads a text that depends on the machine, and makes it a short word.
	Judge func(text string) string `json:"-"`
	Not   string                   `json:"-"` // a kind of app that can't do this
	Alike string                   `json:"-"` // why it says the same without a room
	OneID bool                     `json:"-"` // so it does for who has only one id
}

// A step does one thing. Results are numbers, or -errno. The first step that fails
// decides, unless it may; else the last.
type step struct {
	// call; run a program for its output; spawn programs; run machine code; env and
	// fds of the process; resolve a name; sweep over calls; and text and words: a
	// look at a buffer that an earlier call filled.
	Kind string `json:"kind"`

	Nr     uintptr `json:"nr"`
	Args   []arg   `json:"args,omitempty"`
	FD     bool    `json:"fd,omitempty"`     // the result is a descriptor, closed after the row
	May    bool    `json:"may,omitempty"`    // may fail
	Value  bool    `json:"value,omitempty"`  // the answer is the result
	Repeat int     `json:"repeat,omitempty"` // until it fails, at most so often
	Count  bool    `json:"count,omitempty"`  // so often, whatever comes: the answer is how many worked
	Same   bool    `json:"same,omitempty"`   // so often: each must come to the same

	Argv  []string `json:"argv,omitempty"`  // of run and spawn; the name to resolve
	Code  []byte   `json:"code,omitempty"`  // its result is that of a system call
	Sweep [][2]int `json:"sweep,omitempty"` // a number, and the errno that it must give

	Of   []int `json:"of,omitempty"` // step and argument, counted from 1
	Off  int   `json:"off,omitempty"`
	Size int   `json:"size,omitempty"`
	Word int   `json:"word,omitempty"` // bytes of each number
}

// An arg is a number, bytes, or a buffer of zeros.
type arg struct {
	I  int64   `json:"i,string,omitempty"`
	B  []byte  `json:"b,omitempty"`  // "%d" in it is the turn or the result
	Z  int     `json:"z,omitempty"`  // so many zeros
	R  int     `json:"r,omitempty"`  // plus the result of this step, counted from 1
	N  bool    `json:"n,omitempty"`  // plus the turn of the repetition, from 0
	Of []int   `json:"of,omitempty"` // the address of that buffer
	At []patch `json:"at,omitempty"` // addresses within B
}

// A patch puts a 64-bit value into a buffer.
type patch struct {
	Off int `json:"off"`
	Arg arg `json:"arg"`
}

const here = unix.AT_FDCWD

// descriptors are the calls whose result is one.
var descriptors = []uintptr{unix.SYS_OPENAT, unix.SYS_SOCKET, unix.SYS_DUP, unix.SYS_INOTIFY_INIT1,
	unix.SYS_EPOLL_CREATE1, unix.SYS_EVENTFD2, unix.SYS_TIMERFD_CREATE, unix.SYS_MEMFD_CREATE, unix.SYS_PIDFD_OPEN}

// sys is a system call. Numbers are themselves, text gets its final zero byte,
// []byte is a buffer, and an arg is what it says.
func sys(nr uintptr, args ...any) step {
	s := step{Kind: "call", Nr: nr}
	for _, a := range args {
		switch a := a.(type) {
		case int:
			s.Args = append(s.Args, arg{I: int64(a)})
		case uint:
			s.Args = append(s.Args, arg{I: int64(a)})
		case string:
			s.Args = append(s.Args, arg{B: append([]byte(a), 0)})
		case []byte:
			s.Args = append(s.Args, arg{B: a})
		case arg:
			s.Args = append(s.Args, a)
		default:
			panic("no such argument")
		}
	}
	for _, d := range descriptors {
		s.FD = s.FD || d == nr
	}
	return s
}

func zeros(n int) arg   { return arg{Z: n} }
func res(step int) arg  { return arg{R: step} }
func turn(base int) arg { return arg{I: int64(base), N: true} }

// formatted is a text with the turn, or the result of a step, for its "%d".
func formatted(text string, step int) arg {
	return arg{B: append([]byte(text), 0), R: step, N: step == 0}
}

func (s step) may() step          { s.May = true; return s }
func (s step) value() step        { s.Value = true; return s }
func (s step) times(n int) step   { s.Repeat = n; return s }
func (s step) allSame(n int) step { s.Repeat, s.Same = n, true; return s }
func (s step) counted(n int) step { s.Repeat, s.Count = n, true; return s }

func opens(path string, flags int) step { return sys(unix.SYS_OPENAT, here, path, flags, 0o600) }
func run(argv ...string) step           { return step{Kind: "run", Argv: argv} }

// text shows a buffer up to its first zero byte; figures shows its numbers.
func text(from, arg, size int) step {
	return step{Kind: "text", Of: []int{from, arg}, Size: size}
}

func figures(from, arg, off, word, n int) step {
	return step{Kind: "words", Of: []int{from, arg}, Off: off, Word: word, Size: word * n}
}

// reading is the text of a file.
func reading(path string) []step {
	return []step{opens(path, unix.O_RDONLY), sys(unix.SYS_READ, res(1), zeros(4096), 4095), text(2, 2, 4096)}
}

// on is a call about a fresh file of the app's own.
func on(call step) []step {
	const flags = unix.O_CREAT | unix.O_RDWR | unix.O_TRUNC
	return []step{opens("/tmp/own", flags), call}
}

// Addresses as the kernel reads them.
func in4(a, b, c, d byte, port uint16) []byte {
	s := binary.NativeEndian.AppendUint16(nil, unix.AF_INET)
	s = binary.BigEndian.AppendUint16(s, port)
	return append(s, a, b, c, d, 0, 0, 0, 0, 0, 0, 0, 0)
}

func in6(addr [16]byte, scope uint32, port uint16) []byte {
	s := binary.NativeEndian.AppendUint16(nil, unix.AF_INET6)
	s = binary.BigEndian.AppendUint16(s, port)
	s = append(append(s, 0, 0, 0, 0), addr[:]...)
	return binary.NativeEndian.AppendUint32(s, scope)
}

func local(name string) []byte {
	s := binary.NativeEndian.AppendUint16(nil, unix.AF_UNIX)
	s = append(s, name...)
	if name[0] != 0 {
		s = append(s, 0)
	}
	return s
}

// connecting makes a socket of the address's family and connects it.
func connecting(kind int, addr []byte) []step {
	family := int(binary.NativeEndian.Uint16(addr))
	return []step{sys(unix.SYS_SOCKET, family, kind|unix.SOCK_CLOEXEC, 0), sys(unix.SYS_CONNECT, res(1), addr, len(addr))}
}

func dialing(addr []byte) []step { return connecting(unix.SOCK_STREAM, addr) }

// An answer is what an app says of a row: an errno, its step, and a text.
type answer struct {
	no, at int
	text   string
}

func (a *answer) UnmarshalJSON(text []byte) error {
	return json.Unmarshal(text, &[]any{&a.no, &a.at, &a.text})
}

func (a answer) MarshalJSON() ([]byte, error) { return json.Marshal([]any{a.no, a.at, a.text}) }
