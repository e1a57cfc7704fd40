//go:build linux && (amd64 || arm64)

package isolate

import (
	"fmt"
	"math/bits"
	"slices"
	"strconv"
	"strings"
	"syscall"
	"testing"

	"github.com/stretchr/testify/require"
	"golang.org/x/sys/unix"

	"secgpt/isolate/stage"
	"secgpt/isolate/stage/fault"
)

// mutants are all rules that are data.
func mutants(t *testing.T, kit string) []mutant {
	t.Helper()
	var whole stage.Config // what any of the rooms has
	for _, s := range []string{"bare", "own folder", "beside grants"} {
		c := planOf(t, roomSpecs(kit)[s].Spec)
		whole.Trees, whole.Scratch, whole.Rules, whole.Absent = append(whole.Trees, c.Trees...), append(whole.Scratch, c.Scratch...),
			append(whole.Rules, c.Rules...), append(whole.Absent, c.Absent...)
		whole.Limits, whole.Covers = c.Limits, c.Covers
	}
	all := slices.Concat(seccompMutants(), mountMutants(whole), scratchMutants(whole), landlockMutants(whole), limitMutants(t, whole),
		stepMutants(), namespaceMutants(), absentMutants(whole), otherMutants())
	slices.SortStableFunc(all, func(a, b mutant) int { return strings.Compare(a.Name, b.Name) })
	return slices.CompactFunc(all, func(a, b mutant) bool { return a.Name == b.Name })
}

func told(name string, words ...any) mutant {
	var text []string
	for _, w := range words {
		text = append(text, fmt.Sprint(w))
	}
	return mutant{Name: name, lines: []string{fault.Changed(text...)}}
}

func leftOut(step string) string { return "step: " + step + " is skipped" }

// attrNames are the flags of mounts.
var attrNames = map[uint64]string{stage.AttrReadOnly: "read-only", stage.AttrNoSuid: "no-set-id", stage.AttrNoDev: "no-devices", stage.AttrNoExec: "no-programs"}

func withoutFlag(at string, flag uint64) string {
	return "mount: " + at + " without " + attrNames[flag]
}

// mountMutants leave a flag of one mount out: of trees before they are placed, of
// the private ones afterwards. /proc is a text in the code: see bench/roommutants.
func mountMutants(c stage.Config) (all []mutant) {
	for _, t := range c.Trees {
		for flag := range attrNames {
			if t.Attrs&flag != 0 {
				all = append(all, told(withoutFlag(t.At, flag), "attr", t.At, flag))
			}
		}
	}
	for flag := range attrNames {
		all = append(all, told(withoutFlag("/", flag), "clear", "/", flag))
	}
	for _, s := range c.Scratch {
		for _, flag := range []uint64{stage.AttrNoSuid, stage.AttrNoDev} {
			all = append(all, told(withoutFlag(s.Name, flag), "clear", s.Name, flag))
		}
	}
	for _, c := range c.Covers {
		all = append(all, told("mount: "+c+" is not covered", "uncover", c))
	}
	return all
}

func scratchMutants(c stage.Config) (all []mutant) {
	for _, s := range c.Scratch {
		for option := range strings.SplitSeq(s.Text, ",") {
			name, _, _ := strings.Cut(option, "=")
			all = append(all, told("tmpfs: "+s.Name+" without "+name, "option", s.Name, name))
		}
	}
	return all
}

// Rights of Landlock, by bit.
var rightsByBit = []string{"execute", "write", "read", "list", "remove folder", "remove file", "make device", "make folder", "make file",
	"make socket", "make pipe", "make disk", "make link", "refer", "truncate", "ioctl", "connect"}

// rightsOfFiles are those that a rule about a file can have.
const rightsOfFiles = unix.LANDLOCK_ACCESS_FS_EXECUTE | unix.LANDLOCK_ACCESS_FS_WRITE_FILE | unix.LANDLOCK_ACCESS_FS_READ_FILE |
	unix.LANDLOCK_ACCESS_FS_TRUNCATE

