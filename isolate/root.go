//go:build linux && (amd64 || arm64)

package isolate

import (
	"errors"
	"io"
	"path"
	"slices"
	"strings"

	"golang.org/x/sys/unix"

	"secgpt/isolate/stage"
)

// As root, a room is to have an id that is not known while it is kept warm, and before its
// stage has one it can make no file in a file system of its own. So the root of such a
// room is made here: a tmpfs whose files belong to root, in no place yet. The stage, which
// begins as root's id without any of its rights, fills it as their owner with what all
// rooms have, while nobody waits. When it is another id it can make nothing in there any
// more, nor can an app: the rest is put there by this process.

// rootFolders are those of every root in which something is put from here, and places of
// what is mounted late.
var rootFolders = []string{"etc", "proc", ".room", "dev", "dev/shm", "tmp", "data"}

// newRoot makes what will be the root of one room.
func newRoot() (int, error) {
	fd, err := tmpfs(stage.RootOptions, int(stage.BareAttrs))
	if err != nil {
		return -1, &LayerError{Layer: "mounts", Op: "make the root", Err: err}
	}
	for _, name := range rootFolders {
		if err == nil {
			err = folderAt(fd, name)
		}
	}
	if err == nil {
		err = fileAt(fd, SelfPath[1:], "")
	}
	if err != nil {
		_ = unix.Close(fd)
		return -1, err
	}
	return fd, nil
}

// furnish puts into a room's root what depends on whose it is: its own files, and the
// places of its own mounts. Those in a private tmpfs can be made by the stage alone.
func (p *plan) furnish(root int) error {
	for _, f := range p.late {
		if err := fileAt(root, f.Name[1:], f.Text); err != nil {
			return err
		}
	}
	for _, t := range p.Trees {
		inScratch := func(s stage.Pair) bool { return within(t.At, s.Name) }
		if t.At == SelfPath || t.At == "/data" || slices.ContainsFunc(p.Scratch, inScratch) {
			continue // the first two have a place in every root
		}
		var st unix.Stat_t
		err := unix.Fstat(int(p.mounts[t.FD-1].Fd()), &st)
		switch {
		case err != nil:
			return &LayerError{Layer: "mounts", Op: "stat " + oneLine(t.At), Err: err}
		case st.Mode&unix.S_IFMT == unix.S_IFDIR:
			err = folderAt(root, t.At[1:])
		default:
			if err = folderAt(root, path.Dir(t.At[1:])); err == nil {
				err = fileAt(root, t.At[1:], "")
			}
		}
		if err != nil {
			return err
		}
	}
	return nil
}

// folderAt makes a folder below root, and those on the way to it. It goes through no link.
func folderAt(root int, name string) error {
	at := root
	for part := range strings.SplitSeq(name, "/") {
		err := unix.Mkdirat(at, part, 0o755)
		if err == nil {
			err = unix.Fchmodat(at, part, 0o755, 0) // whatever our umask is
		}
		next := -1
		if err == nil || errors.Is(err, unix.EEXIST) {
			next, err = unix.Openat(at, part, unix.O_PATH|unix.O_DIRECTORY|unix.O_NOFOLLOW|unix.O_CLOEXEC, 0)
		}
		if at != root {
			_ = unix.Close(at)
		}
		if err != nil {
			return &LayerError{Layer: "mounts", Op: "make " + oneLine("/"+name), Err: err}
		}
		at = next
	}
	return unix.Close(at)
}

// fileAt makes a file below root, in a folder that is there.
func fileAt(root int, name, text string) error {
	fd, err := unix.Openat2(root, name, &unix.OpenHow{Flags: unix.O_WRONLY | unix.O_CREAT | unix.O_EXCL | unix.O_CLOEXEC, Mode: 0o444,
		Resolve: unix.RESOLVE_BENEATH | unix.RESOLVE_NO_SYMLINKS})
	if err == nil {
		err = unix.Fchmod(fd, 0o444)
		if text != "" && err == nil {
			var n int
			if n, err = unix.Write(fd, []byte(text)); err == nil && n < len(text) {
				err = io.ErrShortWrite
			}
		}
		_ = unix.Close(fd)
	}
	if err != nil {
		return &LayerError{Layer: "mounts", Op: "make " + oneLine("/"+name), Err: err}
	}
	return nil
}

// tmpfs makes a detached mount.
func tmpfs(options []stage.Pair, attrs int) (int, error) {
	fs, err := unix.Fsopen("tmpfs", unix.FSOPEN_CLOEXEC)
	if err != nil {
		return -1, err
	}
	defer func() { _ = unix.Close(fs) }()
	for _, o := range options {
		if err := unix.FsconfigSetString(fs, o.Name, o.Text); err != nil {
			return -1, err
		}
	}
	if err := unix.FsconfigCreate(fs); err != nil {
		return -1, err
	}
	return unix.Fsmount(fs, unix.FSMOUNT_CLOEXEC, attrs)
}
