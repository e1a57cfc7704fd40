//go:build linux && (amd64 || arm64)

package isolate

import (
	"strings"

	"golang.org/x/sys/unix"
)

// The answers of the policy. ENOSYS and the like make programs fall back, and are
// what a kernel without the feature says; EPERM is for calls that programs try and
// report; kill is for what no honest program does.
const (
	noPerm   action = unix.SECCOMP_RET_ERRNO | action(unix.EPERM)
	noCall   action = unix.SECCOMP_RET_ERRNO | action(unix.ENOSYS)
	invalid  action = unix.SECCOMP_RET_ERRNO | action(unix.EINVAL)
	noDevice action = unix.SECCOMP_RET_ERRNO | action(unix.ENOTTY)
	noFamily action = unix.SECCOMP_RET_ERRNO | action(unix.EAFNOSUPPORT)
	noKind   action = unix.SECCOMP_RET_ERRNO | action(unix.EPROTONOSUPPORT)
	noOption action = unix.SECCOMP_RET_ERRNO | action(unix.ENOPROTOOPT)
	noFlag   action = unix.SECCOMP_RET_ERRNO | action(unix.EOPNOTSUPP)
)

// A decision is the whole of the policy on one call, which it names as the kernel
// does. A call that a machine has no number for is left out there.
type decision struct {
	call string
	verdict
}

// policyFor is the allow list: what Go, CPython, Node, the JVM, Rust, git, sqlite and
// a shell were seen to need to compute, to use their files and to talk to their own
// processes. What it does not name is ENOSYS. A room that was granted a folder of the
// host gets a stricter one: see besideGrants.
//
// It is plain data, a new copy each time, so that a test can leave out a part of it.
func policyFor(granted bool) []decision {
	var p []decision
	for _, group := range []struct {
		calls string
		do    action
	}{
		{fileData, allow}, {fileNames, allow}, {memory, allow}, {processes, allow}, {clocks, allow},
		{sockets, allow}, {waiting, allow}, {oldCalls, allow},
		{zeroCopy, invalid}, {attributes, noFlag}, {refused, noPerm}, {tripwires, kill},
	} {
		for call := range strings.FieldsSeq(group.calls) {
			p = append(p, decision{call, verdict{otherwise: group.do}})
		}
	}
	p = append(p, onFiles()...)
	p = append(p, onMemory()...)
	p = append(p, onProcesses()...)
	p = append(p, onSockets()...)
	if granted {
		return append(p, besideGrants()...)
	}
	return append(p, alone()...)
}

const fileData = `
	read write readv writev pread64 pwrite64 preadv pwritev lseek copy_file_range
	fsync fdatasync ftruncate truncate fadvise64`

const fileNames = `
	close close_range fstat newfstatat statx statfs fstatfs faccessat faccessat2 getdents64 readlinkat
	renameat linkat symlinkat unlinkat fchown fchownat umask utimensat chdir fchdir getcwd flock dup dup3
	getxattr lgetxattr fgetxattr listxattr llistxattr flistxattr inotify_init1 inotify_rm_watch`

const memory = `munmap mprotect brk msync`

const processes = `
	execve exit exit_group wait4 waitid
	getpid getppid gettid getpgid setpgid getsid setsid
	getuid geteuid getgid getegid getresuid getresgid getgroups capget
	kill tkill tgkill pidfd_open pidfd_send_signal
	rt_sigaction rt_sigprocmask rt_sigreturn rt_sigpending rt_sigtimedwait rt_sigsuspend sigaltstack
	restart_syscall getrlimit getrusage getpriority setpriority
	sched_yield sched_getaffinity sched_getparam sched_getscheduler sched_get_priority_max sched_get_priority_min
	set_tid_address set_robust_list rseq
	uname sysinfo getcpu getrandom`

// clocks has no timer_create: timers on processor time were a way into the kernel
// (CVE-2025-38352), and what used it falls back to setitimer.
const clocks = `times gettimeofday clock_gettime clock_getres nanosleep getitimer setitimer`

// sockets reach only the room's own network, which has nothing but a loopback.
const sockets = `connect bind listen accept accept4 shutdown getsockname getpeername`

const waiting = `ppoll pselect6 epoll_create1 epoll_ctl epoll_pwait eventfd2`

// oldCalls are what newer machines do by the …at forms and the like.
const oldCalls = `
	stat lstat access readlink rename link symlink unlink rmdir chown lchown dup2 inotify_init
	fork vfork getpgrp time alarm pause poll select epoll_create epoll_wait pipe`

// zeroCopy hands pages of a file on to pipes and sockets. Every file of /usr that a
// room reads is the host's own, and a kernel that changes such a page in place changes
// it for the host: Dirty Pipe, Copy Fail (CVE-2026-31431), Dirty Frag (CVE-2026-43284
// and -43500), Fragnesia (CVE-2026-46300). EINVAL is what descriptors of another kind
// answer, after which programs read and write; Go and the JVM do not after ENOSYS.
const zeroCopy = `splice sendfile`

// attributes of files would outlive the room. cp -p and install copy permissions as
// such, and fall back to chmod where a file system has none.
const attributes = `setxattr lsetxattr fsetxattr removexattr lremovexattr fremovexattr`

// refused are well known calls of the privileged, ways to look into another process,
// and what a race against the kernel is timed and set up with.
const refused = `
	unshare setns mount umount2 pivot_root chroot
	name_to_handle_at open_by_handle_at fanotify_init fanotify_mark quotactl quotactl_fd acct swapon swapoff
	ptrace process_vm_readv process_vm_writev kcmp pidfd_getfd
	setuid setgid setreuid setregid setresuid setresgid setfsuid setfsgid setgroups capset
	sched_setscheduler sched_setparam sched_setattr sched_setaffinity ioprio_set personality
	bpf perf_event_open settimeofday clock_settime adjtimex clock_adjtime
	lookup_dcookie nfsservctl vhangup syslog sethostname setdomainname uselib modify_ldt`

const tripwires = `
	kexec_load kexec_file_load init_module finit_module delete_module create_module reboot iopl ioperm`