// landlockMutants allow one right more: everywhere, which is what not to handle it
// means, or to one kind of rule.
func landlockMutants(c stage.Config) (all []mutant) {
	kinds := map[string]uint64{"folders of the system (ReadDir)": stage.ReadDir, "what is read (ReadTree)": stage.ReadTree,
		"what is run (RunTree)": stage.RunTree, "devices (EditFile)": stage.EditFile, "scratch (EditTree)": stage.EditTree,
		"the own folder (DataTree)": stage.DataTree, "a grant (GrantTree)": stage.GrantTree}
	used := map[uint64]bool{stage.EditTree: true}
	for _, t := range c.Trees {
		used[t.Access] = true
	}
	for _, r := range c.Rules {
		used[r.Access] = true
	}
	for i, right := range rightsByBit[:landlockRights()] {
		bit := uint64(1) << i
		m := told("landlock: "+right+" is not handled", "rule", "/", bit)
		m.Behind = behindRoot
		all = append(all, m)
		for kind, access := range kinds {
			if !used[access] || access&bit != 0 || access == stage.EditFile && bit&rightsOfFiles == 0 {
				continue
			}
			m := told("landlock: "+right+" is allowed to "+kind, "access", access, bit)
			m.Behind = behindKind(access)
			all = append(all, m)
		}
	}
	return all
}

// landlockRights is how many rights this kernel knows.
func landlockRights() int {
	abi, _, _ := unix.Syscall(unix.SYS_LANDLOCK_CREATE_RULESET, 0, 0, 1)
	switch {
	case abi >= 9:
		return 17
	case abi >= 5:
		return 16
	}
	return 15
}

// What hides rights of Landlock: that the mount is read-only, that the filter lets no
// nodes be made, that there is nothing they could be used on.
var (
	behindRoot = []string{withoutFlag("/", stage.AttrReadOnly), withoutFlag("/", stage.AttrNoExec), leftOut("proof"),
		letThrough("mknodat"), "file: a program in /", "file: a program in /dev", "file: a program in /etc"}
	behindGrant = []string{withoutFlag("/mnt/granted", stage.AttrReadOnly), letThrough("mknodat")}
	behindNodes = []string{letThrough("mknodat")}
)

func behindKind(access uint64) []string {
	switch access {
	case stage.ReadTree, stage.ReadDir:
		return behindRoot
	case stage.RunTree:
		return behindGrant
	}
	return behindNodes
}

func limitMutants(t *testing.T, c stage.Config) (all []mutant) {
	t.Helper()
	for _, l := range c.Limits {
		var own syscall.Rlimit
		require.NoError(t, syscall.Getrlimit(l.Which, &own))
		all = append(all, told("limit: "+heldLimit(l).Name+" is the hub's own", "limit", l.Which, strconv.FormatUint(own.Max, 10)))
	}
	return append(all, told("limit: umask is the usual one", "umask", 0o022))
}

func stepMutants() (all []mutant) {
	for _, s := range slices.Concat(stage.Early, stage.Steps) {
		if s.Layer != stage.ExecStep {
			// The proof is no lock, but what looks at them: see rules.go of bench/roommutants. The
			// early rules of Landlock come later if they are left out.
			m := mutant{Name: leftOut(s.Layer), lines: []string{fault.Skip + "=" + s.Layer},
				Helper: slices.Contains([]string{"proof", "rules"}, s.Layer)}
			if s.Layer == "proof" {
				m.hub = func() { promised = nil }
			}
			all = append(all, m)
		}
	}
	return all
}

// namespaceMutants leave one out of the clone.
func namespaceMutants() (all []mutant) {
	names := map[uintptr]string{unix.CLONE_NEWUSER: "user", unix.CLONE_NEWNS: "mount", unix.CLONE_NEWPID: "pid", unix.CLONE_NEWNET: "net",
		unix.CLONE_NEWIPC: "ipc", unix.CLONE_NEWUTS: "uts", unix.CLONE_NEWCGROUP: "cgroup"}
	for left := cloneFlags; left != 0; left &= left - 1 {
		flag := uintptr(1) << bits.TrailingZeros64(uint64(left))
		all = append(all, mutant{Name: "namespace: no " + names[flag] + " of its own", hub: func() { cloneFlags &^= flag }})
	}
	return all
}

// absentMutants put something where nothing may be.
func absentMutants(c stage.Config) (all []mutant) {
	for _, at := range c.Absent {
		if strings.HasPrefix(at, "/proc/") {
			continue // the kernel's own: see the options of /proc in bench/roommutants
		}
		all = append(all, told("absent: there is a "+at, "link", at, "/usr"))
	}
	return all
}

func otherMutants() []mutant {
	return []mutant{
		told("environment: one variable more", "env", "HUB_TOKEN=x"),
		// For pairs alone: what takes a hiding lock away.
		helper(told("file: a program in /", "file", "/program", "#!/usr/bin/true\n")),
		helper(told("file: a program in /dev", "file", "/dev/program", "#!/usr/bin/true\n")),
		helper(told("file: a program in /etc", "file", "/etc/program", "#!/usr/bin/true\n")),
		helper(mutant{Name: "hosts: none", lines: []string{withoutHosts}}),
	}
}

func helper(m mutant) mutant { m.Helper = true; return m }
