//go:build linux && (amd64 || arm64)

package isolate

import (
	"os"
	"slices"
	"strconv"
	"strings"

	"golang.org/x/sys/unix"
)

// rows are numbered by what they attack: A reading what was not granted, B writing,
// C the network (here), D other processes, K the kernel, P rights, R resources, S
// side channels, T the terminal (battery_kernel_test.go), and first steps of real
// escapes (battery_cve_test.go).
func rows() []row {
	return slices.Concat(fileRows(), writeRows(), mountRows(), networkRows(), processRows(), kernelRows(), sweepRows(),
		rightRows(), sideRows(), limitRows(), argumentRows(), cveRows(), nativeRows(), secondRows(), bitRows(), landlockRows(), privateRows(), floodRows())
}

// notThere makes a row for each path: it is not there.
func notThere(id string, flags int, paths ...string) []row {
	var all []row
	for _, path := range paths {
		r := row{ID: id + " " + path, Do: []step{opens(path, flags)}, Want: "ENOENT"}
		if _, err := os.Lstat(bareProc(path)); strings.HasPrefix(path, "/proc/") && err != nil {
			r.Alike = "this kernel has none"
		}
		all = append(all, r)
	}
	return all
}

// bareProc is where a path of the room's /proc is without a room.
func bareProc(path string) string { return strings.Replace(path, "/proc/.pid", "/proc", 1) }

