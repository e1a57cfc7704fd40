//go:build linux && (amd64 || arm64)

package isolate

import (
	"fmt"

	"golang.org/x/sys/unix"
)

// cveRows are what attacks on holes of 2024 to 2026 in the kernel and in containers
// begin with: a room ends each there. Most of the holes gave somebody the machine, a
// few are only known to crash it. What they have in common is the part of the kernel:
// a row that holds says that its door is shut, not that the hole is mended.
func cveRows() []row {
	tcp := sys(unix.SYS_SOCKET, unix.AF_INET, unix.SOCK_STREAM, 0)
	udp := sys(unix.SYS_SOCKET, unix.AF_INET, unix.SOCK_DGRAM, 0)
	udp6 := sys(unix.SYS_SOCKET, unix.AF_INET6, unix.SOCK_DGRAM, 0)
	pair := sys(unix.SYS_SOCKETPAIR, unix.AF_UNIX, unix.SOCK_STREAM, 0, zeros(8))
	file := opens("/usr/bin/env", unix.O_RDONLY)
	option := func(level, name, value int) step {
		return sys(unix.SYS_SETSOCKOPT, res(1), level, name, make([]byte, 8), value)
	}
	cve := func(id, what, want string, do ...step) row {
		return row{ID: "CVE-" + id + " " + what, Do: do, Want: want}
	}
	family := func(id, what string, family, kind, proto int) row {
		return cve(id, what, "EAFNOSUPPORT", sys(unix.SYS_SOCKET, family, kind, proto))
	}
	rare := func(r row) row { r.Alike = noFamilyHere; return r }
	// Where a descriptor is of no matter to a filter, it is a bad one: the kernel says so.
	const bad = -1
	return []row{
		family("2024-1086", "netfilter tables", unix.AF_NETLINK, unix.SOCK_RAW, unix.NETLINK_NETFILTER),
		cve("2024-1086", "with rights of its own", "EPERM", sys(unix.SYS_UNSHARE, unix.CLONE_NEWUSER|unix.CLONE_NEWNET|1)),
		cve("2024-21626", "a folder that was left open", "0", sys(unix.SYS_OPENAT, turn(400), ".", unix.O_RDONLY|unix.O_DIRECTORY).counted(112)).like("the throwaway leaves none open either"),
		cve("2024-0582", "ring of buffers", "ENOSYS", sys(unix.SYS_IO_URING_REGISTER, bad, 22, 0, 1)),
		cve("2024-26582", "kernel TLS", "ENOPROTOOPT", tcp, sys(unix.SYS_SETSOCKOPT, res(1), unix.SOL_TCP, unix.TCP_ULP, "tls", 4)),
		cve("2024-27394", "keys of TCP-AO", "ENOPROTOOPT", tcp, option(unix.SOL_TCP, 38, 8)).like("not every kernel has the option"),
		rare(family("2024-36886", "TIPC", unix.AF_TIPC, unix.SOCK_DGRAM, 0)),
		cve("2024-36016", "line discipline", "EPERM", sys(unix.SYS_IOCTL, 0, unix.TIOCSETD, []byte{21, 0, 0, 0})),
		family("2024-36974", "queues of the network", unix.AF_NETLINK, unix.SOCK_RAW, unix.NETLINK_ROUTE),
		rare(family("2025-21756", "sockets between machines", unix.AF_VSOCK, unix.SOCK_STREAM, 0)),
		cve("2025-38236", "out of band, sent", "EOPNOTSUPP", pair, sys(unix.SYS_SENDTO, bad, "x", 1, unix.MSG_OOB, 0, 0)),
		cve("2025-38236", "out of band, received", "EOPNOTSUPP", pair, sys(unix.SYS_RECVFROM, bad, zeros(8), 1, unix.MSG_OOB, 0, 0)),
		cve("2025-38236", "out of band, sendmsg", "EOPNOTSUPP", sys(unix.SYS_SENDMSG, bad, 0, unix.MSG_OOB)),
		cve("2025-38236", "out of band, recvmsg", "EOPNOTSUPP", sys(unix.SYS_RECVMSG, bad, 0, unix.MSG_OOB)),
		cve("2025-38236", "out of band, sendmmsg", "EOPNOTSUPP", sys(unix.SYS_SENDMMSG, bad, 0, 1, unix.MSG_OOB)),
		cve("2025-38236", "out of band, recvmmsg", "EOPNOTSUPP", sys(unix.SYS_RECVMMSG, bad, 0, 1, unix.MSG_OOB, 0)),
		cve("2025-38352", "timer on processor time", "ENOSYS", sys(unix.SYS_TIMER_CREATE, unix.CLOCK_THREAD_CPUTIME_ID, 0, 0)),
		cve("2025-38352", "sleep on processor time", "EINVAL", sys(unix.SYS_CLOCK_NANOSLEEP, unix.CLOCK_PROCESS_CPUTIME_ID, 0, 0, 0)),
		family("2025-38617", "ring of packets", unix.AF_PACKET, unix.SOCK_RAW, 0),
		family("2025-39964", "cryptography", unix.AF_ALG, unix.SOCK_SEQPACKET, 0).like(noFamilyHere),
		cve("2025-31133", "a mask that was swapped", "EROFS", sys(unix.SYS_UNLINKAT, here, "/dev/null", 0)),
		cve("2025-31133", "renamed", "EROFS", sys(unix.SYS_RENAMEAT, here, "/dev/zero", here, "/dev/other")),
		cve("2025-52565", "console over a link", "EROFS", sys(unix.SYS_SYMLINKAT, "/proc/sysrq-trigger", here, "/dev/console")),
		cve("2025-52565", "terminal by number", "ENOENT", opens("/dev/pts/0", unix.O_RDWR)),
		cve("2025-52881", "label of the next program", "EROFS", opens("/proc/self/attr/exec", unix.O_WRONLY)),
		cve("2025-52881", "setting of the kernel", "ENOENT", opens("/proc/sys/kernel/core_pattern", unix.O_WRONLY)),
		cve("2026-41579", "terminals removed", "EROFS", sys(unix.SYS_UNLINKAT, here, "/dev/random", 0)),
		cve("2026-41579", "folder of devices", "EROFS", sys(unix.SYS_MKDIRAT, here, "/dev/new", 0o700)),
		cve("2026-31431", "Copy Fail, page of a program", "EINVAL", file, sys(unix.SYS_SPLICE, res(1), 0, bad, 0, 4096, 0)),
		family("2026-31431", "Copy Fail, cipher", unix.AF_ALG, unix.SOCK_SEQPACKET, 0).like(noFamilyHere),
		cve("2026-43284", "Dirty Frag, ESP in UDP", "ENOPROTOOPT", udp, option(unix.SOL_UDP, 100, 4)),
		family("2026-43284", "Dirty Frag, its table", unix.AF_NETLINK, unix.SOCK_RAW, unix.NETLINK_XFRM),
		rare(family("2026-43284", "Dirty Frag, its keys", unix.AF_KEY, unix.SOCK_RAW, 2)),
		cve("2026-43284", "Dirty Frag, pages of memory", "ENOSYS", sys(unix.SYS_VMSPLICE, bad, 0, 1, 0)),
		rare(family("2026-43500", "Dirty Frag, RxRPC", unix.AF_RXRPC, unix.SOCK_DGRAM, 2)),
		cve("2026-43500", "Dirty Frag, page of a program", "EINVAL", file, sys(unix.SYS_SENDFILE, bad, res(1), 0, 16)),
		cve("2026-46300", "Fragnesia, ESP in TCP", "ENOPROTOOPT", tcp, sys(unix.SYS_SETSOCKOPT, res(1), unix.SOL_TCP, unix.TCP_ULP, "espintcp", 9)),
		cve("2026-43503", "DirtyClone, page of a program", "EINVAL", file, sys(unix.SYS_SPLICE, res(1), 0, bad, 0, 4096, 0)),
		family("2026-43503", "DirtyClone, its rule", unix.AF_NETLINK, unix.SOCK_RAW, unix.NETLINK_NETFILTER),
		cve("2026-46333", "descriptors of who ends", "EPERM", sys(unix.SYS_PIDFD_OPEN, 1, 0), sys(unix.SYS_PIDFD_GETFD, res(1), 0, 1)),
		cve("2026-31680", "flow labels", "ENOPROTOOPT", udp6, option(unix.SOL_IPV6, 32, 8)),
		cve("2026-23415", "memory bound to a node", "ENOSYS", sys(unix.SYS_MBIND, 1, 4096, 2, 0, 0, 0)),
		rare(family("2026-46098", "CAIF", unix.AF_CAIF, unix.SOCK_STREAM, 0)),
		cve("2024-50066", "pages moved on top of others", "EINVAL", sys(unix.SYS_MREMAP, 4096, 4096, 4096, unix.MREMAP_MAYMOVE|unix.MREMAP_FIXED, 0)).like("the kernel says the same of a bad address"),
		cve("2024-50066", "pages moved and kept", "EINVAL", sys(unix.SYS_MREMAP, 4096, 4096, 4096, unix.MREMAP_MAYMOVE|unix.MREMAP_DONTUNMAP, 0)),
	}
}

