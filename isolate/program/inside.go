package program

import (
	"io/fs"
	"os"
	"path/filepath"
	"strings"
)

// A room has the system and what was granted, each at its place, and nothing else
// but the folders on the way there. Links in these work if they lead to one of them.

// hostOf is what of the host a path without links shows inside.
func (f *finder) hostOf(path string) (string, bool) {
	for _, top := range []string{"/usr", "/bin", "/sbin", "/lib", "/lib64", "/lib32"} {
		if !within(path, top) {
			continue
		}
		info, err := os.Lstat(top)
		if err != nil {
			return "", false
		}
		if info.Mode()&fs.ModeSymlink != 0 {
			to, err := os.Readlink(top)
			return path, err == nil && path == top && strings.HasPrefix(strings.TrimPrefix(to, "/"), "usr/")
		}
		return path, true
	}
	for _, r := range f.reads {
		if within(path, r.At) {
			return r.Path + path[len(r.At):], true
		}
	}
	return "", false
}

// shows tells whether a path without links is to be seen inside.
func (f *finder) shows(path string) bool {
	_, ok := f.hostOf(path)
	return ok
}

// granted tells whether it is outside of the system.
func (f *finder) granted(path string) bool {
	for _, r := range f.reads {
		if within(path, r.At) {
			return true
		}
	}
	return false
}

// leads tells whether a path leads inside to the same file as another does outside.
func (f *finder) leads(path, to string) bool {
	real, err := filepath.EvalSymlinks(to)
	return err == nil && f.walk(path, nil) == real
}

// grow makes a path lead inside to where it leads outside, by showing unit, or a part
// of it, at the place that the path calls it by: …/versions/3.12 for …/versions/3.12.1.
// It gives the file that the path then leads to.
func (f *finder) grow(path, unit, why string) string {
	return f.walk(path, func(at string) bool {
		real, err := filepath.EvalSymlinks(at)
		return err == nil && within(real, unit) && f.grant(real, at, why) == nil
	})
}

// walk resolves a path as a program inside would, and gives the host's file that it
// leads to; "" if to none. Where nothing is to be seen, show can make it so.
func (f *finder) walk(path string, show func(at string) bool) string {
	at, links := "", 0
	rest := strings.Split(path, "/")
	for len(rest) > 0 {
		name := rest[0]
		rest = rest[1:]
		switch name {
		case "", ".":
			continue
		case "..":
			at = strings.TrimSuffix(filepath.Dir("/"+at), "/")
			continue
		}
		here := at + "/" + name
		host, ok := f.hostOf(here)
		if !ok && show != nil && show(here) {
			host, ok = f.hostOf(here)
		}
		if !ok {
			at = here // a folder on the way to something, or nothing
			continue
		}
		info, err := os.Lstat(host)
		if err != nil {
			return ""
		}
		if info.Mode()&fs.ModeSymlink == 0 {
			at = here
			continue
		}
		to, err := os.Readlink(host)
		if links++; err != nil || links > linksMax {
			return ""
		}
		if filepath.IsAbs(to) {
			at = ""
		}
		rest = append(strings.Split(to, "/"), rest...)
	}
	host, ok := f.hostOf(at)
	if !ok {
		return ""
	}
	return host
}

// finds tells whether a name is found on the PATH inside as this very path.
func (f *finder) finds(name, path string) bool {
	for _, slot := range f.path {
		for _, dir := range slot {
			here := filepath.Join(dir, name)
			if host := f.walk(here, nil); host != "" && isExecutable(host) {
				return here == path
			}
		}
	}
	return false
}
