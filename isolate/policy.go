//go:build linux && (amd64 || arm64)

package isolate

import (
	"maps"

	"golang.org/x/sys/unix"
)

// all is the mask of a test on a whole argument.
const all = ^uint32(0)

// setID are the bits of a mode that make a program run as its owner or group. An
// app must not leave one behind in a folder that it shares with the host.
const setID = 0o6000

// Requests of ioctl, the same on both machines, that x/sys does not name.
const (
	fioNBIO  = 0x5421
	fioNCLEX = 0x5450
	fioCLEX  = 0x5451
)

var (
	noPerm = errno(unix.EPERM)
	noCall = errno(unix.ENOSYS)

	noFamily = errno(unix.EAFNOSUPPORT)
)

// policy is the allow list: what a program needs to compute, to use its files and
// to talk to its own processes. Anything not named here is ENOSYS. EPERM is for
// calls that programs try and report, kill for what no honest program does.
func policy() map[uintptr]verdict {
	p := map[uintptr]verdict{}
	put := func(do action, calls ...uintptr) {
		for _, nr := range calls {
			p[nr] = verdict{otherwise: do}
		}
	}
	for _, group := range [][]uintptr{fileData, fileNames, memory, processes, sockets, waiting, oldCalls} {
		put(allow, group...)
	}
	put(noPerm, refused...)
	put(noPerm, oldRefused...)
	put(kill, tripwires...)
	put(kill, oldTripwires...)
	maps.Copy(p, filtered())
	maps.Copy(p, oldFiltered())
	return p
}

var fileData = []uintptr{
	unix.SYS_READ, unix.SYS_WRITE, unix.SYS_READV, unix.SYS_WRITEV, unix.SYS_PREAD64, unix.SYS_PWRITE64,
	unix.SYS_PREADV, unix.SYS_PREADV2, unix.SYS_PWRITEV, unix.SYS_PWRITEV2, unix.SYS_LSEEK, unix.SYS_SENDFILE,
	unix.SYS_COPY_FILE_RANGE, unix.SYS_SPLICE, unix.SYS_FSYNC, unix.SYS_FDATASYNC, unix.SYS_SYNC_FILE_RANGE,
	unix.SYS_FALLOCATE, unix.SYS_FTRUNCATE, unix.SYS_TRUNCATE, unix.SYS_FADVISE64, unix.SYS_READAHEAD,
}

var fileNames = []uintptr{
	unix.SYS_CLOSE, unix.SYS_CLOSE_RANGE, unix.SYS_FSTAT, fstatat, unix.SYS_STATX,
	unix.SYS_FACCESSAT, unix.SYS_FACCESSAT2, unix.SYS_GETDENTS64, unix.SYS_READLINKAT, unix.SYS_RENAMEAT,
	unix.SYS_LINKAT, unix.SYS_SYMLINKAT, unix.SYS_UNLINKAT, unix.SYS_FCHOWN, unix.SYS_FCHOWNAT,
	unix.SYS_UMASK, unix.SYS_UTIMENSAT, unix.SYS_CHDIR, unix.SYS_FCHDIR, unix.SYS_GETCWD, unix.SYS_STATFS,
	unix.SYS_FSTATFS, unix.SYS_FLOCK, unix.SYS_DUP, unix.SYS_DUP3, unix.SYS_GETXATTR,
	unix.SYS_LGETXATTR, unix.SYS_FGETXATTR, unix.SYS_LISTXATTR, unix.SYS_LLISTXATTR, unix.SYS_FLISTXATTR,
	unix.SYS_INOTIFY_INIT1, unix.SYS_INOTIFY_RM_WATCH,
}

var memory = []uintptr{
	unix.SYS_MMAP, unix.SYS_MUNMAP, unix.SYS_MPROTECT, unix.SYS_MREMAP, unix.SYS_MADVISE, unix.SYS_BRK,
	unix.SYS_MINCORE, unix.SYS_MSYNC, unix.SYS_MLOCK, unix.SYS_MLOCK2, unix.SYS_MUNLOCK, unix.SYS_MEMBARRIER,
	unix.SYS_PKEY_ALLOC, unix.SYS_PKEY_FREE, unix.SYS_PKEY_MPROTECT,
}

