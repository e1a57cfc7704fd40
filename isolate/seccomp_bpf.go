//go:build linux && (amd64 || arm64)

package isolate

import (
	"cmp"
	"fmt"
	"slices"

	"golang.org/x/sys/unix"
)

// The kernel's struct seccomp_data, as offsets.
const (
	dataNr   = 0
	dataArch = 4
	dataArgs = 16 // six of 8 bytes, lower half first on both our machines
)

// An assembler writes classic BPF from its end to its beginning: what is jumped to is
// there before what jumps. So an answer stands once for all that reach it, and so do the
// tests of calls that are decided alike. The kernel compiles a filter at each start of a
// room, and takes as long as the filter is.
type assembler struct {
	back []unix.SockFilter // the last instruction first
	made map[string]int    // answers and tests by what they are: where they begin
	err  error
}

// program is what was written.
func (a *assembler) program() []unix.SockFilter {
	out := slices.Clone(a.back)
	slices.Reverse(out)
	return out
}

// emit writes an instruction before all others and returns its place.
func (a *assembler) emit(code uint16, k uint32, jt, jf uint8) int {
	a.back = append(a.back, unix.SockFilter{Code: code, K: k, Jt: jt, Jf: jf})
	return len(a.back) - 1
}

func (a *assembler) load(offset uint32) int {
	return a.emit(unix.BPF_LD|unix.BPF_W|unix.BPF_ABS, offset, 0, 0)
}

func (a *assembler) ret(do action) int { return a.emit(unix.BPF_RET|unix.BPF_K, uint32(do), 0, 0) }

// farthest is how far a conditional jump reaches.
const farthest = 255

// between is how many instructions are between the next to be written and a place.
func (a *assembler) between(to int) int { return len(a.back) - to - 1 }

// near is a place that the next two instructions reach, and from which it goes on at to.
func (a *assembler) near(to int) int {
	if far := a.between(to); far >= farthest {
		return a.emit(unix.BPF_JMP|unix.BPF_JA, uint32(far), 0, 0)
	}
	return to
}

func (a *assembler) jump(kind uint16, k uint32, yes, no int) int {
	yes, no = a.near(yes), a.near(no)
	return a.emit(unix.BPF_JMP|kind|unix.BPF_K, k, uint8(a.between(yes)), uint8(a.between(no)))
}

// answer is a place where the call gets its answer.
func (a *assembler) answer(do action) int {
	key := fmt.Sprint(do)
	if at, ok := a.made[key]; ok && a.between(at) < farthest {
		return at
	}
	a.made[key] = a.ret(do)
	return a.made[key]
}

// verdict is a place where a call is decided, by its arguments if need be. What one has
// behind its first branch may be the end of another.
func (a *assembler) verdict(v verdict) int {
	if len(v.branches) == 0 {
		return a.answer(v.otherwise)
	}
	key := fmt.Sprint(v)
	if at, ok := a.made[key]; ok {
		return at
	}
	next := a.verdict(verdict{v.branches[1:], v.otherwise})
	hit := a.answer(v.branches[0].then)
	for _, t := range slices.Backward(v.branches[0].when) {
		hit = a.test(t, hit, next)
	}
	a.made[key] = hit
	return hit
}

// test goes on at yes if t holds, else at no.
func (a *assembler) test(t test, yes, no int) int {
	if len(t.in) == 0 {
		a.err = cmp.Or(a.err, fmt.Errorf("a test of argument %d has no values", t.arg))
	}
	values := slices.Compact(slices.Sorted(slices.Values(t.in)))
	for to := len(values); to > 0; {
		from := to - 1
		for from > 0 && values[from-1] == values[from]-1 {
			from--
		}
		if first, last := values[from], values[to-1]; to-from > 2 { // a run of them
			no = a.jump(unix.BPF_JGE, first, a.jump(unix.BPF_JGT, last, no, yes), no)
			to = from
			continue
		}
		to--
		no = a.jump(unix.BPF_JEQ, values[to], yes, no)
	}
	if t.mask != all {
		a.emit(unix.BPF_ALU|unix.BPF_AND|unix.BPF_K, t.mask, 0, 0)
	}
	return a.load(dataArgs + 8*t.arg)
}

// together bounds how many comparisons in a row decide a group of numbers.
const together = 6

// search decides by number: a binary search for a group of segments, and in each, those
// that are not as most are.
func (a *assembler) search(s []segment) int {
	var groups [][]segment
	for from := 0; from < len(s); {
		to := from + 1
		for to < len(s) {
			if _, n := usual(s[from : to+1]); n > together {
				break
			}
			to++
		}
		groups = append(groups, s[from:to])
		from = to
	}
	return a.halve(groups)
}

func (a *assembler) halve(groups [][]segment) int {
	if len(groups) == 1 {
		return a.group(groups[0])
	}
	mid := len(groups) / 2
	upper, lower := a.halve(groups[mid:]), a.halve(groups[:mid])
	return a.jump(unix.BPF_JGE, groups[mid][0].first, upper, lower)
}

// usual is the segment of a group from whose verdict the fewest comparisons lead to
// those of the others, and how many these are.
func usual(s []segment) (at, fewest int) {
	for c := range s {
		n := 0
		for i := range s {
			switch {
			case i == c || s[i].same(s[c].verdict):
			case s[i].alone(s, i) || i == 0:
				n++
			default:
				n += 2
			}
		}
		if c == 0 || n < fewest {
			at, fewest = c, n
		}
	}
	return at, fewest
}

// alone tells whether one comparison tells a segment from those before and behind it:
// it is a single number, or the last.
func (s segment) alone(group []segment, i int) bool {
	return i == len(group)-1 || s.first+1 == group[i+1].first
}

func (a *assembler) group(s []segment) int {
	most, _ := usual(s)
	next := a.verdict(s[most].verdict)
	for i, c := range slices.Backward(s) {
		if i == most || c.same(s[most].verdict) {
			continue
		}
		its := a.verdict(c.verdict)
		switch {
		case i == len(s)-1:
			next = a.jump(unix.BPF_JGE, c.first, its, next)
		case c.alone(s, i):
			next = a.jump(unix.BPF_JEQ, c.first, its, next)
		case i == 0:
			next = a.jump(unix.BPF_JGE, s[1].first, next, its)
		default:
			next = a.jump(unix.BPF_JGE, c.first, a.jump(unix.BPF_JGE, s[i+1].first, next, its), next)
		}
	}
	return next
}
