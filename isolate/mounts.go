//go:build linux && (amd64 || arm64)

package isolate

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"

	"golang.org/x/sys/unix"
)

// The root of a room is a small tmpfs that we fill from an allow list; nothing of
// the host is masked, because nothing is there that was not put there. It is
// built at base, in the child's own mount namespace, from names that no app could
// have touched, and then becomes "/".
const base = "/tmp"

// What is mounted may only take away: no set-id programs, no devices, no writing.
const (
	shut     = unix.MOUNT_ATTR_NOSUID | unix.MOUNT_ATTR_NODEV
	readOnly = shut | unix.MOUNT_ATTR_RDONLY
)

// canary is a file that the mounts allow to be read and Landlock does not: if it
// can be opened, Landlock is not in force.
const canary = "/.room/canary"

func (s *stage) mounts() error {
	if err := unix.Mount("", "/", "", unix.MS_REC|unix.MS_PRIVATE, ""); err != nil {
		return op(err, "mount / private")
	}
	given, err := s.openSources() // base is about to be covered
	if err != nil {
		return err
	}
	// 1 MiB and 512 names: /etc, /dev and the way to 64 grants need a tenth of it.
	if err := unix.Mount("tmpfs", base, "tmpfs", unix.MS_NOSUID|unix.MS_NODEV, "size=1m,nr_inodes=512,mode=0755"); err != nil {
		return op(err, "mount the root")
	}
	if err := unix.Chdir(base); err != nil {
		return op(err, "chdir %s", base)
	}
	unix.Umask(0o022)
	for _, build := range []func() error{s.system, s.etc, s.dev, s.proc, s.scratch} {
		if err := build(); err != nil {
			return err
		}
	}
	if err := s.mountSources(given); err != nil {
		return err
	}
	if err := put(canary, "closed\n"); err != nil {
		return err
	}
	if err := unix.PivotRoot(".", "."); err != nil {
		return op(err, "pivot_root")
	}
	if err := errors.Join(unix.Unmount(".", unix.MNT_DETACH), unix.Chdir("/")); err != nil {
		return op(err, "leave the old root")
	}
	return op(unix.MountSetattr(unix.AT_FDCWD, "/", 0, &unix.MountAttr{Attr_set: readOnly | unix.MOUNT_ATTR_NOEXEC}),
		"make the root read-only")
}

// system shows /usr, and the older folders beside it as the links into it that
// they are, or as they are where a host has not merged them.
func (s *stage) system() error {
	for _, name := range []string{"usr", "bin", "sbin", "lib", "lib64", "lib32"} {
		info, err := os.Lstat("/" + name)
		switch {
		case errors.Is(err, os.ErrNotExist):
			continue
		case err != nil:
			return err
		case info.IsDir():
			if err := s.show("/"+name, "/"+name, readOnly, runTree); err != nil {
				return err
			}
		case info.Mode()&os.ModeSymlink != 0:
			to, err := os.Readlink("/" + name)
			if err != nil {
				return err
			}
			if to = strings.TrimPrefix(to, "/"); !strings.HasPrefix(to, "usr/") {
				continue // into something that is not here
			}
			if err := os.Symlink(to, name); err != nil {
				return err
			}
		}
	}
	return nil
}

// show clones what is at path on the host, with all that is mounted below it, to
// at in the room, and lets Landlock allow the same.
func (s *stage) show(path, at string, attrs, access uint64) error {
	fd, err := unix.OpenTree(unix.AT_FDCWD, path, unix.OPEN_TREE_CLONE|unix.OPEN_TREE_CLOEXEC|unix.AT_RECURSIVE)
	if err != nil {
		return op(err, "open_tree %s", path)
	}
	defer func() { _ = unix.Close(fd) }()
	return s.place(fd, at, attrs, access)
}

// place mounts a detached mount at a place that it makes.
func (s *stage) place(fd int, at string, attrs, access uint64) error {
	if err := unix.MountSetattr(fd, "", unix.AT_EMPTY_PATH|unix.AT_RECURSIVE, &unix.MountAttr{Attr_set: attrs}); err != nil {
		return op(err, "mount_setattr %s", at)
	}
	var st unix.Stat_t
	if err := unix.Fstat(fd, &st); err != nil {
		return op(err, "stat %s", at)
	}
	rel := strings.TrimPrefix(at, "/")
	if st.Mode&unix.S_IFMT == unix.S_IFDIR {
		if err := os.MkdirAll(rel, 0o755); err != nil {
			return err
		}
	} else if err := put(at, ""); err != nil {
		return err
	}
	if err := unix.MoveMount(fd, "", unix.AT_FDCWD, rel, unix.MOVE_MOUNT_F_EMPTY_PATH); err != nil {
		return op(err, "move_mount %s", at)
	}
	s.rules = append(s.rules, rule{at, access})
	return nil
}

