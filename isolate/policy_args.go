//go:build linux && (amd64 || arm64)

package isolate

import "golang.org/x/sys/unix"

// Calls whose answer depends on their arguments. A filter sees numbers, not what a
// pointer leads to: clone3, openat2 and seccomp are ENOSYS because their flags are
// behind one. Where a list of what is allowed is short, it is that list, so that
// what a later kernel adds is refused unseen.

// all is the mask of a test on a whole argument.
const all = ^uint32(0)

func is(arg uint32, values ...uint32) test { return test{arg, all, values} }

func noBits(arg, bits uint32) test { return test{arg, bits, []uint32{0}} }

// only allows a call whose tests hold.
func only(otherwise action, when ...test) verdict {
	return verdict{[]branch{{when, allow}}, otherwise}
}

// setID are the bits of a mode that make a program run as its owner or group. An
// app must not leave one behind in a folder that it shares with the host.
const setID = 0o6000

// tmpfile is O_TMPFILE without O_DIRECTORY, which has another bit on each machine.
const tmpfile = 0x400000

// opening allows open unless it creates a file with a set-id bit. The mode means
// nothing, and may be anything, when no file is made.
func opening(flags, mode uint32) verdict {
	return verdict{[]branch{
		{[]test{noBits(flags, unix.O_CREAT|tmpfile)}, allow},
		{[]test{noBits(mode, setID)}, allow},
	}, noPerm}
}

// Requests of ioctl that x/sys does not name.
const (
	fioNBIO  = 0x5421
	fioNCLEX = 0x5450
	fioCLEX  = 0x5451
)

func onFiles() []decision {
	return []decision{
		{"openat", opening(2, 3)},
		{"open", opening(1, 2)},
		{"creat", only(noPerm, noBits(1, setID))},
		{"mkdirat", only(noPerm, noBits(2, setID))},
		{"mknod", onlyPipes(1)},
		{"mknodat", onlyPipes(2)},
		{"mkdir", only(noPerm, noBits(1, setID))},
		{"chmod", only(noPerm, noBits(1, setID))},
		{"fchmod", only(noPerm, noBits(1, setID))},
		{"fchmodat", only(noPerm, noBits(2, setID))},
		{"fchmodat2", only(noPerm, noBits(2, setID))},
		// A whiteout is a device node that no capability is asked for.
		{"renameat2", only(noPerm, noBits(4, unix.RENAME_WHITEOUT))},
		// To punch holes only. To take space without writing fills a disk faster than
		// anybody can look; libc and programs then write.
		{"fallocate", only(noFlag, is(1, unix.FALLOC_FL_KEEP_SIZE|unix.FALLOC_FL_PUNCH_HOLE))},
		// O_EXCL makes the pipe a queue for notices of the kernel.
		{"pipe2", only(invalid, noBits(1, unix.O_EXCL))},
		// The files of /usr are the host's own: who watches them being opened sees every
		// program that the person starts.
		{"inotify_add_watch", only(noPerm, noBits(2, unix.IN_OPEN|unix.IN_ACCESS|unix.IN_CLOSE_NOWRITE))},
		// Not: a lease, which keeps everybody else from opening a file; F_NOTIFY; signals
		// at input (O_ASYNC, F_SETOWN, F_SETSIG); pipes of a chosen size, with which the
		// kernel's memory is laid out for an attack.
		{"fcntl", verdict{[]branch{
			{[]test{is(1, unix.F_DUPFD, unix.F_DUPFD_CLOEXEC, unix.F_GETFD, unix.F_SETFD, unix.F_GETFL,
				unix.F_GETLK, unix.F_SETLK, unix.F_SETLKW, unix.F_OFD_GETLK, unix.F_OFD_SETLK, unix.F_OFD_SETLKW,
				unix.F_GETPIPE_SZ)}, allow},
			{[]test{is(1, unix.F_SETFL), noBits(2, unix.O_ASYNC)}, allow},
		}, noPerm}},
		{"ioctl", verdict{[]branch{
			{[]test{is(1, unix.TCGETS, unix.TCGETS2, unix.TIOCGWINSZ, unix.TIOCGPGRP, unix.TIOCINQ, fioNBIO,
				fioCLEX, fioNCLEX, unix.SIOCGIFCONF, unix.SIOCGIFFLAGS, unix.SIOCGIFADDR, unix.SIOCGIFNETMASK,
				unix.SIOCGIFINDEX, unix.SIOCGIFNAME, unix.SIOCGIFHWADDR, unix.SIOCGIFMTU)}, allow},
			{[]test{is(1, unix.TIOCSTI, unix.TIOCLINUX, unix.TIOCSETD, unix.TIOCSCTTY, unix.TIOCCONS)}, noPerm},
		}, noDevice}},
	}
}