func fileRows() []row {
	return slices.Concat(
		notThere("A02", unix.O_RDONLY, "/etc/shadow"),
		notThere("A03", unix.O_RDONLY, "/root/.aws/credentials", "/root/.ssh/id_ed25519", "/home/person/.config/gcloud/credentials.db",
			"/home/person/.kube/config", "/home/person/.netrc", "/home/person/.npmrc", "/run/secrets/token", "/var/lib/docker/key",
			"/opt/tool/key", "/mnt/secret", "/usr/local/var/secret"),
		notThere("A04", unix.O_RDONLY, "/root/.local/state/secgpt/audit.jsonl", "/home/person/.config/secgpt/config.toml"),
		notThere("A06", unix.O_RDONLY, "/proc/30001/maps", "/proc/.pid/30001/maps", "/proc/.pid/1/mem"),
		notThere("A08", unix.O_RDONLY, "/proc/30001/root/mnt/secret", "/proc/1/root/mnt/secret", "/proc/.pid/1/root/mnt/secret",
			"/proc/1/cwd/mnt/secret", "/proc/self/root/mnt/secret", "/proc/self/cwd/../mnt/secret"),
		notThere("A09", unix.O_RDONLY, "/proc/1/environ", "/proc/1/maps", "/proc/1/fd", "/proc/.pid/1/environ", "/proc/.pid/1/maps",
			"/proc/.pid/1/exe", "/proc/.pid/1/fd/0"),
		notThere("A20", unix.O_RDONLY, "/proc/kcore", "/dev/mem", "/dev/kmem", "/proc/kallsyms", "/proc/kpageflags", "/proc/keys",
			"/proc/slabinfo", "/proc/timer_list"),
		notThere("A21", unix.O_RDONLY, "/proc/sys", "/proc/sys/kernel/osrelease", "/proc/cmdline", "/sys", "/sys/class/dmi/id/product_uuid",
			"/etc/machine-id", "/proc/partitions", "/proc/modules", "/proc/interrupts"),
		notThere("A23", unix.O_RDONLY, "/dev/vda", "/dev/sda", "/dev/loop0", "/dev/mapper/control", "/dev/kvm", "/dev/fuse", "/dev/vhost-net",
			"/dev/dri/card0"),
		notThere("A28", unix.O_RDONLY, "/proc/30001/cmdline", "/proc/.pid/30001/cmdline"),
		[]row{
			{ID: "A10 write own program", Do: []step{opens("/proc/self/exe", unix.O_WRONLY)}, Want: "EACCES|EROFS|ETXTBSY", Alike: "a program that runs is never written"},
			{ID: "A10 write it by its descriptor", Do: []step{opens("/proc/self/exe", unix.O_RDONLY),
				sys(unix.SYS_OPENAT, here, formatted("/proc/self/fd/%d", 1), unix.O_WRONLY)}, Want: "EACCES|EROFS|ETXTBSY", Alike: "a program that runs is never written"},
			{ID: "A10 write the room's program", Do: []step{opens(SelfPath, unix.O_WRONLY)}, Want: "EACCES|EROFS|ETXTBSY"},
			{ID: "A11 descriptors", Do: []step{{Kind: "fds"}}, Want: "none", Judge: foreignLinks, Alike: "a battery without a room inherits none either"},
			{ID: "A13 link out", Do: []step{sys(unix.SYS_UNLINKAT, here, "/tmp/out", 0).may(), sys(unix.SYS_SYMLINKAT, "/mnt/secret", here, "/tmp/out"),
				opens("/tmp/out", unix.O_RDONLY)}, Want: "ENOENT"},
			{ID: "A13 hard link out", Do: []step{sys(unix.SYS_LINKAT, here, "/mnt/secret", here, "/tmp/hard", 0)}, Want: "ENOENT"},
			{ID: "A16 dots", Do: []step{opens("/usr/../../../../mnt/secret", unix.O_RDONLY)}, Want: "ENOENT"},
			{ID: "A16 long path", Do: []step{opens(strings.Repeat("/usr/..", 600)+"/mnt/secret", unix.O_RDONLY)}, Want: "ENAMETOOLONG", Alike: "a path is at most 4,096 bytes anywhere"},
			{ID: "A17 canary", Do: []step{opens("/.room/canary", unix.O_RDONLY)}, Want: "EACCES"},
			{ID: "A17 list the room's own", Do: []step{opens("/.room", unix.O_RDONLY)}, Want: "EACCES"},
			{ID: "A18 handle", Do: []step{sys(unix.SYS_NAME_TO_HANDLE_AT, here, "/usr", zeros(0), 0, 0)}, Want: "EPERM"},
			{ID: "A18 by handle", Do: []step{sys(unix.SYS_OPEN_BY_HANDLE_AT, here, 0, 0)}, Want: "EPERM", Alike: "the kernel asks for a capability over the machine"},
			{ID: "A19 list the root", Do: []step{opens("/", unix.O_RDONLY)}, Want: "EACCES"},
			{ID: "A19 out of the root", Do: []step{opens(strings.Repeat("../", 64)+"mnt/secret", unix.O_RDONLY)}, Want: "ENOENT"},
			{ID: "A19 old root", Do: []step{opens("../old", unix.O_RDONLY)}, Want: "ENOENT", Alike: "there is none outside"},
			{ID: "A19 folder of a descriptor", Do: []step{sys(unix.SYS_FCHDIR, 0)}, Want: "ENOTDIR", Alike: "standard input is a pipe outside, too"},
			{ID: "A21 version", Do: reading("/proc/version"), Want: "Linux version 0 (app) #1\n"},
			{ID: "A21 memory", Do: reading("/proc/meminfo"), Want: "4194304 kB", Judge: secondWord},
			{ID: "A21 uptime", Do: reading("/proc/uptime"), Want: "1.00 1.00\n"},
			{ID: "A22 mounts can be listed", Do: []step{opens("/proc/self/mountinfo", unix.O_RDONLY)}, Want: "ok", Alike: "known: a room shows the devices of its mounts"},
			{ID: "A24 device node", Do: []step{sys(unix.SYS_MKNODAT, here, "/tmp/mem", unix.S_IFCHR, 0x101)}, Want: "EPERM", Alike: "the kernel refuses it in any user namespace"},
			{ID: "A24 socket by mknod", Do: []step{sys(unix.SYS_MKNODAT, here, "/tmp/node1", unix.S_IFSOCK|0o600, 0)}, Want: "EPERM"},
			{ID: "A24 file by mknod", Do: []step{sys(unix.SYS_MKNODAT, here, "/tmp/node2", unix.S_IFREG|0o4755, 0)}, Want: "EPERM"},
			{ID: "A24 pipe with a set-id bit", Do: []step{sys(unix.SYS_MKNODAT, here, "/tmp/node3", unix.S_IFIFO|0o4755, 0)}, Want: "EPERM"},
			{ID: "A24 device node by whiteout", Do: []step{opens("/tmp/white", unix.O_CREAT|unix.O_WRONLY),
				sys(unix.SYS_RENAMEAT2, here, "/tmp/white", here, "/tmp/moved", unix.RENAME_WHITEOUT)}, Want: "EPERM"},
			{ID: "A25 watch the host", Do: []step{sys(unix.SYS_INOTIFY_INIT1, 0), sys(unix.SYS_INOTIFY_ADD_WATCH, res(1), "/home", unix.IN_CREATE)}, Want: "ENOENT"},
			{ID: "A26 core limit", Do: []step{sys(unix.SYS_GETRLIMIT, unix.RLIMIT_CORE, zeros(16)), figures(1, 2, 0, 8, 2)}, Want: "1 1"},
			{ID: "A26 core limit, set", Do: []step{sys(unix.SYS_SETRLIMIT, unix.RLIMIT_CORE, zeros(16))}, Want: "ENOSYS"},
			{ID: "A26 core limit, set anew", Do: []step{sys(unix.SYS_PRLIMIT64, 0, unix.RLIMIT_CORE, zeros(16), 0)}, Want: "ENOSYS"},
			{ID: "A26 lease", Do: []step{opens("/proc/self/exe", unix.O_RDONLY), sys(unix.SYS_FCNTL, res(1), unix.F_SETLEASE, 99)}, Want: "EPERM"},
			{ID: "A26 lease, upper half", Do: []step{opens("/proc/self/exe", unix.O_RDONLY), sys(unix.SYS_FCNTL, res(1), 1<<32|unix.F_SETLEASE, 99)}, Want: "EPERM"},
			{ID: "A26 notify", Do: []step{opens("/usr", unix.O_RDONLY), sys(unix.SYS_FCNTL, res(1), unix.F_NOTIFY, 0)}, Want: "EPERM"},
			{ID: "A27 environment", Do: []step{{Kind: "env"}}, Want: "nothing else", Judge: foreignNames},
		})
}

