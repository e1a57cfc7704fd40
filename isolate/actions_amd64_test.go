//go:build linux

package isolate

import "golang.org/x/sys/unix"

// nativeRows are those that only this machine has the means for.
func nativeRows() []row {
	code := func(id, want string, bytes ...byte) row {
		return row{ID: id, Alone: true, Want: want, Do: []step{{Kind: "code", Nr: unix.SYS_MMAP, Code: bytes}}}
	}
	ask := func(id, want string, nr uintptr, args ...any) row {
		return row{ID: id, Do: []step{sys(nr, args...)}, Want: want, Alone: want == "SIGSYS"}
	}
	return []row{
		// mov $20, %eax (getpid); int $0x80; ret
		code("K01 32-bit call", "SIGSYS", 0xb8, 20, 0, 0, 0, 0xcd, 0x80, 0xc3),
		// 200 threads, each of which pauses for good, until clone fails.
		code("D09 threads", "EAGAIN",
			0x41, 0xb8, 200, 0, 0, 0, //              mov $200, %r8d
			0x48, 0x8d, 0xb4, 0x24, 0, 0xf0, 0xff, 0xff, // next: lea -4096(%rsp), %rsi
			0xbf, 0x00, 0x0f, 0x05, 0x00, //          mov $CLONE_VM|FS|FILES|SIGHAND|THREAD|SYSVSEM, %edi
			0x31, 0xd2, //                            xor %edx, %edx
			0x45, 0x31, 0xd2, //                      xor %r10d, %r10d
			0xb8, 56, 0, 0, 0, //                     mov $SYS_clone, %eax
			0x0f, 0x05, //                            syscall
			0x85, 0xc0, //                            test %eax, %eax
			0x74, 0x08, //                            jz thread
			0x78, 0x0f, //                            js done
			0x41, 0xff, 0xc8, //                      dec %r8d
			0x75, 0xdc, //                            jnz next
			0xc3,              //                      ret
			0xb8, 34, 0, 0, 0, //                     thread: mov $SYS_pause, %eax
			0x0f, 0x05, //                            syscall
			0xeb, 0xf7, //                            jmp thread
			0x48, 0x98, //                            done: cltq
			0xc3,
		),
		ask("K02 x32 call", "SIGSYS", 0x40000000|39),
		ask("K15 segments", "EPERM", unix.SYS_MODIFY_LDT, 99, 0, 0),
		ask("A24 device node, old call", "EPERM", unix.SYS_MKNOD, "/tmp/node4", unix.S_IFSOCK|0o600, 0),
		{ID: "B05 set-id by chmod, old call", Do: on(sys(unix.SYS_CHMOD, "/tmp/own", 0o4755)), Want: "EPERM"},
		ask("B05 set-id by open, old call", "EPERM", unix.SYS_OPEN, "/tmp/setid1", unix.O_CREAT|unix.O_WRONLY, 0o6755),
		ask("B05 set-id by creat", "EPERM", unix.SYS_CREAT, "/tmp/setid2", 0o6755),
		ask("B05 set-id folder, old call", "EPERM", unix.SYS_MKDIR, "/tmp/folder2", 0o2777),
	}
}
