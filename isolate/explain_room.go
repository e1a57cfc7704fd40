//go:build linux && (amd64 || arm64)

package isolate

import (
	"cmp"
	"context"
	"encoding/binary"
	"errors"
	"net"
	"os"
	"slices"
	"strconv"
	"time"

	"golang.org/x/sys/unix"

	"secgpt/isolate/stage"
)

// Explain says what a room of s would hold, from the very plan by which it would be
// built, and proves a room with nothing in it. Argv is not run. It fails as Start
// does.
func Explain(ctx context.Context, s Spec) (Explanation, error) {
	p, err := newPlan(s)
	if err != nil {
		var le *LayerError
		if errors.As(err, &le) {
			_ = withRemedy(le)
		}
		return Explanation{}, s.named(err)
	}
	defer p.close()
	proof, err := Try(ctx)
	if err != nil {
		return Explanation{}, err
	}
	return p.explain(s, proof)
}

// explain is what a stage would build from p, in words.
func (p *plan) explain(s Spec, proof Proof) (Explanation, error) {
	e := Explanation{
		Command: s.Argv, Dir: p.Dir, Env: s.Env, Files: []string{}, Hosts: []string{},
		IDs:        []IDs{{"user", insideID, p.hostID}, {"group", insideID, p.hostGD}},
		Namespaces: slices.Clone(stage.NamespaceNames),
		Filter:     countCalls(p.Filter),
	}
	for _, f := range p.Files {
		e.Files = append(e.Files, f.Name)
	}
	for _, h := range s.Hosts {
		for _, port := range h.Ports {
			e.Hosts = append(e.Hosts, net.JoinHostPort(h.Name, strconv.Itoa(port)))
		}
	}
	slices.Sort(e.Files)
	procfs := false
	for _, l := range proof.Layers {
		e.Proof = append(e.Proof, ProvedLayer(l))
		if l.Name == "clock" {
			e.Namespaces = append(e.Namespaces, "time")
		}
		procfs = procfs || l.Name == "proc" && l.How != plainProc
	}
	e.mounts(&p.Config, procfs)
	e.rights(&p.Config)
	return e, e.limits(&p.Config, s)
}

// plainProc is what the proof says where no procfs can be mounted.
const plainProc = "plain files"

func (e *Explanation) mounts(c *stage.Config, procfs bool) {
	e.Mounts = append(e.Mounts, Mount{At: "/", From: "made for the room", Flags: []string{"nosuid", "nodev", "noexec"}})
	if procfs {
		e.Mounts = append(e.Mounts, Mount{At: stage.ProcPlace, From: "the kernel, processes of the room", Flags: []string{"nosuid", "nodev", "noexec"}})
	}
	for _, t := range c.Trees {
		e.Mounts = append(e.Mounts, Mount{At: t.At, From: t.Path, Write: t.Attrs&stage.AttrReadOnly == 0, Flags: takenAway(t.Attrs)})
	}
	for _, t := range c.Scratch {
		e.Mounts = append(e.Mounts, Mount{At: t.Name, From: "made for the room", Write: true, Flags: []string{"nosuid", "nodev"}, Size: t.Text})
	}
	for _, at := range c.Covers {
		e.Mounts = append(e.Mounts, Mount{At: at, From: "made for the room: nothing", Flags: []string{"nosuid", "nodev", "noexec"}})
	}
	slices.SortFunc(e.Mounts, func(a, b Mount) int { return cmp.Compare(a.At, b.At) })
}

func takenAway(attrs uint64) []string {
	var names []string
	for _, f := range []struct {
		bit  uint64
		name string
	}{{stage.AttrNoSuid, "nosuid"}, {stage.AttrNoDev, "nodev"}, {stage.AttrNoExec, "noexec"}} {
		if attrs&f.bit != 0 {
			names = append(names, f.name)
		}
	}
	return names
}

// rightNames are the rights of Landlock from the lowest bit on, and the version
// that brought each: an older kernel does not hold what it does not know.
var rightNames = []struct {
	name  string
	since int
}{
	{"execute", 1}, {"write", 1}, {"read", 1}, {"list", 1}, {"remove-dir", 1}, {"remove-file", 1}, {"make-char", 1},
	{"make-dir", 1}, {"make-file", 1}, {"make-socket", 1}, {"make-fifo", 1}, {"make-block", 1}, {"make-link", 1},
	{"rename-across", 2}, {"truncate", 3}, {"device-ioctl", 5}, {"connect-unix", 9},
}

func (e *Explanation) rights(c *stage.Config) {
	version, _ := landlockVersion()
	add := func(at string, access uint64, folder bool) {
		if !folder {
			access &= stage.EditFile | stage.RunTree&^stage.ReadTree
		}
		r := Right{At: at}
		for i, n := range rightNames {
			if access&(1<<i) != 0 && n.since <= version {
				r.Allows = append(r.Allows, n.name)
			}
		}
		e.Rights = append(e.Rights, r)
	}
	for _, r := range c.Rules {
		add(r.At, r.Access, true)
	}
	for _, t := range c.Trees {
		info, err := os.Stat(t.Path)
		add(t.At, t.Access, err == nil && info.IsDir())
	}
	for _, t := range c.Scratch {
		add(t.Name, stage.EditTree, true)
	}
	slices.SortFunc(e.Rights, func(a, b Right) int { return cmp.Compare(a.At, b.At) })
}

