//go:build linux

package isolate

import (
	"unsafe"

	"golang.org/x/sys/unix"
)

// unfiltered are calls of the kernel's own trampolines: elsewhere they end the
// program, whatever a filter says.
var unfiltered = []uintptr{unix.SYS_URETPROBE, unix.SYS_UPROBE}

// nativeActions are those that only this machine has the means for.
func nativeActions() []hostile {
	return []hostile{
		{"K01 32-bit call", i386, "bad system call", true},
		{"K02 x32 call", try(foreignBit | 39), "bad system call", true},
		{"K15 segments", try(unix.SYS_MODIFY_LDT), "EPERM", true},
		{"K21 ports", try(unix.SYS_IOPL, 3), "bad system call", false},
		{"K21 port", try(unix.SYS_IOPERM), "bad system call", false},
	}
}

// i386 makes a call as a 32-bit program would.
func i386() error {
	code, err := unix.Mmap(-1, 0, 4096, unix.PROT_READ|unix.PROT_WRITE|unix.PROT_EXEC, unix.MAP_PRIVATE|unix.MAP_ANON)
	if err != nil {
		return err
	}
	copy(code, []byte{0xb8, 20, 0, 0, 0, 0xcd, 0x80, 0xc3}) // mov $20,%eax (getpid); int $0x80; ret
	entry := &code[0]
	call := &entry
	(*(*func())(unsafe.Pointer(&call)))()
	return nil
}
