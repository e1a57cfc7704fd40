//go:build linux && (amd64 || arm64)

package isolate

import (
	"os"
	"path/filepath"
	"unsafe"

	"golang.org/x/sys/unix"
)

// actions are numbered by what they attack: A reading what was not granted, B
// writing, C the network, D other processes, K the kernel, P rights, R resources,
// S side channels, T the terminal.
func actions() []hostile {
	none := unsafe.Pointer(&unix.Ifreq{})
	list := []hostile{
		{"A01 planted file", func() error { return reads(os.Getenv("PLANTED"))() }, "ENOENT", true},
		{"A02 shadow", reads("/etc/shadow"), "ENOENT", true},
		{"A03 credentials", reads("/root/.aws/credentials"), "ENOENT", false},
		{"A06 memory of process 1", reads("/proc/.pid/1/mem"), "ENOENT", false},
		{"A08 root of process 1", reads("/proc/.pid/1/root/etc"), "ENOENT", false},
		{"A09 environment of process 1", reads("/proc/1/environ"), "ENOENT", true},
		{"A10 write own binary", opens("/proc/self/exe", unix.O_WRONLY), "EACCES|ETXTBSY|EROFS", false},
		{"A10 write the room's binary", opens(SelfPath, unix.O_WRONLY), "EACCES|ETXTBSY|EROFS", false},
		{"A11 descriptors", leaked, "ok", false},
		{"A13 link out", linkOut, "ENOENT", true},
		{"A16 dots", func() error { return reads("/data/../../../.." + os.Getenv("PLANTED"))() }, "ENOENT", false},
		{"A17 canary", reads(canary), "EACCES", true},
		{"A18 handle", try(unix.SYS_NAME_TO_HANDLE_AT, uintptr(0), pathArg("/usr")), "EPERM", true},
		{"A18 by handle", try(unix.SYS_OPEN_BY_HANDLE_AT), "EPERM", false},
		{"A19 list the root", reads("/"), "EACCES", true},
		{"A20 kernel memory", reads("/dev/mem"), "ENOENT", false},
		{"A20 kcore", reads("/proc/kcore"), "ENOENT", false},
		{"A21 sys", reads("/sys/kernel"), "ENOENT", true},
		{"A21 command line", reads("/proc/cmdline"), "ENOENT", true},
		{"A23 disk", reads("/dev/vda"), "ENOENT", false},
		{"A24 device node", try(unix.SYS_MKNODAT, ^uintptr(99), pathArg("/data/mem"), unix.S_IFCHR, 0x101), "EPERM", false},
		{"A24 device node by whiteout", modeOf(func(p string) error {
			defer func() { _ = os.Remove(p + ".moved") }()
			return unix.Renameat2(unix.AT_FDCWD, p, unix.AT_FDCWD, p+".moved", unix.RENAME_WHITEOUT)
		}), "EPERM", true},
		{"A25 watch the host", try(unix.SYS_INOTIFY_ADD_WATCH, 0, pathArg("/home"), unix.IN_CREATE), "EINVAL|EBADF", false},
		{"A26 lease", func() error { return onFile(unix.F_SETLEASE, unix.F_RDLCK) }, "EPERM", true},
		{"A26 lease, upper half", func() error { return onFile(1<<32|unix.F_SETLEASE, unix.F_RDLCK) }, "EPERM", true},
		{"A26 notify", func() error { return onFile(unix.F_NOTIFY, 0) }, "EPERM", true},
		{"A27 environment", environment, "ok", true},

		{"B03 program", opens("/usr/bin/new", unix.O_CREAT|unix.O_WRONLY), "EROFS", false},
		{"B03 passwd", opens("/etc/passwd", unix.O_WRONLY), "EACCES", false},
		{"B03 root", opens("/new", unix.O_CREAT|unix.O_WRONLY), "EROFS", false},
		{"B05 set-id by chmod", modeOf(func(p string) error { return raw(unix.SYS_FCHMODAT, ^uintptr(99), pathArg(p), 0o4755) }), "EPERM", true},
		{"B05 set-id by fchmodat2", modeOf(func(p string) error { return raw(unix.SYS_FCHMODAT2, ^uintptr(99), pathArg(p), 0o4755) }), "EPERM", true},
		{"B05 set-id by open", func() error {
			return raw(unix.SYS_OPENAT, ^uintptr(99), pathArg(filepath.Join(os.TempDir(), "setid")), unix.O_CREAT|unix.O_WRONLY, 0o6755)
		}, "EPERM", true},
		{"B07 core pattern", opens("/proc/sys/kernel/core_pattern", unix.O_WRONLY), "ENOENT", false},
		{"B07 core pattern, behind", opens("/proc/.pid/sys/kernel/core_pattern", unix.O_WRONLY), "ENOENT", false},
		{"B08 sysrq", opens("/proc/sysrq-trigger", unix.O_WRONLY), "ENOENT", false},
		{"B09 oom score", opens("/proc/self/oom_score_adj", unix.O_WRONLY), "EROFS", true},
		{"B09 first to be ended", oomScore, "1000", true},
		{"B10 id map", opens("/proc/self/uid_map", unix.O_WRONLY), "EROFS|EACCES", false},
		{"B11 control groups", opens("/sys/fs/cgroup/cgroup.procs", unix.O_WRONLY), "ENOENT", false},
		{"B12 attributes", modeOf(func(p string) error { return unix.Setxattr(p, "user.x", []byte("x"), 0) }), "EPERM", true},
		{"B13 file flags", modeOf(func(p string) error {
			fd, err := unix.Open(p, unix.O_RDONLY, 0)
			if err != nil {
				return err
			}
			_, err = unix.IoctlGetUint32(fd, unix.FS_IOC_GETFLAGS)
			return err
		}), "ENOTTY", true},
		{"B15 huge file", bigFile, "EFBIG", false},

		{"C02 address", dials(&unix.SockaddrInet4{Port: 443, Addr: [4]byte{1, 1, 1, 1}}), "ENETUNREACH", false},
		{"C03 metadata", dials(&unix.SockaddrInet4{Port: 80, Addr: [4]byte{169, 254, 169, 254}}), "ENETUNREACH", false},
		{"C03 metadata 6", dials(&unix.SockaddrInet6{Port: 80, Addr: [16]byte{0xfd, 0, 0x0e, 0xc2, 15: 0x54}}), "ENETUNREACH", false},
		{"C08 raw", makes(unix.AF_INET, unix.SOCK_RAW, unix.IPPROTO_ICMP), "EPERM", false},
		{"C08 ping", makes(unix.AF_INET, unix.SOCK_DGRAM, unix.IPPROTO_ICMP), "EPERM", true},
		{"C08 packet", makes(unix.AF_PACKET, unix.SOCK_RAW, 0), "EAFNOSUPPORT", true},
		{"C09 netlink", makes(unix.AF_NETLINK, unix.SOCK_RAW, 0), "EAFNOSUPPORT", true},
		{"C09 crypto", makes(unix.AF_ALG, unix.SOCK_SEQPACKET, 0), "EAFNOSUPPORT", false},
		{"C10 vsock", makes(unix.AF_VSOCK, unix.SOCK_STREAM, 0), "EAFNOSUPPORT", false},
		{"C14 docker", dials(&unix.SockaddrUnix{Name: "/var/run/docker.sock"}), "ENOENT", false},
		{"C16 loopback of the host", dials(&unix.SockaddrInet4{Port: 22, Addr: [4]byte{127, 0, 0, 1}}), "ECONNREFUSED", false},
		{"C17 interface", try(unix.SYS_IOCTL, 0, unix.SIOCSIFADDR, uintptr(none)), "ENOTTY", false},
		{"C17 tunnel", opens("/dev/net/tun", unix.O_RDWR), "ENOENT", false},

		{"D01 signal the host", func() error { return unix.Kill(os.Getppid(), 0) }, "ok", false}, // process 1, of the room
		{"D01 signal a neighbour", func() error { return unix.Kill(30000, 0) }, "ESRCH", false},
		{"D03 kill process 1", func() error { return unix.Kill(1, unix.SIGKILL) }, "ok", false}, // and it lives on to answer
		{"D04 trace process 1", try(unix.SYS_PTRACE, unix.PTRACE_SEIZE, 1), "EPERM", false},
		{"D04 be traced", try(unix.SYS_PTRACE, unix.PTRACE_TRACEME), "EPERM", true},
		{"D05 read memory", try(unix.SYS_PROCESS_VM_READV, 1), "EPERM", false},
		{"D05 write memory", try(unix.SYS_PROCESS_VM_WRITEV, 1), "EPERM", false},
		{"D06 take descriptors", try(unix.SYS_PIDFD_GETFD), "EPERM", true},
		{"D06 compare", try(unix.SYS_KCMP, 1, 1), "EPERM", true},
		{"D07 processes", manyProcesses, "EAGAIN", false},
		{"D14 priority", func() error { return unix.Setpriority(unix.PRIO_PROCESS, 0, -5) }, "EACCES", false},
		{"D14 real time", try(unix.SYS_SCHED_SETSCHEDULER), "EPERM", true},

		{"K03 io_uring", try(unix.SYS_IO_URING_SETUP), "ENOSYS", true},
		{"K04 userfaultfd", try(unix.SYS_USERFAULTFD, 1), "ENOSYS", true},
		{"K05 bpf", try(unix.SYS_BPF, 99), "EPERM", false},
		{"K07 keys", try(unix.SYS_KEYCTL, unix.KEYCTL_GET_KEYRING_ID, ^uintptr(2), 1), "ENOSYS", true},
		{"K08 unshare", try(unix.SYS_UNSHARE, unix.CLONE_NEWUSER), "EPERM", true},
		{"K08 clone", try(unix.SYS_CLONE, unix.CLONE_NEWUSER|unix.CLONE_VM), "EPERM", false},
		{"K08 clone3", try(unix.SYS_CLONE3), "ENOSYS", true},
		{"K09 setns", try(unix.SYS_SETNS), "EPERM", true},
		{"K10 mount", try(unix.SYS_MOUNT, pathArg("tmpfs"), pathArg("/data"), pathArg("tmpfs")), "EPERM", false},
		{"K10 umount", try(unix.SYS_UMOUNT2, pathArg("/proc"), unix.MNT_DETACH), "EPERM", false},
		{"K10 pivot_root", try(unix.SYS_PIVOT_ROOT), "EPERM", false},
		{"K10 chroot", try(unix.SYS_CHROOT, pathArg("/data")), "EPERM", false},
		{"K11 open_tree", try(unix.SYS_OPEN_TREE, ^uintptr(99), pathArg("/usr")), "ENOSYS", true},
		{"K11 fsopen", try(unix.SYS_FSOPEN, pathArg("tmpfs")), "ENOSYS", true},
		{"K11 mount_setattr", try(unix.SYS_MOUNT_SETATTR), "ENOSYS", true},
		{"K13 memory to run", try(unix.SYS_MEMFD_CREATE, pathArg("x"), unix.MFD_CLOEXEC), "ENOSYS", true},
		{"K13 execveat", try(unix.SYS_EXECVEAT), "ENOSYS", true},
		{"K14 personality", try(unix.SYS_PERSONALITY, 0x0040000), "EPERM", true},
		{"K19 landlock", try(unix.SYS_LANDLOCK_CREATE_RULESET, 0, 0, 1), "ENOSYS", true},
		{"K19 seccomp", try(unix.SYS_SECCOMP, 2), "ENOSYS", true},
		{"K20 module", try(unix.SYS_INIT_MODULE), "bad system call", false},
		{"K20 kexec", try(unix.SYS_KEXEC_LOAD), "bad system call", false},
		{"K20 reboot", try(unix.SYS_REBOOT), "bad system call", false},
		{"K22 clock", try(unix.SYS_CLOCK_SETTIME), "EPERM", false},
		{"K24 fanotify", try(unix.SYS_FANOTIFY_INIT, 99), "EPERM", false},
		{"K25 statmount", try(unix.SYS_STATMOUNT), "ENOSYS", true},
		{"K26 process_madvise", try(unix.SYS_PROCESS_MADVISE), "ENOSYS", true},
		{"K27 vmsplice", try(unix.SYS_VMSPLICE, 99), "ENOSYS", true},
		{"K28 socket filter", try(unix.SYS_SETSOCKOPT, 0, unix.SOL_SOCKET, unix.SO_ATTACH_FILTER), "EPERM", true},
		{"K29 perf", try(unix.SYS_PERF_EVENT_OPEN), "EPERM", false},
		{"K29 syslog", try(unix.SYS_SYSLOG, 10), "EPERM", false},
		{"K30 sweep", sweep, "ok", false},

		{"P05 setuid", try(unix.SYS_SETUID, 0), "EPERM", false},
		{"P05 capset", try(unix.SYS_CAPSET), "EPERM", true},
		{"P05 setgroups", try(unix.SYS_SETGROUPS), "EPERM", false},

		{"R01 memory", memoryBomb, "ENOMEM", true},
		{"R04 fill tmp", fill("/tmp/big"), "ENOSPC", false},
		{"R04 fill shm", fill("/dev/shm/big"), "ENOSPC", false},
		{"R05 names", manyNames, "ENOSPC", false},
		{"R07 descriptors", manyFiles, "EMFILE", false},
		{"R08 watchers", manyWatchers, "EMFILE after 32", true},
		{"R18 message queue", try(unix.SYS_MQ_OPEN), "ENOSYS", true},
		{"R18 shared memory", try(unix.SYS_SHMGET), "ENOSYS", true},
		{"R20 core limit", try(unix.SYS_SETRLIMIT, unix.RLIMIT_CORE, pathArg("any address")), "ENOSYS", false},
		{"R20 core limit, new", try(unix.SYS_PRLIMIT64, 0, unix.RLIMIT_CORE, pathArg("any address")), "ENOSYS", false},
		{"R20 core limit, now", coreLimit, "1 of 1", true},

		{"S05 host name", hostNameOf, "app", true},
		{"S05 machine id", reads("/etc/machine-id"), "ENOENT", false},
		{"S07 programs that start", func() error {
			fd, err := unix.InotifyInit1(unix.IN_CLOEXEC)
			if err == nil {
				_, err = unix.InotifyAddWatch(fd, "/usr/bin", unix.IN_OPEN)
			}
			return err
		}, "EPERM", true},
		{"S05 boot id", reads("/proc/sys/kernel/random/boot_id"), "ENOENT", true},
		{"T01 type for others", try(unix.SYS_IOCTL, 0, unix.TIOCSTI), "EPERM", false},
		{"T01 terminal", opens("/dev/tty", unix.O_RDWR), "ENOENT", false},
	}
	return append(list, nativeActions()...)
}
