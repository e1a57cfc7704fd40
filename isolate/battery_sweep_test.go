//go:build linux && (amd64 || arm64)

package isolate

import (
	"fmt"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
	"golang.org/x/sys/unix"
)

// What each call must come to, whatever the policy says: a second list, so that a
// call that slips from one to another is seen. What is in none of them is ENOSYS.
const (
	// Let through, or decided by arguments: rows of their own.
	callsOpen = `
	accept accept4 access alarm bind brk capget chdir chown clock_getres clock_gettime close close_range connect
	copy_file_range dup dup2 dup3 epoll_create epoll_create1 epoll_ctl epoll_pwait epoll_wait eventfd2 execve
	exit exit_group faccessat faccessat2 fadvise64 fchdir fchown fchownat fdatasync fgetxattr flistxattr flock
	fork fstat fstatfs fsync ftruncate getcpu getcwd getdents64 getegid geteuid getgid getgroups getitimer
	getpeername getpgid getpgrp getpid getppid getpriority getrandom getresgid getresuid getrlimit getrusage
	getsid getsockname gettid gettimeofday getuid getxattr inotify_init inotify_init1 inotify_rm_watch kill
	lchown lgetxattr link linkat listen listxattr llistxattr lseek lstat mprotect msync munmap nanosleep
	newfstatat pause pidfd_open pidfd_send_signal pipe poll ppoll pread64 preadv pselect6 pwrite64 pwritev read
	readlink readlinkat readv rename renameat restart_syscall rmdir rseq rt_sigaction rt_sigpending
	rt_sigprocmask rt_sigreturn rt_sigsuspend rt_sigtimedwait sched_get_priority_max sched_get_priority_min
	sched_getaffinity sched_getparam sched_getscheduler sched_yield select set_robust_list set_tid_address
	setitimer setpgid setpriority setsid shutdown sigaltstack stat statfs statx symlink symlinkat sysinfo tgkill
	time times tkill truncate umask uname unlink unlinkat utimensat vfork wait4 waitid write writev
	arch_prctl chmod clock_nanosleep clone creat fallocate fchmod fchmodat fchmodat2 fcntl futex getsockopt
	inotify_add_watch ioctl madvise mkdir mkdirat mmap mremap mknod mknodat open openat pipe2 prctl prlimit64 recvfrom
	recvmmsg recvmsg renameat2 sendmmsg sendmsg sendto setsockopt socket socketpair`
	callsEPERM = `
	acct adjtimex bpf capset chroot clock_adjtime clock_settime fanotify_init fanotify_mark ioprio_set kcmp
	lookup_dcookie modify_ldt mount name_to_handle_at nfsservctl open_by_handle_at perf_event_open
	personality pidfd_getfd pivot_root process_vm_readv process_vm_writev ptrace quotactl quotactl_fd
	sched_setaffinity sched_setattr sched_setparam sched_setscheduler setdomainname setfsgid setfsuid setgid
	setgroups sethostname setns setregid setresgid setresuid setreuid settimeofday setuid swapoff
	swapon syslog umount2 unshare uselib vhangup`
	callsEINVAL     = `splice sendfile`
	callsEOPNOTSUPP = `setxattr lsetxattr fsetxattr removexattr lremovexattr fremovexattr`
	callsSIGSYS     = `kexec_load kexec_file_load init_module finit_module delete_module create_module reboot iopl ioperm`
)

// The kernel's own trampolines on amd64: made by a program, they end it, whatever a
// filter says.
const trampolines = 335

// sweepRows ask for every number, with arguments of zero, and for each that ends who
// asks in a process of its own.
func sweepRows() []row {
	want := map[int]int{}
	for nr := range 1024 {
		want[nr] = int(unix.ENOSYS)
	}
	var all []row
	for _, group := range []struct {
		calls string
		no    unix.Errno
	}{{callsOpen, 0}, {callsEPERM, unix.EPERM}, {callsEINVAL, unix.EINVAL}, {callsEOPNOTSUPP, unix.EOPNOTSUPP}, {callsSIGSYS, 0}} {
		for call := range strings.FieldsSeq(group.calls) {
			nr, known := native().number(call)
			if !known {
				continue
			}
			if delete(want, int(nr)); group.no != 0 {
				want[int(nr)] = int(group.no)
			}
			if group.calls == callsSIGSYS {
				all = append(all, row{ID: "K20 " + call, Do: []step{sys(uintptr(nr))}, Want: "SIGSYS", Alone: true})
			}
		}
	}
	if native().foreign != 0 {
		delete(want, trampolines)
		delete(want, trampolines+1)
	}
	sweep := step{Kind: "sweep"}
	for nr := range 1024 {
		if no, asked := want[nr]; asked {
			sweep.Sweep = append(sweep.Sweep, [2]int{nr, no})
		}
	}
	return append(all, row{ID: "K30 every number", Do: []step{sweep}, Want: "ok", Alone: true})
}

// wrongAnswers asks a filter itself about every number, and compares what it says
// with the second list. A few calls the kernel refuses as the filter does, so that no
// row can tell who it was.
func wrongAnswers(t *testing.T, granted bool) map[string]string {
	t.Helper()
	filter, err := filterBytes(granted)
	require.NoError(t, err)
	want := map[uint32]action{}
	for _, group := range []struct {
		calls string
		do    action
	}{{callsOpen, allow}, {callsEPERM, noPerm}, {callsEINVAL, invalid}, {callsEOPNOTSUPP, noFlag}, {callsSIGSYS, kill}} {
		for call := range strings.FieldsSeq(group.calls) {
			if nr, known := native().number(call); known {
				want[nr] = group.do
			}
		}
	}
	wrong := map[string]string{}
	for nr := range uint32(1024) {
		wanted, named := want[nr]
		if !named {
			wanted = noCall
		}
		do, tested := verdictOn(filter, nr)
		if tested && wanted != allow || !tested && action(do) != wanted {
			wrong[fmt.Sprintf("K30 filter, call %d", nr)] = fmt.Sprintf("%#x, not %#x", do, uint32(wanted))
		}
	}
	return wrong
}

func TestEveryNumberOfTheFilters(t *testing.T) {
	require.Empty(t, wrongAnswers(t, false))
	require.Empty(t, wrongAnswers(t, true))
}
