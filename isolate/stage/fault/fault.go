//go:build linux && (amd64 || arm64)

// Package fault breaks steps of a stage, so that tests can see what notices. Only
// tests import it. The environment of a room tells the stage of a test binary, and
// no other, what to break: KEY=LAYER. Its name lets it be initialised before package
// run, which never comes back in a stage.
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
			switch {
			case slices.Contains(s.Env, Fail+"="+layer):
				return errors.Join(errors.New("injected"), syscall.EPERM)
			case slices.Contains(s.Env, Skip+"="+layer):
				return nil
			case slices.Contains(s.Env, Thread+"="+layer):
				failed := make(chan error)
				go func() {
					runtime.LockOSThread()
					failed <- do(s)
				}()
				return <-failed
			}
			return do(s)
		}
	}
}