// like says why a row has no control.
func (r row) like(why string) row { r.Alike = why; return r }

// argumentRows ask for what a call refuses by its arguments, one for each rule.
func argumentRows() []row {
	var all []row
	ask := func(id, want string, do ...step) { all = append(all, row{ID: "K28 " + id, Do: do, Want: want}) }
	const bad = -1
	stream := sys(unix.SYS_SOCKET, unix.AF_INET, unix.SOCK_STREAM, 0)
	for name, option := range map[string]int{"filter": unix.SO_ATTACH_FILTER, "program": unix.SO_ATTACH_BPF,
		"filter of a group": unix.SO_ATTACH_REUSEPORT_CBPF, "program of a group": unix.SO_ATTACH_REUSEPORT_EBPF} {
		ask(name, "EPERM", sys(unix.SYS_SETSOCKOPT, bad, unix.SOL_SOCKET, option, 0, 0))
	}
	for level, options := range map[int][]int{
		unix.SOL_IP: {unix.MCAST_JOIN_GROUP, unix.MCAST_BLOCK_SOURCE, unix.MCAST_UNBLOCK_SOURCE, unix.MCAST_LEAVE_GROUP,
			unix.MCAST_JOIN_SOURCE_GROUP, unix.MCAST_LEAVE_SOURCE_GROUP, unix.MCAST_MSFILTER, 64, 65, 66, 67, 96, 97, 98, unix.IP_OPTIONS},
		unix.SOL_IPV6:   {unix.MCAST_JOIN_GROUP, unix.MCAST_MSFILTER, 64, 65, unix.IPV6_HOPOPTS, unix.IPV6_RTHDR, unix.IPV6_DSTOPTS},
		unix.SOL_TCP:    {unix.TCP_ULP, unix.TCP_MD5SIG, unix.TCP_REPAIR, unix.TCP_FASTOPEN, unix.TCP_SAVE_SYN, unix.TCP_ZEROCOPY_RECEIVE},
		unix.SOL_SOCKET: {unix.SO_MARK, unix.SO_BINDTODEVICE, unix.SO_TXTIME, unix.SO_PASSCRED, unix.SO_ZEROCOPY, unix.SO_BUSY_POLL, unix.SO_RESERVE_MEM},
		unix.SOL_UDP:    {1, 103, 104},
		unix.SOL_PACKET: {unix.PACKET_RX_RING},
	} {
		for _, option := range options {
			ask(fmt.Sprintf("option %d of level %d", option, level), "ENOPROTOOPT", sys(unix.SYS_SETSOCKOPT, bad, level, option, 0, 0))
		}
	}
	ask("pages from a stream", "ENOPROTOOPT", sys(unix.SYS_GETSOCKOPT, bad, unix.SOL_TCP, unix.TCP_ZEROCOPY_RECEIVE, 0, 0))
	ask("option with an upper half", "ENOPROTOOPT", stream, sys(unix.SYS_SETSOCKOPT, res(1), unix.SOL_TCP, 1<<32|unix.TCP_ULP, "tls", 4))
	for _, flag := range []int{unix.MSG_ERRQUEUE, unix.MSG_FASTOPEN, unix.MSG_CONFIRM, unix.MSG_ZEROCOPY} {
		ask(fmt.Sprintf("flag %#x of a message", flag), "EOPNOTSUPP", sys(unix.SYS_SENDTO, bad, "x", 1, flag, 0, 0))
	}
	for name, command := range map[string]int{"owner": unix.F_SETOWN, "signal": unix.F_SETSIG, "size of a pipe": unix.F_SETPIPE_SZ,
		"seals": unix.F_ADD_SEALS, "lease": unix.F_GETLEASE} {
		ask("fcntl, "+name, "EPERM", sys(unix.SYS_FCNTL, bad, command, 0))
	}
	ask("fcntl, signals at input", "EPERM", sys(unix.SYS_FCNTL, bad, unix.F_SETFL, unix.O_ASYNC))
	ask("queue of notices", "EINVAL", sys(unix.SYS_PIPE2, 0, unix.O_EXCL))
	ask("take out a piece of a file", "EOPNOTSUPP", sys(unix.SYS_FALLOCATE, bad, unix.FALLOC_FL_COLLAPSE_RANGE, 0, 1))
	ask("huge pages", "EPERM", sys(unix.SYS_MMAP, 0, 4096, 3, unix.MAP_PRIVATE|unix.MAP_ANON|unix.MAP_HUGETLB, -1, 1))
	ask("stack that grows", "EPERM", sys(unix.SYS_MMAP, 0, 4096, 3, unix.MAP_PRIVATE|unix.MAP_ANON|unix.MAP_GROWSDOWN, -1, 1))
	for name, advice := range map[string]int{"merge": unix.MADV_MERGEABLE, "push out": unix.MADV_PAGEOUT, "cool": unix.MADV_COLD,
		"collapse": unix.MADV_COLLAPSE, "remove": unix.MADV_REMOVE, "poison": unix.MADV_HWPOISON} {
		ask("pages, "+name, "EINVAL", sys(unix.SYS_MADVISE, 4096, 4096, advice))
	}
	ask("futex that lends a priority", "ENOSYS", sys(unix.SYS_FUTEX, 0, 6, 0, 0, 0, 0))
	ask("futex that requeues by priority", "ENOSYS", sys(unix.SYS_FUTEX, 0, 12, 0, 0, 0, 0))
	ask("limit of another process", "EPERM", sys(unix.SYS_PRLIMIT64, 1, unix.RLIMIT_NOFILE, 1, 0))
	ask("name of memory", "EPERM", sys(unix.SYS_PRCTL, unix.PR_SET_VMA, 99, 0, 0, 0))
	ask("one processor", "EPERM", sys(unix.SYS_SCHED_SETAFFINITY, 0, 8, 0))
	ask("spray of attributes", "EOPNOTSUPP", sys(unix.SYS_SETXATTR, "/tmp/none", "user.x", "x", 1, 0))
	ask("spray of messages", "ENOSYS", sys(unix.SYS_MSGSND, bad, 0, 0, 0))
	ask("timer as a descriptor", "ENOSYS", sys(unix.SYS_TIMERFD_CREATE, 99, 0))
	ask("signals as a descriptor", "ENOSYS", sys(unix.SYS_SIGNALFD4, bad, 0, 8, 0))
	ask("pages in use by others", "ENOSYS", sys(unix.SYS_MINCORE, 1, 4096, 0))
	ask("parent of a clone", "EPERM", sys(unix.SYS_CLONE, unix.CLONE_PARENT|unix.CLONE_THREAD, 0, 0, 0, 0))
	ask("files cloned", "ENOTTY", sys(unix.SYS_IOCTL, bad, unix.FICLONE, 0))
	for i := range all {
		for _, same := range []string{"pages, poison", "pages, remove", "futex"} {
			if len(all[i].ID) >= 4+len(same) && all[i].ID[4:4+len(same)] == same {
				all[i].Alike = "the kernel may say the same"
			}
		}
	}
	return all
}
