//go:build linux

package isolate

import "golang.org/x/sys/unix"

const (
	nativeArch = unix.AUDIT_ARCH_AARCH64
	foreignBit = 0 // 32-bit programs have an arch of their own
	fstatat    = unix.SYS_FSTATAT
)

// A younger machine has no old calls.
var (
	oldCalls     []uintptr
	oldRefused   []uintptr
	oldTripwires []uintptr
)

func oldFiltered() map[uintptr]verdict { return nil }
