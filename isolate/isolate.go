// Package isolate runs one process in a locked room: namespaces, a root of its
// own, no capabilities, Landlock, a seccomp allow list and limits.
//
// Start returns a room that has proved every layer from inside, or an error that
// names the layer that could not be had; there is nothing in between. The package
// knows nothing of secgpt: any program can use it, if the first line of its main
// is isolate.Main().
//
// How a room comes to be: Start vets the grants (grant.go) and clones this very
// binary into new namespaces (start.go). The child is the stage: on one locked
// thread it builds the root (mounts.go), drops every right (lock.go, landlock.go,
// seccomp.go with policy.go), tries what must fail (attest.go), sends the proof
// and execs what was asked for from that same thread. Read them in that order.
//
// What a room does not hide: the kernel release (uname), the device, kind and
// path of its mounts (/proc/self/mountinfo), what is in /usr, how much memory and
// disk there is and how busy it is (sysinfo, statfs), and the timing of a shared
// machine. What it does not bound: memory that processes of one room share
// with each other, and the sum over its processes; limits are per process.
package isolate

import (
	"io"
	"os"
	"sync"
	"time"
)

// A Spec says what is in a room. The zero Spec is a room with nothing but the
// read-only system, private /tmp and /data, and no network.
type Spec struct {
	Name   string   // for errors
	Argv   []string // what becomes process 1; Argv[0] == Self is this very binary
	Env    []string // the whole environment; nothing is inherited
	Dir    string   // where it starts, as seen inside; "" is /data
	Data   string   // host folder that becomes /data, read-write; "" is a private tmpfs
	Files  []Grant
	Limits Limits
	HostID int // as root: the unowned host id to run as, see HostIDBase; ignored for ordinary users
}

// Self as Argv[0] runs this binary again as process 1.
const Self = "\x00self"

// SelfPath is where every room shows this binary, read-only; process 1 may start
// it as a child, and it can be named in Argv after the first.
const SelfPath = "/.room/self"

// HostIDBase is the start of a range of host ids that no account has and that the
// usual ranges for containers (100000 and up, in blocks of 65536) reach only on a
// host with dozens of accounts. HostIDBase+1, +2 … suit Spec.HostID, one for each app.
const HostIDBase = 4200000

// ExitUnlocked is the exit code of a process that found itself in a room without
// one of the locks. It has then done nothing else.
const ExitUnlocked = 98

// A Grant opens a host folder or file inside the room.
type Grant struct {
	Path  string // on the host: absolute, no symlink in it
	At    string // inside; "" is the same path; not in /usr, /etc, /data and the like
	Write bool
}

// Limits bound what a room may take. Zero fields mean the defaults, which suit a
// Go, Python or Node program.
type Limits struct {
	Memory int64         // bytes of private data per process; 512 MiB
	Procs  int           // processes and threads; 128
	Files  int           // open files per process; 256
	Tmp    int64         // bytes in each of /tmp, /dev/shm and a private /data; 64 MiB
	Size   int64         // bytes of one file; 256 MiB
	CPU    time.Duration // processor time per process; one hour
}

// A Room is a running room. Its process tree ends with Close, with ctx, and with
// this process, however that ends.
type Room struct {
	In    io.WriteCloser // to process 1's standard input
	Out   io.ReadCloser  // from its standard output
	Proof Proof

	process *os.Process
	errors  *tail
	done    chan struct{} // closed once process 1 has been reaped
	exit    Exit          // valid after done
	close   sync.Once
}

// An Exit says how process 1 ended: with a code, or by a signal.
type Exit struct {
	Code   int    // -1 if a signal ended it
	Signal string // "killed"; empty if it exited by itself
}

// Proof is what the room showed from inside before Start returned.
type Proof struct {
	Layers []Layer
	Took   time.Duration
}

// A Layer is one line of a proof: what was tried, and that it failed as it must.
type Layer struct {
	Name string // "seccomp"
	How  string // "socket(AF_PACKET) = EAFNOSUPPORT"
}

// A LayerError means that a layer can't be had here, so nothing was started.
type LayerError struct {
	Layer  string // "user namespace"
	Op     string // "clone"
	Err    error
	Remedy string // what to do on this very machine, one line that can be copied
}

// Error says what could not be had; the remedy is apart, to be shown on its own.
func (e *LayerError) Error() string {
	return "the " + e.Layer + " layer can't be had: " + e.Op + ": " + e.Err.Error()
}

// Unwrap gives the cause, mostly a syscall.Errno.
func (e *LayerError) Unwrap() error { return e.Err }
