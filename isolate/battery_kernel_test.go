//go:build linux && (amd64 || arm64)

package isolate

import (
	"fmt"
	"strconv"
	"strings"

	"golang.org/x/sys/unix"
)

func processRows() []row {
	return []row{
		{ID: "D01 signal the hub", Do: []step{sys(unix.SYS_KILL, victim, 0)}, Want: "ESRCH"},
		{ID: "D01 end the hub", Do: []step{sys(unix.SYS_KILL, victim+1, int(unix.SIGTERM))}, Want: "ESRCH"},
		{ID: "D01 kill the hub", Do: []step{sys(unix.SYS_KILL, victim+2, int(unix.SIGKILL))}, Want: "ESRCH"},
		{ID: "D01 signal a thread of the hub", Do: []step{sys(unix.SYS_TGKILL, victim, victim, int(unix.SIGWINCH))}, Want: "ESRCH"},
		{ID: "D01 signal with words", Do: []step{sys(unix.SYS_RT_SIGQUEUEINFO, victim, int(unix.SIGWINCH),
			append([]byte{byte(unix.SIGWINCH), 0, 0, 0, 0, 0, 0, 0, 0xff, 0xff, 0xff, 0xff}, make([]byte, 116)...))}, Want: "ENOSYS"},
		{ID: "D01 the parent's is the room's", Do: []step{sys(unix.SYS_GETPPID).value()}, Want: "a small number", Judge: small, Alike: "the throwaway has its own numbers, too"},
		{ID: "D03 kill process 1", Do: []step{sys(unix.SYS_KILL, 1, int(unix.SIGKILL)), opens("/dev/null", unix.O_RDONLY)}, Want: "ok", Alike: "process 1 of the throwaway is the test"},
		{ID: "D03 stop process 1", Do: []step{sys(unix.SYS_KILL, 1, int(unix.SIGSTOP)), opens("/dev/null", unix.O_RDONLY)}, Want: "ok", Alike: "process 1 of the throwaway is the test"},
		{ID: "D04 trace process 1", Do: []step{sys(unix.SYS_PTRACE, unix.PTRACE_SEIZE, 1, 0, 1<<30)}, Want: "EPERM"},
		{ID: "D04 trace the hub", Do: []step{sys(unix.SYS_PTRACE, unix.PTRACE_SEIZE, victim, 0, 1<<30)}, Want: "EPERM"},
		{ID: "D04 be traced", Alone: true, Do: []step{sys(unix.SYS_PTRACE, unix.PTRACE_TRACEME)}, Want: "EPERM"},
		{ID: "D05 read memory", Do: []step{sys(unix.SYS_PROCESS_VM_READV, 1, 0, 0, 0, 0, 99)}, Want: "EPERM"},
		{ID: "D05 write memory", Do: []step{sys(unix.SYS_PROCESS_VM_WRITEV, 1, 0, 0, 0, 0, 99)}, Want: "EPERM"},
		{ID: "D06 take descriptors", Do: []step{sys(unix.SYS_PIDFD_OPEN, 1, 0), sys(unix.SYS_PIDFD_GETFD, res(1), 0, 99)}, Want: "EPERM"},
		{ID: "D06 compare", Do: []step{sys(unix.SYS_KCMP, 1, 1, 99)}, Want: "EPERM"},
		{ID: "D07 processes", Alone: true, Do: []step{{Kind: "spawn", Argv: []string{"/bin/sleep", "1000"}, Repeat: 150}}, Want: "EAGAIN"},
		{ID: "D13 numbers of others", Do: []step{sys(unix.SYS_GETPGID, turn(30000)).counted(100)}, Want: "0"},
		{ID: "D13 descriptors of others", Do: []step{sys(unix.SYS_PIDFD_OPEN, turn(30000), 0).counted(100)}, Want: "0"},
		{ID: "D14 priority", Do: []step{sys(unix.SYS_SETPRIORITY, unix.PRIO_PROCESS, 0, -5)}, Want: "EACCES", Alike: "the kernel asks for a capability over the machine"},
		{ID: "D14 real time", Do: []step{sys(unix.SYS_SCHED_SETSCHEDULER, 0, unix.SCHED_FIFO, 0)}, Want: "EPERM"},
		{ID: "D14 real time, attributes", Do: []step{sys(unix.SYS_SCHED_SETATTR, 0, 0, 0)}, Want: "EPERM"},
		{ID: "D14 real time, parameters", Do: []step{sys(unix.SYS_SCHED_SETPARAM, 0, 0)}, Want: "EPERM"},
		{ID: "D14 priority of the disk", Do: []step{sys(unix.SYS_IOPRIO_SET, 9, 0, 2<<13)}, Want: "EPERM"},
		{ID: "D16 zombies", Alone: true, Do: []step{{Kind: "spawn", Argv: []string{"/bin/true"}, Repeat: 150}}, Want: "EAGAIN", Not: "node"}, // it reaps them

	}
}

