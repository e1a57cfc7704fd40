package cli

import (
	"cmp"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"time"

	"secgpt/hub/profile"
	"secgpt/hub/rooms"
	"secgpt/isolate"
	"secgpt/isolate/program"
	"secgpt/tui/safe"
)

// roomHome is the command's own place in its room: private, bounded, gone at the end.
const roomHome = "/data"

// Memory that a room may be given. With less no runtime starts; more is a typing error.
const (
	leastMemory = 16 << 20
	mostMemory  = int64(1) << 44
)

// leastData is the bound on one process with which process 1, a Go program, comes up:
// it maps that much, though it uses a hundredth. A smaller --memory still holds for
// all processes together.
const leastData = 128 << 20

// roomSpec says what the room holds, and tells the person what it holds beyond the
// flags.
func (c *command) roomSpec(f roomFlags, argv []string) (isolate.Spec, error) {
	env := []string{"PATH=/usr/local/bin:/usr/bin:/bin", "HOME=" + roomHome, "LANG=C.UTF-8", "TERM=dumb", "TZ=" + rooms.Zone()}
	s := isolate.Spec{Argv: argv, Env: env, Dir: roomHome, Init: true}
	if os.Geteuid() == 0 {
		s.HostID = roomHost
	}
	var err error
	if s.Limits, err = f.limits(c.timeout); err != nil {
		return s, err
	}
	keep := c.kept()
	if s.Files, err = f.grants(keep, c.note); err != nil {
		return s, err
	}
	return s, c.resolve(&s, keep)
}

// resolve finds what the command needs beyond the system, and adds it to the room.
func (c *command) resolve(s *isolate.Spec, keep []kept) error {
	dir, err := os.Getwd()
	if err != nil {
		return usagef("the working folder is gone: %w", err)
	}
	found, err := program.Find(s.Argv, program.Env{Vars: os.Environ(), Dir: dir})
	if err != nil {
		code := exitNoExec
		if _, there := exec.LookPath(s.Argv[0]); errors.Is(there, exec.ErrNotFound) || errors.Is(there, fs.ErrNotExist) {
			code = exitNotFound
		}
		return over(code, err)
	}
	for _, line := range found.Note {
		c.note("%s", line)
	}
	granted, err := rooms.Provide(s, found, func(path string) error { return refuse(path, keep) })
	if err != nil {
		return usage{err}
	}
	s.Argv = found.Argv
	for _, r := range granted {
		if at := cmp.Or(r.At, r.Path); at == r.Path {
			c.note("it reads %s: %s", r.Path, r.Why)
		} else {
			c.note("it reads %s, as %s: %s", r.Path, at, r.Why)
		}
	}
	return nil
}

// note is a line about what was granted, on standard error.
func (c *command) note(format string, a ...any) {
	if !c.quiet {
		fmt.Fprintf(os.Stderr, "room: %s\n", safe.Line(fmt.Sprintf(format, a...)))
	}
}

// limits reads the flags that bound a room.
func (f roomFlags) limits(timeout time.Duration) (isolate.Limits, error) {
	l := isolate.Limits{Wall: f.wall}
	if f.wall < 0 {
		return l, usagef("--time %v: it can't be negative", f.wall)
	}
	if f.wall == 0 {
		l.Wall = timeout
	}
	if f.memory == "" {
		return l, nil
	}
	n, err := bytesOf(f.memory)
	if err != nil {
		return l, usagef("--memory %s: %w", f.memory, err)
	}
	l.Memory, l.Total = max(n, leastData), n
	return l, nil
}

// sizes are the units of a size, in powers of 1024.
const sizes = "KMGT"

// bytesOf reads a size: a number with K, M, G or T behind it, as in 512M, 512MB and
// 512MiB.
func bytesOf(text string) (int64, error) {
	number := strings.TrimSuffix(strings.TrimSuffix(strings.ToUpper(text), "B"), "I")
	shift := 0
	if n := len(number); n > 0 {
		if i := strings.IndexByte(sizes, number[n-1]); i >= 0 {
			number, shift = number[:n-1], 10*(i+1)
		}
	}
	n, err := strconv.ParseInt(number, 10, 64)
	switch {
	case err != nil || n < 0:
		return 0, errors.New("expected a size such as 512M or 1G")
	case n > mostMemory>>shift || n<<shift < leastMemory:
		return 0, fmt.Errorf("a room takes from %dM to %dT", leastMemory>>20, mostMemory>>40)
	}
	return n << shift, nil
}

// grants resolves what the flags name, from where the person stands. The room takes
// no links, so a link is followed here and said.
func (f roomFlags) grants(keep []kept, note func(string, ...any)) ([]isolate.Grant, error) {
	var all []isolate.Grant
	for _, list := range []struct {
		flag  string
		paths []string
	}{{"--write", f.write}, {"--read", f.read}} {
		for _, typed := range list.paths {
			path, err := located(list.flag, typed, note)
			if err != nil {
				return nil, err
			}
			if err := refuse(path, keep); err != nil {
				return nil, usagef("%s %s: %w", list.flag, typed, err)
			}
			if !covered(all, path) { // --write comes first, and includes reading
				all = append(all, isolate.Grant{Path: path, Write: list.flag == "--write"})
			}
		}
	}
	return all, nil
}

func covered(all []isolate.Grant, path string) bool {
	for _, g := range all {
		if g.Path == path {
			return true
		}
	}
	return false
}

// located is the real, absolute path of what was typed.
func located(flag, typed string, note func(string, ...any)) (string, error) {
	path := typed
	if typed == "" {
		return "", usagef("%s names nothing: the variable in its place is empty", flag)
	}
	if rest, ok := strings.CutPrefix(path, "~"); ok && (rest == "" || rest[0] == '/') {
		home, err := os.UserHomeDir()
		if err != nil {
			return "", usagef("%s %s: no home folder is known: %w", flag, typed, err)
		}
		path = filepath.Join(home, rest)
	}
	path, err := filepath.Abs(path)
	if err != nil {
		return "", usagef("%s %s: %w", flag, typed, err)
	}
	is, err := filepath.EvalSymlinks(path)
	switch {
	case errors.Is(err, fs.ErrNotExist):
		return "", usagef("%s %s: it does not exist; make it first, or name another", flag, typed)
	case err != nil:
		return "", usagef("%s %s: %w", flag, typed, err)
	}
	if is != path {
		note("%s is a link to %s: granting %s", typed, is, is)
	}
	return is, nil
}

// kept is a folder that no room may see.
type kept struct{ path, what string }

// kept lists what is refused however it is named. The apps' folders are in the data.
func (c *command) kept() []kept {
	var all []kept
	add := func(what string, paths ...string) {
		for _, path := range paths {
			if path == "" {
				continue
			}
			if is, err := filepath.EvalSymlinks(path); err == nil {
				path = is // what is missing can't be reached
			}
			all = append(all, kept{path, what})
		}
	}
	// The folders are known even where the configuration in them can't be read.
	p, _ := profile.XDG(os.Getenv)
	add("what secgpt keeps", p.Config, p.Data, p.State)
	if c.profile != "" {
		p, _ := profile.At(c.profile)
		add("what secgpt keeps", p.Root)
	}
	return all
}

// refuse says why path can't be granted.
func refuse(path string, keep []kept) error {
	if err := rooms.TooWide(path); err != nil {
		return err
	}
	for _, k := range keep {
		if rooms.Within(path, k.path) || rooms.Within(k.path, path) {
			return fmt.Errorf("it would show %s in %s; name another folder", k.what, k.path)
		}
	}
	return nil
}
