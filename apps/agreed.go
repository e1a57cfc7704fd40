package apps

import (
	"bytes"
	"crypto/rand"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"time"

	"github.com/BurntSushi/toml"

	"secgpt/apps/code"
	"secgpt/apps/link"
)

// Agreed is all of an installed app that the person said yes to.
type Agreed struct {
	Manifest Manifest
	Said     []link.Tool // the tools as the app described them
	Code     code.List   // the files behind its command
}

// The files of an install, beside app.toml.
const (
	toolsFile   = "tools.json"
	codeFile    = "files.json"
	changedFile = "changed.json"
)

// files writes out what was agreed. The pins in the manifest are made here.
func (g Agreed) files() (map[string][]byte, error) {
	m := g.Manifest
	m.Pin, m.Code = Pin(m.Command, g.Said), g.Code.Digest()
	list, err := json.MarshalIndent(g.Said, "", "  ")
	if err != nil {
		return nil, err
	}
	behind, err := g.Code.Encode()
	if err != nil {
		return nil, err
	}
	text, err := m.encode()
	if err != nil {
		return nil, err
	}
	return map[string][]byte{"app.toml": text, toolsFile: list, codeFile: behind}, nil
}

// Draft is an app as it would be with what is agreed. It is how the person is shown an
// app before it is installed; an error says why it can't be.
func (r *Registry) Draft(g Agreed) (App, error) {
	a := r.newApp(g.Manifest.Name)
	files, err := g.files()
	if err != nil {
		return a, err
	}
	if err := a.load("its manifest", files["app.toml"], "its list of tools", files[toolsFile]); err != nil {
		return a, err
	}
	a.Files = r.home.grants(a.Grants.Files)
	return a, nil
}

// Add installs an app under a name that is free. It is there whole or not at all.
func (r *Registry) Add(g Agreed) error {
	if err := r.CheckNew(g.Manifest.Name); err != nil {
		return err
	}
	id := make([]byte, 8)
	if _, err := rand.Read(id); err != nil {
		return err
	}
	g.Manifest.Install = hex.EncodeToString(id)
	if _, err := r.Draft(g); err != nil {
		return err
	}
	files, err := g.files()
	if err != nil {
		return err
	}
	dir, err := os.MkdirTemp(r.dir, "adding-")
	if err != nil {
		return err
	}
	defer os.RemoveAll(dir)
	for name, data := range files {
		if err := writeWhole(filepath.Join(dir, name), data); err != nil {
			return err
		}
	}
	return os.Rename(dir, filepath.Join(r.dir, "apps", g.Manifest.Name))
}

// Accept replaces what was agreed of an installed app. Its data and history stay. The
// manifest comes last: until then the old pin does not fit, and the app is locked.
func (r *Registry) Accept(g Agreed) error {
	if _, err := r.Draft(g); err != nil {
		return err
	}
	files, err := g.files()
	if err != nil {
		return err
	}
	dir := filepath.Join(r.dir, "apps", g.Manifest.Name)
	for _, name := range []string{toolsFile, codeFile, "app.toml"} {
		if err := writeWhole(filepath.Join(dir, name), files[name]); err != nil {
			return err
		}
	}
	err = os.Remove(filepath.Join(dir, changedFile))
	if errors.Is(err, fs.ErrNotExist) {
		return nil
	}
	return err
}

// Remove takes an app away. What it kept is moved to where no app and no later install
// of the name can reach it, and stays until the person deletes it.
func (r *Registry) Remove(name string, now time.Time) (kept string, err error) {
	a, ok := r.Get(name)
	if !ok {
		return "", fmt.Errorf("there is no app %q", name)
	}
	if a.BuiltIn {
		return "", fmt.Errorf("%s is built in and can't be removed; deny it with a rule: deny any -> %s", name, name)
	}
	removed := filepath.Join(r.dir, "removed")
	if err := os.MkdirAll(removed, 0o700); err != nil {
		return "", err
	}
	kept = filepath.Join(removed, name+"-"+now.UTC().Format("20060102-150405.000"))
	return kept, os.Rename(a.Dir, kept)
}

// Agreement reads what was agreed of an installed app, so that it can be compared with
// what is there now. It works for a locked app, if its files can be read at all.
func (a App) Agreement() (Agreed, error) {
	g := Agreed{}
	var err error
	if g.Manifest, err = ReadManifest(filepath.Join(a.Dir, "app.toml")); err != nil {
		return g, err
	}
	g.Manifest.Name = filepath.Base(a.Dir)
	list, err := readOwn(filepath.Join(a.Dir, toolsFile), link.MaxFrame)
	if err != nil {
		return g, err
	}
	if g.Said, err = parseTools(list); err != nil {
		return g, err
	}
	behind, err := readOwn(filepath.Join(a.Dir, codeFile), code.MaxList)
	if err != nil {
		return g, nil // a manifest that was written by hand has none
	}
	g.Code, err = code.Decode(behind)
	return g, err
}

// MarkChanged locks an app beyond this session: it said that it has other tools than
// were agreed. Were it only ended, it could show the old ones at its next start.
func (a App) MarkChanged(now []link.Tool) error {
	if a.BuiltIn {
		return nil
	}
	b, err := json.Marshal(now)
	if err != nil {
		return err
	}
	return writeWhole(filepath.Join(a.Dir, changedFile), b)
}

// changed is why an app is locked that changed while it ran; nil if it did not.
func (a App) changed() error {
	b, err := readOwn(filepath.Join(a.Dir, changedFile), link.MaxFrame)
	if _, gone := os.Lstat(filepath.Join(a.Dir, changedFile)); errors.Is(gone, fs.ErrNotExist) {
		return nil
	}
	said := "it can't be told how"
	if err == nil {
		if tools, err := parseTools(b); err == nil {
			said = Brief(Diff(a.Said, tools))
		}
	}
	return fmt.Errorf("it changed what it offers while it ran (%s); look at it, then run: secgpt apps accept %s", said, a.Name)
}

// Current reports why an app is no longer what it was when its registry was opened:
// another secgpt removed it, or accepted a change.
func (a App) Current() error {
	if a.BuiltIn {
		return nil
	}
	now, err := ReadManifest(filepath.Join(a.Dir, "app.toml"))
	if err == nil && (now.Install != a.Install || now.Pin != a.Pin || now.Code != a.Code) {
		err = errors.New("it was changed since this conversation began")
	}
	if err != nil {
		return fmt.Errorf("%w; begin a new conversation", err)
	}
	return a.changed()
}

// writeWhole replaces a file as a whole or not at all.
func writeWhole(path string, data []byte) error {
	f, err := os.CreateTemp(filepath.Dir(path), ".new-")
	if err != nil {
		return err
	}
	defer os.Remove(f.Name())
	_, err = f.Write(data)
	if err == nil {
		err = f.Sync()
	}
	if err := errors.Join(err, f.Close()); err != nil {
		return err
	}
	return os.Rename(f.Name(), path)
}

// encode writes a manifest as parseManifest reads it.
func (m Manifest) encode() ([]byte, error) {
	var b bytes.Buffer
	b.WriteString("# What you agreed to when this app was added; `secgpt apps show` puts it in words.\n\n")
	err := toml.NewEncoder(&b).Encode(m)
	return b.Bytes(), err
}