var processes = []uintptr{
	unix.SYS_EXECVE, unix.SYS_EXIT, unix.SYS_EXIT_GROUP, unix.SYS_WAIT4, unix.SYS_WAITID,
	unix.SYS_GETPID, unix.SYS_GETPPID, unix.SYS_GETTID, unix.SYS_GETPGID, unix.SYS_SETPGID, unix.SYS_GETSID,
	unix.SYS_SETSID, unix.SYS_GETUID, unix.SYS_GETEUID, unix.SYS_GETGID, unix.SYS_GETEGID, unix.SYS_GETRESUID,
	unix.SYS_GETRESGID, unix.SYS_GETGROUPS, unix.SYS_CAPGET, unix.SYS_KILL, unix.SYS_TKILL, unix.SYS_TGKILL,
	unix.SYS_RT_SIGQUEUEINFO, unix.SYS_RT_TGSIGQUEUEINFO, unix.SYS_PIDFD_OPEN, unix.SYS_PIDFD_SEND_SIGNAL,
	unix.SYS_RT_SIGACTION, unix.SYS_RT_SIGPROCMASK, unix.SYS_RT_SIGRETURN, unix.SYS_RT_SIGPENDING,
	unix.SYS_RT_SIGTIMEDWAIT, unix.SYS_RT_SIGSUSPEND, unix.SYS_SIGALTSTACK, unix.SYS_RESTART_SYSCALL,
	unix.SYS_GETRLIMIT, unix.SYS_GETRUSAGE, unix.SYS_GETPRIORITY,
	unix.SYS_SETPRIORITY, unix.SYS_IOPRIO_GET, unix.SYS_SCHED_YIELD, unix.SYS_SCHED_GETAFFINITY,
	unix.SYS_SCHED_SETAFFINITY, unix.SYS_SCHED_GETPARAM, unix.SYS_SCHED_GETSCHEDULER, unix.SYS_SCHED_GETATTR,
	unix.SYS_SCHED_GET_PRIORITY_MAX, unix.SYS_SCHED_GET_PRIORITY_MIN, unix.SYS_SCHED_RR_GET_INTERVAL,
	unix.SYS_SET_TID_ADDRESS, unix.SYS_SET_ROBUST_LIST, unix.SYS_GET_ROBUST_LIST, unix.SYS_RSEQ,
	unix.SYS_FUTEX, unix.SYS_FUTEX_WAITV, unix.SYS_FUTEX_WAKE, unix.SYS_FUTEX_WAIT, unix.SYS_FUTEX_REQUEUE,
	unix.SYS_UNAME, unix.SYS_SYSINFO, unix.SYS_GETCPU, unix.SYS_GETRANDOM, unix.SYS_TIMES,
	unix.SYS_GETTIMEOFDAY, unix.SYS_CLOCK_GETTIME, unix.SYS_CLOCK_GETRES, unix.SYS_CLOCK_NANOSLEEP,
	unix.SYS_NANOSLEEP, unix.SYS_GETITIMER, unix.SYS_SETITIMER, unix.SYS_TIMER_CREATE, unix.SYS_TIMER_SETTIME,
	unix.SYS_TIMER_GETTIME, unix.SYS_TIMER_GETOVERRUN, unix.SYS_TIMER_DELETE,
}

// sockets reach only the room's own network, which has nothing but a loopback.
var sockets = []uintptr{
	unix.SYS_CONNECT, unix.SYS_BIND, unix.SYS_LISTEN, unix.SYS_ACCEPT, unix.SYS_ACCEPT4, unix.SYS_SENDTO,
	unix.SYS_RECVFROM, unix.SYS_SENDMSG, unix.SYS_RECVMSG, unix.SYS_SENDMMSG, unix.SYS_RECVMMSG,
	unix.SYS_SHUTDOWN, unix.SYS_GETSOCKNAME, unix.SYS_GETPEERNAME, unix.SYS_GETSOCKOPT,
}

var waiting = []uintptr{
	unix.SYS_PPOLL, unix.SYS_PSELECT6, unix.SYS_EPOLL_CREATE1, unix.SYS_EPOLL_CTL, unix.SYS_EPOLL_PWAIT,
	unix.SYS_EPOLL_PWAIT2, unix.SYS_EVENTFD2, unix.SYS_SIGNALFD4, unix.SYS_TIMERFD_CREATE,
	unix.SYS_TIMERFD_SETTIME, unix.SYS_TIMERFD_GETTIME, unix.SYS_PIPE2,
}

