//go:build linux && (amd64 || arm64)

package isolate

import (
	"encoding/binary"
	"fmt"
	"slices"
	"strings"
	"sync"
	"testing"

	"github.com/stretchr/testify/require"
	"golang.org/x/net/bpf"
	"golang.org/x/sys/unix"
	"pgregory.net/rapid"
)

func replaceOnce(s, from, to string) string { return strings.Replace(s, from, to, 1) }

// machines are what every question about a filter is asked on, whatever this one is.
var machines = map[string]machine{"amd64": amd64, "arm64": arm64}

// policies are the two that rooms get.
var policies = map[string][]decision{"alone": policyFor(false), "beside grants": policyFor(true)}

func everywhere(t *testing.T, ask func(t *testing.T, on machine, policy []decision)) {
	for name, on := range machines {
		for which, policy := range policies {
			t.Run(name+" "+which, func(t *testing.T) { ask(t, on, policy) })
		}
	}
}

// A virtual processor runs a filter the way the kernel does. The interpreter reads
// big-endian words where the kernel reads native ones, so each is laid out for it.
type virtual struct {
	vm *bpf.VM
	on machine
}

func newVirtual(t testing.TB, policy []decision, on machine) virtual {
	program, err := compile(policy, on)
	require.NoError(t, err)
	raw := make([]bpf.RawInstruction, len(program))
	for i, in := range program {
		raw[i] = bpf.RawInstruction{Op: in.Code, Jt: in.Jt, Jf: in.Jf, K: in.K}
	}
	code, all := bpf.Disassemble(raw)
	require.True(t, all)
	vm, err := bpf.NewVM(code)
	require.NoError(t, err)
	return virtual{vm, on}
}

func (v virtual) run(t require.TestingT, nr uint32, args ...uint64) action {
	return v.runAs(t, v.on.audit, nr, args...)
}

func (v virtual) runAs(t require.TestingT, audit, nr uint32, args ...uint64) action {
	var data [dataArgs + 6*8]byte
	binary.BigEndian.PutUint32(data[dataNr:], nr)
	binary.BigEndian.PutUint32(data[dataArch:], audit)
	for i, arg := range args {
		binary.BigEndian.PutUint32(data[dataArgs+8*i:], uint32(arg)) // lower half first
		binary.BigEndian.PutUint32(data[dataArgs+8*i+4:], uint32(arg>>32))
	}
	got, err := v.vm.Run(data[:])
	require.NoError(t, err)
	return action(uint32(got))
}

// byNumber is a policy as one machine knows it.
func byNumber(policy []decision, on machine) map[uintptr]verdict {
	p := map[uintptr]verdict{}
	for _, d := range policy {
		if nr, ok := on.number(d.call); ok {
			p[uintptr(nr)] = d.verdict
		}
	}
	return p
}

// decide is the policy read plainly: what the compiled filter must say.
func decide(p map[uintptr]verdict, nr uint32, args []uint64) action {
	v, ok := p[uintptr(nr)]
	if !ok {
		return errno(unix.ENOSYS)
	}
	for _, b := range v.branches {
		if !slices.ContainsFunc(b.when, func(t test) bool { return !slices.Contains(t.in, uint32(args[t.arg])&t.mask) }) {
			return b.then
		}
	}
	return v.otherwise
}

func TestEveryNumberIsAnsweredAsThePolicySays(t *testing.T) {
	everywhere(t, func(t *testing.T, on machine, policy []decision) {
		v, p := newVirtual(t, policy, on), byNumber(policy, on)
		for nr := range uint32(1024) {
			require.Equal(t, decide(p, nr, make([]uint64, 6)), v.run(t, nr), "call %d", nr)
		}
	})
}

// interesting are the values that a verdict compares an argument with, what is beside
// them, and the same with something in the half that is not looked at.
func interesting(v verdict, arg uint32) []uint64 {
	values := []uint64{0}
	for _, b := range v.branches {
		for _, t := range b.when {
			if t.arg != arg {
				continue
			}
			values = append(values, uint64(t.mask), uint64(^t.mask), uint64(^t.mask)|1<<32)
			for _, value := range t.in {
				values = append(values, uint64(value), uint64(value)+1, uint64(value)-1, uint64(value)|1<<40)
			}
		}
	}
	slices.Sort(values)
	return slices.Compact(values)
}

