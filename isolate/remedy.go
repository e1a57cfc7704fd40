//go:build linux && (amd64 || arm64)

package isolate

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"syscall"

	"secgpt/isolate/stage"
)

// facts are what decides about a remedy, apart from the error.
type facts struct {
	root      bool
	exe       string            // this binary
	sysctl    map[string]string // those of the switches below that exist
	container bool
	filtered  bool   // somebody else's seccomp filter is on this process
	label     string // of AppArmor, for this process: "unconfined", "secgpt (unconfined)"; "" without AppArmor
}

// Switches that take user namespaces away, under /proc/sys.
const (
	appArmorSwitch = "kernel/apparmor_restrict_unprivileged_userns" // Ubuntu 23.10 and later
	debianSwitch   = "kernel/unprivileged_userns_clone"
	countSwitch    = "user/max_user_namespaces"
)

// memorySwitch forbids to run what is in memory: 2 is always, 1 lets those that ask.
const memorySwitch = "vm/memfd_noexec"

// otherCounts are those of the namespaces that a room has besides.
var otherCounts = []string{"user/max_mnt_namespaces", "user/max_pid_namespaces", "user/max_net_namespaces",
	"user/max_ipc_namespaces", "user/max_uts_namespaces", "user/max_cgroup_namespaces", "user/max_time_namespaces"}

// enough is a count of namespaces that is not the reason why there are none left:
// kernels start with thousands, and a desktop with browsers has a few dozen.
const enough = 1000

func gather() facts {
	f := facts{root: os.Geteuid() == 0, sysctl: map[string]string{}}
	f.exe, _ = os.Executable()
	for _, name := range append([]string{appArmorSwitch, debianSwitch, countSwitch, memorySwitch}, otherCounts...) {
		if text, err := os.ReadFile("/proc/sys/" + name); err == nil {
			f.sysctl[name] = strings.TrimSpace(string(text))
		}
	}
	for _, mark := range []string{"/.dockerenv", "/run/.containerenv"} {
		if _, err := os.Stat(mark); err == nil {
			f.container = true
		}
	}
	status, _ := os.ReadFile("/proc/self/status")
	f.filtered = strings.Contains(string(status), "\nSeccomp:\t2\n")
	label, _ := os.ReadFile("/proc/self/attr/apparmor/current")
	f.label = strings.TrimRight(string(label), "\x00\n")
	return f
}

// A cause is why a layer can't be had.
type cause struct {
	means string // in words
	do    string // one line that can be copied; "" if nothing is known to help
}

// Means says in words what the refusal means on this machine.
func (e *LayerError) Means() string { return causeOf(gather(), e).means }

// withRemedy fills in the remedy, if there is none yet.
func withRemedy(e *LayerError) *LayerError {
	if e.Remedy == "" {
		e.Remedy = causeOf(gather(), e).do
	}
	return e
}

// CannotExec tells whether an error of Start is about the program: it is not in
// the room, or can't be executed there.
func CannotExec(err error) bool {
	var f *stage.Failure
	return errors.As(err, &f) && f.Layer == stage.ExecStep
}

// causeOf names the cause on a machine with these facts. A switch of the machine that
// explains the error comes before what the error alone would mean; what makes the
// whole machine laxer comes after what does not.
func causeOf(f facts, e *LayerError) cause {
	no := syscall.Errno(0)
	errors.As(e.Err, &no)
	refused := no == syscall.EPERM || no == syscall.EACCES
	switch {
	case e.Layer == "namespaces" && no == syscall.ENOENT:
		return cause{"/proc is not mounted", f.sudo("mount -t proc proc /proc")}
	case e.Layer == "mounts" && no == syscall.ENOENT:
		return cause{"a path was removed while the room was made", "start it again, and find out who removes that path"}
	case e.Layer == "landlock" || e.Layer == "rules":
		return landlockCause(no)
	case e.Layer == "launcher" && f.sysctl[memorySwitch] == "2" && refused:
		return cause{"vm.memfd_noexec is 2: nothing may be run from memory, and what makes rooms is a copy there that nobody can change",
			f.sudo("sysctl -w vm.memfd_noexec=1")}
	case f.sysctl[countSwitch] == "0" && no == syscall.ENOSPC:
		return cause{"user.max_user_namespaces is 0: nobody on this machine may make a user namespace", f.sudo("sysctl -w user.max_user_namespaces=15000")}
	case !f.root && f.sysctl[debianSwitch] == "0" && refused:
		return cause{"kernel.unprivileged_userns_clone is 0: only root may make user namespaces", f.sudo("sysctl -w kernel.unprivileged_userns_clone=1")}
	case !f.root && f.sysctl[appArmorSwitch] == "1" && (refused || e.Layer == "mounts"):
		return cause{"AppArmor lets only programs with a profile for it use user namespaces (Ubuntu 23.10 and later)", appArmorRemedy(f.exe)}
	case f.container && (refused || no == syscall.ENOSYS):
		return cause{"the container's seccomp or AppArmor profile refuses namespaces",
			"start the container with --security-opt seccomp=unconfined --security-opt apparmor=unconfined, as a user other than root"}
	case f.filtered && (refused || no == syscall.ENOSYS):
		return cause{"this program runs in somebody else's sandbox, whose seccomp filter refuses it",
			"start it outside of that sandbox; in a systemd unit, without RestrictNamespaces= and SystemCallFilter="}
	}
	return errnoCause(f, no)
}

