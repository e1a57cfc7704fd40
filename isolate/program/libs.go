package program

import (
	"fmt"
	"path/filepath"
	"runtime"
	"slices"
	"strings"
)

// librariesMax bounds the libraries of one program that are looked at; LibreOffice
// and the like have about 200.
const librariesMax = 256

// readObject reads a plain file as an ELF object.
func readObject(path string) (object, error) {
	if !isFile(path) {
		return object{}, errBroken
	}
	file, err := openRegular(path)
	if err != nil {
		return object{}, err
	}
	defer func() { _ = file.Close() }()
	return parseELF(file)
}

// standsAlone tells whether a file is a binary that finds nothing by its own place.
func standsAlone(path string) bool {
	o, err := readObject(path)
	if err != nil {
		return false
	}
	return !slices.ContainsFunc(slices.Concat(o.rpath, o.runpath), func(p string) bool { return strings.Contains(p, "ORIGIN") })
}

// loaded is an object on the way to its libraries.
type loaded struct {
	object
	name  string
	dir   string   // $ORIGIN
	rpath []string // of those that it was needed by
}

// binary sees to the loader and the libraries of the program at path. It looks for
// them where the loader will: ld.so(8).
func (f *finder) binary(path string) error {
	o, err := readObject(path)
	if err != nil {
		return fmt.Errorf("%s: %w", path, err)
	}
	if o.interp != "" {
		if !isFile(o.interp) {
			return fmt.Errorf("%s: its loader %s is not there, so it was made for another system: install the one for this system", path, o.interp)
		}
		if err := f.showObject(o.interp, "the loader of its libraries"); err != nil {
			return fmt.Errorf("%s: %w", path, err)
		}
	}
	if !o.dynamic {
		return nil
	}
	seen := map[string]bool{}
	queue := []loaded{{object: o, name: filepath.Base(path), dir: filepath.Dir(path)}}
	for len(queue) > 0 {
		at := queue[0]
		queue = queue[1:]
		for _, name := range at.needed {
			if seen[name] || len(seen) >= librariesMax {
				continue
			}
			seen[name] = true
			next, err := f.library(name, at)
			if err != nil {
				return fmt.Errorf("%s: %w", path, err)
			}
			if next != nil {
				queue = append(queue, *next)
			}
		}
	}
	return nil
}

// library finds one library that an object needs, and makes it readable. What the
// system has in its own places needs no further look, and is nil.
func (f *finder) library(name string, by loaded) (*loaded, error) {
	rpath := by.rpath
	if len(by.runpath) == 0 {
		rpath = slices.Concat(expand(by.object.rpath, by.dir), rpath)
	}
	if len(rpath) > librariesMax {
		rpath = rpath[:librariesMax]
	}
	dirs := slices.Concat(rpath, expand(by.runpath, by.dir))
	if strings.Contains(name, "/") {
		dirs, name = []string{filepath.Dir(name)}, filepath.Base(name)
	}
	for _, dir := range dirs {
		path := filepath.Join(dir, name)
		o, err := readObject(path)
		if !filepath.IsAbs(dir) || err != nil {
			continue
		}
		return &loaded{o, name, dir, rpath}, f.showObject(path, "a library it needs")
	}
	for _, dir := range systemLibs() {
		if isFile(filepath.Join(dir, name)) {
			return nil, nil
		}
	}
	// A room has no cache of the loader: what only that knows must be said.
	for _, dir := range configuredLibs() {
		path := filepath.Join(dir, name)
		o, err := readObject(path)
		if err != nil {
			continue
		}
		if !slices.Contains(f.libs, dir) {
			f.libs = append(f.libs, dir)
		}
		return &loaded{o, name, dir, rpath}, f.showObject(path, "a library it needs")
	}
	f.note("%s needs the library %s, which was not found", by.name, name)
	return nil, nil
}

// expand puts in what a loader puts in.
func expand(dirs []string, origin string) []string {
	var list []string
	for _, dir := range dirs {
		dir = strings.NewReplacer("$ORIGIN", origin, "${ORIGIN}", origin, "$LIB", "lib64", "${LIB}", "lib64").Replace(dir)
		if dir != "" {
			list = append(list, dir)
		}
	}
	return list
}

// showObject makes a loader or library, that was found to be one, readable under the
// name that it is called by. Of what it belongs to nothing else is needed.
func (f *finder) showObject(path, why string) error {
	real, err := filepath.EvalSymlinks(path)
	if err != nil {
		return fmt.Errorf("%s: %w", path, cause(err))
	}
	if f.leads(path, real) {
		return nil
	}
	if _, err := readObject(real); err != nil {
		return fmt.Errorf("%s: %w", real, err)
	}
	if f.grow(path, real, why) != real {
		return fmt.Errorf("%s: it is needed and can't be shown at its place: install the program elsewhere", path)
	}
	return nil
}

// systemLibs are the places that every loader of this machine searches by itself.
func systemLibs() []string {
	triplet := map[string]string{"amd64": "x86_64-linux-gnu", "arm64": "aarch64-linux-gnu"}[runtime.GOARCH]
	return []string{"/lib/" + triplet, "/usr/lib/" + triplet, "/lib64", "/usr/lib64", "/lib", "/usr/lib"}
}

// configuredLibs are those of /etc/ld.so.conf.d, and what most have.
func configuredLibs() []string {
	dirs := []string{"/usr/local/lib64", "/usr/local/lib"}
	for _, file := range matches("/etc/ld.so.conf.d", "*.conf") {
		for line := range strings.Lines(setting(file)) {
			if dir := strings.TrimSpace(line); filepath.IsAbs(dir) && !slices.Contains(dirs, filepath.Clean(dir)) {
				dirs = append(dirs, filepath.Clean(dir))
			}
		}
	}
	return dirs
}
