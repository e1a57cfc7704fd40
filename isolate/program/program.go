// Package program finds what a command needs in a room, where of the host only the
// system (/usr, and /bin, /lib and the like as links into it) is to be seen: the
// interpreter under ~/.pyenv, the venv behind ~/.local/bin/x, the libraries beside a
// binary. It runs nothing and writes nothing.
//
// Find follows a name as the person's shell and the kernel would: PATH and the shims
// of version managers (lookup.go, shims.go), links (disk.go), first lines of scripts
// (shebang.go), loaders and libraries (elf.go). Each file that it comes by belongs to
// something: a venv, the prefix of a runtime, a package, or nothing but itself
// (owner.go). That is what becomes readable, if it is not too wide (bounds.go), and
// inside.go checks that every name leads inside to where it leads outside.
//
// All that is read from disk may be hostile. It is bounded, it is never a pipe or a
// device, and it can't widen a room to anything that is not what it claims to be: a
// folder becomes readable if it has the shape of a runtime, a file if it is a program
// or a library, whatever a script, a pyvenv.cfg or a binary says.
package program

import (
	"errors"
	"fmt"
	"path/filepath"
	"slices"
	"strings"
)

// Limits of what is followed.
const (
	linksMax   = 40       // links of one path; the kernel's own bound
	levelsMax  = 4        // scripts that interpret scripts, shims that lead to shims; the kernel's bound for the former
	shebangMax = 256      // bytes of a first line that the kernel reads (BINPRM_BUF_SIZE)
	smallMax   = 64 << 10 // bytes of a pyvenv.cfg, a shim or a version manager's setting; real ones have less than 2 KiB
	namesMax   = 4096     // names of a folder that are looked at
	readsMax   = 48       // readable places of one program; a room takes 64 grants
)

// An Env is the part of the person's surroundings that decides what a name means.
type Env struct {
	Vars []string // as os.Environ has them; PATH, HOME and what version managers read
	Dir  string   // the working folder, for names that have a slash and for scripts; no setting is ever read from it
}

// A Program is a command that can run in a room.
type Program struct {
	// Argv is what to start. Argv[0] is absolute, as seen inside. The rest is as it
	// was, with two exceptions. A script that Find knows as one ("python3 server.py")
	// is absolute, for a room does not start in the person's folder. And where a
	// script names its interpreter by a link that can't be shown, the interpreter
	// and its argument come first, as the kernel would put them.
	Argv  []string
	Reads []Read   // outside the system, to be granted read-only; none is inside another
	Env   []string // what must be set inside: PATH, and seldom LD_LIBRARY_PATH, PYTHONUSERBASE and JAVA_TOOL_OPTIONS
	Note  []string // what a person should know, one line each
}

// A Read is a file or folder that must be readable inside.
type Read struct {
	Path string // on the host, without a link in it
	At   string // inside; mostly Path itself, else the name by which a link or a setting calls it
	Why  string // "Python 3.12, which runs it"
}

// Find says what argv needs. It looks argv[0] up as a shell would, with env's PATH,
// and runs nothing. The error is one line that says what is wrong and what to do.
func Find(argv []string, env Env) (Program, error) {
	if len(argv) == 0 || argv[0] == "" {
		return Program{}, errors.New("no command was named")
	}
	for _, a := range argv {
		if strings.ContainsRune(a, 0) {
			return Program{}, fmt.Errorf("%q has a zero byte in it, which no command can have", a)
		}
	}
	if err := fetches(argv); err != nil {
		return Program{}, err
	}
	f := newFinder(env)
	at, err := f.look(argv[0])
	if err != nil {
		return Program{}, err
	}
	c, err := f.command(at, 0)
	if err != nil {
		return Program{}, err
	}
	rest, err := f.script(c, argv[1:])
	if err != nil {
		return Program{}, err
	}
	if filepath.Base(c.last().file) == "java" {
		f.set = append(f.set, javaMemory)
	}
	reads, err := f.settle()
	if err != nil {
		return Program{}, err
	}
	return Program{Argv: slices.Concat(c.argv, rest), Reads: reads, Env: f.environment(), Note: f.notes}, nil
}

// javaMemory is set for Java, which sizes its heap and its threads' shares by the
// memory of the machine, asks the kernel for that (sysinfo(2)), and dies at the bound
// that a room has for one process: this is the room's default. What the person has in
// that variable does not count: a room inherits nothing, and it may hold secrets.
const javaMemory = "JAVA_TOOL_OPTIONS=-XX:MaxRAM=512m"

