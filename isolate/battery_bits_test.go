//go:build linux && (amd64 || arm64)

package isolate

import (
	"fmt"
	"slices"
	"strings"

	"golang.org/x/sys/unix"
)

// bitRows ask for each bit that a rule about bits refuses, one at a time, and for each
// list of options at a level that is not its own.
func bitRows() []row {
	var all []row
	for _, bit := range []int{unix.S_ISUID, unix.S_ISGID} {
		all = append(all, modeRows(bit)...)
	}
	const bad = -1
	ask := func(id, want string, nr uintptr, args ...any) {
		all = append(all, row{ID: "K32 " + id, Do: []step{sys(nr, args...)}, Want: want})
	}
	// With a thread that shares no handlers, which the kernel refuses otherwise.
	for _, bit := range []uint{unix.CLONE_PTRACE, unix.CLONE_PARENT, unix.CLONE_UNTRACED, unix.CLONE_IO} {
		ask(fmt.Sprintf("clone with %#x", bit), "EPERM", unix.SYS_CLONE, bit|unix.CLONE_THREAD, 0, 0, 0, 0)
	}
	for _, option := range []int{unix.SO_REUSEADDR, unix.SO_SNDBUF, unix.TCP_CORK, unix.IP_MTU_DISCOVER, unix.IPV6_V6ONLY} {
		ask(fmt.Sprintf("option %d, set elsewhere", option), "ENOPROTOOPT", unix.SYS_SETSOCKOPT, bad, unix.SOL_UDP, option, 0, 0)
	}
	for _, option := range []int{unix.TCP_INFO, unix.TCP_CORK, unix.IP_MTU_DISCOVER, unix.IPV6_V6ONLY} {
		ask(fmt.Sprintf("option %d, asked for elsewhere", option), "ENOPROTOOPT", unix.SYS_GETSOCKOPT, bad, unix.SOL_UDP, option, 0, 0)
	}
	for _, level := range []int{unix.SOL_IP, unix.SOL_IPV6, unix.SOL_TCP} {
		const table = 64 // IPT_SO_GET_INFO
		ask(fmt.Sprintf("table of level %d", level), "ENOPROTOOPT", unix.SYS_GETSOCKOPT, bad, level, table, 0, 0)
	}
	ask("a kind of socket that nobody has", "EPERM", unix.SYS_SOCKET, unix.AF_INET, unix.SOCK_SEQPACKET, 0)
	ask("outlive the parent", "EPERM", unix.SYS_PRCTL, unix.PR_SET_PDEATHSIG, 0, 0, 0, 0)
	ask("another setting with the number of that signal", "EPERM", unix.SYS_PRCTL, unix.PR_SET_TIMERSLACK, int(unix.SIGKILL), 0, 0, 0)
	for _, option := range []int{unix.SO_SNDBUF, unix.SO_RCVBUF} { // as if it were done
		ask(fmt.Sprintf("larger buffers, option %d", option), "ok", unix.SYS_SETSOCKOPT, bad, unix.SOL_SOCKET, option, 0, 0)
	}
	if nr, known := native().number("arch_prctl"); known {
		const supported = 0x1021 // ARCH_GET_XCOMP_SUPP, to a bad address
		ask("features of the processor", "EINVAL", uintptr(nr), supported, 1)
	}
	return all
}

// modeRows set one bit of a mode by each call that takes one.
func modeRows(bit int) (all []row) {
	const make = unix.O_CREAT | unix.O_WRONLY
	mode := bit | 0o600
	call := func(name string, before []step, args ...any) {
		nr, known := native().number(name)
		if !known {
			return
		}
		for i, a := range args {
			if text, ok := a.(string); ok && strings.HasSuffix(text, "*") { // a name that is not there yet
				args[i] = fmt.Sprintf("%s%s-%o-%d", strings.TrimSuffix(text, "*"), name, bit, len(all))
			}
		}
		s := sys(uintptr(nr), args...)
		all = append(all, row{ID: fmt.Sprintf("K32 mode %o by %s %d", bit, name, len(all)), Do: append(slices.Clip(before), s), Want: "EPERM"})
	}
	own := on(step{})[:1]
	call("chmod", own, "/tmp/own", mode)
	call("fchmod", own, res(1), mode)
	call("fchmodat", own, here, "/tmp/own", mode)
	call("fchmodat2", own, here, "/tmp/own", mode, 0)
	call("creat", nil, "/tmp/*", mode)
	call("mkdir", nil, "/tmp/*", mode)
	call("mkdirat", nil, here, "/tmp/*", mode)
	call("open", nil, "/tmp/*", make, mode)
	call("open", nil, "/tmp", unix.O_TMPFILE|unix.O_RDWR, mode)
	call("openat", nil, here, "/tmp/*", make, mode)
	call("openat", nil, here, "/tmp", unix.O_TMPFILE|unix.O_RDWR, mode)
	return all
}
