//go:build linux && (amd64 || arm64)

package isolate

import (
	"cmp"
	"errors"
	"fmt"
	"syscall"
	"time"

	"golang.org/x/sys/unix"

	"secgpt/isolate/stage"
)

// filesLeast is what a stage has open at the end of its work, and some for the program.
const filesLeast = 32

// full replaces zero limits by the defaults that Limits names.
func (l Limits) full() (Limits, error) {
	if min(l.Memory, int64(l.Procs), int64(l.Files), l.Tmp, l.Size, int64(l.CPU), l.Total, l.Data, int64(l.Wall), l.Output) < 0 {
		return l, errors.New("a limit is negative; leave it out for the default")
	}
	l.Memory = cmp.Or(l.Memory, 1<<30)
	l.Procs = cmp.Or(l.Procs, 128)
	l.Files = cmp.Or(l.Files, 256)
	l.Tmp = cmp.Or(l.Tmp, 64<<20)
	l.Size = cmp.Or(l.Size, 256<<20)
	if l.Files < filesLeast {
		return l, fmt.Errorf("%d open files are too few: a room takes %d to be made", l.Files, filesLeast)
	}
	l.CPU = cmp.Or(l.CPU, time.Hour)
	l.Total = cmp.Or(l.Total, l.Memory)
	l.Data = cmp.Or(l.Data, 1<<30)
	return l, nil
}

// rlimits are what the limits mean to the kernel, process by process.
func (l Limits) rlimits() ([]stage.Limit, error) {
	list := []stage.Limit{
		{Which: unix.RLIMIT_DATA, Value: uint64(l.Memory)},
		{Which: unix.RLIMIT_NPROC, Value: uint64(l.Procs)},
		{Which: unix.RLIMIT_NOFILE, Value: uint64(l.Files)},
		{Which: unix.RLIMIT_FSIZE, Value: uint64(l.Size)},
		{Which: unix.RLIMIT_CPU, Value: uint64((l.CPU + time.Second - 1) / time.Second)},
		// A core has everything in it that an app was given. 0 would not keep it from
		// a program that the host has for cores (core_pattern, |), 1 does both.
		{Which: unix.RLIMIT_CORE, Value: 1},
		{Which: unix.RLIMIT_MEMLOCK, Value: 64 << 10},
		{Which: unix.RLIMIT_MSGQUEUE, Value: 0},
		{Which: unix.RLIMIT_NICE, Value: 0},
		{Which: unix.RLIMIT_RTPRIO, Value: 0},
		{Which: unix.RLIMIT_SIGPENDING, Value: 256},
		{Which: unix.RLIMIT_STACK, Value: 8 << 20},
	}
	for i := range list {
		var now syscall.Rlimit
		if err := syscall.Getrlimit(list[i].Which, &now); err != nil {
			return nil, &LayerError{Layer: "limits", Op: "getrlimit", Err: err}
		}
		list[i].Value = min(list[i].Value, now.Max) // the person's own limit may be lower
	}
	return list, nil
}