func small(text string) string {
	if n, err := strconv.Atoi(text); err == nil && n < 1000 {
		return "a small number"
	}
	return text
}

func kernelRows() []row {
	ask := func(id, want string, nr uintptr, args ...any) row {
		return row{ID: id, Do: []step{sys(nr, args...)}, Want: want}
	}
	return []row{
		ask("K03 io_uring", "ENOSYS", unix.SYS_IO_URING_SETUP, 8, 0),
		ask("K03 io_uring, enter", "ENOSYS", unix.SYS_IO_URING_ENTER, here, 0, 0, 0, 0, 0),
		ask("K03 io_uring, register", "ENOSYS", unix.SYS_IO_URING_REGISTER, here, 0, 0, 0),
		ask("K03 old aio", "ENOSYS", unix.SYS_IO_SETUP, 1, 0),
		ask("K04 userfaultfd", "ENOSYS", unix.SYS_USERFAULTFD, 1|1<<30),
		{ID: "K04 its device", Do: []step{opens("/dev/userfaultfd", unix.O_RDWR)}, Want: "ENOENT"},
		ask("K05 bpf", "EPERM", unix.SYS_BPF, 0, 0, 1<<20),
		ask("K05 bpf program", "EPERM", unix.SYS_BPF, 5, 0, 1<<20),
		ask("K07 key", "ENOSYS", unix.SYS_ADD_KEY, "user", "x", "x", 1, -2),
		ask("K07 ask for a key", "ENOSYS", unix.SYS_REQUEST_KEY, "user", "x", 0, -2),
		ask("K07 session keys", "ENOSYS", unix.SYS_KEYCTL, unix.KEYCTL_GET_KEYRING_ID, -3, 1),
		ask("K07 read keys", "ENOSYS", unix.SYS_KEYCTL, unix.KEYCTL_READ, -4, 0, 0),
		ask("K08 unshare", "EPERM", unix.SYS_UNSHARE, 1<<1),
		ask("K08 unshare everything", "EPERM", unix.SYS_UNSHARE, unix.CLONE_NEWUSER|unix.CLONE_NEWNS|unix.CLONE_NEWNET|1),
		ask("K08 clone, user", "EPERM", unix.SYS_CLONE, unix.CLONE_NEWUSER|unix.CLONE_THREAD),
		ask("K08 clone, mount", "EPERM", unix.SYS_CLONE, unix.CLONE_NEWNS|unix.CLONE_THREAD),
		ask("K08 clone, net", "EPERM", unix.SYS_CLONE, unix.CLONE_NEWNET|unix.CLONE_THREAD),
		ask("K08 clone, pid", "EPERM", unix.SYS_CLONE, unix.CLONE_NEWPID|unix.CLONE_THREAD),
		ask("K08 clone, ipc", "EPERM", unix.SYS_CLONE, unix.CLONE_NEWIPC|unix.CLONE_THREAD),
		ask("K08 clone, name", "EPERM", unix.SYS_CLONE, unix.CLONE_NEWUTS|unix.CLONE_THREAD),
		ask("K08 clone, control group", "EPERM", unix.SYS_CLONE, unix.CLONE_NEWCGROUP|unix.CLONE_THREAD),
		ask("K08 clone3", "ENOSYS", unix.SYS_CLONE3, zeros(64), 8),
		{ID: "K09 enter a namespace", Do: []step{opens("/proc/self/ns/user", unix.O_RDONLY), sys(unix.SYS_SETNS, res(1), 0)}, Want: "EPERM"},
		{ID: "K09 enter by a process", Do: []step{sys(unix.SYS_PIDFD_OPEN, 1, 0), sys(unix.SYS_SETNS, res(1), 0)}, Want: "EPERM"},
		ask("K10 mount", "EPERM", unix.SYS_MOUNT, "tmpfs", "/data", "tmpfs", 0, 0),
		{ID: "K10 mount over", Alone: true, Do: []step{sys(unix.SYS_MOUNT, "tmpfs", "/proc", "tmpfs", 0, 0)}, Want: "EPERM"},
		{ID: "K10 mount again, writable", Alone: true, Do: []step{sys(unix.SYS_MOUNT, "", "/mnt", "", unix.MS_REMOUNT|unix.MS_BIND, 0)}, Want: "EPERM"},
		{ID: "K10 bind", Alone: true, Do: []step{sys(unix.SYS_MOUNT, "/usr", "/tmp", "", unix.MS_BIND, 0)}, Want: "EPERM"},
		ask("K10 move", "EPERM", unix.SYS_MOUNT, "/none", "/none", "", unix.MS_MOVE, 0),
		{ID: "K10 umount", Alone: true, Do: []step{sys(unix.SYS_UMOUNT2, "/proc", unix.MNT_DETACH)}, Want: "EPERM"},
		{ID: "K10 umount a device", Alone: true, Do: []step{sys(unix.SYS_UMOUNT2, "/dev/null", unix.MNT_DETACH)}, Want: "EPERM"},
		ask("K10 pivot_root", "EPERM", unix.SYS_PIVOT_ROOT, "/none", "/none"),
		ask("K10 chroot", "EPERM", unix.SYS_CHROOT, "/none"),
		ask("K11 open_tree", "ENOSYS", unix.SYS_OPEN_TREE, here, "/usr", 0),
		ask("K11 fsopen", "ENOSYS", unix.SYS_FSOPEN, "tmpfs", 0),
		ask("K11 fsconfig", "ENOSYS", unix.SYS_FSCONFIG, here, 0, 0, 0, 0),
		ask("K11 fsmount", "ENOSYS", unix.SYS_FSMOUNT, here, 0, 0),
		ask("K11 fspick", "ENOSYS", unix.SYS_FSPICK, here, "/usr", 0),
		ask("K11 move_mount", "ENOSYS", unix.SYS_MOVE_MOUNT, here, "", here, "", 0),
		ask("K11 mount_setattr", "ENOSYS", unix.SYS_MOUNT_SETATTR, here, "/usr", 0, 0, 0),
		ask("K13 memory to run", "ENOSYS", unix.SYS_MEMFD_CREATE, "x", unix.MFD_CLOEXEC),
		ask("K13 execveat", "ENOSYS", unix.SYS_EXECVEAT, here, "/none", 0, 0, 0),
		ask("K13 secret memory", "ENOSYS", unix.SYS_MEMFD_SECRET, 1<<30),
		ask("K13 open by rules", "ENOSYS", unix.SYS_OPENAT2, here, "/usr", zeros(24), 24),
		ask("K14 no randomness", "EPERM", unix.SYS_PERSONALITY, 0x0040000),
		ask("K14 read implies exec", "EPERM", unix.SYS_PERSONALITY, 0x0400000),
		ask("K16 another filter", "EPERM", unix.SYS_PRCTL, unix.PR_SET_SECCOMP, 99),
		ask("K16 tracer", "EPERM", unix.SYS_PRCTL, 0x59616d61, 1),
		ask("K16 map of the program", "EPERM", unix.SYS_PRCTL, unix.PR_SET_MM, 99, 0, 0, 1),
		ask("K16 keep capabilities", "EPERM", unix.SYS_PRCTL, unix.PR_SET_KEEPCAPS, 0),
		ask("K16 secure bits", "EPERM", unix.SYS_PRCTL, unix.PR_SET_SECUREBITS, 0),
		ask("K16 ambient capability", "EPERM", unix.SYS_PRCTL, unix.PR_CAP_AMBIENT, 99),
		ask("K16 speculation", "EPERM", unix.SYS_PRCTL, unix.PR_SET_SPECULATION_CTRL, 99, 0, 0, 0),
		ask("K16 calls to oneself", "EPERM", unix.SYS_PRCTL, unix.PR_SET_SYSCALL_USER_DISPATCH, 99, 0, 0, 0),
		ask("K16 time stamp", "EPERM", unix.SYS_PRCTL, unix.PR_SET_TSC, 99),
		ask("K19 landlock", "ENOSYS", unix.SYS_LANDLOCK_CREATE_RULESET, 0, 0, 1),
		ask("K19 landlock layers", "ENOSYS", unix.SYS_LANDLOCK_RESTRICT_SELF, here, 0),
		ask("K19 seccomp", "ENOSYS", unix.SYS_SECCOMP, 2, 0, 0),
		ask("K22 clock", "EPERM", unix.SYS_CLOCK_SETTIME, 99, 0),
		ask("K22 time of day", "EPERM", unix.SYS_SETTIMEOFDAY, 8, 0),
		ask("K22 adjtimex", "EPERM", unix.SYS_ADJTIMEX, 0),
		ask("K22 clock_adjtime", "EPERM", unix.SYS_CLOCK_ADJTIME, 99, 0),
		ask("K24 fanotify", "EPERM", unix.SYS_FANOTIFY_INIT, 0x200, 0),
		ask("K25 statmount", "ENOSYS", unix.SYS_STATMOUNT, 0, 0, 0, 0),
		ask("K25 listmount", "ENOSYS", unix.SYS_LISTMOUNT, 0, 0, 0, 0),
		ask("K26 process_madvise", "ENOSYS", unix.SYS_PROCESS_MADVISE, here, 0, 0, 0, 0),
		ask("K26 process_mrelease", "ENOSYS", unix.SYS_PROCESS_MRELEASE, here, 0),
		ask("K27 vmsplice", "ENOSYS", unix.SYS_VMSPLICE, here, 0, 0, 0),
		ask("K29 perf", "EPERM", unix.SYS_PERF_EVENT_OPEN, 0, 0, 0, here, 1<<20),
		ask("K29 lookup_dcookie", "EPERM", unix.SYS_LOOKUP_DCOOKIE, 0, 0, 0),
		{ID: "K29 syslog", Do: []step{sys(unix.SYS_SYSLOG, 10, 0, 0)}, Want: "EPERM", Alike: "most machines keep the kernel's log from users"},
		{ID: "K29 accounting", Do: []step{sys(unix.SYS_ACCT, "/none")}, Want: "EPERM", Alike: "the kernel asks for a capability over the machine"},
		ask("K29 swap", "EPERM", unix.SYS_SWAPON, 0, 1<<30),
		ask("K29 quota", "EPERM", unix.SYS_QUOTACTL, 0, 0, 0, 0),
		{ID: "K31 on another thread", Thread: true, Do: []step{sys(unix.SYS_SOCKET, unix.AF_PACKET, unix.SOCK_RAW, 0)}, Want: "EAFNOSUPPORT"},
		{ID: "K31 canary on another thread", Thread: true, Do: []step{opens("/.room/canary", unix.O_RDONLY)}, Want: "EACCES"},
		{ID: "K31 in a child", Do: []step{run("/bin/cat", "/.room/canary", "/mnt/secret")}, Want: "ok"},
	}
}

