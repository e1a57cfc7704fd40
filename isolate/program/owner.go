package program

import (
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"
)

// An owner is what a file belongs to, and so what has to be readable with it.
type owner struct {
	why     string
	roots   []string // without links; folders, or files where only those are needed
	folder  bool     // what stands beside the program is readable too
	runtime bool     // the folder of the program is that of a language, fit for PATH
	venv    bool     // it knows itself by the path that it is started by
	single  bool     // a file of its own
}

// A shape tells the prefix of a runtime by what is in it. A program is PREFIX/bin/x.
type shape struct {
	name  string
	marks []string // one of them must be there
	parts []string // what is granted where the prefix itself is too wide, beside the program
}

// shapes are asked in this order: a conda environment holds other runtimes.
func shapes() []shape {
	return []shape{
		{name: "conda environment", marks: []string{"conda-meta/history"}},
		{name: "Python", marks: pythonMarks(), parts: []string{"lib/python[23].*", "lib/pypy[23].*"}},
		{name: "Node", marks: []string{"include/node/node.h", "lib/node_modules/npm/package.json"}, parts: []string{"lib/node_modules"}},
		{name: "Ruby", marks: []string{"lib/ruby/[0-9]*/set.rb", "lib/ruby/[0-9]*/json.rb"}, parts: []string{"lib/ruby"}},
		{name: "Perl", marks: []string{"lib/[5-9].*/strict.pm", "lib/perl5/[5-9].*/strict.pm"}, parts: []string{"lib/perl5"}},
		{name: "Java", marks: []string{"lib/modules", "lib/rt.jar", "jre/lib/rt.jar"}},
		{name: "Go", marks: []string{"src/runtime/proc.go"}},
		{name: "Rust", marks: []string{"lib/rustlib/*/lib"}, parts: []string{"lib/rustlib"}},
	}
}

func pythonMarks() []string {
	return []string{"lib/python[23].*/os.py", "lib64/python[23].*/os.py", "lib/pypy[23].*/os.py"}
}

// settleOn chooses where in a chain of links a program is started inside: at the
// first place that has an owner, so that a venv, which knows itself by the path of
// its bin/python, is not jumped over.
func (f *finder) settleOn(chain []string) (string, owner, error) {
	end := chain[len(chain)-1]
	for i, hop := range chain {
		if f.leads(hop, end) {
			return hop, f.known(hop), nil
		}
		o, found, err := f.owns(hop)
		if err != nil {
			return "", o, err
		}
		if !found {
			continue
		}
		for _, root := range o.roots {
			if err := f.grant(root, root, o.why); err != nil {
				return "", o, err
			}
		}
		if !o.folder { // links beside the program are not there
			hop = end
		}
		if f.leads(hop, end) {
			return hop, o, nil
		}
		if i == len(chain)-1 {
			return "", o, fmt.Errorf("%s: it can't be shown with what it belongs to: install it elsewhere", hop)
		}
		inside, next, err := f.settleOn(chain[i+1:])
		if err != nil {
			return "", o, err
		}
		for _, root := range next.roots {
			if f.grow(hop, root, next.why) == end {
				return hop, o, nil
			}
		}
		if o.venv {
			return "", o, fmt.Errorf("%s: the Python that it leads to can't be shown under that name: make the venv again", hop)
		}
		return inside, next, nil
	}
	return f.alone(chain)
}

// known is the owner of what is readable already.
func (f *finder) known(path string) owner {
	if f.shows(path) && !f.granted(path) {
		return owner{folder: true, runtime: true}
	}
	o, found, err := f.owns(path)
	if err != nil || !found {
		return owner{single: true}
	}
	return o
}

// alone makes a file readable that belongs to nothing. Some programs do as they are
// called, so a link's name is kept, unless libraries are found by the real place.
func (f *finder) alone(chain []string) (string, owner, error) {
	end := chain[len(chain)-1]
	at := end
	if filepath.Base(chain[0]) != filepath.Base(end) && f.offLimits(chain[0]) == "" && standsAlone(end) {
		at = chain[0]
	}
	o := owner{why: "the program itself", roots: []string{end}, single: true}
	return at, o, f.grant(end, at, o.why)
}

