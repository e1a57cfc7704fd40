package program

import (
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
)

// "python3 server.py" names two files, and the second is one of the person's own. It
// becomes readable because it was named, and is said so; the folder that it is in
// does not, except for Node, to which a package is the unit that it loads.

// An interpreter says how the script is found among its arguments.
type interpreter struct {
	names  []string // without a version at the end
	values []string // options that take the next argument
	ends   []string // options after which there is no script
	node   bool
}

func interpreters() []interpreter {
	return []interpreter{
		{names: []string{"python", "pypy"}, values: []string{"-W", "-X", "--check-hash-based-pycs"}, ends: []string{"-c", "-m", "-"}},
		{names: []string{"node", "nodejs", "tsx", "ts-node"}, node: true, ends: []string{"-e", "--eval", "-p", "--print", "-pe", "-"},
			values: []string{"-r", "--require", "--import", "--loader", "--experimental-loader", "-C", "--conditions", "--env-file", "--tsconfig"}},
		{names: []string{"deno", "bun"}, node: true, ends: []string{"eval", "-e", "-"}, values: []string{"-c", "--config", "--import-map", "-r", "--preload"}},
		{names: []string{"ruby"}, values: []string{"-I", "-r", "-C"}, ends: []string{"-e", "-"}},
		{names: []string{"perl"}, values: []string{"-I"}, ends: []string{"-e", "-E", "-"}},
		{names: []string{"sh", "bash", "dash", "zsh"}, values: []string{"-o", "+o", "-O", "--rcfile", "--init-file"}, ends: []string{"-c", "-s", "-"}},
		{names: []string{"java"}, values: []string{"-cp", "-classpath", "--class-path", "-p", "--module-path", "--add-modules"}, ends: []string{"-m", "--module"}},
	}
}

// interpreterOf is what a command is known as, by either of its names.
func interpreterOf(paths ...string) (interpreter, bool) {
	for _, path := range paths {
		name := strings.TrimRight(filepath.Base(path), "0123456789.")
		for _, i := range interpreters() {
			if slices.Contains(i.names, name) {
				return i, true
			}
		}
	}
	return interpreter{}, false
}

// script shows the script among the arguments of c, if c is a known interpreter, and
// gives the arguments with its absolute path.
func (f *finder) script(c *command, args []string) ([]string, error) {
	how, ok := interpreterOf(c.argv[len(c.argv)-1], c.file)
	if !ok {
		return args, nil
	}
	n := how.find(args)
	if n < 0 {
		return args, nil
	}
	path := args[n]
	if !filepath.IsAbs(path) {
		if !filepath.IsAbs(f.dir) {
			return args, nil
		}
		path = f.dir + "/" + path
	}
	info, err := os.Stat(path)
	if err != nil || !info.Mode().IsRegular() && !info.IsDir() {
		return args, nil // not a file, or the interpreter says so better
	}
	there, err := filepath.EvalSymlinks(path)
	if err != nil {
		return nil, fmt.Errorf("%s: %w", args[n], cause(err))
	}
	args = slices.Clone(args)
	args[n] = there
	if f.leads(there, there) {
		return args, nil
	}
	switch {
	case how.node:
		err = f.nodeScript(there)
	case info.IsDir():
		err = f.grant(there, there, "the folder you named")
	default:
		if err = f.grant(there, there, "the script you named"); err == nil {
			f.bare(there)
		}
	}
	if err == nil && !f.leads(there, there) {
		err = fmt.Errorf("%s: it can't be shown at its place: move it", there)
	}
	return args, err
}

func (f *finder) bare(path string) {
	f.note("%s is shown without what lies beside it: if it loads more, grant its folder as well", path)
}

// find gives the index of the script; -1 if there is none.
func (i interpreter) find(args []string) int {
	for n := 0; n < len(args); n++ {
		a := args[n]
		switch {
		case slices.Contains(i.ends, a):
			return -1
		case slices.Contains(i.values, a):
			n++
		case a == "--" || a == "-jar":
			if n+1 < len(args) {
				return n + 1
			}
			return -1
		case strings.HasPrefix(a, "-") || strings.HasPrefix(a, "+"):
			if short := strings.TrimLeft(a, "-"); len(a) == len(short)+1 && slices.ContainsFunc(i.ends, func(e string) bool {
				return len(e) == 2 && strings.HasSuffix(short, e[1:]) && strings.IndexFunc(short, notLower) < 0
			}) && !slices.Contains(i.names, "java") {
				return -1 // flags run together: sh -ec, python -Bc
			}
		case n == 0 && i.node && (a == "run" || a == "watch"):
		case slices.Contains(i.names, "java") && !strings.HasSuffix(a, ".java"):
			return -1 // a class
		default:
			return n
		}
	}
	return -1
}

func notLower(r rune) bool { return (r < 'a' || r > 'z') && (r < 'A' || r > 'Z') }

// parentsMax bounds the folders above a script that are looked at for its package.
const parentsMax = 8

// beside shows what a script that belongs to nothing has to find beside itself.
func (f *finder) beside(c *command) error {
	last, ok := interpreterOf(c.last().file)
	switch {
	case !c.owner.single:
		return nil
	case ok && last.node:
		return f.nodeScript(c.file)
	}
	return f.userSite(c)
}

// nodeScript shows a script with the package that it is part of, by which Node tells
// what kind of module it is, and the node_modules that it can load from.
func (f *finder) nodeScript(path string) error {
	if o, found, err := f.owns(path); err == nil && found {
		for _, root := range o.roots {
			if err := f.grant(root, root, o.why); err != nil {
				return err
			}
		}
		return nil
	}
	dir, pack := path, ""
	if !isDir(path) {
		dir = filepath.Dir(path)
	}
	for range parentsMax {
		if f.tooWide(dir) || f.offLimits(dir) != "" {
			break
		}
		if pack == "" && isFile(filepath.Join(dir, "package.json")) {
			pack = dir
			if err := f.grant(dir, dir, "the package of the script you named: Node looks for package.json and node_modules there"); err != nil {
				return err
			}
		}
		modules := filepath.Join(dir, "node_modules")
		if there, err := filepath.EvalSymlinks(modules); err == nil && there == modules && isDir(modules) && pack != dir {
			if err := f.grant(modules, modules, "the npm packages that the script you named can load"); err != nil {
				return err
			}
		}
		dir = filepath.Dir(dir)
	}
	if f.leads(path, path) {
		return nil
	}
	f.bare(path)
	return f.grant(path, path, "the script you named")
}

// userSite shows what pip install --user installed, to a script that it installed.
func (f *finder) userSite(c *command) error {
	python := c.last()
	base := filepath.Dir(filepath.Dir(c.file))
	if !strings.HasPrefix(filepath.Base(python.file), "python") || filepath.Base(filepath.Dir(c.file)) != "bin" {
		return nil
	}
	site := filepath.Join(base, "lib", filepath.Base(python.file), "site-packages")
	if there, err := filepath.EvalSymlinks(site); err != nil || there != site || !isDir(site) {
		return nil
	}
	f.set = append(f.set, "PYTHONUSERBASE="+base)
	return f.grant(site, site, "the packages that pip installed beside it")
}
