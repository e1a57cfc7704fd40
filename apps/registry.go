package apps

import (
	"cmp"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"secgpt/apps/link"
)

// Options say where apps are.
type Options struct {
	// DataDir is the person's data folder, data/secgpt; it is made if missing.
	DataDir string
	// Folders replaces the granted folder of built-in apps, by name.
	Folders map[string]string
	// Home stands for ~ in manifests; "" is the person's home.
	Home string
	// BuiltIn holds NAME/manifest.toml and NAME/tools.json of the built-in apps; nil
	// is what was compiled in.
	BuiltIn fs.FS
	// Hosts reads the hosts of a manifest, and says what to write instead of a bad one;
	// nil takes every text that looks like a host.
	Hosts func(texts []string) error
}

// An App is one that can be put in a room, or is Locked.
type App struct {
	Manifest
	Tools  []link.Tool // as plans and rules name them, in the order of tools.json
	Said   []link.Tool // the same as the app itself described them when it was agreed to
	Dir    string      // DataDir/apps/NAME
	Data   string      // Dir/data: becomes /data in its room
	Files  []FileAt    // what it was granted beside that
	Locked error       // why it must not run; nil if it may

	own map[string]ownName // of each of Tools
}

// A FileAt is a grant with both of its ends.
type FileAt struct {
	Path  string // on the host, absolute
	At    string // in the room
	Write bool
}

// Folder is where a built-in app finds the folder that it was granted.
const Folder = "/folder"

// A Registry holds the apps of one profile as they were when it was opened.
type Registry struct {
	dir  string
	home home
	apps []App // by name
}

// Open reads all manifests. A bad one locks its app and no other; the error is about
// the data folder itself.
func Open(o Options) (*Registry, error) {
	root := filepath.Join(o.DataDir, "apps")
	if err := os.MkdirAll(root, 0o700); err != nil {
		return nil, err
	}
	if err := checkDir(root); err != nil {
		return nil, err
	}
	// Rooms take no path with a link in it. Where the person's own folders stand is
	// theirs to say; what lies below is not followed.
	dir, err := filepath.EvalSymlinks(o.DataDir)
	if err != nil {
		return nil, err
	}
	home, err := newHome(o.Home)
	if err != nil {
		return nil, err
	}
	r := &Registry{dir: dir, home: home}
	builtIn := o.BuiltIn
	if builtIn == nil {
		builtIn = compiledIn
	}
	if err := r.addBuiltIn(builtIn, home, o.Folders); err != nil {
		return nil, err
	}
	if err := r.addInstalled(home, o.Hosts); err != nil {
		return nil, err
	}
	r.lockLookAlikes()
	slices.SortFunc(r.apps, func(a, b App) int { return strings.Compare(a.Name, b.Name) })
	return r, nil
}

// List returns all apps by name, locked ones too.
func (r *Registry) List() []App { return slices.Clone(r.apps) }

// Get returns the app called name.
func (r *Registry) Get(name string) (App, bool) {
	for _, a := range r.apps {
		if a.Name == name {
			return a, true
		}
	}
	return App{}, false
}

func (r *Registry) newApp(name string) App {
	dir := filepath.Join(r.dir, "apps", name)
	return App{Manifest: Manifest{Name: name}, Dir: dir, Data: filepath.Join(dir, "data")}
}

func (r *Registry) addBuiltIn(files fs.FS, home home, folders map[string]string) error {
	manifests, err := fs.Glob(files, "*/manifest.toml")
	if err != nil {
		return err
	}
	for _, path := range manifests {
		name := filepath.Dir(path)
		a := r.newApp(name)
		text, err := fs.ReadFile(files, path)
		if err != nil {
			return err
		}
		list, err := fs.ReadFile(files, name+"/tools.json")
		if err != nil {
			return err
		}
		if err := a.load(path, text, name+"/tools.json", list); err != nil {
			return err // ours to mend: it is in the binary
		}
		a.BuiltIn = true
		a.Files = home.grants(a.Grants.Files)
		if f := folders[name]; f != "" && len(a.Files) > 0 {
			a.Files[0].Path = home.real(f)
		}
		if len(a.Files) > 0 {
			a.Files[0].At = Folder
		}
		r.apps = append(r.apps, a)
	}
	return nil
}

func (r *Registry) addInstalled(home home, hosts func([]string) error) error {
	entries, err := os.ReadDir(filepath.Join(r.dir, "apps"))
	if err != nil {
		return err
	}
	for _, e := range entries {
		path := filepath.Join(r.dir, "apps", e.Name(), "app.toml")
		if _, err := os.Lstat(path); errors.Is(err, fs.ErrNotExist) {
			continue // only the data of a built-in app
		}
		a := r.newApp(e.Name())
		if err := a.read(path); err != nil {
			a.Locked = err
		}
		if hosts != nil && a.Locked == nil {
			if err := hosts(a.Grants.Hosts); err != nil {
				a.Locked = fmt.Errorf("%s: [grants] hosts: %w", path, err)
			}
		}
		a.Files = home.grants(a.Grants.Files)
		if old, ok := r.Get(a.Name); ok && old.BuiltIn {
			continue // the name is taken by what nobody can replace
		}
		r.apps = append(r.apps, a)
	}
	return nil
}

// lockLookAlikes locks installed apps whose names can be taken for another's: for a
// built-in's, or for each other's, and then both, since nobody can tell which of
// them the person meant.
func (r *Registry) lockLookAlikes() {
	for i := range r.apps {
		a := &r.apps[i]
		for _, b := range r.apps {
			if !a.BuiltIn && LooksLike(a.Name, b.Name) {
				a.Locked = cmp.Or(a.Locked, fmt.Errorf("the name %s can be taken for %s; remove one of them", a.Name, b.Name))
			}
		}
	}
}
