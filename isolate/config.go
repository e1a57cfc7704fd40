//go:build linux && (amd64 || arm64)

package isolate

import (
	"cmp"
	"errors"
	"fmt"
	"strings"
	"syscall"
	"time"
)

// Inside a room there is one user and one group, and it is never root: files of
// the kernel that trust uid 0 (core_pattern) trust it whatever its capabilities.
const insideID = 1000

// What Start and the stage say to each other. Both are the same binary, so these
// are plain JSON; both are bounded, so that a mistake can't fill memory.
const (
	configMax = 1 << 20  // a long environment and 64 grants fit many times
	statusMax = 64 << 10 // a proof is about 2 KiB
)

// The descriptors of a stage besides 0, 1 and 2.
const (
	configFD = 3 // the config, until end of file
	statusFD = 4 // the proof; closed by the exec
	mountsFD = 5 // as root: detached mounts, this binary first
)

// config is what the stage is told.
type config struct {
	Path       string // what to exec, as seen inside
	Argv       []string
	Env        []string
	Dir        string
	Root       bool // made by root: no groups may be left
	Mounts     []source
	Limits     Limits
	Namespaces map[string]string // of the parent, to be told apart from
}

// A source is something of the host that the room gets.
type source struct {
	Path     string // on the host
	FD       int    // as root: its detached mount; 0 means that the stage opens Path
	Dev, Ino uint64 // what was vetted; the stage checks that it has the same
	At       string // inside
	Dir      bool
	Write    bool
}

// status is what the stage answers: a proof, or the one thing that failed, and
// after a proof perhaps that the exec failed.
type status struct {
	Layers []Layer
	Fail   *failure
}

// execStep is the step after which everything is the program's fault.
const execStep = "exec"

// A failure is an error on its way through a pipe.
type failure struct {
	Layer string
	Op    string
	Errno int // 0 if the cause was not a system call
	Text  string
}

func (f *failure) Error() string { return f.Text }

// Unwrap gives the errno, so that errors.Is works on both sides of the pipe.
func (f *failure) Unwrap() error {
	if f.Errno == 0 {
		return nil
	}
	return syscall.Errno(f.Errno)
}

// asError tells a layer that can't be had from a program that can't be started.
func (f *failure) asError() error {
	if f.Layer == execStep {
		return fmt.Errorf("%s: %w", f.Op, f)
	}
	return &LayerError{Layer: f.Layer, Op: f.Op, Err: f}
}

// An opError says which operation of a step failed.
type opError struct {
	op  string
	err error
}

func (e *opError) Error() string { return e.op + ": " + e.err.Error() }
func (e *opError) Unwrap() error { return e.err }

// op names an error after what was tried; nil stays nil.
func op(err error, format string, args ...any) error {
	if err == nil {
		return nil
	}
	return &opError{fmt.Sprintf(format, args...), err}
}

func newFailure(layer string, err error) *failure {
	f := &failure{Layer: layer, Op: layer, Text: err.Error()}
	var oe *opError
	if errors.As(err, &oe) {
		f.Op, f.Text = oe.op, oe.err.Error()
	}
	var no syscall.Errno
	if errors.As(err, &no) {
		f.Errno = int(no)
	}
	return f
}

// full replaces zero limits by the defaults that Limits names.
func (l Limits) full() (Limits, error) {
	if min(l.Memory, int64(l.Procs), int64(l.Files), l.Tmp, l.Size, int64(l.CPU)) < 0 {
		return l, errors.New("a limit is negative; leave it out for the default")
	}
	return Limits{
		Memory: cmp.Or(l.Memory, 512<<20),
		Procs:  cmp.Or(l.Procs, 128),
		Files:  cmp.Or(l.Files, 256),
		Tmp:    cmp.Or(l.Tmp, 64<<20),
		Size:   cmp.Or(l.Size, 256<<20),
		CPU:    cmp.Or(l.CPU, time.Hour),
	}, nil
}

// newConfig checks the parts of s that need no look at the file system.
func newConfig(s Spec) (*config, error) {
	if len(s.Argv) == 0 {
		return nil, errors.New("nothing to run: Argv is empty")
	}
	c := &config{Path: s.Argv[0], Argv: append([]string(nil), s.Argv...), Env: s.Env, Dir: cmp.Or(s.Dir, "/data")}
	if c.Path == Self {
		c.Path, c.Argv[0] = SelfPath, SelfPath
	}
	if !strings.HasPrefix(c.Path, "/") || !strings.HasPrefix(c.Dir, "/") {
		return nil, fmt.Errorf("%q in %q: a room needs absolute paths", c.Path, c.Dir)
	}
	for _, text := range append(append([]string{c.Dir}, c.Argv...), c.Env...) {
		if strings.ContainsRune(text, 0) {
			return nil, fmt.Errorf("%q has a zero byte in it", text)
		}
	}
	var err error
	c.Limits, err = s.Limits.full()
	return c, err
}