func landlockCause(no syscall.Errno) cause {
	means := "the kernel can't restrict files by path: " + no.Error()
	switch no {
	case syscall.ENOSYS:
		means = "this kernel was built without Landlock, or is older than 5.13"
	case syscall.EOPNOTSUPP:
		means = "this kernel has Landlock, but was started without it"
	}
	return cause{means, "start a kernel of 5.13 or later with Landlock: add landlock to lsm= on its command line (cat /sys/kernel/security/lsm shows the list)"}
}

// errnoCause is what an errno means where no switch of the machine explains it.
func errnoCause(f facts, no syscall.Errno) cause {
	count, err := strconv.Atoi(f.sysctl[countSwitch])
	few := err == nil && count < enough
	switch no {
	case 0:
		return cause{}
	case syscall.ENOSPC:
		for _, path := range otherCounts {
			if name := strings.ReplaceAll(path, "/", "."); f.sysctl[path] == "0" {
				return cause{name + " is 0: nobody on this machine may make such a namespace", f.sudo("sysctl -w " + name + "=15000")}
			}
		}
		if few {
			return cause{fmt.Sprintf("all namespaces that this machine allows are in use (user.max_user_namespaces is %d)", count),
				f.sudo("sysctl -w user.max_user_namespaces=15000 user.max_mnt_namespaces=15000 user.max_net_namespaces=15000 user.max_pid_namespaces=15000")}
		}
		return cause{"namespaces are nested more than 32 deep here, or those of the surrounding container are used up",
			"start it outside of the containers and sandboxes it runs in: namespaces are nested too deeply"}
	case syscall.EUSERS:
		return cause{"user namespaces are nested more than 32 deep here", "start it outside of the containers and sandboxes it runs in: namespaces are nested too deeply"}
	case syscall.ENOSYS, syscall.EINVAL:
		return cause{"this kernel does not have it", "start a kernel of 5.13 or later, built with user namespaces, Landlock and seccomp filters"}
	case syscall.EPERM, syscall.EACCES:
		return cause{"a security module or a chroot around this program forbids it", "start it outside of a chroot; what forbids it may have said so: " + f.sudo("dmesg | tail -n 20")}
	case syscall.ESTALE, syscall.ELOOP:
		return cause{"a path was swapped for another while the room was made", "start it again, and find out who changes that path"}
	case syscall.EFBIG:
		return cause{"no file may be as large as this program: the copy that makes rooms can't be written", "raise the limit on the size of files: ulimit -f unlimited"}
	case syscall.EAGAIN, syscall.ENOMEM, syscall.EMFILE, syscall.ENFILE:
		return cause{"processes, memory or open files have run out: " + no.Error(), "end some programs, and look at: ulimit -a"}
	}
	return cause{means: no.Error()}
}

// sudo puts sudo before a line, unless root itself types it.
func (f facts) sudo(line string) string {
	if f.root {
		return line
	}
	return "sudo " + line
}

// appArmorRemedy gives the binary a profile that lets it make user namespaces. A
// profile goes by path, so a binary of `go run` must first be built to stay.
func appArmorRemedy(exe string) string {
	name, first := filepath.Base(exe), ""
	path := exe
	if passing(exe) {
		path = "/usr/local/bin/" + name
		first = fmt.Sprintf("go build -o %[1]s . && sudo install %[1]s %[2]s && ", quote(name), quote(path))
	}
	profile := strings.NewReplacer(`\`, `\\`, "\n", `\n`).Replace(appArmorProfile(name, path))
	return first + fmt.Sprintf(`printf %%b %s | sudo tee /etc/apparmor.d/%s && sudo apparmor_parser -r /etc/apparmor.d/%[2]s # then start %[3]s`,
		quote(profile), quote(name), quote(path))
}

// passing tells whether a binary will be gone soon.
func passing(exe string) bool {
	return strings.Contains(exe, "/go-build") || within(exe, os.TempDir())
}

// appArmorProfile confines nothing; it only lets the binary at path make user
// namespaces, as AppArmor's own profiles for browsers do.
func appArmorProfile(name, path string) string {
	return fmt.Sprintf("abi <abi/4.0>,\ninclude <tunables/global>\nprofile %s \"%s\" flags=(unconfined) {\n  userns,\n}\n", name, path)
}

// quote makes a word for the shell.
func quote(s string) string {
	if s != "" && strings.Trim(s, "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789-_./") == "" {
		return s
	}
	return "'" + strings.ReplaceAll(s, "'", `'\''`) + "'"
}
