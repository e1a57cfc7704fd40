// Package profile says where things live and what the person configured.
//
// A profile is three folders: config (config.toml, policy.toml), data (apps, the
// list of names) and state (the record, what can be undone). They are the XDG
// folders, or folders below --profile DIR. Nothing is read from the working
// directory, and a file that others could have written is refused.
package profile

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"github.com/BurntSushi/toml"

	"secgpt/apps"
	"secgpt/hub/intent"
)

// A Profile is where one person's secgpt lives.
type Profile struct {
	Name   string // "secgpt", or "secgpt demo"
	Config string // folder of config.toml and policy.toml
	Data   string
	State  string
	Made   string // the demo's line about its data, or ""
	Demo   bool
	Root   string // DIR of --profile, or ""
	config Config
}

// An Error is a profile or a configuration that can't be used.
type Error struct{ Err error }

func (e *Error) Error() string { return e.Err.Error() }
func (e *Error) Unwrap() error { return e.Err }

// XDG returns the person's own profile.
func XDG(getenv func(string) string) (Profile, error) {
	home, err := os.UserHomeDir()
	if err != nil {
		return Profile{}, &Error{fmt.Errorf("no home folder is known: %w; give one with --profile DIR", err)}
	}
	dir := func(env, below string) string {
		if d := getenv(env); filepath.IsAbs(d) {
			return filepath.Join(d, "secgpt")
		}
		return filepath.Join(home, below, "secgpt")
	}
	return open(Profile{
		Name:   "secgpt",
		Config: dir("XDG_CONFIG_HOME", ".config"),
		Data:   dir("XDG_DATA_HOME", ".local/share"),
		State:  dir("XDG_STATE_HOME", ".local/state"),
	})
}

// Kept are the folders that no app may see: those of this profile, and of the person's
// usual one, also while another is used.
func (p Profile) Kept() []string {
	all := []string{p.Config, p.Data, p.State}
	usual, _ := XDG(os.Getenv) // the folders are known even where the configuration in them can't be read
	for _, path := range []string{usual.Config, usual.Data, usual.State} {
		if path != "" && !slices.Contains(all, path) {
			all = append(all, path)
		}
	}
	return all
}

// At returns the profile below dir.
func At(dir string) (Profile, error) {
	abs, err := filepath.Abs(dir)
	if err != nil {
		return Profile{}, &Error{err}
	}
	return open(below(abs))
}

func below(dir string) Profile {
	return Profile{
		Name: "secgpt", Root: dir,
		Config: filepath.Join(dir, "config"),
		Data:   filepath.Join(dir, "data"),
		State:  filepath.Join(dir, "state"),
	}
}

// demoMark is the file that says that a folder holds a demo, and what was made.
const demoMark = "secgpt-demo"

// A Sample is what a demo is made of.
type Sample struct {
	Made    string           // "15 mails, 2 calendars"
	Address string           // whose mails they are, as a mail's From names them
	Apps    []apps.Installed // what it has besides the built-in ones
	Intents []intent.Raw     // phrases of this demo alone
}

// Demo returns the demo below dir. An empty or missing folder gets the sample data
// that write makes; one that holds
// a demo is used as it is; any other is refused, so that nothing of the person's
// own is ever mixed with it.
func Demo(dir string, write func(dir string) (Sample, error)) (Profile, error) {
	dir, err := filepath.Abs(dir)
	if err != nil {
		return Profile{}, &Error{err}
	}
	p := below(dir)
	p.Name, p.Demo = "secgpt demo", true
	mark := filepath.Join(dir, demoMark)
	made, err := os.ReadFile(mark)
	if err == nil {
		p.Made = strings.TrimSpace(string(made))
		return open(p)
	}
	entries, err := os.ReadDir(dir)
	if err != nil && !errors.Is(err, fs.ErrNotExist) {
		return Profile{}, &Error{fmt.Errorf("--demo can't use %s: %w", dir, err)}
	}
	if len(entries) > 0 {
		return Profile{}, &Error{fmt.Errorf("--demo can't use %s: it holds something else; name an empty folder", dir)}
	}
	sample := filepath.Join(dir, "sample")
	if err := os.MkdirAll(sample, 0o700); err != nil {
		return Profile{}, &Error{fmt.Errorf("the folder %s can't be made: %w; name another", sample, err)}
	}
	wrote, err := write(sample)
	if err != nil {
		return Profile{}, fmt.Errorf("the sample data could not be written: %w", err)
	}
	p.Made = wrote.Made
	config, err := demoConfig(sample, wrote.Intents)
	if err != nil {
		return Profile{}, err
	}
	files := map[string][]byte{
		filepath.Join(p.Config, "config.toml"):          config,
		filepath.Join(p.App("mail"), "data", "address"): []byte(wrote.Address + "\n"),
	}
	for _, a := range wrote.Apps {
		files[filepath.Join(p.App(a.Name), "app.toml")] = a.Manifest
		files[filepath.Join(p.App(a.Name), "tools.json")] = a.Tools
	}
	for path, data := range files {
		if err := os.MkdirAll(filepath.Dir(path), 0o700); err != nil {
			return Profile{}, &Error{err}
		}
		if err := os.WriteFile(path, data, 0o600); err != nil {
			return Profile{}, err
		}
	}
	if err := os.WriteFile(mark, []byte(p.Made+"\n"), 0o600); err != nil {
		return Profile{}, err
	}
	return open(p)
}

// demoConfig points each built-in app at its sample folder, and holds the phrases.
func demoConfig(sample string, phrases []intent.Raw) ([]byte, error) {
	var b strings.Builder
	b.WriteString("# Written by secgpt --demo.\n")
	for app, folder := range map[string]string{"mail": "mail", "calendar": "calendars", "contacts": "contacts", "notes": "notes"} {
		fmt.Fprintf(&b, "\n[apps.%s]\nfolder = %q\n", app, filepath.Join(sample, folder))
	}
	if len(phrases) > 0 {
		b.WriteString("\n")
		if err := toml.NewEncoder(&b).Encode(struct {
			Intents []intent.Raw `toml:"intents"`
		}{phrases}); err != nil {
			return nil, err
		}
	}
	return []byte(b.String()), nil
}

// open makes the folders and reads the configuration.
func open(p Profile) (Profile, error) {
	for _, dir := range []string{p.Config, p.Data, p.State} {
		if err := os.MkdirAll(dir, 0o700); err != nil {
			return p, &Error{fmt.Errorf("the folder %s can't be made: %w; name another", dir, err)}
		}
	}
	var err error
	p.config, err = read(filepath.Join(p.Config, "config.toml"))
	if err != nil {
		return p, &Error{err}
	}
	return p, nil
}

// Settings is the person's configuration.
func (p Profile) Settings() Config { return p.config }

// Policy, Names, Record and Undo are the files of those.
func (p Profile) Policy() string { return filepath.Join(p.Config, "policy.toml") }

// Names is the file of the list of names.
func (p Profile) Names() string { return filepath.Join(p.Data, "names.json") }

// Places is the file of what apps may have put where others read.
func (p Profile) Places() string { return filepath.Join(p.Data, "places.jsonl") }

// App is the folder of an app: its manifest, its history and, in data, its own files.
func (p Profile) App(name string) string { return filepath.Join(p.Data, "apps", name) }

// Undo is the file of what can be taken back.
func (p Profile) Undo() string { return filepath.Join(p.State, "undo.jsonl") }
