//go:build linux && (amd64 || arm64)

package isolate

import (
	"cmp"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"golang.org/x/sys/unix"

	"secgpt/isolate/stage"
)

// grantsMax bounds the grants of a room: each costs a descriptor and a mount.
const grantsMax = 64

// placesMax bounds the places of all grants with the folders on the way to them: the
// root of a room has 512 names, of which it needs some 50 itself.
const placesMax = 400

// taken are the places of a room that a grant can't be, be in, or hold.
var taken = []string{"/usr", "/bin", "/sbin", "/lib", "/lib64", "/lib32", "/etc", "/dev", "/proc", "/sys", "/data", "/.room"}

// kernelKinds are file systems made of the kernel's own state: never an app's.
var kernelKinds = []string{"proc", "sysfs", "devtmpfs", "devpts", "cgroup", "cgroup2", "securityfs", "debugfs",
	"tracefs", "bpf", "configfs", "efivarfs", "pstore", "mqueue", "binfmt_misc", "fusectl", "selinuxfs", "nsfs"}

// within tells whether path is folder or below it. Both are clean.
func within(path, folder string) bool {
	return path == folder || folder == "/" || strings.HasPrefix(path, folder+"/")
}

// A source is something of the host that was asked for: this binary, the app's own
// folder, a grant.
type source struct {
	path, at   string
	dir, write bool
}

// vet looks at everything of the host that the spec names, before anything is
// started, and at this binary. As root it also makes the detached mounts: the stage
// is then nobody, who can't even reach most folders.
func (p *plan) vet(s Spec) error {
	if len(s.Files) > grantsMax {
		return fmt.Errorf("%d grants, a room takes %d", len(s.Files), grantsMax)
	}
	self, err := os.Readlink("/proc/self/exe")
	if err != nil {
		return fmt.Errorf("find this binary: %w", err)
	}
	wanted := []source{{path: self, at: SelfPath}}
	if s.Data != "" {
		wanted = append(wanted, source{path: s.Data, at: "/data", dir: true, write: true})
	}
	places := map[string]bool{}
	for _, g := range s.Files {
		at := cmp.Or(g.At, g.Path)
		if err := place(at, wanted); err != nil {
			return fmt.Errorf("grant %q: %w", g.Path, err)
		}
		for p := at; p != "/"; p = filepath.Dir(p) {
			places[p] = true
		}
		if len(places) > placesMax {
			return fmt.Errorf("grant %q: it takes too many folders to be there: the places of all grants are %d at most", g.Path, placesMax)
		}
		wanted = append(wanted, source{path: g.Path, at: at, write: g.Write})
	}
	for _, w := range wanted {
		if err := p.add(w); err != nil {
			return err
		}
	}
	return nil
}

// place checks where a grant is to be seen.
func place(at string, others []source) error {
	if !filepath.IsAbs(at) || filepath.Clean(at) != at || at == "/" || at == "/tmp" {
		return fmt.Errorf("it can't be at %q in the room: name a clean absolute path of its own", at)
	}
	for _, t := range taken {
		if within(at, t) {
			return fmt.Errorf("%s is the room's own: choose another place", t)
		}
	}
	for _, o := range others {
		if within(at, o.at) || within(o.at, at) {
			return fmt.Errorf("it would be in the way of %q at %s", o.path, o.at)
		}
	}
	return nil
}

// add pins down what is at a source's path and shows it in the room.
func (p *plan) add(w source) error {
	if !filepath.IsAbs(w.path) || filepath.Clean(w.path) != w.path || w.path == "/" || strings.ContainsRune(w.path, 0) {
		return fmt.Errorf("grant %q: it must be a clean absolute path below /", w.path)
	}
	fd, err := openPath(w.path)
	switch {
	case errors.Is(err, unix.ELOOP):
		return fmt.Errorf("grant %q: there is a symbolic link in it; name the place that it leads to", w.path)
	case err != nil:
		return fmt.Errorf("grant %q: %w", w.path, err)
	}
	defer func() { _ = unix.Close(fd) }()
	var st unix.Stat_t
	if err := unix.Fstat(fd, &st); err != nil {
		return fmt.Errorf("grant %q: %w", w.path, err)
	}
	dir := st.Mode&unix.S_IFMT == unix.S_IFDIR
	switch {
	case w.dir && !dir:
		return fmt.Errorf("grant %q: it is not a folder", w.path)
	case !dir && st.Mode&unix.S_IFMT != unix.S_IFREG:
		return fmt.Errorf("grant %q: it is a link, pipe, socket or device; only folders and files can be granted", w.path)
	}
	if w.at == SelfPath {
		err = running(w.path, &st)
	} else {
		err = notKernel(w.path)
	}
	if err != nil {
		return err
	}
	tree := stage.Tree{Path: w.path, Dev: uint64(st.Dev), Ino: st.Ino, At: w.at, Attrs: readOnly, Access: stage.RunTree}
	switch {
	case w.at == "/data":
		tree.Attrs, tree.Access = shut, stage.DataTree
	case w.write:
		tree.Attrs, tree.Access = shut, stage.GrantTree
	}
	if p.Root {
		m, err := p.detach(w, &st)
		if err != nil {
			return err
		}
		p.mounts = append(p.mounts, m)
		tree.FD = len(p.mounts)
	}
	p.Trees = append(p.Trees, tree)
	return nil
}

