//go:build linux && (amd64 || arm64)

package isolate

import (
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"

	"secgpt/isolate/stage"
)

// findings are what was found out by trying. Its methods only judge, so that a test
// can put any machine before them.
type findings struct {
	facts
	clones      map[string]error // by kind of namespace
	time        bool             // the kernel has time namespaces
	landlock    int              // version
	landlockErr error
	seccompErr  error
	group       Layer
	groupErr    error
	oldGroups   bool  // control groups of version 1 hold the memory
	idsErr      error // as root
	mapErr      error // as root
	namesErr    error
	proof       Proof
	startErr    error
}

// scopedKernel brought the version of Landlock that holds signals and abstract sockets, too.
const scopedKernel = "6.12"

func (m *findings) checks() []Check {
	return []Check{
		m.checkUser(), m.checkNamespaces(), m.checkLandlock(), m.checkSeccomp(), m.checkProc(), m.checkGroup(),
		m.checkIDs(), m.checkAppArmor(), m.checkOwners(), m.checkStart(), m.checkNames(),
	}
}

// failed fills in why err was returned.
func (m *findings) failed(c Check, layer string, err error) Check {
	var le *LayerError
	if !errors.As(err, &le) {
		le = &LayerError{Layer: layer, Err: err}
	}
	why := causeOf(m.facts, le)
	c.Status, c.Means, c.Do = CheckFail, err.Error(), why.do
	if le.Op != "" {
		c.Means = le.Error() // without the name of the room that was tried
	}
	if why.means != "" && why.means != c.Means {
		c.Means += ": " + why.means
	}
	switch {
	case le.Remedy != "":
		c.Do = le.Remedy
	case c.Do == "":
		c.Do = "report it, with what this line says: uname -a"
	}
	return c
}

func (m *findings) checkUser() Check {
	c := Check{ID: "room.userns", Status: CheckOK, Tried: "made a user namespace",
		Means: "a room can have ids and rights of its own"}
	if err := m.clones["user"]; err != nil {
		return m.failed(c, "user namespace", err)
	}
	return c
}

func (m *findings) checkNamespaces() Check {
	c := Check{ID: "room.namespaces", Status: CheckOK, Tried: "made a mount, pid, net, ipc, uts, cgroup and time namespace, one by one",
		Means: "a room can have files, processes and a network of its own"}
	if m.clones["user"] != nil {
		return skipped(c, "they need a user namespace, and that can't be had")
	}
	for _, k := range kinds {
		if err := m.clones[k.name]; err != nil {
			return m.failed(c, k.name+" namespace", fmt.Errorf("no %s namespace: %w", k.name, err))
		}
	}
	if !m.time {
		c.Status, c.Means = CheckWarn, "all but time, which this kernel was built without: a room can see how long this computer has been running"
		c.Do = "start a kernel that was built with CONFIG_TIME_NS"
	}
	return c
}

func skipped(c Check, why string) Check {
	c.Status, c.Tried, c.Means, c.Do = CheckSkip, "not tried", why, ""
	return c
}

func (m *findings) checkLandlock() Check {
	c := Check{ID: "room.landlock", Status: CheckOK, Tried: "asked for its version",
		Means: fmt.Sprintf("version %d: what a room may read and write is said a second time, by path", m.landlock)}
	switch {
	case m.landlockErr != nil:
		return m.failed(c, "landlock", m.landlockErr)
	case m.landlock < stage.Scoped:
		c.Status, c.Do = CheckWarn, "start a kernel of "+scopedKernel+" or later"
		c.Means = fmt.Sprintf("version %d holds files; signals and abstract sockets are held by the namespaces alone", m.landlock)
	}
	return c
}

func (m *findings) checkSeccomp() Check {
	c := Check{ID: "room.seccomp", Status: CheckOK, Tried: "asked for the actions allow, errno and kill",
		Means: "system calls can be refused by number and argument"}
	if m.seccompErr != nil {
		c = m.failed(c, "seccomp", m.seccompErr)
		c.Do = "start a kernel of 4.14 or later, built with CONFIG_SECCOMP_FILTER"
	}
	return c
}