// refused are well known calls of the privileged, and ways to look into another process.
var refused = []uintptr{
	unix.SYS_UNSHARE, unix.SYS_SETNS, unix.SYS_MOUNT, unix.SYS_UMOUNT2, unix.SYS_PIVOT_ROOT, unix.SYS_CHROOT,
	unix.SYS_SETXATTR, unix.SYS_LSETXATTR, unix.SYS_FSETXATTR, unix.SYS_REMOVEXATTR, unix.SYS_LREMOVEXATTR,
	unix.SYS_FREMOVEXATTR, unix.SYS_MKNODAT, unix.SYS_NAME_TO_HANDLE_AT, unix.SYS_OPEN_BY_HANDLE_AT,
	unix.SYS_FANOTIFY_INIT, unix.SYS_FANOTIFY_MARK, unix.SYS_QUOTACTL, unix.SYS_QUOTACTL_FD, unix.SYS_ACCT,
	unix.SYS_SWAPON, unix.SYS_SWAPOFF, unix.SYS_PTRACE, unix.SYS_PROCESS_VM_READV, unix.SYS_PROCESS_VM_WRITEV,
	unix.SYS_KCMP, unix.SYS_PIDFD_GETFD, unix.SYS_SETUID, unix.SYS_SETGID, unix.SYS_SETREUID, unix.SYS_SETREGID,
	unix.SYS_SETRESUID, unix.SYS_SETRESGID, unix.SYS_SETFSUID, unix.SYS_SETFSGID, unix.SYS_SETGROUPS,
	unix.SYS_CAPSET, unix.SYS_SCHED_SETSCHEDULER, unix.SYS_SCHED_SETPARAM, unix.SYS_SCHED_SETATTR,
	unix.SYS_IOPRIO_SET, unix.SYS_BPF, unix.SYS_PERF_EVENT_OPEN, unix.SYS_SETTIMEOFDAY, unix.SYS_CLOCK_SETTIME,
	unix.SYS_ADJTIMEX, unix.SYS_CLOCK_ADJTIME, unix.SYS_LOOKUP_DCOOKIE, unix.SYS_NFSSERVCTL, unix.SYS_VHANGUP,
	unix.SYS_SYSLOG, unix.SYS_SETHOSTNAME, unix.SYS_SETDOMAINNAME,
}

var tripwires = []uintptr{
	unix.SYS_KEXEC_LOAD, unix.SYS_KEXEC_FILE_LOAD, unix.SYS_INIT_MODULE, unix.SYS_FINIT_MODULE,
	unix.SYS_DELETE_MODULE, unix.SYS_REBOOT,
}

func is(arg uint32, values ...uint32) test { return test{arg, all, values} }

func noBits(arg, bits uint32) test { return test{arg, bits, []uint32{0}} }

// only allows a call whose tests hold.
func only(otherwise action, when ...test) verdict {
	return verdict{[]branch{{when, allow}}, otherwise}
}

// except allows a call unless its tests hold.
func except(then action, when ...test) verdict {
	return verdict{[]branch{{when, then}}, allow}
}

// internet decides on the families that have only the room's loopback to talk to.
var internet = []branch{
	{[]test{is(0, unix.AF_INET, unix.AF_INET6), {1, 0xf, []uint32{unix.SOCK_STREAM, unix.SOCK_DGRAM}},
		is(2, 0, unix.IPPROTO_TCP, unix.IPPROTO_UDP)}, allow},
	{[]test{is(0, unix.AF_INET, unix.AF_INET6)}, noPerm},
}

// besideGrants is stricter, for a room that sees a folder of the host. A socket in
// there leads out of the room, to an agent or a daemon of the person, even where
// the grant is read-only; and two rooms that meet at one can hand each other their
// descriptors. A filter can't read the address, so there are only connected pairs,
// of the kinds that can't be turned to another address.
func besideGrants() map[uintptr]verdict {
	return map[uintptr]verdict{
		unix.SYS_SOCKET: {internet, noFamily},
		unix.SYS_SOCKETPAIR: only(noFamily, is(0, unix.AF_UNIX),
			test{1, 0xf, []uint32{unix.SOCK_STREAM, unix.SOCK_SEQPACKET}}),
	}
}

// opening allows open unless it creates a file with a set-id bit. The mode means
// nothing, and may be anything, when no file is made.
func opening(flags, mode uint32) verdict {
	return verdict{[]branch{
		{[]test{noBits(flags, unix.O_CREAT|unix.O_TMPFILE&^unix.O_DIRECTORY)}, allow},
		{[]test{noBits(mode, setID)}, allow},
	}, noPerm}
}

// Namespaces that clone could make.
const newNamespaces = unix.CLONE_NEWNS | unix.CLONE_NEWCGROUP | unix.CLONE_NEWUTS | unix.CLONE_NEWIPC |
	unix.CLONE_NEWUSER | unix.CLONE_NEWPID | unix.CLONE_NEWNET

