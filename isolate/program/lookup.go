package program

import (
	"fmt"
	"os"
	"path/filepath"
	"strings"
)

// A place is where a name led to.
type place struct {
	path string // absolute, as written: links are followed later
	slot int    // the folder of PATH that it was found in; -1 if it was named by its path
}

// pathFolders are the absolute folders of PATH. Empty and relative ones mean the
// working folder, which decides nothing here.
func (f *finder) pathFolders() []string {
	var list []string
	for dir := range strings.SplitSeq(f.vars["PATH"], ":") {
		if filepath.IsAbs(dir) {
			list = append(list, filepath.Clean(dir))
		}
	}
	return list
}

// look finds a command as a shell does.
func (f *finder) look(name string) (place, error) {
	if strings.Contains(name, "/") {
		path := name
		if !filepath.IsAbs(name) {
			if !filepath.IsAbs(f.dir) {
				return place{}, fmt.Errorf("%s: it is a relative path, and there is no folder that it starts in: name it from / on", name)
			}
			path = f.dir + "/" + name
		}
		return place{path, -1}, nil
	}
	at, found := f.lookAfter(name, -1)
	switch {
	case found:
		return at, nil
	case filepath.IsAbs(f.dir) && isExecutable(filepath.Join(f.dir, name)):
		return place{}, fmt.Errorf("%s: it is in this folder and not on PATH: say ./%s", name, name)
	}
	return place{}, fmt.Errorf("%s: there is no such command on PATH: install it, or name it by its whole path", name)
}

// lookAfter goes through the folders of PATH after one of them, and last to nvm,
// which is a function of interactive shells and not on PATH anywhere else.
func (f *finder) lookAfter(name string, slot int) (place, bool) {
	dirs := f.pathFolders()
	for i := slot + 1; i < len(dirs); i++ {
		if path := filepath.Join(dirs[i], name); isExecutable(path) {
			return place{path, i}, true
		}
	}
	if path := f.nvm(name); path != "" {
		return place{path, len(dirs)}, true
	}
	// What can't be started is found last, so that the error can say why.
	for i := slot + 1; i < len(dirs); i++ {
		path := filepath.Join(dirs[i], name)
		if _, err := os.Lstat(path); err == nil && !isDir(path) {
			return place{path, i}, true
		}
	}
	return place{}, false
}

// onPath sees to it that a name is found inside as it was outside. What stands for a
// folder of PATH is the folder itself, if its programs are there inside, or the one
// that a shim or a link led to, if that is a runtime's.
func (f *finder) onPath(at place, inside string, o owner) {
	if at.slot < 0 || !o.folder {
		return
	}
	dir := filepath.Dir(inside)
	same := at.slot < len(f.pathFolders()) && sameFolder(f.pathFolders()[at.slot], dir)
	if same || o.runtime {
		f.path[at.slot] = append(f.path[at.slot], dir)
	}
}

func sameFolder(dir, real string) bool {
	there, err := filepath.EvalSymlinks(dir)
	return err == nil && there == real
}
