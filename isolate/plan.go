//go:build linux && (amd64 || arm64)

package isolate

import (
	"cmp"
	"errors"
	"fmt"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"

	"golang.org/x/sys/unix"

	"secgpt/isolate/stage"
)

// A plan is all that a room will be, thought out before anything of it exists.
type plan struct {
	stage.Config
	hostID int          // what InsideID is on the host
	hostGD int          // the group beside it
	mounts []*os.File   // as root: detached mounts that the stage is handed
	late   []stage.Pair // as root: small files that are put into the root from here
	whole  Limits       // what is asked for, with the defaults
}

// close frees what the stage had to be handed.
func (p *plan) close() {
	for _, m := range p.mounts {
		_ = m.Close()
	}
}

// insideID is the one user and the one group of a room.
const insideID = stage.InsideID

// What is mounted may only take away: no set-id programs, no devices, no writing.
const (
	shut     = stage.AttrNoSuid | stage.AttrNoDev
	readOnly = shut | stage.AttrReadOnly
)

// newPlan is a whole room, for whoever wants to look at one. The caller closes it.
func newPlan(s Spec) (*plan, error) {
	c, err := common()
	if err != nil {
		return nil, err
	}
	p, err := special(s)
	if err != nil {
		return nil, err
	}
	c.Add(&p.Config)
	c.Files = append(c.Files, p.late...)
	p.Config = *c
	return p, nil
}

// commonEnv is empty, except in tests that tell the early steps of a stage to fail.
var commonEnv []string

// common is what all rooms share. A stage is told it when it is made, before anybody
// knows whose room it will be.
func common() (*stage.Config, error) {
	p := &plan{}
	p.Env = commonEnv
	p.Leave = os.Geteuid() == 0 // who hands over all mounts; see special
	var err error
	if p.Namespaces, err = ownNamespaces(); err != nil {
		return nil, &LayerError{Layer: "namespaces", Op: "read /proc/self/ns", Err: err}
	}
	if err := p.system(); err != nil {
		return nil, err
	}
	p.files()
	return &p.Config, nil
}

// special is what makes a room the one that was asked for. The caller closes it.
func special(s Spec) (*plan, error) {
	p := &plan{hostID: os.Geteuid(), hostGD: os.Getegid()}
	if err := p.program(s); err != nil {
		return nil, err
	}
	limits, err := s.Limits.full()
	if err != nil {
		return nil, err
	}
	p.whole = limits
	if p.Root = os.Geteuid() == 0; p.Root {
		if err := checkHostID(s.HostID); err != nil {
			return nil, err
		}
		p.hostID, p.hostGD = s.HostID, s.HostID
	}
	if p.Limits, err = limits.rlimits(); err != nil {
		return nil, err
	}
	if p.Listen, err = listens(s.Hosts); err != nil {
		return nil, err
	}
	if p.Offsets, err = offsets(); err != nil {
		return nil, err
	}
	p.NoUnix = len(s.Files) > 0
	if p.Filter, err = filterBytes(p.NoUnix); err != nil {
		return nil, err
	}
	p.ownFiles(s.Hosts, limits)
	if p.Root {
		p.late, p.Files = p.Files, nil
	}
	p.scratch(limits, s.Data != "")
	p.absent(s.Files)
	if err = p.vet(s); err == nil && s.Data != "" {
		err = checkData(s.Data, limits.Data)
	}
	if err != nil {
		p.close()
		return nil, err
	}
	return p, nil
}

// wordsMax bounds the arguments, and the variables: what a stage takes as one list,
// without what Init adds to it.
const wordsMax = 1<<16 - 8

