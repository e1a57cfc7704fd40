// Package osfile is what systems do differently about files: links, owners and
// locks. The hub and the apps share it.
//
// It promises that nothing is weaker where a system can't do it: there each call
// refuses, and Supported says so before anything else is tried.
package osfile

import (
	"io/fs"
	"os"
)

// Supported is nil where the other functions work: on Linux and its relatives.
// Elsewhere it is one line for the person.
func Supported() error { return supported() }

// Open opens a file that is no link itself, and never blocks on a pipe or a device
// in its place. Flags are those of os.OpenFile; a new file gets 0600. A link is
// syscall.ELOOP.
func Open(path string, flags int) (*os.File, error) { return open(path, flags) }

// Owner is whose file it is; ok is false if that can't be told.
func Owner(info fs.FileInfo) (uid, gid int, ok bool) { return owner(info) }

// Writable reports whether we may write to path. A link is followed.
func Writable(path string) bool { return writable(path) }

// Lock waits until no other holds f's lock, in this process or another, and takes
// it. Closing f ends it. The wait has no bound: it is for holders who write a line.
func Lock(f *os.File) error { return lock(f) }

// TryLock takes the lock of f if nobody holds it, and reports whether it did.
func TryLock(f *os.File) (bool, error) { return tryLock(f) }