func TestEveryArgumentIsAnsweredAsThePolicySays(t *testing.T) {
	everywhere(t, func(t *testing.T, on machine, policy []decision) {
		v, p := newVirtual(t, policy, on), byNumber(policy, on)
		asked := 0
		for nr, verdict := range p {
			if len(verdict.branches) == 0 {
				continue
			}
			for _, a0 := range interesting(verdict, 0) {
				for _, a1 := range interesting(verdict, 1) {
					for _, a2 := range interesting(verdict, 2) {
						for _, a3 := range interesting(verdict, 3) {
							for _, a4 := range interesting(verdict, 4) {
								args := []uint64{a0, a1, a2, a3, a4, 0}
								if want, got := decide(p, uint32(nr), args), v.run(t, uint32(nr), args...); want != got {
									t.Fatalf("call %d %x: %x, not %x", nr, args, got, want)
								}
								asked++
							}
						}
					}
				}
			}
		}
		t.Logf("%d questions", asked)
	})
}

func TestAnyCallIsAnsweredAsThePolicySays(t *testing.T) {
	everywhere(t, func(t *testing.T, on machine, policy []decision) {
		v, p := newVirtual(t, policy, on), byNumber(policy, on)
		rapid.Check(t, func(t *rapid.T) {
			nr := rapid.Uint32Range(0, 600).Draw(t, "nr")
			var args []uint64
			for i := range uint32(6) {
				value := rapid.OneOf(rapid.SampledFrom(interesting(p[uintptr(nr)], i)), rapid.Uint64())
				args = append(args, value.Draw(t, fmt.Sprint("arg", i)))
			}
			require.Equal(t, decide(p, nr, args), v.run(t, nr, args...))
		})
	})
}

func TestFilterOfRandomPolicies(t *testing.T) {
	on := machine{audit: 7, number: func(call string) (uint32, bool) { return uint32(call[0]), true }}
	rapid.Check(t, func(rt *rapid.T) {
		var policy []decision
		for _, nr := range rapid.SliceOfNDistinct(rapid.ByteRange(0, 120), 0, 60, rapid.ID).Draw(rt, "calls") {
			v := verdict{otherwise: errno(unix.Errno(rapid.IntRange(0, 3).Draw(rt, "errno")))}
			for range rapid.IntRange(0, 2).Draw(rt, "branches") {
				b := branch{then: allow}
				for range rapid.IntRange(0, 3).Draw(rt, "tests") {
					b.when = append(b.when, test{rapid.Uint32Range(0, 5).Draw(rt, "arg"),
						rapid.SampledFrom([]uint32{all, 0xf, 1}).Draw(rt, "mask"),
						rapid.SliceOfN(rapid.Uint32Range(0, 4), 1, 3).Draw(rt, "values")})
				}
				v.branches = append(v.branches, b)
			}
			policy = append(policy, decision{string(rune(nr)), v})
		}
		v, p := newVirtual(t, policy, on), byNumber(policy, on)
		for range 20 {
			nr := rapid.Uint32Range(0, 130).Draw(rt, "nr")
			args := rapid.SliceOfN(rapid.Uint64Range(0, 5), 6, 6).Draw(rt, "args")
			require.Equal(rt, decide(p, nr, args), v.run(rt, nr, args...))
		}
	})
}

func TestForeignCallsKill(t *testing.T) {
	everywhere(t, func(t *testing.T, on machine, policy []decision) {
		v := newVirtual(t, policy, on)
		for _, audit := range []uint32{0, unix.AUDIT_ARCH_I386, unix.AUDIT_ARCH_ARM, on.audit ^ 1} {
			for nr := range uint32(1024) {
				require.Equal(t, kill, v.runAs(t, audit, nr))
			}
		}
		want := noCall
		if on.audit == unix.AUDIT_ARCH_X86_64 {
			want = kill
		}
		for nr := range uint32(1024) {
			require.Equal(t, want, v.run(t, 0x40000000|nr))
		}
		require.Equal(t, noCall, v.run(t, 0x3fffffff))
		require.Equal(t, want, v.run(t, 0xffffffff))
	})
	for _, other := range []struct{ of, on machine }{{amd64, arm64}, {arm64, amd64}} {
		v := newVirtual(t, policyFor(false), other.of)
		require.Equal(t, kill, v.runAs(t, other.on.audit, 0))
	}
}

