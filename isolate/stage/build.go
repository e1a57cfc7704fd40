//go:build linux && (amd64 || arm64)

package stage

import "syscall"

// The root of a room is a small tmpfs that is filled from an allow list; nothing of
// the host is masked, because nothing is there that was not put there. It is built
// at base, in the stage's own mount namespace, from names that no app could have
// touched, and then becomes "/".
const base = "/tmp"

// RootOptions: 1 MiB and 512 names; /etc, /dev and the way to 64 grants need a tenth.
var RootOptions = []Pair{{"size", "1m"}, {"nr_inodes", "512"}, {"mode", "0755"}}

// Flags of the mounts. They may only take away: no set-id programs, no devices, no
// writing. They are variables for the tests that leave one out.
var (
	rootAttrs    uint64  = AttrNoSuid | AttrNoDev | AttrReadOnly | AttrNoExec
	BareAttrs    uint64  = AttrNoSuid | AttrNoDev // of a root while it is built
	scratchFlags uintptr = syscall.MS_NOSUID | syscall.MS_NODEV
	coverFlags   uintptr = syscall.MS_NOSUID | syscall.MS_NODEV | syscall.MS_NOEXEC | syscall.MS_RDONLY
	procAttrs    uint64  = AttrNoSuid | AttrNoDev | AttrNoExec | AttrReadOnly
)

// nothing is a tmpfs that holds no name.
const nothing = "size=4k,nr_inodes=1,mode=0755"

// ProcPlace is where the kernel's /proc is mounted, with nothing in it but processes.
const ProcPlace = "/proc/.pid"

// root builds, before it is known whose room it will be, what of its root is the same in
// all of them. The root itself then comes from a parent that is root: files of one that
// was made here could have no owner yet. What else can be had of the host only where its
// own root is seen is taken along.
func (s *Stage) root() error {
	if !s.Leave {
		return nil
	}
	if len(s.fds) != 1 {
		return wrong("no root came with the config")
	}
	s.openProc()
	fd, err := syscall.Open(offsetsPath, syscall.O_WRONLY|syscall.O_CLOEXEC, 0)
	if err != nil {
		fd = -1 // a kernel without time namespaces; else clock finds that it is not there
	}
	s.offsets = fd
	fd, s.fds = s.fds[0], nil
	if err := s.build(fd); err != nil {
		return err
	}
	s.left = true
	return nil
}

// mounts builds the root, or what is left to do of it.
func (s *Stage) mounts() error {
	err := s.openTrees() // base is about to be covered
	if err != nil {
		return err
	}
	if s.left {
		err = s.fill()
	} else {
		var fd int
		if fd, err = detached("tmpfs", BareAttrs, RootOptions...); err != nil {
			return op(err, "make the root")
		}
		s.openProc()
		err = s.build(fd)
	}
	if err != nil {
		return err
	}
	return op(setAttr(cwd, "/", 0, rootAttrs), "make the root read-only")
}

// build makes a detached mount the root, with everything in it that is known of.
func (s *Stage) build(fd int) error {
	defer func() { _ = syscall.Close(fd) }()
	syscall.Umask(0o022) // until the limits
	if err := moveMount(fd, base); err != nil {
		return op(err, "mount the root")
	}
	if err := syscall.Fchdir(fd); err != nil {
		return op(err, "go to the root")
	}
	if err := s.proc(); err != nil {
		return err
	}
	if err := s.fill(); err != nil {
		return err
	}
	return leaveOld()
}

// leaveOld makes the working directory the root, and takes the host's away. The kernel
// waits for every processor then: that is most of what the mounts take.
func leaveOld() error {
	if err := syscall.PivotRoot(".", "."); err != nil {
		return op(err, "pivot_root")
	}
	if err := syscall.Unmount(".", syscall.MNT_DETACH); err != nil {
		return op(err, "leave the old root")
	}
	return op(syscall.Chdir("/"), "chdir /")
}

