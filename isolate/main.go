//go:build linux && (amd64 || arm64)

package isolate

import (
	"bytes"
	"errors"
	"fmt"
	"os"
	"strconv"

	"golang.org/x/sys/unix"

	"secgpt/isolate/stage"
	_ "secgpt/isolate/stage/run"
)

// tryVar marks a process that proves that a room can be entered, and ends.
const tryVar = "ISOLATE_TRY"

// inside is set once, by Main, before any other goroutine of the program runs.
var inside bool

// Inside tells whether this process runs in a room, as Main found it.
func Inside() bool { return inside }

// Main must be the first line of main. (What builds rooms runs even before it, while
// packages are initialised: see package stage.) In a process that runs in a room it checks that every
// thread is locked, ends the process with ExitUnlocked if one is not, and returns.
// Everywhere else it costs one stat.
func Main() {
	if os.Getenv(stage.RoleVar) == stage.RoleInit && os.Args[0] == stage.Name(stage.RoleInit) { // where there was no /proc to learn it from sooner
		stage.Init(os.Args[1:], stage.OwnEnv())
	}
	var st unix.Stat_t
	if unix.Stat(SelfPath, &st) != nil {
		return
	}
	if err := verify(); err != nil {
		fmt.Fprintf(os.Stderr, "not locked: %v\n", err)
		os.Exit(ExitUnlocked)
	}
	if os.Getenv(tryVar) != "" {
		os.Exit(0)
	}
	if os.Getpid() == 1 { // Go's own faults must still say where they are
		stage.DefaultSignals(unix.SIGSEGV, unix.SIGBUS, unix.SIGFPE, unix.SIGURG, unix.SIGPROF)
	}
	inside = true
}

// verify is the second look at the locks, after the exec: one from the wrong
// thread would have lost them all without a word.
func verify() error {
	if err := stage.VerifyThread(); err != nil {
		return err
	}
	// An exec forgets that the process was not to be looked into.
	if err := unix.Prctl(unix.PR_SET_DUMPABLE, 0, 0, 0, 0); err != nil {
		return fmt.Errorf("prctl(PR_SET_DUMPABLE): %w", err)
	}
	threads, err := os.ReadDir("/proc/self/task")
	if errors.Is(err, os.ErrNotExist) {
		return nil // a static /proc; every thread descends from the one just seen
	}
	for _, t := range threads {
		status, err := os.ReadFile("/proc/self/task/" + t.Name() + "/status")
		if errors.Is(err, os.ErrNotExist) || errors.Is(err, unix.ESRCH) {
			continue // a thread that has ended
		}
		if err != nil {
			return err
		}
		if err := locked(status); err != nil {
			return fmt.Errorf("thread %s: %w", t.Name(), err)
		}
	}
	return err
}

// locked reads one /proc/…/status.
func locked(status []byte) error {
	want := map[string]uint64{"NoNewPrivs": 1, "Seccomp": unix.SECCOMP_MODE_FILTER,
		"CapInh": 0, "CapPrm": 0, "CapEff": 0, "CapBnd": 0, "CapAmb": 0}
	for line := range bytes.Lines(status) {
		name, value, _ := bytes.Cut(line, []byte(":"))
		wanted, asked := want[string(name)]
		if !asked {
			continue
		}
		if got, err := strconv.ParseUint(string(bytes.TrimSpace(value)), 16, 64); err != nil || got != wanted {
			return fmt.Errorf("%s is %s", name, bytes.TrimSpace(value))
		}
		delete(want, string(name))
	}
	for name := range want {
		return fmt.Errorf("%s is not said", name)
	}
	return nil
}
