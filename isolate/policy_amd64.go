//go:build linux

package isolate

import "golang.org/x/sys/unix"

const (
	nativeArch = unix.AUDIT_ARCH_X86_64
	foreignBit = 0x40000000 // __X32_SYSCALL_BIT
	fstatat    = unix.SYS_NEWFSTATAT
)

// oldCalls are what newer machines do by the …at forms.
var oldCalls = []uintptr{
	unix.SYS_STAT, unix.SYS_LSTAT, unix.SYS_ACCESS, unix.SYS_GETDENTS, unix.SYS_READLINK, unix.SYS_RENAME,
	unix.SYS_LINK, unix.SYS_SYMLINK, unix.SYS_UNLINK, unix.SYS_RMDIR, unix.SYS_CHOWN, unix.SYS_LCHOWN,
	unix.SYS_UTIME, unix.SYS_UTIMES, unix.SYS_FUTIMESAT, unix.SYS_DUP2, unix.SYS_INOTIFY_INIT,
	unix.SYS_FORK, unix.SYS_VFORK, unix.SYS_GETPGRP, unix.SYS_ARCH_PRCTL, unix.SYS_TIME, unix.SYS_ALARM,
	unix.SYS_PAUSE, unix.SYS_POLL, unix.SYS_SELECT, unix.SYS_EPOLL_CREATE, unix.SYS_EPOLL_WAIT,
	unix.SYS_EVENTFD, unix.SYS_SIGNALFD, unix.SYS_PIPE,
}

var oldRefused = []uintptr{unix.SYS_MKNOD, unix.SYS_USELIB, unix.SYS_MODIFY_LDT}

var oldTripwires = []uintptr{unix.SYS_IOPL, unix.SYS_IOPERM, unix.SYS_CREATE_MODULE}

func oldFiltered() map[uintptr]verdict {
	return map[uintptr]verdict{
		unix.SYS_OPEN:  opening(1, 2),
		unix.SYS_CREAT: only(noPerm, noBits(1, setID)),
		unix.SYS_MKDIR: only(noPerm, noBits(1, setID)),
		unix.SYS_CHMOD: only(noPerm, noBits(1, setID)),
	}
}