func (m *findings) checkProc() Check {
	c := Check{ID: "room.procfs", Status: CheckOK, Tried: "mounted the kernel's /proc in a room",
		Means: "programs in a room see their own processes there, and nothing else"}
	if m.startErr != nil {
		return skipped(c, "there was no room to mount it in")
	}
	if slices.ContainsFunc(m.proof.Layers, func(l Layer) bool { return l.Name == "proc" && l.How == plainProc }) {
		c.Status = CheckWarn
		c.Means = "a part of this machine's own /proc is masked, as containers do, so a room has plain files instead: few programs notice"
		c.Do = "start the container with --security-opt systempaths=unconfined (docker) or --security-opt unmask=ALL (podman)"
	}
	return c
}

func (m *findings) checkGroup() Check {
	c := Check{ID: "room.cgroup", Status: CheckOK, Tried: "made a control group for a room",
		Means: "the kernel bounds a room as a whole: " + m.group.How}
	if m.groupErr != nil {
		c.Status, c.Means = CheckWarn, m.groupErr.Error()
		switch {
		case m.oldGroups:
			c.Do = "start the machine with systemd.unified_cgroup_hierarchy=1 on the kernel's command line"
		case m.root:
			c.Do = "systemd-run --scope -p Delegate=yes " + quote(m.exe)
		default:
			c.Do = "systemd-run --user --scope -p Delegate=yes " + quote(m.exe)
		}
	}
	return c
}

func (m *findings) checkIDs() Check {
	c := Check{ID: "room.ids", Status: CheckOK, Tried: fmt.Sprintf("made a user namespace for host id %d", HostIDBase),
		Means: "under root, each app has a host id that nobody owns"}
	switch {
	case !m.root:
		return skipped(c, "this is not root: rooms run under your own id, and see only what they were given")
	case m.clones["user"] != nil:
		return skipped(c, "they need a user namespace, and that can't be had")
	case m.idsErr != nil:
		c = m.failed(c, "user namespace", m.idsErr)
		c.Means = fmt.Sprintf("root has no spare ids here, as in a container without root of its own (%v)", m.idsErr)
		c.Do = "run it as an ordinary user"
	}
	return c
}

func (m *findings) checkAppArmor() Check {
	c := Check{ID: "room.apparmor", Status: CheckOK, Tried: "read kernel.apparmor_restrict_unprivileged_userns",
		Means: "AppArmor does not keep user namespaces from programs"}
	value, there := m.sysctl[appArmorSwitch]
	_, profiled := strings.CutSuffix(m.label, " (unconfined)")
	switch {
	case !there:
		c.Status, c.Means = CheckSkip, "this kernel has no such switch"
	case value == "0":
	case profiled || m.label == "unconfined" && m.startErr == nil && !m.root:
		c.Means = "it is on, and this program may: profile " + m.label
	case m.root:
		c.Status, c.Means = CheckWarn, "it is on: root has rooms, and other users of this machine have none until this program has a profile"
		c.Do = appArmorRemedy(m.exe)
	default:
		c.Status, c.Means = CheckFail, "it is on: user namespaces are for programs with a profile, and this one has none"
		c.Do = appArmorRemedy(m.exe)
	}
	return c
}

func (m *findings) checkOwners() Check {
	c := Check{ID: "room.idmap", Status: CheckOK, Tried: "gave a room a folder that is somebody else's",
		Means: "files that a room is given keep their owners"}
	switch {
	case !m.root:
		return skipped(c, "only root's rooms need it")
	case m.startErr != nil:
		return skipped(c, "there was no room to give a folder to")
	case m.mapErr != nil:
		return m.failed(c, "mounts", m.mapErr)
	}
	return c
}

func (m *findings) checkStart() Check {
	c := Check{ID: "room.start", Status: CheckOK, Tried: "started a room, and tried from inside what must fail"}
	if m.startErr != nil {
		return m.failed(c, "start", m.startErr)
	}
	c.Means = fmt.Sprintf("all %d layers hold; it took %.1f ms", len(m.proof.Layers), float64(m.proof.Took)/float64(time.Millisecond))
	return c
}

func (m *findings) checkNames() Check {
	c := Check{ID: "room.egress", Status: CheckOK, Tried: "started a room with a name, and took the socket that stands for it",
		Means: "a room can reach the hosts that it was granted, through us, and no others"}
	switch {
	case m.startErr != nil:
		return skipped(c, "there was no room to give a name to")
	case m.namesErr != nil:
		return m.failed(c, "network", m.namesErr)
	}
	return c
}