func secondWord(text string) string {
	line, _, _ := strings.Cut(text, "\n")
	_, rest, _ := strings.Cut(line, ":")
	return strings.TrimSpace(rest)
}

// foreignLinks drops the descriptors that the runtimes make for themselves.
func foreignLinks(text string) string {
	for link := range strings.Lines(text) {
		own := slices.ContainsFunc([]string{"anon_inode:[event", "anon_inode:[io_uring", "pipe:", "/proc/", "/dev/null"},
			func(p string) bool { return strings.HasPrefix(link, p) })
		if !own {
			return text
		}
	}
	return "none"
}

// foreignNames drops the variables that were given, and one that CPython sets.
func foreignNames(text string) string {
	for name := range strings.FieldsSeq(text) {
		if !slices.Contains([]string{"PATH", "HOME", "GORACE", "LC_CTYPE"}, name) {
			return name
		}
	}
	return "nothing else"
}

func writeRows() []row {
	const create, write = unix.O_CREAT | unix.O_WRONLY, unix.O_WRONLY
	granted := func(id string, want string, do ...step) row { return row{ID: "B04 " + id, Do: do, Granted: want} }
	return slices.Concat(
		notThere("B01", write|unix.O_APPEND, "/root/.bashrc", "/home/person/.profile", "/home/person/.zshenv"),
		notThere("B07", write, "/proc/sys/kernel/core_pattern", "/proc/.pid/sys/kernel/core_pattern", "/proc/sys/kernel/modprobe",
			"/sys/kernel/uevent_helper"),
		notThere("B08", write, "/proc/sysrq-trigger"),
		notThere("B11", write, "/sys/fs/cgroup/cgroup.procs", "/sys/fs/cgroup/release_agent"),
		[]row{
			{ID: "B02 hooks of a workspace", Do: []step{opens("/mnt/granted/.git/hooks/pre-commit", write)}, Granted: "EROFS"},
			{ID: "B02 new hook", Do: []step{opens("/mnt/granted/.git/hooks/new", create)}, Granted: "EROFS"},
			{ID: "B03 program", Do: []step{opens("/usr/bin/new", create)}, Want: "EROFS", Alike: "/usr is not the throwaway's"},
			{ID: "B03 local program", Do: []step{opens("/usr/local/bin/new", create)}, Want: "EROFS", Alike: "/usr is not the throwaway's"},
			{ID: "B03 passwd", Do: []step{opens("/etc/passwd", write)}, Want: "EACCES"},
			{ID: "B03 hosts", Do: []step{opens("/etc/hosts", write|unix.O_TRUNC)}, Want: "EROFS", Alike: "the throwaway has none"},
			{ID: "B03 cron", Do: []step{opens("/etc/cron.d/job", create)}, Want: "ENOENT"},
			{ID: "B03 root", Do: []step{opens("/new", create)}, Want: "EROFS", Alike: "/ is not the throwaway's"},
			{ID: "B03 room", Do: []step{opens("/.room/new", create)}, Want: "EROFS"},
			{ID: "B03 remove", Do: []step{sys(unix.SYS_UNLINKAT, here, "/etc/passwd", 0)}, Want: "EROFS"},
			granted("write", "EROFS", opens("/mnt/granted/file", write)),
			granted("truncate", "EROFS", opens("/mnt/granted/file", write|unix.O_TRUNC)),
			granted("truncate by path", "EROFS", sys(unix.SYS_TRUNCATE, "/mnt/granted/file", 0)),
			granted("create", "EROFS", opens("/mnt/granted/new", create)),
			granted("rename", "EROFS", sys(unix.SYS_RENAMEAT, here, "/mnt/granted/file", here, "/mnt/granted/new")),
			granted("chmod", "EROFS", sys(unix.SYS_FCHMODAT, here, "/mnt/granted/file", 0o777)),
			granted("chown", "EROFS", sys(unix.SYS_FCHOWNAT, here, "/mnt/granted/file", 1000, 1000, 0)),
			granted("times", "EROFS", sys(unix.SYS_UTIMENSAT, here, "/mnt/granted/file", 0, 0)),
			granted("link into", "EROFS", opens("/mnt/shared/file", unix.O_RDONLY), sys(unix.SYS_LINKAT, here, "/mnt/shared/file", here, "/mnt/granted/new", 0)),
			{ID: "B04 written where it may be", Do: []step{opens("/mnt/shared/file", write)}, Granted: "ok", Alike: "it is granted"},
			granted("socket of the person", "EAFNOSUPPORT at 1", dialing(local("/mnt/granted/agent.sock"))...),
			granted("set-id in a shared folder", "EPERM", sys(unix.SYS_FCHMODAT, here, "/mnt/shared/file", 0o4755)),
			{ID: "B05 set-id by chmod", Do: on(sys(unix.SYS_FCHMODAT, here, "/tmp/own", 0o4755)), Want: "EPERM"},
			{ID: "B05 set-id by fchmod", Do: on(sys(unix.SYS_FCHMOD, res(1), 0o2755)), Want: "EPERM"},
			{ID: "B05 set-id by fchmodat2", Do: on(sys(unix.SYS_FCHMODAT2, here, "/tmp/own", 0o4755, 0)), Want: "EPERM"},
			{ID: "B05 set-id by open", Do: []step{sys(unix.SYS_OPENAT, here, "/tmp/setid", create, 0o6755)}, Want: "EPERM"},
			{ID: "B05 set-id without a name", Do: []step{sys(unix.SYS_OPENAT, here, "/tmp", unix.O_TMPFILE|unix.O_RDWR, 0o4755)}, Want: "EPERM"},
			{ID: "B05 set-id folder", Do: []step{sys(unix.SYS_MKDIRAT, here, "/tmp/folder", 0o2777)}, Want: "EPERM"},
			{ID: "B09 oom score", Do: []step{opens("/proc/self/oom_score_adj", write)}, Want: "EROFS"},
			{ID: "B09 first to be ended", Do: reading("/proc/self/oom_score_adj"), Want: "1000\n"},
			{ID: "B10 uid map", Do: []step{opens("/proc/self/uid_map", write)}, Want: "EROFS"},
			{ID: "B10 gid map", Do: []step{opens("/proc/self/gid_map", write)}, Want: "EROFS"},
			{ID: "B10 setgroups", Do: []step{opens("/proc/self/setgroups", write)}, Want: "EROFS"},
			{ID: "B12 attribute", Do: on(sys(unix.SYS_FSETXATTR, res(1), "user.x", "x", 1, 0)), Want: "EOPNOTSUPP"},
			{ID: "B12 attribute by path", Do: on(sys(unix.SYS_SETXATTR, "/tmp/own", "user.x", "x", 1, 0)), Want: "EOPNOTSUPP"},
			{ID: "B12 attribute of a link", Do: on(sys(unix.SYS_LSETXATTR, "/tmp/none", "user.x", "x", 1, 0)), Want: "EOPNOTSUPP"},
			{ID: "B12 capability of a file", Do: on(sys(unix.SYS_FSETXATTR, res(1), "security.capability", zeros(1), 1, 0)), Want: "EOPNOTSUPP"},
			{ID: "B12 remove an attribute", Do: on(sys(unix.SYS_FREMOVEXATTR, res(1), "user.x")), Want: "EOPNOTSUPP"},
			{ID: "B13 file flags", Do: on(sys(unix.SYS_IOCTL, res(1), unix.FS_IOC_GETFLAGS, zeros(8))), Want: "ENOTTY"},
			{ID: "B13 set file flags", Do: on(sys(unix.SYS_IOCTL, res(1), unix.FS_IOC_SETFLAGS, 0)), Want: "ENOTTY"},
		})
}

