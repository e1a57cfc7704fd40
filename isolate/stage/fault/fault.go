//go:build linux && (amd64 || arm64)

// Package fault breaks steps of a stage and changes what it was told, so that tests
// can see what notices. Only tests import it. The environment of a room tells the
// stage of a test binary, and no other, what to break: KEY=LAYER, or Change and what
// change.go says. Its name lets it be initialised before package run, which never
// comes back in a stage.
package fault

import (
	"errors"
	"runtime"
	"slices"
	"syscall"

	"secgpt/isolate/stage"
)

// What can be done to a step.
const (
	Fail   = "FAULT_FAIL"   // it answers EPERM
	Skip   = "FAULT_SKIP"   // it is left out, without a word
	Thread = "FAULT_THREAD" // it runs on another thread
)

func init() {
	for _, steps := range [][]stage.Step{stage.Early, stage.Steps} {
		wrap(steps)
	}
}

func wrap(steps []stage.Step) {
	for i := range steps {
		layer, do := steps[i].Layer, steps[i].Do
		steps[i].Do = func(s *stage.Stage) error {
			if err := before(s, layer); err != nil {
				return err
			}
			switch {
			case slices.Contains(s.Env, Fail+"="+layer):
				return errors.Join(errors.New("injected"), syscall.EPERM)
			case slices.Contains(s.Env, Skip+"="+layer):
				return nil
			case slices.Contains(s.Env, Thread+"="+layer):
				forget(s)
				failed := make(chan error)
				go func() {
					runtime.LockOSThread()
					failed <- do(s)
				}()
				return <-failed
			case layer == stage.ExecStep:
				forget(s)
			}
			if err := do(s); err != nil {
				return err
			}
			return after(s, layer)
		}
	}
}

// forget keeps what was said here from the program that the stage becomes: nothing
// of a fault shows in a room but what it breaks.
func forget(s *stage.Stage) {
	s.Env = slices.DeleteFunc(slices.Clone(s.Env), func(e string) bool { return hasPrefix(e, "FAULT_") })
}

// hasPrefix is that of package strings, whose own imports are initialised too late.
func hasPrefix(s, prefix string) bool { return len(s) >= len(prefix) && s[:len(prefix)] == prefix }