// program checks what is to run, as far as that needs no look at the file system.
func (p *plan) program(s Spec) error {
	if len(s.Argv) == 0 {
		return errors.New("nothing to run: Argv is empty")
	}
	p.Path, p.Argv, p.Env, p.Dir = s.Argv[0], slices.Clone(s.Argv), s.Env, cmp.Or(s.Dir, "/data")
	if p.Path == Self {
		p.Path, p.Argv[0] = SelfPath, SelfPath
	}
	if n := max(len(s.Argv), len(s.Env)); n > wordsMax {
		return fmt.Errorf("%d arguments or variables, a room takes %d", n, wordsMax)
	}
	if !strings.HasPrefix(p.Path, "/") || !strings.HasPrefix(p.Dir, "/") {
		return fmt.Errorf("%q in %q: a room needs absolute paths", p.Path, p.Dir)
	}
	for _, text := range append(append([]string{p.Dir}, p.Argv...), p.Env...) {
		if strings.ContainsRune(text, 0) {
			return fmt.Errorf("%q has a zero byte in it", text)
		}
	}
	for _, e := range p.Env {
		if strings.HasPrefix(e, stage.RoleVar+"=") {
			return fmt.Errorf("%s is the room's own", stage.RoleVar)
		}
	}
	if s.Init {
		p.Path, p.Argv = SelfPath, append([]string{stage.Name(stage.RoleInit)}, p.Argv...)
		p.Env = append([]string{stage.RoleVar + "=" + stage.RoleInit}, p.Env...)
	}
	return nil
}

// ownNamespaces reads which namespaces this process is in; it never leaves them.
var ownNamespaces = sync.OnceValues(func() ([]stage.Pair, error) {
	var found []stage.Pair
	for _, name := range stage.NamespaceNames {
		link, err := os.Readlink("/proc/self/ns/" + name)
		if err != nil {
			return nil, err
		}
		found = append(found, stage.Pair{Name: name, Text: link})
	}
	return found, nil
})

// hasTime tells whether the kernel was built with time namespaces.
var hasTime = sync.OnceValues(func() (bool, error) {
	_, err := os.Readlink("/proc/self/ns/time")
	if errors.Is(err, os.ErrNotExist) {
		return false, nil
	}
	return err == nil, err
})

// offsets make the clocks of up-time begin now, where there can be others than the host's.
func offsets() (string, error) {
	switch has, err := hasTime(); {
	case err != nil:
		return "", &LayerError{Layer: "clock", Op: "read /proc/self/ns/time", Err: err}
	case !has:
		return "", nil
	}
	var mono, boot unix.Timespec
	err := errors.Join(unix.ClockGettime(unix.CLOCK_MONOTONIC, &mono), unix.ClockGettime(unix.CLOCK_BOOTTIME, &boot))
	return fmt.Sprintf("monotonic -%d 0\nboottime -%d 0\n", max(0, mono.Sec-1), max(0, boot.Sec-1)), err
}

// filterBytes is the seccomp program as the kernel takes it. There are two, with and
// without a grant; each is compiled once.
func filterBytes(granted bool) ([]byte, error) {
	if granted {
		return grantedFilter()
	}
	return bareFilter()
}

var (
	bareFilter    = sync.OnceValues(func() ([]byte, error) { return assemble(false) })
	grantedFilter = sync.OnceValues(func() ([]byte, error) { return assemble(true) })
)

func assemble(granted bool) ([]byte, error) {
	program, err := compiledFilter(granted)
	if err != nil {
		return nil, fmt.Errorf("compile the filter: %w", err)
	}
	var out []byte
	for _, in := range program {
		out = append(out, byte(in.Code), byte(in.Code>>8), in.Jt, in.Jf,
			byte(in.K), byte(in.K>>8), byte(in.K>>16), byte(in.K>>24))
	}
	return out, nil
}

// system shows /usr, and the older folders beside it as the links into it that they
// are, or as they are where a host has not merged them; the five devices that give
// or take bytes and nothing else; the certificates.
func (p *plan) system() error {
	for _, name := range []string{"usr", "bin", "sbin", "lib", "lib64", "lib32"} {
		at := "/" + name
		info, err := os.Lstat(at)
		switch {
		case errors.Is(err, os.ErrNotExist):
			continue
		case err != nil:
			return err
		case info.IsDir():
			if err := p.show(at, at, readOnly, stage.RunTree); err != nil {
				return err
			}
		case info.Mode()&os.ModeSymlink != 0:
			to, err := os.Readlink(at)
			if err != nil {
				return err
			}
			if to = strings.TrimPrefix(to, "/"); strings.HasPrefix(to, "usr/") {
				p.Links = append(p.Links, stage.Pair{Name: at, Text: to})
			}
		}
	}
	// Where programs that were built here keep the sockets of their daemons. A socket
	// can be met through a read-only mount, too.
	for _, at := range []string{"/usr/local/var", "/usr/local/run", "/usr/var", "/usr/run"} {
		if info, err := os.Lstat(at); err == nil && info.IsDir() {
			p.Covers = append(p.Covers, at)
		}
	}
	if err := p.devices(); err != nil {
		return err
	}
	return p.configuration()
}