// mountRows ask what each mount takes away.
func mountRows() []row {
	var all []row
	mount := func(path, bare, granted string) {
		all = append(all, row{ID: "M01 mount " + path, Do: []step{sys(unix.SYS_STATFS, path, zeros(120)), figures(1, 2, 80, 8, 1)},
			Want: bare, Granted: granted, Judge: mountFlags})
	}
	mount("/", "read-only no-set-id no-devices no-programs", "")
	mount("/usr", "read-only no-set-id no-devices", "")
	mount("/etc", "read-only no-set-id no-devices no-programs", "")
	mount("/.room/self", "read-only no-set-id no-devices", "")
	mount("/etc/ssl/certs", "read-only no-set-id no-devices no-programs", "")
	mount("/proc/.pid", "read-only no-set-id no-devices no-programs", "")
	mount("/tmp", "no-set-id no-devices", "")
	mount("/data", "no-set-id no-devices", "")
	mount("/dev/shm", "no-set-id no-devices", "")
	for _, device := range []string{"null", "zero", "full", "random", "urandom"} {
		mount("/dev/"+device, "read-only no-set-id no-programs", "")
	}
	for _, path := range shownIfThere() {
		if strings.HasPrefix(path, "/etc/") || path == "/usr/local/var" {
			mount(path, "read-only no-set-id no-devices no-programs", "")
		} else {
			mount(path, "read-only no-set-id no-devices", "")
		}
	}
	mount("/mnt/granted/below", "", "read-only no-set-id no-devices")
	mount("/kit", "", "read-only no-set-id no-devices")
	mount("/mnt/granted", "", "read-only no-set-id no-devices")
	mount("/mnt/shared", "", "no-set-id no-devices")
	return all
}

