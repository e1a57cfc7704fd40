//go:build linux && (amd64 || arm64)

package isolate

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"syscall"
)

// facts are what decides about a remedy, apart from the error.
type facts struct {
	root      bool
	exe       string            // this binary
	sysctl    map[string]string // those of the switches below that exist
	container bool
}

// Switches that take user namespaces away, under /proc/sys.
const (
	appArmorSwitch = "kernel/apparmor_restrict_unprivileged_userns" // Ubuntu 23.10 and later
	debianSwitch   = "kernel/unprivileged_userns_clone"
	countSwitch    = "user/max_user_namespaces"
)

func gather() facts {
	f := facts{root: os.Geteuid() == 0, sysctl: map[string]string{}}
	f.exe, _ = os.Executable()
	for _, name := range []string{appArmorSwitch, debianSwitch, countSwitch} {
		if text, err := os.ReadFile("/proc/sys/" + name); err == nil {
			f.sysctl[name] = strings.TrimSpace(string(text))
		}
	}
	for _, mark := range []string{"/.dockerenv", "/run/.containerenv"} {
		if _, err := os.Stat(mark); err == nil {
			f.container = true
		}
	}
	return f
}

// withRemedy fills in the remedy, if there is none yet.
func withRemedy(e *LayerError) *LayerError {
	if e.Remedy == "" {
		e.Remedy = remedy(gather(), e)
	}
	return e
}

// remedy finds the one line that helps on a machine with these facts; "" if none
// is known. What would make the whole machine laxer comes after what would not.
func remedy(f facts, e *LayerError) string {
	no := syscall.Errno(0)
	errors.As(e.Err, &no)
	refused := no == syscall.EPERM || no == syscall.EACCES
	switch {
	case e.Layer == "landlock":
		return "start a kernel of 5.13 or later with Landlock: add landlock to lsm= on its command line (cat /sys/kernel/security/lsm shows the list)"
	case f.sysctl[countSwitch] == "0":
		return "sudo sysctl -w user.max_user_namespaces=15000"
	case !f.root && f.sysctl[debianSwitch] == "0":
		return "sudo sysctl -w kernel.unprivileged_userns_clone=1"
	case !f.root && f.sysctl[appArmorSwitch] == "1" && (refused || e.Layer == "mounts"):
		return appArmorRemedy(f.exe)
	case f.container && (refused || no == syscall.ENOSYS):
		return "start the container with --security-opt seccomp=unconfined --security-opt apparmor=unconfined, as a user other than root"
	case no == syscall.ENOSPC:
		return "sudo sysctl -w user.max_user_namespaces=15000 user.max_mnt_namespaces=15000 user.max_net_namespaces=15000 user.max_pid_namespaces=15000"
	case no == syscall.EUSERS:
		return "start it outside: user namespaces are nested too deeply here"
	case no == syscall.ENOSYS || no == syscall.EINVAL:
		return "start a kernel of 5.13 or later, built with user namespaces, Landlock and seccomp filters"
	}
	return ""
}

// appArmorRemedy gives the binary a profile that lets it make user namespaces. A
// profile goes by path, so a binary of `go run` must first be built to stay.
func appArmorRemedy(exe string) string {
	name, first := filepath.Base(exe), ""
	path := exe
	if strings.Contains(exe, "/go-build") || within(exe, os.TempDir()) {
		path = "/usr/local/bin/" + name
		first = fmt.Sprintf("go build -o %[1]s . && sudo install %[1]s %[2]s && ", quote(name), quote(path))
	}
	profile := fmt.Sprintf(`abi <abi/4.0>,\ninclude <tunables/global>\nprofile %s "%s" flags=(unconfined) {\n  userns,\n}\n`, name, path)
	return first + fmt.Sprintf(`printf %%b %s | sudo tee /etc/apparmor.d/%s && sudo apparmor_parser -r /etc/apparmor.d/%[2]s # then start %[3]s`,
		quote(profile), quote(name), quote(path))
}

// quote makes a word for the shell.
func quote(s string) string {
	if strings.Trim(s, "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789-_./") == "" {
		return s
	}
	return "'" + strings.ReplaceAll(s, "'", `'\''`) + "'"
}