func rightRows() []row {
	groups, _ := unix.Getgroups()
	ids := func(id string, nr uintptr, want string) row {
		return row{ID: "P05 " + id, Do: []step{sys(nr).value()}, Want: want}
	}
	sets := func(id string, nr uintptr, args ...any) row {
		return row{ID: "P05 " + id, Do: []step{sys(nr, args...)}, Want: "EPERM"}
	}
	return []row{
		{ID: "P01 set-id program", Do: []step{run("/mnt/granted/setid", "-u")}, Granted: "1000"},
		{ID: "P01 set-id group", Do: []step{run("/mnt/granted/setid", "-g")}, Granted: "1000"},
		{ID: "P02 program with a capability", Do: []step{run("/mnt/granted/capable", "/proc/self/status")}, Granted: "none", Judge: effective, OneID: true},
		{ID: "P02 capabilities", Do: []step{sys(unix.SYS_CAPGET, []byte{0x22, 0x05, 0x08, 0x20, 0, 0, 0, 0}, zeros(24)), figures(1, 2, 0, 4, 6)}, Want: "0 0 0 0 0 0"},
		{ID: "P02 bounding set", Do: []step{sys(unix.SYS_PRCTL, unix.PR_CAPBSET_READ, turn(0)).allSame(unix.CAP_LAST_CAP + 1).value()}, Want: "0"},
		{ID: "P02 no new rights", Do: []step{sys(unix.SYS_PRCTL, unix.PR_GET_NO_NEW_PRIVS, 0, 0, 0, 0).value()}, Want: "1"},
		{ID: "P02 filter", Do: []step{sys(unix.SYS_PRCTL, unix.PR_GET_SECCOMP, 0, 0, 0, 0).value()}, Want: "2"},
		ids("user", unix.SYS_GETUID, "1000"), ids("effective user", unix.SYS_GETEUID, "1000"),
		ids("group", unix.SYS_GETGID, "1000"), ids("effective group", unix.SYS_GETEGID, "1000"),
		sets("setuid", unix.SYS_SETUID, -1), sets("setgid", unix.SYS_SETGID, -1),
		sets("setreuid", unix.SYS_SETREUID, -2, -2), sets("setregid", unix.SYS_SETREGID, -2, -2),
		sets("setresuid", unix.SYS_SETRESUID, -2, -2, -2), sets("setresgid", unix.SYS_SETRESGID, -2, -2, -2),
		sets("setfsuid", unix.SYS_SETFSUID, -1), sets("setfsgid", unix.SYS_SETFSGID, -1),
		{ID: "P05 setgroups", Do: []step{sys(unix.SYS_SETGROUPS, 1<<20, 0)}, Want: "EPERM", OneID: true}, sets("capset", unix.SYS_CAPSET, 0, 0),
		{ID: "P06 groups", Do: []step{sys(unix.SYS_GETGROUPS, 0, 0).value()}, Want: "0", User: strconv.Itoa(len(groups)), Alike: "an ordinary user can't give its groups up; so nothing of theirs is in view"},
		{ID: "P06 file of a group", Do: []step{opens("/mnt/group-only", unix.O_RDONLY)}, Want: "ENOENT"},
		{ID: "P08 time stamp of sudo", Do: []step{opens("/run/sudo/ts/person", unix.O_RDONLY)}, Want: "ENOENT"},
	}
}

