//go:build linux && (amd64 || arm64)

package isolate

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"syscall"

	"golang.org/x/sys/unix"
)

// grantsMax bounds the grants of a room: each costs a descriptor and a mount.
const grantsMax = 64

// taken are the places of a room that a grant can't be, be in, or hold.
var taken = []string{"/usr", "/bin", "/sbin", "/lib", "/lib64", "/lib32", "/etc", "/dev", "/proc", "/sys", "/data", "/.room"}

// kernelKinds are file systems made of the kernel's own state: never an app's.
var kernelKinds = []string{"proc", "sysfs", "devtmpfs", "devpts", "cgroup", "cgroup2", "securityfs", "debugfs",
	"tracefs", "bpf", "configfs", "efivarfs", "pstore", "mqueue", "binfmt_misc", "fusectl", "selinuxfs", "nsfs"}

// within tells whether path is folder or below it. Both are clean.
func within(path, folder string) bool {
	return path == folder || folder == "/" || strings.HasPrefix(path, folder+"/")
}

// vet looks at everything of the host that the spec names, before anything is
// started, and at this binary. As root it also makes the detached mounts: the
// stage is then nobody, who can't even reach most folders. The caller closes them.
func vet(s Spec, c *config) ([]*os.File, error) {
	if len(s.Files) > grantsMax {
		return nil, fmt.Errorf("%d grants, a room takes %d", len(s.Files), grantsMax)
	}
	self, err := os.Readlink("/proc/self/exe")
	if err != nil {
		return nil, op(err, "find this binary")
	}
	wanted := []source{{Path: self, At: SelfPath}}
	if s.Data != "" {
		wanted = append(wanted, source{Path: s.Data, At: "/data", Dir: true, Write: true})
	}
	for _, g := range s.Files {
		at := g.At
		if at == "" {
			at = g.Path
		}
		if err := place(at, wanted); err != nil {
			return nil, fmt.Errorf("grant %q: %w", g.Path, err)
		}
		wanted = append(wanted, source{Path: g.Path, At: at, Write: g.Write})
	}
	var mounts []*os.File
	for i := range wanted {
		m, err := wanted[i].vet(c.Root, s.HostID)
		if err != nil {
			for _, f := range mounts {
				_ = f.Close()
			}
			return nil, err
		}
		if m != nil {
			wanted[i].FD = mountsFD + len(mounts)
			mounts = append(mounts, m)
		}
	}
	c.Mounts = wanted
	return mounts, nil
}

// place checks where a grant is to be seen.
func place(at string, others []source) error {
	if !filepath.IsAbs(at) || filepath.Clean(at) != at || at == "/" || at == "/tmp" {
		return fmt.Errorf("it can't be at %q in the room: name a clean absolute path of its own", at)
	}
	for _, t := range taken {
		if within(at, t) {
			return fmt.Errorf("%s is the room's own: choose another place with At", t)
		}
	}
	for _, o := range others {
		if within(at, o.At) || within(o.At, at) {
			return fmt.Errorf("it would be in the way of %q at %s", o.Path, o.At)
		}
	}
	return nil
}

// vet pins down what is at the path; as root it returns its detached mount.
func (m *source) vet(root bool, hostID int) (*os.File, error) {
	if !filepath.IsAbs(m.Path) || filepath.Clean(m.Path) != m.Path || m.Path == "/" || strings.ContainsRune(m.Path, 0) {
		return nil, fmt.Errorf("grant %q: it must be a clean absolute path below /", m.Path)
	}
	fd, err := openPath(m.Path)
	switch {
	case errors.Is(err, unix.ELOOP):
		return nil, fmt.Errorf("grant %q: there is a symbolic link in it; name the place that it leads to", m.Path)
	case err != nil:
		return nil, fmt.Errorf("grant %q: %w", m.Path, err)
	}
	defer func() { _ = unix.Close(fd) }()
	var st unix.Stat_t
	if err := unix.Fstat(fd, &st); err != nil {
		return nil, fmt.Errorf("grant %q: %w", m.Path, err)
	}
	dir := st.Mode&unix.S_IFMT == unix.S_IFDIR
	switch {
	case m.Dir && !dir:
		return nil, fmt.Errorf("grant %q: it is not a folder", m.Path)
	case !dir && st.Mode&unix.S_IFMT != unix.S_IFREG:
		return nil, fmt.Errorf("grant %q: it is a link, pipe, socket or device; only folders and files can be granted", m.Path)
	}
	m.Dir, m.Dev, m.Ino = dir, uint64(st.Dev), st.Ino
	if m.At == SelfPath {
		if err := m.running(); err != nil {
			return nil, err
		}
	} else if err := notKernel(m.Path); err != nil {
		return nil, err
	}
	if !root {
		return nil, nil
	}
	return m.detach(&st, hostID)
}

