//go:build linux && (amd64 || arm64)

package isolate

import (
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"runtime"
	"syscall"
	"unsafe"

	"golang.org/x/sys/unix"
)

// The stage is the child between its clone and its exec: it still has every
// capability inside its own namespaces, and no filter. It therefore reads nothing
// but its config, from its parent, and does everything on one thread that no other
// goroutine gets. The other threads of the Go runtime keep their rights until the
// exec ends them.
type stage struct {
	*config
	doing  string // the layer at hand, for errors
	layers []Layer
	rules  []rule // for Landlock, gathered while mounting
}

// steps are done in this order; the first that fails ends the process.
var steps = []struct {
	layer string
	do    func(*stage) error
}{
	{"clock", (*stage).clock},
	{"namespaces", (*stage).namespaces},
	{"mounts", (*stage).mounts},
	{"network", (*stage).network},
	{"host name", (*stage).hostname},
	{"limits", (*stage).limits},
	{"dumpable", (*stage).undumpable},
	{"capabilities", (*stage).capabilities},
	{"no_new_privs", (*stage).noNewPrivs},
	{"landlock", (*stage).landlock},
	{"seccomp", (*stage).filter},
	{"proof", (*stage).attest},
	{execStep, (*stage).exec},
}

// stageEnv is the environment of the stage: the person's GODEBUG, GOTRACEBACK or
// LD_PRELOAD must not steer it. It lives for a few milliseconds, without collector.
var stageEnv = []string{"GOGC=off"}

// runStage never returns.
func runStage() {
	runtime.LockOSThread()
	s := &stage{doing: "config"}
	err := s.configure()
	for i := 0; err == nil && i < len(steps); i++ {
		s.doing = steps[i].layer
		err = steps[i].do(s)
	}
	if err == nil {
		err = errors.New("the last step came back")
	}
	report(status{Fail: newFailure(s.doing, err)})
	os.Exit(ExitUnlocked)
}

// configure closes what was inherited beyond the descriptors of a stage, at the
// latest at the exec, and reads the config.
func (s *stage) configure() error {
	if err := unix.CloseRange(configFD, ^uint(0), unix.CLOSE_RANGE_CLOEXEC); err != nil {
		return op(err, "close_range")
	}
	text, err := io.ReadAll(io.LimitReader(rawFile(configFD), configMax+1))
	if err != nil {
		return op(err, "read")
	}
	if len(text) > configMax {
		return fmt.Errorf("longer than %d bytes", configMax)
	}
	return json.Unmarshal(text, &s.config)
}

// rawFile reads a descriptor without the poller, which would make more of them.
type rawFile int

func (f rawFile) Read(p []byte) (int, error) {
	for {
		n, err := unix.Read(int(f), p)
		switch {
		case err == unix.EINTR:
			continue
		case err == nil && n == 0:
			return 0, io.EOF
		}
		return max(n, 0), err
	}
}

func report(s status) {
	text, err := json.Marshal(s)
	if err == nil {
		_, err = unix.Write(statusFD, text)
	}
	if err != nil {
		os.Exit(ExitUnlocked) // nobody listens: the parent is gone
	}
}

func (s *stage) proved(layer, how string, args ...any) {
	s.layers = append(s.layers, Layer{layer, fmt.Sprintf(how, args...)})
}

// exec sends the proof and becomes what was asked for.
func (s *stage) exec() error {
	if err := unix.Chdir(s.Dir); err != nil {
		return op(err, "chdir %s", s.Dir)
	}
	// The signal is a property of this thread, and it is this one that lives on.
	if err := unix.Prctl(unix.PR_SET_PDEATHSIG, uintptr(unix.SIGKILL), 0, 0, 0); err != nil {
		return op(err, "prctl(PR_SET_PDEATHSIG)")
	}
	report(status{Layers: s.layers}) // ends here if the parent died before the line above
	resetSignals()
	return op(syscall.Exec(s.Path, s.Argv, s.Env), "exec %s", s.Path)
}

// resetSignals undoes what the parent ignored or blocked, which an exec keeps.
func resetSignals() {
	const sigsetSize = 8
	var fresh [32]byte // a struct sigaction of zeros: SIG_DFL, nothing masked
	for sig := uintptr(1); sig <= 64; sig++ {
		_, _, _ = unix.RawSyscall6(unix.SYS_RT_SIGACTION, sig, uintptr(unsafe.Pointer(&fresh)), 0, sigsetSize, 0, 0)
	}
	_, _, _ = unix.RawSyscall6(unix.SYS_RT_SIGPROCMASK, unix.SIG_SETMASK, uintptr(unsafe.Pointer(&fresh)), 0, sigsetSize, 0, 0)
}