// effective finds the capabilities in /proc/self/status.
func effective(text string) string {
	for line := range strings.Lines(text) {
		if set, found := strings.CutPrefix(line, "CapEff:\t"); found {
			return strings.Replace(strings.TrimSpace(set), "0000000000000000", "none", 1)
		}
	}
	return text
}

func sideRows() []row {
	return []row{
		{ID: "S01 marker in /tmp", Do: []step{sys(unix.SYS_FACCESSAT, here, "/tmp/marker", 0)}, Want: "ENOENT"},
		{ID: "S02 marker in /dev/shm", Do: []step{opens("/dev/shm/marker", unix.O_RDONLY)}, Want: "ENOENT"},
		{ID: "S05 host name", Do: []step{sys(unix.SYS_UNAME, zeros(400)), {Kind: "text", Of: []int{1, 1}, Off: 65, Size: 65}}, Want: "app"},
		{ID: "S05 domain name", Do: []step{sys(unix.SYS_UNAME, zeros(400)), {Kind: "text", Of: []int{1, 1}, Off: 5 * 65, Size: 65}}, Want: "(none)", Alike: "most machines have none"},
		{ID: "S05 boot id", Do: []step{opens("/proc/sys/kernel/random/boot_id", unix.O_RDONLY)}, Want: "ENOENT"},
		{ID: "S05 machine id", Do: []step{opens("/etc/machine-id", unix.O_RDONLY)}, Want: "ENOENT"},
		{ID: "S06 up-time", Do: []step{sys(unix.SYS_CLOCK_GETTIME, unix.CLOCK_BOOTTIME, zeros(16)), figures(1, 2, 0, 8, 1)}, Want: "a small number", Judge: small},
		{ID: "S06 up-time, monotonic", Do: []step{sys(unix.SYS_CLOCK_GETTIME, unix.CLOCK_MONOTONIC, zeros(16)), figures(1, 2, 0, 8, 1)}, Want: "a small number", Judge: small},
		{ID: "S07 lock of a shared file", Do: []step{opens("/usr/bin/env", unix.O_RDONLY), sys(unix.SYS_FLOCK, res(1), unix.LOCK_SH|unix.LOCK_NB)}, Want: "ok", Alike: "known: files of /usr are the host's own"},
		{ID: "S07 programs that start", Do: []step{sys(unix.SYS_INOTIFY_INIT1, 0), sys(unix.SYS_INOTIFY_ADD_WATCH, res(1), "/usr/bin", unix.IN_OPEN)}, Want: "EPERM"},
		{ID: "S07 files that are read", Do: []step{sys(unix.SYS_INOTIFY_INIT1, 0), sys(unix.SYS_INOTIFY_ADD_WATCH, res(1), "/usr/bin", unix.IN_ACCESS)}, Want: "EPERM"},
		{ID: "S07 files that are closed", Do: []step{sys(unix.SYS_INOTIFY_INIT1, 0), sys(unix.SYS_INOTIFY_ADD_WATCH, res(1), "/usr/bin", unix.IN_CLOSE_NOWRITE)}, Want: "EPERM"},
		{ID: "S08 own number", Do: []step{sys(unix.SYS_GETPID).value()}, Want: "a small number", Judge: small, Alike: "the throwaway may have small numbers, too"},
		{ID: "S09 control group", Do: reading("/proc/self/cgroup"), Want: "/", Judge: groupPaths, Alike: "the throwaway has a control group namespace, too"},
		{ID: "T01 type for others", Do: []step{sys(unix.SYS_IOCTL, 0, unix.TIOCSTI, "x")}, Want: "EPERM"},
		{ID: "T01 paste for others", Do: []step{sys(unix.SYS_IOCTL, 0, unix.TIOCLINUX, zeros(8))}, Want: "EPERM"},
		{ID: "T01 upper half", Do: []step{sys(unix.SYS_IOCTL, 0, 1<<32|unix.TIOCSTI, "x")}, Want: "EPERM"},
		{ID: "T01 take a terminal", Do: []step{sys(unix.SYS_IOCTL, 0, unix.TIOCSCTTY, 0)}, Want: "EPERM"},
		{ID: "T01 the console's output", Do: []step{sys(unix.SYS_IOCTL, 0, unix.TIOCCONS, 0)}, Want: "EPERM"},
		{ID: "T01 terminal", Do: []step{opens("/dev/tty", unix.O_RDWR)}, Want: "ENOENT"},
		{ID: "T01 new terminal", Do: []step{opens("/dev/ptmx", unix.O_RDWR)}, Want: "ENOENT"},
	}
}

