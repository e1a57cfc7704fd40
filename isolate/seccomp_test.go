//go:build linux && (amd64 || arm64)

package isolate

import (
	"encoding/binary"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
	"golang.org/x/net/bpf"
	"golang.org/x/sys/unix"
	"pgregory.net/rapid"
)

func replaceOnce(s, from, to string) string { return strings.Replace(s, from, to, 1) }

// machine runs a filter the way the kernel does. The interpreter reads big-endian
// words where the kernel reads native ones, so each is laid out for it.
type machine struct{ vm *bpf.VM }

func newMachine(t testing.TB, p map[uintptr]verdict) machine {
	program, err := compile(p)
	require.NoError(t, err)
	raw := make([]bpf.RawInstruction, len(program))
	for i, in := range program {
		raw[i] = bpf.RawInstruction{Op: in.Code, Jt: in.Jt, Jf: in.Jf, K: in.K}
	}
	code, all := bpf.Disassemble(raw)
	require.True(t, all)
	vm, err := bpf.NewVM(code)
	require.NoError(t, err)
	return machine{vm}
}

func (m machine) run(t require.TestingT, arch, nr uint32, args ...uint64) action {
	data := binary.BigEndian.AppendUint32(nil, nr)
	data = binary.BigEndian.AppendUint32(data, arch)
	data = binary.BigEndian.AppendUint64(data, 0)
	for i := range 6 {
		var arg uint64
		if i < len(args) {
			arg = args[i]
		}
		data = binary.BigEndian.AppendUint32(data, uint32(arg)) // lower half first
		data = binary.BigEndian.AppendUint32(data, uint32(arg>>32))
	}
	got, err := m.vm.Run(data)
	require.NoError(t, err)
	return action(uint32(got))
}

// decide is the policy read plainly: what the compiled filter must say.
func decide(p map[uintptr]verdict, nr uint32, args []uint64) action {
	v, ok := p[uintptr(nr)]
	if !ok {
		return errno(unix.ENOSYS)
	}
next:
	for _, b := range v.branches {
		for _, t := range b.when {
			held := false
			for _, value := range t.in {
				held = held || uint32(args[t.arg])&t.mask == value
			}
			if !held {
				continue next
			}
		}
		return b.then
	}
	return v.otherwise
}

func TestFilterSaysWhatThePolicySays(t *testing.T) {
	p := policy()
	m := newMachine(t, p)
	for nr := range uint32(1024) {
		require.Equal(t, decide(p, nr, make([]uint64, 6)), m.run(t, nativeArch, nr), "call %d", nr)
	}
	var interesting []uint64 // values the policy compares with, and their neighbours
	for _, v := range p {
		for _, b := range v.branches {
			for _, test := range b.when {
				for _, value := range test.in {
					interesting = append(interesting, uint64(value), uint64(value)+1, uint64(test.mask), uint64(value)|1<<40)
				}
			}
		}
	}
	rapid.Check(t, func(t *rapid.T) {
		nr := rapid.Uint32Range(0, 600).Draw(t, "nr")
		args := rapid.SliceOfN(rapid.OneOf(rapid.SampledFrom(interesting), rapid.Uint64()), 6, 6).Draw(t, "args")
		require.Equal(t, decide(p, nr, args), m.run(t, nativeArch, nr, args...))
	})
}

func TestFilterOfRandomPolicies(t *testing.T) {
	rapid.Check(t, func(rt *rapid.T) {
		p := map[uintptr]verdict{}
		for _, nr := range rapid.SliceOfN(rapid.UintptrRange(0, 300), 0, 60).Draw(rt, "calls") {
			v := verdict{otherwise: errno(unix.Errno(rapid.IntRange(0, 3).Draw(rt, "errno")))}
			for range rapid.IntRange(0, 2).Draw(rt, "branches") {
				b := branch{then: allow}
				for range rapid.IntRange(1, 3).Draw(rt, "tests") {
					b.when = append(b.when, test{rapid.Uint32Range(0, 5).Draw(rt, "arg"),
						rapid.SampledFrom([]uint32{all, 0xf, 1}).Draw(rt, "mask"),
						rapid.SliceOfN(rapid.Uint32Range(0, 4), 1, 3).Draw(rt, "values")})
				}
				v.branches = append(v.branches, b)
			}
			p[nr] = v
		}
		m := newMachine(t, p)
		for range 20 {
			nr := rapid.Uint32Range(0, 310).Draw(rt, "nr")
			args := rapid.SliceOfN(rapid.Uint64Range(0, 5), 6, 6).Draw(rt, "args")
			require.Equal(rt, decide(p, nr, args), m.run(rt, nativeArch, nr, args...))
		}
	})
}

