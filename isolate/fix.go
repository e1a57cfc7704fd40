//go:build linux && (amd64 || arm64)

package isolate

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"syscall"
)

// Where fixes are kept over a restart. They are variables for the tests, which have
// folders of their own there.
var (
	sysctlFolder   = "/etc/sysctl.d"
	appArmorFolder = "/etc/apparmor.d"
)

// namespaces is the count that a fix allows: half of what a small machine starts
// with, and far more than all the rooms and browsers of a person.
const namespaces = 15000

// Fixes returns what can be done about the checks that are not well: only by root,
// and only where it does not make the machine laxer for programs that nobody asked
// about. The kernel's own switch for all programs is therefore never turned here:
// Check.Do says how a person can.
func Fixes(checks []Check) []Fix {
	f := gather()
	if !f.root {
		return nil
	}
	var all []Fix
	for _, c := range checks {
		if c.Status != CheckFail && c.Status != CheckWarn {
			continue
		}
		switch c.ID {
		case "room.userns":
			if now, err := strconv.Atoi(f.sysctl[countSwitch]); err == nil && now < enough {
				all = append(all, countFix(c.ID, now))
			}
		case "room.apparmor":
			if err := ours(f.exe); err == nil {
				all = append(all, profileFix(c.ID, f.exe))
			}
		}
	}
	return all
}

// countFix allows user namespaces again, now and after a restart.
func countFix(check string, now int) Fix {
	path := filepath.Join(sysctlFolder, "60-user-namespaces.conf")
	return Fix{
		Check: check,
		What:  fmt.Sprintf("set user.max_user_namespaces from %d to %d, and write that to %s", now, namespaces, path),
		Undo:  fmt.Sprintf("rm %s && sysctl -w user.max_user_namespaces=%d", path, now),
		Do: func() error {
			if err := newFile(path, fmt.Sprintf("user.max_user_namespaces = %d\n", namespaces)); err != nil {
				return err
			}
			err := os.WriteFile("/proc/sys/"+countSwitch, strconv.AppendInt(nil, namespaces, 10), 0)
			if err != nil {
				_ = os.Remove(path)
			}
			return err
		},
	}
}

// profileFix lets this very binary, and no other, make user namespaces.
func profileFix(check, exe string) Fix {
	name := filepath.Base(exe)
	path := filepath.Join(appArmorFolder, name)
	return Fix{
		Check: check,
		What:  fmt.Sprintf("write %s, an AppArmor profile that lets %s make user namespaces, and load it", path, exe),
		Undo:  fmt.Sprintf("apparmor_parser -R %[1]s && rm %[1]s", quote(path)),
		Do: func() error {
			parser, err := exec.LookPath("apparmor_parser")
			if err != nil {
				return fmt.Errorf("it needs the program apparmor_parser: %w", err)
			}
			if err := newFile(path, appArmorProfile(name, exe)); err != nil {
				return err
			}
			if out, err := exec.Command(parser, "-r", path).CombinedOutput(); err != nil {
				_ = os.Remove(path)
				return fmt.Errorf("apparmor_parser: %w: %s", err, strings.TrimSpace(string(out)))
			}
			return nil
		},
	}
}

// newFile writes a file that was not there: what somebody else wrote is theirs.
func newFile(path, text string) error {
	f, err := os.OpenFile(path, os.O_WRONLY|os.O_CREATE|os.O_EXCL, 0o644)
	if errors.Is(err, fs.ErrExist) {
		return fmt.Errorf("%s is there already, with something else in it; look at it first", path)
	}
	if err != nil {
		return err
	}
	_, err = f.WriteString(text)
	if err = errors.Join(err, f.Close()); err != nil {
		_ = os.Remove(path)
	}
	return err
}

// ours tells whether a profile for the path exe is one for this program alone: the
// path has no pattern in it, and nobody but root can put another binary there.
func ours(exe string) error {
	if strings.ContainsAny(exe, "*?[]{}^\"\\\n") || passing(exe) {
		return fmt.Errorf("%s is no path for a profile", exe)
	}
	for path := exe; ; path = filepath.Dir(path) {
		info, err := os.Lstat(path)
		if err != nil {
			return err
		}
		st, ok := info.Sys().(*syscall.Stat_t)
		if !ok || st.Uid != 0 || info.Mode().Perm()&0o022 != 0 || info.Mode()&fs.ModeSymlink != 0 {
			return fmt.Errorf("%s can be changed by others than root", path)
		}
		if path == "/" {
			return nil
		}
	}
}