func onMemory() []decision {
	return []decision{
		// Stacks that grow by themselves and huge pages have corners of their own in the
		// kernel. Memory that is shared and has no file stays: Python's mmap makes it, and
		// a shared mapping of /dev/zero is the same, which no filter tells from a file's.
		{"mmap", only(noPerm, noBits(3, unix.MAP_GROWSDOWN|unix.MAP_HUGETLB))},
		{"mremap", only(invalid, noBits(3, ^uint32(unix.MREMAP_MAYMOVE)))},
		// Not: merging equal pages and pushing pages out, which tell what others have in
		// memory; collapsing and removing, which rewrite what a file's pages are.
		{"madvise", only(invalid, is(2, unix.MADV_NORMAL, unix.MADV_RANDOM, unix.MADV_SEQUENTIAL, unix.MADV_WILLNEED,
			unix.MADV_DONTNEED, unix.MADV_FREE, unix.MADV_DONTFORK, unix.MADV_DOFORK, unix.MADV_HUGEPAGE,
			unix.MADV_NOHUGEPAGE, unix.MADV_DONTDUMP, unix.MADV_DODUMP, unix.MADV_WIPEONFORK, unix.MADV_KEEPONFORK,
			unix.MADV_POPULATE_READ, unix.MADV_POPULATE_WRITE))},
	}
}

// Operations of futex, without those that lend a priority; x/sys does not name them.
const (
	futexWait       = 0
	futexWake       = 1
	futexRequeue    = 3
	futexCmpRequeue = 4
	futexWakeOp     = 5
	futexWaitBits   = 9
	futexWakeBits   = 10

	futexModes = 128 | 256 // FUTEX_PRIVATE_FLAG, FUTEX_CLOCK_REALTIME
)

// Requests of arch_prctl: the thread's own segment registers.
const (
	setGS = 0x1001
	setFS = 0x1002
	getFS = 0x1003
	getGS = 0x1004
)

// What clone may be asked for: a process, a thread, a vfork. No namespace, no parent
// other than the caller. The lowest byte is the signal at the end.
const cloneBits = 0xff | unix.CLONE_VM | unix.CLONE_FS | unix.CLONE_FILES | unix.CLONE_SIGHAND | unix.CLONE_PIDFD |
	unix.CLONE_VFORK | unix.CLONE_THREAD | unix.CLONE_SYSVSEM | unix.CLONE_SETTLS | unix.CLONE_PARENT_SETTID |
	unix.CLONE_CHILD_CLEARTID | unix.CLONE_DETACHED | unix.CLONE_CHILD_SETTID

func onProcesses() []decision {
	return []decision{
		{"clone", only(noPerm, noBits(0, ^uint32(cloneBits)))},
		{"futex", only(noCall, test{1, ^uint32(futexModes), []uint32{futexWait, futexWake, futexRequeue,
			futexCmpRequeue, futexWakeOp, futexWaitBits, futexWakeBits}})},
		{"arch_prctl", only(invalid, is(0, setGS, setFS, getFS, getGS))},
		{"prctl", verdict{[]branch{
			{[]test{is(0, unix.PR_SET_NAME, unix.PR_GET_NAME, unix.PR_SET_DUMPABLE, unix.PR_GET_DUMPABLE,
				unix.PR_CAPBSET_READ, unix.PR_SET_NO_NEW_PRIVS, unix.PR_GET_NO_NEW_PRIVS, unix.PR_GET_SECCOMP)}, allow},
			// With another signal, or none, process 1 could outlive who started the room.
			{[]test{is(0, unix.PR_SET_PDEATHSIG), is(1, uint32(unix.SIGKILL))}, allow},
		}, noPerm}},
		// To sleep on processor time is the other door to the timers of timer_create.
		{"clock_nanosleep", only(invalid, is(0, unix.CLOCK_REALTIME, unix.CLOCK_MONOTONIC, unix.CLOCK_BOOTTIME))},
		// The limit that keeps cores from the host must stay as it is: see rlimits. Those
		// of another process are its own business.
		{"prlimit64", verdict{[]branch{
			{[]test{is(1, unix.RLIMIT_CORE)}, noCall},
			{[]test{is(0, 0)}, allow},
		}, noPerm}},
	}
}

// onlyPipes allows mknod for what mkfifo makes: no device, no socket.
func onlyPipes(mode uint32) verdict {
	return only(noPerm, test{mode, unix.S_IFMT | setID, []uint32{unix.S_IFIFO}})
}