func TestForeignCallsKill(t *testing.T) {
	m := newMachine(t, policy())
	for _, arch := range []uint32{0, unix.AUDIT_ARCH_I386, unix.AUDIT_ARCH_ARM, nativeArch ^ 1} {
		require.Equal(t, kill, m.run(t, arch, unix.SYS_READ))
	}
	want := errno(unix.ENOSYS)
	if foreignBit != 0 {
		want = kill
	}
	require.Equal(t, want, m.run(t, nativeArch, 0x40000000|39))
	require.Equal(t, want, m.run(t, nativeArch, 0xffffffff))
}

func TestArgumentRules(t *testing.T) {
	m := newMachine(t, policy())
	call := func(nr uintptr, args ...uint64) action { return m.run(t, nativeArch, uint32(nr), args...) }
	const at = uint64(0xffffff9c)
	for name, c := range map[string]struct{ got, want action }{
		"thread":             {call(unix.SYS_CLONE, 0x50f00), allow},
		"child":              {call(unix.SYS_CLONE, 0x4111), allow},
		"user namespace":     {call(unix.SYS_CLONE, unix.CLONE_NEWUSER), noPerm},
		"clone3":             {call(unix.SYS_CLONE3), noCall},
		"openat2":            {call(unix.SYS_OPENAT2), noCall},
		"read, mode unset":   {call(unix.SYS_OPENAT, at, 0, unix.O_RDONLY, 0o6777), allow},
		"create":             {call(unix.SYS_OPENAT, at, 0, unix.O_CREAT|unix.O_RDWR, 0o644), allow},
		"create set-id":      {call(unix.SYS_OPENAT, at, 0, unix.O_CREAT, 0o4755), noPerm},
		"unnamed set-id":     {call(unix.SYS_OPENAT, at, 0, unix.O_TMPFILE, 0o2755), noPerm},
		"open a folder":      {call(unix.SYS_OPENAT, at, 0, unix.O_DIRECTORY, 0o7777), allow},
		"chmod":              {call(unix.SYS_FCHMODAT, at, 0, 0o1755), allow},
		"chmod set-id":       {call(unix.SYS_FCHMODAT, at, 0, 0o2755), noPerm},
		"unix raw":           {call(unix.SYS_SOCKET, unix.AF_UNIX, unix.SOCK_SEQPACKET|unix.SOCK_CLOEXEC, 0), allow},
		"tcp":                {call(unix.SYS_SOCKET, unix.AF_INET6, unix.SOCK_STREAM|unix.SOCK_NONBLOCK, 6), allow},
		"ping":               {call(unix.SYS_SOCKET, unix.AF_INET, unix.SOCK_DGRAM, unix.IPPROTO_ICMP), noPerm},
		"mptcp":              {call(unix.SYS_SOCKET, unix.AF_INET, unix.SOCK_STREAM, 262), noPerm},
		"netlink":            {call(unix.SYS_SOCKET, unix.AF_NETLINK, unix.SOCK_RAW, 0), errno(unix.EAFNOSUPPORT)},
		"inet pair":          {call(unix.SYS_SOCKETPAIR, unix.AF_INET), errno(unix.EAFNOSUPPORT)},
		"packet filter":      {call(unix.SYS_SETSOCKOPT, 3, unix.SOL_SOCKET, unix.SO_ATTACH_FILTER), noPerm},
		"no delay":           {call(unix.SYS_SETSOCKOPT, 3, unix.SOL_TCP, unix.TCP_NODELAY), allow},
		"kernel tls":         {call(unix.SYS_SETSOCKOPT, 3, unix.SOL_TCP, unix.TCP_ULP), noPerm},
		"typing for others":  {call(unix.SYS_IOCTL, 0, unix.TIOCSTI), noPerm},
		"typing, upper bits": {call(unix.SYS_IOCTL, 0, 1<<32|unix.TIOCSTI), noPerm},
		"is it a terminal":   {call(unix.SYS_IOCTL, 0, unix.TCGETS), allow},
		"memory to run":      {call(unix.SYS_MEMFD_CREATE, 0, unix.MFD_CLOEXEC), noCall},
		"memory not to run":  {call(unix.SYS_MEMFD_CREATE, 0, unix.MFD_CLOEXEC|unix.MFD_NOEXEC_SEAL), allow},
		"set tracer":         {call(unix.SYS_PRCTL, unix.PR_SET_PTRACER), noPerm},
		"new filter":         {call(unix.SYS_PRCTL, unix.PR_SET_SECCOMP, 2), noPerm},
		"module":             {call(unix.SYS_FINIT_MODULE), kill},
	} {
		require.Equal(t, c.want, c.got, name)
	}
}

// The size of the surface is a promise: a call that comes in is a decision.
func TestCallsThatAreLetThrough(t *testing.T) {
	n := 0
	for _, v := range policy() {
		through := v.otherwise == allow
		for _, b := range v.branches {
			through = through || b.then == allow
		}
		if through {
			n++
		}
	}
	require.LessOrEqual(t, n, 225)
	program, err := compile(policy())
	require.NoError(t, err)
	t.Logf("%d calls, %d instructions", n, len(program))
}