// running checks that the path is still the binary that runs.
func running(path string, is *unix.Stat_t) error {
	var st unix.Stat_t
	if err := unix.Stat("/proc/self/exe", &st); err != nil {
		return fmt.Errorf("find this binary: %w", err)
	}
	if st.Dev != is.Dev || st.Ino != is.Ino {
		return fmt.Errorf("%s was replaced while it ran: start it again", oneLine(path))
	}
	return nil
}

// notKernel refuses what is, is in, or holds a mount of the kernel's state.
func notKernel(path string) error {
	unescape := strings.NewReplacer(`\040`, " ", `\011`, "\t", `\012`, "\n", `\134`, `\`)
	table, err := os.ReadFile("/proc/self/mountinfo")
	if err != nil {
		return fmt.Errorf("read the mounts: %w", err)
	}
	for line := range strings.Lines(string(table)) {
		before, after, _ := strings.Cut(line, " - ")
		fields, kind := strings.Fields(before), strings.Fields(after)
		if len(fields) < 5 || len(kind) < 1 || !slices.Contains(kernelKinds, kind[0]) {
			continue
		}
		if point := unescape.Replace(fields[4]); within(path, point) || within(point, path) {
			return fmt.Errorf("grant %q: %s is the kernel's (%s)", path, oneLine(point), kind[0])
		}
	}
	return nil
}

// detach makes the mount that root hands to the stage. The files in it keep their
// owner on disk: an idmapped mount lets the room's host id pass for that owner.
func (p *plan) detach(w source, st *unix.Stat_t) (*os.File, error) {
	fd, err := cloneTree(w.path)
	if err != nil {
		return nil, &LayerError{Layer: "mounts", Op: "clone " + oneLine(w.path), Err: err}
	}
	f := os.NewFile(uintptr(fd), w.path)
	attr := &unix.MountAttr{Propagation: unix.MS_PRIVATE}
	var now unix.Stat_t
	err = unix.Fstat(fd, &now)
	if err == nil && (now.Dev != st.Dev || now.Ino != st.Ino) {
		err = unix.ESTALE // swapped since it was vetted
	}
	// A binary that everybody may run, as most are, needs no mapping.
	open := w.at == SelfPath && st.Mode&0o005 == 0o005
	if err == nil && !open && (int(st.Uid) != p.hostID || int(st.Gid) != p.hostID) {
		var ns int
		if ns, err = idmap(mapping{int(st.Uid), int(st.Gid), p.hostID}); err == nil {
			defer func() { _ = unix.Close(ns) }()
			attr.Attr_set, attr.Userns_fd = unix.MOUNT_ATTR_IDMAP, uint64(ns)
		}
	}
	if err == nil {
		err = unix.MountSetattr(fd, "", unix.AT_EMPTY_PATH|unix.AT_RECURSIVE, attr)
	}
	if err != nil {
		_ = f.Close()
		return nil, &LayerError{Layer: "mounts", Op: "map the owner of " + oneLine(w.path), Err: err,
			Remedy: fmt.Sprintf("run as an ordinary user, or move %s to a file system that can map owners (ext4, xfs, btrfs, tmpfs)", oneLine(w.path))}
	}
	return f, nil
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
		return 0, err
	}
	defer func() { _ = unix.Close(at) }()
	return unix.OpenTree(at, "", unix.AT_EMPTY_PATH|unix.OPEN_TREE_CLONE|unix.OPEN_TREE_CLOEXEC|unix.AT_RECURSIVE)
}