// What is wrong with a policy is an error, never a filter that lets more through.
func TestPoliciesThatAreNoFilter(t *testing.T) {
	long := verdict{slices.Repeat([]branch{{[]test{is(0, 1)}, noPerm}}, 2100), allow}
	for want, policy := range map[string][]decision{
		"call 0 is decided twice":             {{"read", verdict{otherwise: allow}}, {"read", verdict{otherwise: noPerm}}},
		"a test of argument 2 has no values":  {{"read", only(noPerm, is(2))}},
		"instructions, the kernel takes 4096": {{"read", long}},
	} {
		program, err := compile(policy, amd64)
		require.ErrorContains(t, err, want)
		require.Nil(t, program)
	}
}

// Verdicts that are longer than a conditional jump reaches, and shared by calls that are
// far from each other.
func TestLongFilterIsAnsweredAsThePolicySays(t *testing.T) {
	var even []uint32
	for n := range uint32(300) {
		even = append(even, 2*n)
	}
	long := verdict{[]branch{{[]test{is(0, even...), noBits(1, 7)}, allow}, {[]test{is(0, even[100:]...)}, noDevice}}, noPerm}
	policy := policyFor(false)
	for i, d := range policy {
		if d.call == "read" || d.call == "fchmodat2" || d.call == "brk" {
			policy[i].verdict = long
		}
	}
	v, p := newVirtual(t, policy, amd64), byNumber(policy, amd64)
	for nr := range uint32(500) {
		for _, a0 := range []uint64{0, 1, 198, 199, 200, 201, 597, 598, 599, 600} {
			for a1 := range uint64(2) {
				args := []uint64{a0, a1, 0, 0, 0, 0}
				require.Equal(t, decide(p, nr, args), v.run(t, nr, args...), "call %d %d", nr, args)
			}
		}
	}
}

// The kernel compiles a filter at each start of a room: twice as long is a tenth of a warm
// start more.
func TestFilterIsShort(t *testing.T) {
	everywhere(t, func(t *testing.T, on machine, policy []decision) {
		program, err := compile(policy, on)
		require.NoError(t, err)
		require.Less(t, len(program), 400)
	})
}

func TestCompiledFilterIsAlwaysTheSame(t *testing.T) {
	want := map[bool]string{}
	for _, granted := range []bool{false, true} {
		program, err := compiledFilter(granted)
		require.NoError(t, err)
		want[granted] = fmt.Sprint(program)
	}
	require.NotEqual(t, want[false], want[true])
	var wg sync.WaitGroup
	for i := range 32 {
		wg.Go(func() {
			program, err := compiledFilter(i%2 == 0)
			if err != nil || fmt.Sprint(program) != want[i%2 == 0] {
				t.Errorf("another filter (%v)", err)
			}
		})
	}
	wg.Wait()
}

// A policy that a caller has altered is nobody else's.
func TestPolicyIsACopy(t *testing.T) {
	p := policyFor(false)
	for i := range p {
		p[i].verdict = verdict{otherwise: allow}
	}
	first, err := compile(policies["alone"], amd64)
	require.NoError(t, err)
	again, err := compile(policyFor(false), amd64)
	require.NoError(t, err)
	require.Equal(t, first, again)
}

// The kernel takes no filter with a jump beyond its end. Ours are loaded by every test
// of a room; those of the other machine only here.
func TestEveryJumpEndsInTheFilter(t *testing.T) {
	everywhere(t, func(t *testing.T, on machine, policy []decision) {
		program, err := compile(policy, on)
		require.NoError(t, err)
		for i, in := range program {
			reach := 1
			switch {
			case in.Code == unix.BPF_RET|unix.BPF_K:
				reach = 0
			case in.Code == unix.BPF_JMP|unix.BPF_JA:
				reach += int(in.K)
			case in.Code&7 == unix.BPF_JMP:
				reach += int(max(in.Jt, in.Jf))
			}
			require.Less(t, i+reach, len(program), "instruction %d", i)
		}
		t.Logf("%d instructions", len(program))
	})
}

func BenchmarkCompiledFilter(b *testing.B) {
	for b.Loop() {
		if _, err := compiledFilter(false); err != nil {
			b.Fatal(err)
		}
	}
}
