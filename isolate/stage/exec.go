//go:build linux && (amd64 || arm64)

package stage

import (
	"syscall"
	"unsafe"
)

// exec sends the proof and becomes what was asked for.
func (s *Stage) exec() error {
	if err := syscall.Chdir(s.Dir); err != nil {
		return op(err, "chdir "+s.Dir)
	}
	if len(s.Env) > 0 && s.Env[0] == RoleVar+"="+RoleInit {
		if err := s.canRun(); err != nil {
			return err
		}
	}
	// The signal is a property of this thread, and it is this one that lives on.
	if err := dieWithParent(); err != nil {
		return err
	}
	s.report(Status{Layers: s.layers}) // ends here if the parent died before the line above
	s.sends = nil
	resetSignals()
	return op(syscall.Exec(s.Path, s.Argv, s.Env), "exec "+s.Path)
}

// canRun finds out before the proof what an init could only say after it.
func (s *Stage) canRun() error {
	if len(s.Argv) < 2 {
		return wrong("nothing to run")
	}
	var st syscall.Stat_t
	const execute = 1
	err := syscall.Stat(s.Argv[1], &st)
	if err == nil && isDir(&st) {
		err = syscall.EISDIR
	}
	if err == nil {
		err = syscall.Access(s.Argv[1], execute)
	}
	return op(err, "exec "+s.Argv[1])
}

// resetSignals undoes what the parent ignored or blocked, which an exec keeps.
func resetSignals() {
	DefaultSignals()
	var none [8]byte
	const setMask = 2
	_, _ = call(syscall.SYS_RT_SIGPROCMASK, setMask, uintptr(unsafe.Pointer(&none)), 0, uintptr(len(none)))
}

// DefaultSignals takes back all handlers but those for the signals that are kept.
// The kernel drops every signal that process 1 has no handler for, if it comes from
// inside the room; with Go's, an app could end its own room.
func DefaultSignals(keep ...syscall.Signal) {
	const sigsetSize = 8
	var fresh [32]byte // a struct sigaction of zeros: SIG_DFL, nothing masked
next:
	for sig := syscall.Signal(1); sig <= 64; sig++ {
		for _, k := range keep {
			if k == sig {
				continue next
			}
		}
		_, _ = call(syscall.SYS_RT_SIGACTION, uintptr(sig), uintptr(unsafe.Pointer(&fresh)), 0, sigsetSize)
	}
}
