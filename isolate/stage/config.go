//go:build linux && (amd64 || arm64)

package stage

import (
	"errors"
	"strconv"
	"syscall"
)

// What a parent and its stage say to each other is bounded, so that a mistake can't
// fill memory.
const (
	ConfigMax = 1 << 20  // a long environment and 64 grants fit many times
	StatusMax = 64 << 10 // a proof is about 2 KiB
	listMax   = 1 << 16  // entries of one list: arguments are the longest
)

// Config is all that a stage is told, in two parts: what all rooms share (Namespaces,
// Leave, and some of Trees, Links, Files, Proc and Rules) when it is made, and the rest when
// it is known whose room it will be. Everything in it was vetted by the parent; the
// stage checks again only what can change meanwhile, the identity of a path.
type Config struct {
	Path string // what to exec, as seen inside
	Argv []string
	Env  []string
	Dir  string // where it starts
	Root bool   // made by root: no supplementary groups may be left

	Namespaces []Pair // of the parent, name and link, to be told apart from
	Leave      bool   // of the host no path will be needed later, only mounts that come with the config; the root comes with its first part
	Offsets    string // what makes the clocks of up-time begin now; "" where the kernel has no time namespaces

	Trees   []Tree   // what the room shows of the host
	Links   []Pair   // symbolic links: where, to what
	Files   []Pair   // small files of the room's own: where, text
	Proc    []Pair   // files that stand in for /proc/self where none can be mounted
	Scratch []Pair   // private tmpfs: where, options
	Rules   []Rule   // Landlock, beside what trees and scratch bring
	Covers  []string // folders of the trees that are to be empty
	Absent  []string // what must not be there

	Listen []Listen
	Limits []Limit
	Filter []byte // a seccomp program, as the kernel takes it
	NoUnix bool   // its sockets are not to reach the host's folders: tried in the proof
}

// A Pair is a name and what belongs to it.
type Pair struct{ Name, Text string }

// A Tree is something of the host that the room gets.
type Tree struct {
	Path     string // on the host
	FD       int    // 1 for the first descriptor that came with the config: its detached mount; 0: the stage opens Path
	Dev, Ino uint64 // what was vetted
	At       string // inside
	Attrs    uint64 // of the mount
	Access   uint64 // for Landlock
}

// A Rule allows access at a path and below.
type Rule struct {
	At     string
	Access uint64
}

// A Listen is a socket of the room that its parent holds.
type Listen struct {
	Addr [4]byte
	Port int
}

// A Limit is one for setrlimit.
type Limit struct {
	Which int
	Value uint64
}

// A Status is what the stage answers: a proof, or the one thing that failed, and
// after a proof perhaps that the exec failed.
type Status struct {
	Layers []Layer
	Fail   *Failure
}

// A Layer is one line of a proof.
type Layer struct{ Name, How string }

// A Failure is an error on its way to the parent.
type Failure struct {
	Layer, Op string
	Errno     syscall.Errno // 0 if the cause was not a system call
	Text      string
}

func (f *Failure) Error() string { return f.Text }

// Unwrap gives the errno, so that errors.Is works on both sides.
func (f *Failure) Unwrap() error {
	if f.Errno == 0 {
		return nil
	}
	return f.Errno
}

// Add joins two configs: what more says, and the lists of both.
func (c *Config) Add(more *Config) {
	was := *c
	*c = *more
	c.Namespaces, c.Leave = was.Namespaces, was.Leave
	c.Trees = append(was.Trees, more.Trees...)
	c.Links = append(was.Links, more.Links...)
	c.Files = append(was.Files, more.Files...)
	c.Proc = append(was.Proc, more.Proc...)
	c.Rules = append(was.Rules, more.Rules...)
	c.Covers = append(was.Covers, more.Covers...)
}

// Encode writes c for a stage.
func (c *Config) Encode() []byte {
	x := &coder{writing: true}
	c.code(x)
	return x.buf
}

// ParseConfig reads what Encode wrote.
func ParseConfig(text []byte) (*Config, error) {
	c, x := &Config{}, &coder{buf: text}
	c.code(x)
	return c, x.end()
}

