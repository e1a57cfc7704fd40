package program

import (
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
)

// What may become readable is decided here, whatever asks for it.

// inHomes is a path in each of the home folders.
func (f *finder) inHomes(name string) []string {
	var list []string
	for _, h := range f.homes {
		list = append(list, filepath.Join(h, name))
	}
	return list
}

// broad are folders that hold the things of many owners: neither they nor anything
// above them is ever readable as a whole.
func broad() []string {
	return []string{"/home", "/root", "/opt", "/etc", "/var", "/var/lib", "/var/home", "/mnt", "/media", "/srv", "/run", "/tmp",
		"/nix/var", "/usr", "/boot", "/snap"}
}

// broadInHome are the same in a home folder.
func broadInHome() []string {
	return []string{"", ".local/bin", ".local/lib", ".local/share/uv/tools", ".local/share/uv/python", ".local/share/pipx/venvs",
		".local/pipx/venvs", ".local/state", ".cargo/bin", ".rustup/toolchains", ".config", ".cache", "go/bin", "go/pkg",
		".pyenv/versions", ".nvm/versions/node", ".asdf/installs", ".volta/tools", ".sdkman/candidates",
		".ssh", ".gnupg", "bin", "Desktop", "Documents", "Downloads"}
}

// tooWide tells whether a folder holds more than one program's own. What is
// right below /home is somebody's home.
func (f *finder) tooWide(dir string) bool {
	wide := broad()
	for _, name := range broadInHome() {
		wide = append(wide, f.inHomes(name)...)
	}
	above := filepath.Dir(dir)
	return above == "/home" || above == "/var/home" ||
		slices.ContainsFunc(wide, func(w string) bool { return within(w, dir) })
}

// offLimits says why nothing at a place can be shown; "" if it can. The room has
// its own of some folders, and secrets live in others.
func (f *finder) offLimits(path string) string {
	for _, dir := range []string{"/usr", "/bin", "/sbin", "/lib", "/lib64", "/lib32", "/etc", "/dev", "/proc", "/sys", "/data", "/.room"} {
		if within(path, dir) {
			return "a room has its own " + dir
		}
	}
	for _, name := range []string{".ssh", ".gnupg", ".aws", ".kube", ".docker", ".password-store", ".mozilla"} {
		for _, dir := range f.inHomes(name) {
			if within(path, dir) {
				return dir + " is never shown to a program"
			}
		}
	}
	return ""
}

// grant makes a file or folder readable at a place, if it isn't already.
func (f *finder) grant(path, at, why string) error {
	if host, ok := f.hostOf(at); ok && host == path {
		return nil
	}
	info, err := os.Lstat(path)
	switch {
	case err != nil:
		return fmt.Errorf("%s: %w", path, cause(err))
	case !info.IsDir() && !info.Mode().IsRegular():
		return fmt.Errorf("%s: it is neither a file nor a folder, so it can't be shown", path)
	case info.IsDir() && f.tooWide(path):
		return fmt.Errorf("%s: it holds more than one program's files, so it can't be shown: install the program in a folder of its own", path)
	case strings.ContainsAny(path+at, "\n\x00"):
		return fmt.Errorf("%q: a path with a line break can't be shown", path)
	case len(f.reads) >= readsMax:
		return fmt.Errorf("%s: it would be the place number %d that the program needs: grant a folder that holds them", path, readsMax+1)
	}
	if reason := f.offLimits(at); reason != "" {
		return fmt.Errorf("%s: it can't be shown: %s: install it elsewhere", at, reason)
	}
	if path != at {
		if reason := f.offLimits(path); reason != "" && !f.shows(path) {
			return fmt.Errorf("%s: it can't be shown: %s: install it elsewhere", path, reason)
		}
	}
	f.reads = append(f.reads, Read{Path: path, At: at, Why: why})
	return nil
}

// settle leaves out what is in a folder that is readable anyway.
func (f *finder) settle() ([]Read, error) {
	var kept []Read
	for i, r := range f.reads {
		inner := false
		for j, o := range f.reads {
			if i == j || !within(r.At, o.At) || (r.At == o.At && i < j) {
				continue
			}
			if o.Path+r.At[len(o.At):] != r.Path {
				return nil, fmt.Errorf("%s: it would have to be shown inside of %s: install it elsewhere", r.At, o.At)
			}
			inner = true
		}
		if !inner {
			kept = append(kept, r)
		}
	}
	return kept, nil
}
