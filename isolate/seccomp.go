//go:build linux && (amd64 || arm64)

package isolate

import (
	"fmt"
	"slices"

	"golang.org/x/sys/unix"
)

// The policy (policy.go) is written by the names of calls; numbers.go says which
// numbers these are on each machine; compile makes the program that the kernel runs
// at each call. It can do so for any machine on any other.

// An action is what the kernel does with a call.
type action uint32

const (
	allow action = unix.SECCOMP_RET_ALLOW
	kill  action = unix.SECCOMP_RET_KILL_PROCESS
)

func errno(e unix.Errno) action { return unix.SECCOMP_RET_ERRNO | action(e) }

// A test holds if argument arg, masked, is one of the values. Only the lower 32
// bits are looked at: of every argument that the policy tests, these are what the
// kernel acts upon.
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

// compiledFilter is the filter for this machine: always the same bytes. It needs no
// lock and keeps nothing.
func compiledFilter(granted bool) ([]unix.SockFilter, error) {
	return compile(policyFor(granted), native())
}

// compile turns a policy into a filter: other machines' calls kill; then a search
// over call numbers, with the policy's unnamed numbers answered ENOSYS, so that
// programs fall back and calls of future kernels are refused unseen. It is written
// backwards, so read it from its end.
func compile(policy []decision, on machine) ([]unix.SockFilter, error) {
	list, err := segments(policy, on)
	if err != nil {
		return nil, err
	}
	a := &assembler{made: map[string]int{}}
	start := a.search(list)
	if behind := a.between(start); behind > 0 {
		start = a.emit(unix.BPF_JMP|unix.BPF_JA, uint32(behind), 0, 0)
	}
	if on.foreign != 0 {
		a.jump(unix.BPF_JGE, on.foreign, a.ret(kill), start)
	}
	number := a.load(dataNr)
	a.jump(unix.BPF_JEQ, on.audit, number, a.ret(kill))
	a.load(dataArch)
	if a.err != nil {
		return nil, a.err
	}
	if len(a.back) > unix.BPF_MAXINSNS {
		return nil, fmt.Errorf("the filter has %d instructions, the kernel takes %d", len(a.back), unix.BPF_MAXINSNS)
	}
	return a.program(), nil
}

// A segment is a run of numbers, from first up to the next segment, with one verdict.
type segment struct {
	first uint32
	verdict
}

func segments(policy []decision, on machine) ([]segment, error) {
	var named []segment
	for _, d := range policy {
		if nr, ok := on.number(d.call); ok {
			named = append(named, segment{nr, d.verdict})
		}
	}
	slices.SortFunc(named, func(a, b segment) int { return int(a.first) - int(b.first) })
	unknown := verdict{otherwise: noCall}
	out := []segment{{0, unknown}}
	put := func(first uint32, v verdict) {
		last := out[len(out)-1]
		if last.first == first {
			out = out[:len(out)-1] // an empty gap
		}
		if len(out) == 0 || !out[len(out)-1].same(v) {
			out = append(out, segment{first, v})
		}
	}
	for i, s := range named {
		if i > 0 && named[i-1].first == s.first {
			return nil, fmt.Errorf("call %d is decided twice", s.first)
		}
		put(s.first, s.verdict)
		put(s.first+1, unknown)
	}
	return out, nil
}

// same tells whether v and w are one answer that looks at no argument.
func (v verdict) same(w verdict) bool {
	return len(v.branches) == 0 && len(w.branches) == 0 && v.otherwise == w.otherwise
}
