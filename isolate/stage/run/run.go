//go:build linux && (amd64 || arm64)

// Package run makes a process that was started as a part of a room do that part, and
// nothing else, while the packages of the program are still being initialised. It is
// imported for that effect alone, by package isolate. See package stage for why it
// comes before the others.
package run

import (
	"syscall"

	"secgpt/isolate/stage"
)

func init() {
	role, given := syscall.Getenv(stage.RoleVar)
	if !given || !stage.Called(role) {
		return // somebody's environment, and none of ours
	}
	switch role {
	case stage.RoleLauncher:
		stage.Launch()
	case stage.RoleStage:
		stage.Run()
	case stage.RoleHolder:
		stage.Hold()
	case stage.RoleInit:
		stage.RunInit()
	}
}
