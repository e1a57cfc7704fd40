// Package isolate runs one process in a locked room: namespaces, a root of its
// own, no capabilities, Landlock, a seccomp allow list and limits.
//
// Start returns a room that has proved every layer from inside, or an error that
// names the layer that could not be had; there is nothing in between. The package
// knows nothing of secgpt: any program can use it, if the first line of its main
// is isolate.Main().
//
// How a room comes to be: Start thinks out all of it (plan.go, with grant.go,
// hosts.go, limits.go, files.go, policy.go and seccomp.go) and has a process begun in
// new namespaces (begun.go, by the launcher of launch.go), or takes one that was kept
// warm. That is the stage, a process of this very binary (folder stage): on one locked
// thread it builds the root, drops every right, tries what must fail, sends the proof
// and execs what was asked for. Read them in that order.
//
// What a room does not hide: the kernel release (uname), the device, kind and
// path of its mounts (/proc/self/mountinfo), what is in /usr, how much memory and
// disk there is and how busy it is (sysinfo, statfs), and the timing of a shared
// machine.
package isolate

import (
	"io"
	"net"
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
	Hosts  []Host // names that the room can reach, by Room.Listeners; without any it has no network
	Limits Limits
	Stderr io.Writer // gets standard error as it comes; nil keeps the tail alone
	HostID int       // as root: the unowned host id to run as, see HostIDBase; ignored for ordinary users
	Init   bool      // process 1 is this binary, which runs Argv as its child, reaps what that leaves and ends as it ends
}

// A Host is a name that the room's own /etc/hosts has. Each of its ports is a
// listening socket on a loopback address of the room, held by this process: what
// connects there is accepted, judged and carried on by the holder, or by nobody.
type Host struct {
	Name  string // lower case, without a final dot
	Ports []int
}

// A Listener takes the connections that a room makes to one port of one Host.
type Listener struct {
	net.Listener
	Host string
	Port int
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
	Memory int64         // bytes of private data per process; 1 GiB, of which Node takes an eighth for its young objects
	Procs  int           // processes and threads; 128
	Files  int           // open files per process; 256
	Tmp    int64         // bytes in each of /tmp, /dev/shm and a private /data; 64 MiB
	Size   int64         // bytes of one file; 256 MiB
	CPU    time.Duration // processor time per process; one hour

	// These bound the room as a whole, and are held from outside of it.
	Total  int64         // bytes of memory of all processes together; as Memory
	Data   int64         // bytes in Spec.Data; 1 GiB
	Wall   time.Duration // from the start; 0 is no bound
	Output int64         // bytes that process 1 writes to Room.Out; 0 is no bound
}

// A Room is a running room. Its process tree ends with Close, with ctx, and with
// this process, however that ends.
type Room struct {
	In    io.WriteCloser // to process 1's standard input
	Out   io.ReadCloser  // from its standard output
	Proof Proof

	Listeners []Listener // one for each port of each Host; closed with the room

	held
}

// An Exit says how process 1 ended: with a code, or by a signal.
type Exit struct {
	Code   int    // -1 if a signal ended it
	Signal string // "killed"; empty if it exited by itself
	Limit  string // which limit of the whole room ended it: "memory: 1.2 GiB, 1 GiB at most"; mostly empty
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
