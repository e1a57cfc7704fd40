//go:build linux

package isolate

import (
	"cmp"
	"runtime"
	"slices"

	"golang.org/x/sys/unix"
)

// A machine is what a filter has to know of a processor.
type machine struct {
	audit   uint32 // AUDIT_ARCH_…, by which the kernel tells whose numbers a call uses
	foreign uint32 // from here on numbers are those of another ABI; 0 if there is none
	number  func(call string) (nr uint32, ok bool)
}

// foreignBit marks the calls of x32: programs with short pointers on amd64.
const foreignBit = 0x40000000

var (
	amd64 = machine{unix.AUDIT_ARCH_X86_64, foreignBit, func(call string) (uint32, bool) { return numberOf(call).amd64.get() }}
	arm64 = machine{unix.AUDIT_ARCH_AARCH64, 0, func(call string) (uint32, bool) { return numberOf(call).arm64.get() }}
)

// native is the machine that this program was built for.
func native() machine {
	if runtime.GOARCH == "arm64" {
		return arm64
	}
	return amd64
}

// A pin is a number of the kernel's ABI, which never changes, or absent.
type pin int16

const absent pin = -1

func (p pin) get() (uint32, bool) { return uint32(p), p != absent }

// A numbered call is one that the policy names.
type numbered struct {
	call         string
	amd64, arm64 pin
}

func numberOf(call string) numbered {
	i, ok := slices.BinarySearchFunc(numbers[:], call, func(n numbered, call string) int { return cmp.Compare(n.call, call) })
	if !ok {
		return numbered{call, absent, absent}
	}
	return numbers[i]
}

