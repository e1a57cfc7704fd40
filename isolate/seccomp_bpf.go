//go:build linux && (amd64 || arm64)

package isolate

import (
	"cmp"
	"fmt"

	"golang.org/x/sys/unix"
)

// The kernel's struct seccomp_data, as offsets.
const (
	dataNr   = 0
	dataArch = 4
	dataArgs = 16 // six of 8 bytes, lower half first on both our machines
)

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
	lower := &assembler{}
	lower.search(s[:mid])
	if len(lower.out) <= farthest {
		a.jump(unix.BPF_JGE, s[mid].first, uint8(len(lower.out)), 0)
	} else {
		a.jump(unix.BPF_JGE, s[mid].first, 0, 1)
		a.jump(unix.BPF_JA, uint32(len(lower.out)), 0, 0)
	}
	a.out = append(a.out, lower.out...) // its jumps tell distances
	a.err = cmp.Or(a.err, lower.err)
	a.search(s[mid:])
}

// farthest is how far a conditional jump reaches.
const farthest = 255

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
	if t.mask != all {
		a.emit(unix.BPF_ALU|unix.BPF_AND|unix.BPF_K, t.mask, 0, 0)
	}
	var hits []int
	for _, value := range t.in {
		hits = append(hits, a.jump(unix.BPF_JEQ, value, 0, 0))
	}
	if len(hits) == 0 {
		a.err = cmp.Or(a.err, fmt.Errorf("a test of argument %d has no values", t.arg))
		return len(a.out) - 1
	}
	last := hits[len(hits)-1]
	for _, at := range hits[:len(hits)-1] {
		a.out[at].Jt = a.short(last - at)
	}
	return last
}

func (a *assembler) short(distance int) uint8 {
	if distance > farthest {
		a.err = cmp.Or(a.err, fmt.Errorf("a jump of %d is too far", distance))
	}
	return uint8(distance)
}