func groupPaths(text string) string {
	for line := range strings.Lines(text) {
		if !strings.HasSuffix(line, ":/\n") {
			return line
		}
	}
	return "/"
}

// limitRows ask for a little more than a room has: without one there is enough.
func limitRows() []row {
	var all []row
	limit := func(name string, which int, value int) {
		all = append(all, row{ID: "R20 limit of " + name, Do: []step{sys(unix.SYS_GETRLIMIT, which, zeros(16)), figures(1, 2, 0, 8, 2)},
			Want: fmt.Sprintf("%d %[1]d", value)})
	}
	limit("data", unix.RLIMIT_DATA, 1<<30)
	limit("processes", unix.RLIMIT_NPROC, 128)
	limit("files", unix.RLIMIT_NOFILE, 256)
	limit("file size", unix.RLIMIT_FSIZE, 256<<20)
	limit("processor time", unix.RLIMIT_CPU, 3600)
	limit("locked memory", unix.RLIMIT_MEMLOCK, 64<<10)
	limit("message queues", unix.RLIMIT_MSGQUEUE, 0)
	limit("niceness", unix.RLIMIT_NICE, 0)
	limit("real time", unix.RLIMIT_RTPRIO, 0)
	limit("signals", unix.RLIMIT_SIGPENDING, 256)
	limit("stack", unix.RLIMIT_STACK, 8<<20)
	for i := range all {
		if strings.Contains(all[i].ID, "niceness") || strings.Contains(all[i].ID, "real time") {
			all[i].Alike = "0 is the usual limit"
		}
	}
	ignore := sys(unix.SYS_RT_SIGACTION, int(unix.SIGXFSZ), append([]byte{1}, make([]byte, 31)...), 0, 8)
	byDefault := sys(unix.SYS_RT_SIGACTION, int(unix.SIGXFSZ), zeros(32), 0, 8)
	fill := func(at string) row {
		return row{ID: "R04 fill " + at, Alone: true, Want: "ENOSPC", Do: []step{
			sys(unix.SYS_OPENAT, here, at, unix.O_TMPFILE|unix.O_RDWR, 0o600), sys(unix.SYS_WRITE, res(1), zeros(1<<20), 1<<20).times(70)}}
	}
	many := func(id, want string, n int, nr uintptr, args ...any) row {
		return row{ID: id, Alone: true, Want: want, Do: []step{sys(nr, args...).times(n)}}
	}
	return append(all,
		row{ID: "R01 memory", Do: []step{sys(unix.SYS_MMAP, 0, 4<<30, unix.PROT_READ|unix.PROT_WRITE, unix.MAP_PRIVATE|unix.MAP_ANON, -1, 0)}, Want: "ENOMEM"},
		row{ID: "R01 locked memory", Do: []step{sys(unix.SYS_MLOCK, 4096, 4096)}, Want: "ENOSYS"},
		fill("/tmp"), fill("/dev/shm"),
		row{ID: "R04 fill /data", Alone: true, Want: "ENOSPC", Do: fill("/data").Do},
		many("R07 descriptors", "EMFILE", 300, unix.SYS_DUP, 0),
		many("R08 watchers", "EMFILE", 40, unix.SYS_INOTIFY_INIT1, 0),
		many("R08 waits", "EMFILE", 300, unix.SYS_EPOLL_CREATE1, 0),
		many("R08 events", "EMFILE", 300, unix.SYS_EVENTFD2, 0, 0),
		row{ID: "R15 file size", Alone: true, Do: append(on(byDefault), sys(unix.SYS_FTRUNCATE, res(1), 1<<40)), Want: "SIGXFSZ"},
		row{ID: "B15 huge file", Do: append(on(ignore), sys(unix.SYS_PWRITE64, res(1), "x", 1, 1<<40)), Want: "EFBIG", Alone: true},
		row{ID: "B15 space without writing", Do: on(sys(unix.SYS_FALLOCATE, res(1), 0, 0, 1<<20)), Want: "EOPNOTSUPP"},
		row{ID: "R18 message queue", Do: []step{sys(unix.SYS_MQ_OPEN, 0, 0, 0, 0)}, Want: "ENOSYS"},
		row{ID: "R18 messages", Do: []step{sys(unix.SYS_MSGGET, 0, 0)}, Want: "ENOSYS"},
		row{ID: "R18 semaphores", Do: []step{sys(unix.SYS_SEMGET, 0, 1, 0o600)}, Want: "ENOSYS"},
		row{ID: "S03 shared memory", Do: []step{sys(unix.SYS_SHMGET, 0x5ec, 4096, unix.IPC_CREAT|0o600)}, Want: "ENOSYS"},
	)
}

// floodRows come last: what they fill stays full.
func floodRows() []row {
	return []row{{ID: "R05 names", Alone: true, Want: "ENOSPC", Do: []step{
		sys(unix.SYS_MKNODAT, here, "/dev/shm/none", 0, 0).may(),
		{Kind: "call", Nr: unix.SYS_SYMLINKAT, Repeat: 20000, Args: []arg{{B: []byte("x\x00")}, {I: here}, formatted("/dev/shm/%d", 0)}}}}}
}
