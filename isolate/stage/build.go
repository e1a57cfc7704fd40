//go:build linux && (amd64 || arm64)

package stage

import "syscall"

// The root of a room is a small tmpfs that is filled from an allow list; nothing of
// the host is masked, because nothing is there that was not put there. It is built
// at base, in the stage's own mount namespace, from names that no app could have
// touched, and then becomes "/".
const base = "/tmp"

// rootOptions: 1 MiB and 512 names; /etc, /dev and the way to 64 grants need a tenth.
const rootOptions = "size=1m,nr_inodes=512,mode=0755"

// Flags of the mounts. They may only take away: no set-id programs, no devices, no
// writing. They are variables for the tests that leave one out.
var (
	rootAttrs    uint64  = AttrNoSuid | AttrNoDev | AttrReadOnly | AttrNoExec
	scratchFlags uintptr = syscall.MS_NOSUID | syscall.MS_NODEV
	coverFlags   uintptr = syscall.MS_NOSUID | syscall.MS_NODEV | syscall.MS_NOEXEC | syscall.MS_RDONLY
	procFlags    uintptr = syscall.MS_NOSUID | syscall.MS_NODEV | syscall.MS_NOEXEC | syscall.MS_RDONLY
)

// ProcPlace is where the kernel's /proc is mounted, with nothing in it but processes.
const ProcPlace = "/proc/.pid"

func (s *Stage) mounts() error {
	if err := s.openTrees(); err != nil { // base is about to be covered
		return err
	}
	if err := syscall.Mount("tmpfs", base, "tmpfs", scratchFlags, rootOptions); err != nil {
		return op(err, "mount the root")
	}
	if err := syscall.Chdir(base); err != nil {
		return op(err, "chdir "+base)
	}
	syscall.Umask(0o022)
	if err := s.fill(); err != nil {
		return err
	}
	if err := syscall.PivotRoot(".", "."); err != nil {
		return op(err, "pivot_root")
	}
	if err := syscall.Unmount(".", syscall.MNT_DETACH); err != nil {
		return op(err, "leave the old root")
	}
	if err := syscall.Chdir("/"); err != nil {
		return op(err, "chdir /")
	}
	return op(setAttr(cwd, "/", 0, rootAttrs), "make the root read-only")
}

// fill puts everything in its place, below the working directory.
func (s *Stage) fill() error {
	for _, f := range s.Files {
		if err := put(f.Name, f.Text); err != nil {
			return err
		}
	}
	links := s.Links
	own, err := s.proc()
	if err != nil {
		return err
	}
	for _, l := range append(links, own...) {
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
		if err := syscall.Mount("tmpfs", c[1:], "tmpfs", coverFlags, "size=4k,nr_inodes=1,mode=0755"); err != nil {
			return op(err, "cover "+c)
		}
	}
	return nil
}

// proc mounts the kernel's /proc, with nothing in it but the room's processes, and
// says which links lead there. Where that is refused, in a container that masks a
// part of its own, plain files stand in for it.
func (s *Stage) proc() (links []Pair, err error) {
	if err := mkdirAll(ProcPlace[1:]); err != nil {
		return nil, err
	}
	links = []Pair{{"/proc/mounts", "self/mounts"}, {"/proc/net", "self/net"}}
	err = syscall.Mount("proc", ProcPlace[1:], "proc", procFlags, "subset=pid,hidepid=2")
	switch err {
	case nil:
		s.proved("proc", "the room's own processes only")
		return append(links, Pair{"/proc/self", ".pid/self"}, Pair{"/proc/thread-self", ".pid/thread-self"}), nil
	case syscall.EPERM:
		for _, f := range s.Proc {
			if err := put(ProcPlace+"/"+f.Name, f.Text); err != nil {
				return nil, err
			}
		}
		s.proved("proc", "plain files")
		return append(links, Pair{"/proc/self", ".pid"}, Pair{"/proc/thread-self", ".pid"}), nil
	}
	return nil, op(err, "mount /proc")
}

// system opens what all rooms show of the host.
func (s *Stage) system() error {
	if err := syscall.Mount("", "/", "", syscall.MS_REC|syscall.MS_PRIVATE, ""); err != nil {
		return op(err, "mount / private")
	}
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
	if isDir(&st) {
		err = mkdirAll(t.At[1:])
	} else {
		err = put(t.At, "")
	}
	if err != nil {
		return err
	}
	if err := moveMount(fd, t.At[1:]); err != nil {
		return op(err, "move_mount "+t.At)
	}
	_ = syscall.Close(fd) // a room's limit of open files may be low
	s.rules = append(s.rules, Rule{t.At, t.Access})
	return nil
}