// fill puts everything that is not there yet in its place, below the working directory.
func (s *Stage) fill() error {
	for _, f := range s.Files {
		if err := put(f.Name, f.Text); err != nil {
			return err
		}
	}
	for _, l := range s.Links {
		if dir := parent(l.Name[1:]); dir != "" {
			if err := mkdirAll(dir); err != nil {
				return err
			}
		}
		if err := syscall.Symlink(l.Text, l.Name[1:]); err != nil {
			return op(err, "symlink "+l.Name)
		}
	}
	for _, sc := range s.Scratch {
		if err := mkdirAll(sc.Name[1:]); err != nil {
			return err
		}
		if err := syscall.Mount("tmpfs", sc.Name[1:], "tmpfs", scratchFlags, sc.Text); err != nil {
			return op(err, "mount "+sc.Name)
		}
		s.rules = append(s.rules, Rule{sc.Name, EditTree})
	}
	for i, t := range s.Trees {
		if err := s.place(s.trees[i], t); err != nil {
			return err
		}
	}
	for _, c := range s.Covers {
		if err := syscall.Mount("tmpfs", c[1:], "tmpfs", coverFlags, nothing); err != nil {
			return op(err, "cover "+c)
		}
	}
	s.Files, s.Links, s.Scratch, s.Trees, s.trees, s.Covers = nil, nil, nil, nil, nil, nil
	return nil
}

// proc mounts the kernel's /proc, with nothing in it but the room's processes, and has
// links lead there. Where that is refused, in a container that masks a part of its own,
// plain files stand in for it.
func (s *Stage) proc() error {
	if err := mkdirAll(ProcPlace[1:]); err != nil {
		return err
	}
	s.Links = append(s.Links, Pair{"/proc/mounts", "self/mounts"}, Pair{"/proc/net", "self/net"})
	switch s.noProc {
	case nil:
		if err := moveMount(s.procfs, ProcPlace[1:]); err != nil {
			return op(err, "move_mount "+ProcPlace)
		}
		_ = syscall.Close(s.procfs)
		s.proved("proc", "the room's own processes only")
		s.Links = append(s.Links, Pair{"/proc/self", ".pid/self"}, Pair{"/proc/thread-self", ".pid/thread-self"})
		return nil
	case syscall.EPERM:
		for _, f := range s.Proc {
			if err := put(ProcPlace+"/"+f.Name, f.Text); err != nil {
				return err
			}
		}
		s.proved("proc", "plain files")
		s.Links = append(s.Links, Pair{"/proc/self", ".pid"}, Pair{"/proc/thread-self", ".pid"})
		return nil
	}
	return op(s.noProc, "mount /proc")
}

// openProc gets the kernel's /proc, as a detached mount: the kernel gives it only where
// another one can be seen.
func (s *Stage) openProc() {
	s.procfs, s.noProc = detached("proc", procAttrs, Pair{"subset", "pid"}, Pair{"hidepid", "2"})
}

// system opens what all rooms show of the host.
func (s *Stage) system() error {
	if err := syscall.Mount("", "/", "", syscall.MS_REC|syscall.MS_PRIVATE, ""); err != nil {
		return op(err, "mount / private")
	}
	s.findTables()
	return s.openTrees()
}

// openTrees gets the detached mount of each tree that is not open yet, checks that
// it is what the parent vetted, and takes away what it must not allow.
func (s *Stage) openTrees() error {
	for _, t := range s.Trees[len(s.trees):] {
		var fd int
		var err error
		if t.FD == 0 {
			fd, err = cloneTree(t.Path)
		} else if t.FD > len(s.fds) {
			err = op(syscall.EBADF, "find the mount of "+t.Path)
		} else {
			fd = s.fds[t.FD-1]
		}
		if err != nil {
			return err
		}
		var st syscall.Stat_t
		if err := syscall.Fstat(fd, &st); err != nil {
			return op(err, "stat "+t.Path)
		}
		if uint64(st.Dev) != t.Dev || st.Ino != t.Ino {
			return op(syscall.ESTALE, "find "+t.Path+" as it was vetted")
		}
		if err := setAttr(fd, "", atEmptyPath|atRecursive, t.Attrs); err != nil {
			return op(err, "mount_setattr "+t.At)
		}
		s.trees = append(s.trees, fd)
	}
	return nil
}

// place mounts a detached mount at a place that it makes, and lets Landlock allow
// there what was said.
func (s *Stage) place(fd int, t Tree) error {
	var st syscall.Stat_t
	if err := syscall.Fstat(fd, &st); err != nil {
		return op(err, "stat "+t.At)
	}
	var err error
	switch {
	case isDir(&st):
		err = mkdirAll(t.At[1:])
	case syscall.Stat(t.At[1:], &st) != nil: // the parent may have made it
		err = put(t.At, "")
	}
	if err != nil {
		return err
	}
	if err := moveMount(fd, t.At[1:]); err != nil {
		return op(err, "move_mount "+t.Path+" to "+t.At)
	}
	_ = syscall.Close(fd) // a room's limit of open files may be low
	s.rules = append(s.rules, Rule{t.At, t.Access})
	return nil
}