// Encode writes s for the parent.
func (s *Status) Encode() []byte {
	x := &coder{writing: true}
	s.code(x)
	return x.buf
}

// ParseStatus reads what Encode wrote.
func ParseStatus(text []byte) (*Status, error) {
	s, x := &Status{}, &coder{buf: text}
	s.code(x)
	return s, x.end()
}

func (c *Config) code(x *coder) {
	x.text(&c.Path)
	list(x, &c.Argv, x.text)
	list(x, &c.Env, x.text)
	x.text(&c.Dir)
	flag(x, &c.Root)
	list(x, &c.Namespaces, x.pair)
	flag(x, &c.Leave)
	x.text(&c.Offsets)
	list(x, &c.Trees, func(t *Tree) {
		x.text(&t.Path)
		number(x, &t.FD)
		number(x, &t.Dev)
		number(x, &t.Ino)
		x.text(&t.At)
		number(x, &t.Attrs)
		number(x, &t.Access)
	})
	list(x, &c.Links, x.pair)
	list(x, &c.Files, x.pair)
	list(x, &c.Proc, x.pair)
	list(x, &c.Scratch, x.pair)
	list(x, &c.Rules, func(r *Rule) {
		x.text(&r.At)
		number(x, &r.Access)
	})
	list(x, &c.Covers, x.text)
	list(x, &c.Absent, x.text)
	list(x, &c.Listen, func(l *Listen) {
		for i := range l.Addr {
			number(x, &l.Addr[i])
		}
		number(x, &l.Port)
	})
	list(x, &c.Limits, func(l *Limit) {
		number(x, &l.Which)
		number(x, &l.Value)
	})
	filter := string(c.Filter)
	x.text(&filter)
	c.Filter = []byte(filter)
	flag(x, &c.NoUnix)
}

func (s *Status) code(x *coder) {
	list(x, &s.Layers, func(l *Layer) {
		x.text(&l.Name)
		x.text(&l.How)
	})
	failed := s.Fail != nil
	flag(x, &failed)
	if !failed {
		return
	}
	if s.Fail == nil {
		s.Fail = &Failure{}
	}
	x.text(&s.Fail.Layer)
	x.text(&s.Fail.Op)
	number(x, &s.Fail.Errno)
	x.text(&s.Fail.Text)
}

// A coder writes values one after the other, or reads them back: one list of the
// fields serves both. A number is decimal and ends with a space, a text is its
// length and its bytes.
type coder struct {
	buf     []byte
	writing bool
	err     error
}

var errGarbled = errors.New("what the other side sent is garbled")

func (x *coder) end() error {
	if x.err == nil && len(x.buf) > 0 {
		return errGarbled
	}
	return x.err
}

func number[N ~int | ~uint64 | ~uint8 | ~uintptr](x *coder, n *N) {
	if x.writing {
		x.buf = append(strconv.AppendUint(x.buf, uint64(*n), 10), ' ')
		return
	}
	for i, c := range x.buf {
		if c == ' ' {
			value, err := strconv.ParseUint(string(x.buf[:i]), 10, 64)
			if err != nil || uint64(N(value)) != value {
				break
			}
			*n, x.buf = N(value), x.buf[i+1:]
			return
		}
	}
	x.fail()
}

func flag(x *coder, f *bool) {
	n := 0
	if *f {
		n = 1
	}
	number(x, &n)
	*f = n == 1
}

func (x *coder) text(s *string) {
	n := len(*s)
	number(x, &n)
	if x.writing {
		x.buf = append(x.buf, *s...)
		return
	}
	if n < 0 || n > len(x.buf) {
		x.fail()
		return
	}
	*s, x.buf = string(x.buf[:n]), x.buf[n:]
}

func (x *coder) pair(p *Pair) {
	x.text(&p.Name)
	x.text(&p.Text)
}

func list[T any](x *coder, l *[]T, each func(*T)) {
	n := len(*l)
	number(x, &n)
	if !x.writing {
		if n < 0 || n > listMax || x.err != nil {
			x.fail()
			return
		}
		*l = make([]T, n)
	}
	for i := range *l {
		if each(&(*l)[i]); x.err != nil {
			return
		}
	}
}

func (x *coder) fail() { x.err, x.buf = errGarbled, nil }