func mountFlags(text string) string {
	flags, err := strconv.Atoi(text)
	if err != nil {
		return text
	}
	var names []string
	for _, f := range []struct {
		bit  int
		name string
	}{{unix.ST_RDONLY, "read-only"}, {unix.ST_NOSUID, "no-set-id"}, {unix.ST_NODEV, "no-devices"}, {unix.ST_NOEXEC, "no-programs"}} {
		if flags&f.bit != 0 {
			names = append(names, f.name)
		}
	}
	return strings.Join(names, " ")
}

// noFamilyHere is why some sockets have no control.
const noFamilyHere = "not every kernel has the family"

func socketRow(id, want string, family, kind, proto int) row {
	return row{ID: id, Do: []step{sys(unix.SYS_SOCKET, family, kind|unix.SOCK_CLOEXEC, proto)}, Want: want}
}

func networkRows() []row {
	var all []row
	out := func(id, want string, addr []byte) {
		all = append(all, row{ID: id, Do: dialing(addr), Want: want})
	}
	out("C02 internet", "ENETUNREACH", in4(1, 1, 1, 1, 443))
	out("C02 local network", "ENETUNREACH", in4(10, 0, 0, 1, 22))
	out("C03 metadata", "ENETUNREACH", in4(169, 254, 169, 254, 80))
	out("C03 metadata 6", "ENETUNREACH", in6([16]byte{0xfd, 0, 0x0e, 0xc2, 14: 2, 15: 0x54}, 0, 80))
	out("C03 metadata of another cloud", "ENETUNREACH", in4(100, 100, 100, 200, 80))
	out("C03 metadata of a third", "ENETUNREACH", in4(168, 63, 129, 16, 80))
	out("C05 name server by TCP", "ECONNREFUSED", in4(127, 0, 0, 53, 53))
	out("C19 address that was never handed out", "ECONNREFUSED", in4(127, 83, 71, 2, 443))
	out("C19 port that was never granted", "ECONNREFUSED", in4(127, 83, 71, 1, 22))
	out("C19 address of another proxy", "ENETUNREACH", in4(198, 18, 1, 200, 443))
	out("C16 loopback of the host", "ECONNREFUSED", in4(127, 0, 0, 1, 22))
	out("C16 any address", "ECONNREFUSED", in4(0, 0, 0, 0, 22))
	out("C16 loopback 6", "ECONNREFUSED", in6([16]byte{15: 1}, 0, 22))
	out("C16 mapped", "ECONNREFUSED", in6([16]byte{10: 0xff, 11: 0xff, 12: 127, 15: 1}, 0, 22))
	out("C16 link-local", "EADDRNOTAVAIL|ENETUNREACH", in6([16]byte{0xfe, 0x80, 15: 1}, 1, 22))
	for i, r := range all {
		if strings.Contains(r.ID, "link-local") {
			all[i].Alike = "lo has no such address outside either"
		}
	}
	for _, path := range shamSockets {
		if !strings.HasPrefix(path, "/mnt/") {
			want, id := "ENOENT", "C14 socket "
			if path[0] == '@' {
				path, want, id = "\x00"+path[1:], "ECONNREFUSED", "C14 abstract socket "
			}
			all = append(all, row{ID: id + strings.TrimLeft(path, "\x00"), Do: dialing(local(path)), Want: want, Granted: "EAFNOSUPPORT at 1"})
		}
	}
	toll := func(call step) []step {
		return []step{sys(unix.SYS_SOCKET, unix.AF_INET, unix.SOCK_DGRAM, 0), call}
	}
	return append(all,
		row{ID: "C05 a name", Do: []step{{Kind: "resolve", Argv: []string{"secret.evil.test"}}}, Want: "no address"},
		row{ID: "C05 a name that is granted", Do: []step{{Kind: "resolve", Argv: []string{"allowed.test"}}}, Want: "127.83.71.1"},
		row{ID: "C05 a query", Do: append(connecting(unix.SOCK_DGRAM, in4(127, 0, 0, 1, 53)), sys(unix.SYS_WRITE, res(1), "query", 5),
			sys(unix.SYS_WRITE, res(1), "query", 5)), Want: "ECONNREFUSED"},
		row{ID: "C05 a query to the internet", Do: toll(sys(unix.SYS_SENDTO, res(1), "query", 5, 0, in4(1, 1, 1, 1, 53), 16)), Want: "ENETUNREACH"},
		socketRow("C08 raw", "EPERM", unix.AF_INET, unix.SOCK_RAW, unix.IPPROTO_ICMP),
		socketRow("C08 raw 6", "EPERM", unix.AF_INET6, unix.SOCK_RAW, unix.IPPROTO_ICMPV6),
		socketRow("C08 ping", "EPERM", unix.AF_INET, unix.SOCK_DGRAM, unix.IPPROTO_ICMP),
		socketRow("C08 several ways at once", "EPROTONOSUPPORT", unix.AF_INET, unix.SOCK_STREAM, 262),
		socketRow("C08 packets in order", "EPERM", unix.AF_INET, unix.SOCK_SEQPACKET, 132),
		socketRow("C08 packet", "EAFNOSUPPORT", unix.AF_PACKET, unix.SOCK_RAW, 0),
		socketRow("C08 routes", "EAFNOSUPPORT", unix.AF_NETLINK, unix.SOCK_RAW, 0),
		row{ID: "C10 machine", Do: []step{sys(unix.SYS_SOCKET, unix.AF_VSOCK, unix.SOCK_STREAM, 0)}, Want: "EAFNOSUPPORT", Alike: noFamilyHere},
		row{ID: "C08 families 3 to 9", Do: []step{sys(unix.SYS_SOCKET, turn(3), unix.SOCK_DGRAM, 0).allSame(7)}, Want: "EAFNOSUPPORT", Alike: "this kernel has none of them"},
		row{ID: "C08 families 11 to 63", Do: []step{sys(unix.SYS_SOCKET, turn(11), unix.SOCK_RAW, 0).allSame(53)}, Want: "EAFNOSUPPORT"},
		row{ID: "C08 upper half", Do: []step{sys(unix.SYS_SOCKET, 1<<32|unix.AF_NETLINK, unix.SOCK_RAW, 0)}, Want: "EAFNOSUPPORT"},
		row{ID: "C15 pair of another family", Do: []step{sys(unix.SYS_SOCKETPAIR, unix.AF_INET, unix.SOCK_STREAM, 0, zeros(8))}, Want: "EAFNOSUPPORT"},
		row{ID: "C15 pair to hand over", Do: []step{sys(unix.SYS_SOCKETPAIR, unix.AF_UNIX, unix.SOCK_DGRAM, 0, zeros(8))}, Granted: "EAFNOSUPPORT"},
		row{ID: "C17 set an address", Do: toll(sys(unix.SYS_IOCTL, res(1), unix.SIOCSIFADDR, 0)), Want: "ENOTTY"},
		row{ID: "C17 change a flag", Do: toll(sys(unix.SYS_IOCTL, res(1), unix.SIOCSIFFLAGS, 0)), Want: "ENOTTY"},
		row{ID: "C17 tunnel", Do: []step{opens("/dev/net/tun", unix.O_RDWR)}, Want: "ENOENT"},
		row{ID: "C18 low port", Do: []step{sys(unix.SYS_SOCKET, unix.AF_INET, unix.SOCK_STREAM, 0), sys(unix.SYS_BIND, res(1), in4(127, 0, 0, 9, 443), 16)}, Want: "EACCES"},
		row{ID: "C18 the hub's port", Do: []step{sys(unix.SYS_SOCKET, unix.AF_INET, unix.SOCK_STREAM, 0), sys(unix.SYS_BIND, res(1), in4(127, 83, 71, 1, 8443), 16)}, Want: "EADDRINUSE"},
		row{ID: "C18 the hub's port, everywhere", Do: []step{sys(unix.SYS_SOCKET, unix.AF_INET, unix.SOCK_STREAM, 0), sys(unix.SYS_BIND, res(1), in4(0, 0, 0, 0, 8443), 16)}, Want: "EADDRINUSE"},
		row{ID: "C18 the hub's port, shared", Do: []step{sys(unix.SYS_SOCKET, unix.AF_INET, unix.SOCK_STREAM, 0), sys(unix.SYS_SETSOCKOPT, res(1), unix.SOL_SOCKET, unix.SO_REUSEPORT, []byte{1, 0, 0, 0}, 4), sys(unix.SYS_BIND, res(1), in4(127, 83, 71, 1, 8443), 16)}, Want: "EADDRINUSE"},
		row{ID: "C33 neighbour", Do: []step{sys(unix.SYS_SOCKET, unix.AF_INET, unix.SOCK_STREAM, 0), sys(unix.SYS_BIND, res(1), in4(10, 0, 0, 1, 4443), 16)}, Want: "EADDRNOTAVAIL"},
	)
}