// heldLimit names a limit of the kernel, what it counts and for whom.
func heldLimit(l stage.Limit) HeldLimit {
	h := HeldLimit{Most: l.Value, Of: "process"}
	switch l.Which {
	case unix.RLIMIT_DATA:
		h.Name, h.Unit = "data", "bytes"
	case unix.RLIMIT_NPROC:
		h.Name, h.Of = "processes", "room"
	case unix.RLIMIT_NOFILE:
		h.Name = "open files"
	case unix.RLIMIT_FSIZE:
		h.Name, h.Unit = "file size", "bytes"
	case unix.RLIMIT_CPU:
		h.Name, h.Unit = "processor time", "seconds"
	case unix.RLIMIT_CORE:
		h.Name, h.Unit = "core", "bytes"
	case unix.RLIMIT_MEMLOCK:
		h.Name, h.Unit = "locked memory", "bytes"
	case unix.RLIMIT_MSGQUEUE:
		h.Name, h.Unit, h.Of = "message queues", "bytes", "room"
	case unix.RLIMIT_NICE:
		h.Name = "niceness"
	case unix.RLIMIT_RTPRIO:
		h.Name = "real-time priority"
	case unix.RLIMIT_SIGPENDING:
		h.Name, h.Of = "waiting signals", "room"
	case unix.RLIMIT_STACK:
		h.Name, h.Unit = "stack", "bytes"
	default:
		h.Name = "limit " + strconv.Itoa(l.Which)
	}
	return h
}

func (e *Explanation) limits(c *stage.Config, s Spec) error {
	for _, l := range c.Limits {
		e.Limits = append(e.Limits, heldLimit(l))
	}
	slices.SortFunc(e.Limits, func(a, b HeldLimit) int { return cmp.Compare(a.Name, b.Name) })
	full, err := s.Limits.full()
	if err != nil {
		return err
	}
	if s.Data == "" {
		full.Data = 0 // a private one has the bound of its mount
	}
	for _, l := range []HeldLimit{
		{"memory", uint64(full.Total), "bytes", "room"},
		{"own folder", uint64(full.Data), "bytes", "room"},
		{"time", uint64((full.Wall + time.Second - 1) / time.Second), "seconds", "room"},
		{"output", uint64(full.Output), "bytes", "room"},
	} {
		if l.Most > 0 {
			e.Limits = append(e.Limits, l)
		}
	}
	return nil
}

// callsMax is beyond the numbers that kernels use: 470 so far, and they count up.
const callsMax = 1024

// countCalls asks a filter, in the form in which the kernel gets it, about each call
// in turn.
func countCalls(filter []byte) (f Filter) {
	for nr := range uint32(callsMax) {
		do, tested := verdictOn(filter, nr)
		switch {
		case tested:
			f.Tested++
		case do == unix.SECCOMP_RET_ALLOW:
			f.Allowed++
		case do == unix.SECCOMP_RET_KILL_PROCESS:
			f.Killing++
		case do != unix.SECCOMP_RET_ERRNO|uint32(unix.ENOSYS):
			f.Refused++
		}
	}
	return f
}

// Offsets in what the kernel shows to a filter, its struct seccomp_data.
const (
	seenNumber    = 0
	seenMachine   = 4
	seenArguments = 16
)

// verdictOn runs a filter on one call, up to its end or to where it looks at an
// argument. It knows the instructions that our own generator uses; another, or a
// jump to nowhere, reads as kill.
func verdictOn(filter []byte, nr uint32) (do uint32, tested bool) {
	const size = 8 // of an instruction: code, two short jumps, a constant
	var acc uint32
	for at := 0; at >= 0 && size*at+size <= len(filter); at++ {
		in := filter[size*at:]
		code, jt, jf, k := binary.NativeEndian.Uint16(in), int(in[2]), int(in[3]), binary.NativeEndian.Uint32(in[4:])
		holds := false
		switch code {
		case unix.BPF_LD | unix.BPF_W | unix.BPF_ABS:
			switch {
			case k == seenNumber:
				acc = nr
			case k == seenMachine:
				acc = native().audit
			case k >= seenArguments:
				return 0, true
			}
			continue
		case unix.BPF_RET | unix.BPF_K:
			return k, false
		case unix.BPF_JMP | unix.BPF_JA:
			at += int(k)
			continue
		case unix.BPF_JMP | unix.BPF_JEQ | unix.BPF_K:
			holds = acc == k
		case unix.BPF_JMP | unix.BPF_JGE | unix.BPF_K:
			holds = acc >= k
		default:
			return unix.SECCOMP_RET_KILL_PROCESS, false
		}
		if holds {
			at += jt
		} else {
			at += jf
		}
	}
	return unix.SECCOMP_RET_KILL_PROCESS, false
}