// owns tells what a file outside the system belongs to, if to anything.
func (f *finder) owns(path string) (owner, bool, error) {
	dir := filepath.Dir(path)
	prefix := filepath.Dir(dir)
	inBin := slices.Contains([]string{"bin", "sbin", "lib"}, filepath.Base(dir)) && prefix != "/"
	if inBin && isFile(filepath.Join(prefix, venvFile)) {
		o, err := f.venv(prefix)
		return o, true, err
	}
	if within(path, nixStore) {
		f.note("Nix keeps what its programs need in %s, all of which can be read inside", nixStore)
		return owner{why: "the Nix store, where it and all that it needs is", roots: []string{nixStore}, folder: true}, true, nil
	}
	if root := f.brew(path); root != "" {
		return owner{why: "Homebrew, which it was installed with", roots: brewParts(root), folder: true, runtime: true}, true, nil
	}
	if inBin {
		for _, s := range shapes() {
			if o, found, err := f.prefixOf(s, prefix, path); found || err != nil {
				return o, found, err
			}
		}
	}
	if root := modulesOf(path); root != "" {
		return owner{why: "the npm packages that it belongs to", roots: []string{root}, folder: true}, true, nil
	}
	if root := optOf(path); root != "" {
		return owner{why: "the software it is a part of", roots: []string{root}, folder: true}, true, nil
	}
	return owner{}, false, nil
}

// prefixOf tells whether prefix has the shape s.
func (f *finder) prefixOf(s shape, prefix, path string) (owner, bool, error) {
	o := owner{folder: true, runtime: true}
	var mark string
	for _, pattern := range s.marks {
		for _, m := range matches(prefix, pattern) {
			// A newer one of several wins; all are granted with the prefix.
			if real, err := filepath.EvalSymlinks(m); err == nil && (within(real, prefix) || s.name == "Java") {
				mark = m
			}
		}
	}
	if mark == "" {
		return o, false, nil
	}
	version := ""
	if s.name == "Python" {
		version = " " + strings.TrimLeft(filepath.Base(filepath.Dir(mark)), "abcdefghijklmnopqrstuvwxyz")
	}
	o.why = fmt.Sprintf("the %s%s that it runs on", s.name, version)
	if !f.tooWide(prefix) {
		o.roots = []string{prefix}
		return o, true, nil
	}
	if len(s.parts) == 0 {
		return o, false, fmt.Errorf("%s: its %s is installed in %s itself, which is too wide to be shown: install it in a folder of its own", path, s.name, prefix)
	}
	o.folder, o.runtime = false, false
	for _, pattern := range s.parts {
		for _, part := range matches(prefix, pattern) {
			if info, err := os.Lstat(part); err == nil && info.IsDir() && !f.tooWide(part) {
				o.roots = append(o.roots, part)
			}
		}
	}
	real, err := filepath.EvalSymlinks(path)
	if err != nil || !within(real, prefix) {
		return o, false, nil
	}
	o.roots = append(o.roots, real)
	return o, true, nil
}

// nixStore holds one folder for each package, readable by everybody, and no state.
const nixStore = "/nix/store"

// brew is the prefix of the Homebrew that a path belongs to, which is fixed at build
// time for Linux, or in the home folder.
func (f *finder) brew(path string) string {
	for _, root := range append([]string{"/home/linuxbrew/.linuxbrew"}, f.inHomes(".linuxbrew")...) {
		if within(path, root) && isDir(filepath.Join(root, "Cellar")) {
			return root
		}
	}
	return ""
}

// brewParts leaves out var, where services keep their data, and brew's own work tree.
func brewParts(root string) []string {
	var parts []string
	for _, name := range []string{"Cellar", "opt", "bin", "lib", "etc", "share"} {
		path := filepath.Join(root, name)
		if info, err := os.Lstat(path); err == nil && info.IsDir() {
			parts = append(parts, path)
		}
	}
	return parts
}

// modulesOf is the outermost node_modules of a path, whose packages need each other,
// or of those that npm install -g makes, which have their own, the package alone.
func modulesOf(path string) string {
	before, after, found := strings.Cut(path, "/node_modules/")
	if !found || before == "" {
		return ""
	}
	root := before + "/node_modules"
	parts := strings.Split(after, "/")
	if filepath.Base(before) != "lib" || len(parts) < 2 || parts[0] == ".bin" {
		return root
	}
	if strings.HasPrefix(parts[0], "@") && len(parts) > 2 {
		return filepath.Join(root, parts[0], parts[1])
	}
	return filepath.Join(root, parts[0])
}

// optOf is the folder below /opt that a path is in: by the FHS, one package's own.
func optOf(path string) string {
	rest, found := strings.CutPrefix(path, "/opt/")
	name, _, deeper := strings.Cut(rest, "/")
	shared := []string{"bin", "sbin", "lib", "lib64", "share", "local", "include", "etc", "var", "opt", "src"}
	if !found || !deeper || slices.Contains(shared, name) {
		return ""
	}
	info, err := os.Lstat("/opt/" + name)
	if err != nil || info.Mode()&fs.ModeSymlink != 0 {
		return ""
	}
	return "/opt/" + name
}
