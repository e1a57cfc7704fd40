//go:build linux && (amd64 || arm64)

package isolate

import (
	"cmp"
	"fmt"
	"maps"
	"slices"
	"unsafe"

	"golang.org/x/sys/unix"
)

// An action is what the kernel does with a call.
type action uint32

const (
	allow action = unix.SECCOMP_RET_ALLOW
	kill  action = unix.SECCOMP_RET_KILL_PROCESS
)

func errno(e unix.Errno) action { return unix.SECCOMP_RET_ERRNO | action(e) }

// A test holds if argument arg, masked, is one of the values. Only the lower 32
// bits are looked at: every argument the policy tests is an int to the kernel,
// which ignores the upper half as well.
type test struct {
	arg  uint32
	mask uint32
	in   []uint32
}

// A branch decides a call if all its tests hold.
type branch struct {
	when []test
	then action
}

// A verdict decides a call: the first branch that fits, else otherwise.
type verdict struct {
	branches  []branch
	otherwise action
}

// The kernel's struct seccomp_data, as offsets.
const (
	dataNr   = 0
	dataArch = 4
	dataArgs = 16 // six of 8 bytes, lower half first on both our machines
)

// compile turns a policy into a filter: other machines' calls kill; then a binary
// search over call numbers, with the policy's unnamed numbers answered ENOSYS, so
// that programs fall back and calls of future kernels are refused unseen.
func compile(policy map[uintptr]verdict) ([]unix.SockFilter, error) {
	a := &assembler{}
	a.load(dataArch)
	a.jump(unix.BPF_JEQ, nativeArch, 1, 0)
	a.ret(kill)
	a.load(dataNr)
	if foreignBit != 0 { // x32: the same machine, other numbers
		a.jump(unix.BPF_JGE, foreignBit, 0, 1)
		a.ret(kill)
	}
	a.search(segments(policy))
	if a.err != nil {
		return nil, a.err
	}
	if len(a.out) > unix.BPF_MAXINSNS {
		return nil, fmt.Errorf("the filter has %d instructions, the kernel takes %d", len(a.out), unix.BPF_MAXINSNS)
	}
	return a.out, nil
}

// A segment is a run of numbers, from first up to the next segment, with one verdict.
type segment struct {
	first uint32
	verdict
}

func segments(policy map[uintptr]verdict) []segment {
	unknown := verdict{otherwise: errno(unix.ENOSYS)}
	same := func(a, b verdict) bool {
		return len(a.branches) == 0 && len(b.branches) == 0 && a.otherwise == b.otherwise
	}
	numbers := make([]uintptr, 0, len(policy))
	for nr := range policy {
		numbers = append(numbers, nr)
	}
	slices.Sort(numbers)
	out := []segment{{0, unknown}}
	put := func(first uintptr, v verdict) {
		if last := out[len(out)-1]; uintptr(last.first) == first {
			out = out[:len(out)-1] // an empty gap
		}
		if len(out) == 0 || !same(out[len(out)-1].verdict, v) {
			out = append(out, segment{uint32(first), v})
		}
	}
	for _, nr := range numbers {
		put(nr, policy[nr])
		put(nr+1, unknown)
	}
	return out
}

// An assembler writes classic BPF forwards and fills in jumps when their ends are known.
type assembler struct {
	out []unix.SockFilter
	err error
}

func (a *assembler) emit(code uint16, k uint32, jt, jf uint8) int {
	a.out = append(a.out, unix.SockFilter{Code: code, K: k, Jt: jt, Jf: jf})
	return len(a.out) - 1
}

func (a *assembler) load(offset uint32) { a.emit(unix.BPF_LD|unix.BPF_W|unix.BPF_ABS, offset, 0, 0) }
func (a *assembler) ret(do action)      { a.emit(unix.BPF_RET|unix.BPF_K, uint32(do), 0, 0) }

func (a *assembler) jump(kind uint16, k uint32, jt, jf uint8) int {
	return a.emit(unix.BPF_JMP|kind|unix.BPF_K, k, jt, jf)
}

// here returns how far it is from the instruction after at to the next one.
func (a *assembler) here(at int) int { return len(a.out) - at - 1 }

func (a *assembler) search(s []segment) {
	if len(s) == 1 {
		a.verdict(s[0].verdict)
		return
	}
	mid := len(s) / 2
	a.jump(unix.BPF_JGE, s[mid].first, 0, 1)
	far := a.jump(unix.BPF_JA, 0, 0, 0) // conditional jumps reach only 255
	a.search(s[:mid])
	a.out[far].K = uint32(a.here(far))
	a.search(s[mid:])
}

func (a *assembler) verdict(v verdict) {
	for _, b := range v.branches {
		var misses []int
		for _, t := range b.when {
			misses = append(misses, a.test(t))
		}
		a.ret(b.then)
		for _, at := range misses {
			a.out[at].Jf = a.short(a.here(at))
		}
	}
	a.ret(v.otherwise)
}

// test writes t and returns the jump whose false side is to be filled in.
func (a *assembler) test(t test) int {
	a.load(dataArgs + 8*t.arg)
	if t.mask != ^uint32(0) {
		a.emit(unix.BPF_ALU|unix.BPF_AND|unix.BPF_K, t.mask, 0, 0)
	}
	var hits []int
	for _, value := range t.in {
		hits = append(hits, a.jump(unix.BPF_JEQ, value, 0, 0))
	}
	last := hits[len(hits)-1]
	for _, at := range hits[:len(hits)-1] {
		a.out[at].Jt = a.short(last - at)
	}
	return last
}

func (a *assembler) short(distance int) uint8 {
	if distance > 255 {
		a.err = cmp.Or(a.err, fmt.Errorf("a jump of %d is too far", distance))
	}
	return uint8(distance)
}

// filter puts the policy on this thread and on what it execs. There is no TSYNC:
// the other threads end with the exec.
func (s *stage) filter() error {
	p := policy()
	if s.granted() {
		maps.Copy(p, besideGrants())
	}
	program, err := compile(p)
	if err != nil {
		return op(err, "compile the filter")
	}
	fprog := unix.SockFprog{Len: uint16(len(program)), Filter: &program[0]}
	return op(unix.Prctl(unix.PR_SET_SECCOMP, unix.SECCOMP_MODE_FILTER, uintptr(unsafe.Pointer(&fprog)), 0, 0),
		"prctl(PR_SET_SECCOMP)")
}