// numbers are those of arch/x86/entry/syscalls/syscall_64.tbl and of scripts/syscall.tbl
// of the kernel, in the order of their names. Both are compiled on both machines.
var numbers = [...]numbered{
	{"accept", 43, 202}, {"accept4", 288, 242}, {"access", 21, absent}, {"acct", 163, 89}, {"adjtimex", 159, 171},
	{"alarm", 37, absent}, {"arch_prctl", 158, absent}, {"bind", 49, 200}, {"bpf", 321, 280}, {"brk", 12, 214},
	{"capget", 125, 90}, {"capset", 126, 91}, {"chdir", 80, 49}, {"chmod", 90, absent}, {"chown", 92, absent},
	{"chroot", 161, 51}, {"clock_adjtime", 305, 266}, {"clock_getres", 229, 114}, {"clock_gettime", 228, 113},
	{"clock_nanosleep", 230, 115}, {"clock_settime", 227, 112}, {"clone", 56, 220}, {"close", 3, 57},
	{"close_range", 436, 436}, {"connect", 42, 203}, {"copy_file_range", 326, 285}, {"creat", 85, absent},
	{"create_module", 174, absent}, {"delete_module", 176, 106}, {"dup", 32, 23}, {"dup2", 33, absent},
	{"dup3", 292, 24}, {"epoll_create", 213, absent}, {"epoll_create1", 291, 20}, {"epoll_ctl", 233, 21},
	{"epoll_pwait", 281, 22}, {"epoll_wait", 232, absent}, {"eventfd2", 290, 19}, {"execve", 59, 221},
	{"exit", 60, 93}, {"exit_group", 231, 94}, {"faccessat", 269, 48}, {"faccessat2", 439, 439},
	{"fadvise64", 221, 223}, {"fallocate", 285, 47}, {"fanotify_init", 300, 262}, {"fanotify_mark", 301, 263},
	{"fchdir", 81, 50}, {"fchmod", 91, 52}, {"fchmodat", 268, 53}, {"fchmodat2", 452, 452}, {"fchown", 93, 55},
	{"fchownat", 260, 54}, {"fcntl", 72, 25}, {"fdatasync", 75, 83}, {"fgetxattr", 193, 10},
	{"finit_module", 313, 273}, {"flistxattr", 196, 13}, {"flock", 73, 32}, {"fork", 57, absent},
	{"fremovexattr", 199, 16}, {"fsetxattr", 190, 7}, {"fstat", 5, 80}, {"fstatfs", 138, 44}, {"fsync", 74, 82},
	{"ftruncate", 77, 46}, {"futex", 202, 98}, {"getcpu", 309, 168}, {"getcwd", 79, 17}, {"getdents64", 217, 61},
	{"getegid", 108, 177}, {"geteuid", 107, 175}, {"getgid", 104, 176}, {"getgroups", 115, 158},
	{"getitimer", 36, 102}, {"getpeername", 52, 205}, {"getpgid", 121, 155}, {"getpgrp", 111, absent},
	{"getpid", 39, 172}, {"getppid", 110, 173}, {"getpriority", 140, 141}, {"getrandom", 318, 278},
	{"getresgid", 120, 150}, {"getresuid", 118, 148}, {"getrlimit", 97, 163}, {"getrusage", 98, 165},
	{"getsid", 124, 156}, {"getsockname", 51, 204}, {"getsockopt", 55, 209}, {"gettid", 186, 178},
	{"gettimeofday", 96, 169}, {"getuid", 102, 174}, {"getxattr", 191, 8}, {"init_module", 175, 105},
	{"inotify_add_watch", 254, 27}, {"inotify_init", 253, absent}, {"inotify_init1", 294, 26},
	{"inotify_rm_watch", 255, 28}, {"ioctl", 16, 29}, {"ioperm", 173, absent}, {"iopl", 172, absent},
	{"ioprio_set", 251, 30}, {"kcmp", 312, 272}, {"kexec_file_load", 320, 294}, {"kexec_load", 246, 104},
	{"kill", 62, 129}, {"lchown", 94, absent}, {"lgetxattr", 192, 9}, {"link", 86, absent}, {"linkat", 265, 37},
	{"listen", 50, 201}, {"listxattr", 194, 11}, {"llistxattr", 195, 12}, {"lookup_dcookie", 212, 18},
	{"lremovexattr", 198, 15}, {"lseek", 8, 62}, {"lsetxattr", 189, 6}, {"lstat", 6, absent}, {"madvise", 28, 233},
	{"mkdir", 83, absent}, {"mkdirat", 258, 34}, {"mknod", 133, absent}, {"mknodat", 259, 33}, {"mmap", 9, 222},
	{"modify_ldt", 154, absent}, {"mount", 165, 40}, {"mprotect", 10, 226}, {"mremap", 25, 216},
	{"msync", 26, 227}, {"munmap", 11, 215}, {"name_to_handle_at", 303, 264}, {"nanosleep", 35, 101},
	{"newfstatat", 262, 79}, {"nfsservctl", 180, 42}, {"open", 2, absent}, {"open_by_handle_at", 304, 265},
	{"openat", 257, 56}, {"pause", 34, absent}, {"perf_event_open", 298, 241}, {"personality", 135, 92},
	{"pidfd_getfd", 438, 438}, {"pidfd_open", 434, 434}, {"pidfd_send_signal", 424, 424}, {"pipe", 22, absent},
	{"pipe2", 293, 59}, {"pivot_root", 155, 41}, {"poll", 7, absent}, {"ppoll", 271, 73}, {"prctl", 157, 167},
	{"pread64", 17, 67}, {"preadv", 295, 69}, {"prlimit64", 302, 261}, {"process_vm_readv", 310, 270},
	{"process_vm_writev", 311, 271}, {"pselect6", 270, 72}, {"ptrace", 101, 117}, {"pwrite64", 18, 68},
	{"pwritev", 296, 70}, {"quotactl", 179, 60}, {"quotactl_fd", 443, 443}, {"read", 0, 63},
	{"readlink", 89, absent}, {"readlinkat", 267, 78}, {"readv", 19, 65}, {"reboot", 169, 142},
	{"recvfrom", 45, 207}, {"recvmmsg", 299, 243}, {"recvmsg", 47, 212}, {"removexattr", 197, 14},
	{"rename", 82, absent}, {"renameat", 264, 38}, {"renameat2", 316, 276}, {"restart_syscall", 219, 128},
	{"rmdir", 84, absent}, {"rseq", 334, 293}, {"rt_sigaction", 13, 134}, {"rt_sigpending", 127, 136},
	{"rt_sigprocmask", 14, 135}, {"rt_sigreturn", 15, 139}, {"rt_sigsuspend", 130, 133},
	{"rt_sigtimedwait", 128, 137}, {"sched_get_priority_max", 146, 125}, {"sched_get_priority_min", 147, 126},
	{"sched_getaffinity", 204, 123}, {"sched_getparam", 143, 121}, {"sched_getscheduler", 145, 120},
	{"sched_setaffinity", 203, 122}, {"sched_setattr", 314, 274}, {"sched_setparam", 142, 118},
	{"sched_setscheduler", 144, 119}, {"sched_yield", 24, 124}, {"select", 23, absent}, {"sendfile", 40, 71},
	{"sendmmsg", 307, 269}, {"sendmsg", 46, 211}, {"sendto", 44, 206}, {"set_robust_list", 273, 99},
	{"set_tid_address", 218, 96}, {"setdomainname", 171, 162}, {"setfsgid", 123, 152}, {"setfsuid", 122, 151},
	{"setgid", 106, 144}, {"setgroups", 116, 159}, {"sethostname", 170, 161}, {"setitimer", 38, 103},
	{"setns", 308, 268}, {"setpgid", 109, 154}, {"setpriority", 141, 140}, {"setregid", 114, 143},
	{"setresgid", 119, 149}, {"setresuid", 117, 147}, {"setreuid", 113, 145}, {"setsid", 112, 157},
	{"setsockopt", 54, 208}, {"settimeofday", 164, 170}, {"setuid", 105, 146}, {"setxattr", 188, 5},
	{"shutdown", 48, 210}, {"sigaltstack", 131, 132}, {"socket", 41, 198}, {"socketpair", 53, 199},
	{"splice", 275, 76}, {"stat", 4, absent}, {"statfs", 137, 43}, {"statx", 332, 291}, {"swapoff", 168, 225},
	{"swapon", 167, 224}, {"symlink", 88, absent}, {"symlinkat", 266, 36}, {"sysinfo", 99, 179},
	{"syslog", 103, 116}, {"tgkill", 234, 131}, {"time", 201, absent}, {"times", 100, 153}, {"tkill", 200, 130},
	{"truncate", 76, 45}, {"umask", 95, 166}, {"umount2", 166, 39}, {"uname", 63, 160}, {"unlink", 87, absent},
	{"unlinkat", 263, 35}, {"unshare", 272, 97}, {"uselib", 134, absent}, {"utimensat", 280, 88},
	{"vfork", 58, absent}, {"vhangup", 153, 58}, {"wait4", 61, 260}, {"waitid", 247, 95}, {"write", 1, 64},
	{"writev", 20, 66},
}
