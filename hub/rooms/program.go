package rooms

import (
	"cmp"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"time"

	"secgpt/apps"
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
func (p *Pool) command(app apps.App, s *Spec) (argv, hints []string, err error) {
	if app.BuiltIn {
		return append([]string{p.o.Self}, app.Command[1:]...), nil, nil
	}
	found, err := program.Find(app.Command, program.Env{Vars: os.Environ()})
	if err != nil {
		return nil, nil, fmt.Errorf("its command can't be had: %w", err)
	}
	_, err = Provide(s, found, func(path string) error { return p.outside(path, filepath.Dir(app.Dir)) })
	return found.Argv, found.Note, err
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