// A finder gathers what one program needs.
type finder struct {
	vars  map[string]string
	dir   string
	homes []string // the person's home folder as written and as it is, and root's
	reads []Read
	path  [][]string // for each folder of PATH, those that stand for it inside; the last is for what PATH has not
	libs  []string   // for LD_LIBRARY_PATH
	set   []string
	notes []string
}

func newFinder(env Env) *finder {
	f := &finder{vars: map[string]string{}, dir: env.Dir, homes: []string{"/root"}}
	for _, v := range env.Vars {
		if name, value, ok := strings.Cut(v, "="); ok {
			f.vars[name] = value
		}
	}
	if home := f.vars["HOME"]; filepath.IsAbs(home) && filepath.Clean(home) != "/" {
		f.homes = append([]string{filepath.Clean(home)}, f.homes...)
		if real, err := filepath.EvalSymlinks(home); err == nil && real != f.homes[0] {
			f.homes = append(f.homes, real)
		}
	} else {
		f.vars["HOME"] = ""
	}
	f.path = make([][]string, len(f.pathFolders())+1)
	for i, dir := range f.pathFolders() {
		if real, err := filepath.EvalSymlinks(dir); err == nil && f.shows(real) {
			f.path[i] = []string{real}
		}
	}
	return f
}

// in is a path in the home folder; "" if there is none.
func (f *finder) in(parts ...string) string {
	if f.vars["HOME"] == "" {
		return ""
	}
	return filepath.Join(append([]string{f.vars["HOME"]}, parts...)...)
}

// folder is what a variable names, if it is absolute, or else a path in the home folder.
func (f *finder) folder(variable string, parts ...string) string {
	if v := f.vars[variable]; filepath.IsAbs(v) {
		return filepath.Clean(v)
	}
	return f.in(parts...)
}

func (f *finder) note(format string, args ...any) {
	if line := fmt.Sprintf(format, args...); !slices.Contains(f.notes, line) {
		f.notes = append(f.notes, line)
	}
}

// A command is one program of the chain that was followed.
type command struct {
	argv   []string // how it is started inside
	file   string   // the file that is executed, without links
	interp *command // what interprets it; nil for a binary
	owner  owner
}

// last is the binary that runs in the end.
func (c *command) last() *command {
	for c.interp != nil {
		c = c.interp
	}
	return c
}

// command follows a file that a name led to.
func (f *finder) command(at place, level int) (*command, error) {
	if level > levelsMax {
		return nil, fmt.Errorf("%s: more than %d scripts that run each other: name the program at the end of them", at.path, levelsMax)
	}
	to, err := f.throughShim(at)
	if err != nil {
		return nil, err
	}
	if to != at {
		return f.command(to, level+1)
	}
	chain, err := hops(at.path)
	if err != nil {
		return nil, err
	}
	c := &command{file: chain[len(chain)-1]}
	if err := executable(c.file); err != nil {
		return nil, err
	}
	var inside string
	if inside, c.owner, err = f.settleOn(chain); err != nil {
		return nil, err
	}
	c.argv = []string{inside}
	if err := f.runs(c, level); err != nil {
		return nil, err
	}
	f.onPath(at, inside, c.owner)
	return c, nil
}

// runs sees to what the file itself needs: an interpreter, or a loader and libraries.
func (f *finder) runs(c *command, level int) error {
	start, err := readStart(c.file, shebangMax)
	if err != nil {
		return fmt.Errorf("%s: it can't be read, so what it needs can't be found: %w", c.file, err)
	}
	switch {
	case strings.HasPrefix(start, "\x7fELF"):
		return f.binary(c.file)
	case strings.HasPrefix(start, "#!"):
		return f.interpreted(c, start, level)
	case start == "":
		return fmt.Errorf("%s: it is empty: install it again", c.file)
	}
	return fmt.Errorf("%s: it is neither a program for this system nor a script that begins with #!: "+
		"name its interpreter before it, or let its first line do so", c.file)
}

// environment is what has to be set.
func (f *finder) environment() []string {
	var path []string
	for _, slot := range f.path {
		for _, dir := range slot {
			if !slices.Contains(path, dir) {
				path = append(path, dir)
			}
		}
	}
	for _, dir := range []string{"/usr/local/bin", "/usr/bin", "/bin"} {
		if !slices.Contains(path, dir) && (dir != "/bin" || !slices.Contains(path, "/usr/bin")) {
			path = append(path, dir)
		}
	}
	set := append([]string{"PATH=" + strings.Join(path, ":")}, f.set...)
	if len(f.libs) > 0 {
		set = append(set, "LD_LIBRARY_PATH="+strings.Join(f.libs, ":"))
	}
	return set
}
