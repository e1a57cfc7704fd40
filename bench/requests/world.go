package main

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"secgpt/apps"
	"secgpt/apps/sample"
	"secgpt/hub/profile"
	"secgpt/mediator"
)

// A World is one request's own copy of the data, with the apps running on it.
type World struct {
	set     *Set
	dir     string // data/, and the profile beside it
	profile profile.Profile
	apps    *apps.Registry
	running map[string]server // by app
	names   []string          // of the installed apps, the built-in ones first
}

// builtIn are the apps that are always there.
var builtIn = []string{"mail", "calendar", "contacts", "notes"}

// Open makes a world with these apps. Close removes it.
func (s *Set) Open(ctx context.Context, names []string) (_ *World, err error) {
	root := "/dev/shm" // a record that is flushed for each call would measure the disk
	if _, err := os.Stat(root); err != nil {
		root = ""
	}
	w := &World{set: s, running: map[string]server{}}
	if w.dir, err = os.MkdirTemp(root, "requests-"); err != nil {
		return nil, err
	}
	defer func() {
		if err != nil {
			w.Close()
		}
	}()
	if err := w.fill(); err != nil {
		return nil, err
	}
	if err := w.install(names); err != nil {
		return nil, err
	}
	for _, name := range w.names {
		a, _ := w.apps.Get(name)
		if a.Locked != nil {
			return nil, a.Locked
		}
		if w.running[name], err = w.start(ctx, a); err != nil {
			return nil, fmt.Errorf("%s: %w", name, err)
		}
	}
	return w, nil
}

// Close ends the apps and removes all data.
func (w *World) Close() {
	for _, s := range w.running {
		s.Close()
	}
	os.RemoveAll(w.dir)
}

// data is a folder of the world's data: mail, calendars, contacts, notes, files, state.
func (w *World) data(name string) string { return filepath.Join(w.dir, "world", name) }

// fill lays the set's own data over the demo's.
func (w *World) fill() error {
	for _, sub := range []string{"mail/cur", "mail/new", "mail/tmp", "calendars", "contacts", "notes", "files", "state"} {
		if err := os.MkdirAll(w.data(sub), 0o700); err != nil {
			return err
		}
	}
	if w.set.Sample {
		if _, err := sample.Write(filepath.Join(w.dir, "world"), w.set.Now); err != nil {
			return err
		}
	}
	own := filepath.Join(w.set.Dir, "world")
	if _, err := os.Stat(own); errors.Is(err, fs.ErrNotExist) {
		return nil
	}
	return filepath.WalkDir(own, func(path string, d fs.DirEntry, err error) error {
		if err != nil {
			return err
		}
		rel, err := filepath.Rel(own, path)
		if err != nil {
			return err
		}
		to := w.data(rel)
		if d.IsDir() {
			return os.MkdirAll(to, 0o700)
		}
		data, err := os.ReadFile(path)
		if err != nil {
			return err
		}
		if err := os.WriteFile(to, data, 0o600); err != nil {
			return err
		}
		at := w.set.Now.AddDate(0, 0, -20) // so old that nothing of the demo's is older by chance
		return os.Chtimes(to, at, at)
	})
}

// install makes a profile in which the apps are installed as `secgpt apps add` would
// install them: what their tools do and may is what secgpt makes of their lists.
func (w *World) install(names []string) error {
	for _, sub := range []string{"config", "data", "state"} {
		if err := os.MkdirAll(filepath.Join(w.dir, "profile", sub), 0o700); err != nil {
			return err
		}
	}
	var err error
	if w.profile, err = profile.At(filepath.Join(w.dir, "profile")); err != nil {
		return err
	}
	open := func() (*apps.Registry, error) {
		return apps.Open(apps.Options{DataDir: w.profile.Data, Folders: map[string]string{
			"mail": w.data("mail"), "calendar": w.data("calendars"), "contacts": w.data("contacts"), "notes": w.data("notes"),
		}})
	}
	if w.apps, err = open(); err != nil {
		return err
	}
	w.names = slices.Clone(builtIn)
	for _, name := range names {
		if slices.Contains(builtIn, name) {
			continue
		}
		if err := w.add(name); err != nil {
			return fmt.Errorf("apps/%s: %w", name, err)
		}
		w.names = append(w.names, name)
	}
	for _, name := range builtIn {
		if err := os.MkdirAll(filepath.Join(w.profile.Data, "apps", name, "data"), 0o700); err != nil {
			return err
		}
	}
	address := filepath.Join(w.profile.Data, "apps", "mail", "data", "address")
	if err := os.WriteFile(address, []byte(sample.Person+"\n"), 0o600); err != nil {
		return err
	}
	w.apps, err = open()
	return err
}

func (w *World) add(name string) error {
	said, about, hosts, err := w.set.tools(name)
	if err != nil {
		return err
	}
	m := apps.Manifest{Name: name, About: about, Command: []string{"standin", name}, Tools: map[string]apps.ToolManifest{}}
	m.Grants.Hosts = hosts
	draft, err := w.apps.Draft(apps.Agreed{Manifest: m, Said: said})
	if err != nil {
		return err
	}
	for _, t := range draft.Tools {
		m.Tools[t.Name] = apps.Defaults(name, t)
	}
	return w.apps.Add(apps.Agreed{Manifest: m, Said: said})
}

// effect reports whether a tool changes something: of a built-in app what its manifest
// says, of any other what its stand-in does.
func (w *World) effect(tool string) bool {
	app, name, _ := strings.Cut(tool, ".")
	if s, ok := w.running[app].(*standIn); ok {
		a, _ := w.apps.Get(app)
		own, _ := a.Own(name, []byte("{}"))
		return s.changes(own)
	}
	a, _ := w.apps.Get(app)
	t, ok := a.Tool(name)
	return ok && t.Effect != mediator.Read
}