// filtered calls depend on their arguments. clone3, openat2, seccomp and
// execveat are ENOSYS by not being here: their flags are behind a pointer that a
// filter can't read, or they are not needed.
func filtered() map[uintptr]verdict {
	return map[uintptr]verdict{
		unix.SYS_OPENAT:    opening(2, 3),
		unix.SYS_MKDIRAT:   only(noPerm, noBits(2, setID)),
		unix.SYS_FCHMOD:    only(noPerm, noBits(1, setID)),
		unix.SYS_FCHMODAT:  only(noPerm, noBits(2, setID)),
		unix.SYS_FCHMODAT2: only(noPerm, noBits(2, setID)),
		// A whiteout is a device node that no capability is asked for.
		unix.SYS_RENAMEAT2:  only(noPerm, noBits(4, unix.RENAME_WHITEOUT)),
		unix.SYS_CLONE:      only(noPerm, noBits(0, newNamespaces)),
		unix.SYS_SOCKETPAIR: only(noFamily, is(0, unix.AF_UNIX)),
		// MFD_NOEXEC_SEAL: memory to share, never to run.
		unix.SYS_MEMFD_CREATE: only(noCall, test{1, unix.MFD_NOEXEC_SEAL, []uint32{unix.MFD_NOEXEC_SEAL}}),
		unix.SYS_PERSONALITY:  only(noPerm, is(0, 0xffffffff)), // asking is harmless
		unix.SYS_PRCTL: only(noPerm, is(0, unix.PR_SET_NAME, unix.PR_GET_NAME, unix.PR_SET_PDEATHSIG,
			unix.PR_GET_PDEATHSIG, unix.PR_SET_VMA, unix.PR_SET_DUMPABLE, unix.PR_GET_DUMPABLE, unix.PR_CAPBSET_READ,
			unix.PR_SET_NO_NEW_PRIVS, unix.PR_GET_NO_NEW_PRIVS, unix.PR_GET_SECCOMP, unix.PR_SET_TIMERSLACK,
			unix.PR_GET_TIMERSLACK, unix.PR_SET_CHILD_SUBREAPER, unix.PR_GET_CHILD_SUBREAPER)),
		// The files of /usr are the host's own: who watches them being opened sees every
		// program that the person starts.
		unix.SYS_INOTIFY_ADD_WATCH: only(noPerm, noBits(2, unix.IN_OPEN|unix.IN_ACCESS|unix.IN_CLOSE_NOWRITE)),
		// A lease on a file that is only read keeps everybody else from opening it.
		unix.SYS_FCNTL: except(noPerm, is(1, unix.F_SETLEASE, unix.F_NOTIFY)),
		// The limit that keeps cores from the host must stay as it is: see rlimits.
		unix.SYS_SETRLIMIT: except(noCall, is(0, unix.RLIMIT_CORE)),
		unix.SYS_PRLIMIT64: except(noCall, is(1, unix.RLIMIT_CORE)),
		unix.SYS_SOCKET:    {append([]branch{{[]test{is(0, unix.AF_UNIX)}, allow}}, internet...), noFamily},
		unix.SYS_SETSOCKOPT: {[]branch{
			{[]test{is(1, unix.SOL_SOCKET), is(2, unix.SO_ATTACH_FILTER, unix.SO_ATTACH_BPF,
				unix.SO_ATTACH_REUSEPORT_CBPF, unix.SO_ATTACH_REUSEPORT_EBPF)}, noPerm},
			// Multicast sources and the tables of netfilter (64 to 67, and 96 to 98
			// of the older families): big parsers that no app here has a use for.
			{[]test{is(1, unix.SOL_IP, unix.SOL_IPV6), is(2, unix.MCAST_JOIN_GROUP, unix.MCAST_BLOCK_SOURCE,
				unix.MCAST_UNBLOCK_SOURCE, unix.MCAST_LEAVE_GROUP, unix.MCAST_JOIN_SOURCE_GROUP,
				unix.MCAST_LEAVE_SOURCE_GROUP, unix.MCAST_MSFILTER, 64, 65, 66, 67, 96, 97, 98)}, noPerm},
			{[]test{is(1, unix.SOL_TCP), is(2, unix.TCP_ULP)}, noPerm}, // kernel TLS
		}, allow},
		unix.SYS_IOCTL: {[]branch{
			{[]test{is(1, unix.TCGETS, unix.TCGETS2, unix.TIOCGWINSZ, unix.TIOCGPGRP, unix.TIOCINQ, fioNBIO,
				fioCLEX, fioNCLEX, unix.FICLONE, unix.FICLONERANGE, unix.SIOCGIFCONF, unix.SIOCGIFFLAGS,
				unix.SIOCGIFADDR, unix.SIOCGIFNETMASK, unix.SIOCGIFINDEX, unix.SIOCGIFNAME, unix.SIOCGIFHWADDR,
				unix.SIOCGIFMTU)}, allow},
			{[]test{is(1, unix.TIOCSTI, unix.TIOCLINUX, unix.TIOCSETD, unix.TIOCSCTTY, unix.TIOCCONS)}, noPerm},
		}, errno(unix.ENOTTY)},
	}
}