// running checks that the path is still the binary that runs.
func (m *source) running() error {
	var st unix.Stat_t
	if err := unix.Stat("/proc/self/exe", &st); err != nil {
		return op(err, "find this binary")
	}
	if uint64(st.Dev) != m.Dev || st.Ino != m.Ino {
		return fmt.Errorf("%s was replaced while it ran: start it again", m.Path)
	}
	return nil
}

// notKernel refuses what is, is in, or holds a mount of the kernel's state.
func notKernel(path string) error {
	unescape := strings.NewReplacer(`\040`, " ", `\011`, "\t", `\012`, "\n", `\134`, `\`)
	table, err := os.ReadFile("/proc/self/mountinfo")
	if err != nil {
		return op(err, "read the mounts")
	}
	for line := range strings.Lines(string(table)) {
		before, after, _ := strings.Cut(line, " - ")
		fields, kind := strings.Fields(before), strings.Fields(after)
		if len(fields) < 5 || len(kind) < 1 || !slices.Contains(kernelKinds, kind[0]) {
			continue
		}
		if point := unescape.Replace(fields[4]); within(path, point) || within(point, path) {
			return fmt.Errorf("grant %q: %s is the kernel's (%s)", path, point, kind[0])
		}
	}
	return nil
}

// detach makes the mount that root hands to the stage. The files in it keep their
// owner on disk: an idmapped mount lets the room's host id pass for that owner.
func (m *source) detach(st *unix.Stat_t, hostID int) (*os.File, error) {
	fd, err := cloneTree(m.Path)
	if err != nil {
		return nil, &LayerError{Layer: "mounts", Op: "clone " + m.Path, Err: err}
	}
	f := os.NewFile(uintptr(fd), m.Path)
	attr := &unix.MountAttr{Propagation: unix.MS_PRIVATE}
	var now unix.Stat_t
	err = unix.Fstat(fd, &now)
	if err == nil && (uint64(now.Dev) != m.Dev || now.Ino != m.Ino) {
		err = unix.ESTALE // swapped since it was vetted
	}
	// A binary that everybody may run, as most are, needs no mapping.
	open := m.At == SelfPath && st.Mode&0o005 == 0o005
	if err == nil && !open && (int(st.Uid) != hostID || int(st.Gid) != hostID) {
		var ns *os.File
		if ns, err = idmap(int(st.Uid), int(st.Gid), hostID); err == nil {
			defer func() { _ = ns.Close() }()
			attr.Attr_set, attr.Userns_fd = unix.MOUNT_ATTR_IDMAP, uint64(ns.Fd())
		}
	}
	if err == nil {
		err = unix.MountSetattr(fd, "", unix.AT_EMPTY_PATH|unix.AT_RECURSIVE, attr)
	}
	if err != nil {
		_ = f.Close()
		return nil, &LayerError{Layer: "mounts", Op: "map the owner of " + m.Path, Err: err,
			Remedy: fmt.Sprintf("run as an ordinary user, or move %s to a file system that can map owners (ext4, xfs, btrfs, tmpfs)", m.Path)}
	}
	return f, nil
}

// idmap makes a user namespace in which the owner uid:gid of a file system is the
// host's hostID. It is made by a process that never gets further than its start.
func idmap(uid, gid, hostID int) (*os.File, error) {
	none, err := os.Open(os.DevNull)
	if err != nil {
		return nil, err
	}
	defer func() { _ = none.Close() }()
	var p *os.Process
	onStarter(func() {
		p, err = os.StartProcess("/proc/self/exe", []string{holderName}, &os.ProcAttr{
			Env: stageEnv, Dir: "/", Files: []*os.File{none, none, none},
			Sys: &syscall.SysProcAttr{
				Cloneflags:  unix.CLONE_NEWUSER,
				Pdeathsig:   unix.SIGKILL,
				UidMappings: []syscall.SysProcIDMap{{ContainerID: uid, HostID: hostID, Size: 1}},
				GidMappings: []syscall.SysProcIDMap{{ContainerID: gid, HostID: hostID, Size: 1}},
			},
		})
	})
	if err != nil {
		return nil, err
	}
	ns, err := os.Open(fmt.Sprintf("/proc/%d/ns/user", p.Pid))
	_ = p.Kill()
	_, werr := p.Wait()
	return ns, errors.Join(err, werr)
}