// put writes a small file of the room.
func put(at, text string) error {
	rel := strings.TrimPrefix(at, "/")
	if err := os.MkdirAll(filepath.Dir(rel), 0o755); err != nil {
		return err
	}
	return os.WriteFile(rel, []byte(text), 0o444)
}

// dev has the five devices that give or take bytes and nothing else.
func (s *stage) dev() error {
	for name, minor := range map[string]uint32{"null": 3, "zero": 5, "full": 7, "random": 8, "urandom": 9} {
		path := "/dev/" + name
		var st unix.Stat_t
		if err := unix.Lstat(path, &st); err != nil {
			return op(err, "stat %s", path)
		}
		if st.Mode&unix.S_IFMT != unix.S_IFCHR || unix.Major(uint64(st.Rdev)) != 1 || unix.Minor(uint64(st.Rdev)) != minor {
			return op(unix.ENODEV, "use the host's %s", path)
		}
		if err := s.show(path, path, unix.MOUNT_ATTR_NOSUID|unix.MOUNT_ATTR_NOEXEC|unix.MOUNT_ATTR_RDONLY, editFile); err != nil {
			return err
		}
	}
	s.rules = append(s.rules, rule{"/dev", unix.LANDLOCK_ACCESS_FS_READ_DIR})
	for name, to := range map[string]string{"fd": "", "stdin": "/0", "stdout": "/1", "stderr": "/2"} {
		if err := os.Symlink("/proc/self/fd"+to, "dev/"+name); err != nil {
			return err
		}
	}
	return nil
}

// scratchNames bounds the files in each scratch folder; each takes about 1 KiB of
// the kernel's memory.
const scratchNames = 16384

// scratch makes the folders that are empty at each start and gone at the end.
func (s *stage) scratch() error {
	places := []string{"/tmp", "/dev/shm"}
	if !s.has("/data") {
		places = append(places, "/data")
	}
	options := fmt.Sprintf("size=%d,nr_inodes=%d,mode=0700", s.Limits.Tmp, scratchNames)
	for _, at := range places {
		rel := at[1:]
		if err := os.Mkdir(rel, 0o755); err != nil {
			return err
		}
		if err := unix.Mount("tmpfs", rel, "tmpfs", unix.MS_NOSUID|unix.MS_NODEV, options); err != nil {
			return op(err, "mount %s", at)
		}
		s.rules = append(s.rules, rule{at, editTree})
	}
	return nil
}

func (s *stage) has(at string) bool {
	for _, m := range s.Mounts {
		if m.At == at {
			return true
		}
	}
	return false
}

// granted tells whether the room sees something of the host that is not its own.
func (s *stage) granted() bool {
	for _, m := range s.Mounts {
		if m.At != SelfPath && m.At != "/data" {
			return true
		}
	}
	return false
}

// openSources gets the detached mount of everything that was granted, and checks
// that it is what the parent vetted.
func (s *stage) openSources() ([]int, error) {
	fds := make([]int, 0, len(s.Mounts))
	for _, m := range s.Mounts {
		fd := m.FD
		if fd == 0 {
			var err error
			if fd, err = cloneTree(m.Path); err != nil {
				return nil, err
			}
		}
		var st unix.Stat_t
		if err := unix.Fstat(fd, &st); err != nil {
			return nil, op(err, "stat %s", m.Path)
		}
		if uint64(st.Dev) != m.Dev || st.Ino != m.Ino {
			return nil, op(unix.ESTALE, "find %s as it was vetted", m.Path)
		}
		fds = append(fds, fd)
	}
	return fds, nil
}

func (s *stage) mountSources(fds []int) error {
	for i, m := range s.Mounts {
		attrs, access := uint64(readOnly), uint64(runTree)
		switch {
		case m.At == "/data":
			attrs, access = shut, editTree
		case m.Write:
			attrs, access = shut, grantTree
		}
		if err := s.place(fds[i], m.At, attrs, access); err != nil {
			return err
		}
	}
	return nil
}

// openPath opens a path for its identity, with no symlink anywhere in it.
func openPath(path string) (int, error) {
	return unix.Openat2(unix.AT_FDCWD, path, &unix.OpenHow{
		Flags:   unix.O_PATH | unix.O_CLOEXEC,
		Resolve: unix.RESOLVE_NO_SYMLINKS | unix.RESOLVE_NO_MAGICLINKS,
	})
}

// cloneTree makes a detached mount of path and of all that is mounted below it.
func cloneTree(path string) (int, error) {
	at, err := openPath(path)
	if err != nil {
		return 0, op(err, "openat2 %s", path)
	}
	defer func() { _ = unix.Close(at) }()
	fd, err := unix.OpenTree(at, "", unix.AT_EMPTY_PATH|unix.OPEN_TREE_CLONE|unix.OPEN_TREE_CLOEXEC|unix.AT_RECURSIVE)
	return fd, op(err, "open_tree %s", path)
}
