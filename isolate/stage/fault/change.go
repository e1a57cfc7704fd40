//go:build linux && (amd64 || arm64)

package fault

import (
	"errors"
	"slices"
	"strconv"
	"syscall"
	"unsafe"

	"secgpt/isolate/stage"
)

// Change alters one rule of what a stage was told, or of what it has done:
//
//	attr AT BITS           the mount of a tree lacks these flags
//	access WHICH BITS      what Landlock allows a kind of tree gets these rights besides
//	rule AT BITS           Landlock allows this, too
//	option AT NAME         a private tmpfs lacks an option
//	limit NUMBER VALUE     a limit is another
//	link AT TO             a link that is not in the plan
//	file AT TEXT           a file that is not in the plan
//	uncover AT             a folder of a tree is as it is on the host
//	clear AT BITS          a mount loses flags after all is mounted
//	umask MODE             the umask is another
//	env TEXT               the program gets one more variable
//
// Words are separated by tabs, numbers are decimal.
const Change = "FAULT_CHANGE"

// Changed is the line of the environment that asks for a change.
func Changed(words ...string) string { return Change + "=" + join(words, "\t") }

var errNoChange = errors.New("no such change")

// changes calls do with the words of each change that is asked for.
func changes(s *stage.Stage, do func(what, at, value string, n uint64) error) error {
	for _, e := range slices.Clone(s.Env) {
		if !hasPrefix(e, Change+"=") {
			continue
		}
		words := append(split(e[len(Change)+1:], '\t'), "", "")
		n, _ := strconv.ParseUint(words[2], 10, 64)
		if err := do(words[0], words[1], words[2], n); err != nil {
			return err
		}
	}
	return nil
}

// before changes a part of the config as soon as it has come.
func before(s *stage.Stage, layer string) error {
	if early := layer == stage.Early[0].Layer; early || layer == stage.Steps[0].Layer {
		return changes(s, func(what, at, value string, n uint64) error {
			change(s, what, at, n)
			if early {
				return changeEarly(s, what, at, value)
			}
			return changeLate(s, what, at, value, n)
		})
	}
	if layer == stage.ExecStep {
		return changes(s, func(what, at, _ string, _ uint64) error {
			if what == "env" {
				s.Env = append(s.Env, at)
			}
			return nil
		})
	}
	return nil
}

// change does what can be done to each part alike.
func change(s *stage.Stage, what, at string, n uint64) {
	switch what {
	case "attr":
		for i := range s.Trees {
			if s.Trees[i].At == at {
				s.Trees[i].Attrs &^= n
			}
		}
	case "uncover":
		s.Covers = slices.DeleteFunc(s.Covers, func(c string) bool { return c == at })
	case "access":
		kind, _ := strconv.ParseUint(at, 10, 64)
		for i := range s.Trees {
			if s.Trees[i].Access == kind {
				s.Trees[i].Access |= n
			}
		}
		for i := range s.Rules {
			if s.Rules[i].Access == kind {
				s.Rules[i].Access |= n
			}
		}
	}
}

// changeEarly does what must be done once, before any file of the room is made.
func changeEarly(s *stage.Stage, what, at, value string) error {
	switch what {
	case "link":
		s.Links = append(s.Links, stage.Pair{Name: at, Text: value})
	case "file":
		s.Files = append(s.Files, stage.Pair{Name: at, Text: value})
	}
	return nil
}

// changeLate does what must be done once, to the whole.
func changeLate(s *stage.Stage, what, at, value string, n uint64) error {
	switch what {
	case "attr", "clear", "umask", "env", "uncover", "link", "file":
	case "access":
		if at == strconv.FormatUint(stage.EditTree, 10) {
			for _, sc := range s.Scratch {
				s.Rules = append(s.Rules, stage.Rule{At: sc.Name, Access: n})
			}
		}
	case "rule":
		s.Rules = append(s.Rules, stage.Rule{At: at, Access: n})
	case "option":
		for i, sc := range s.Scratch {
			if sc.Name == at {
				s.Scratch[i].Text = without(sc.Text, value)
			}
		}
	case "limit":
		which, _ := strconv.Atoi(at)
		for i := range s.Limits {
			if s.Limits[i].Which == which {
				s.Limits[i].Value = n
			}
		}
	default:
		return errNoChange
	}
	return nil
}

// without leaves an option out of a list with commas.
func without(options, name string) string {
	return join(slices.DeleteFunc(split(options, ','), func(o string) bool { return hasPrefix(o, name+"=") }), ",")
}

func split(s string, at byte) (parts []string) {
	from := 0
	for i := range len(s) {
		if s[i] == at {
			parts, from = append(parts, s[from:i]), i+1
		}
	}
	return append(parts, s[from:])
}

func join(parts []string, by string) (s string) {
	for i, p := range parts {
		if i > 0 {
			s += by
		}
		s += p
	}
	return s
}

// after undoes a part of what a step has done.
func after(s *stage.Stage, layer string) error {
	return changes(s, func(what, at, _ string, n uint64) error {
		switch {
		case what == "clear" && layer == "mounts":
			return clearFlags(at, n)
		case what == "umask" && layer == "limits":
			mode, _ := strconv.Atoi(at)
			syscall.Umask(mode)
		}
		return nil
	})
}

// clearFlags takes flags from a mount, which no stage ever does.
func clearFlags(at string, flags uint64) error {
	const mountSetattr, here = 442, -0x64
	name, err := syscall.BytePtrFromString(at)
	if err != nil {
		return err
	}
	attr := [4]uint64{0, flags} // struct mount_attr: to set, to clear
	dir := here
	_, _, no := syscall.RawSyscall6(mountSetattr, uintptr(dir), uintptr(unsafe.Pointer(name)), 0,
		uintptr(unsafe.Pointer(&attr)), unsafe.Sizeof(attr), 0)
	if no != 0 {
		return no
	}
	return nil
}