// configuration are the parts of the host's /etc that programs of the system need
// beside /usr and that tell of nobody: certificates, what /usr/bin/awk and java lead
// to, where libraries are, names of ports and kinds of files, the settings of Java.
func (p *plan) configuration() error {
	wanted := []string{"/etc/ssl/certs", "/etc/ssl/openssl.cnf", "/etc/alternatives", "/etc/ld.so.cache",
		"/etc/services", "/etc/protocols", "/etc/mime.types"}
	java, err := filepath.Glob("/etc/java-*")
	if err != nil {
		return err
	}
	for _, at := range append(wanted, java...) {
		real, err := filepath.EvalSymlinks(at)
		if err != nil {
			continue // a host that has none
		}
		if err := p.show(real, at, readOnly|stage.AttrNoExec, stage.ReadTree); err != nil {
			return err
		}
	}
	return nil
}

func (p *plan) devices() error {
	minors := map[string]uint32{"null": 3, "zero": 5, "full": 7, "random": 8, "urandom": 9}
	for _, name := range slices.Sorted(maps.Keys(minors)) {
		path := "/dev/" + name
		var st unix.Stat_t
		if err := unix.Lstat(path, &st); err != nil {
			return &LayerError{Layer: "mounts", Op: "stat " + path, Err: err}
		}
		if st.Mode&unix.S_IFMT != unix.S_IFCHR || unix.Major(uint64(st.Rdev)) != 1 || unix.Minor(uint64(st.Rdev)) != minors[name] {
			return &LayerError{Layer: "mounts", Op: "use the host's " + path, Err: unix.ENODEV}
		}
		if err := p.show(path, path, stage.AttrNoSuid|stage.AttrNoExec|stage.AttrReadOnly, stage.EditFile); err != nil {
			return err
		}
	}
	p.Rules = append(p.Rules, stage.Rule{At: "/dev", Access: stage.ReadDir})
	for name, to := range map[string]string{"fd": "", "stdin": "/0", "stdout": "/1", "stderr": "/2"} {
		p.Links = append(p.Links, stage.Pair{Name: "/dev/" + name, Text: "/proc/self/fd" + to})
	}
	return nil
}

// show adds something of the system, which nobody but root could have made.
func (p *plan) show(path, at string, attrs, access uint64) error {
	var st unix.Stat_t
	if err := unix.Lstat(path, &st); err != nil {
		return &LayerError{Layer: "mounts", Op: "stat " + path, Err: err}
	}
	p.Trees = append(p.Trees, stage.Tree{Path: path, Dev: uint64(st.Dev), Ino: st.Ino, At: at, Attrs: attrs, Access: access})
	return nil
}

// scratchNames bounds the files in each scratch folder; each takes about 1 KiB of
// the kernel's memory.
const scratchNames = 16384

// scratch are the folders that are empty at each start and gone at the end.
func (p *plan) scratch(l Limits, data bool) {
	options := fmt.Sprintf("size=%d,nr_inodes=%d,mode=0700", l.Tmp, scratchNames)
	for _, at := range []string{"/tmp", "/dev/shm", "/data"} {
		if at != "/data" || !data {
			p.Scratch = append(p.Scratch, stage.Pair{Name: at, Text: options})
		}
	}
}

// absent are the places that the proof must not find, unless a grant leads there.
func (p *plan) absent(grants []Grant) {
	for _, gone := range []string{"/proc/sys", stage.ProcPlace + "/sys", "/sys", "/home", "/root", "/run", "/var", "/boot"} {
		if !slices.ContainsFunc(grants, func(g Grant) bool { return within(cmp.Or(g.At, g.Path), gone) }) {
			p.Absent = append(p.Absent, gone)
		}
	}
}
