package rooms

import (
	"cmp"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"time"

	"secgpt/apps"
	"secgpt/apps/code"
	"secgpt/isolate"
	"secgpt/isolate/program"
)

// Provide adds to a room what a program was found to need beyond the system: the
// variables, and what it reads, read-only, but for that which a grant of the room
// shows already. refuse says why a path must not be shown. Provide returns what it
// granted; an error says what is in the way.
func Provide(s *isolate.Spec, found program.Program, refuse func(path string) error) ([]program.Read, error) {
	for _, v := range found.Env {
		s.Env = setenv(s.Env, v)
	}
	var granted []program.Read
	for _, r := range found.Reads {
		shown, err := shows(s.Files, r)
		if err == nil && !shown {
			err = refuse(r.Path)
		}
		if err != nil {
			return nil, fmt.Errorf("%s, which %s needs (%s): %w", r.Path, found.Argv[0], r.Why, err)
		}
		if !shown {
			s.Files = append(s.Files, isolate.Grant{Path: r.Path, At: r.At})
			granted = append(granted, r)
		}
	}
	return granted, nil
}

// shows tells whether what a program reads is to be seen by a grant that is there. A
// room can't have one grant within another, unless that shows the same anyway.
func shows(have []isolate.Grant, r program.Read) (bool, error) {
	at := cmp.Or(r.At, r.Path)
	for _, g := range have {
		place := cmp.Or(g.At, g.Path)
		switch rel, err := filepath.Rel(place, at); {
		case err == nil && filepath.IsLocal(rel) && filepath.Join(g.Path, rel) == r.Path:
			return true, nil
		case Within(at, place), Within(place, at):
			return false, fmt.Errorf("the grant of %s lies in it or around it: grant a folder apart from it, or install the program elsewhere", g.Path)
		}
	}
	return false, nil
}

// setenv puts a variable in the place of the one with its name, or at the end.
func setenv(env []string, v string) []string {
	name, _, _ := strings.Cut(v, "=")
	for i := range env {
		if strings.HasPrefix(env[i], name+"=") {
			env[i] = v
			return env
		}
	}
	return append(env, v)
}

// command finds what starts an app, and adds to its room what that needs. It was
// agreed to with the app: so a script or package that it names is shown as well. It
// is looked up by the person's PATH at each start, and never in the folder that they
// happen to stand in, where anybody may have put something. The hints are for a person
// whose app then does not come up.
func (p *Pool) command(app apps.App, s *setup) error {
	if app.BuiltIn {
		s.start.Command = append([]string{p.o.Self}, app.Command[1:]...)
		return nil
	}
	found, err := program.Find(app.Command, program.Env{Vars: os.Environ()})
	if err != nil {
		return fmt.Errorf("its command can't be had: %w", err)
	}
	s.start.Command, s.hints, s.places = found.Argv, found.Note, places(found)
	if err := Unshared(app, paths(s.places), p.others); err != nil {
		return err
	}
	_, err = Provide(&s.spec, found, func(path string) error { return p.outside(path, filepath.Dir(app.Dir)) })
	return err
}

// places are where the files behind a command are: all that it reads beyond the system,
// and what it names in /usr/local, where people put things by hand. The rest of /usr is
// the system's and changes with it.
func places(found program.Program) []code.Place {
	const local = "/usr/local/"
	var all []code.Place
	venv := slices.ContainsFunc(found.Reads, func(r program.Read) bool { return apart(r.Path) })
	for _, r := range found.Reads {
		python, _ := filepath.Glob(filepath.Join(r.Path, "lib", "python3*", "os.py"))
		all = append(all, code.Place{Path: r.Path, Bare: venv && len(python) > 0})
	}
	for _, arg := range found.Argv {
		if path, err := filepath.EvalSymlinks(arg); err == nil && filepath.IsAbs(arg) && strings.HasPrefix(path, local) {
			all = append(all, code.Place{Path: nodePackage(path)})
		}
	}
	return all
}

// Unshared refuses an app whose code another may write. The code is compared with what
// was agreed to while the room is made, and parts of it are read as late as the app likes:
// between the two, such an app could put something else there. code are the files and
// folders it is made of.
func Unshared(app apps.App, code []string, all []apps.App) error {
	for _, other := range all {
		for _, f := range other.Files {
			if !f.Write || other.Name == app.Name {
				continue // what it does to itself is its own doing
			}
			granted := filepath.Clean(f.Path)
			if is, err := filepath.EvalSymlinks(granted); err == nil {
				granted = is
			}
			for _, path := range code {
				if Within(path, granted) || Within(granted, path) {
					return fmt.Errorf("%s may write to %s, and %s is made of %s: what runs would not have to be what you agreed to; "+
						"install %s elsewhere, or grant %s another folder", other.Name, granted, app.Name, path, app.Name, other.Name)
				}
			}
		}
	}
	return nil
}

func paths(all []code.Place) []string {
	var list []string
	for _, p := range all {
		list = append(list, p.Path)
	}
	return list
}

// apart tells whether a folder is a venv that loads no packages but its own.
func apart(dir string) bool {
	text, err := os.ReadFile(filepath.Join(dir, "pyvenv.cfg"))
	return err == nil && !strings.Contains(strings.ToLower(strings.Join(strings.Fields(string(text)), "")), "include-system-site-packages=true")
}

// nodePackage is the folder of the package that a file is in, or the file itself.
func nodePackage(path string) string {
	at := strings.LastIndex(path, "/node_modules/")
	if at < 0 {
		return path
	}
	parts := strings.SplitN(path[at+len("/node_modules/"):], "/", 3)
	n := 1
	if strings.HasPrefix(parts[0], "@") {
		n = 2 // @owner/name
	}
	return filepath.Join(path[:at], "node_modules", filepath.Join(parts[:min(n, len(parts))]...))
}

// hinted is why an app did not come up, with what may have been the matter.
func hinted(e *Error, hints []string) *Error {
	if e.Kind != Died || len(hints) == 0 {
		return e
	}
	with := *e
	with.Message += "; " + strings.Join(hints, "; ")
	return &with
}

// Within tells whether path is folder or below it.
func Within(path, folder string) bool {
	rel, err := filepath.Rel(folder, path)
	return err == nil && filepath.IsLocal(rel)
}

// Zone is the name of this computer's time zone, as TZ takes it.
func Zone() string {
	name := strings.TrimPrefix(os.Getenv("TZ"), ":")
	if name == "" {
		if to, err := filepath.EvalSymlinks("/etc/localtime"); err == nil {
			_, name, _ = strings.Cut(to, "/zoneinfo/")
		}
	}
	if _, err := time.LoadLocation(name); err != nil || name == "" || name == "Local" {
		return "UTC"
	}
	return name
}
